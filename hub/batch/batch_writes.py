"""What one batch has decided: every row to write and every event to tell, collected and then stored at once.

The rule of this file: collecting changes nothing outside this object; `store` runs inside the one fenced
transaction, in an order that the partial unique indexes accept (old offers and owners end before new ones begin).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, literal_column, select, update

from agent_console.events import DeskEvent
from channels.channel import ChatMessage
from hub.batch.transcript import MESSAGE_COLUMNS
from hub.open_work.floor import Customer, OpenInteraction
from hub.sending.suppressions import NO_TEXTS, SAID_STOP
from hub.storage import events, outbox, tables
from hub.storage.codec import encode_plain
from hub.storage.database import Connection
from hub.storage.documents import EFFECTS, INPUTS
from hub.storage.outbox import OutboxRow
from hub.storage.prepared import Bulk, Prepared, prepare_insert
from routing.decisions import Decision
from routing.effects import Effect
from routing.inputs import Input
from routing.model import AgentId, Micros, OfferEnd, OfferId

Row = dict[str, Any]


class AgentRowConflict(Exception):
    """Another writer changed the agent's capacity row: the router that decided is not the only one."""


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """What the agent's row becomes. `seen_version` 0 means that there is none yet."""

    agent_id: AgentId
    seen_version: int
    state: str
    load: int
    routing: str


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """What the customer sees of their chat's state: waiting, active or closed."""

    state: str
    number: int  # of its newest message
    agent_name: str


