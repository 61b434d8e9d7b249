"""What storage knows of the things that a batch is about, read at once before it is decided.

The rule of this file: a handful of queries per batch, whatever its size, and none where nothing is asked. The one
routing process writes these tables, so what is read here is what the batch before has left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import and_, func, select, tuple_

from agent_console.commands import AcceptOffer, Command, ResendMessage, SendMessage
from channels.channel import CallArrived, ChatOpened, DeliveryReported, LegJoined, MessageReceived, Notice
from hub.batch import Lookups
from hub.documents import Fact, SendResult
from hub.entry import address_key, sender_of
from hub.floor import Customer
from hub.storage import tables
from hub.storage.database import Connection
from routing.model import ChannelName


@dataclass(slots=True)
class Wanted:
    addresses: set[tuple[str, str]] = field(default_factory=set)
    joins: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    transcripts: set[str] = field(default_factory=set)
    suppressions: set[str] = field(default_factory=set)
    chats: set[str] = field(default_factory=set)
    mail_ids: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def want_notice(self, notice: Notice | Fact) -> None:
        match notice:
            case MessageReceived():
                channel = ChannelName(notice.key.partition(":")[0])
                key = address_key(channel, sender_of(notice), notice.identity_level)
                self.addresses.add(key)
                self.joins.update(notice.joins)
                if channel is ChannelName.SMS:
                    self.suppressions.add(key[1])
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
            case LegJoined():
                self.calls.add(notice.call_id)
            case DeliveryReported() if notice.outbox_id:
                self.messages.add(notice.outbox_id.partition(".")[0])
            case SendResult(kind="TextOut"):
                self.messages.add(notice.outbox_id.partition(".")[0])
            case _:
                pass

    def want_command(self, command: Command, address: str) -> None:
        """`address`: of the interaction that the command is about, for the gate."""
        match command:
            case AcceptOffer():
                self.transcripts.add(command.offer_id.rpartition(".")[0])
            case SendMessage():
                self.suppressions.add(address)
                self.mail_ids.add(command.interaction_id)
            case ResendMessage():
                self.messages.add(command.message_id)
                self.suppressions.add(address)
                self.mail_ids.add(command.interaction_id)
            case _:
                pass

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__dataclass_fields__)


async def load(conn: Connection, wanted: Wanted) -> Lookups:
    lookups = Lookups()
    if wanted.addresses:
        await _load_customers(conn, wanted.addresses, lookups)
    if wanted.joins:
        await _load_joined(conn, wanted.joins, lookups)
    if wanted.messages:
        m = tables.message
        columns = (
            m.c.id,
            m.c.interaction_id,
            m.c.kind,
            m.c.delivery,
            m.c.error,
            m.c.provider_id,
            m.c.text,
            m.c.subject,
        )
        rows = await conn.execute(select(*columns, m.c.number).where(m.c.id.in_(wanted.messages)))
        lookups.messages = {row["id"]: dict(row) for row in rows.mappings()}
    if wanted.transcripts:
        lookups.transcripts = await load_transcripts(conn, wanted.transcripts)
    if wanted.suppressions:
        s = tables.suppression
        found = await conn.execute(select(s.c.channel, s.c.address).where(s.c.address.in_(wanted.suppressions)))
        lookups.suppressed = {(row.channel, row.address) for row in found}
    if wanted.chats:
        i = tables.interaction
        query = select(i.c.provider_ref, func.max(i.c.last_number)).where(i.c.provider_ref.in_(wanted.chats))
        found = await conn.execute(query.group_by(i.c.provider_ref))
        lookups.chats = {chat_id: number or 0 for chat_id, number in found}
    if wanted.calls:
        i = tables.interaction
        found = await conn.execute(select(i.c.provider_ref, i.c.id).where(i.c.provider_ref.in_(wanted.calls)))
        lookups.calls = {row.provider_ref: row.id for row in found}
    if wanted.keys:
        key = tables.inbox.c.key
        lookups.heard = set(await conn.scalars(select(key).where(key.in_(wanted.keys))))
    if wanted.mail_ids:
        m = tables.message
        mails = and_(m.c.interaction_id.in_(wanted.mail_ids), m.c.channel == "email", m.c.provider_id != "")
        for row in await conn.execute(select(m.c.interaction_id, m.c.provider_id).where(mails).order_by(m.c.seq)):
            lookups.mail_ids.setdefault(row.interaction_id, []).append(row.provider_id)
    return lookups


async def load_transcripts(conn: Connection, interaction_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    m = tables.message
    transcripts: dict[str, list[dict[str, Any]]] = {}
    rows = await conn.execute(select(m).where(m.c.interaction_id.in_(interaction_ids)).order_by(m.c.seq))
    for row in rows.mappings():
        transcripts.setdefault(row["interaction_id"], []).append(dict(row))
    return transcripts


async def load_customers(conn: Connection, ids: Collection[str]) -> dict[str, Customer]:
    c = tables.customer
    rows = await conn.execute(select(c).where(c.c.id.in_(ids)))
    return {row["id"]: make_customer(row) for row in rows.mappings()}


def make_customer(row: Any) -> Customer:
    profile = orjson.loads(row["profile"])
    return Customer(row["id"], row["name"], row["tier"], row["language"], profile, row["version"])


async def _load_customers(conn: Connection, keys: Collection[tuple[str, str]], lookups: Lookups) -> None:
    a, c = tables.address, tables.customer
    query = select(a.c.kind, a.c.address, c).join(c, c.c.id == a.c.customer_id)
    by_id: dict[str, Customer] = {}
    for row in (await conn.execute(query.where(tuple_(a.c.kind, a.c.address).in_(sorted(keys))))).mappings():
        customer = by_id.setdefault(row["id"], make_customer(row))
        lookups.customers[(row["kind"], row["address"])] = customer


async def _load_joined(conn: Connection, joins: Collection[str], lookups: Lookups) -> None:
    i, m = tables.interaction, tables.message
    tokens = [join.removeprefix("token:") for join in joins if join.startswith("token:")]
    ids: Sequence[str] = [join.removeprefix("id:") for join in joins if join.startswith("id:")]
    if tokens:
        query = select(i.c.id, i.c.customer_id, i.c.reply_token).where(i.c.reply_token.in_(tokens))
        for row in (await conn.execute(query)).mappings():
            lookups.joined[f"token:{row['reply_token']}"] = [dict(row)]
    if ids:
        query = select(m.c.interaction_id.label("id"), m.c.customer_id, m.c.provider_id).where(
            m.c.provider_id.in_(ids), m.c.provider_id != ""
        )
        for row in (await conn.execute(query.order_by(m.c.seq.desc()))).mappings():
            lookups.joined.setdefault(f"id:{row['provider_id']}", []).append(dict(row))
