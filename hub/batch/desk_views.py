"""What the desk shows, built from what the hub knows.

The rule of this file: pure functions. A record gives the same view from the floor (for an event) and from rows (for a
snapshot). This makes *old snapshot + events = fresh snapshot* true.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from agent_console.call_words import CallState as ShownCallState
from agent_console.call_words import PartyState as ShownPartyState
from agent_console.call_words import RecordingState as ShownRecordingState
from agent_console.hand_over import ConsultView, HandOverView
from agent_console.listening_views import ListeningView, Way
from agent_console.script_views import ScriptView
from agent_console.views import (
    AddressView,
    AgentView,
    AppointmentView,
    CallView,
    CustomerView,
    InteractionView,
    OfferView,
    PartyView,
    ReasonView,
    RecordingView,
    StaffView,
)
from channels.registry import REGISTRY
from hub.batch.transcript import view_newest
from hub.call_lifecycle import AGENT_LOST, GIVEN_BACK, IN_ROOM, LISTENING, CallState, PartyState
from hub.clock import to_millis
from hub.open_work.call_party import Party
from hub.open_work.call_recording import Recording
from hub.open_work.floor import Customer, OpenInteraction, StaffMember
from hub.policies.attributes import AttributePolicy
from hub.policies.in_force import PolicyBook
from hub.sending.agent_phones import takes_calls
from hub.sending.may_send import reply_address
from hub.storage.appointments import Appointment
from hub.storage.transcripts import StoredMessage
from routing.decisions import Decision
from routing.model import SECOND, AgentRow, Micros
from scripts_library.variables import VariableValue

PROFILE_NUMBERS = ("since_year", "value_past", "value_now", "value_potential")
PROFILE_TEXTS = ("currency", "early_sign", "stage")
PROFILE_LISTS = ("prefers",)


def millis(at: Micros | None) -> int | None:
    return None if at is None else to_millis(at)


def view_agent(row: AgentRow, load: int) -> AgentView:
    return AgentView(
        state=row.state,
        reason=row.reason,
        since=to_millis(row.state_since),
        wish=row.wish,
        wish_reason=row.wish_reason,
        load=load,
        has_phone=takes_calls(row),
    )


def view_staff(member: StaffMember) -> StaffView:
    return StaffView.model_validate(
        {"id": member.id, "name": member.name, "roles": list(member.roles), "language": member.language}
    )


def view_customer(
    customer: Customer,
    addresses: Sequence[AddressView],
    attributes: Mapping[str, AttributePolicy],
) -> CustomerView:
    """The customer as a desk shows them, before it is masked. It leaves out a profile value of a wrong type: an
    import must not break a desk."""
    profile = customer.profile
    shown: dict[str, Any] = {n: profile[n] for n in PROFILE_NUMBERS if isinstance(profile.get(n), int | float)}
    shown |= {n: profile[n] for n in PROFILE_TEXTS if isinstance(profile.get(n), str)}
    shown |= {n: [str(v) for v in profile[n]] for n in PROFILE_LISTS if isinstance(profile.get(n), list)}
    return CustomerView(
        id=customer.id,
        name=customer.name,
        tier=customer.tier,
        language=customer.language,
        addresses=list(addresses),
        attributes=_show_attributes(profile, attributes),
        **shown,
    )


def _show_attributes(profile: Mapping[str, Any], attributes: Mapping[str, AttributePolicy]) -> dict[str, list[str]]:
    """Those on the card whose values are known, as plain texts: 12.5, 2026-11-29, true."""
    shown = {}
    for name, attribute in attributes.items():
        value = attribute.read(profile.get(name)) if attribute.on_card else None
        if isinstance(value, tuple):
            shown[name] = list(value)
        elif value is not None:
            shown[name] = [_show(value)]
    return {name: texts for name, texts in shown.items() if texts}


def _show(value: VariableValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def view_reason(decision: Decision) -> ReasonView:
    return ReasonView(
        chosen_by=str(decision.chosen_by),
        eligible=decision.eligible,
        waited_seconds=decision.waited / SECOND,
        head_start_seconds=decision.head_start / SECOND,
        boost_seconds=decision.boost / SECOND,
        policy_version=decision.policy_version,
    )


def view_offer(
    interaction: OpenInteraction,
    *,
    offer_id: str,
    made_at: Micros,
    deadline_at: Micros,
    reason: ReasonView,
    script_title: str,
) -> OfferView:
    return OfferView(
        id=offer_id,
        interaction_id=interaction.id,
        channel=interaction.channel,
        queue=interaction.queue,
        tier=interaction.tier,
        customer_name=interaction.customer.name or interaction.address,
        languages=[interaction.language] if interaction.language else [],
        subject=interaction.subject,
        entered_at=to_millis(interaction.entered_at),
        made_at=to_millis(made_at),
        deadline_at=to_millis(deadline_at),
        reason=reason,
        script_title=script_title,
        is_callback=interaction.call_state in GIVEN_BACK,
        hand_over=HandOverView.model_validate_json(interaction.hand_over) if interaction.hand_over else None,
    )


def view_call(interaction: OpenInteraction) -> CallView | None:
    if not interaction.call_state or interaction.call_since is None:
        return None
    has_deadline = interaction.call_state in (CallState.DIALLING, *AGENT_LOST)
    return CallView(
        state=cast(ShownCallState, interaction.call_state.value),
        since=to_millis(interaction.call_since),
        number=interaction.address,
        deadline_at=millis(interaction.call_until) if has_deadline else None,
        parties=[view_party(party) for party in interaction.parties.values() if party.is_shown],
        recording=view_recording(interaction.recording),
    )


def view_recording(recording: Recording | None) -> RecordingView | None:
    if recording is None:
        return None
    return RecordingView(
        state=cast(ShownRecordingState, recording.state.value),
        since=to_millis(recording.since),
        problem=recording.problem,  # type: ignore[arg-type]  # the column holds nothing else
        is_by_script=recording.is_paused_by_script,
    )


def view_listeners(interaction: OpenInteraction) -> list[PartyView]:
    """The supervisors whom the holder of texts is told of. Those of a call are among its parties."""
    if interaction.traits.is_call:
        return []
    return [view_party(party) for party in interaction.parties.values() if party.is_shown]


def view_consult(interaction: OpenInteraction, party: Party) -> ConsultView | None:
    """A colleague's question to this party. None if they have left or were not asked."""
    if party.state in (PartyState.NONE, PartyState.OVER) or not party.card:
        return None
    return ConsultView(
        party_id=party.id,
        interaction_id=interaction.id,
        channel=interaction.channel,
        state=cast(ShownPartyState, party.state.value),
        since=to_millis(party.since),
        asked_at=to_millis(party.asked_at),
        deadline_at=millis(party.deadline_at),
        takes_over=party.takes_over,
        customer_id=interaction.customer.id,
        customer_name=interaction.customer.name or interaction.address,
        tier=interaction.tier,
        hand_over=HandOverView.model_validate_json(party.card),
    )


