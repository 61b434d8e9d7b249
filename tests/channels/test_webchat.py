"""Web chat over a real Socket.IO server and client, with a hub that keeps what it accepted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
import socketio
from aiohttp import web

from channels.channel import (
    Channel,
    ChannelError,
    ChatLeft,
    ChatMessage,
    ChatOpened,
    DeliveryReported,
    HangUp,
    IdentityLevel,
    Media,
    MessageReceived,
    Notice,
    TextOut,
    WaitingPlace,
)
from channels.webchat import WebchatChannel, WebchatSettings
from channels.webchat_identity import Identity, sign_identity

SITE = "https://bank.example"
NOW = 1_795_000_000.0


class OneJson:
    """What the hub gives to python-socketio as its json."""

    @staticmethod
    def dumps(data: object, **_: object) -> str:
        return orjson.dumps(data).decode()

    loads = staticmethod(orjson.loads)


@dataclass
class MemoryHub:
    """A hub that stores each notice once, under its key, and numbers the messages of a chat."""

    notices: dict[str, Notice] = field(default_factory=dict)
    chats: dict[str, list[ChatMessage]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    is_away: bool = False

    async def accept(self, notices: Sequence[Notice]) -> None:
        if self.is_away:
            raise OSError("the database is away")
        for notice in notices:
            if notice.key in self.notices:
                continue
            self.notices[notice.key] = notice
            if isinstance(notice, ChatOpened):
                self.states[notice.chat_id] = "waiting"
            elif isinstance(notice, MessageReceived):
                self.add(notice.chat_id, notice.provider_id, "customer", notice.text)

    def add(self, chat_id: str, message_id: str, author: str, text: str) -> ChatMessage:
        told = self.chats.setdefault(chat_id, [])
        message = ChatMessage(
            len(told) + 1, message_id, author, "Ada" if author == "agent" else "", text, int(NOW * 1e6)
        )
        told.append(message)
        return message

    async def store_media(self, data: bytes, name: str, content_type: str) -> Media:
        raise AssertionError("web chat stores no media")

    async def find_place(self, address: str) -> WaitingPlace | None:
        return WaitingPlace(self.places[address], "en") if address in self.places else None

    async def read_chat(self, chat_id: str, after: int) -> Sequence[ChatMessage]:
        return [message for message in self.chats.get(chat_id, []) if message.number > after]

    async def read_chat_state(self, chat_id: str) -> str:
        return self.states.get(chat_id, "")

    def find(self, kind: type) -> list[Any]:
        return [notice for notice in self.notices.values() if isinstance(notice, kind)]


class Widget:
    """A customer's page: the real client, with what it was told."""

    def __init__(self) -> None:
        self.socket = socketio.AsyncClient(reconnection=False, json=OneJson)
        self.told: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        for event in ("message", "position", "state", "typing"):
            self.socket.on(event, self._keep(event), namespace="/webchat")

    def _keep(self, event: str) -> Callable[[Any], Awaitable[None]]:
        async def keep(data: Any) -> None:
            await self.told.put((event, data))

        return keep

    async def ask(self, event: str, data: Any = None) -> Any:
        return await self.socket.call(event, {} if data is None else data, namespace="/webchat", timeout=5)

    async def is_told(self) -> tuple[str, Any]:
        return await asyncio.wait_for(self.told.get(), 5)


class House:
    """A hub with web chat on a real port, and the pages that visit it."""

    def __init__(self) -> None:
        self.hub, self.time, self.typing = MemoryHub(), NOW, list[str]()
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins=[SITE, "https://else.example"],
            json=OneJson,
        )
        settings = WebchatSettings(
            secret="s3", origins=(SITE,), identity_secret="site", burst=6, events_per_second=2, unsent_limit=20
        )

        async def heard_typing(chat_id: str) -> None:
            self.typing.append(chat_id)

        self.channel = WebchatChannel(settings, self.server, heard_typing=heard_typing, clock=lambda: self.time)
        self.widgets: list[Widget] = []
        self.url = ""

    async def visit(self, origin: str = SITE) -> Widget:
        widget = Widget()
        self.widgets.append(widget)
        await widget.socket.connect(
            self.url, headers={"Origin": origin}, namespaces=["/webchat"], transports=["websocket"]
        )
        return widget

    def text(self, chat_id: str, text: str) -> TextOut:
        message = self.hub.add(chat_id, f"out-{text}", "agent", text)
        return TextOut(
            outbox_id=message.message_id,
            to_address=chat_id,
            from_address="webchat",
            text=text,
            chat_id=chat_id,
            number=message.number,
            author="Ada",
            sent_at=message.at,
        )


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    app = web.Application()
    house.server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await house.channel.start(house.hub)
    yield house
    for widget in house.widgets:
        await widget.socket.disconnect()
    await house.channel.stop()
    await house.server.shutdown()
    await runner.cleanup()


