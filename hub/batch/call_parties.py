"""The parties of a call, and the supervisors who read along. They are asked, called, held, and leave, each by the one
table of `hub.call_lifecycle`.

The rule of this file: each party moves by `move_party`, and each request to the provider is a row of the outbox. A
party without an answer has a deadline, since a provider's report may be lost; a leg that joins after it is sent away
(`hub.intake.party_notices`).
"""

from agent_console.events import ConsultGone, ConsultShown, ListeningGone, ListeningShown
from agent_console.fact_kinds import FactKind
from channels.channel import ConnectParty, HangUp, UpdateParty
from hub.batch.batch import Batch
from hub.batch.desk_views import view_consult, view_listening
from hub.batch.transcript import Data
from hub.call_lifecycle import IN_ROOM, LISTENING, PartyRole, PartyStep, move_party
from hub.ids import new_id
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from hub.sending.may_send import SOFTPHONE
from hub.storage.audit_words import Ground
from routing.model import SECOND, InteractionState

MOST_PARTIES = 3  # with the customer and the holder, five are in the call
ASKED_FOR = 20 * SECOND  # so long a colleague may think on the desk
RING_SECONDS = 30
ANSWERED_WITHIN = (RING_SECONDS + 15) * SECOND  # with the time in which the provider reports


def add(
    batch: Batch,
    interaction: OpenInteraction,
    role: PartyRole,
    *,
    address: str,
    by: str,
    agent_id: str = "",
    note: str = "",
    takes_over: bool = False,
    card: str = "",
    is_muted: bool = False,
    is_shown: bool = True,
) -> Party:
    """A party to be asked or called next."""
    party = Party(
        id=f"{interaction.id}.{new_id('p')}",
        interaction_id=interaction.id,
        role=role,
        agent_id=agent_id,
        name=batch.name_of(agent_id),
        address=address,
        asked_by=by,
        note=note,
        takes_over=takes_over,
        card=card,
        is_muted=is_muted,
        is_shown=is_shown,
        asked_at=batch.now,
    )
    interaction.parties[party.id] = party
    batch.writes.begin_party(party)
    return party


def ask(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """Show a colleague the question on their desk."""
    if not move_party(party, PartyStep.ASKED, batch.now):
        return
    wait_for(batch, party, ASKED_FOR)
    fact: FactKind = "transfer_asked" if party.takes_over else "consult_asked"
    batch.add_fact(interaction, fact, {"agent": party.name}, author=batch.name_of(party.asked_by))
    batch.note_look(party.agent_id, "offer.read", interaction, Ground.CONSULTED)
    tell(batch, interaction, party)


def call(
    batch: Batch, interaction: OpenInteraction, party: Party, *, coaches: str = "", is_beep_heard: bool = False
) -> None:
    """Call the party's telephone into the room. `coaches`: the leg that alone hears them, if any."""
    if not move_party(party, PartyStep.CALLED, batch.now):
        return
    wait_for(batch, party, ANSWERED_WITHIN)
    request = ConnectParty(
        outbox_id=party.id,
        call_id=interaction.provider_ref,
        to_address=party.address,
        from_address=interaction.our_address,
        ring_seconds=RING_SECONDS,
        asks_key=bool(party.agent_id) and not party.address.startswith(SOFTPHONE),
        is_muted=party.is_muted,
        coaches=coaches,
        is_beep_heard=is_beep_heard,
    )
    batch.request(interaction, request)
    tell(batch, interaction, party)


def join(batch: Batch, interaction: OpenInteraction, party: Party, leg_id: str) -> None:
    """The party's leg is in the room. Empty: they read along, without a telephone."""
    was_there = party.state in IN_ROOM
    if not move_party(party, PartyStep.JOINED, batch.now):
        return
    party.leg_ref = leg_id
    _stop_waiting(batch, party)
    if not was_there and party.is_shown:
        add_joined_fact(batch, interaction, party)
    tell(batch, interaction, party)


def add_joined_fact(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """A customer who reads on a page sees the name of a supervisor who writes to them from here on."""
    is_open = party.role is PartyRole.BARGE
    author = batch.name_of(party.asked_by)
    batch.add_fact(interaction, "party_joined", _describe(party), author=author, is_for_customer=is_open)


def add_left_fact(batch: Batch, interaction: OpenInteraction, party: Party, why: str = "") -> None:
    is_open = party.role is PartyRole.BARGE and interaction.state is InteractionState.ACTIVE
    data, author = {**_describe(party), "reason": why}, batch.name_of(party.asked_by)
    batch.add_fact(interaction, "party_left", data, author=author, is_for_customer=is_open)


def hold(batch: Batch, interaction: OpenInteraction, party: Party, *, on: bool) -> bool:
    """Return whether the party's state allows it."""
    if not move_party(party, PartyStep.HELD if on else PartyStep.RESUMED, batch.now):
        return False
    batch.writes.touch_party(party)
    batch.request(
        interaction, UpdateParty(_name(party, "hold", on), interaction.provider_ref, party.leg_ref, is_held=on)
    )
    tell(batch, interaction, party)
    return True


def mute(batch: Batch, interaction: OpenInteraction, party: Party, *, on: bool) -> None:
    party.is_muted = on
    batch.writes.touch_party(party)
    batch.request(
        interaction, UpdateParty(_name(party, "mute", on), interaction.provider_ref, party.leg_ref, is_muted=on)
    )


def end(batch: Batch, interaction: OpenInteraction, party: Party, step: PartyStep, why: str = "") -> None:
    """The party has left, was not reached, or is sent away: its leg is hung up. `why`: the provider's word."""
    if not move_party(party, step, batch.now):
        return
    if party.leg_ref and step is not PartyStep.LEFT:
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, party.leg_ref))
    forget(batch, interaction, party, why or step.value)
    if party.is_shown and step in (PartyStep.LEFT, PartyStep.DISMISSED):
        add_left_fact(batch, interaction, party, why)
    elif party.is_shown:
        data = {**_describe(party), "reason": why}
        batch.add_fact(interaction, "party_unreached", data, author=batch.name_of(party.asked_by))
    tell(batch, interaction, party)


