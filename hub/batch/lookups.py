"""What storage knows about the subjects of a batch, read together before the batch is decided.

The rule of this file: a batch of any size costs a handful of queries, and a question without subjects costs none.
What the floor has is not asked for: of a message in an open chat only the delivery key is looked up.
Only the routing process writes these tables, so they stand here as the batch before left them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from agent_console.commands import (
    AcceptOffer,
    AdvanceScript,
    AssignInteraction,
    BoardCommand,
    CallOut,
    CallThirdParty,
    Command,
    CompleteWrapUp,
    ConsultColleague,
    HandOverCall,
    LeaveCall,
    MakeAppointment,
    PickScript,
    ResendMessage,
    SayIn,
    SendMessage,
    TakeOver,
    TransferInteraction,
)
from agent_console.consent_command import KeepConsent
from agent_console.naming_command import NameCustomer
from agent_console.views import AddressView
from channels.channel import (
    AppointmentWished,
    CallArrived,
    ChatOpened,
    DeliveryReported,
    IdentityLevel,
    LegJoined,
    LegLeft,
    MessageReceived,
    Notice,
    RecordingFetched,
    VoicemailLeft,
)
from channels.registry import list_calls, traits_of
from hub.batch.batch import Lookups
from hub.batch.desk_views import view_address
from hub.batch.new_interaction import address_key, channel_of, sender_of
from hub.batch.returning import Earlier
from hub.batch.transcript import SHOWN
from hub.open_work.floor import Customer, Floor, OpenInteraction
from hub.scripts.earlier_runs import load_earlier_runs
from hub.scripts.kept_answers import asks_for_profile
from hub.sending.address_keys import consent_key
from hub.sending.consents import Consents
from hub.sending.may_send import reply_address
from hub.sending.suppressions import Suppression
from hub.sending.telephone_numbers import normal_number
from hub.storage import (
    address_users,
    appointments,
    calls_and_chats,
    consents,
    customers,
    inbox,
    interactions,
    relations,
    segments,
    tier_moves,
    transcripts,
)
from hub.storage.consents import Standings
from hub.storage.customers import StoredCustomer
from hub.storage.database import Connection
from hub.storage.documents import CustomersChanged, HubNotice, SendResult
from hub.storage.segment_members import NOBODY, find_bits, has_bit
from routing.model import DAY, ChannelName, Micros


@dataclass(slots=True)
class LookupKeys:
    addresses: set[tuple[str, str]] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)  # customers
    used: set[tuple[str, str]] = field(default_factory=set)  # addresses whose users are needed
    joins: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    transcripts: set[str] = field(default_factory=set)
    suppressions: set[tuple[str, str]] = field(default_factory=set)  # (channel, address)
    asked_for: set[str] = field(default_factory=set)  # numbers that customers ask to be called at
    chats: set[str] = field(default_factory=set)
    mail_ids: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    numbers_of: set[str] = field(default_factory=set)  # interactions of whose customers all addresses are needed
    runs_of: set[str] = field(default_factory=set)  # interactions of whose customers the script runs are needed
    fixed: set[str] = field(default_factory=set)  # customers whose fixed tiers are needed
    called: set[tuple[str, str]] = field(default_factory=set)  # as addresses; all addresses of their owners are read
    open_chats: dict[tuple[str, str], OpenInteraction] = field(default_factory=dict)  # by (kind, address)

    def want_notice(self, notice: Notice | HubNotice, floor: Floor) -> None:
        match notice:
            case MessageReceived():
                channel = channel_of(notice.key)
                key = address_key(channel, sender_of(notice), notice.identity_level)
                if (chat := _find_begun_chat(floor, notice, key[1])) is not None:
                    self.open_chats[key] = chat
                    return
                self.addresses.add(key)
                self.joins.update(notice.joins)
                if notice.same_mail:
                    self.mails.add(notice.same_mail)
                if traits_of(channel).honours_stop:
                    self.suppressions.add((channel, key[1]))
                if notice.chat_id:
                    self.addresses.add(address_key(channel, notice.chat_id, IdentityLevel.CLAIMED))
                    self.chats.add(notice.chat_id)
            case ChatOpened():
                channel = channel_of(notice.key)
                self.addresses.add(address_key(channel, notice.address or notice.chat_id, notice.identity_level))
                self.addresses.add(address_key(channel, notice.chat_id, IdentityLevel.CLAIMED))
                self.chats.add(notice.chat_id)
                if notice.page:  # whether it may be kept
                    self.suppressions |= {(channel, one) for one in (notice.address, notice.chat_id) if one}
            case AppointmentWished():
                self._want_appointment(notice)
            case CallArrived():
                key = address_key(channel_of(notice.key), notice.from_address)
                self.addresses.add(key)
                self.suppressions.add((channel_of(notice.key), key[1]))  # whether the call may be recorded
                self.keys.update(notice.over_keys)
            case LegJoined() | VoicemailLeft() | RecordingFetched():
                self.calls.add(notice.call_id)
            case DeliveryReported() if notice.outbox_id:
                self.messages.add(notice.outbox_id.partition(".")[0])
            case SendResult(kind="TextOut"):
                self.messages.add(notice.outbox_id.partition(".")[0])
            case SendResult(kind="CallWebhook") if notice.interaction_id in floor.interactions:
                self.numbers_of.add(notice.interaction_id)  # the card may change, and shows all addresses
            case CustomersChanged():
                self.changed.update(one for one in notice.customer_ids if one in floor.by_customer)
            case _:
                pass

    def _want_appointment(self, notice: AppointmentWished) -> None:
        channel, number = channel_of(notice.key), normal_number(notice.address)
        self.asked_for.add(number)
        self.suppressions.add((list_calls()[0], number))
        if not traits_of(channel).is_call:
            address = notice.from_address or notice.asked_in
            self.addresses.add(address_key(channel, address, notice.identity_level))

    def want_successor(self, notice: Notice | HubNotice, floor: Floor) -> None:
        """A colleague may take the call over as this leg comes or goes: their desk shows what was said."""
        if isinstance(notice, LegJoined | LegLeft):
            interaction = floor.find_by_provider_ref(notice.call_id)
            if interaction is not None and interaction.parties:
                self.transcripts.add(interaction.id)

    def want_due(self, floor: Floor, now: Micros) -> None:
        """A colleague who takes over from an agent whose line stays lost sees what was said."""
        due = (floor.interactions.get(one) for one, at in floor.line_deadlines.items() if at <= now)
        self.transcripts.update(one.id for one in due if one is not None and one.parties)

    def want_command(self, command: Command | BoardCommand, interaction: OpenInteraction | None) -> None:
        """`interaction`: the subject of the command. Its address has to pass the gate."""
        match command:
            case CallOut():
                channel = ChannelName(list_calls()[0])
                key = address_key(channel, command.to_address.strip())
                self.called.add(key)
                self.suppressions.add((channel, key[1]))
            case MakeAppointment() | CompleteWrapUp() | KeepConsent():
                self.numbers_of.add(command.interaction_id)
            case AdvanceScript() if interaction is not None:
                if command.action == "act":
                    self._want_gate(interaction)  # it may send a text
                    self.fixed.add(interaction.customer.id)  # it may fix a tier
                if command.action == "act" or asks_for_profile(interaction):
                    self.numbers_of.add(command.interaction_id)  # the card may change, and shows all addresses
            case NameCustomer():
                self.changed.add(command.customer_id)
                if interaction is not None:
                    self.used.add(consent_key(interaction.channel, interaction.address))
            case AcceptOffer():
                self.transcripts.add(command.offer_id.rpartition(".")[0])
            case AssignInteraction() | TakeOver():
                self.transcripts.add(command.interaction_id)  # an agent who takes it over sees what was said
            case TransferInteraction() | ConsultColleague() | HandOverCall() | LeaveCall():
                self.transcripts.add(command.interaction_id)
            case CallThirdParty() if interaction is not None:
                self.suppressions.add((interaction.channel, normal_number(command.number)))
            case PickScript() if interaction is not None and command.continues:
                self.runs_of.add(command.interaction_id)
            case SendMessage() | SayIn() if interaction is not None:
                self._want_gate(interaction)
            case ResendMessage() if interaction is not None:
                self.messages.add(command.message_id)
                self._want_gate(interaction)
            case _:
                pass

    def _want_gate(self, interaction: OpenInteraction) -> None:
        self.suppressions.add((interaction.channel, interaction.address))
        self.suppressions.add((interaction.channel, reply_address(interaction)))
        if interaction.traits.is_mail:
            self.mail_ids.add(interaction.id)

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__dataclass_fields__)


def _find_begun_chat(floor: Floor, notice: MessageReceived, address: str) -> OpenInteraction | None:
    """The chat of this message, if it has its place in the order and belongs to this very customer."""
    chat = floor.find_by_provider_ref(notice.chat_id) if notice.chat_id else None
    is_same = chat is not None and (chat.address, chat.identity_level) == (address, notice.identity_level)
    return chat if chat is not None and is_same and chat.subject else None


async def load(conn: Connection, wanted: LookupKeys, floor: Floor, now: Micros) -> Lookups:
    lookups = Lookups()
    for key, chat in wanted.open_chats.items():  # also for the chat that an earlier arrival of the batch closes
        lookups.customers[key], lookups.chats[chat.provider_ref] = chat.customer, chat.last_number
        lookups.owners[key] = chat.customer_id
    if wanted.addresses or wanted.called:
        await _load_customers(conn, wanted.addresses | wanted.called, lookups)
    if wanted.called:
        found = (lookups.customers.get(key) for key in wanted.called)
        lookups.addresses = await load_addresses(conn, [one for one in found if one is not None])
    if wanted.changed:
        lookups.changed = await load_customers(conn, wanted.changed)
        lookups.addresses |= await load_addresses(conn, list(lookups.changed.values()))
    for key in wanted.used:
        lookups.users[key] = await address_users.list_users(conn, *key)
    if wanted.joins:
        await _load_joined(conn, wanted.joins, lookups)
    if wanted.mails:
        lookups.same_mails = await transcripts.find_same_mails(conn, wanted.mails)
    if wanted.messages:
        lookups.messages = await transcripts.find_out(conn, wanted.messages)
    if wanted.numbers_of:
        lookups.addresses |= await load_addresses(conn, _list_customers(floor, wanted.numbers_of))
    for interaction_id in wanted.runs_of:
        if (one := floor.interactions.get(interaction_id)) is not None:
            lookups.earlier_runs[interaction_id] = await load_earlier_runs(conn, one, now)
    if wanted.fixed:
        lookups.fixed_tiers = await tier_moves.find_overrides(conn, wanted.fixed)
    if wanted.transcripts:
        lookups.transcripts = await transcripts.list_newest(conn, wanted.transcripts, SHOWN)
        lookups.addresses |= await load_addresses(conn, _list_customers(floor, wanted.transcripts))
    if wanted.suppressions:
        lookups.suppressed, lookups.standings = await load_wishes(conn, wanted.suppressions)
    if wanted.asked_for:
        lookups.asked_for = await appointments.count_asked_for(conn, wanted.asked_for, now - DAY)
    if wanted.chats:
        lookups.chats |= await calls_and_chats.find_chat_numbers(conn, wanted.chats)
    if wanted.calls:
        lookups.calls = await calls_and_chats.find_calls(conn, wanted.calls)
    if wanted.keys:
        lookups.heard = await inbox.find_heard(conn, wanted.keys)
    if wanted.mail_ids:
        lookups.mail_ids = await transcripts.list_mail_ids(conn, wanted.mail_ids)
    return lookups


async def load_dialled(conn: Connection, lookups: Lookups, dialled: Sequence[OpenInteraction]) -> None:
    """Load what is needed to call these customers and to show the calls to their agents."""
    ids = {interaction.id for interaction in dialled}
    lookups.transcripts |= await transcripts.list_newest(conn, ids, SHOWN)
    lookups.addresses |= await load_addresses(conn, [one.customer for one in dialled])
    suppressed, standings = await load_wishes(conn, {(one.channel, one.address) for one in dialled})
    lookups.suppressed |= suppressed
    for key, known in standings.items():
        lookups.standings.setdefault(key, known)  # what this batch has heard is newer
    about = Consents(standings=lookups.standings)
    for one in dialled:  # also a call that was agreed elsewhere, of whose number nothing was read before
        one.recording_consent = about.find_about_recording(one.channel, one.address)


async def load_wishes(
    conn: Connection, wanted: Collection[tuple[str, str]]
) -> tuple[dict[tuple[str, str], Suppression], Standings]:
    """Those of these (channel, address) to which nothing may leave, and why; and what all of them wish."""
    keys = {(*consent_key(ChannelName(channel), address), channel, address) for channel, address in wanted}
    standings, found = await consents.find_wishes(conn, keys)
    return {(one.channel, one.address): Suppression(one.cause, one.created_at) for one in found}, standings


async def load_earlier(conn: Connection, lookups: Lookups, since: int) -> None:
    """Load the interactions of this batch's customers that closed after `since`, newest first."""
    stands = {each: customer.id for customer in lookups.customers.values() for each in customer.ids}
    for one in await interactions.list_closed(conn, stands, since):
        earlier = Earlier(
            ChannelName(one.channel),
            one.queue,
            one.agent_id,
            one.closed_at,
            one.closed_as,
            one.entered_at,
            one.rank_sequence,
        )
        lookups.earlier.setdefault(stands[one.customer_id], []).append(earlier)


