"""Notices and results about the legs of a call's parties.

The rule of this file: reports come in any order, late and twice. A step that the table does not have in the party's
present state is an old report, and changes nothing.
"""

from channels.channel import HangUp, LegJoined, LegLeft
from hub.batch import call_parties, line_changes, listening
from hub.batch.batch import Batch
from hub.call_lifecycle import IN_ROOM, LISTENING, PartyState, PartyStep, find_party_state_after
from hub.calls import consults
from hub.ids import new_id
from hub.open_work.call_party import Party
from hub.storage.documents import SendResult

NOT_JOINED = "not_joined"  # a mailbox answered, or a person who pressed no key


def take_join(batch: Batch, party: Party, notice: LegJoined) -> None:
    if find_party_state_after(party.state, PartyStep.JOINED) is not None:
        interaction = batch.floor.interactions[party.interaction_id]
        was_called = party.state is PartyState.CALLING
        call_parties.join(batch, interaction, party, notice.leg_id)
        if was_called and party.role in LISTENING:
            listening.settle(batch, interaction, party)
        if was_called and line_changes.is_heard(party):
            line_changes.follow_others(batch, interaction)
        if party.takes_over and consults.hand_over(batch, interaction, party) is not None:
            consults.end_party(batch, interaction, party, PartyStep.DISMISSED)


def take_leave(batch: Batch, party: Party, notice: LegLeft) -> None:
    interaction = batch.floor.interactions[party.interaction_id]
    if party.leg_ref not in ("", notice.leg_id):
        return  # an earlier leg of the same party
    if party.state in IN_ROOM:
        consults.end_party(batch, interaction, party, PartyStep.LEFT)
    elif party.state is PartyState.CALLING:
        reason = NOT_JOINED if notice.reason == "completed" else notice.reason
        consults.end_party(batch, interaction, party, PartyStep.UNREACHED, reason)


def take_result(batch: Batch, result: SendResult) -> None:
    """The provider has taken our call to a party or refused it. An unknown outcome stays so until the provider lists
    the leg or the party's deadline comes."""
    party = batch.floor.find_party(result.outbox_id)
    if party is None:
        if result.state == "sent" and result.provider_id:
            _send_away(batch, result)
    elif result.state == "sent":
        party.leg_ref = party.leg_ref or result.provider_id
        batch.writes.touch_party(party)
    elif result.state == "failed" and party.state is PartyState.CALLING:
        interaction = batch.floor.interactions[party.interaction_id]
        consults.end_party(batch, interaction, party, PartyStep.UNREACHED, result.error or result.state)


def _send_away(batch: Batch, result: SendResult) -> None:
    """The party was given up while it was being called, or took the call over."""
    interaction = batch.floor.interactions.get(result.interaction_id)
    if interaction is None or interaction.leg_ref != result.provider_id:
        call_id = interaction.provider_ref if interaction is not None else result.provider_id
        request = HangUp(new_id("x"), call_id, result.provider_id)
        batch.request_for(result.interaction_id, result.channel, request)
