"""What the figures of scripts are counted from: one row for each run, read in the order in which runs began.

The rule of this file: it reads facts of runs and changes none. What was answered is not among them, so they stay when
the answers of a run go.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select

from hub.storage.connection import Connection
from hub.storage.tables import interaction, script_run, segment_change


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """`steps` and `segments`: JSON. `ended_at`: of the script's end; None: it was not reached. `closed_at`: of the
    interaction."""

    interaction_id: str
    customer_id: str
    script_version: int
    began_at: int
    tier: str
    segments: str
    steps: str
    outcome: str
    ended_at: int | None
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class SegmentTurn:
    """A customer entered or left a segment."""

    customer_id: str
    segment_id: str
    at: int
    has_entered: bool


_r, _i, _c = script_run.c, interaction.c, segment_change.c
_COLUMNS: Final[list[Any]] = [
    _r.interaction_id,
    _i.customer_id,
    *(_r[name] for name in ("script_version", "began_at", "tier", "segments", "steps", "outcome", "ended_at")),
    _i.closed_at,
]


async def list_between(
    connection: Connection, script_id: str, since: int, until: int, limit: int
) -> list[StoredFacts]:
    """The runs of a script that began from one instant to before another, the first `limit`. Read slowly."""
    return await _read(
        connection, _runs().where(_r.script_id == script_id, _r.began_at >= since, _r.began_at < until), limit
    )


async def list_compared(connection: Connection, comparison: str, limit: int) -> list[StoredFacts]:
    """The runs that a comparison has assigned, the first `limit`. Read slowly."""
    return await _read(connection, _runs().where(_r.comparison == comparison, _r.comparison != ""), limit)


async def list_turns(connection: Connection, customer_ids: Collection[str], after: int) -> list[SegmentTurn]:
    """Which of these customers entered or left a segment after an instant, in order."""
    query = select(_c.customer_id, _c.segment_id, _c.at, _c.has_entered)
    query = query.where(_c.customer_id.in_(customer_ids), _c.at > after).order_by(_c.seq)
    return [SegmentTurn(*row) for row in await connection.execute(query)]


def _runs() -> Select[Any]:
    return select(*_COLUMNS).join_from(script_run, interaction, _i.id == _r.interaction_id)


async def _read(connection: Connection, query: Select[Any], limit: int) -> list[StoredFacts]:
    rows = await connection.execute(query.order_by(_r.began_at).limit(limit))
    return [StoredFacts(*row) for row in rows]
