"""What a person sees of possible matches, and what they answer.

The rule of this file: a pair is shown as the two who stand for its customers after merges. A refusal is about both
of them and about everybody for whom they stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.storage import address_users, customers, possible_matches
from hub.storage.connection import Connection
from hub.storage.customers import StoredCustomer
from routing.model import Micros


@dataclass(frozen=True, slots=True)
class ShownMatch:
    customer: StoredCustomer
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownShared:
    """`customers`: the owner of the address is the first."""

    address: str
    customers: tuple[StoredCustomer, ...]


async def list_matches(connection: Connection, customer: StoredCustomer) -> list[ShownMatch]:
    """The open ones, the likeliest first."""
    pairs = [one for one in await possible_matches.list_pairs(connection, customer.ids) if one.refused_at is None]
    others = {each for one in pairs for each in (one.one_id, one.other_id)} - {*customer.ids}
    people = await customers.find(connection, others)
    best: dict[str, ShownMatch] = {}
    for one in pairs:
        mine = one.one_id if one.one_id in customer.ids else one.other_id
        other = people.get(one.get_other(mine))
        if other is not None and (other.id not in best or best[other.id].score < one.score):
            best[other.id] = ShownMatch(other, one.score, one.reasons)
    return sorted(best.values(), key=lambda one: (-one.score, one.customer.id))


async def refuse_match(connection: Connection, customer_id: str, other_id: str, now: Micros, by: str) -> bool:
    """These two are two. False: they are not there, or nobody says that they are one."""
    found = await customers.find(connection, [customer_id, other_id])
    if len(found) < 2 or found[customer_id].id == found[other_id].id:
        return False
    mine, theirs = {*found[customer_id].ids}, {*found[other_id].ids}
    pairs = [
        (one.one_id, one.other_id)
        for one in await possible_matches.list_pairs(connection, mine)
        if one.refused_at is None and {one.one_id, one.other_id} & theirs
    ]
    return bool(await possible_matches.refuse(connection, pairs, now, by))


async def list_shared(connection: Connection, customer: StoredCustomer) -> Sequence[ShownShared]:
    """The addresses that this customer shares with others who are not one with them."""
    shared = await address_users.list_shared(connection, customer.ids)
    people = await customers.find(connection, {each for one in shared for each in one.customer_ids})
    shown = []
    for one in shared:
        users = {people[each].id: people[each] for each in one.customer_ids if each in people}
        if len(users) > 1:
            shown.append(ShownShared(one.address, tuple(users.values())))
    return shown
