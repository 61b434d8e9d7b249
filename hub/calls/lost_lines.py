"""A call whose agent's line is lost: the customer stays in the room, and the agent is called into it again.

The rule of this file: an agent ends a call by a command alone. A leg that ends by itself is a lost line: the browser
was loaded again, the network failed, a mobile call dropped. The call is the agent's until the grace is over. Then a
colleague who is consulted in it has it, or it waits at its old place, and the agent becomes unavailable. A page that
stands still, as a computer that sleeps, is a lost line too: its leg stays, and the call goes on when the page does.

A softphone is called when its desk says that it is there: before that, it would ring for nobody. A telephone of the
agent's own is called once by itself, a moment later: when a customer hangs up, the end of the agent's leg is often
told first, and a telephone that rings for a call that is over is a nuisance.
"""

from typing import Final

from agent_console.fact_kinds import FactKind
from channels.channel import HangUp
from hub.batch import line_changes, listening
from hub.batch.batch import Batch
from hub.batch.outgoing_calls import find_call_refusal, plan_agent_call
from hub.batch.performer import route
from hub.batch.telephone_legs import call_again, phone_of
from hub.call_lifecycle import AGENT_LOST, CallState, CallStep, move_call
from hub.calls import consults, outbound_calls
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.sending.may_send import SOFTPHONE
from hub.sending.refusals import Refusal
from routing.inputs import AgentStateChosen, InteractionTransferred
from routing.model import SECOND, AgentId, AgentState, InteractionId, InteractionState, QueueId

RINGS_AFTER: Final = 2 * SECOND  # an agent's own telephone, after its line was lost
LINE_LOST: Final = "line_lost"
PAGE_STILL: Final = "page_still"
DISABLED: Final = "disabled"
TALKS: Final = (CallState.TALKING, CallState.HELD)


def lose(batch: Batch, interaction: OpenInteraction, reason: str, *, has_leg: bool = False) -> None:
    """The holder's leg has ended. `reason`: the provider's word, or ours if the desk says that it has no sound.
    `has_leg`: it has not ended, and nobody hears the holder through it for now."""
    if not move_call(interaction, CallStep.AGENT_LOST, batch.now):
        return
    if not has_leg:
        interaction.leg_ref = interaction.leg_request = ""
    grace = batch.book.document.timing.line_grace_seconds * SECOND
    interaction.call_until = batch.now + (grace if _is_agent(batch, interaction) else 0)
    batch.floor.line_deadlines[interaction.id] = _find_next(batch, interaction)
    author = batch.name_of(interaction.agent_id or "")
    fact: FactKind = "agent_page_still" if has_leg else "agent_line_lost"
    batch.add_fact(interaction, fact, {"reason": reason}, author=author)
    listening.follow(batch, interaction)
    line_changes.comfort(batch, interaction)
    batch.tell_changed(interaction)


def follow_page(batch: Batch, agent_id: str, interaction_id: str, *, is_still: bool) -> None:
    """The page in which the holder hears the call stands still, or moves again and hears the call as before."""
    interaction = batch.floor.interactions.get(interaction_id)
    if interaction is None or interaction.agent_id != agent_id or interaction.state is not InteractionState.ACTIVE:
        return
    if not interaction.leg_ref or not phone_of(batch, agent_id).startswith(SOFTPHONE):
        return
    if is_still and interaction.call_state in TALKS:
        lose(batch, interaction, PAGE_STILL, has_leg=True)
    elif not is_still and interaction.call_state in AGENT_LOST:
        _come_back(batch, interaction)


def _come_back(batch: Batch, interaction: OpenInteraction) -> None:
    """The same leg is heard again."""
    was_held = interaction.call_state is CallState.AGENT_LOST_HELD  # by the agent, and goes on
    if not move_call(interaction, CallStep.JOINED, batch.now):
        return
    batch.add_fact(interaction, "agent_line_back", author=batch.name_of(interaction.agent_id or ""))
    if not was_held:
        line_changes.ask_for_hold(batch, interaction, on=False)
    batch.tell_changed(interaction)


def note_unreached(batch: Batch, interaction: OpenInteraction) -> None:
    """The agent was called again, and is not there. The desk may ask once more."""
    interaction.leg_ref = ""
    batch.tell_changed(interaction)


def rejoin(batch: Batch, interaction: OpenInteraction) -> Refusal | None:
    """Call the holder into the room again, at the wish of their desk. None if that may be. A leg that the desk does
    not hear is replaced."""
    refusal = _find_refusal(batch, interaction)
    if refusal is not None:
        return refusal
    heard = interaction.leg_ref
    if interaction.call_state not in AGENT_LOST:
        lose(batch, interaction, "no_sound")
    call_again(batch, interaction, interaction.agent_id or "", instead_of=heard)
    return None


