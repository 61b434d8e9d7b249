"""Messages: the transcript of each interaction, in order.

The rule of this file: a message is added once and never removed. Only the delivery of an outgoing message changes,
and only the data of an incoming one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import bindparam, func, literal_column, select, update

from hub.storage.connection import Connection
from hub.storage.interactions import InteractionRef
from hub.storage.prepared import Prepared, among, is_among, prepare_insert
from hub.storage.tables import interaction, message


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """One field for each column, of the same name, except `seq`, which the database gives. `kind`: customer,
    participant, agent, note or fact. `media` and `data`: JSON."""

    id: str
    interaction_id: str
    customer_id: str
    kind: str
    channel: str
    number: int
    at: int
    author: str
    address: str
    identity_level: str
    mail_key: str
    author_id: str
    text: str
    subject: str
    html: str
    raw: str
    media: str
    provider_id: str
    delivery: str | None
    error: str
    is_automatic: bool
    problem: str
    fact: str
    data: str


@dataclass(frozen=True, slots=True)
class StoredFact:
    """What happened, without its words. `data`: JSON."""

    at: int
    fact: str
    data: str


@dataclass(frozen=True, slots=True)
class MessageOut:
    """The facts of a message that a delivery report or another try needs. `channel` and `address`: of its
    interaction."""

    id: str
    interaction_id: str
    kind: str
    delivery: str | None
    error: str
    provider_id: str
    text: str
    subject: str
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class MessageParts:
    """The parts of a message: its HTML, the ref of its raw form, and its files as JSON. A missing part is empty."""

    interaction_id: str
    channel: str
    html: str
    raw: str
    media: str


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """The delivery of a message. `provider_id`: the provider's id of it."""

    message_id: str
    delivery: str | None
    error: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class SameMail:
    """The message made by an earlier delivery of the same mail. `data`: JSON."""

    id: str  # "" if that delivery made no message
    interaction_id: str
    at: int
    data: str


@dataclass(frozen=True, slots=True)
class AutoReply:
    at: int
    address: str


NAMES: Final = tuple(f.name for f in fields(StoredMessage))
COLUMNS: Final = tuple(message.c[name] for name in NAMES)
_m, _i = message.c, interaction.c

_ADD = prepare_insert(message, NAMES)
_SET_DELIVERY = Prepared(
    update(message)
    .where(_m.id == bindparam("message_id"))
    .values({name: bindparam(name) for name in ("delivery", "error", "provider_id")})
)
_SET_DATA = Prepared(update(message).where(_m.id == bindparam("b_id")).values(data=bindparam("data")))
_OUT = Prepared(
    select(_m.id, _m.interaction_id, _m.kind, _m.delivery, _m.error, _m.provider_id, _m.text, _m.subject)
    .add_columns(_i.channel, _i.address)
    .join_from(message, interaction, _i.id == _m.interaction_id)
    .where(is_among(_m.id, "ids"))
)
_n = message.alias("n")  # the newest message that is not wanted: one look-up in the index for each interaction
_before = select(_n.c.seq).where(_n.c.interaction_id == _i.id).order_by(_n.c.seq.desc())
_before = _before.limit(literal_column("1")).offset(bindparam("most"))
_NEWEST = Prepared(
    select(*COLUMNS)
    .join_from(interaction, message, _m.interaction_id == _i.id)
    .where(is_among(_i.id, "ids"), _m.seq > func.coalesce(_before.scalar_subquery(), literal_column("0")))
    .order_by(_m.seq)
)
_LATEST = Prepared(
    select(_m.at, _m.seq)
    .where(_m.customer_id == bindparam("customer_id"))
    .order_by(_m.at.desc(), _m.seq.desc())
    .limit(literal_column("1"))
)
_has_id = _m.provider_id != literal_column("''")
_MAIL_IDS = Prepared(
    select(_m.interaction_id, _m.provider_id)
    .where(is_among(_m.interaction_id, "ids"), _m.channel == literal_column("'email'"), _has_id)
    .order_by(_m.seq)
)
_BY_PROVIDER_ID = Prepared(
    select(_m.interaction_id, _m.customer_id, _m.provider_id)
    .where(is_among(_m.provider_id, "ids"), _has_id)
    .order_by(_m.seq.desc())
)
_SAME_MAILS = Prepared(
    select(_m.mail_key, _m.id, _m.interaction_id, _m.at, _m.data)
    .where(is_among(_m.mail_key, "keys"), _m.mail_key != literal_column("''"))
    .order_by(_m.seq)
)


# ---- written by the batch that decides -----------------------------------------------------------------


async def find_latest(connection: Connection, customer_id: str) -> int:
    """The `seq` of the latest message of this customer; 0 if there is none."""
    rows = await _LATEST.fetch(connection, {"customer_id": customer_id})
    return int(rows[0][1]) if rows else 0


