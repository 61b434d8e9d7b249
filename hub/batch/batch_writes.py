"""The writes of one batch: every row to write and every event to tell, collected and then stored at once.

The rule of this file: collecting changes nothing outside this object; `store` runs inside the one fenced
transaction, in an order that the partial unique indexes accept (old offers and owners end before new ones begin).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from agent_console.events import DeskEvent
from channels.channel import ChatMessage
from hub.open_work.call_party import Party
from hub.open_work.call_recording import Recording
from hub.open_work.floor import Customer, OpenInteraction
from hub.sending.suppressions import NO_TEXTS, SAID_STOP
from hub.storage import (
    activities,
    address_users,
    agents,
    appointments,
    audit,
    consents,
    customers,
    desk_events,
    filed_mails,
    given_proposals,
    interactions,
    journal,
    offers,
    outbox,
    parties,
    profiles,
    recording_rows,
    script_runs,
    search_index,
    tier_moves,
    transcripts,
)
from hub.storage.activities import NewActivity
from hub.storage.address_users import NamedInteraction
from hub.storage.agents import AgentLoad, AgentSpan
from hub.storage.appointments import Appointment
from hub.storage.consents import ConsentEntry
from hub.storage.customers import KnownAddress, StoredCustomer, StoredSuppression
from hub.storage.database import Connection
from hub.storage.documents import EFFECTS, INPUTS
from hub.storage.filed_mails import MailToFile
from hub.storage.given_proposals import StoredProposal
from hub.storage.journal import JournalEntry
from hub.storage.offers import EndedOffer, MadeOffer, Owner
from hub.storage.outbox import OutboxRow, Settled
from hub.storage.profiles import ValueChange
from hub.storage.script_runs import RunState
from hub.storage.tier_moves import StageMove, TierOverride
from hub.storage.transcripts import MessageDelivery, StoredMessage
from routing.effects import Effect
from routing.inputs import Input
from routing.model import AgentId, Micros, OfferEnd, OfferId

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """What the customer sees of their chat's state: waiting, active or closed."""

    state: str
    number: int  # of its newest message
    agent_name: str


