"""What customers hold - accounts, products - and how they are related to each other.

The rule of this file: every change is a row of the customer's history beside it, with what was there and what is; of
a relation one for each of both sides.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import orjson
from sqlalchemy import delete, insert, or_, select, update

from hub.storage import customers
from hub.storage.connection import Connection
from hub.storage.customer_tables import profile_change
from hub.storage.prepared import Prepared, among, is_among
from hub.storage.profiles import Changer
from hub.storage.relation_tables import holding, relation
from hub.storage.search_index import index_customers
from hub.storage.tables import customer

RelationKind = Literal["household", "referred_by", "works_for"]
HOLDING: Final = "holding"  # the names under which they stand in the history
RELATION: Final = "relation"


_HELD: Final = Prepared(
    select(holding.c.customer_id, holding.c.product, holding.c.number)
    .where(is_among(holding.c.customer_id, "ids"), holding.c.ended_on == "")
    .order_by(holding.c.began_on.desc(), holding.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """`began_on`, `ended_on`: days as 2026-11-29. Empty: not known, or not ended."""

    id: str
    customer_id: str
    product: str
    number: str = ""
    began_on: str = ""
    ended_on: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """`customer_id` works for `other_id`, was referred by them, or lives in one household with them."""

    id: str
    customer_id: str
    kind: RelationKind
    other_id: str


@dataclass(frozen=True, slots=True)
class SeenRelation:
    """A relation as one side sees it. `is_from`: this customer works for the other, not the other way round."""

    id: str
    kind: RelationKind
    is_from: bool
    other_id: str
    other_name: str
    other_tier: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes it, when, and by which screen."""

    at: int
    changed_by: Changer
    changer_id: str
    source: str


async def list_holdings(connection: Connection, customer_id: str) -> list[Holding]:
    """Those that are held come first, the latest first in each."""
    h = holding.c
    query = select(h.id, h.customer_id, h.product, h.number, h.began_on, h.ended_on)
    rows = await connection.execute(query.where(h.customer_id == customer_id).order_by(h.began_on.desc(), h.id))
    found = [Holding(**dict(row)) for row in rows.mappings()]
    return sorted(found, key=lambda one: one.ended_on != "")


async def list_held(connection: Connection, customer_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """By customer: product and number of what has not ended, the latest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for customer_id, product, number in await _HELD.fetch(connection, {"ids": among(customer_ids)}):
        found.setdefault(customer_id, []).append((product, number))
    return found


async def find_holding(connection: Connection, holding_id: str) -> Holding | None:
    h = holding.c
    query = select(h.id, h.customer_id, h.product, h.number, h.began_on, h.ended_on).where(h.id == holding_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else Holding(**dict(row))


async def list_accounts(connection: Connection, customer_ids: Collection[str]) -> dict[str, str]:
    """By customer: the number of what they have held longest, of those who hold something with a number."""
    h = holding.c
    query = select(h.customer_id, h.number).where(h.customer_id.in_(customer_ids), h.number != "")
    found: dict[str, str] = {}
    for customer_id, number in await connection.execute(query.order_by(h.ended_on, h.began_on, h.id)):
        found.setdefault(customer_id, number)
    return found


async def put_holding(connection: Connection, one: Holding, by: Author) -> bool:
    """Add it, or change the one with its id. False if that one belongs to another customer."""
    h = holding.c
    row = (await connection.execute(select(holding).where(h.id == one.id))).mappings().first()
    if row is None:
        await connection.execute(insert(holding), [{**asdict(one), "changed_at": by.at}])
        old = None
    elif row["customer_id"] != one.customer_id:
        return False
    else:
        old = _say(Holding(**{name: row[name] for name in asdict(one)}))
        await connection.execute(update(holding).where(h.id == one.id).values(**asdict(one), changed_at=by.at))
    if old != _say(one):
        await _note(connection, one.customer_id, HOLDING, old, _say(one), by)
        await index_customers(connection, [one.customer_id])
    return True


async def list_relations(connection: Connection, customer_id: str) -> list[SeenRelation]:
    """Those on either side, with who stands for the other side, by name."""
    r = relation.c
    sides = or_(r.customer_id == customer_id, r.other_id == customer_id)
    rows = (await connection.execute(select(r.id, r.kind, r.customer_id, r.other_id).where(sides))).all()
    others = {row.id: row.other_id if row.customer_id == customer_id else row.customer_id for row in rows}
    known = await customers.find(connection, set(others.values()))
    found = [
        SeenRelation(row.id, row.kind, row.customer_id == customer_id, other.id, other.name, other.tier)
        for row in rows
        if (other := known.get(others[row.id])) is not None
    ]
    return sorted(found, key=lambda one: (one.other_name, one.id))


async def add_relation(connection: Connection, one: Relation, by: Author) -> bool:
    """False if there is one already, or no such customer, or both are the same."""
    r = relation.c
    both = {one.customer_id, one.other_id}
    known = set(await connection.scalars(select(customer.c.id).where(customer.c.id.in_(both))))
    same = (r.kind == one.kind) & (r.customer_id == one.customer_id) & (r.other_id == one.other_id)
    if one.kind == "household":
        same |= (r.kind == one.kind) & (r.customer_id == one.other_id) & (r.other_id == one.customer_id)
    if len(known) < 2 or await connection.scalar(select(r.id).where(same)) is not None:
        return False
    await connection.execute(insert(relation), [{**asdict(one), "since": by.at}])
    await _note_both(connection, one, by, is_gone=False)
    await index_customers(connection, sorted(both))  # who lives together is two people
    return True


async def remove_relation(connection: Connection, customer_id: str, relation_id: str, by: Author) -> tuple[str, ...]:
    """Returns the ids of both sides; none if there is no such relation of this customer."""
    r = relation.c
    query = select(r.id, r.customer_id, r.kind, r.other_id).where(r.id == relation_id)
    row = (await connection.execute(query)).first()
    if row is None or customer_id not in (row.customer_id, row.other_id):
        return ()
    await connection.execute(delete(relation).where(r.id == relation_id))
    await _note_both(connection, Relation(*row), by, is_gone=True)
    await index_customers(connection, sorted({row.customer_id, row.other_id}))
    return row.customer_id, row.other_id


async def _note_both(connection: Connection, one: Relation, by: Author, *, is_gone: bool) -> None:
    for side, other in ((one.customer_id, one.other_id), (one.other_id, one.customer_id)):
        said = {"kind": one.kind, "other": other, "is_from": side == one.customer_id}
        await _note(connection, side, RELATION, said if is_gone else None, None if is_gone else said, by)


def _say(one: Holding) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if value and name != "customer_id"}


async def _note(connection: Connection, customer_id: str, name: str, old: Any, new: Any, by: Author) -> None:
    row = {"customer_id": customer_id, "name": name, "interaction_id": "", **asdict(by)}
    row |= {"old": orjson.dumps(old).decode(), "new": orjson.dumps(new).decode()}
    await connection.execute(insert(profile_change), [row])
