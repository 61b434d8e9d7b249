"""What storage knows of the things that a batch is about, read at once before it is decided.

The rule of this file: a handful of queries per batch, whatever its size, and none where nothing is asked. The one
routing process writes these tables, so what is read here is what the batch before has left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import func, literal_column, select

from agent_console.commands import AcceptOffer, AssignInteraction, BoardCommand, Command, ResendMessage, SendMessage
from agent_console.views import AddressView
from channels.channel import (
    CallArrived,
    ChatOpened,
    DeliveryReported,
    LegJoined,
    MessageReceived,
    Notice,
    VoicemailLeft,
)
from hub.batch.batch import Lookups
from hub.batch.new_interaction import address_key, sender_of
from hub.batch.returning import Earlier
from hub.batch.transcript import SHOWN
from hub.batch.views import view_address
from hub.open_work.floor import Customer, OpenInteraction
from hub.sending.may_send import reply_address
from hub.sending.suppressions import Suppression
from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.documents import Fact, SendResult
from hub.storage.prepared import Bulk, Prepared, among, is_among
from routing.model import ChannelName


@dataclass(slots=True)
class Wanted:
    addresses: set[tuple[str, str]] = field(default_factory=set)
    joins: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    transcripts: set[str] = field(default_factory=set)
    suppressions: set[tuple[str, str]] = field(default_factory=set)  # (channel, address)
    chats: set[str] = field(default_factory=set)
    mail_ids: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def want_notice(self, notice: Notice | Fact) -> None:
        match notice:
            case MessageReceived():
                channel = ChannelName(notice.key.partition(":")[0])
                key = address_key(channel, sender_of(notice), notice.identity_level)
                self.addresses.add(key)
                self.joins.update(notice.joins)
                if notice.same_mail:
                    self.mails.add(notice.same_mail)
                if channel is ChannelName.SMS:
                    self.suppressions.add((channel, key[1]))
                if notice.chat_id:
                    self.addresses.add(("chat", notice.chat_id))
                    self.chats.add(notice.chat_id)
            case ChatOpened():
                level = notice.identity_level
                self.addresses.add(address_key(ChannelName.WEBCHAT, notice.address or notice.chat_id, level))
                self.addresses.add(("chat", notice.chat_id))
                self.chats.add(notice.chat_id)
            case CallArrived():
                self.addresses.add(address_key(ChannelName.PHONE, notice.from_address))
                self.keys.update(notice.over_keys)
            case LegJoined() | VoicemailLeft():
                self.calls.add(notice.call_id)
            case DeliveryReported() if notice.outbox_id:
                self.messages.add(notice.outbox_id.partition(".")[0])
            case SendResult(kind="TextOut"):
                self.messages.add(notice.outbox_id.partition(".")[0])
            case _:
                pass

    def want_command(self, command: Command | BoardCommand, interaction: OpenInteraction | None) -> None:
        """`interaction`: that the command is about; its address has to pass the gate."""
        match command:
            case AcceptOffer():
                self.transcripts.add(command.offer_id.rpartition(".")[0])
            case AssignInteraction():
                self.transcripts.add(command.interaction_id)  # who takes it over begins with what was said
            case SendMessage() if interaction is not None:
                self._want_gate(interaction)
            case ResendMessage() if interaction is not None:
                self.messages.add(command.message_id)
                self._want_gate(interaction)
            case _:
                pass

    def _want_gate(self, interaction: OpenInteraction) -> None:
        self.suppressions.add((interaction.channel, interaction.address))
        self.suppressions.add((interaction.channel, reply_address(interaction)))
        if interaction.channel is ChannelName.EMAIL:
            self.mail_ids.add(interaction.id)

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__dataclass_fields__)


_a, _c, _i, _m = tables.address, tables.customer, tables.interaction, tables.message
_MESSAGE_COLUMNS = ("id", "interaction_id", "kind", "delivery", "error", "provider_id", "text", "subject", "number")
_MESSAGES = Prepared(
    select(*(_m.c[name] for name in _MESSAGE_COLUMNS), _i.c.channel, _i.c.address)
    .join_from(_m, _i, _i.c.id == _m.c.interaction_id)
    .where(is_among(_m.c.id, "ids"))
)
_TRANSCRIPT_COLUMNS = _m.columns.keys()
_n = _m.alias("n")  # the last that is not shown any more: of each interaction it is looked up once, in the index
_before = select(_n.c.seq).where(_n.c.interaction_id == _i.c.id).order_by(_n.c.seq.desc())
_before = _before.limit(literal_column("1")).offset(literal_column(str(SHOWN)))
_NEWEST = Prepared(
    select(_m)
    .join_from(_i, _m, _m.c.interaction_id == _i.c.id)
    .where(is_among(_i.c.id, "ids"), _m.c.seq > func.coalesce(_before.scalar_subquery(), literal_column("0")))
    .order_by(_m.c.seq)
)
_has_id = _m.c.provider_id != literal_column("''")
_MAIL_IDS = Prepared(
    select(_m.c.interaction_id, _m.c.provider_id)
    .where(is_among(_m.c.interaction_id, "ids"), _m.c.channel == literal_column("'email'"), _has_id)
    .order_by(_m.c.seq)
)
_MESSAGE_IDS = Prepared(
    select(_m.c.interaction_id, _m.c.customer_id, _m.c.provider_id)
    .where(is_among(_m.c.provider_id, "ids"), _has_id)
    .order_by(_m.c.seq.desc())
)
_SAME_MAILS = Prepared(
    select(_m.c.mail_key, _m.c.at).where(is_among(_m.c.mail_key, "keys"), _m.c.mail_key != literal_column("''"))
)
_TOKENS = Prepared(select(_i.c.id, _i.c.customer_id, _i.c.reply_token).where(is_among(_i.c.reply_token, "tokens")))
_CHATS = Prepared(
    select(_i.c.provider_ref, func.max(_i.c.last_number))
    .where(is_among(_i.c.provider_ref, "refs"))
    .group_by(_i.c.provider_ref)
)
_CALLS = Prepared(select(_i.c.provider_ref, _i.c.id, _i.c.customer_id).where(is_among(_i.c.provider_ref, "refs")))
_SUPPRESSIONS = Bulk("""
    SELECT s.channel, s.address, s.cause, s.created_at
    FROM {rows} JOIN suppression s ON s.channel = value->>0 AND s.address = value->>1
