"""The erasure of a customer: what each table holds of them goes, and what figures are counted from stays.

The rule of this file: `TREATMENTS` names every table of the schema, and a test refuses one that is missing. A row
that figures need keeps its instants and its outcome, and loses its words. Every step is a short write, and may be
done again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update

from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.tables import DONE, PENDING, metadata

SLICE: Final = 200  # rows of one write (P11)
SCANNED: Final = 500  # rows of one read, where only the words themselves tell whose they are

Tell = Callable[[int, int], Awaitable[None]]
DELETED, BLANKED, SEARCHED, KEPT = "deleted", "blanked", "searched", "kept"
TREATMENTS: Final[dict[str, str]] = {
    **dict.fromkeys(("address", "consent_entry", "suppression", "customer_search", "holding", "relation"), DELETED),
    **dict.fromkeys(("match_key", "possible_match", "shared_address"), DELETED),
    **dict.fromkeys(("profile_change", "rule_value", "activity", "appointment", "filed_mail"), DELETED),
    **dict.fromkeys(("message", "outbox", "proposal", "media", "rule_due", "import_line", "import_ready"), DELETED),
    **dict.fromkeys(("customer", "interaction", "offer", "participant", "party", "recording", "audit"), BLANKED),
    **dict.fromkeys(("tier_move", "stage_move", "tier_override", "script_note", "script_run"), BLANKED),
    **dict.fromkeys(("inbox", "desk_event"), SEARCHED),
    # ids and instants of routing, without a word of a customer
    **dict.fromkeys(("journal", "journal_part", "journal_start", "estimate", "hearing"), KEPT),
    # who was merged with whom, by id, and whose value was chosen
    "customer_merge": KEPT,
    # which rule of which segment; the customer's values, on which it turned, are gone
    **dict.fromkeys(("segment", "segment_version", "segment_member", "segment_change"), KEPT),
    **dict.fromkeys(("segment_day", "segment_sample"), KEPT),
    # of staff and of the hub itself
    **dict.fromkeys(("staff", "staff_session", "sign_in_budget", "server_key", "acting_desk", "agent_calls"), KEPT),
    **dict.fromkeys(("agent_routing", "agent_span", "desk_counter", "desk_presence", "lease", "caught_up"), KEPT),
    **dict.fromkeys(("policy_version", "attribute", "script_text", "rule_round", "rule_delay"), KEPT),
    **dict.fromkeys(("script_version", "script_release", "script_draft", "script_save", "script_comparison"), KEPT),
    **dict.fromkeys(("customer_import", "import_mapping", "api_token", "api_answer"), KEPT),
    # a file that is uploaded hinders an erasure, and goes once it is applied or cancelled
    "import_part": KEPT,
}
BLANKS: Final[dict[str, dict[str, Any]]] = {
    "customer": {"name": "", "language": "", "profile": "{}"},
    "interaction": {
        **dict.fromkeys(("address", "reply_to", "subject", "provider_ref", "leg_ref", "leg_request"), ""),
        **dict.fromkeys(("recording_ref", "hand_over", "language"), ""),
        **dict.fromkeys(("reply_token", "wrap_up_note"), None),
        "reason": "{}",
    },
    "offer": {"view": "{}"},
    "participant": {"address": "", "name": ""},
    "party": {"name": "", "address": "", "note": "", "leg_ref": ""},
    "recording": {"call_ref": "", "provider_ref": "", "media": "", "sha256": ""},
    "audit": {"detail": "{}"},
    "tier_move": {"reason": "{}"},
    "stage_move": {"reason": "{}"},
    "tier_override": {"why": ""},
    "script_run": {"run": "{}"},
    "script_note": {"words": "", "answer": ""},
}


HINDRANCES: Final = {  # why a customer cannot be erased, and what to do
    "unknown": "There is no customer {id}.",
    "merged": "This customer is merged with another. Undo the merge first, then erase each of them.",
    "legal_hold": "A legal hold keeps what is known of this customer. Take it away on their page first.",
    "open_work": "This customer has open work. Wait until it is closed.",
    "agreed_call": "A call is agreed with this customer. Cancel it first.",
    "to_be_sent": "Something to this customer is about to be sent. Wait until it has left.",
    "recording": "The provider still has a recording of this customer. Wait until it confirms that it is deleted.",
    "upload": "A file of customers was uploaded, and may name this one. Apply or cancel that import first.",
}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a customer is found: their addresses as (kind, address), their closed interactions, and what names these
    outside of the hub."""

    customer_id: str
    addresses: tuple[tuple[str, str], ...]
    interactions: tuple[str, ...]
    needles: tuple[str, ...]
    media: tuple[str, ...]


