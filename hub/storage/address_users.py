"""Addresses that several customers use, and interactions whose customer was not the owner of the address.

The rule of this file: an address belongs to one customer, and nobody is merged because they share it. Who else uses
it is known from agents, who asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from typing import Final

from sqlalchemy import bindparam, select, union, update

from hub.storage.connection import Connection
from hub.storage.matching_tables import shared_address
from hub.storage.prepared import Bulk, Prepared
from hub.storage.tables import address, message

MOST: Final = 9  # customers of one address who are asked about: one key each


@dataclass(frozen=True, slots=True)
class NamedInteraction:
    """`customer_id`: who they said they are. `kind` and `address`: where they wrote or called from; the address is
    empty if they withheld it."""

    interaction_id: str
    customer_id: str
    kind: str
    address: str
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """`customer_ids`: the owner, then those who were named last, before merges."""

    kind: str
    address: str
    customer_ids: tuple[str, ...]


_SHARE = Bulk("""
    INSERT INTO shared_address (kind, address, customer_id, since, added_by)
    SELECT value->>2, value->>3, value->>1, CAST(value->>4 AS BIGINT), value->>5 FROM {rows} WHERE true
    ON CONFLICT (kind, address, customer_id) DO UPDATE SET since = excluded.since, added_by = excluded.added_by
""")
_MOVE_MESSAGES = Prepared(
    update(message)
    .where(message.c.interaction_id == bindparam("in_interaction"))
    .values(customer_id=bindparam("named"))
)

_s, _a = shared_address.c, address.c
_USERS = Prepared(
    union(
        select(_s.customer_id).where(_s.kind == bindparam("of_kind"), _s.address == bindparam("of_address")),
        select(_a.customer_id).where(_a.kind == bindparam("of_kind"), _a.address == bindparam("of_address")),
    )
)


async def name_interactions(connection: Connection, named: Sequence[NamedInteraction]) -> None:
    """What was said in these interactions is the named customers' from here on."""
    last = {one.interaction_id: one for one in named}
    if not last:
        return
    moved = [{"in_interaction": one.interaction_id, "named": one.customer_id} for one in last.values()]
    await _MOVE_MESSAGES.execute_all(connection, moved)
    shared = {(one.kind, one.address, one.customer_id): one for one in named if one.address}
    await _SHARE.execute_for(connection, [list(astuple(one)) for one in shared.values()])


async def list_users(connection: Connection, kind: str, address: str) -> frozenset[str]:
    """Whose address it is and who else uses it, before merges."""
    return frozenset(row[0] for row in await _USERS.fetch(connection, {"of_kind": kind, "of_address": address}))


async def list_shared(connection: Connection, ids: Collection[str]) -> list[SharedAddress]:
    """The addresses that belong to one of these ids, or that one of them uses, and that others use too."""
    s, a = shared_address.c, address.c
    used = select(s.kind, s.address).where(s.customer_id.in_(sorted(ids)))
    owned = (
        select(a.kind, a.address)
        .where(a.customer_id.in_(sorted(ids)))
        .join_from(address, shared_address, (s.kind == a.kind) & (s.address == a.address))
    )
    found = []
    for kind, one in (await connection.execute(union(used, owned).limit(20))).all():
        owner = await connection.scalar(select(a.customer_id).where(a.kind == kind, a.address == one))
        others = select(s.customer_id).where(s.kind == kind, s.address == one).order_by(s.since.desc()).limit(MOST)
        users = dict.fromkeys([*([owner] if owner else []), *(await connection.scalars(others))])
        found.append(SharedAddress(kind, one, tuple(users)[:MOST]))
    return sorted(found, key=lambda each: (each.kind, each.address))