""")
_HEARD = Prepared(select(tables.inbox.c.key).where(is_among(tables.inbox.c.key, "keys")))
_CUSTOMERS = Prepared(
    select(_c.c.id, _c.c.name, _c.c.tier, _c.c.language, _c.c.profile, _c.c.version).where(is_among(_c.c.id, "ids"))
)
_ADDRESSES = Prepared(
    select(_a.c.customer_id, _a.c.kind, _a.c.address, _a.c.identity_level)
    .where(_a.c.customer_id.in_(select(_i.c.customer_id).where(is_among(_i.c.id, "ids"))))
    .order_by(_a.c.id)
)
_OWNERS = Bulk("""
    SELECT a.kind, a.address, c.id, c.name, c.tier, c.language, c.profile, c.version
    FROM {rows} JOIN address a ON a.kind = value->>0 AND a.address = value->>1 JOIN customer c ON c.id = a.customer_id
""")


async def load(conn: Connection, wanted: Wanted) -> Lookups:
    lookups = Lookups()
    if wanted.addresses:
        await _load_customers(conn, wanted.addresses, lookups)
    if wanted.joins:
        await _load_joined(conn, wanted.joins, lookups)
    if wanted.mails:
        for mail_key, at in await _SAME_MAILS.fetch(conn, {"keys": among(wanted.mails)}):
            lookups.same_mails[mail_key] = max(at, lookups.same_mails.get(mail_key, 0))
    if wanted.messages:
        for row in await _MESSAGES.fetch(conn, {"ids": among(wanted.messages)}):
            lookups.messages[row[0]] = dict(zip((*_MESSAGE_COLUMNS, "channel", "address"), row, strict=True))
    if wanted.transcripts:
        lookups.transcripts = await load_transcripts(conn, wanted.transcripts)
        lookups.addresses = await load_addresses(conn, wanted.transcripts)
    if wanted.suppressions:
        lookups.suppressed = await load_suppressed(conn, wanted.suppressions)
    if wanted.chats:
        found = await _CHATS.fetch(conn, {"refs": among(wanted.chats)})
        lookups.chats = {chat_id: number or 0 for chat_id, number in found}
    if wanted.calls:
        for call_id, interaction_id, customer_id in await _CALLS.fetch(conn, {"refs": among(wanted.calls)}):
            lookups.calls[call_id] = {"id": interaction_id, "customer_id": customer_id}
    if wanted.keys:
        lookups.heard = {key for (key,) in await _HEARD.fetch(conn, {"keys": among(wanted.keys)})}
    if wanted.mail_ids:
        for interaction_id, mail_id in await _MAIL_IDS.fetch(conn, {"ids": among(wanted.mail_ids)}):
            lookups.mail_ids.setdefault(interaction_id, []).append(mail_id)
    return lookups


async def load_dialled(conn: Connection, lookups: Lookups, dialled: Sequence[OpenInteraction]) -> None:
    """What is needed to call these customers, and to show the calls to their agents."""
    ids = {interaction.id for interaction in dialled}
    lookups.transcripts |= await load_transcripts(conn, ids)
    lookups.addresses |= await load_addresses(conn, ids)
    lookups.suppressed |= await load_suppressed(conn, {(ChannelName.PHONE, one.address) for one in dialled})


async def load_suppressed(
    conn: Connection, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Suppression]:
    """Those of these (channel, address) to which nothing may leave, and why."""
    rows = await _SUPPRESSIONS.fetch_for(conn, sorted(wanted))
    return {(channel, address): Suppression(cause, at) for channel, address, cause, at in rows}


async def load_earlier(conn: Connection, lookups: Lookups, since: int) -> None:
    """What the customers of this batch had closed since then, newest first."""
    i = tables.interaction
    columns = (i.c.channel, i.c.queue, i.c.agent_id, i.c.closed_at, i.c.closed_as, i.c.entered_at, i.c.rank_sequence)
    customers = {customer.id for customer in lookups.customers.values()}
    query = select(i.c.customer_id, *columns).where(i.c.customer_id.in_(customers), i.c.closed_at >= since)
    for customer_id, channel, *rest in await conn.execute(query.order_by(i.c.closed_at.desc())):
        lookups.earlier.setdefault(customer_id, []).append(Earlier(ChannelName(channel), *rest))


async def load_transcripts(conn: Connection, interaction_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Of each the newest messages, as many as a desk is shown, in order."""
    transcripts: dict[str, list[dict[str, Any]]] = {}
    for values in await _NEWEST.fetch(conn, {"ids": among(interaction_ids)}):
        row = dict(zip(_TRANSCRIPT_COLUMNS, values, strict=True))
        transcripts.setdefault(row["interaction_id"], []).append(row)
    return transcripts


