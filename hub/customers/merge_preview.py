"""What two customers have beside their values, and what a merge makes of it.

The rule of this file: nothing of it is moved or changed by a merge, so an undo needs to bring nothing back. Whoever
reads one of the two reads both, by these rules:

- activities: rules count those of both;
- consents: each address keeps what was said for it; an address never inherits a consent from another;
- holdings and relations: those of both; a relation between the two themselves is not shown;
- segments: the rules are asked anew with what is known of both; the other one leaves all of theirs;
- fixed tier: that of the one who stays, else that of the other, until it ends. A fixed tier outweighs a choice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.storage import activities, consents, customers, relations, segment_members, tier_moves
from hub.storage.connection import Connection
from routing.model import Micros

Kind = Literal["addresses", "activities", "consents", "holdings", "relations", "segments", "fixed_tier"]
SHOWN: Final = 5  # names of each kind


@dataclass(frozen=True, slots=True)
class Belonging:
    """How many one side has of a kind, and the first few by name."""

    kind: Kind
    number: int
    names: tuple[str, ...] = ()


async def list_belongings(
    connection: Connection, ids: Sequence[str], others: Collection[str], language: str, now: Micros
) -> list[Belonging]:
    """What the customer with these ids has; the first is the one who stands for all. `others`: the ids of the other
    side. Read slowly."""
    addresses = await customers.list_addresses(connection, ids)
    standings = await consents.find_standings(connection, {(one.kind, one.address) for one in addresses})
    held = [one for each in ids for one in await relations.list_holdings(connection, each)]
    known = [
        one
        for each in ids
        for one in await relations.list_relations(connection, each)
        if one.other_id not in ids and one.other_id not in others
    ]
    fixed = [await find_fixed_tier(connection, ids[0], now)]
    segments = await segment_members.list_names(connection, ids, language)
    return [
        _name("addresses", [one.address for one in addresses if one.kind != "chat"]),
        Belonging("activities", await activities.count_of(connection, ids)),
        _name("consents", [address for _, address in sorted(standings)]),
        _name("holdings", [" ".join(filter(None, (one.product, one.number))) for one in held]),
        _name("relations", [one.other_name for one in known]),
        _name("segments", segments),
        _name("fixed_tier", [one for one in fixed if one]),
    ]


def _name(kind: Kind, names: Sequence[str]) -> Belonging:
    return Belonging(kind, len(names), tuple(names[:SHOWN]))


async def find_fixed_tier(connection: Connection, customer_id: str, now: Micros) -> str:
    """The tier that a person has fixed for the one who stands, or for one of those for whom they stand. Empty: none
    is fixed at this instant."""
    found = (await tier_moves.find_overrides(connection, [customer_id])).get(customer_id)
    return found.tier if found is not None and (found.until_at is None or found.until_at > now) else ""
