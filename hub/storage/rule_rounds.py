"""How far rounds over all customers have come: one asks them anew after the rules changed, one checks segments.

The rule of this file: a round takes customers in the order of their ids, a few in each transaction, and goes on where
it stood after a restart. Other rules, or another night, begin another round.
"""

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared
from hub.storage.rule_due import ALL, RULES, mark_due
from hub.storage.rule_tables import rule_round
from hub.storage.standing_customers import stands
from hub.storage.tables import customer

ASKING: Final = "customers"  # the round that asks all rules
SWEEP: Final = "segments"  # the nightly check
_c = rule_round.c
_FIND = Prepared(select(_c.rules, _c.after_id, _c.ended_at).where(_c.name == bindparam("name")))
_COUNT = Prepared(select(func.count()).where(customer.c.id <= bindparam("after")))
_NEXT = Prepared(
    select(customer.c.id)
    .where(customer.c.id > bindparam("after"), stands(customer.c.id))
    .order_by(customer.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Round:
    rules: str  # their fingerprint; of a sweep the night
    after_id: str  # customers up to this id are done
    ended_at: int | None


async def find(connection: Connection, name: str = ASKING) -> Round | None:
    rows = await _FIND.fetch(connection, {"name": name})
    return Round(*rows[0]) if rows else None


async def count_asked(connection: Connection) -> int | None:
    """How many customers the round that is going on has come to; None: none is going on."""
    going = await find(connection)
    if going is None or going.ended_at is not None:
        return None
    rows = await _COUNT.fetch(connection, {"after": going.after_id})
    return int(rows[0][0])


async def mark_next(connection: Connection, rules: str, after: str, now: int, most: int) -> None:
    """Mark the next customers after this id, and note how far the round has come."""
    ids = [row[0] for row in await _NEXT.fetch(connection, {"after": after, "most": most})]
    await mark_due(connection, {customer_id: [ALL, RULES] for customer_id in ids}, now, are_many=True)
    await note(connection, Round(rules, ids[-1] if ids else after, now if len(ids) < most else None))


async def note_none(connection: Connection, rules: str, now: int) -> None:
    """There are no rules, so nobody need be asked."""
    await note(connection, Round(rules, "", now))


async def note(connection: Connection, one: Round, name: str = ASKING) -> None:
    await connection.execute(delete(rule_round).where(_c.name == name))
    await connection.execute(insert(rule_round), [{"name": name, **asdict(one)}])
