"""The floor: everything that is open right now, as the one routing process holds it in memory.

The rule of this file: the floor is a copy of rows. It is filled from storage when routing begins, changed only
while a batch is decided, and thrown away with the router when a batch could not be stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agent_console.views import AgentView, ReasonView
from channels.registry import REGISTRY
from channels.traits import Traits
from hub.call_lifecycle import LIVE, CallState, RecordingState
from hub.open_work.call_party import Party
from hub.open_work.call_recording import CALL, Recording
from hub.open_work.recent_counts import LastDay, LastHour
from hub.open_work.run_steps import Visit
from hub.storage.appointments import Appointment
from hub.storage.consents import Standing
from routing.model import AgentId, AgentProfile, ChannelName, InteractionState, Micros
from scripts_library.run import ScriptRun
from scripts_library.script_parts import Script


@dataclass(slots=True)
class Customer:
    id: str
    name: str
    tier: str
    language: str
    profile: dict[str, Any]
    merged_ids: tuple[str, ...] = ()  # of those for whom they stand after merges
    memberships: dict[str, bool] = field(default_factory=dict)  # by segment: those that were counted
    holds: tuple[tuple[str, str], ...] = ()  # (product, number) of what they hold at present, the latest first

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids under which rows of theirs stand."""
        return self.id, *self.merged_ids


@dataclass(slots=True)
class Running:
    """A script run, with the script text that it began with."""

    script: Script
    run: ScriptRun
    visits: tuple[Visit, ...] = ()  # `hub.scripts.run_writes` keeps them


@dataclass(slots=True)
class OpenInteraction:
    """One open interaction, with what desk and channels need of it. The fields bear the names of the columns."""

    id: str
    customer: Customer  # after a merge, the one who stands for `customer_id`
    customer_id: str  # whose address wrote, or who they said they are
    channel: ChannelName
    queue: str
    tier: str
    state: InteractionState
    address: str
    our_address: str
    identity_level: str
    language: str
    entered_at: Micros
    state_at: Micros
    version: int = 1
    direction: str = "in"  # "out": an agent called the customer
    subject: str = ""
    reply_to: str = ""
    is_automatic: bool = False
    provider_ref: str = ""
    leg_ref: str = ""
    leg_request: str = ""  # outbox id of the request that called the holder's present leg, and the leg's label
    call_state: CallState = CallState.NONE
    call_since: Micros | None = None
    call_until: Micros | None = None
    given_back_at: Micros | None = None
    recording_ref: str = ""  # the recording of this call that was reported last
    recording_began_at: Micros | None = None  # in hub time; None if it is over or never began
    announced: str = ""  # the policy's message on recording that the customer has heard in this call
    purpose: str = ""  # what the caller wants, by the option of the menu that they chose
    reply_token: str | None = None
    last_number: int = 0
    is_customer_gone: bool = False
    accepted_at: Micros | None = None
    answered_at: Micros | None = None
    in_time: bool | None = None
    ended_at: Micros | None = None
    closed_at: Micros | None = None
    closed_as: str | None = None
    agent_id: str | None = None
    reason: ReasonView | None = None
    disposition: str | None = None
    wrap_up_note: str | None = None
    routing: str | None = None
    rank_band: int = 0
    rank_at: Micros = 0
    rank_sequence: int = 0
    wrap_up_deadline_at: Micros | None = None
    offer_id: str | None = None  # id of the open offer
    script_id: str = ""  # script of the run that the desk shows
    hand_over: str = ""  # the card of its last transfer, as JSON
    runs: dict[str, Running] = field(default_factory=dict)  # by script: the agent may go from one to another
    parties: dict[str, Party] = field(default_factory=dict)  # by id: of a call, those who have not left
    recordings: dict[str, Recording] = field(default_factory=dict)  # by id: those that are not settled
    recording_consent: Standing | None = None  # of a call: what its customer has said about recordings, ever

    @property
    def running(self) -> Running | None:
        return self.runs.get(self.script_id)

    @property
    def traits(self) -> Traits:
        return REGISTRY[self.channel]

    @property
    def recording(self) -> Recording | None:
        """The one of its present call that has not ended, else one that failed; None if there is none."""
        of_call = [one for one in self.recordings.values() if one.kind == CALL and one.call_ref == self.provider_ref]
        live = next((one for one in of_call if one.state in LIVE), None)
        return live or next((one for one in of_call if one.state is RecordingState.FAILED), None)

    @property
    def live_recording(self) -> Recording | None:
        """The recording of its present call that has not ended; None if there is none."""
        return found if (found := self.recording) is not None and found.state in LIVE else None

    @property
    def is_outbound(self) -> bool:
        return self.direction == "out"

    @property
    def is_called_out(self) -> bool:
        """Whether the call is the one that an agent made. One whose customer was given back is a callback since."""
        return self.is_outbound and self.given_back_at is None

    @property
    def is_held(self) -> bool:
        """Whether an agent has it, so that their desk is told what happens to it."""
        return self.agent_id is not None and self.accepted_at is not None


