"""A new version of the policy, taken on by the process that routes.

The rule of this file: a version only ever follows an older one, and every desk is told of it.
"""

from agent_console.events import PolicyChangedEvent, ScriptChanged
from hub.batch import Batch
from hub.performer import route
from hub.policy_book import PolicyBook
from routing.inputs import PolicyChanged


def adopt(batch: Batch, book: PolicyBook) -> None:
    """From here on this policy decides, where it is a newer one, and the desks show it."""
    if book.version <= batch.book.version:
        return
    is_renamed = book.document.organisation != batch.book.document.organisation
    batch.book = book
    route(batch, PolicyChanged(book.routing))
    for member in batch.floor.staff.values():
        if member.profile is not None:
            batch.tell(member.id, PolicyChangedEvent(policy=book.view))
    if is_renamed:
        batch.scripts.organisation = book.document.organisation
        _tell_scripts(batch)


def _tell_scripts(batch: Batch) -> None:
    """What agents say names the organisation."""
    for interaction in batch.floor.interactions.values():
        if interaction.is_held:
            script = batch.scripts.view(interaction, batch.name_of(interaction.agent_id or ""))
            if script is not None:
                batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))