async def test_an_open_page_makes_no_work_until_something_is_said(house: House) -> None:
    sam = await house.visit()
    opened = await sam.ask("open", {"language": "zh-CN", "page": "/cards", "name": "Sam 奥科耶"})
    assert (opened["state"], opened["messages"], opened["position"]) == ("", [], None)
    assert await sam.ask("leave") == {"ok": True}
    assert house.hub.notices == {}
    assert await sam.ask("say", {"id": "m1", "text": "您好,我想取出定期存款。"}) == {"id": "m1", "ok": True}
    chat_id = opened["chat_id"]
    assert list(house.hub.notices) == [f"webchat:{chat_id}:opened", f"webchat:{chat_id}:m1"]
    (opening,) = house.hub.find(ChatOpened)
    assert (opening.language, opening.page, opening.name_claimed) == ("zh-CN", "/cards", "Sam 奥科耶")
    assert (opening.address, opening.identity_level) == (chat_id, IdentityLevel.CLAIMED)
    (said,) = house.hub.find(MessageReceived)
    assert (said.text, said.from_address, said.chat_id) == ("您好,我想取出定期存款。", chat_id, chat_id)


@pytest.mark.promise("P1")
async def test_what_could_not_be_stored_is_not_acknowledged_and_may_be_said_again(house: House) -> None:
    pia = await house.visit()
    await pia.ask("open")
    house.hub.is_away = True
    assert await pia.ask("say", {"id": "m1", "text": "Hello"}) == {"code": "try_again"}
    house.hub.is_away = False
    assert (await pia.ask("say", {"id": "m1", "text": "Hello"}))["ok"] is True
    assert len(house.hub.notices) == 2  # opened, said


@pytest.mark.promise("P2")
async def test_the_same_message_twice_is_one_also_over_another_connection(house: House) -> None:
    pia = await house.visit()
    opened = await pia.ask("open")
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.socket.disconnect()
    again = await house.visit()
    await again.ask("open", {"chat_id": opened["chat_id"], "token": opened["token"]})
    await again.ask("say", {"id": "m1", "text": "Hello"})
    assert len(house.hub.notices) == 2  # opened, said


async def test_a_reload_finds_the_chat_its_place_and_what_was_missed(house: House) -> None:
    gus = await house.visit()
    opened = await gus.ask("open")
    chat = {"chat_id": opened["chat_id"], "token": opened["token"]}
    await gus.ask("say", {"id": "m1", "text": "Où est ma carte ?"})
    await gus.socket.disconnect()
    house.hub.places[chat["chat_id"]] = 2
    await house.channel.send(house.text(chat["chat_id"], "It left on Monday."))

    again = await house.visit()
    reopened = await again.ask("open", {**chat, "after": 1})
    assert (reopened["state"], reopened["position"], reopened["has_more"]) == ("waiting", 2, False)
    assert reopened["chat_id"] == chat["chat_id"]
    assert [(line["number"], line["text"]) for line in reopened["messages"]] == [(2, "It left on Monday.")]


async def test_a_long_chat_is_read_in_pages(house: House) -> None:
    gus = await house.visit()
    opened = await gus.ask("open")
    for count in range(205):
        house.hub.add(opened["chat_id"], f"m{count}", "customer", "…")
    chat = {"chat_id": opened["chat_id"], "token": opened["token"]}
    pages = [await gus.ask("open", {**chat, "after": after}) for after in (0, 200)]
    assert [(len(page["messages"]), page["has_more"]) for page in pages] == [(200, True), (5, False)]


