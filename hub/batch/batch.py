"""One batch while it is decided: the router, the floor, what was looked up, and the writes collected so far.

The rule of this file: everything here is synchronous and touches memory alone; nothing is true until the batch is
stored.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from agent_console.events import (
    AppointmentsChanged,
    DeskEvent,
    InteractionAdded,
    InteractionChanged,
    MessageAdded,
    MessageChanged,
)
from agent_console.fact_kinds import FactKind
from agent_console.script_views import ScriptView
from agent_console.views import AddressView, AppointmentView, CustomerView
from channels.channel import CallCustomer, Request, TextOut
from hub.batch import desk_views
from hub.batch.batch_writes import BatchWrites
from hub.batch.returning import Earlier
from hub.batch.transcript import Data, new_message, view_chat_message, view_message
from hub.clock import to_millis
from hub.ids import new_id
from hub.open_work.floor import Customer, Floor, OpenInteraction
from hub.policies.in_force import PolicyBook
from hub.scripts.script_runs import Scripts
from hub.scripts.script_view import ScriptReader, read_as
from hub.sending.address_keys import consent_key
from hub.sending.consents import SERVICE, Consents
from hub.sending.may_send import SendRules
from hub.sending.spending import costs
from hub.sending.suppressions import NO_TEXTS, SAID_STOP, Suppression
from hub.storage.audit import Entry
from hub.storage.audit_words import Action, Detail, Ground, OfWork
from hub.storage.consents import Standings
from hub.storage.customers import StoredCustomer, StoredSuppression
from hub.storage.documents import REQUESTS
from hub.storage.interactions import InteractionRef
from hub.storage.outbox import OutboxRow
from hub.storage.script_runs import EarlierRun
from hub.storage.tier_moves import StageMove, TierOverride
from hub.storage.transcripts import MessageDelivery, MessageOut, SameMail, StoredMessage
from routing.effects import CallbackDialled
from routing.model import AgentId, ChannelName, Micros
from routing.router import Router


@dataclass(frozen=True, slots=True)
class GivenBack:
    message: str  # name of the policy's message that the customer hears
    takes_message: bool  # whether the customer may record an answer


@dataclass(slots=True)
class Lookups:
    """What storage knew about the subjects of this batch. It is read before the batch is decided."""

    customers: dict[tuple[str, str], Customer] = field(default_factory=dict)  # (kind, address) -> who is reached
    owners: dict[tuple[str, str], str] = field(default_factory=dict)  # (kind, address) -> customer id, before merges
    changed: dict[str, Customer] = field(default_factory=dict)  # by id: changed elsewhere while they have open work
    users: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)  # (kind, address) -> who uses it
    joined: dict[str, list[InteractionRef]] = field(default_factory=dict)  # "token:..", "id:.." -> newest first
    same_mails: dict[str, SameMail] = field(default_factory=dict)  # by mail key: mails that are stored already
    messages: dict[str, MessageOut] = field(default_factory=dict)  # by id
    transcripts: dict[str, list[StoredMessage]] = field(default_factory=dict)  # by interaction, in order
    addresses: dict[str, list[AddressView]] = field(default_factory=dict)  # customer id -> all their addresses
    suppressed: dict[tuple[str, str], Suppression] = field(default_factory=dict)  # by (channel, address)
    standings: Standings = field(default_factory=dict)  # what the same addresses wish
    asked_for: dict[str, int] = field(default_factory=dict)  # number -> calls that customers asked for within a day
    chats: dict[str, int] = field(default_factory=dict)  # chat id -> number of its newest message
    calls: dict[str, InteractionRef] = field(default_factory=dict)  # by call id; closed interactions too
    next_for: dict[AgentId, str] = field(
        default_factory=dict
    )  # agent -> interaction id: the agent asked for the next one
    heard: set[str] = field(default_factory=set)  # those of the wanted delivery keys that have arrived before
    mail_ids: dict[str, list[str]] = field(default_factory=dict)  # interaction id -> Message-IDs, oldest first
    earlier: dict[str, list[Earlier]] = field(
        default_factory=dict
    )  # customer id -> closed interactions, newest first
    earlier_runs: dict[str, list[EarlierRun]] = field(default_factory=dict)  # by interaction: of its customer
    fixed_tiers: dict[str, TierOverride] = field(default_factory=dict)  # by customer: that nobody has ended


FindStage = Callable[[StoredCustomer, Micros, int], StageMove | None]
"""The first stage of a stranger by the rules, at an instant, under a version of the policy."""


@dataclass(slots=True)
class Batch:
    now: Micros
    epoch: int
    next_journal: int
    next_sequence: int
    floor: Floor
    router: Router
    book: PolicyBook
    scripts: Scripts
    agent_versions: dict[AgentId, int]  # versions of the rows in agent_routing
    rules: SendRules  # what may leave
    find_stage: FindStage
    lookups: Lookups = field(default_factory=Lookups)
    writes: BatchWrites = field(default_factory=BatchWrites)
    newest_book: PolicyBook | None = None  # set where a newer version was published
    wall_moved_by: Micros = 0  # how far somebody set the wall clock
    agents_touched: dict[AgentId, None] = field(default_factory=dict)  # whose load may have changed
    given_back: dict[str, GivenBack] = field(default_factory=dict)  # by interaction: lines to be given back
    dialled: dict[str, CallbackDialled] = field(default_factory=dict)  # by interaction: calls to be placed
    late_replies: list[tuple[OpenInteraction, str]] = field(
        default_factory=list
    )  # (interaction, name of the policy's message)
    unanswered: dict[str, str] = field(default_factory=dict)  # interaction id -> why its customer was not reached

    def tell(self, agent_id: str, event: DeskEvent) -> None:
        sight = self.book.see_as(self.roles_of(agent_id))
        self.writes.tell(agent_id, self.now, sight.mask(event))

    def tell_holder(self, interaction: OpenInteraction, event: DeskEvent) -> None:
        if interaction.is_held and interaction.agent_id is not None:
            self.tell(interaction.agent_id, event)

    def settle_tier(self, customer: Customer) -> str:
        """The customer's tier in the policy in force. If a later policy replaced it, the customer has the new one
        from here on."""
        tier = self.book.find_moved_tier(customer.tier)
        if tier is not None and tier != customer.tier:
            customer.tier = self.writes.customer_tiers[customer.id] = tier
        return tier or self.book.document.default_tier

    def view_script(self, interaction: OpenInteraction) -> ScriptView | None:
        """The script as the holder's desk shows it."""
        return self.scripts.view(interaction, self.reader(interaction.agent_id or ""))

    def begin_holding(self, interaction: OpenInteraction, agent_id: str) -> None:
        """Let the agent have the interaction from this instant on. `put_on_desk` shows it to them."""
        interaction.agent_id, interaction.accepted_at = agent_id, self.now
        self.writes.touch(interaction)
        self.writes.begin_owner(interaction.id, agent_id, self.now)

    def put_on_desk(self, interaction: OpenInteraction, agent_id: str) -> None:
        """Show the interaction on this agent's desk, with its transcript and the script for this customer."""
        self.note_look(agent_id, "interaction.read", interaction, Ground.HELD)
        script = self.scripts.begin(self.writes, interaction, self.reader(agent_id), self.now)
        addresses = self.lookups.addresses.get(interaction.customer.id, ())
        agreed = self._view_appointments(interaction)
        view = desk_views.view_interaction(
            interaction,
            self.transcript_of(interaction),
            script,
            addresses,
            agreed,
            self.book.attributes,
        )
        self.tell(agent_id, InteractionAdded(interaction=view))

    def tell_appointments(self, interaction: OpenInteraction) -> None:
        """Tell the holder which calls are agreed with the customer."""
        shown = self._view_appointments(interaction)
        self.tell_holder(interaction, AppointmentsChanged(interaction_id=interaction.id, appointments=shown))

    def _view_appointments(self, interaction: OpenInteraction) -> list[AppointmentView]:
        return desk_views.view_appointments(self.book, self.floor.list_appointments(interaction.customer))

    def tell_changed(
        self, interaction: OpenInteraction, *, is_moved: bool = False, customer: CustomerView | None = None
    ) -> None:
        """Tell the holder how the interaction stands. `is_moved`: its queue and the tiers too, as a new policy has
        them. `customer`: what is known of its customer has changed."""
        self.writes.touch(interaction)
        self.tell_holder(
            interaction,
            InteractionChanged(
                interaction_id=interaction.id,
                version=interaction.version,
                state=interaction.state,
                state_since=to_millis(interaction.state_at),
                wrap_up_deadline_at=desk_views.millis(interaction.wrap_up_deadline_at),
                call=desk_views.view_call(interaction),
                listeners=desk_views.view_listeners(interaction),
                is_customer_gone=interaction.is_customer_gone,
                queue=interaction.queue if is_moved else None,
                customer=customer,
                tier=interaction.tier if is_moved or customer is not None else None,
                customer_tier=interaction.customer.tier if is_moved else None,
            ),
        )

    def add_message(self, interaction: OpenInteraction, *, at: Micros | None = None, **fields: Any) -> StoredMessage:
        """Add a message to the transcript and tell it to the agent who holds the interaction. `at`: when it happened;
        None: at this instant."""
        fields.setdefault("message_id", new_id("m"))
        message = new_message(
            interaction_id=interaction.id,
            customer_id=interaction.customer_id,
            channel=str(interaction.channel),
            now=self.now if at is None else at,
            **fields,
        )
        self.writes.messages.append(message)
        if message.number:
            self.writes.chat_messages.append(
                (interaction.provider_ref, view_chat_message(message, self.book.wall_ahead))
            )
            self.lookups.chats[interaction.provider_ref] = message.number
        if interaction.is_held:
            self.tell_holder(interaction, MessageAdded(interaction_id=interaction.id, message=view_message(message)))
        return message

    def add_fact(
        self,
        interaction: OpenInteraction,
        fact: FactKind,
        data: Data | None = None,
        author: str = "",
        at: Micros | None = None,
        *,
        is_for_customer: bool = False,
    ) -> None:
        """`is_for_customer`: a customer whose page reads what is stored sees this fact too."""
        number = self.next_number(interaction) if is_for_customer and interaction.traits.stored_is_sent else 0
        self.add_message(interaction, at=at, kind="fact", fact=fact, data=data, author=author, number=number)

    def next_number(self, interaction: OpenInteraction) -> int:
        """The number of a message that the customer's page reads. The page asks for a number that it has missed."""
        interaction.last_number += 1
        self.writes.touch(interaction)
        return interaction.last_number

    def set_delivery(self, message: MessageOut, delivery: str | None, error: str = "", provider_id: str = "") -> None:
        """Change how far `message` has come, and tell the holder if its interaction is open. `message`: as looked up.
        `provider_id`: empty leaves the known id."""
        known = replace(message, delivery=delivery, error=error[:320], provider_id=provider_id or message.provider_id)
        self.lookups.messages[message.id] = known
        self.writes.deliveries[message.id] = MessageDelivery(message.id, delivery, known.error, known.provider_id)
        interaction = self.floor.interactions.get(message.interaction_id)
        if interaction is not None:
            event = MessageChanged(
                interaction_id=interaction.id,
                message_id=message.id,
                delivery=delivery,  # type: ignore[arg-type]  # the column holds nothing else
                error=error,
            )
            self.tell_holder(interaction, event)

    def set_data(self, mail: SameMail, data: Data) -> SameMail:
        """Change the mail's data and return the changed mail. `mail`: as looked up, or added in this batch. The
        holder is told if its interaction is open."""
        text = orjson.dumps(dict(data)).decode()
        self.writes.message_data[mail.id] = text
        for messages in (self.writes.messages, self.lookups.transcripts.get(mail.interaction_id, [])):
            messages[:] = [replace(one, data=text) if one.id == mail.id else one for one in messages]
        interaction = self.floor.interactions.get(mail.interaction_id)
        if interaction is not None:
            event = MessageChanged(interaction_id=interaction.id, message_id=mail.id, data=dict(data))
            self.tell_holder(interaction, event)
        return replace(mail, data=text)

    @property
    def consents(self) -> Consents:
        """What the addresses wish that were looked up."""
        return Consents(self.book.consents, self.lookups.standings)

    def request(self, interaction: OpenInteraction, request: Request, purpose: str = SERVICE) -> None:
        """Send `request` by the interaction's channel once this batch is stored. `purpose`: of what it says."""
        if costs(interaction.channel, request):
            self.floor.last_hour[interaction.channel].add(self.now, interaction.customer.id)
        self.request_for(interaction.id, str(interaction.channel), request, purpose)

    def request_for(self, interaction_id: str, channel: str, request: Request, purpose: str = SERVICE) -> None:
        """As `request`, for an interaction that may be closed. It counts no costs."""
        message_id = request.outbox_id.partition(".")[0] if isinstance(request, TextOut) else None
        what = (message_id, channel, type(request).__name__, REQUESTS.encode(request))
        to = ("", "")
        if isinstance(request, TextOut | CallCustomer):
            to = consent_key(ChannelName(channel), request.to_address)
        row = OutboxRow(request.outbox_id, interaction_id, *what, *to, purpose if any(to) else "")
        self.writes.requests.append(row)

    def suppress(self, channel: str, address: str, cause: str) -> None:
        """Let nothing more leave to this address."""
        key = (channel, address)
        known = self.lookups.suppressed.get(key)
        if cause == NO_TEXTS and known is not None and known.cause == SAID_STOP:
            return
        self.writes.suppressed[key] = StoredSuppression(channel, address, cause, self.now)
        self.lookups.suppressed[key] = Suppression(cause, self.now)

    def allow_again(self, channel: str, address: str) -> None:
        """Lift the suppression of this address."""
        self.writes.suppressed[(channel, address)] = None
        self.lookups.suppressed.pop((channel, address), None)

    def audit(self, staff_id: str, action: Action, about: OpenInteraction | None, detail: Detail) -> None:
        """Record which member of staff did what to which interaction, and in which queue it is at this moment. Agents
        read it in the transcript; the audit trail keeps it for later readers."""
        said = orjson.dumps(detail).decode()
        if about is None:
            self.writes.audits.append(Entry(self.now, staff_id, action, detail=said))
        else:
            whose, queue = about.customer.id, about.queue
            self.writes.audits.append(Entry(self.now, staff_id, action, about.id, whose, queue, said))

    def note_look(self, staff_id: str, action: OfWork, interaction: OpenInteraction, ground: Ground) -> None:
        """Record that this person is about to see a customer's data. The row is stored with the decision, before the
        data is told."""
        self.audit(staff_id, action, interaction, {"grounds": [ground]})

    def transcript_of(self, interaction: OpenInteraction) -> list[StoredMessage]:
        earlier = self.lookups.transcripts.get(interaction.id, [])
        return [*earlier, *(one for one in self.writes.messages if one.interaction_id == interaction.id)]

    def name_of(self, agent_id: str) -> str:
        member = self.floor.staff.get(agent_id)
        return member.name if member else ""

    def reader(self, staff_id: str) -> ScriptReader:
        return read_as(self.floor.staff.get(staff_id))

    def roles_of(self, staff_id: str) -> tuple[str, ...]:
        member = self.floor.staff.get(staff_id)
        return member.roles if member else ()
