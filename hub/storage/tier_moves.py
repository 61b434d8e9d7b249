"""Moves between tiers and between stages, and tiers that people have fixed for a while.

The rule of this file: a move is a row and changes the customer in the same transaction; it has no effect if the
customer is no longer where it begins. A customer has one fixed tier at a time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, func, insert, or_, select, update

from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection, Row
from hub.storage.customer_tables import attribute, rule_value
from hub.storage.customers import TierChange, change_tiers
from hub.storage.prepared import Prepared, among, is_among, prepare_insert
from hub.storage.profiles import ValueChange, note_history, write_slots
from hub.storage.rule_due import mark_due
from hub.storage.rule_tables import stage_move, tier_move, tier_override
from hub.storage.standing_customers import stands
from hub.storage.tables import customer


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMove:
    """`moved_by`: rule or staff; `mover_id`: the tier of the rule, or the person. `reason` is JSON."""

    customer_id: str
    at: int
    old: str
    new: str
    moved_by: str
    mover_id: str = ""
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOverride:
    """`until_at`: None: until somebody ends it."""

    id: str
    customer_id: str
    tier: str
    set_by: str
    why: str
    set_at: int
    until_at: int | None


@dataclass(frozen=True, slots=True)
class StageMove:
    customer_id: str
    at: int
    old: str
    new: str
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CountedMove:
    old: str
    new: str
    count: int


STAGE = "stage"  # the attribute whose value is the stage
_NEVER = 2**62  # later than any instant
_o, _m = tier_override.c, tier_move.c
_OVERRIDES = Prepared(
    select(_o.id, _o.customer_id, _o.tier, _o.set_by, _o.why, _o.set_at, _o.until_at)
    .where(is_among(_o.customer_id, "ids"), _o.ended_at.is_(None))
    .order_by(_o.set_at, _o.id)
)
_MERGED = Prepared(select(customer.c.id, customer.c.merged_into).where(is_among(customer.c.merged_into, "ids")))
_newest = select(func.max(_m.seq)).where(is_among(_m.customer_id, "ids")).group_by(_m.customer_id)
_MOVE = (_m.customer_id, _m.at, _m.old, _m.new, _m.moved_by, _m.mover_id, _m.reason)
_LAST = Prepared(select(*_MOVE).where(_m.seq.in_(_newest)))
_SINCE = Prepared(select(*_MOVE).where(is_among(_m.customer_id, "ids"), _m.at >= bindparam("since")).order_by(_m.seq))
_STAGE_SLOT = Prepared(select(attribute.c.slot).where(attribute.c.name == STAGE))
_ADD_STAGES = prepare_insert(stage_move, ["customer_id", "at", "old", "new", "reason"])
_LOCK_TIERS = Prepared(select(customer.c.id, customer.c.tier).where(is_among(customer.c.id, "ids")).with_for_update())
_END = Prepared(
    update(tier_override)
    .where(_o.id == bindparam("one"), _o.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
)


async def find_overrides(connection: Connection, ids: Collection[str]) -> dict[str, TierOverride]:
    """By customer: the fixed tier that nobody has ended, also where its time has run out: their own, else the one
    that was fixed last for a customer for whom they stand."""
    head_of = dict[str, str](await _MERGED.fetch(connection, {"ids": among(ids)}))
    rows = await _OVERRIDES.fetch(connection, {"ids": among({*ids, *head_of})})
    found = [
        TierOverride(id=r[0], customer_id=r[1], tier=r[2], set_by=r[3], why=r[4], set_at=r[5], until_at=r[6])
        for r in rows
    ]
    merged = {head_of[one.customer_id]: one for one in found if one.customer_id in head_of}
    return merged | {one.customer_id: one for one in found if one.customer_id not in head_of}


async def find_last_moves(connection: Connection, ids: Collection[str]) -> dict[str, TierMove]:
    """By customer: the newest move. Who never moved is left out."""
    return {row[0]: _read_move(row) for row in await _LAST.fetch(connection, {"ids": among(ids)})}


async def list_moves_since(connection: Connection, ids: Collection[str], since: int) -> dict[str, list[TierMove]]:
    """By customer: their moves from this instant on, in their order."""
    found: dict[str, list[TierMove]] = {}
    for row in await _SINCE.fetch(connection, {"ids": among(ids), "since": since}):
        found.setdefault(row[0], []).append(_read_move(row))
    return found


def _read_move(row: Row) -> TierMove:
    customer_id, at, old, new, moved_by, mover_id, reason = row
    return TierMove(
        customer_id=customer_id,
        at=at,
        old=old,
        new=new,
        moved_by=moved_by,
        mover_id=mover_id,
        reason=orjson.loads(reason),
    )


async def move_tiers(connection: Connection, moves: Sequence[TierMove], now: int) -> None:
    """Change the tiers, keep the moves, and let live work hear of it."""
    if not moves:
        return
    tiers = dict[str, str](await _LOCK_TIERS.fetch(connection, {"ids": among({one.customer_id for one in moves})}))
    kept = [one for one in moves if tiers.get(one.customer_id) == one.old]
    if not kept:
        return
    await change_tiers(connection, [TierChange(one.customer_id, one.old, one.new) for one in kept])
    await add_past(connection, kept)
    await announce_changes(connection, [one.customer_id for one in kept], now)


async def add_past(connection: Connection, moves: Sequence[TierMove]) -> None:
    """Keep moves and change no customer."""
    rows = [
        {
            "customer_id": one.customer_id,
            "at": one.at,
            "old": one.old,
            "new": one.new,
            "moved_by": one.moved_by,
            "mover_id": one.mover_id,
            "reason": orjson.dumps(dict(one.reason)).decode(),
        }
        for one in moves
    ]
    if rows:
        await connection.execute(insert(tier_move), rows)


async def fix_tier(connection: Connection, override: TierOverride) -> None:
    """From here on the customer has this tier. An earlier fixed tier of theirs ends, by the same person; one of a
    customer for whom they stand waits for the merge to be undone."""
    for earlier in (await find_overrides(connection, [override.customer_id])).values():
        if earlier.customer_id == override.customer_id:
            await end_override(connection, earlier, override.set_at, override.set_by)
    row = {
        "id": override.id,
        "customer_id": override.customer_id,
        "tier": override.tier,
        "set_by": override.set_by,
        "why": override.why,
        "set_at": override.set_at,
        "until_at": override.until_at,
    }
    await connection.execute(insert(tier_override), [row])
    await mark_due(connection, {override.customer_id: ["tier"]}, override.set_at)


async def end_override(connection: Connection, override: TierOverride, at: int, by: str = "") -> None:
    """`by`: a person; empty: it has run out. The rules are asked anew. One that has ended stays as it is."""
    await _END.execute(connection, {"one": override.id, "at": at, "by": by})
    await mark_due(connection, {override.customer_id: ["tier"]}, at)


async def keep_stage_moves(connection: Connection, moves: Sequence[StageMove]) -> None:
    """The stage itself is a value of the profile."""
    rows = [
        {
            "customer_id": one.customer_id,
            "at": one.at,
            "old": one.old,
            "new": one.new,
            "reason": orjson.dumps(dict(one.reason)).decode(),
        }
        for one in moves
    ]
    await _ADD_STAGES.execute_all(connection, rows)


async def begin_stages(connection: Connection, moves: Sequence[StageMove]) -> None:
    """The first stages of customers whom this transaction adds: their profiles have them already."""
    if not moves:
        return
    changes = [
        ValueChange(
            customer_id=one.customer_id,
            name=STAGE,
            new=one.new,
            known=one.new,
            at=one.at,
            changed_by="rule",
            changer_id=f"{STAGE}:{one.new}",
        )
        for one in moves
    ]
    await note_history(connection, [(one, None) for one in changes])
    for (slot,) in await _STAGE_SLOT.fetch(connection, {}):
        await write_slots(connection, {one.customer_id: {slot: one.new} for one in moves})
    await keep_stage_moves(connection, moves)


async def count_moves(
    connection: Connection, since: int, before: int, *, of_stages: bool = False
) -> list[CountedMove]:
    """How many customers moved from which tier (or stage) to which, `since` <= at < `before`."""
    m = stage_move.c if of_stages else tier_move.c
    query = select(m.old, m.new, func.count()).where(m.at >= since, m.at < before).group_by(m.old, m.new)
    rows = await connection.execute(query.order_by(m.old, m.new))
    return [CountedMove(*row) for row in rows]


async def list_fixed(connection: Connection, now: int, most: int) -> list[tuple[TierOverride, str]]:
    """Fixed tiers that hold at `now`, with the customer's name: first those that end first, then those that somebody
    has to end."""
    query = (
        select(_o.id, _o.customer_id, _o.tier, _o.set_by, _o.why, _o.set_at, _o.until_at, customer.c.name)
        .join(customer, customer.c.id == _o.customer_id)
        .where(_o.ended_at.is_(None), or_(_o.until_at.is_(None), _o.until_at > now))
        .order_by(func.coalesce(_o.until_at, _NEVER), _o.set_at, _o.id)
        .limit(most)
    )
    return [
        (
            TierOverride(id=r[0], customer_id=r[1], tier=r[2], set_by=r[3], why=r[4], set_at=r[5], until_at=r[6]),
            r[7],
        )
        for r in await connection.execute(query)
    ]


async def list_newest_stage_moves(connection: Connection, since: int, most: int) -> list[StageMove]:
    """The newest moves from `since` on, the newest first."""
    m = stage_move.c
    query = select(m.customer_id, m.at, m.old, m.new, m.reason).where(m.at >= since).order_by(m.at.desc()).limit(most)
    return [StageMove(r[0], r[1], r[2], r[3], orjson.loads(r[4])) for r in await connection.execute(query)]


async def count_by_value(connection: Connection, name: str) -> dict[str, int]:
    """By a text that is the value of this attribute: how many customers have it. Empty: of nobody it is known."""
    slot = await connection.scalar(select(attribute.c.slot).where(attribute.c.name == name))
    if slot is None:
        return {}
    column = rule_value.c[slot]
    query = select(column, func.count()).where(column.is_not(None), stands(rule_value.c.customer_id)).group_by(column)
    return {str(row[0]): row[1] for row in await connection.execute(query)}