def end_due(batch: Batch) -> None:
    """Call those own telephones that are due, and give back the calls whose grace is over."""
    due = [one for one, at in batch.floor.line_deadlines.items() if at <= batch.now]
    for interaction_id in due:
        del batch.floor.line_deadlines[interaction_id]
        interaction = batch.floor.interactions.get(interaction_id)
        if interaction is None or interaction.call_state not in AGENT_LOST:
            continue
        if interaction.call_until is None or interaction.call_until <= batch.now:
            _end_grace(batch, interaction)
            continue
        if _rings_by_itself(batch, interaction) and _find_refusal(batch, interaction) is None:
            call_again(batch, interaction, interaction.agent_id or "")
        batch.floor.line_deadlines[interaction_id] = interaction.call_until


def fail_line(batch: Batch, interaction: OpenInteraction, reason: str, agent_reason: str = "phone_failed") -> None:
    """The agent's phone was not reached. The customer goes back to their place, and the agent becomes unavailable
    until they have sorted it out."""
    agent_id = AgentId(interaction.agent_id or "")
    interaction.leg_ref = ""
    batch.add_fact(interaction, "agent_line_failed", {"reason": reason}, author=batch.name_of(agent_id))
    _make_unavailable(batch, agent_id, agent_reason)
    route(batch, InteractionTransferred(InteractionId(interaction.id), QueueId(interaction.queue)))


def leave_calls(batch: Batch, agent_id: str) -> None:
    """This person is no agent any more. No customer whom they do not talk to yet, or not at present, is put through
    to a telephone that may still ring. A talk ends as the policy says: whoever is disabled may have a telephone of
    their own, which no desk ends."""
    ends_talks = batch.book.document.timing.disabled_in_call == "at_once"
    for interaction in list(batch.floor.interactions.values()):
        if interaction.agent_id != agent_id or interaction.state is not InteractionState.ACTIVE:
            continue
        if interaction.call_state in AGENT_LOST:
            _end_grace(batch, interaction)
        elif interaction.call_state is CallState.CONNECTING:
            _hang_up_leg(batch, interaction)
            fail_line(batch, interaction, Refusal.NO_PHONE)
        elif outbound_calls.is_before_answer(interaction):
            outbound_calls.give_up(batch, interaction, DISABLED)
        elif ends_talks and interaction.call_state in TALKS:
            _leave_to_others(batch, interaction, DISABLED)


def _hang_up_leg(batch: Batch, interaction: OpenInteraction) -> None:
    if leg := interaction.leg_ref:
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, leg))


def _end_grace(batch: Batch, interaction: OpenInteraction) -> None:
    _leave_to_others(batch, interaction, LINE_LOST)


def _leave_to_others(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    """The holder has the call no more: a colleague who is consulted in it has it, or it waits at its old place."""
    agent_id, successor = AgentId(interaction.agent_id or ""), consults.find_successor(interaction)
    if successor is not None and consults.hand_over(batch, interaction, successor) is None:
        _make_unavailable(batch, agent_id, reason)
    else:
        _hang_up_leg(batch, interaction)  # of a page that stands still, that rings again, or that talks
        fail_line(batch, interaction, reason, reason)


def _make_unavailable(batch: Batch, agent_id: AgentId, reason: str) -> None:
    """An agent who is offline stays so: nobody is at their desk."""
    row = batch.router.find_agent(agent_id)
    if row is not None and row.state is not AgentState.OFFLINE:
        route(batch, AgentStateChosen(agent_id, AgentState.UNAVAILABLE, reason))


def _find_next(batch: Batch, interaction: OpenInteraction) -> int:
    """When this call is looked at next."""
    assert interaction.call_until is not None and interaction.call_since is not None
    if _rings_by_itself(batch, interaction):
        return min(interaction.call_since + RINGS_AFTER, interaction.call_until)
    return interaction.call_until


def _rings_by_itself(batch: Batch, interaction: OpenInteraction) -> bool:
    """Whether the agent's own telephone is to be called and was not yet."""
    is_own = not phone_of(batch, interaction.agent_id or "").startswith(SOFTPHONE)
    return is_own and not interaction.leg_request


def _find_refusal(batch: Batch, interaction: OpenInteraction) -> Refusal | None:
    if not _is_agent(batch, interaction):
        return Refusal.NO_PHONE
    return find_call_refusal(batch, plan_agent_call(interaction, phone_of(batch, interaction.agent_id or "")))


def _is_agent(batch: Batch, interaction: OpenInteraction) -> bool:
    """Whether the holder is an agent still. Who was disabled in a call has it to its end, and nothing rings them."""
    member = batch.floor.staff.get(interaction.agent_id or "")
    return member is not None and "agent" in member.roles
