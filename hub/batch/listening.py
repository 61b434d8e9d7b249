"""Supervisors who listen in: on a call each is a party of it, whose leg is muted, heard by the holder alone, or open.
On texts they read along on their wallboard, without a leg.

The rule of this file: the party's role says how they are heard. Each request that changes a leg names the role.
Requests may be carried out late, after a later one. So whenever one has been carried out that names another
role than the present one, the leg is set again. A leg that cannot be set is hung up: nobody is heard who believes
that they are not. Who reads along is there as long as their wallboard is: it is seen every few seconds.
"""

from channels.channel import UpdateParty
from hub.batch import call_parties, line_changes
from hub.batch.batch import Batch
from hub.call_lifecycle import IN_ROOM, LISTENING, PartyRole, PartyStep
from hub.ids import new_id
from hub.open_work.call_party import Party
from hub.open_work.floor import OpenInteraction
from hub.storage.audit_words import Ground
from hub.storage.documents import SendResult
from routing.model import SECOND

SEEN_WITHIN = 60 * SECOND  # a wallboard that was not seen for so long is gone


def find_listener(interaction: OpenInteraction, supervisor: str) -> Party | None:
    """The party that this supervisor is in the call, or is being called into it."""
    parties = interaction.parties.values()
    return next((one for one in parties if one.agent_id == supervisor and one.role in LISTENING), None)


def start(batch: Batch, interaction: OpenInteraction, supervisor: str, phone: str, role: PartyRole) -> None:
    """Call the supervisor's telephone into the room."""
    party = call_parties.add(
        batch,
        interaction,
        role,
        address=phone,
        by=supervisor,
        agent_id=supervisor,
        is_muted=role is PartyRole.MONITOR,
        is_shown=_is_shown(batch, role),
    )
    call_parties.call(batch, interaction, party, coaches=_find_coached(interaction, role))


def read_along(batch: Batch, interaction: OpenInteraction, supervisor: str, role: PartyRole) -> None:
    """Show the supervisor what is written, from here on."""
    is_shown = _is_shown(batch, role)
    party = call_parties.add(
        batch, interaction, role, address="", by=supervisor, agent_id=supervisor, is_shown=is_shown
    )
    batch.note_look(supervisor, "interaction.read", interaction, Ground.SUPERVISED)
    call_parties.join(batch, interaction, party, "")
    call_parties.wait_for(batch, party, SEEN_WITHIN)


def take_seen(batch: Batch, supervisor: str) -> None:
    """A wallboard of this supervisor is open: whatever they read along goes on."""
    for interaction in batch.floor.interactions.values():
        party = find_listener(interaction, supervisor)
        if party is not None and not interaction.traits.is_call:
            call_parties.wait_for(batch, party, SEEN_WITHIN)


def end_forbidden(batch: Batch) -> None:
    """Staff or the policy have changed: who may listen no more has left, and who is to be shown is shown."""
    for interaction in batch.floor.interactions.values():
        for party in [one for one in interaction.parties.values() if one.role in LISTENING]:
            if not _may_go_on(batch, interaction, party):
                call_parties.end(batch, interaction, party, PartyStep.DISMISSED)
            elif _is_shown(batch, party.role) and not party.is_shown:
                party.is_shown = True
                batch.writes.touch_party(party)
                if party.state in IN_ROOM:
                    call_parties.add_joined_fact(batch, interaction, party)
                call_parties.tell(batch, interaction, party)


def _may_go_on(batch: Batch, interaction: OpenInteraction, party: Party) -> bool:
    member = batch.floor.staff.get(party.agent_id)
    is_supervisor = member is not None and "supervisor" in member.roles and interaction.queue in member.queues
    way = party.role.value
    return is_supervisor and batch.book.document.listening.allows(way, party.agent_id)  # type: ignore[arg-type]  # its ways are these roles


def switch(batch: Batch, interaction: OpenInteraction, party: Party, role: PartyRole) -> None:
    """The same leg listens in another way from here on. One that still rings is set as it joins."""
    if role is party.role:
        return
    is_read = interaction.traits.stored_is_sent  # by the customer, who is told whose words they will read
    if is_read and party.role is PartyRole.BARGE:
        call_parties.add_left_fact(batch, interaction, party)
    party.role, party.is_muted = role, role is PartyRole.MONITOR
    was_shown, party.is_shown = party.is_shown, _is_shown(batch, role)
    batch.writes.touch_party(party)
    settle(batch, interaction, party)
    line_changes.follow_others(batch, interaction)
    is_opened = is_read and role is PartyRole.BARGE
    if party.state in IN_ROOM and (is_opened or (party.is_shown and not was_shown)):
        call_parties.add_joined_fact(batch, interaction, party)
    call_parties.tell(batch, interaction, party)


def settle(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """Set the leg of a supervisor who is in the room as their role says."""
    if party.state not in IN_ROOM or not interaction.traits.is_call:
        return
    request = UpdateParty(
        f"{party.id}.{party.role}.{new_id('x')}",
        interaction.provider_ref,
        party.leg_ref,
        is_muted=party.is_muted or (party.role is PartyRole.WHISPER and not interaction.leg_ref),
        coaches=_find_coached(interaction, party.role),
    )
    batch.request(interaction, request)


def follow(batch: Batch, interaction: OpenInteraction) -> None:
    """Another leg is the holder's from here on: whoever whispers is heard by that one. While there is none, nobody
    hears them."""
    for party in interaction.parties.values():
        if party.role is PartyRole.WHISPER:
            settle(batch, interaction, party)


def open_leg(batch: Batch, interaction: OpenInteraction, party: Party) -> None:
    """Everybody hears the leg of a supervisor who takes the call over."""
    request = UpdateParty(new_id("x"), interaction.provider_ref, party.leg_ref, is_muted=False, coaches="")
    batch.request(interaction, request)


def take_result(batch: Batch, result: SendResult) -> None:
    """A change of a leg was carried out, or was not. An unknown outcome counts as a failure."""
    party_id, _, rest = result.outbox_id.rpartition(".x")[0].rpartition(".")
    party = batch.floor.find_party(party_id)
    if party is None or party.role not in LISTENING or party.state not in IN_ROOM:
        return
    interaction = batch.floor.interactions[party.interaction_id]
    if rest != party.role:
        if result.state == "sent":
            settle(batch, interaction, party)
    elif result.state != "sent":
        call_parties.end(batch, interaction, party, PartyStep.DISMISSED, result.error or result.state)


def _find_coached(interaction: OpenInteraction, role: PartyRole) -> str:
    """The leg that alone hears a supervisor in this role; empty: everybody does, or nobody."""
    return interaction.leg_ref if role is PartyRole.WHISPER else ""


def _is_shown(batch: Batch, role: PartyRole) -> bool:
    assert role in LISTENING
    return batch.book.document.listening.is_shown(role.value)  # type: ignore[arg-type]  # its ways are these roles
