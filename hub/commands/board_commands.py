"""What a supervisor asks for on the wallboard: give an interaction to an agent, move it to a queue, let it go ahead.

The rule of this file: the router alone decides. The transcript says what was done, and the audit trail also says who
did it; both are stored with the decision. A refused command leaves no trace.
"""

from typing import assert_never

from agent_console.commands import (
    AssignInteraction,
    BoardCommand,
    BoostInteraction,
    CommandAnswer,
    ListeningCommand,
    MoveInteraction,
)
from hub.batch.batch import Batch
from hub.batch.call_recordings import announce
from hub.batch.transcript import Data
from hub.call_lifecycle import AGENT_LOST, CallState
from hub.calls.outbound_calls import is_before_answer
from hub.commands import listening_commands
from hub.commands.command_checks import (
    CommandRefused,
    check_calls_back,
    check_may_be_called,
    get_supervised,
    route_or_raise,
)
from hub.commands.desk_commands import DONE
from hub.open_work.floor import OpenInteraction
from hub.storage.audit_words import Detail
from routing.inputs import InteractionAssigned, InteractionBoosted, InteractionTransferred
from routing.model import SECOND, AgentId, AgentState, InteractionId, InteractionState, QueueId

_IN_ORDER = (InteractionState.WAITING, InteractionState.OFFERED)


def obey(batch: Batch, supervisor: AgentId, command: BoardCommand) -> CommandAnswer:
    """Carry out or refuse a supervisor's command. The wallboard was admitted seconds ago; this checks that its person
    is still a supervisor."""
    member = batch.floor.staff.get(supervisor)
    if member is None or "supervisor" not in member.roles:
        return CommandAnswer(code="may_not")
    try:
        match command:
            case AssignInteraction():
                _assign(batch, supervisor, command)
            case MoveInteraction():
                _move(batch, supervisor, command)
            case BoostInteraction():
                _boost(batch, supervisor, command)
            case ListeningCommand():
                listening_commands.obey(batch, supervisor, command)
            case _:
                assert_never(command)
    except CommandRefused as refused:
        return refused.answer
    return DONE


def _assign(batch: Batch, supervisor: AgentId, command: AssignInteraction) -> None:
    interaction = get_supervised(batch, supervisor, command, *_IN_ORDER, InteractionState.ACTIVE)
    agent = AgentId(command.agent_id)
    row = batch.router.find_agent(agent)
    if row is None or agent == interaction.agent_id:
        raise CommandRefused("invalid", "agent_id")
    if row.state is AgentState.OFFLINE or row.lost_at is not None:
        raise CommandRefused("not_at_desk")
    if is_before_answer(interaction):
        raise CommandRefused("wrong_state")
    is_being_given_back = interaction.call_until is not None and interaction.call_state not in AGENT_LOST
    if interaction.call_state is CallState.VOICEMAIL or is_being_given_back:
        raise CommandRefused("line_is_up")
    if agent == supervisor:  # a supervisor who takes it over has it at once
        check_may_be_called(batch, agent, interaction)
    route_or_raise(
        batch,
        InteractionAssigned(InteractionId(interaction.id), agent, by=supervisor, overrides_fit=command.overrides_fit),
    )
    _add_note(batch, supervisor, interaction, command.note)
    detail: Detail = {"agent": agent, "overrides_fit": command.overrides_fit}
    batch.audit(supervisor, "wallboard.assign_interaction", interaction, detail)


def _move(batch: Batch, supervisor: AgentId, command: MoveInteraction) -> None:
    interaction = get_supervised(batch, supervisor, command, *_IN_ORDER, InteractionState.ACTIVE)
    queue, before = batch.book.find_queue(command.queue), interaction.queue
    is_taken = batch.book.takes(command.queue, interaction.channel, is_to_be_called=False)
    if queue is None or queue.id == before or not is_taken:
        raise CommandRefused("invalid", "queue")
    check_calls_back(batch, interaction, queue)
    _add_note(batch, supervisor, interaction, command.note)
    batch.add_fact(interaction, "transferred", {"from": before, "to": queue.id}, author=batch.name_of(supervisor))
    interaction.queue = queue.id
    batch.writes.touch(interaction)
    route_or_raise(batch, InteractionTransferred(InteractionId(interaction.id), QueueId(queue.id)))
    announce(batch, interaction)
    batch.audit(supervisor, "wallboard.move_interaction", interaction, {"from": before, "to": queue.id})


def _boost(batch: Batch, supervisor: AgentId, command: BoostInteraction) -> None:
    interaction = get_supervised(batch, supervisor, command, *_IN_ORDER)
    seconds = min(command.seconds, batch.book.document.timing.boost_cap_seconds)
    route_or_raise(batch, InteractionBoosted(InteractionId(interaction.id), seconds * SECOND))
    data: Data = {"seconds": seconds, "reason": command.reason}
    batch.add_fact(interaction, "boosted", data, author=batch.name_of(supervisor))
    detail: Detail = {"seconds": seconds, "reason": command.reason}
    batch.audit(supervisor, "wallboard.boost_interaction", interaction, detail)


def _add_note(batch: Batch, supervisor: AgentId, interaction: OpenInteraction, text: str) -> None:
    if text.strip():
        author = batch.name_of(supervisor)
        batch.add_message(interaction, kind="note", text=text, author=author, author_id=supervisor)
