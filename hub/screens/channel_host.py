"""The hub as the channels see it: `channels.channel.Hub`.

The rule of this file: `accept` returns when the notices are committed and flushed, and never earlier (P1). What is
read here is read from storage, so it is the same in every process.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, RowMapping, func, select

from channels.channel import AgentCall, ChatMessage, DeliveryState, Media, Notice, OpenCall, Request, WaitingPlace
from hub.batch.transcript import CHAT_STATES, view_chat_message
from hub.clock import Clock
from hub.open_work.floor import GIVEN_BACK
from hub.policies.stored_versions import load_book
from hub.routing_process.estimating import minutes_of
from hub.sending.agent_phones import name_connection
from hub.sending.may_send import NOBODY
from hub.storage import tables
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, REQUESTS
from hub.storage.inbox import Arrival, Inbox
from hub.storage.media import MediaStore
from routing.model import InteractionState

_ARRIVED_OR_FAILED = (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED)


class ChannelHost:
    def __init__(
        self, db: Database, inbox: Inbox, media: MediaStore, clock: Clock, wake_router: Callable[[], None]
    ) -> None:
        self._db, self._inbox, self._media, self._clock, self._wake_router = db, inbox, media, clock, wake_router
        self._accepting = 0

    def count_accepting(self) -> int:
        """Deliveries that are being stored at this moment."""
        return self._accepting

    async def accept(self, notices: Sequence[Notice]) -> None:
        now = self._clock.now()
        arrivals = [Arrival(n.key, type(n).__name__, ARRIVALS.encode(n), now) for n in notices]
        self._accepting += 1
        try:
            await self._inbox.put(arrivals)
        finally:
            self._accepting -= 1
        self._wake_router()

    async def store_media(self, data: bytes, name: str, content_type: str) -> Media:
        stored = await self._media.store(data, name, content_type)
        return Media(ref=stored.ref, name=name, content_type=content_type, size=len(data))

    async def find_place(self, address: str) -> WaitingPlace | None:
        i, e = tables.interaction, tables.estimate
        mine = select(i, e.c.at.label("estimated_at"), e.c.wait).outerjoin(e, e.c.interaction_id == i.c.id)
        mine = mine.where(i.c.provider_ref == address, i.c.closed_at.is_(None))
        async with self._db.read() as conn:
            row = (await conn.execute(mine)).mappings().first()
            if row is None:
                return None
            waits = row["state"] in (InteractionState.WAITING, InteractionState.OFFERED)
            if not waits or row["call_state"] in GIVEN_BACK:
                return WaitingPlace(None, row["language"])  # who has given the line back is about to hear so
            book = await load_book(conn) if row["state"] == InteractionState.WAITING else None
            before = ranked_before(row["rank_band"], row["rank_at"], row["rank_sequence"])
            ahead = await conn.scalar(select(func.count()).select_from(i).where(*waits_in(row["queue"]), before))
        estimated_at = row["estimated_at"]
        if row["answered_at"] and estimated_at and estimated_at < row["state_at"]:
            estimated_at = None  # of another queue, before an agent handed it on
        minutes = minutes_of(row["wait"], estimated_at, self._clock.now())
        callback = book.find_callback(row["queue"]) if book is not None else None
        key = callback.key if callback is not None and not row["address"].startswith(NOBODY) else ""
        return WaitingPlace(ahead + 1, row["language"], minutes, key)

    async def read_chat(self, chat_id: str, after: int, most: int) -> Sequence[ChatMessage]:
        i, m = tables.interaction, tables.message
        of_chat = select(i.c.id).where(i.c.provider_ref == chat_id, i.c.last_number > after).order_by(i.c.entered_at)
        rows: list[RowMapping] = []
        async with self._db.read() as conn:
            for interaction_id in (await conn.scalars(of_chat)).all():  # one by one: the index has each in order
                query = select(m).where(m.c.interaction_id == interaction_id, m.c.number > after)
                query = query.order_by(m.c.seq).limit(most - len(rows))
                rows += (await conn.execute(query)).mappings().all()
            ahead = await conn.scalar(select(tables.lease.c.wall_ahead)) if rows else None
        return [view_chat_message(row, ahead or 0) for row in rows]

    async def read_chat_state(self, chat_id: str) -> str:
        i = tables.interaction
        query = select(i.c.state).where(i.c.provider_ref == chat_id).order_by(i.c.entered_at.desc()).limit(1)
        async with self._db.read() as conn:
            state = await conn.scalar(query)
        return "" if state is None else CHAT_STATES.get(InteractionState(state), "waiting")

    async def read_standings(self, chat_ids: Collection[str]) -> Mapping[str, tuple[str, int, str]]:
        async with self._db.read() as conn:
            return await read_standings(conn, chat_ids)

    async def read_open_calls(self) -> Sequence[OpenCall]:
        i = tables.interaction
        query = select(i.c.provider_ref, i.c.leg_ref, i.c.call_state).where(i.c.closed_at.is_(None))
        query = query.where(i.c.channel == "phone", i.c.call_state.not_in(("over", "given_back")))
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return [OpenCall(row.provider_ref, row.leg_ref, row.call_state == "connecting") for row in rows]

    async def find_agent_call(self, call_id: str, outbox_id: str) -> AgentCall | None:
        i, c, s = tables.interaction, tables.customer, tables.staff
        interaction_id = outbox_id.partition(".")[0]
        query = select(i.c.accepted_at, i.c.address, c.c.name, s.c.language).join(c, c.c.id == i.c.customer_id)
        query = query.join(s, s.c.id == i.c.agent_id).where(i.c.id == interaction_id)
        query = query.where(i.c.provider_ref == call_id, i.c.state == "active", i.c.call_state == "connecting")
        async with self._db.read() as conn:
            row = (await conn.execute(query)).first()
        if row is None or outbox_id != name_connection(interaction_id, row.accepted_at):
            return None
        return AgentCall(row.language, row.name, "" if row.address.startswith(NOBODY) else row.address)

    async def find_request(self, outbox_id: str) -> Request | None:
        x = tables.outbox
        async with self._db.read() as conn:
            body = await conn.scalar(select(x.c.body).where(x.c.id == outbox_id))
        return REQUESTS.decode(body) if body is not None else None

    async def find_heard(self, keys: Collection[str]) -> Collection[str]:
        key = tables.inbox.c.key
        async with self._db.read() as conn:
            return set(await conn.scalars(select(key).where(key.in_(keys))))

    async def find_sent(self, provider_ids: Collection[str]) -> Mapping[str, str]:
        m = tables.message
        query = select(m.c.provider_id, m.c.id).where(m.c.provider_id.in_(provider_ids), m.c.provider_id != "")
        query = query.where(m.c.kind == "agent", m.c.delivery.not_in(_ARRIVED_OR_FAILED))
        async with self._db.read() as conn:
            return {row.provider_id: row.id for row in await conn.execute(query)}


def waits_in(queue: str) -> tuple[ColumnElement[bool], ...]:
    i = tables.interaction
    return i.c.closed_at.is_(None), i.c.queue == queue, i.c.state.in_(["waiting", "offered"])


def ranked_before(band: int, at: int, sequence: int) -> ColumnElement[bool]:
    i = tables.interaction
    return (i.c.rank_band < band) | (
        (i.c.rank_band == band) & ((i.c.rank_at < at) | ((i.c.rank_at == at) & (i.c.rank_sequence < sequence)))
    )


async def read_standings(conn: Connection, chat_ids: Collection[str]) -> dict[str, tuple[str, int, str]]:
    """Of each of these chats: its state as the customer sees it, its newest message's number, its agent's name."""
    i, s = tables.interaction, tables.staff
    query = select(i.c.provider_ref, i.c.state, i.c.last_number, s.c.name).outerjoin(s, s.c.id == i.c.agent_id)
    query = query.where(i.c.provider_ref.in_(chat_ids)).order_by(i.c.entered_at)
    standings = {}
    for chat_id, state, number, name in await conn.execute(query):
        shown = CHAT_STATES.get(InteractionState(state), "waiting")
        standings[chat_id] = (shown, number, name or "" if shown == "active" else "")
    return standings


async def read_places(conn: Connection, now: int) -> dict[str, tuple[int, int | None, int]]:
    """Of every chat that waits: its position in its queue, all channels counted, and the minutes that are said; and
    since when it waits: a page forgets its place when the chat goes on or is paused."""
    i, e = tables.interaction, tables.estimate
    order = func.row_number().over(partition_by=i.c.queue, order_by=(i.c.rank_band, i.c.rank_at, i.c.rank_sequence))
    waits = i.c.closed_at.is_(None), i.c.state.in_(["waiting", "offered"])
    placed = (
        select(i.c.id, i.c.provider_ref, i.c.channel, i.c.state_at, order.label("position")).where(*waits).subquery()
    )
    query = select(placed.c.provider_ref, placed.c.position, placed.c.state_at, e.c.at, e.c.wait)
    query = query.outerjoin(e, e.c.interaction_id == placed.c.id).where(placed.c.channel == "webchat")
    rows = await conn.execute(query)
    return {row.provider_ref: (row.position, minutes_of(row.wait, row.at, now), row.state_at) for row in rows}