async def test_a_chat_without_its_token_is_unknown(house: House) -> None:
    pia, thief = await house.visit(), await house.visit()
    opened = await pia.ask("open")
    forged = {"chat_id": opened["chat_id"], "token": "0" * 64}
    assert await thief.ask("open", forged) == {"code": "unknown_chat"}
    assert await thief.ask("say", {"id": "m1", "text": "It is me"}) == {"code": "not_open"}
    await house.channel.send(house.text(opened["chat_id"], "Your code is 4711."))
    assert (await pia.is_told())[0] == "message"
    assert thief.told.empty()


async def test_the_customer_is_told_messages_place_state_and_typing_on_every_page(house: House) -> None:
    pia, second_page = await house.visit(), await house.visit()
    opened = await pia.ask("open")
    chat_id = opened["chat_id"]
    await second_page.ask("open", {"chat_id": chat_id, "token": opened["token"]})
    await house.channel.tell_chat(chat_id, "waiting", 2)
    await house.channel.tell_chat(chat_id, "active", None, number=1, agent_name="Ada")
    await house.channel.tell_typing(chat_id)
    receipt = await house.channel.send(house.text(chat_id, "您好,Pia。"))
    assert receipt.provider_id == f"{chat_id}:1"
    for page in (pia, second_page):
        assert await page.is_told() == ("position", {"position": 2, "number": 0})
        assert await page.is_told() == ("state", {"state": "active", "number": 1, "agent_name": "Ada"})
        assert await page.is_told() == ("typing", {})
        event, line = await page.is_told()
        assert (event, line["number"], line["author_name"], line["text"]) == ("message", 1, "Ada", "您好,Pia。")
        assert (line["message_id"], line["at"]) == ("out-您好,Pia。", int(NOW * 1000))


async def test_a_connection_that_begins_a_new_chat_hears_no_more_of_the_old_one(house: House) -> None:
    pia = await house.visit()
    old, new = await pia.ask("open"), await pia.ask("open")
    assert old["chat_id"] != new["chat_id"]
    await house.channel.tell_typing(old["chat_id"])
    await house.channel.tell_chat(new["chat_id"], "waiting", 1)
    assert (await pia.is_told())[0] == "position"


async def test_delivered_and_read_are_reported_for_the_agents_messages_alone(house: House) -> None:
    pia = await house.visit()
    opened = await pia.ask("open")
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await house.channel.send(house.text(opened["chat_id"], "one"))
    await house.channel.send(house.text(opened["chat_id"], "two"))
    assert await pia.ask("received", {"after": 0, "number": 2}) == {"ok": True}
    assert await pia.ask("received", {"after": 0, "number": 3, "is_read": True}) == {"ok": True}
    reports = [
        (report.provider_id[-2:], report.outbox_id, report.state) for report in house.hub.find(DeliveryReported)
    ]
    assert reports == [(":2", "out-one", "delivered"), (":2", "out-one", "read"), (":3", "out-two", "read")]


async def test_typing_and_leaving_are_passed_on_once_the_chat_has_begun(house: House) -> None:
    pia = await house.visit()
    chat_id = (await pia.ask("open"))["chat_id"]
    await pia.ask("typing")
    assert house.typing == []
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.ask("typing")
    await pia.ask("leave")
    assert house.typing == [chat_id]
    assert [left.chat_id for left in house.hub.find(ChatLeft)] == [chat_id]


async def test_a_customer_whom_the_host_site_signed_for_is_verified(house: House) -> None:
    identity = Identity(address="customer:1001", name="Pia Lindqvist", expires_at=int(NOW) + 60)
    pia = await house.visit()
    opened = await pia.ask("open", {"identity": sign_identity("site", identity), "name": "Somebody else"})
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    (opening,) = house.hub.find(ChatOpened)
    assert (opening.address, opening.name_claimed) == ("customer:1001", "Pia Lindqvist")
    assert opening.identity_level is IdentityLevel.VERIFIED
    (said,) = house.hub.find(MessageReceived)
    assert (said.from_address, said.identity_level) == ("customer:1001", IdentityLevel.VERIFIED)
    assert said.chat_id == opened["chat_id"]

    house.time += 61
    late = await house.visit()
    assert await late.ask("open", {"identity": sign_identity("site", identity)}) == {"code": "identity_refused"}


