"""What the holder of a call asks for about its parties.

The rule of this file: as in `desk_commands.py`. A party who has left meanwhile is refused as `party_gone`.
"""

from typing import assert_never

from agent_console.commands import CallThirdParty, DropParty, HoldParty, MuteParty
from hub.batch import call_parties, line_changes
from hub.batch.batch import Batch
from hub.batch.outgoing_calls import count_call, find_call_refusal
from hub.call_lifecycle import IN_ROOM, LISTENING, CallState, PartyRole, PartyStep, find_party_state_after
from hub.calls import consults
from hub.commands.command_checks import CommandRefused, get_held
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from hub.sending.may_call import Callee, PlannedCall
from hub.sending.telephone_numbers import normal_number
from routing.model import AgentId, InteractionState

WITH_CUSTOMER = (CallState.TALKING, CallState.HELD)


def obey(batch: Batch, agent: AgentId, command: CallThirdParty | HoldParty | MuteParty | DropParty) -> None:
    """Raises CommandRefused."""
    interaction = get_held(batch, agent, command)
    match command:
        case CallThirdParty():
            _call_third_party(batch, interaction, agent, command)
        case HoldParty():
            _hold(batch, interaction, get_party(interaction, command.party_id), on=command.on)
        case MuteParty():
            party = get_party(interaction, command.party_id)
            if party.state not in IN_ROOM:
                raise CommandRefused("wrong_state")
            call_parties.mute(batch, interaction, party, on=command.on)
        case DropParty():
            party = get_party(interaction, command.party_id)
            consults.end_party(batch, interaction, party, PartyStep.DISMISSED)
        case _:
            assert_never(command)
    if isinstance(command, HoldParty | MuteParty):
        line_changes.follow_others(batch, interaction)
    batch.tell_changed(interaction)


def check_room(interaction: OpenInteraction, more: int = 1) -> None:
    """Refuse `more` parties where no agent talks in the call, or where it is full."""
    if interaction.state is not InteractionState.ACTIVE or interaction.call_state not in WITH_CUSTOMER:
        raise CommandRefused("wrong_state")
    talking = [party for party in interaction.parties.values() if party.role not in LISTENING]
    if len(talking) + more > call_parties.MOST_PARTIES:
        raise CommandRefused("call_is_full")


def _call_third_party(batch: Batch, interaction: OpenInteraction, agent: AgentId, command: CallThirdParty) -> None:
    check_room(interaction)
    number = normal_number(command.number)
    planned = PlannedCall(Callee.THIRD_PARTY, interaction.channel, number, interaction.customer.id, agent_id=agent)
    refusal = find_call_refusal(batch, planned)
    if refusal is not None:
        raise CommandRefused(refusal, "number")
    if any(party.address == number for party in interaction.parties.values()):
        raise CommandRefused("already_there", "number")
    party = call_parties.add(batch, interaction, PartyRole.THIRD_PARTY, address=number, by=agent)
    call_parties.call(batch, interaction, party)
    count_call(batch, agent)


def get_party(interaction: OpenInteraction, party_id: str) -> Party:
    """A party whom the holder may hold, mute or send away."""
    party = interaction.parties.get(party_id)
    if party is None or party.role in LISTENING:  # a supervisor is sent away by nobody else
        raise CommandRefused("party_gone")
    return party


def _hold(batch: Batch, interaction: OpenInteraction, party: Party, *, on: bool) -> None:
    step = PartyStep.HELD if on else PartyStep.RESUMED
    if find_party_state_after(party.state, step) is None:
        raise CommandRefused("wrong_state")
    call_parties.hold(batch, interaction, party, on=on)
