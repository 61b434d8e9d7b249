"""The contract of every channel with the hub, as a suite. A test module subclasses `ChannelContract` and gives its
channel.

`MemoryHub` is the hub as an adapter sees it. It speaks `channels.channel.Hub` and, like the inbox, keeps each
accepted notice under its key.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Middleware

from channels.channel import (
    After,
    AgentCall,
    Announcement,
    AskedCall,
    CallAgent,
    CallArrived,
    CallCustomer,
    Channel,
    ChannelError,
    ChatMessage,
    ConnectAgent,
    ConsentQuestion,
    FetchVoicemail,
    HangUp,
    HoldCall,
    IdentityLevel,
    Media,
    MenuAnswered,
    MenuPage,
    MenuState,
    MenuTurn,
    Notice,
    OpenCall,
    Request,
    Route,
    Sends,
    Speak,
    TextOut,
    WaitingPlace,
)
from channels.registry import REGISTRY

DOORS = {"provider", "public", "sandbox"}
REQUESTS = (
    TextOut("out-1", "to", "from", "Hej Søren, 您好"),
    ConnectAgent("out-2", "call", "client:ada", "from"),
    HoldCall("out-3", "call", "leg", on=True),
    HangUp("out-4", "call", "leg"),
    Speak("out-5", "call", "Vi har stängt 已下班", "zh-CN", After.END),
    CallCustomer("out-6", "to", "from", "Ni bad oss ringa 您要求我们回电", "zh-CN", 25),
    FetchVoicemail("out-7", "call"),
    CallAgent("out-8", "call", "+46701749001", "from"),
)


class MemoryHub:
    def __init__(self) -> None:
        self.notices: dict[str, Notice] = {}
        self.deliveries = 0
        self.consent_questions: list[ConsentQuestion] = []
        self.media: dict[str, bytes] = {}
        self.places: dict[str, WaitingPlace] = {}
        self.chats: dict[str, list[ChatMessage]] = {}
        self.chat_states: dict[str, str] = {}
        self.open_calls: list[OpenCall] = []
        self.agent_calls: dict[tuple[str, str], AgentCall] = {}  # by call and request
        self.requests: dict[str, Request] = {}  # by outbox id
        self.sent: dict[str, str] = {}  # provider id -> outbox id of what has not arrived yet
        self.first_pages: dict[str, MenuPage] = {}  # by our number
        self.announcements: dict[str, Announcement] = {}  # by our number
        self.turns: dict[tuple[str, str, str], MenuTurn] = {}  # by menu, keys and speech
        self.menu_states: list[MenuState] = []  # of every answer
        self.call_times: list[int] = []
        self.asked_calls: dict[tuple[str, str], AskedCall] = {}  # by chat or call, and wish
        self.is_away = False
        self._changed = asyncio.Condition()

    async def accept(self, notices: Sequence[Notice]) -> None:
        if self.is_away:
            raise ConnectionError("the database is away")
        async with self._changed:
            for notice in notices:
                self.deliveries += 1
                self.notices.setdefault(notice.key, notice)
            self._changed.notify_all()

    async def store_media(self, data: bytes, name: str, content_type: str, key: str = "") -> Media:
        ref = f"media-{key or len(self.media)}"
        self.media[ref] = data
        return Media(ref, name, content_type, len(data))

    async def store_stream(self, chunks: AsyncIterator[bytes], name: str, content_type: str, key: str = "") -> Media:
        data = b"".join([chunk async for chunk in chunks])
        return replace(await self.store_media(data, name, content_type, key), sha256=hashlib.sha256(data).hexdigest())

    async def is_media_whole(self, ref: str, sha256: str) -> bool:
        return ref in self.media and hashlib.sha256(self.media[ref]).hexdigest() == sha256

    async def find_announcement(
        self, arrival: CallArrived, choice: MenuAnswered | None = None
    ) -> Announcement | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.announcements.get(arrival.to_address)

    async def find_place(self, address: str) -> WaitingPlace | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.places.get(address)

    async def find_request(self, outbox_id: str) -> Request | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.requests.get(outbox_id)

    async def find_agent_call(self, call_id: str, outbox_id: str) -> AgentCall | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.agent_calls.get((call_id, outbox_id))

    async def open_menu(self, arrival: CallArrived) -> MenuPage | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.first_pages.get(arrival.to_address)

    async def answer_menu(self, state: MenuState, keys: str, speech: str, arrival: CallArrived) -> MenuTurn:
        if self.is_away:
            raise ConnectionError("the database is away")
        self.menu_states.append(state)
        return self.turns.get((state.menu, keys, speech), MenuTurn(None, "", state.language))

    async def list_call_times(self, channel: str, chat_id: str) -> Sequence[int]:
        return self.call_times

    async def list_consent_questions(
        self, channel: str, address: str, level: IdentityLevel, language: str
    ) -> Sequence[ConsentQuestion]:
        return self.consent_questions

    async def list_asked_calls(self, chat_id: str) -> Sequence[AskedCall]:
        return [call for (asked_in, _), call in self.asked_calls.items() if asked_in == chat_id and not call.refused]

    async def find_asked_call(self, asked_in: str, wish_id: str) -> AskedCall | None:
        return self.asked_calls.get((asked_in, wish_id))

    async def read_chat(self, chat_id: str, after: int, most: int) -> Sequence[ChatMessage]:
        return [message for message in self.chats.get(chat_id, []) if message.number > after][:most]

    async def read_chat_state(self, chat_id: str) -> str:
        return self.chat_states.get(chat_id, "")

    async def read_open_calls(self) -> Sequence[OpenCall]:
        return self.open_calls

    async def find_heard(self, keys: Collection[str]) -> Collection[str]:
        return self.notices.keys() & set(keys)

    async def find_sent(self, provider_ids: Collection[str]) -> Mapping[str, str]:
        return {provider_id: self.sent[provider_id] for provider_id in provider_ids if provider_id in self.sent}

    async def wait_until(self, is_there: Callable[[list[Notice]], bool]) -> list[Notice]:
        """The notices, once they are as asked for."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: is_there(list(self.notices.values())))
            return list(self.notices.values())