@dataclass(slots=True)
class Decided:
    customers: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    customer_tiers: dict[str, str] = field(default_factory=dict)  # customer id -> tier, of those whose tier is gone
    opened: dict[str, OpenInteraction] = field(default_factory=dict)  # interactions to insert
    touched: dict[str, OpenInteraction] = field(default_factory=dict)  # interactions to update
    messages: list[Row] = field(default_factory=list)
    deliveries: dict[str, Row] = field(default_factory=dict)  # message id -> delivery, error
    offers: dict[OfferId, Row] = field(default_factory=dict)  # made in this batch
    offers_ended: list[Row] = field(default_factory=list)  # made earlier
    owners: dict[str, Row] = field(default_factory=dict)  # interaction id -> participant, begun in this batch
    past_owners: list[Row] = field(default_factory=list)
    owners_left: list[Row] = field(default_factory=list)  # begun earlier
    senders: dict[tuple[str, str], list[Any]] = field(
        default_factory=dict
    )  # (interaction id, address) -> participant
    filed_mails: list[Row] = field(default_factory=list)
    requests: list[OutboxRow] = field(default_factory=list)
    requests_done: list[Row] = field(default_factory=list)
    agents: dict[AgentId, AgentLoad] = field(default_factory=dict)
    acting_desks: dict[AgentId, str] = field(default_factory=dict)
    agent_spans: list[Row] = field(default_factory=list)  # states that have ended
    script_runs: dict[tuple[str, str], Row] = field(default_factory=dict)  # (interaction id, script id) -> begun
    script_runs_changed: dict[tuple[str, str], Row] = field(default_factory=dict)
    profile_values: dict[tuple[str, str], Row] = field(default_factory=dict)
    suppressed: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    audits: list[Row] = field(default_factory=list)
    journal: list[Row] = field(default_factory=list)
    told: list[tuple[str, Micros, str]] = field(default_factory=list)  # (agent, at, event as JSON)
    chats_moved: dict[str, ChatMoved] = field(default_factory=dict)  # by chat id
    channels_to_send: set[str] = field(default_factory=set)
    chat_messages: list[tuple[str, ChatMessage]] = field(default_factory=list)  # (chat id, message)

    def tell(self, agent_id: str, now: Micros, event: DeskEvent) -> None:
        self.told.append((agent_id, now, event.model_dump_json()))

    def touch(self, interaction: OpenInteraction) -> None:
        if interaction.id not in self.opened:
            self.touched[interaction.id] = interaction

    def open_customer(self, customer: Customer, key: tuple[str, str], level: str, now: Micros) -> None:
        self.customers.append(customer_row(customer, now))
        kind, address = key
        row = {"customer_id": customer.id, "kind": kind, "address": address, "identity_level": level}
        self.addresses.append(row)

    def finish_request(self, outbox_id: str, state: str, provider_id: str, error: str) -> None:
        done = {"b_id": outbox_id, "state": state, "provider_id": provider_id, "error": error[:320]}
        self.requests_done.append(done)

    def make_offer(self, offer_id: OfferId, row: Row, decision: Decision) -> None:
        self.offers[offer_id] = {
            **row,
            "id": offer_id,
            "decision": encode_plain(decision),
            "ended_at": None,
            "ended_as": None,
        }

    def end_offer(self, offer_id: OfferId, now: Micros, end: OfferEnd) -> None:
        made = self.offers.get(offer_id)
        if made is not None:
            made["ended_at"], made["ended_as"] = now, str(end)
        else:
            self.offers_ended.append({"b_id": offer_id, "ended_at": now, "ended_as": str(end)})

    def begin_owner(self, interaction_id: str, agent_id: str, now: Micros) -> None:
        self.owners[interaction_id] = {
            "interaction_id": interaction_id,
            "agent_id": agent_id,
            "role": "owner",
            "joined_at": now,
            "left_at": None,
        }

    def end_owner(self, interaction_id: str, now: Micros) -> None:
        begun = self.owners.pop(interaction_id, None)
        if begun is not None:
            self.past_owners.append({**begun, "left_at": now})
        else:
            self.owners_left.append({"b_interaction": interaction_id, "left_at": now})

    def begin_sender(self, interaction_id: str, address: str, name: str, now: Micros) -> None:
        """Somebody other than the customer writes in this interaction; again, it changes nothing."""
        self.senders.setdefault((interaction_id, address), [interaction_id, address, name[:320], now])

    def record(self, number: int, epoch: int, now: Micros, input: Input, effects: list[Effect]) -> None:
        said = "[" + ",".join(EFFECTS.encode(effect) for effect in effects) + "]"
        self.journal.append(
            {"number": number, "epoch": epoch, "at": now, "input": INPUTS.encode(input), "effects": said}
        )

    async def store(self, conn: Connection, now: Micros) -> list[int]:
        """Write everything; gives the number of each event told, in order."""
        await _ADD_CUSTOMERS.execute_all(conn, self.customers)
        await _ADD_ADDRESSES.execute_all(conn, self.addresses)
        moved = [{"b_customer": customer_id, "tier": tier} for customer_id, tier in self.customer_tiers.items()]
        await _MOVE_CUSTOMER.execute_all(conn, moved)
        await _OPEN_INTERACTIONS.execute_all(conn, [interaction_row(i) for i in self.opened.values()])
        await _UPDATE_INTERACTIONS.execute_all(conn, [_changes(i) for i in self.touched.values()])
        await _END_OWNER.execute_all(conn, self.owners_left)
        await _BEGIN_OWNER.execute_all(conn, [*self.past_owners, *self.owners.values()])
        if self.senders:
            await _ADD_SENDERS.execute_for(conn, list(self.senders.values()))
        await _ADD_FILED_MAILS.execute_all(conn, self.filed_mails)
        await _END_OFFER.execute_all(conn, self.offers_ended)
        await _MAKE_OFFER.execute_all(conn, list(self.offers.values()))
        await _ADD_MESSAGES.execute_all(conn, self.messages)
        await _UPDATE_DELIVERY.execute_all(conn, list(self.deliveries.values()))
        await outbox.put(conn, self.requests, now)
        await _FINISH_REQUEST.execute_all(conn, self.requests_done)
        await _BEGIN_SCRIPT.execute_all(conn, list(self.script_runs.values()))
        await _UPDATE_SCRIPT_RUN.execute_all(conn, list(self.script_runs_changed.values()))
        await self._store_profiles(conn)
        await self._store_agents(conn)
        await _ADD_AUDITS.execute_all(conn, self.audits)
        await _WRITE_JOURNAL.execute_all(conn, self.journal)
        return [number for _, number in await events.append(conn, self.told)] if self.told else []

    async def _store_profiles(self, conn: Connection) -> None:
        for (customer_id, name), row in self.profile_values.items():
            table = tables.profile_value
            await conn.execute(table.delete().where(table.c.customer_id == customer_id, table.c.name == name))
            await conn.execute(insert(table), [row])
        for (channel, address), suppression in self.suppressed.items():
            s = tables.suppression
            here = (s.c.channel == channel, s.c.address == address)
            is_mild = suppression is not None and suppression["cause"] == NO_TEXTS
            if is_mild and await conn.scalar(select(s.c.cause).where(*here)) == SAID_STOP:
                continue  # what is known of a number takes back no wish
            await conn.execute(s.delete().where(*here))
            if suppression is not None:
                await conn.execute(insert(s), [suppression])

    async def _store_agents(self, conn: Connection) -> None:
        for agent_id, desk in self.acting_desks.items():
            await conn.execute(delete(tables.acting_desk).where(tables.acting_desk.c.agent_id == agent_id))
            await conn.execute(insert(tables.acting_desk), [{"agent_id": agent_id, "desk": desk}])
        await _END_STATE.execute_all(conn, self.agent_spans)
        for agent in self.agents.values():
            values = {
                "state": agent.state,
                "load": agent.load,
                "routing": agent.routing,
                "version": agent.seen_version + 1,
            }
            if agent.seen_version == 0:
                await _ADD_AGENT.execute(conn, {"agent_id": agent.agent_id, **values})
                continue
            seen = {"b_agent": agent.agent_id, "b_version": agent.seen_version}
            if await _UPDATE_AGENT.execute(conn, {**seen, **values}) != 1:
                raise AgentRowConflict(agent.agent_id)