async def find_hindrance(connection: Connection, customer_id: str) -> str:
    """Why this customer cannot be erased at this moment, as a code of `HINDRANCES`. Empty: they can."""
    t = metadata.tables
    c, i, o, r, a = (t[name].c for name in ("customer", "interaction", "outbox", "recording", "appointment"))
    row = (
        await connection.execute(select(c.profile, c.merged_into, c.merged_ids).where(c.id == customer_id))
    ).first()
    if row is None:
        return "unknown"
    if row.merged_into is not None or row.merged_ids != "[]":
        return "merged"
    if orjson.loads(row.profile).get("legal_hold") is True:
        return "legal_hold"
    theirs = select(i.id).where(i.customer_id == customer_id)
    if await connection.scalar(theirs.where(i.closed_at.is_(None)).limit(1)):
        return "open_work"
    if await connection.scalar(select(a.id).where(a.customer_id == customer_id, a.ended_at.is_(None)).limit(1)):
        return "agreed_call"
    ids = list(await connection.scalars(theirs))
    for some in _slices(ids):
        to_do = select(o.id).where(o.interaction_id.in_(some), o.state.in_(["queued", "sending"])).limit(1)
        if await connection.scalar(to_do):
            return "to_be_sent"
        unsettled = select(r.id).where(r.interaction_id.in_(some), r.settled_at.is_(None)).limit(1)
        if await connection.scalar(unsettled):
            return "recording"
    if await connection.scalar(select(t["import_part"].c.number).limit(1)) is not None:
        return "upload"
    return ""


async def find_whereabouts(connection: Connection, customer_id: str) -> Whereabouts:
    t = metadata.tables
    i, m, r, f = (t[name].c for name in ("interaction", "message", "recording", "filed_mail"))
    known = select(t["address"].c.kind, t["address"].c.address).where(t["address"].c.customer_id == customer_id)
    addresses = {(row.kind, row.address) for row in await connection.execute(known)}
    closed = select(i.id, i.address, i.reply_to, i.provider_ref).where(i.customer_id == customer_id)
    rows = (await connection.execute(closed.where(i.closed_at.is_not(None)))).all()
    ids = [row.id for row in rows]
    words = {word for row in rows for word in (row.address, row.reply_to, row.provider_ref) if len(word) > 5}
    media: set[str] = set()
    texts = select(m.raw, m.media).where(m.customer_id == customer_id)
    for row in await connection.execute(texts):
        media.update((row.raw, *(one["ref"] for one in orjson.loads(row.media))))
    for some in _slices(ids):
        media.update(await connection.scalars(select(r.media).where(r.interaction_id.in_(some))))
    for kind, address in addresses:
        words.add(address)
        media.update(await connection.scalars(select(f.raw).where(f.kind == kind, f.address == address)))
    needles = (*words, *(f'"{one}' for one in ids), f'"{customer_id}"')
    return Whereabouts(customer_id, tuple(sorted(addresses)), tuple(ids), needles, tuple(sorted(media - {""})))


async def erase_rows(db: Database, where: Whereabouts, tell: Tell | None = None) -> dict[str, int]:
    """Erase in every table but `media`, whose files go first. Returns how many rows of each were touched. `tell`
    hears how many tables are done, of how many."""
    done: dict[str, int] = {}
    for number, (name, treatment) in enumerate(TREATMENTS.items()):
        if tell is not None:
            await tell(number, len(TREATMENTS))
        table = metadata.tables[name]
        if treatment in (DELETED, BLANKED) and name != "media":
            for some in _find_conditions(table, where):
                done[name] = done.get(name, 0) + await _treat(db, table, some, BLANKS.get(name))
        elif treatment == SEARCHED:
            done[name] = await _search(db, table, where)
    return done


async def read_rows(db: Database, where: Whereabouts) -> dict[str, list[dict[str, Any]]]:
    """Every row that an erasure would touch, and the memberships and hearings that it leaves, by table: what the hub
    knows of a customer. Arrivals and events of desks are left out: all that they brought is in the other tables."""
    found: dict[str, list[dict[str, Any]]] = {}
    of_customer = [name for name, how in TREATMENTS.items() if how in (DELETED, BLANKED) and name != "media"]
    for name in (*of_customer, "hearing", "segment_change"):
        table = metadata.tables[name]
        for some in _find_conditions(table, where):
            async with db.read() as connection:
                rows = await connection.execute(select(table).where(some).order_by(*table.primary_key.columns))
                found.setdefault(name, []).extend(dict(row) for row in rows.mappings())
    return {name: [row for n, row in enumerate(rows) if row not in rows[:n]] for name, rows in found.items()}


