"""What the holder of an interaction notes about their customer's consents.

The rule of this file: as in `desk_commands.py`. An agent speaks for the addresses of their customer alone.
"""

from agent_console.consent_command import KeepConsent
from hub.batch.batch import Batch
from hub.batch.consent_keeping import keep_consent
from hub.commands.command_checks import CommandRefused, get_held
from hub.sending.address_keys import consent_key
from hub.storage.consents import ConsentEntry
from routing.model import AgentId


def obey(batch: Batch, agent: AgentId, command: KeepConsent) -> None:
    """Raises CommandRefused. A hidden address is named as the agent sees it, if only one looks so."""
    interaction = get_held(batch, agent, command)
    keys = {consent_key(interaction.channel, interaction.address)}
    for one in batch.lookups.addresses.get(interaction.customer.id, ()):
        keys.add(consent_key(one.channel, one.address))
    sight = batch.book.see_as(batch.roles_of(agent))
    shown = [one for one in keys if command.address in (one[1], sight.show_address(one[1]))]
    key = next((one for one in shown if one[1] == command.address), shown[0] if len(shown) == 1 else None)
    if key is None:
        raise CommandRefused("invalid", "address")
    version, language, _ = batch.book.consents[command.purpose].find_text(
        interaction.language, batch.book.document.languages[0]
    )
    entry = ConsentEntry(
        kind=key[0],
        address=key[1],
        purpose=command.purpose,
        act="given" if command.is_given else "withdrawn",
        source="agent",
        by_id=agent,
        text_version=version,
        language=language,
        said=command.said.strip(),
        at=batch.now,
        recorded_at=batch.now,
        customer_id=interaction.customer_id,
        interaction_id=interaction.id,
    )
    keep_consent(batch, entry, batch.name_of(agent))
