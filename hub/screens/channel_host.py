"""The hub as the channels see it: `channels.channel.Hub`.

The rule of this file: `accept` returns once the notices are committed and flushed (P1): decided, in the transaction
of the decision, where this process routes and is not behind, or is an edge of one that does; alone, as rows of the
inbox, everywhere else. All reads go to storage, so every process gives the same answer.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

from channels.channel import (
    AgentCall,
    Announcement,
    AskedCall,
    CallArrived,
    ChatMessage,
    ConnectAgent,
    ConnectParty,
    ConsentQuestion,
    DeliveryState,
    IdentityLevel,
    Media,
    MenuAnswered,
    MenuPage,
    MenuState,
    MenuTurn,
    Notice,
    OpenCall,
    Request,
    WaitingPlace,
)
from channels.registry import list_calls
from hub.batch.pending import WayIn
from hub.batch.transcript import CHAT_STATES, view_chat_message
from hub.call_lifecycle import AGENT_LOST, GIVEN_BACK, IN_MENU, LINELESS, CallState, PartyState
from hub.calls.asked_appointments import name_appointment
from hub.clock import Clock
from hub.policies.call_times import find_timed_queue, list_call_times
from hub.policies.stored_versions import get_newest_book, load_book
from hub.routing_process.estimating import round_to_minutes
from hub.screens.menu_turns import MenuTurns
from hub.sending.address_keys import address_key
from hub.sending.consents import find_standing, is_to_be_asked
from hub.sending.may_send import NOBODY
from hub.storage import appointments, calls_and_chats, consents, inbox, lease, outbox, parties, transcripts, waiting
from hub.storage.appointments import Appointment
from hub.storage.calls_and_chats import StoredCall
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, REQUESTS
from hub.storage.inbox import Arrival, Inbox
from hub.storage.media import MediaStore
from hub.storage.parties import StoredParty
from hub.storage.transcripts import StoredMessage
from routing.model import ChannelName, InteractionState

_RINGS_HOLDER = (CallState.CONNECTING, *AGENT_LOST)  # the leg of the call's holder is being called, or will be
MOST_REMEMBERED = 4_096  # delivery keys; a provider that repeats itself does so within seconds

_CONNECTING = (ConnectAgent.__name__, ConnectParty.__name__)
_ARRIVED_OR_FAILED = (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED)


class ChannelHost:
    def __init__(
        self,
        db: Database,
        inbox: Inbox,
        media: MediaStore,
        clock: Clock,
        way_in: WayIn,
        wake_router: Callable[[], None],
    ) -> None:
        self._db, self._inbox, self._media, self._clock = db, inbox, media, clock
        self._way_in, self._wake_router = way_in, wake_router
        self._menus = MenuTurns(db, clock)
        self._accepting = 0
        self._stored: OrderedDict[str, None] = OrderedDict()  # keys of the last deliveries on disk

    def count_accepting(self) -> int:
        """Deliveries that are being stored alone at this moment."""
        return self._accepting

    async def accept(self, notices: Sequence[Notice]) -> None:
        """A repetition of what this process has stored a moment ago costs nothing. Whatever it does not remember, the
        unique key in the database tells apart."""
        if all(notice.key in self._stored for notice in notices):
            return
        await self._store(notices)
        self._stored.update(dict.fromkeys(notice.key for notice in notices))
        while len(self._stored) > MOST_REMEMBERED:
            self._stored.popitem(last=False)

    async def _store(self, notices: Sequence[Notice]) -> None:
        now = self._clock.now()
        arrivals = [Arrival(n.key, type(n).__name__, ARRIVALS.encode(n), now) for n in notices]
        if await self._way_in.offer(arrivals, notices):
            return
        self._accepting += 1
        try:
            await self._inbox.put(arrivals)
        finally:
            self._accepting -= 1
        self._wake_router()

    async def store_media(self, data: bytes, name: str, content_type: str, key: str = "") -> Media:
        stored = await self._media.store(data, name, content_type, key)
        return Media(ref=stored.ref, name=name, content_type=content_type, size=len(data), sha256=stored.sha256)

    async def store_stream(self, chunks: AsyncIterator[bytes], name: str, content_type: str, key: str = "") -> Media:
        stored = await self._media.store_stream(chunks, name, content_type, key)
        return Media(stored.ref, name, content_type, stored.size, stored.sha256)

    async def is_media_whole(self, ref: str, sha256: str) -> bool:
        return await self._media.is_whole(ref, sha256)

    async def find_announcement(
        self, arrival: CallArrived, choice: MenuAnswered | None = None
    ) -> Announcement | None:
        return await self._menus.find_announcement(arrival, choice)

    async def find_place(self, address: str) -> WaitingPlace | None:
        async with self._db.read() as conn:
            place = await calls_and_chats.find_stored_place(conn, address)
            if place is None or place.call_state in IN_MENU:
                return None
            waits = place.state in (InteractionState.WAITING, InteractionState.OFFERED)
            if not waits or place.call_state in GIVEN_BACK:
                return WaitingPlace(None, place.language)  # a customer who gave the line back is being told so
            book = await load_book(conn) if place.state == InteractionState.WAITING else None
            rank = (place.rank_band, place.rank_at, place.rank_sequence)
            ahead = await waiting.count_before(conn, place.queue, *rank)
        estimated_at = place.estimated_at
        if place.answered_at and estimated_at and estimated_at < place.state_at:
            estimated_at = None  # estimated in an earlier queue, before an agent handed the call on
        minutes = round_to_minutes(place.wait, estimated_at, self._clock.now())
        callback = book.find_callback(place.queue) if book is not None else None
        if callback is None or place.address.startswith(NOBODY):
            return WaitingPlace(ahead + 1, place.language, minutes)
        return WaitingPlace(ahead + 1, place.language, minutes, callback.key, callback.appointment_key)

    async def open_menu(self, arrival: CallArrived) -> MenuPage | None:
        return await self._menus.open(arrival)

    async def answer_menu(self, state: MenuState, keys: str, speech: str, arrival: CallArrived) -> MenuTurn:
        return await self._menus.answer(state, keys, speech, arrival)

    async def list_call_times(self, channel: str, chat_id: str) -> Sequence[int]:
        async with self._db.read() as conn:
            book = await load_book(conn)
            place = await calls_and_chats.find_stored_place(conn, chat_id)
        if book is None:
            return ()
        entered = place.queue if place is not None else book.get_entry(ChannelName(channel), "").queue
        queue = find_timed_queue(book, entered, ChannelName(list_calls()[0]))
        return list_call_times(book, queue, self._clock.now()) if queue is not None else ()

    async def list_asked_calls(self, chat_id: str) -> Sequence[AskedCall]:
        async with self._db.read() as conn:
            return [_view_asked(one) for one in await appointments.list_asked_in(conn, chat_id)]

    async def find_asked_call(self, asked_in: str, wish_id: str) -> AskedCall | None:
        async with self._db.read() as conn:
            found = await appointments.find(conn, name_appointment(asked_in, wish_id))
        return None if found is None else _view_asked(found)

    async def list_consent_questions(
        self, channel: str, address: str, level: IdentityLevel, language: str
    ) -> Sequence[ConsentQuestion]:
        key, name = address_key(ChannelName(channel), address, level), ChannelName(channel)
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            asked = {purpose: rule for purpose, rule in book.consents.items() if rule.ask_in_chat}
            stands = (await consents.find_standings(conn, [key])).get(key, ()) if asked else ()
        first = book.document.languages[0]
        return [
            ConsentQuestion(purpose, *rule.find_text(language, first))
            for purpose, rule in asked.items()
            if is_to_be_asked(rule, find_standing(stands, purpose, name), self._clock.now())
        ]

    async def read_chat(self, chat_id: str, after: int, most: int) -> Sequence[ChatMessage]:
        messages: list[StoredMessage] = []
        async with self._db.read() as conn:
            for interaction_id in await calls_and_chats.list_chat_interactions(conn, chat_id, after):
                # one query per interaction: the index has the messages of each in order
                messages += await transcripts.list_after(conn, interaction_id, after, most - len(messages))
            ahead = await lease.find_wall_ahead(conn) if messages else 0
        return [view_chat_message(message, ahead) for message in messages]

    async def read_chat_state(self, chat_id: str) -> str:
        async with self._db.read() as conn:
            state = await calls_and_chats.find_chat_state(conn, chat_id)
        return "" if state is None else CHAT_STATES.get(InteractionState(state), "waiting")

    async def read_standings(self, chat_ids: Collection[str]) -> Mapping[str, tuple[str, int, str]]:
        async with self._db.read() as conn:
            return await read_standings(conn, chat_ids)

    async def read_open_calls(self) -> Sequence[OpenCall]:
        async with self._db.read() as conn:
            calls = await calls_and_chats.list_open_calls(conn, LINELESS)
            rows = await parties.list_open(conn)
            unknown = await outbox.list_unknown_legs(conn, _CONNECTING)
        legs: dict[str, list[StoredParty]] = {}
        for one in rows:
            legs.setdefault(one.interaction_id, []).append(one)
        return [
            _view_call(call, legs.get(call.interaction_id, ()), is_unsure=call.interaction_id in unknown)
            for call in calls
        ]

    async def find_agent_call(self, call_id: str, outbox_id: str) -> AgentCall | None:
        async with self._db.read() as conn:
            call = await calls_and_chats.find_call_to_answer(conn, outbox_id, call_id, _RINGS_HOLDER)
            party = await parties.find_to_answer(conn, outbox_id, call_id, PartyState.CALLING)
        if party is not None:
            return AgentCall(party.language, party.customer_name, _shown(party.address))
        if call is None:
            return None
        return AgentCall(call.language, call.customer_name, _shown(call.address))

    async def find_request(self, outbox_id: str) -> Request | None:
        async with self._db.read() as conn:
            body = await outbox.find_body(conn, outbox_id)
        return REQUESTS.decode(body) if body is not None else None

    async def find_heard(self, keys: Collection[str]) -> Collection[str]:
        async with self._db.read() as conn:
            return await inbox.find_heard(conn, keys)

    async def find_sent(self, provider_ids: Collection[str]) -> Mapping[str, str]:
        async with self._db.read() as conn:
            return await transcripts.find_under_way(conn, provider_ids, _ARRIVED_OR_FAILED)


def _view_call(call: StoredCall, of_call: Sequence[StoredParty], *, is_unsure: bool) -> OpenCall:
    """`is_unsure`: a leg may have been called that nobody knows. If the lists name it, the hub sends it away."""
    is_connecting = (
        is_unsure or call.call_state in _RINGS_HOLDER or any(one.state == PartyState.CALLING for one in of_call)
    )
    return OpenCall(
        call.call_id, call.leg_ref, is_connecting, tuple((one.id, one.leg_ref) for one in of_call if one.leg_ref)
    )


def _view_asked(one: Appointment) -> AskedCall:
    return AskedCall(one.id, one.wall_at, one.address, one.note, one.refused)


def _shown(address: str) -> str:
    """The customer's number; empty if it is withheld."""
    return "" if address.startswith(NOBODY) else address


async def read_standings(conn: Connection, chat_ids: Collection[str]) -> dict[str, tuple[str, int, str]]:
    """For each chat: its state as the customer sees it, the number of its newest message, and its agent's name."""
    standings = {}
    for chat_id, one in (await calls_and_chats.list_standings(conn, chat_ids)).items():
        shown = CHAT_STATES.get(InteractionState(one.state), "waiting")
        standings[chat_id] = (shown, one.last_number, one.agent_name if shown == "active" else "")
    return standings


async def read_places(conn: Connection, now: int) -> dict[str, tuple[int, int | None, int]]:
    """For every waiting chat: its position in its queue over all channels, the minutes that the customer is told, and
    since when it waits. The instant is part of it because a page forgets its place when the chat goes on or is
    paused."""
    return {
        place.chat_id: (place.position, round_to_minutes(place.wait, place.estimated_at, now), place.since)
        for place in await waiting.list_chat_places(conn)
    }