async def add(connection: Connection, messages: Sequence[StoredMessage]) -> None:
    """Add messages in this order."""
    await _ADD.execute_for_each(connection, messages)


async def set_deliveries(connection: Connection, deliveries: Collection[MessageDelivery]) -> None:
    await _SET_DELIVERY.execute_for_each(connection, deliveries)


async def set_data(connection: Connection, data: Mapping[str, str]) -> None:
    """`data`: JSON by id."""
    await _SET_DATA.execute_all(connection, [{"b_id": message_id, "data": text} for message_id, text in data.items()])


# ---- read before a batch is decided --------------------------------------------------------------------


async def find_out(connection: Connection, ids: Collection[str]) -> dict[str, MessageOut]:
    """By id: the messages with these ids."""
    return {row[0]: MessageOut(*row) for row in await _OUT.fetch(connection, {"ids": among(ids)})}


async def list_newest(
    connection: Connection, interaction_ids: Collection[str], most: int
) -> dict[str, list[StoredMessage]]:
    """By interaction: its newest messages, at most `most`, in order."""
    found: dict[str, list[StoredMessage]] = {}
    for row in await _NEWEST.fetch(connection, {"ids": among(interaction_ids), "most": most}):
        one = stored_message(row)
        found.setdefault(one.interaction_id, []).append(one)
    return found


async def find_same_mails(connection: Connection, mail_keys: Collection[str]) -> dict[str, SameMail]:
    """By `mail_key`: the newest message of this mail. Mails that have not come are left out."""
    rows = await _SAME_MAILS.fetch(connection, {"keys": among(mail_keys)})
    return {mail_key: SameMail(*rest) for mail_key, *rest in rows}


async def list_mail_ids(connection: Connection, interaction_ids: Collection[str]) -> dict[str, list[str]]:
    """By interaction: the Message-IDs of its mails, the oldest first."""
    found: dict[str, list[str]] = {}
    for interaction_id, mail_id in await _MAIL_IDS.fetch(connection, {"ids": among(interaction_ids)}):
        found.setdefault(interaction_id, []).append(mail_id)
    return found


async def find_by_provider_ids(
    connection: Connection, provider_ids: Collection[str]
) -> dict[str, list[InteractionRef]]:
    """By the provider's id, such as a Message-ID: the interactions whose messages have it, the newest first."""
    found: dict[str, list[InteractionRef]] = {}
    rows = await _BY_PROVIDER_ID.fetch(connection, {"ids": among(provider_ids)})
    for interaction_id, customer_id, provider_id in rows:
        found.setdefault(provider_id, []).append(InteractionRef(interaction_id, customer_id))
    return found


async def list_auto_replies(connection: Connection, since: int) -> list[AutoReply]:
    """The automatic mails that the hub sent after an instant, the oldest first."""
    mine = (_m.is_automatic, _m.kind == literal_column("'agent'"), _m.channel == literal_column("'email'"))
    query = select(_m.at, _i.address).join(interaction, _i.id == _m.interaction_id).where(*mine, _m.at > since)
    return [AutoReply(*row) for row in await connection.execute(query.order_by(_m.at))]


# ---- read for screens and channels ---------------------------------------------------------------------


async def list_facts(connection: Connection, interaction_id: str, facts: Collection[str]) -> list[StoredFact]:
    """The facts of these kinds in an interaction, in order."""
    query = select(_m.at, _m.fact, _m.data).where(_m.interaction_id == interaction_id, _m.fact.in_(facts))
    return [StoredFact(*row) for row in await connection.execute(query.order_by(_m.seq))]


async def list_after(connection: Connection, interaction_id: str, number: int, most: int) -> list[StoredMessage]:
    """The chat's messages with a greater number, in order: at most `most`."""
    query = select(*COLUMNS).where(_m.interaction_id == interaction_id, _m.number > number)
    return [stored_message(row) for row in await connection.execute(query.order_by(_m.seq).limit(most))]


async def find_parts(connection: Connection, message_id: str) -> MessageParts | None:
    query = select(_m.interaction_id, _m.channel, _m.html, _m.raw, _m.media)
    row = (await connection.execute(query.where(_m.id == message_id))).first()
    return MessageParts(*row) if row is not None else None


async def find_under_way(
    connection: Connection, provider_ids: Collection[str], arrived: Collection[str]
) -> Mapping[str, str]:
    """By the provider's id: those messages of agents whose delivery is not one of `arrived`."""
    query = select(_m.provider_id, _m.id).where(_m.provider_id.in_(provider_ids), _m.provider_id != "")
    query = query.where(_m.kind == "agent", _m.delivery.not_in(arrived))
    return {row.provider_id: row.id for row in await connection.execute(query)}


def stored_message(values: Sequence[Any]) -> StoredMessage:
    """A message from the values of COLUMNS."""
    return StoredMessage(**dict(zip(NAMES, values, strict=True)))