@dataclass(slots=True)
class BatchWrites:
    customers: list[StoredCustomer] = field(default_factory=list)
    first_stages: list[StageMove] = field(default_factory=list)
    addresses: list[KnownAddress] = field(default_factory=list)
    address_languages: dict[tuple[str, str], str] = field(default_factory=dict)  # by (kind, address)
    customer_tiers: dict[str, str] = field(
        default_factory=dict
    )  # customer id -> tier, where a policy replaced the tier
    opened: dict[str, OpenInteraction] = field(default_factory=dict)  # interactions to insert
    touched: dict[str, OpenInteraction] = field(default_factory=dict)  # interactions to update
    messages: list[StoredMessage] = field(default_factory=list)
    deliveries: dict[str, MessageDelivery] = field(default_factory=dict)  # by message
    message_data: dict[str, str] = field(default_factory=dict)  # by message: JSON
    offers: dict[OfferId, MadeOffer] = field(default_factory=dict)  # made in this batch
    offers_ended: list[EndedOffer] = field(default_factory=list)  # made earlier
    owners: dict[str, Owner] = field(default_factory=dict)  # by interaction, begun in this batch
    past_owners: list[Owner] = field(default_factory=list)
    owners_left: dict[str, Micros] = field(default_factory=dict)  # by interaction, when: begun earlier
    senders: dict[tuple[str, str], list[Any]] = field(
        default_factory=dict
    )  # (interaction id, address) -> participant
    parties: dict[str, Party] = field(default_factory=dict)  # by id: begun in this batch
    parties_changed: dict[str, Party] = field(default_factory=dict)  # begun earlier
    recordings: dict[str, Recording] = field(default_factory=dict)  # by id: asked for in this batch
    recordings_changed: dict[str, Recording] = field(default_factory=dict)  # asked for earlier
    filed_mails: list[MailToFile] = field(default_factory=list)
    requests: list[OutboxRow] = field(default_factory=list)
    requests_done: list[Settled] = field(default_factory=list)
    agents: dict[AgentId, AgentLoad] = field(default_factory=dict)
    acting_desks: dict[AgentId, str] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)  # by id: made, moved or ended
    agent_calls: dict[str, tuple[str, int]] = field(default_factory=dict)  # agent -> (day, calls asked for on it)
    agent_spans: list[AgentSpan] = field(default_factory=list)  # agent states that have ended
    script_runs: dict[tuple[str, str], RunState] = field(default_factory=dict)  # (interaction id, script id) -> begun
    script_runs_changed: dict[tuple[str, str], RunState] = field(default_factory=dict)
    proposals: dict[tuple[str, str], StoredProposal] = field(default_factory=dict)  # by (interaction, proposal)
    profile_changes: list[ValueChange] = field(default_factory=list)
    activities: list[NewActivity] = field(default_factory=list)  # of customers
    tiers_fixed: list[TierOverride] = field(default_factory=list)
    suppressed: dict[tuple[str, str], StoredSuppression | None] = field(default_factory=dict)
    consents: list[ConsentEntry] = field(default_factory=list)
    named: list[NamedInteraction] = field(default_factory=list)  # whose customer said who they are
    customers_changed: set[str] = field(default_factory=set)  # ids: by other transactions
    audits: list[audit.Entry] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)
    told: list[tuple[str, Micros, str]] = field(default_factory=list)  # (agent, at, event as JSON)
    chats_moved: dict[str, ChatMoved] = field(default_factory=dict)  # by chat id
    channels_to_send: set[str] = field(default_factory=set)  # where a request may have waited for another one
    chat_messages: list[tuple[str, ChatMessage]] = field(default_factory=list)  # (chat id, message)

    def tell(self, agent_id: str, now: Micros, event: DeskEvent) -> None:
        self.told.append((agent_id, now, event.model_dump_json()))

    def touch(self, interaction: OpenInteraction) -> None:
        if interaction.id not in self.opened:
            self.touched[interaction.id] = interaction

    def open_customer(self, customer: Customer, key: tuple[str, str], level: str, stage: StageMove | None) -> None:
        """`stage`: the first one, which their profile has."""
        if stage is not None:
            self.first_stages.append(stage)
        self.customers.append(stored_customer(customer))
        kind, address = key
        self.addresses.append(KnownAddress(customer.id, kind, address, level))

    def finish_request(self, outbox_id: str, state: str, provider_id: str, error: str) -> None:
        self.requests_done.append(Settled(outbox_id, state, provider_id, error[:320]))

    def end_offer(self, offer_id: OfferId, now: Micros, end: OfferEnd) -> None:
        made = self.offers.get(offer_id)
        if made is not None:
            self.offers[offer_id] = replace(made, ended_at=now, ended_as=str(end))
        else:
            self.offers_ended.append(EndedOffer(offer_id, now, str(end)))

    def begin_owner(self, interaction_id: str, agent_id: str, now: Micros) -> None:
        self.owners[interaction_id] = Owner(interaction_id, agent_id, now)

    def end_owner(self, interaction_id: str, now: Micros) -> None:
        begun = self.owners.pop(interaction_id, None)
        if begun is not None:
            self.past_owners.append(replace(begun, left_at=now))
        else:
            self.owners_left[interaction_id] = now

    def begin_sender(self, interaction_id: str, address: str, name: str, now: Micros) -> None:
        """Record that somebody other than the customer writes in this interaction. A second call changes nothing."""
        self.senders.setdefault((interaction_id, address), [interaction_id, address, name[:320], now])

    def begin_party(self, party: Party) -> None:
        self.parties[party.id] = party

    def touch_party(self, party: Party) -> None:
        if party.id not in self.parties:
            self.parties_changed[party.id] = party

    def begin_recording(self, recording: Recording) -> None:
        self.recordings[recording.id] = recording

    def touch_recording(self, recording: Recording) -> None:
        if recording.id not in self.recordings:
            self.recordings_changed[recording.id] = recording

    def record(self, number: int, epoch: int, now: Micros, input: Input, effects: list[Effect]) -> None:
        said = "[" + ",".join(EFFECTS.encode(effect) for effect in effects) + "]"
        self.journal.append(JournalEntry(number, epoch, now, INPUTS.encode(input), said))

    async def store(self, conn: Connection, now: Micros) -> list[int]:
        """Write everything. Return the number of each event in `told`, in order. Raises AgentRowConflict."""
        await customers.add(conn, self.customers, now)
        await tier_moves.begin_stages(conn, self.first_stages)
        await customers.add_addresses(conn, self.addresses)
        await search_index.index_fresh(
            conn,
            [(one.id, one.name, one.tier) for one in self.customers],
            [(one.customer_id, one.kind, one.address) for one in self.addresses],
        )
        await customers.set_address_languages(conn, self.address_languages)
        await customers.set_tiers(conn, self.customer_tiers)
        await interactions.add(conn, [interaction_row(one) for one in self.opened.values()])
        await interactions.change(conn, [interaction_row(one) for one in self.touched.values()])
        await offers.end_owners(conn, self.owners_left)
        await offers.begin_owners(conn, [*self.past_owners, *self.owners.values()])
        await offers.add_senders(conn, list(self.senders.values()))
        await parties.begin(conn, self.parties.values())
        await parties.change(conn, self.parties_changed.values())
        await recording_rows.begin(conn, self.recordings.values())
        await recording_rows.change(conn, self.recordings_changed.values())
        await filed_mails.add(conn, self.filed_mails)
        await offers.end(conn, self.offers_ended)
        await offers.make(conn, self.offers.values())
        await address_users.name_interactions(conn, self.named)
        await transcripts.add(conn, self.messages)
        await transcripts.set_deliveries(conn, self.deliveries.values())
        await transcripts.set_data(conn, self.message_data)
        await outbox.put(conn, self.requests, now)
        await outbox.set_results(conn, self.requests_done)
        await script_runs.begin(conn, self.script_runs.values())
        await script_runs.change(conn, self.script_runs_changed.values())
        await given_proposals.put(conn, self.proposals.values())
        await profiles.change_profiles(conn, self.profile_changes)
        await activities.add(conn, self.activities, now)
        for fixed in self.tiers_fixed:
            await tier_moves.fix_tier(conn, fixed)
        await self._store_suppressions(conn)
        await consents.add(conn, self.consents)
        await agents.set_acting_desks(conn, self.acting_desks)
        await appointments.put(conn, self.appointments.values())
        await agents.set_calls_of_day(conn, self.agent_calls)
        await agents.add_spans(conn, self.agent_spans)
        await agents.store_loads(conn, self.agents.values())
        await audit.add(conn, self.audits)
        await journal.append(conn, self.journal)
        return [number for _, number in await desk_events.append(conn, self.told)]

    async def _store_suppressions(self, conn: Connection) -> None:
        for (channel, address), suppression in self.suppressed.items():
            if suppression is None:
                await customers.allow_again(conn, channel, address)
                continue
            is_mild = suppression.cause == NO_TEXTS
            if is_mild and await customers.find_suppression_cause(conn, channel, address) == SAID_STOP:
                continue  # the customer's STOP outweighs what the provider says of the number
            await customers.suppress(conn, suppression)


def stored_customer(one: Customer) -> StoredCustomer:
    profile = orjson.dumps(one.profile).decode()
    return StoredCustomer(one.id, one.name, one.tier, one.language, profile, version=1)


_SAME = [name for name in interactions.COLUMNS if name != "reason"]  # same name in memory and in the row


def interaction_row(interaction: OpenInteraction) -> Row:
    """Each column with its value."""
    row = {name: getattr(interaction, name) for name in _SAME}
    row["reason"] = interaction.reason.model_dump_json() if interaction.reason else "{}"
    return row
