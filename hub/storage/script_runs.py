"""The scripts of interactions: each run, and the exact text of the script with which it began.

The rule of this file: a text is stored before a run names it, and is never changed or deleted.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared, prepare_insert
from hub.storage.tables import interaction, message, script_run, script_text


@dataclass(frozen=True, slots=True)
class ScriptText:
    """`ref`: the SHA-256 of the source. `file`: its name in the library."""

    ref: str
    file: str
    source: str


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of a script's run in an interaction. `run`, `steps` and `segments`: JSON. `script`: the ref of its
    text. Once a run has begun, `began_at`, tier, segments and comparison stay as they are."""

    interaction_id: str
    script_id: str
    began_at: int
    run: str
    language: str
    script: str
    script_version: int
    steps: str
    outcome: str
    ended_at: int | None
    tier: str
    segments: str
    comparison: str


@dataclass(frozen=True, slots=True)
class StoredRun:
    """`run` and `steps`: JSON. `file` and `source`: of the script with which it began."""

    interaction_id: str
    script_id: str
    run: str
    steps: str
    file: str
    source: str


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run of one customer. `closed_at`: of its interaction; None: it is open. `file` and `source`: of the script
    with which it began."""

    interaction_id: str
    channel: str
    closed_at: int | None
    script_id: str
    run: str
    file: str
    source: str


BLANK: Final = "{}"  # of a run whose answers are gone
HAS_PROOFS: Final = '"proofs":[{'  # stands in the JSON of a run that has shown a statement
MOST_EARLIER: Final = 20  # runs of a customer that are looked through

_BEGIN = prepare_insert(script_run)
_CHANGE = Prepared(
    update(script_run)
    .where(
        script_run.c.interaction_id == bindparam("interaction_id"), script_run.c.script_id == bindparam("script_id")
    )
    .values(
        {
            name: bindparam(name)
            for name in ("run", "language", "script", "script_version", "steps", "outcome", "ended_at")
        }
    )
)


async def store_texts(connection: Connection, texts: Collection[ScriptText]) -> None:
    """Store those texts that are not stored yet."""
    known = await find_known(connection, [text.ref for text in texts])
    fresh = {text.ref: asdict(text) for text in texts if text.ref not in known}
    if fresh:
        await connection.execute(insert(script_text), list(fresh.values()))


async def find_known(connection: Connection, refs: Collection[str]) -> set[str]:
    """Those of the texts that are stored."""
    return set(await connection.scalars(select(script_text.c.ref).where(script_text.c.ref.in_(refs))))


async def begin(connection: Connection, runs: Collection[RunState]) -> None:
    await _BEGIN.execute_for_each(connection, runs)


async def change(connection: Connection, runs: Collection[RunState]) -> None:
    """Store the state of runs that have begun."""
    await _CHANGE.execute_for_each(connection, runs)


async def list_open(connection: Connection) -> list[StoredRun]:
    """The runs of all open interactions, in the order in which they began."""
    return await _list(connection, interaction.c.closed_at.is_(None))


async def list_held(connection: Connection, agent_id: str, interaction_id: str | None = None) -> list[StoredRun]:
    """The runs of the interactions that this agent holds, or of this one of them, in the order in which they
    began."""
    i = interaction.c
    held = [i.closed_at.is_(None), i.agent_id == agent_id, i.accepted_at.is_not(None)]
    return await _list(connection, *held, *([i.id == interaction_id] if interaction_id is not None else []))


async def list_of(connection: Connection, interaction_id: str) -> list[StoredRun]:
    """The runs of one interaction, in the order in which they began."""
    return await _list(connection, interaction.c.id == interaction_id)


async def list_of_customer(connection: Connection, customer_ids: Collection[str], since: int) -> list[EarlierRun]:
    """The newest runs of this customer, who may have several ids, that began at this instant or later."""
    i, r, t, m = interaction.c, script_run.c, script_text.c, message.c
    known = select(m.interaction_id).where(m.customer_id.in_(customer_ids), m.at >= since)
    query = (
        select(r.interaction_id, i.channel, i.closed_at, r.script_id, r.run, t.file, t.source)
        .join(interaction, i.id == r.interaction_id)
        .join(script_text, t.ref == r.script)
        .where(r.interaction_id.in_(known), r.began_at >= since, r.run != BLANK)
        .order_by(r.began_at.desc())
        .limit(MOST_EARLIER)
    )
    return [EarlierRun(*row) for row in await connection.execute(query)]


async def _list(connection: Connection, *interactions: ColumnElement[bool]) -> list[StoredRun]:
    r, t = script_run, script_text
    query = select(r.c.interaction_id, r.c.script_id, r.c.run, r.c.steps, t.c.file, t.c.source)
    query = query.join(t, t.c.ref == r.c.script)
    query = query.where(r.c.interaction_id.in_(select(interaction.c.id).where(*interactions)))
    return [StoredRun(*row) for row in await connection.execute(query.order_by(r.c.began_at))]
