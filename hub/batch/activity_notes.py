"""What an interaction that closes leaves behind for the rules: a contact, what its disposition says, and what the
customer said to proposals.

The rule of this file: each closed interaction is one contact of its customer, by its channel. A call of ours that
nobody answered is none. It stands under the id whose address wrote, so that the undo of a merge leaves it on the
right side.
"""

from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.policies.activity_kinds import EACH_INTERACTION
from hub.storage.activities import NewActivity
from scripts_library.suggestions import list_suggested


def note_activities(batch: Batch, interaction: OpenInteraction) -> None:
    """Collect the activities of an interaction that has closed at this instant."""
    if interaction.is_outbound and interaction.answered_at is None:
        return
    kinds = {EACH_INTERACTION: str(interaction.channel)}
    if told := batch.book.find_activity(interaction.disposition):
        kinds[told] = ""
    for kind, label in kinds.items():
        batch.writes.activities.append(
            NewActivity(customer_id=interaction.customer_id, kind=kind, label=label, at=batch.now)
        )
    for one in list_suggested(running.run for running in interaction.runs.values()).values():
        if one.reply:
            kind, at = f"proposal_{one.reply}", one.replied_at
            batch.writes.activities.append(
                NewActivity(customer_id=interaction.customer_id, kind=kind, label=one.id, at=at)
            )
