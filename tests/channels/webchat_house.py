"""A hub with web chat on a real port, its customers' pages, and the events that they got."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import socketio
from aiohttp import web

from channels.channel import ChatMessage, ChatOpened, MessageReceived, Notice
from channels.webchat.webchat import WebchatChannel, WebchatSettings
from tests.channels.contract import MemoryHub

SITE = "https://bank.example"
NOW = 1_795_000_000.0


class OneJson:
    """What the hub gives to python-socketio as its json."""

    @staticmethod
    def dumps(data: object, **_: object) -> str:
        return orjson.dumps(data).decode()

    loads = staticmethod(orjson.loads)


class ChatHub(MemoryHub):
    """A hub that numbers the messages of a chat as it stores them, each notice once."""

    async def accept(self, notices: Sequence[Notice]) -> None:
        fresh = [notice for notice in notices if notice.key not in self.notices]
        await super().accept(notices)
        for notice in fresh:
            if isinstance(notice, ChatOpened):
                self.chat_states[notice.chat_id] = "waiting"
            elif isinstance(notice, MessageReceived):
                self.add(notice.chat_id, notice.provider_id, "customer", notice.text)

    def add(self, chat_id: str, message_id: str, author: str, text: str) -> ChatMessage:
        told, name = self.chats.setdefault(chat_id, []), "Ada" if author == "agent" else ""
        told.append(ChatMessage(len(told) + 1, message_id, author, name, text, int(NOW * 1e6)))
        return told[-1]

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
        return await self.socket.call(event, {} if data is None else data, namespace="/webchat", timeout=60)

    async def is_told(self) -> tuple[str, Any]:
        return await asyncio.wait_for(self.told.get(), 60)


class WebchatHouse:
    """A hub with web chat on a real port, and the pages that visit it."""

    def __init__(self) -> None:
        self.hub, self.typing = ChatHub(), list[str]()
        self.time, self.wall = 500.0, NOW  # `time` is never set
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins=[SITE, "https://else.example"],
            json=OneJson,
        )
        settings = WebchatSettings(secret="s3", origins=(SITE,), identity_secret="site", burst=6, events_per_second=2)

        async def heard_typing(chat_id: str) -> None:
            self.typing.append(chat_id)

        self.channel = WebchatChannel(
            settings,
            self.hub,
            self.server,
            clock=lambda: self.time,
            wall=lambda: self.wall,
            heard_typing=heard_typing,
        )
        self.widgets: list[Widget] = []
        self.url = ""

    async def visit(self, origin: str = SITE) -> Widget:
        widget = Widget()
        self.widgets.append(widget)
        await widget.socket.connect(
            self.url, headers={"Origin": origin}, namespaces=["/webchat"], transports=["websocket"], wait_timeout=60
        )
        return widget

    async def answer(self, chat_id: str, text: str) -> None:
        """What an agent says, stored and told to the pages that are there."""
        await self.channel.tell_message(chat_id, self.hub.add(chat_id, f"out-{text}", "agent", text))


@asynccontextmanager
async def open_house() -> AsyncIterator[WebchatHouse]:
    house = WebchatHouse()
    app = web.Application()
    house.server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await house.channel.start()
    yield house
    for widget in house.widgets:
        await widget.socket.disconnect()
    await house.channel.stop()
    await house.server.shutdown()
    await runner.cleanup()