def _find_conditions(table: Table, where: Whereabouts) -> list[ColumnElement[bool]]:
    """The rows of this customer: by each key that the table has for them."""
    c, found = table.c, []
    if table.name == "customer":
        return [c.id == where.customer_id]
    if "customer_id" in c:
        found.append(c.customer_id == where.customer_id)
    if table.name == "relation":
        found.append(c.other_id == where.customer_id)
    if table.name == "possible_match":
        found += [c.one_id == where.customer_id, c.other_id == where.customer_id]
    if "interaction_id" in c and "customer_id" not in c:
        found += [c.interaction_id.in_(some) for some in _slices(where.interactions)]
    if table.name in ("consent_entry", "filed_mail"):
        found += [(c.kind == kind) & (c.address == address) for kind, address in where.addresses]
    if table.name == "suppression":
        found += [c.address.in_([address for _, address in where.addresses])]
    if table.name == "interaction":
        found = [one & c.closed_at.is_not(None) for one in found]
    return found


async def _treat(db: Database, table: Table, which: ColumnElement[bool], blank: dict[str, Any] | None) -> int:
    """Delete the rows, or blank those that are not blank yet, slice by slice."""
    keys = list(table.primary_key.columns)
    if blank is not None:
        which &= or_(*((table.c[n].is_not(None) if v is None else table.c[n] != v) for n, v in blank.items()))
    done = 0
    while True:
        async with db.read() as connection:
            rows = (await connection.execute(select(*keys).where(which).limit(SLICE))).all()
        if not rows:
            return done
        await db.write(partial(_change_rows, table=table, rows=rows, blank=blank))
        done += len(rows)


async def _change_rows(
    connection: Connection, table: Table, rows: Sequence[Any], blank: dict[str, Any] | None
) -> None:
    for row in rows:
        key = [column == value for column, value in zip(table.primary_key.columns, row, strict=True)]
        await connection.execute(
            delete(table).where(*key) if blank is None else update(table).where(*key).values(blank)
        )


async def _search(db: Database, table: Table, where: Whereabouts) -> int:
    """Rows of which only the words tell whose they are: arrivals, and events of desks. Read in slices by key."""
    column = table.c.body if table.name == "inbox" else table.c.event
    keys, after, done = list(table.primary_key.columns), None, 0
    while True:
        query = select(*keys, column).order_by(*keys).limit(SCANNED)
        if table.name == "inbox":
            query = query.where(table.c.state != PENDING, table.c.body != "")
        if after is not None:
            beyond = keys[0] > after[0] if len(keys) == 1 else _is_beyond(keys, after)
            query = query.where(beyond)
        async with db.read() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return done
        after = tuple(rows[-1])[: len(keys)]
        hits = [tuple(row)[: len(keys)] for row in rows if _names(str(row[-1]), where.needles)]
        if hits:
            await db.write(partial(_forget_hits, table=table, hits=hits))
        done += len(hits)


async def _forget_hits(connection: Connection, table: Table, hits: Sequence[tuple[Any, ...]]) -> None:
    """Blank arrivals: their keys stay, so none comes in again. Of a desk all events up to the last one that names the
    customer go, as if they were too old: a desk that missed one gets a whole snapshot."""
    c = table.c
    if table.name == "inbox":
        handled = func.coalesce(c.handled_at, c.received_at)  # of one that was set aside
        blank = {"body": "", "problem": None, "state": DONE, "handled_at": handled}
        await _change_rows(connection, table, hits, blank)
        return
    last: dict[str, int] = {}
    for agent_id, number in hits:
        last[agent_id] = max(number, last.get(agent_id, 0))
    for agent_id, number in last.items():
        await connection.execute(delete(table).where(c.agent_id == agent_id, c.number <= number))


def _is_beyond(keys: Sequence[Any], after: tuple[Any, ...]) -> ColumnElement[bool]:
    first, second = keys
    beyond: ColumnElement[bool] = (first > after[0]) | ((first == after[0]) & (second > after[1]))
    return beyond


def _names(words: str, needles: Collection[str]) -> bool:
    return any(needle in words for needle in needles)


def _slices(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[first : first + SLICE] for first in range(0, len(ids), SLICE)]
