"""What is known of a customer changes while they have open work: the router hears of another tier and of another
boost, and the desks that show the customer follow.

The rule of this file: all open interactions of a customer change together. What the batch itself writes of a customer
is newer than what was looked up for it.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from agent_console.events import ScriptChanged
from hub.batch.batch import Batch
from hub.batch.call_parties import tell_party
from hub.batch.desk_views import view_customer
from hub.batch.performer import route_or_refuse
from hub.batch.returning import find_profile_boost
from hub.open_work.floor import Customer, OpenInteraction
from hub.storage.profiles import ValueChange
from routing.inputs import InteractionBoosted, TierChanged
from routing.model import InteractionId, Micros, TierId


def take(batch: Batch, customer_ids: Collection[str]) -> None:
    """Rows of these customers were changed elsewhere. Those without open work are left out. After a merge, and after
    its undo, each interaction is with the one who stands for its customer."""
    changed = batch.lookups.changed
    batch.writes.customers_changed.update(customer_ids)
    for interaction in [one for each in customer_ids for one in batch.floor.list_open(each)]:
        stands = changed.get(interaction.customer_id)
        if stands is not None and (interaction.customer.id, interaction.customer.merged_ids) != (
            stands.id,
            stands.merged_ids,
        ):
            batch.floor.give_to(interaction, replace(stands), interaction.customer_id)
            batch.tell_appointments(interaction)
    standing = {found.id: found for each in customer_ids if (found := changed.get(each)) is not None}
    for customer_id, found in standing.items():
        own = [one for one in batch.writes.profile_changes if one.customer_id == customer_id]
        tier = batch.writes.customer_tiers.get(customer_id, found.tier)
        _follow(batch, replace(found, tier=tier, profile=_change(found.profile, own)))


def give(batch: Batch, interaction: OpenInteraction, customer: Customer) -> None:
    """The interaction is this customer's from here on: they have said who they are. All their addresses have been
    looked up."""
    script = batch.view_script(interaction)
    batch.floor.give_to(interaction, replace(customer), customer.id)
    interaction.version += 1
    batch.writes.touch(interaction)
    batch.tell_appointments(interaction)
    _follow(batch, customer)
    after = batch.view_script(interaction)
    if after is not None and after != script:
        batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=after))


def learn(batch: Batch, customer: Customer, changes: Collection[ValueChange]) -> None:
    """Change values of this customer, who has open work. All their addresses have been looked up."""
    if changes:
        batch.writes.profile_changes.extend(changes)
        _follow(batch, replace(customer, profile=_change(customer.profile, changes)))


def _change(profile: dict[str, Any], changes: Iterable[ValueChange]) -> dict[str, Any]:
    changed = profile | {one.name: one.new for one in changes}
    return {name: value for name, value in changed.items() if value is not None}


def _follow(batch: Batch, known: Customer) -> None:
    """From here on this is what is known of the customer, who stands in memory once for each interaction."""
    tier = batch.settle_tier(known)
    work = [one for one in batch.floor.list_open(known.id) if one.customer.id == known.id]
    scripts = {one.id: batch.view_script(one) for one in work}
    addresses = batch.lookups.addresses.get(known.id, ())
    boosts = {one.id: find_profile_boost(batch.book.document, one.customer.profile) for one in work}
    for interaction in work:
        customer = interaction.customer
        customer.name, customer.tier, customer.language = known.name, known.tier, known.language
        customer.profile, customer.memberships, customer.holds = dict(known.profile), known.memberships, known.holds
    for interaction in work:
        if interaction.tier != tier:
            _change_tier(batch, interaction, tier)
        _change_boost(batch, interaction, boosts[interaction.id])
        batch.tell_changed(interaction, customer=view_customer(known, addresses, batch.book.attributes))
        script = batch.view_script(interaction)
        if script is not None and script != scripts[interaction.id]:
            batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))
        for party in interaction.parties.values():
            tell_party(batch, interaction, party)


def _change_tier(batch: Batch, interaction: OpenInteraction, tier: str) -> None:
    batch.add_fact(interaction, "tier_changed", {"from": interaction.tier, "to": tier})
    interaction.tier = tier
    interaction.version += 1
    batch.writes.touch(interaction)
    if interaction.routing is None:  # a chat without a message: it enters the order with this tier
        return
    if code := route_or_refuse(batch, TierChanged(InteractionId(interaction.id), TierId(tier))):
        raise RuntimeError(f"interaction {interaction.id} could not change to the tier {tier}: {code}")


def _change_boost(batch: Batch, interaction: OpenInteraction, before: Micros) -> None:
    """An early sign or another stage has come or gone, whose boost was `before`. What else boosts it stays, also what
    a supervisor gave. Where the policy's cap had cut the sum, it falls by the whole difference."""
    more = find_profile_boost(batch.book.document, interaction.customer.profile) - before
    row = batch.router.find_interaction(InteractionId(interaction.id)) if more else None
    if row is None:  # nothing has changed, or it is a chat without a message: it enters the order with its boost
        return
    boost = max(0, row.boost + more)
    if code := route_or_refuse(batch, InteractionBoosted(InteractionId(interaction.id), boost)):
        raise RuntimeError(f"interaction {interaction.id} could not be boosted by {boost}: {code}")
