"""What an interaction has taught of its customer: answers that a script keeps go into the profile or the ledger.

The rule of this file: an answer is learned when it is given, and again only if it is changed: what somebody corrects
on the card afterwards stays. An answer on a way that is gone back is taken out of the profile again. An answer whose
attribute the policy does not have, or that does not fit it, stays with the script run and reaches no profile;
`check-config` has named the script before.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from hub.batch.batch import Batch
from hub.batch.consent_keeping import keep_consent
from hub.batch.customer_changes import learn
from hub.open_work.floor import OpenInteraction
from hub.scripts.asked_consents import AskedConsent, list_asked
from hub.scripts.kept_answers import (
    KeptAnswer,
    has_replaced,
    keep_replaced,
    list_kept_answers,
    take_replaced,
)
from hub.sending.address_keys import consent_key
from hub.storage.consents import Act, ConsentEntry
from hub.storage.profiles import ValueChange
from routing.model import AgentId
from scripts_library.script_parts import WriteBack

_ACTS: Final[dict[str, Act]] = {"yes": "given", "no": "withdrawn"}


def learn_consents(
    batch: Batch, agent: AgentId, interaction: OpenInteraction, before: Collection[AskedConsent]
) -> None:
    """Keep what the customer has just agreed to, refused, or been asked. `before`: as it stood before the command. An
    answer that was changed is a change of mind, so both are kept."""
    kind, address = consent_key(interaction.channel, interaction.address)
    for one in list_asked(interaction):
        if one in before or one.field.purpose is None:
            continue
        entry = ConsentEntry(
            kind=kind,
            address=address,
            purpose=one.field.purpose,
            act=_ACTS.get(one.answer, "asked"),
            source="script",
            by_id=f"{one.script_id}/{one.step_id}",
            language=one.language,
            said=one.field.label,
            at=batch.now,
            recorded_at=batch.now,
            customer_id=interaction.customer_id,
            interaction_id=interaction.id,
        )
        keep_consent(batch, entry, batch.name_of(agent))


def learn_answers(batch: Batch, agent: AgentId, interaction: OpenInteraction, known: Collection[KeptAnswer]) -> None:
    """`known`: the answers that were there before the agent's last step."""
    learn(batch, interaction.customer, list(_list_changes(batch, agent, interaction, known)))


def _list_changes(
    batch: Batch, agent: AgentId, interaction: OpenInteraction, known: Collection[KeptAnswer]
) -> Iterator[ValueChange]:
    kept = list_kept_answers(interaction)
    profile = interaction.customer.profile
    for one in kept:
        attribute = batch.book.attributes.get(one.name)
        new = attribute.parse_answer(one.answer) if attribute is not None else None
        held = profile.get(one.name)
        if one in known or attribute is None or new is None or held == new:
            continue
        if one.write_back is WriteBack.IF_EMPTY and held is not None and not has_replaced(interaction, one):
            continue
        keep_replaced(batch.writes, interaction, one, held)
        yield _change(batch, agent, interaction, one, new)
    still = {(one.script_id, one.name) for one in kept}
    for one in known:
        attribute = batch.book.attributes.get(one.name)
        if (one.script_id, one.name) in still or attribute is None or not has_replaced(interaction, one):
            continue
        before = take_replaced(batch.writes, interaction, one)
        if profile.get(one.name) == attribute.parse_answer(one.answer):  # nobody has corrected it since
            yield _change(batch, agent, interaction, one, before)


def _change(batch: Batch, agent: AgentId, interaction: OpenInteraction, one: KeptAnswer, new: Any) -> ValueChange:
    """`new`: None takes the value away."""
    return ValueChange(
        customer_id=interaction.customer.id,
        name=one.name,
        new=new,
        known=batch.book.attributes[one.name].read(new) if new is not None else None,
        at=batch.now,
        changed_by="script",
        changer_id=agent,
        source=f"{one.script_id}/{one.step_id}",
        interaction_id=interaction.id,
    )