@dataclass(slots=True)
class Today:
    """One agent's figures of one day of the organisation."""

    day: str = ""
    handled: int = 0
    in_time: int = 0
    handle: Micros = 0  # sum from accepted to closed, over the handled ones
    available: Micros = 0  # sum over the available states that have ended
    calls: int = 0  # to people outside that the agent asked for; those who came in are in the other figures


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: str
    name: str
    roles: tuple[str, ...]
    language: str
    phone: str  # where the agent's leg is called, e.g. client:ada
    profile: AgentProfile | None = None  # None if they are no agent
    queues: tuple[str, ...] = ()  # the queues that they serve or supervise
    is_softphone_unusable: bool = False  # their desk said so: no microphone, or no connection to the provider
    has_opened_softphone: bool = False  # their desk is a telephone, and beats while a call is heard in it


@dataclass(slots=True)
class Floor:
    interactions: dict[str, OpenInteraction] = field(default_factory=dict)
    by_customer: dict[str, dict[str, None]] = field(default_factory=dict)  # each id of a customer -> ids, in order
    by_address: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # (channel, address) -> their ids
    by_provider_ref: dict[str, str] = field(default_factory=dict)
    party_deadlines: dict[str, Micros] = field(default_factory=dict)  # by party: those whose answer is waited for
    leg_deadlines: dict[str, Micros] = field(default_factory=dict)  # by interaction: when a leg is asked about
    recordings: dict[str, Recording] = field(default_factory=dict)  # by id: those that the provider may still have
    latest_changes: dict[str, str] = field(default_factory=dict)  # by recording: the latest request to pause or go on
    line_deadlines: dict[str, Micros] = field(default_factory=dict)  # by interaction: whose agent is lost
    staff: dict[str, StaffMember] = field(default_factory=dict)
    told: dict[AgentId, AgentView] = field(default_factory=dict)  # what each desk was told of its agent
    acting_desks: dict[str, str] = field(default_factory=dict)  # by agent: the one desk whose commands are obeyed
    today: dict[str, Today] = field(default_factory=dict)
    auto_replies: LastDay = field(default_factory=LastDay)  # automatic mails
    appointments: dict[str, Appointment] = field(default_factory=dict)  # by id: calls agreed for a later time
    last_hour: dict[str, LastHour] = field(default_factory=lambda: {name: LastHour() for name in REGISTRY})

    def add(self, interaction: OpenInteraction) -> None:
        self.interactions[interaction.id] = interaction
        self._add_to_customer(interaction)
        self.by_address.setdefault((interaction.channel, interaction.address), set()).add(interaction.id)
        if interaction.provider_ref:
            self.by_provider_ref[interaction.provider_ref] = interaction.id

    def remove(self, interaction: OpenInteraction) -> None:
        del self.interactions[interaction.id]
        self.line_deadlines.pop(interaction.id, None)
        self._take_from_customer(interaction)
        _take_out(self.by_address, (interaction.channel, interaction.address), interaction.id)
        if self.by_provider_ref.get(interaction.provider_ref) == interaction.id:
            del self.by_provider_ref[interaction.provider_ref]

    def give_to(self, interaction: OpenInteraction, customer: Customer, customer_id: str) -> None:
        """The interaction is this customer's from here on: after a merge, or because they said who they are.
        `customer_id`: as in OpenInteraction."""
        self._take_from_customer(interaction)
        interaction.customer, interaction.customer_id = customer, customer_id
        self._add_to_customer(interaction)

    def _add_to_customer(self, interaction: OpenInteraction) -> None:
        for one in {*interaction.customer.ids, interaction.customer_id}:
            self.by_customer.setdefault(one, {})[interaction.id] = None

    def _take_from_customer(self, interaction: OpenInteraction) -> None:
        for one in {*interaction.customer.ids, interaction.customer_id}:
            known = self.by_customer[one]
            del known[interaction.id]
            if not known:
                del self.by_customer[one]

    def rename_call(self, interaction: OpenInteraction, call_id: str) -> None:
        """The interaction's call has this id from here on. Empty while its customer is being called back."""
        if self.by_provider_ref.get(interaction.provider_ref) == interaction.id:
            del self.by_provider_ref[interaction.provider_ref]
        if interaction.provider_ref != call_id:
            interaction.announced = ""
        interaction.provider_ref = call_id
        interaction.recording_began_at = None  # it recorded the earlier call
        if call_id:
            self.by_provider_ref[call_id] = interaction.id

    def find_party(self, party_id: str) -> Party | None:
        """The party with this id who has not left; None if there is none."""
        interaction = self.interactions.get(party_id.partition(".")[0])
        return interaction.parties.get(party_id) if interaction is not None else None

    def find_recording(self, outbox_id: str) -> Recording | None:
        """The unsettled recording that this request is about: its id begins with the recording's."""
        return self.recordings.get(".".join(outbox_id.split(".")[:2]))

    def add_recording(self, recording: Recording) -> None:
        self.recordings[recording.id] = recording
        if (interaction := self.interactions.get(recording.interaction_id)) is not None:
            interaction.recordings[recording.id] = recording

    def remove_recording(self, recording: Recording) -> None:
        self.recordings.pop(recording.id, None)
        self.latest_changes.pop(recording.id, None)
        if (interaction := self.interactions.get(recording.interaction_id)) is not None:
            interaction.recordings.pop(recording.id, None)

    def next_recording_due_at(self) -> Micros | None:
        """When the provider is next to be asked about a recording."""
        return min((one.due_at for one in self.recordings.values() if one.due_at is not None), default=None)

    def list_appointments(self, customer: Customer) -> list[Appointment]:
        """The calls that were agreed with this customer, in the order of their times."""
        found = [one for one in self.appointments.values() if one.customer_id in customer.ids]
        return sorted(found, key=lambda one: (one.wall_at, one.id))

    def next_appointment_at(self) -> Micros | None:
        """When the next agreed call is due, by the wall clock."""
        return min((one.wall_at for one in self.appointments.values()), default=None)

    def next_call_deadline(self) -> Micros | None:
        """When the next party, a leg of which nobody has heard, or an agent whose line is lost is waited for no
        longer."""
        known = (self.party_deadlines, self.leg_deadlines, self.line_deadlines)
        return min((at for deadlines in known for at in deadlines.values()), default=None)

    def list_open(self, customer_id: str) -> list[OpenInteraction]:
        """All of this customer, also under the id of one who was merged into them, the oldest first."""
        return [self.interactions[one] for one in self.by_customer.get(customer_id, ())]

    def find_open(self, customer_id: str, channel: str) -> OpenInteraction | None:
        """The latest one of this customer on this channel."""
        return _find_latest(one for one in self.list_open(customer_id) if one.channel == channel)

    def find_written(self, channel: str, address: str) -> OpenInteraction | None:
        """The latest one on this channel whose address this is. Another address of the same customer has its own:
        a reply stays bound to the address that wrote."""
        return _find_latest(self.interactions[one] for one in self.by_address.get((channel, address), ()))

    def find_by_provider_ref(self, provider_ref: str) -> OpenInteraction | None:
        found = self.by_provider_ref.get(provider_ref)
        return self.interactions[found] if found else None


def _find_latest(found: Iterable[OpenInteraction]) -> OpenInteraction | None:
    return max(found, key=lambda one: (one.entered_at, one.id), default=None)


def _take_out(index: dict[tuple[str, str], set[str]], key: tuple[str, str], interaction_id: str) -> None:
    known = index.get(key, set())
    known.discard(interaction_id)
    if not known:
        index.pop(key, None)
