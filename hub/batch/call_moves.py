"""What becomes of a call when the router moves its interaction: its line, its legs, and what is said on it.

The rule of this file: each call moves by `move_call`, and each request to the provider is a row of the outbox.
`hub.batch.channel_side` decides which interactions are calls.
"""

from channels.channel import After, HangUp, Speak, UpdateParty
from hub.batch import call_parties, call_recordings, line_changes, listening
from hub.batch.batch import Batch
from hub.batch.telephone_legs import connect, is_to_be_called
from hub.call_lifecycle import (
    IN_ROOM,
    LISTENING,
    ON_THE_LINE,
    CallState,
    CallStep,
    PartyState,
    PartyStep,
    move_call,
    move_party,
)
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction


def add_taking_facts(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    if is_to_be_called(batch, interaction):  # a supervisor gave it while its customer may not be called
        batch.add_fact(interaction, "callback_given", author=batch.name_of(agent_id))


def answer(batch: Batch, interaction: OpenInteraction) -> None:
    """A customer who was called back has answered: call their agent as well. If there is only a message to hear, no
    agent is called."""
    agent_id = interaction.agent_id
    assert agent_id is not None
    if interaction.call_state is CallState.DIALLING:
        batch.add_fact(interaction, "callback_answered")
    interaction.call_until = None
    if interaction.provider_ref:
        connect(batch, interaction, agent_id)


def end_attempt(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer was not reached."""
    call_id = interaction.provider_ref
    is_ringing = interaction.call_state is not CallState.OVER  # time is up, or the agent has gone
    if not move_call(interaction, CallStep.UNREACHED, batch.now):
        return
    if is_ringing and call_id:
        batch.request(interaction, HangUp(outbox_id=new_id("x"), call_id=call_id, leg_id=call_id))
    interaction.call_until = None
    batch.add_fact(interaction, "callback_unanswered", {"reason": batch.unanswered.pop(interaction.id, "no-answer")})


def return_to_order(batch: Batch, interaction: OpenInteraction) -> None:
    """The interaction goes back into the order, by transfer or because the agent is lost. A customer who is on the
    line hears their place from here on, like every waiting customer."""
    if interaction.call_state is CallState.OVER:
        if is_to_be_called(batch, interaction) and move_call(interaction, CallStep.GIVEN_BACK, batch.now):
            interaction.is_customer_gone = False
        return
    if not move_call(interaction, CallStep.RETURNED, batch.now):
        return
    call_recordings.follow_queue(batch, interaction)
    if not call_recordings.announce(batch, interaction):  # else they come back into a room in which they wait
        line_changes.let_wait(batch, interaction)
    if interaction.leg_ref:
        leg = interaction.leg_ref
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, leg))
    interaction.leg_ref = interaction.leg_request = ""


def hand_over(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """The leg of a consulted colleague, or of a supervisor who listened in, is the holder's from here on, and the
    customer hears them."""
    giver_leg = interaction.leg_ref
    for party in list(interaction.parties.values()):
        if party.agent_id == agent_id and party.state in IN_ROOM:
            if party.state is PartyState.HELD:
                call_parties.hold(batch, interaction, party, on=False)
            if party.role in LISTENING:
                listening.open_leg(batch, interaction, party)
            elif party.is_muted:
                call_parties.mute(batch, interaction, party, on=False)
            call_parties.take_over(batch, interaction, party)
    if giver_leg and giver_leg != interaction.leg_ref:
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, giver_leg))
    listening.follow(batch, interaction)
    line_changes.hold_customer(batch, interaction, on=False)


def leave_to_others(batch: Batch, interaction: OpenInteraction) -> bool:
    """The holder leaves, and the customer goes on talking with those outside, until one of them hangs up. Return
    False if nobody is there to talk to."""
    outside = [one for one in interaction.parties.values() if not one.agent_id and one.state in IN_ROOM]
    call_id = interaction.provider_ref
    if not outside:
        return False
    line_changes.hold_customer(batch, interaction, on=False)
    if not move_call(interaction, CallStep.ENDED, batch.now):
        return False
    for number, party in enumerate(outside):
        if party.state is PartyState.HELD:
            call_parties.hold(batch, interaction, party, on=False)
        stay = f"{interaction.id}.stay{number}.{call_id}"
        unmuted = False if party.is_muted else None  # nobody is left who could do it
        batch.request(interaction, UpdateParty(stay, call_id, party.leg_ref, is_muted=unmuted, ends_room=True))
        if move_party(party, PartyStep.LEFT, batch.now):
            call_parties.forget(batch, interaction, party, "stayed")
    if interaction.leg_ref:
        batch.request(interaction, HangUp(new_id("x"), call_id, interaction.leg_ref))
    if (recording := interaction.live_recording) is not None:
        call_recordings.stop(batch, interaction, recording)
    batch.add_fact(interaction, "left_to_others", author=batch.name_of(interaction.agent_id or ""))
    return True


def take_failed_stay(batch: Batch, interaction_id: str, channel: str, outbox_id: str) -> None:
    """The room would not end as somebody outside leaves it: end it, so that no customer is left in silence."""
    call_id = outbox_id.rpartition(".")[2]
    batch.request_for(interaction_id, channel, HangUp(new_id("x"), call_id, call_id))


def speak(batch: Batch, interaction: OpenInteraction, message: str, *, is_last: bool) -> None:
    """Say the policy's `message` to a customer who is on the line. `is_last`: the line ends with it, and the call
    counts as over at once."""
    if interaction.call_state not in ON_THE_LINE or not batch.book.find_text(message, interaction.language):
        return
    if move_call(interaction, CallStep.DISMISSED if is_last else CallStep.SPOKEN_TO, batch.now):
        say(batch, interaction, message, After.END if is_last else After.RETURN)


def say(batch: Batch, interaction: OpenInteraction, message: str, then: After) -> None:
    """Have the policy's `message` said on the line. The caller has moved the call."""
    text = batch.book.find_text(message, interaction.language)
    if text:
        organisation = batch.book.document.organisation
        batch.add_message(interaction, kind="agent", text=text, author=organisation, is_automatic=True)
        language = batch.book.find_language(message, interaction.language)
        batch.request(interaction, Speak(new_id("x"), interaction.provider_ref, text, language, then))
