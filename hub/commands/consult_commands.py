"""What the holder of a call and a consulted colleague ask for.

The rule of this file: as in `party_commands.py`.
"""

from agent_console.commands import (
    AnswerConsult,
    ConsultColleague,
    ConsultCommand,
    HandOverCall,
    LeaveCall,
    LeaveConsult,
    MergeParties,
    SwapParties,
    TransferCommand,
)
from hub.batch import call_moves, call_parties
from hub.batch.batch import Batch
from hub.batch.outgoing_calls import find_call_refusal, plan_agent_call
from hub.batch.telephone_legs import phone_of
from hub.call_lifecycle import IN_ROOM, PartyRole, PartyState, PartyStep
from hub.calls import consults
from hub.commands.command_checks import CommandRefused, get_held, route_or_raise
from hub.commands.party_commands import check_room, get_party
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from routing.inputs import InteractionEnded
from routing.model import AgentId, InteractionId


def obey(batch: Batch, agent: AgentId, command: TransferCommand) -> None:
    """What the holder asks for. Raises CommandRefused."""
    interaction = get_held(batch, agent, command)
    match command:
        case ConsultColleague():
            _consult(batch, interaction, agent, command)
        case SwapParties():
            consults.swap(batch, interaction, _get_present(interaction, command.party_id))
        case MergeParties():
            check_room(interaction, more=0)
            consults.merge(batch, interaction)
        case HandOverCall():
            party = _get_present(interaction, command.party_id)
            if party.role is not PartyRole.CONSULTED:
                raise CommandRefused("wrong_state")
            _hand_over(batch, interaction, party)
            return
        case LeaveCall():
            _leave(batch, interaction, agent)
            return
        case _:
            raise AssertionError(command)  # a base class, which no screen sends
    batch.tell_changed(interaction)


def obey_consulted(batch: Batch, agent: AgentId, command: ConsultCommand) -> None:
    """What a consulted colleague asks for. Raises CommandRefused."""
    party = batch.floor.find_party(command.party_id)
    if party is None or party.agent_id != agent:
        raise CommandRefused("party_gone")
    interaction = batch.floor.interactions[party.interaction_id]
    match command:
        case AnswerConsult():
            if party.state is not PartyState.ASKED:
                raise CommandRefused("wrong_state")
            if command.accepts:
                call_parties.call(batch, interaction, party)
            else:
                consults.end_party(batch, interaction, party, PartyStep.DECLINED, "declined")
        case LeaveConsult():
            is_in = party.state in IN_ROOM
            consults.end_party(batch, interaction, party, PartyStep.DISMISSED, "" if is_in else "declined")
        case _:
            raise AssertionError(command)


def _consult(batch: Batch, interaction: OpenInteraction, agent: AgentId, command: ConsultColleague) -> None:
    check_room(interaction)
    colleague = AgentId(command.agent_id)
    member = batch.floor.staff.get(colleague)
    if member is None or "agent" not in member.roles:
        raise CommandRefused("colleague_gone", "agent_id")
    refusal = find_call_refusal(batch, plan_agent_call(interaction, phone_of(batch, colleague)))
    if refusal is not None:
        raise CommandRefused("colleague_no_phone", "agent_id")
    rejected = consults.ask(batch, interaction, agent, colleague, command.note, takes_over=command.takes_over)
    if rejected is not None:
        raise CommandRefused(rejected, "agent_id")


def _get_present(interaction: OpenInteraction, party_id: str) -> Party:
    check_room(interaction, more=0)
    party = get_party(interaction, party_id)
    if party.state not in IN_ROOM:
        raise CommandRefused("wrong_state")
    return party


def _hand_over(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    rejected = consults.hand_over(batch, interaction, party)
    if rejected is not None:
        raise CommandRefused(rejected)


def _leave(batch: Batch, interaction: OpenInteraction, agent: AgentId) -> None:
    """The others go on. A colleague has the call then; without one, it is between the customer and those outside."""
    check_room(interaction, more=0)
    successor = consults.find_successor(interaction)
    if successor is not None:
        _hand_over(batch, interaction, successor)
    elif call_moves.leave_to_others(batch, interaction):
        route_or_raise(batch, InteractionEnded(InteractionId(interaction.id), agent))
    else:
        raise CommandRefused("nobody_stays")