def take_over(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """The party's leg is the holder's from here on."""
    if not move_party(party, PartyStep.TOOK_OVER, batch.now):
        return
    interaction.leg_ref, interaction.leg_request = party.leg_ref, party.id
    forget(batch, interaction, party, PartyStep.TOOK_OVER.value)
    tell(batch, interaction, party)


def forget(batch: Batch, interaction: OpenInteraction, party: Party, ended_as: str) -> None:
    """The party's row stays, and the call is without them."""
    _stop_waiting(batch, party)
    party.ended_at, party.ended_as = batch.now, ended_as[:40]
    interaction.parties.pop(party.id, None)


def end_all(batch: Batch, interaction: OpenInteraction) -> None:
    """The call has ended, or waits for another agent: nobody stays in it."""
    for party in list(interaction.parties.values()):
        end(batch, interaction, party, PartyStep.DISMISSED)


def wait_for(batch: Batch, party: Party, duration: int) -> None:
    """After this time the party is given up, unless something is heard of them."""
    party.deadline_at = batch.floor.party_deadlines[party.id] = batch.now + duration
    batch.writes.touch_party(party)


def _stop_waiting(batch: Batch, party: Party) -> None:
    party.deadline_at = None
    batch.floor.party_deadlines.pop(party.id, None)
    batch.writes.touch_party(party)


def tell(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """Tell the holder and, if they are consulted or listen in, the party."""
    batch.tell_changed(interaction)
    tell_party(batch, interaction, party)


def tell_party(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """Tell the party, if they are consulted or listen in."""
    if party.role in LISTENING:
        listening = view_listening(interaction, party)
        batch.tell(
            party.agent_id, ListeningShown(listening=listening) if listening else ListeningGone(party_id=party.id)
        )
    if party.card:
        consult = view_consult(interaction, party)
        batch.tell(party.agent_id, ConsultShown(consult=consult) if consult else ConsultGone(party_id=party.id))


def _describe(party: Party) -> Data:
    return {"role": str(party.role), "who": party.name or party.address}


def _name(party: Party, change: str, on: bool) -> str:
    """The id of a request, which says what it changes: `line_changes.py` reads it."""
    return f"{party.id}.{change}_{'on' if on else 'off'}.{new_id('x')}"
