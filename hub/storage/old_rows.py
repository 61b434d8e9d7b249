"""Rows that the policy keeps for some days alone: activities, past values, and what runs of scripts say.

The rule of this file: a slice is read by the table's key from where the last one ended, so its cost does not grow
with the table, whatever the dates in it. What is known of a customer under a legal hold stays. The row of a run
stays for figures, without what was answered and proved.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from sqlalchemy import case, delete, func, select, update

from hub.storage import script_notes
from hub.storage.activities import NAME
from hub.storage.connection import Connection
from hub.storage.rule_due import mark_due
from hub.storage.script_runs import BLANK
from hub.storage.tables import activity, customer, interaction, profile_change, script_run

Kind = Literal["activities", "past_values", "scripts"]
SLICE: Final = 500

_a, _p, _s, _i = activity.c, profile_change.c, script_run.c, interaction.c
_SAYING: Final = func.sum(case((_s.run != BLANK, 1), else_=0))  # how many runs of an interaction still say something
# By kind: the key, the instant, the customer, and for activities their kind, of each row
_READ: Final[dict[str, Any]] = {
    "activities": select(_a.id.label("key"), _a.at.label("at"), _a.customer_id, _a.kind.label("name")),
    "past_values": select(_p.seq.label("key"), _p.at.label("at"), _p.customer_id),
    "scripts": select(
        _s.interaction_id.label("key"), _i.closed_at.label("at"), _i.customer_id, _SAYING.label("saying")
    )
    .join_from(script_run, interaction, _i.id == _s.interaction_id)
    .group_by(_s.interaction_id, _i.closed_at, _i.customer_id),
}
_KEYS: Final[dict[str, Any]] = {
    "activities": _a.id,
    "past_values": _p.seq,
    "scripts": _s.interaction_id,
}


@dataclass(frozen=True, slots=True)
class ForgottenSlice:
    """`number`: rows that went; of scripts, interactions whose runs say nothing now. `last`: the key with which the
    next slice begins; None: the table's end was reached."""

    number: int
    last: int | str | None


async def forget_slice(
    connection: Connection, kind: Kind, before: int, after: int | str | None, now: int
) -> ForgottenSlice:
    """Delete what is older than an instant among the next rows. Rules that count what went are asked anew."""
    key = _KEYS[kind]
    query = _READ[kind].order_by(key).limit(SLICE)
    rows = (await connection.execute(query if after is None else query.where(key > after))).all()
    old = [row for row in rows if row.at is not None and row.at < before]
    if kind == "scripts":
        old = [row for row in old if row.saying]
    held = await find_held(connection, {row.customer_id for row in old})
    gone = [row for row in old if row.customer_id not in held]
    if gone and kind == "scripts":
        await _forget_words(connection, [row.key for row in gone])
    elif gone:
        await connection.execute(delete(key.table).where(key.in_([row.key for row in gone])))
    if kind == "activities":
        await mark_due(connection, _list_names(gone), now, are_many=True)
    return ForgottenSlice(len(gone), rows[-1].key if len(rows) == SLICE else None)


async def _forget_words(connection: Connection, interaction_ids: Sequence[str]) -> None:
    await connection.execute(update(script_run).where(_s.interaction_id.in_(interaction_ids)).values({"run": BLANK}))
    await script_notes.forget_words(connection, interaction_ids)


def _list_names(gone: Sequence[Any]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for row in gone:
        names.setdefault(row.customer_id, set()).add(f"{NAME}{row.name}")
    return names


async def find_held(connection: Connection, customer_ids: Collection[str]) -> set[str]:
    """Those of these customers whose data a legal hold keeps: of their own, or of the one who stands for them."""
    c, part = customer.c, customer.alias("part")
    query = select(part.c.id, c.profile).join_from(part, customer, c.id.in_([part.c.id, part.c.merged_into]))
    query = query.where(part.c.id.in_(sorted(customer_ids)), c.profile.contains('"legal_hold"'))
    rows = await connection.execute(query) if customer_ids else ()
    return {row.id for row in rows if orjson.loads(row.profile).get("legal_hold") is True}
