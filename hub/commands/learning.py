"""What an interaction has taught of its customer: answers that a script keeps go into the profile.

The rule of this file: an answer whose attribute the policy does not have, or that does not fit it, stays with the
script run and reaches no profile; `check-config` has named the script before.
"""

from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.storage.profiles import ValueChange
from routing.model import AgentId


def learn_answers(batch: Batch, agent: AgentId, interaction: OpenInteraction) -> None:
    customer = interaction.customer
    for one in batch.scripts.list_kept_answers(interaction):
        attribute = batch.book.attributes.get(one.name)
        new = attribute.parse_answer(one.answer) if attribute is not None else None
        if attribute is None or new is None or customer.profile.get(one.name) == new:
            continue
        change = ValueChange(
            customer_id=customer.id,
            name=one.name,
            new=new,
            known=attribute.read(new),
            at=batch.now,
            changed_by="script",
            changer_id=agent,
            source=f"{one.script_id}/{one.step_id}",
            interaction_id=interaction.id,
        )
        batch.writes.profile_changes.append(change)
        for other in batch.floor.interactions.values():
            if other.customer.id == customer.id:
                other.customer.profile[one.name] = new
        customer.profile[one.name] = new
