"""The routing process changes to a newer version of the policy and moves open work that has no place in it.

The rule of this file: a version only replaces an older one, and every desk is told of it. Policy and moves are one
input of the router. `hub.policies.publishing` looks at open work before it publishes. Work that arrived later, and
for which the document names no destination, goes to the queue that it would enter as a new arrival. Each move is a
fact in the transcript and a row of the audit trail.
"""

from dataclasses import dataclass, replace

import structlog

from agent_console.events import PolicyChangedEvent, ScriptChanged
from hub.batch.batch import Batch
from hub.batch.performer import route
from hub.call_lifecycle import GIVEN_BACK, CallStep, move_call
from hub.open_work.floor import OpenInteraction
from hub.policies.in_force import PolicyBook
from hub.storage.audit_words import Detail
from routing.effects import InputRejected
from routing.inputs import PolicyChanged, PolicyMove, TimePassed
from routing.model import InteractionId, QueueId, TierId

log = structlog.get_logger()

HUB = "hub"  # stands in the audit trail for the hub itself


@dataclass(frozen=True, slots=True)
class _Move:
    queue: str
    tier: str
    is_late: bool = False  # the document names no destination
    withdraws_callback: bool = False  # its new queue calls nobody back


def adopt(batch: Batch, book: PolicyBook, *, is_start: bool = False) -> None:
    """Put a newer policy in force and tell the desks. `is_start`: the version in force is applied again, since an
    earlier release may have written rows without looking for work that has no place."""
    book = replace(book, wall_ahead=batch.book.wall_ahead)
    is_newer = book.version > batch.book.version
    if not is_newer and not (is_start and book.version == batch.book.version):
        return
    if not is_newer and not _find_moves(batch, book):
        return
    route(batch, TimePassed())  # a deadline that is due may move work to another queue
    moves = _find_moves(batch, book)
    is_renamed = book.document.organisation != batch.book.document.organisation
    batch.book = book
    for interaction_id, move in moves.items():
        _tell_move(batch, batch.floor.interactions[interaction_id], move)
    _route(batch, book, moves)
    changed = _change_customers(batch)
    for interaction in batch.floor.interactions.values():
        if interaction.customer.id in changed or interaction.id in moves:
            batch.tell_changed(interaction, is_moved=True)
    if moves:
        late = sum(move.is_late for move in moves.values())
        log.warning("work was moved by a policy", version=book.version, moved=len(moves), unforeseen=late)
    for member in batch.floor.staff.values():
        if member.profile is not None:
            batch.tell(member.id, PolicyChangedEvent(policy=book.view))
    batch.scripts.follow(book.document)
    for interaction in batch.floor.interactions.values():
        if is_renamed or interaction.id in moves:
            tell_script(batch, interaction)


def _find_moves(batch: Batch, book: PolicyBook) -> dict[str, _Move]:
    """By interaction id: the moves of interactions without a place in the policy."""
    found = {one.id: _find_move(batch, book, one) for one in batch.floor.interactions.values()}
    return {interaction_id: move for interaction_id, move in found.items() if move is not None}


def _find_move(batch: Batch, book: PolicyBook, interaction: OpenInteraction) -> _Move | None:
    """None if the policy has a place for the interaction as it is."""
    row = batch.router.find_interaction(InteractionId(interaction.id))
    is_to_be_called = row is not None and row.callback is not None
    channel, our_address = interaction.channel, interaction.our_address
    tier = book.find_moved_tier(interaction.tier) or book.document.default_tier
    queue = book.find_moved(interaction.queue, channel, is_to_be_called)
    if queue is not None:
        return None if (queue, tier) == (interaction.queue, interaction.tier) else _Move(queue, tier)
    if late := book.find_late_place(channel, our_address, is_to_be_called):
        return _Move(late, tier, is_late=True)
    if is_to_be_called and book.takes(interaction.queue, channel, False):
        return _Move(interaction.queue, tier, is_late=True, withdraws_callback=True)
    entry = book.get_entry(channel, our_address).queue
    if entry == interaction.queue and not is_to_be_called:  # no queue takes the channel, so it stays
        return None if tier == interaction.tier else _Move(entry, tier)
    return _Move(entry, tier, is_late=True, withdraws_callback=is_to_be_called)


def _route(batch: Batch, book: PolicyBook, moves: dict[str, _Move]) -> None:
    told = [
        PolicyMove(InteractionId(one), QueueId(move.queue), TierId(move.tier), move.withdraws_callback)
        for one, move in moves.items()
        if batch.floor.interactions[one].routing is not None
    ]
    for effect in route(batch, PolicyChanged(book.routing, tuple(told))):
        if isinstance(effect, InputRejected):  # a bug: the document's checks should have refused it
            raise RuntimeError(f"policy {book.version} was rejected: {effect.code} {effect.subject}")


def _tell_move(batch: Batch, interaction: OpenInteraction, move: _Move) -> None:
    """Record a move. Call it before the router moves the interaction, so that the effects name the new place."""
    version, unforeseen = batch.book.version, int(move.is_late)
    if move.queue != interaction.queue:
        before = interaction.queue
        batch.add_fact(interaction, "moved_by_policy", {"from": before, "to": move.queue})
        interaction.queue = move.queue  # the old queue may be gone, and nobody would look there
        detail: Detail = {"from": before, "to": move.queue, "version": version, "unforeseen": unforeseen}
        batch.audit(HUB, "policy.move_interaction", interaction, detail)
    if move.tier != interaction.tier:
        batch.add_fact(interaction, "tier_moved_by_policy", {"from": interaction.tier, "to": move.tier})
        detail = {"from": interaction.tier, "to": move.tier, "version": version, "unforeseen": unforeseen}
        batch.audit(HUB, "policy.change_tier", interaction, detail)
        interaction.tier = move.tier
    if move.withdraws_callback:
        _withdraw_callback(batch, interaction)
    interaction.version += 1
    batch.writes.touch(interaction)


def _change_customers(batch: Batch) -> set[str]:
    """Change the tier of customers with open work where the policy replaces it, also where an earlier version did.
    Return the ids of the changed customers. One customer may stand in memory several times."""
    changed = set()
    for customer in [one.customer for one in batch.floor.interactions.values()]:
        tier = batch.book.find_moved_tier(customer.tier)
        if tier is not None and tier != customer.tier:
            customer.tier = batch.writes.customer_tiers[customer.id] = tier
            changed.add(customer.id)
    return changed


def _withdraw_callback(batch: Batch, interaction: OpenInteraction) -> None:
    """Withdraw a callback, since the policy calls nobody back. A customer who is still on the line waits there.
    Otherwise an agent gets what there is to read or hear, with nobody on the line."""
    batch.add_fact(interaction, "callback_withdrawn")
    is_on_the_line = batch.given_back.pop(interaction.id, None) is not None
    if is_on_the_line or interaction.call_state not in GIVEN_BACK:
        return
    if move_call(interaction, CallStep.HANDED_OVER, batch.now):
        interaction.call_until = None
        interaction.is_customer_gone = True
        batch.floor.rename_call(interaction, "")


def tell_script(batch: Batch, interaction: OpenInteraction) -> None:
    """Show the script again: its texts name the organisation, and the choice of scripts depends on queue and tier."""
    if interaction.is_held:
        script = batch.view_script(interaction)
        if script is not None:
            batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))