async def load_addresses(conn: Connection, of: Collection[Customer]) -> dict[str, list[AddressView]]:
    """All addresses of these customers, by customer, in the order in which they became known."""
    stands = {each: customer.id for customer in of for each in customer.ids}
    addresses: dict[str, list[AddressView]] = {}
    for one in await customers.list_addresses(conn, stands):
        view = view_address(one.kind, one.address, one.identity_level)
        addresses.setdefault(stands[one.customer_id], []).append(view)
    return addresses


async def load_customers(conn: Connection, ids: Collection[str]) -> dict[str, Customer]:
    """By id: the customer with this id, or the one who stands for them after a merge."""
    by_id: dict[str, Customer] = {}  # one object per customer, also where several of their ids were asked for
    found = await customers.find(conn, ids)
    known = {asked: by_id.get(one.id) or by_id.setdefault(one.id, make_customer(one)) for asked, one in found.items()}
    await _load_more(conn, by_id)
    return known


async def _load_more(conn: Connection, by_id: Mapping[str, Customer]) -> None:
    """What scripts ask beside the profile: what these customers hold, and in which counted segments they are."""
    if by_id:
        held = await relations.list_held(conn, by_id)
        for customer_id, found in held.items():
            by_id[customer_id].holds = tuple(found)
    places = await segments.list_counted(conn) if by_id else {}
    if places:
        bits = await find_bits(conn, by_id)
        for customer_id, customer in by_id.items():
            mine = bits.get(customer_id, NOBODY)
            customer.memberships = {segment_id: has_bit(mine, place) for segment_id, place in places.items()}


