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
    """How many one side has of a kind, and the first few by name, where a name tells nothing that masking hides."""

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
    fixed = await find_fixed_tiers(connection, ids[:1], now)
    segments = await segment_members.list_names(connection, ids, language)
    return [
        Belonging("addresses", sum(one.kind != "chat" for one in addresses)),
        Belonging("activities", await activities.count_of(connection, ids)),
        Belonging("consents", len(standings)),
        _name("holdings", [one.product for one in held]),
        Belonging("relations", len(known)),
        _name("segments", segments),
        _name("fixed_tier", list(fixed.values())),
    ]


def _name(kind: Kind, names: Sequence[str]) -> Belonging:
    return Belonging(kind, len(names), tuple(names[:SHOWN]))


async def find_fixed_tiers(connection: Connection, ids: Collection[str], now: Micros) -> dict[str, str]:
    """By customer: the tier that a person has fixed at this instant, for them or for one for whom they stand."""
    found = await tier_moves.find_overrides(connection, ids)
    return {each: one.tier for each, one in found.items() if one.until_at is None or one.until_at > now}