async def load_addresses(conn: Connection, interaction_ids: Collection[str]) -> dict[str, list[AddressView]]:
    """All that reaches the customers of these interactions, by customer, in the order in which it became known."""
    addresses: dict[str, list[AddressView]] = {}
    for customer_id, *row in await _ADDRESSES.fetch(conn, {"ids": among(interaction_ids)}):
        addresses.setdefault(customer_id, []).append(view_address(*row))
    return addresses


async def load_customers(conn: Connection, ids: Collection[str]) -> dict[str, Customer]:
    return {row[0]: make_customer(row) for row in await _CUSTOMERS.fetch(conn, {"ids": among(ids)})}


def make_customer(row: Sequence[Any]) -> Customer:
    """From its id, name, tier, language, profile and version."""
    customer_id, name, tier, language, profile, version = row
    return Customer(customer_id, name, tier, language, orjson.loads(profile), version)


async def _load_customers(conn: Connection, keys: Collection[tuple[str, str]], lookups: Lookups) -> None:
    by_id: dict[str, Customer] = {}
    for kind, address, *row in await _OWNERS.fetch_for(conn, sorted(keys)):
        lookups.customers[(kind, address)] = by_id.setdefault(row[0], make_customer(row))


async def _load_joined(conn: Connection, joins: Collection[str], lookups: Lookups) -> None:
    tokens = [join.removeprefix("token:") for join in joins if join.startswith("token:")]
    ids: Sequence[str] = [join.removeprefix("id:") for join in joins if join.startswith("id:")]
    if tokens:
        for interaction_id, customer_id, token in await _TOKENS.fetch(conn, {"tokens": among(tokens)}):
            lookups.joined[f"token:{token}"] = [{"id": interaction_id, "customer_id": customer_id}]
    if ids:
        for interaction_id, customer_id, mail_id in await _MESSAGE_IDS.fetch(conn, {"ids": among(ids)}):
            row = {"id": interaction_id, "customer_id": customer_id}
            lookups.joined.setdefault(f"id:{mail_id}", []).append(row)
