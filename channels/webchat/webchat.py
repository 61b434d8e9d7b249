"""Web chat: the hub's own channel, spoken by the widget over Socket.IO (its protocol: `channels.webchat.chat_wire`).

The rule of this file: the hub's storage is the truth. A customer's message is acknowledged once the hub has stored
it. A message to the customer is stored first; a page that misses it reads it later by its number. So a connection
remembers little, and losing one loses nothing.

The server must be made with `async_handlers=False` (one event of a client at a time, in order) and with the same
origins. A chat begins with its first message, so an open page alone makes no work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import socketio
import structlog
from aiohttp import web

from channels.channel import (
    ChatLeft,
    ChatMessage,
    ChatOpened,
    DeliveryReported,
    DeliveryState,
    Hub,
    IdentityLevel,
    MessageReceived,
    Route,
)
from channels.webchat.asked_calls import AskedCalls, Asking
from channels.webchat.chat_wire import (
    NAMESPACE,
    PAGE,
    Answer,
    AnswerConsent,
    AskCall,
    CallTimes,
    CancelCall,
    Consents,
    Event,
    EventRefused,
    Leave,
    Open,
    Received,
    Say,
    Typing,
    build_message,
    parse_event,
)
from channels.webchat.consent_questions import AskedConsents
from channels.webchat.guard import Cap, ChatAllowance, Guard
from channels.webchat.identity import build_token, is_proven, read_identity

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebchatSettings:
    secret: str  # signs the chats' tokens; another secret makes every open chat unknown
    origins: tuple[str, ...]  # of the pages that carry the widget, e.g. "https://bank.example"
    identity_secret: str = ""  # the host site has it too; empty: nobody is verified
    address: str = "webchat"  # the address of ours that messages are for
    events_per_second: float = 5.0  # for one connection, after a burst
    burst: int = 30
    messages_per_minute: int = 120  # for one chat
    messages_per_hour: int = 1_200
    chats_per_address_per_hour: int = 60  # so many may begin
    chats_per_origin_per_minute: int = 3_000
    open_within_seconds: float = 10.0
    begin_within_seconds: float = 120.0  # from opening a chat to its first message


CountedInCaps = list[tuple[Cap, str]]


@dataclass(slots=True)
class ChatConnection:
    """One connection. `opening` waits for the chat's first message, and is stored with it. `share`: the name under
    which the caps per address count this client; None if they do not."""

    allowance: ChatAllowance
    origin: str = ""
    share: str | None = None
    opened_at: float = 0.0
    chat_id: str = ""
    address: str = ""
    name: str = ""
    language: str = ""
    level: IdentityLevel = IdentityLevel.CLAIMED
    opening: ChatOpened | None = None


class WebchatChannel:
    name = "webchat"

    def __init__(
        self,
        settings: WebchatSettings,
        hub: Hub,
        server: socketio.AsyncServer,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        heard_typing: Callable[[str], Awaitable[None]] | None = None,
        find_share: Callable[[web.Request], str | None] = lambda request: request.remote,
    ) -> None:
        """`clock`: seconds, never set; clients are counted and waited for by it. `wall`: seconds since 1970, as
        people's clocks show them; an identity expires by it. `heard_typing` gets the chat id of a customer who is
        writing. `find_share`: the name under which a client is counted, or None if it is not."""
        if server.async_handlers:
            raise ValueError("web chat needs a Socket.IO server with async_handlers=False")
        self._settings, self._hub, self._server, self._clock, self._wall = settings, hub, server, clock, wall
        self._heard_typing, self._find_share = heard_typing, find_share
        self._connections: dict[str, ChatConnection] = {}  # by the connection's id in our namespace
        self._guard = Guard(server, NAMESPACE)
        self._minutely = Cap(settings.messages_per_minute, 60, clock)
        self._hourly = Cap(settings.messages_per_hour, 3_600, clock)
        self._begun_here = Cap(settings.chats_per_address_per_hour, 3_600, clock)
        self._begun_there = Cap(settings.chats_per_origin_per_minute, 60, clock)
        self._calls = AskedCalls(hub, clock)
        self._consents = AskedConsents(hub)
        self._sweeper: asyncio.Task[None] | None = None

    def routes(self) -> Sequence[Route]:
        return ()

    async def start(self) -> None:
        for event, handler in {
            "connect": self.on_connect,
            "disconnect": self.on_disconnect,
            "*": self.on_event,
        }.items():
            self._server.on(event, handler=handler, namespace=NAMESPACE)
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="webchat sweeper")

    async def stop(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)

    # From the hub to the customer.

    async def tell_message(self, chat_id: str, message: ChatMessage) -> None:
        """Show a message of the transcript on the pages that have the chat open; it may be the customer's own. A page
        that is away reads it later."""
        await self._tell(chat_id, "message", build_message(message))

    async def tell_chat(
        self,
        chat_id: str,
        state: str,
        position: int | None,
        *,
        minutes: int | None = None,
        number: int = 0,
        agent_name: str = "",
    ) -> None:
        """Show the chat's state or, while it waits, its place. `number`: of its newest message, so that a page sees a
        gap."""
        if state == "waiting" and position is not None:
            await self._tell(chat_id, "position", {"position": position, "minutes": minutes, "number": number})
        else:
            await self._tell(chat_id, "state", {"state": state, "number": number, "agent_name": agent_name})

    def is_open(self, chat_id: str) -> bool:
        """Whether a page of this process has the chat open."""
        return any(True for _ in self._server.manager.get_participants(NAMESPACE, chat_id))

    def open_chats(self) -> set[str]:
        """The chats that have begun and that pages of this process have open."""
        return {c.chat_id for c in self._connections.values() if c.chat_id and c.opening is None}

    async def tell_typing(self, chat_id: str) -> None:
        await self._tell(chat_id, "typing", {})

    async def _tell(self, chat_id: str, event: str, data: Answer) -> None:
        await self._server.emit(event, data, room=chat_id, namespace=NAMESPACE)

    # From the customer's widget. If it sends events named "connect" or "disconnect", they change nothing.

    async def on_connect(self, sid: str, environ: Any = None, *auth: object) -> bool:
        """Let in pages of ours and of the host site. Without an Origin it is no page, or our own by polling."""
        if self._server.manager.is_connected(sid, NAMESPACE):
            return True
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin not in self._settings.origins:
            return False
        allowance = ChatAllowance(left=self._settings.burst, counted_at=self._clock())
        share = self._find_share(environ["aiohttp.request"])
        self._connections[sid] = ChatConnection(allowance, origin or "", share)
        return True

    async def on_disconnect(self, sid: str, *reason: object) -> None:
        if not self._server.manager.is_connected(sid, NAMESPACE):
            self._connections.pop(sid, None)

    async def on_event(self, name: str, sid: str, *data: object) -> Answer:
        connection = self._connections.get(sid)
        try:
            if connection is None:
                raise EventRefused("not_open")
            if not connection.allowance.take(self._clock(), self._settings.events_per_second, self._settings.burst):
                raise EventRefused("too_fast")
            return await self._answer(sid, connection, parse_event(name, data))
        except EventRefused as refused:
            return {"code": refused.code}
        except Exception:  # the hub could not store or read; the widget tries again
            log.exception("webchat event failed", event_name=name, chat_id=connection.chat_id if connection else "")
            return {"code": "try_again"}

    async def _answer(self, sid: str, connection: ChatConnection, event: Event) -> Answer:
        if isinstance(event, Open):
            return await self._open(sid, connection, event)
        if not connection.chat_id:
            raise EventRefused("not_open")
        match event:
            case Say():
                return await self._say(connection, event)
            case Received():
                return await self._received(connection, event)
            case Leave():
                if connection.opening is None:
                    key = f"webchat:{connection.chat_id}:left:{event.id}"
                    await self._hub.accept([ChatLeft(key=key, chat_id=connection.chat_id)])
            case CallTimes():
                connection.opened_at = self._clock()  # choosing a time takes a while
                return await self._calls.list_times(self.name, connection.chat_id)
            case AskCall():
                return await self._calls.ask(self._name_asking(connection), connection.share, event)
            case Consents():
                who = (self.name, connection.address, connection.level, connection.language)
                return await self._consents.list_questions(*who)
            case AnswerConsent():
                counted = self._count(connection)
                try:
                    return await self._consents.answer(connection.chat_id, connection.opening is None, event)
                except Exception:  # not stored: the widget says it again
                    give_back(counted)
                    raise
            case CancelCall():
                await self._calls.cancel(connection.chat_id, event.id)
            case Typing():
                if connection.opening is None and self._heard_typing is not None:
                    await self._heard_typing(connection.chat_id)
            case _:
                raise AssertionError(f"no answer to {event!r}")
        return {"ok": True}

    async def _open(self, sid: str, connection: ChatConnection, event: Open) -> Answer:
        if event.chat_id and not is_proven(self._settings.secret, event.chat_id, event.token):
            raise EventRefused("unknown_chat")
        settings = self._settings
        identity = read_identity(settings.identity_secret, event.identity, self._wall()) if event.identity else None
        chat_id = event.chat_id or uuid4().hex
        if connection.chat_id not in ("", chat_id):
            await self._server.leave_room(sid, connection.chat_id, namespace=NAMESPACE)
        # Enter the room before reading, so that a message in between comes twice rather than never.
        await self._server.enter_room(sid, chat_id, namespace=NAMESPACE)
        state, place, messages = "", None, list[ChatMessage]()
        if event.chat_id:
            state = await self._hub.read_chat_state(chat_id)
            messages = list(await self._hub.read_chat(chat_id, event.after, PAGE + 1))
        if state == "waiting":
            place = await self._hub.find_place(chat_id)
        connection.chat_id, connection.language, connection.opened_at = chat_id, event.language, self._clock()
        connection.address, connection.name = (identity.address, identity.name) if identity else (chat_id, event.name)
        connection.level = IdentityLevel.VERIFIED if identity else IdentityLevel.CLAIMED
        connection.opening = None if state else build_opening(connection, event.page)
        return {
            "chat_id": chat_id,
            "token": build_token(settings.secret, chat_id),
            "state": state,
            "position": place.position if place else None,
            "minutes": place.minutes if place else None,
            "messages": [build_message(message) for message in messages[:PAGE]],
            "has_more": len(messages) > PAGE,
        }

    async def _say(self, connection: ChatConnection, event: Say) -> Answer:
        counted = self._count(connection)
        said = MessageReceived(
            key=f"webchat:{connection.chat_id}:{event.id}",
            from_address=connection.address,
            to_address=self._settings.address,
            text=event.text,
            identity_level=connection.level,
            provider_id=event.id,
            from_name=connection.name,
            language=connection.language,
            chat_id=connection.chat_id,
            name_claimed=connection.name,
        )
        try:
            await self._hub.accept([said] if connection.opening is None else [connection.opening, said])
        except Exception:  # not stored: the widget says it again
            give_back(counted)
            raise
        connection.opening = None
        return {"id": event.id, "ok": True}

    def _name_asking(self, connection: ChatConnection) -> Asking:
        return Asking(
            self.name,
            connection.chat_id,
            connection.address,
            connection.level,
            connection.name,
            connection.language,
        )

    def _count(self, connection: ChatConnection) -> CountedInCaps:
        """Count this message. Raises EventRefused if this address or site may begin no more chats, or this chat
        may say no more. A chat that may not begin is not counted, so nobody fills the memory with invented chats."""
        wanted: list[tuple[Cap, str, str]] = []
        if connection.opening is not None:
            if connection.share is not None:
                wanted.append((self._begun_here, connection.share, "too_many_chats"))
            wanted.append((self._begun_there, connection.origin, "too_many_chats"))
        wanted += [(cap, connection.chat_id, "too_many_messages") for cap in (self._minutely, self._hourly)]
        counted: CountedInCaps = []
        for cap, key, code in wanted:
            if not cap.take(key):
                give_back(counted)
                raise EventRefused(code)
            counted.append((cap, key))
        return counted

    async def _received(self, connection: ChatConnection, event: Received) -> Answer:
        state = DeliveryState.READ if event.is_read else DeliveryState.DELIVERED
        arrived = [
            message
            for message in await self._hub.read_chat(connection.chat_id, event.after, PAGE)
            if message.author == "agent" and message.number <= event.number
        ]
        if arrived:
            await self._hub.accept(
                [
                    DeliveryReported(
                        key=f"webchat:{connection.chat_id}:{message.number}:{state}",
                        state=state,
                        outbox_id=message.message_id,
                        provider_id=f"{connection.chat_id}:{message.number}",
                    )
                    for message in arrived
                ]
            )
        return {"ok": True}

    async def sweep(self) -> None:
        """Cut off clients that have opened no chat since the sweep before last, or have opened one and said
        nothing."""
        latest = self._clock() - self._settings.begin_within_seconds
        busy = {
            sid
            for sid, connection in self._connections.items()
            if connection.chat_id and (connection.opening is None or connection.opened_at > latest)
        }
        await self._guard.sweep(busy)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.open_within_seconds)
            await self.sweep()


def give_back(counted: CountedInCaps) -> None:
    for cap, key in counted:
        cap.give_back(key)


def build_opening(connection: ChatConnection, page: str) -> ChatOpened:
    return ChatOpened(
        key=f"webchat:{connection.chat_id}:opened",
        chat_id=connection.chat_id,
        language=connection.language,
        page=page,
        name_claimed=connection.name,
        address=connection.address,
        identity_level=connection.level,
    )