async def test_a_bad_event_is_refused_with_a_short_code_and_the_chat_goes_on(house: House) -> None:
    mallory = await house.visit()
    assert await mallory.ask("say", {"id": "m1", "text": "Hello"}) == {"code": "not_open"}
    await mallory.ask("open")
    assert await mallory.ask("say", {"id": "m1", "text": "x" * 4001}) == {"code": "bad_request"}
    assert await mallory.ask("erase") == {"code": "bad_request"}
    assert house.hub.notices == {}
    assert (await mallory.ask("say", {"id": "m1", "text": "x" * 4000}))["ok"] is True


async def test_who_talks_too_fast_is_told_so_and_may_go_on_later(house: House) -> None:
    hasty, calm = await house.visit(), await house.visit()
    await hasty.ask("open")
    answers = [await hasty.ask("say", {"id": f"m{count}", "text": "!"}) for count in range(7)]
    assert [answer.get("code") for answer in answers] == [None] * 5 + ["too_fast"] * 2
    await hasty.socket.emit("disconnect", {}, namespace="/webchat")
    await hasty.socket.emit("connect", {}, namespace="/webchat")
    assert await hasty.ask("typing") == {"code": "too_fast"}
    assert "chat_id" in await calm.ask("open")
    house.time += 1.0
    assert (await hasty.ask("say", {"id": "m6", "text": "!"}))["ok"] is True


async def test_a_page_of_another_site_may_not_come_in(house: House) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await house.visit("https://else.example")
    assert house.channel._connections == {}


async def test_who_connects_and_asks_for_nothing_is_dropped_at_the_second_sweep(house: House) -> None:
    silent, sam = await house.visit(), await house.visit()
    await sam.ask("open")
    is_gone = asyncio.Event()
    silent.socket.on("disconnect", lambda *_: is_gone.set(), namespace="/webchat")
    address = f"{house.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as client, client.ws_connect(address, headers={"Origin": SITE}) as bare:
        await bare.receive()  # the Engine.IO greeting; it never connects to a namespace
        await house.channel.sweep()
        assert not bare.closed
        await house.channel.sweep()
        assert (await bare.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await asyncio.wait_for(is_gone.wait(), 5)
    assert (await sam.ask("say", {"id": "m1", "text": "Hello"}))["ok"] is True


async def test_who_stops_reading_is_cut_off_and_loses_nothing(house: House) -> None:
    address = f"{house.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as client, client.ws_connect(address, headers={"Origin": SITE}) as deaf:
        await deaf.send_str("40/webchat,")
        await deaf.send_str('42/webchat,1["open",{}]')
        while not (frame := (await deaf.receive()).data).startswith("43"):
            pass
        opened = orjson.loads(frame.partition("[")[2].removesuffix("]"))
        transport = deaf._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()  # type: ignore[union-attr]
        for sent in range(2000):
            if house.channel._connections:
                line = house.hub.add(opened["chat_id"], f"m{sent}", "system", "长" * 4000)
                await house.channel.tell_message(opened["chat_id"], line)
        assert house.channel._connections == {}
        transport.abort()  # type: ignore[union-attr]
    again = await house.visit()
    reopened = await again.ask("open", {"chat_id": opened["chat_id"], "token": opened["token"]})
    assert reopened["messages"][0]["number"] == 1


async def test_it_is_a_channel_that_carries_texts_alone(house: House) -> None:
    channel: Channel = house.channel
    with pytest.raises(ChannelError) as error:
        await channel.send(HangUp(outbox_id="o1", call_id="c", leg_id="l"))
    assert (error.value.code, error.value.whose, error.value.retry) == ("not_a_text", "ours", False)


def test_a_server_that_handles_a_clients_events_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="async_handlers"):
        WebchatChannel(WebchatSettings(secret="s3", origins=(SITE,)), socketio.AsyncServer(async_mode="aiohttp"))