def customer_row(customer: Customer, now: Micros) -> Row:
    return {
        "id": customer.id,
        "name": customer.name,
        "tier": customer.tier,
        "language": customer.language,
        "profile": orjson.dumps(customer.profile).decode(),
        "created_at": now,
        "version": customer.version,
    }


_FIXED = ("id", "channel", "address", "our_address", "reply_token")
_ELSEWHERE = ("customer", "reason", "offer_id", "runs")  # no column of the same name and form
_MUTABLE = [f.name for f in fields(OpenInteraction) if f.name not in (*_FIXED, *_ELSEWHERE)]


def _changes(interaction: OpenInteraction) -> Row:
    row = {name: getattr(interaction, name) for name in _MUTABLE}
    row["b_id"] = interaction.id
    row["reason"] = interaction.reason.model_dump_json() if interaction.reason else "{}"
    return row


def interaction_row(interaction: OpenInteraction) -> Row:
    row: Mapping[str, Any] = {name: getattr(interaction, name) for name in (*_FIXED, *_MUTABLE)}
    reason = interaction.reason.model_dump_json() if interaction.reason else "{}"
    return {**row, "customer_id": interaction.customer.id, "reason": reason}


def _values(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


_c, _i, _o, _p, _m, _x, _r, _a = (
    tables.customer,
    tables.interaction,
    tables.offer,
    tables.participant,
    tables.message,
    tables.outbox,
    tables.script_run,
    tables.agent_routing,
)
_ADD_CUSTOMERS = prepare_insert(tables.customer)
_ADD_ADDRESSES = prepare_insert(tables.address, ["customer_id", "kind", "address", "identity_level"])
_MOVE_CUSTOMER = Prepared(update(_c).where(_c.c.id == bindparam("b_customer")).values(_values("tier")))
_OPEN_INTERACTIONS = prepare_insert(_i, [*_FIXED, *_MUTABLE, "customer_id", "reason"])
_UPDATE_INTERACTIONS = Prepared(update(_i).where(_i.c.id == bindparam("b_id")).values(_values(*_MUTABLE, "reason")))
_BEGIN_OWNER = prepare_insert(_p, ["interaction_id", "agent_id", "role", "joined_at", "left_at"])
_ADD_SENDERS = Bulk("""
    INSERT INTO participant (interaction_id, agent_id, role, address, name, joined_at)
    SELECT value->>0, '', 'sender', value->>1, value->>2, CAST(value->>3 AS BIGINT) FROM {rows} WHERE true
    ON CONFLICT DO NOTHING
""")
_ADD_FILED_MAILS = prepare_insert(
    tables.filed_mail, ["at", "kind", "customer_id", "address", "our_address", "subject", "raw"]
)
_MAKE_OFFER = prepare_insert(_o)
_ADD_MESSAGES = prepare_insert(_m, MESSAGE_COLUMNS)
_BEGIN_SCRIPT = prepare_insert(_r)
_ADD_AGENT = prepare_insert(_a)
_ADD_AUDITS = prepare_insert(tables.audit, ["at", "staff_id", "action", "subject", "detail"])
_END_STATE = prepare_insert(tables.agent_span, ["agent_id", "state", "began_at", "ended_at"])
_WRITE_JOURNAL = prepare_insert(tables.journal)
_END_OFFER = Prepared(update(_o).where(_o.c.id == bindparam("b_id")).values(_values("ended_at", "ended_as")))
_END_OWNER = Prepared(
    update(_p)
    .where(
        _p.c.interaction_id == bindparam("b_interaction"),
        _p.c.role == literal_column("'owner'"),
        _p.c.left_at.is_(None),
    )
    .values(_values("left_at"))
)
_UPDATE_DELIVERY = Prepared(
    update(_m).where(_m.c.id == bindparam("b_id")).values(_values("delivery", "error", "provider_id"))
)
_FINISH_REQUEST = Prepared(
    update(_x).where(_x.c.id == bindparam("b_id")).values(_values("state", "provider_id", "error"))
)
_UPDATE_SCRIPT_RUN = Prepared(
    update(_r)
    .where(_r.c.interaction_id == bindparam("b_interaction"), _r.c.script_id == bindparam("b_script"))
    .values(_values("run", "language", "script", "script_version"))
)
_UPDATE_AGENT = Prepared(
    update(_a)
    .where(_a.c.agent_id == bindparam("b_agent"), _a.c.version == bindparam("b_version"))
    .values(_values("state", "load", "routing", "version"))
)