def make_customer(one: StoredCustomer) -> Customer:
    merged = () if one.merged_ids == "[]" else tuple(orjson.loads(one.merged_ids))
    return Customer(one.id, one.name, one.tier, one.language, orjson.loads(one.profile), merged)


def _list_customers(floor: Floor, interaction_ids: Collection[str]) -> list[Customer]:
    """The customers of those of these interactions that are open."""
    return [one.customer for each in interaction_ids if (one := floor.interactions.get(each)) is not None]


async def _load_customers(conn: Connection, keys: Collection[tuple[str, str]], lookups: Lookups) -> None:
    by_id: dict[str, Customer] = {}  # one object per customer, also where several of their addresses were asked for
    for key, owner in (await customers.find_owners(conn, keys)).items():
        one = owner.customer
        lookups.customers[key] = by_id.get(one.id) or by_id.setdefault(one.id, make_customer(one))
        lookups.owners[key] = owner.customer_id
    await _load_more(conn, by_id)


async def _load_joined(conn: Connection, joins: Collection[str], lookups: Lookups) -> None:
    tokens = [join.removeprefix("token:") for join in joins if join.startswith("token:")]
    ids = [join.removeprefix("id:") for join in joins if join.startswith("id:")]
    if tokens:
        for token, ref in (await interactions.find_by_tokens(conn, tokens)).items():
            lookups.joined[f"token:{token}"] = [ref]
    if ids:
        for mail_id, refs in (await transcripts.find_by_provider_ids(conn, ids)).items():
            lookups.joined[f"id:{mail_id}"] = refs