def view_listening(interaction: OpenInteraction, party: Party) -> ListeningView | None:
    """For the desk of this supervisor. None if they do not listen in, or no more."""
    if party.state in (PartyState.NONE, PartyState.OVER) or party.role not in LISTENING:
        return None
    return ListeningView(
        party_id=party.id,
        interaction_id=interaction.id,
        channel=interaction.channel,
        way=cast(Way, party.role.value),
        state=party.state.value,  # type: ignore[arg-type]  # the three that are left
        since=to_millis(party.since),
        asked_at=to_millis(party.asked_at),
        customer_name=interaction.customer.name or interaction.address,
    )


def view_party(party: Party) -> PartyView:
    return PartyView(
        id=party.id,
        role=party.role.value,
        state=cast(ShownPartyState, party.state.value),
        name=party.name,
        agent_id=party.agent_id,
        address="" if party.agent_id else party.address,
        since=to_millis(party.since),
        deadline_at=millis(party.deadline_at) if party.state not in IN_ROOM else None,
        is_muted=party.is_muted,
        takes_over=party.takes_over,
    )


def view_address(kind: str, address: str, identity_level: str) -> AddressView:
    """A row of the table `address`, shown under the first channel that reaches this kind of address: a telephone
    number serves calls and texts."""
    channel = next((one.name for one in REGISTRY.values() if one.address_kind == kind), kind)
    return AddressView.model_validate({"channel": channel, "address": address, "identity_level": identity_level})


def view_appointments(book: PolicyBook, appointments: Sequence[Appointment]) -> list[AppointmentView]:
    return [
        AppointmentView(id=one.id, local_at=book.write_local(one.wall_at), agent_id=one.agent_id, note=one.note)
        for one in appointments
    ]


def view_interaction(
    interaction: OpenInteraction,
    transcript: Sequence[StoredMessage],
    script: ScriptView | None,
    addresses: Sequence[AddressView],
    appointments: list[AppointmentView],
    attributes: Mapping[str, AttributePolicy],
) -> InteractionView:
    """The interaction as its holder's desk shows it: in a snapshot, and where the agent takes it."""
    return InteractionView(
        id=interaction.id,
        version=interaction.version,
        state=interaction.state,
        channel=interaction.channel,
        queue=interaction.queue,
        tier=interaction.tier,
        language=interaction.language,
        customer=view_customer(interaction.customer, addresses, attributes),
        address=interaction.address,
        direction=interaction.direction,  # type: ignore[arg-type]  # the column holds nothing else
        reply_address=reply_address(interaction) if interaction.traits.is_mail else "",
        identity_level=interaction.identity_level,  # type: ignore[arg-type]  # channels.IdentityLevel's words
        subject=interaction.subject,
        entered_at=to_millis(interaction.entered_at),
        accepted_at=millis(interaction.accepted_at),
        state_since=to_millis(interaction.state_at),
        wrap_up_deadline_at=millis(interaction.wrap_up_deadline_at),
        call=view_call(interaction),
        listeners=view_listeners(interaction),
        reason=interaction.reason,
        messages=view_newest(transcript),
        script=script,
        is_customer_gone=interaction.is_customer_gone,
        appointments=appointments,
    )