class Mounted(Protocol):
    def routes(self) -> Sequence[Route]: ...


async def serve(*mounted: Mounted, port: int | None = None, middlewares: Sequence[Middleware] = ()) -> TestClient:
    """Routes on a loopback server; whoever asks closes what it gets."""
    app = web.Application(middlewares=middlewares)
    for part in mounted:
        for route in part.routes():
            app.router.add_route(route.method, route.path, route.handler)
    client: TestClient = TestClient(TestServer(app, port=port))
    await client.start_server()
    return client


class ChannelContract:
    """A subclass gives the fixture `channel`, built with `hub` and unstarted, whose provider cannot be reached."""

    requests: Sequence[type] = ()  # the requests that this channel carries out

    @pytest.fixture
    def hub(self) -> MemoryHub:
        return MemoryHub()

    @pytest.fixture
    def channel(self, hub: MemoryHub) -> Channel:
        raise NotImplementedError

    @pytest.fixture
    async def running(self, channel: Channel, hub: MemoryHub) -> AsyncIterator[tuple[Channel, MemoryHub, TestClient]]:
        await channel.start()
        client = await serve(channel)
        yield channel, hub, client
        await client.close()
        await channel.stop()

    def test_it_has_a_line_in_the_registry_and_says_what_it_is(self, channel: Channel) -> None:
        traits = REGISTRY[channel.name]
        assert traits.name == channel.name
        assert re.fullmatch("[a-z]{1,16}", traits.name) and re.fullmatch("[a-z]{1,16}", traits.address_kind)
        assert {"en", "zh-CN"} <= set(traits.names)
        assert not traits.counted or {"en", "zh-CN"} <= set(traits.counted)
        assert 1 <= traits.points <= 100 and traits.offer_seconds > 0 and traits.head_start_seconds >= 0
        assert 0 < traits.reply_seconds[0] < traits.reply_seconds[1]
        assert (traits.settings is None) == (traits.build is None)

    def test_its_routes_are_its_own_and_say_who_may_come_in(self, channel: Channel) -> None:
        routes = channel.routes()
        assert len({(route.method, route.path) for route in routes}) == len(routes)
        for route in routes:
            assert route.door in DOORS
            assert route.door != "provider" or route.path.startswith(f"/channels/{channel.name}/")

    async def test_no_provider_route_stores_what_is_not_signed(
        self, running: tuple[Channel, MemoryHub, TestClient]
    ) -> None:
        channel, hub, client = running
        for route in channel.routes():
            if route.door == "provider":
                answer = await client.request(route.method, route.path, data={"From": "+46701740601"})
                assert answer.status == 403, route.path
        assert not hub.notices

    def test_it_sends_or_its_customers_read_what_is_stored(self, channel: Channel) -> None:
        assert isinstance(channel, Sends) is not REGISTRY[channel.name].stored_is_sent
        assert isinstance(channel, Sends) is bool(self.requests)

    async def test_it_refuses_what_it_cannot_do_as_our_own_fault(
        self, running: tuple[Channel, MemoryHub, TestClient]
    ) -> None:
        channel, _, _ = running
        for request in REQUESTS:
            if isinstance(channel, Sends) and type(request) not in self.requests:
                with pytest.raises(ChannelError) as raised:
                    await channel.send(request)
                assert (raised.value.code, raised.value.whose) == ("unsupported", "ours")
                assert raised.value.outcome_known and not raised.value.retry

    async def test_a_provider_out_of_reach_is_tried_again(
        self, running: tuple[Channel, MemoryHub, TestClient]
    ) -> None:
        channel, _, _ = running
        for request in REQUESTS:
            if isinstance(channel, Sends) and type(request) in self.requests:
                with pytest.raises(ChannelError) as raised:
                    await channel.send(request)
                assert raised.value.retry and raised.value.outcome_known

    async def test_it_stops_leaving_no_task_behind(self, channel: Channel) -> None:
        before = asyncio.all_tasks()
        await channel.start()
        await channel.stop()
        assert asyncio.all_tasks() == before
