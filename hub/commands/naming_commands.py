"""Who the customer of an open interaction is, as its holder hears it.

The rule of this file: as in `desk_commands.py`. The interaction with its script run and its messages is the named
customer's from here on; the address stays with the customer to whom it belongs, and is known as shared. The agent may
read the named customer then: so one who is not known to use the address takes a reason, which stands in the trail.
"""

from typing import Final

from agent_console.naming_command import NameCustomer
from hub.batch import customer_changes
from hub.batch.batch import Batch
from hub.commands.command_checks import CommandRefused, get_held
from hub.sending.address_keys import consent_key
from hub.sending.may_send import NOBODY
from hub.storage.address_users import NamedInteraction
from routing.model import AgentId

SHORTEST_REASON: Final = 3  # characters, as where somebody looks at a customer


def obey(batch: Batch, agent: AgentId, command: NameCustomer) -> None:
    """Raises CommandRefused."""
    interaction = get_held(batch, agent, command)
    named = batch.lookups.changed.get(command.customer_id)
    if named is None:
        raise CommandRefused("invalid", "customer_id")
    if named.id == interaction.customer.id:
        return
    kind, address = consent_key(interaction.channel, interaction.address)
    reason = command.reason.strip()
    users = batch.lookups.users.get((kind, address), frozenset())
    if len(reason) < SHORTEST_REASON and users.isdisjoint(named.ids):
        raise CommandRefused("needs_reason")
    shared = "" if address.startswith(NOBODY) else address  # a placeholder is used once
    batch.writes.named.append(NamedInteraction(interaction.id, named.id, kind, shared, batch.now, agent))
    before = interaction.customer.id
    customer_changes.give(batch, interaction, named)
    batch.audit(agent, "customer.name", interaction, {"from": before, **({"reason": reason} if reason else {})})
    batch.add_fact(interaction, "customer_named", {"name": named.name}, author=batch.name_of(agent))
