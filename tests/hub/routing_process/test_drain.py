"""The end of a process: what was accepted is stored, what was begun is finished, screens are told to move."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from channels.channel import Notice
from channels.phone import voice_answers
from hub.app import HubProcess
from hub.screens.channel_host import ChannelHost
from hub.settings.config import Config, load
from hub.storage import tables
from hub.storage.database import Database
from tests.channels.twiml_rules import read_twiml
from tests.hub.conftest import ROOT, start
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.notices import SAM
from tests.seeded import copy_database

pytestmark = pytest.mark.promise("P10")
PROMISED_SECONDS = 20.0  # it takes one or two


@pytest.fixture
def settings(tmp_path: Path, seeded_file: Path) -> Config:
    config = load(ROOT / "config.toml", {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(tmp_path / "data")})
    config.data_folder.mkdir(parents=True)
    copy_database(seeded_file, config.data_folder / "hub.db")
    return replace(config, sandbox=replace(config.sandbox, sound=False))


@pytest_asyncio.fixture
async def process(settings: Config) -> AsyncIterator[HubProcess]:
    """A hub of the test's own, which the test stops."""
    process = await start(settings)
    yield process
    await process.stop()


async def stop(process: HubProcess) -> None:
    async with asyncio.timeout(PROMISED_SECONDS):
        await process.stop()


class Provider:
    def __init__(self, session: aiohttp.ClientSession, url: str, settings: Config) -> None:
        assert settings.channels.sms is not None and settings.channels.phone is not None
        self._number = settings.channels.phone.numbers[0]
        self._session, self._url, self._sms = session, url, settings.channels.sms
        self._signer = RequestValidator(settings.reveal(self._sms.auth_token))

    async def post_text(self, number: int) -> int:
        """The hub's answer, or 0 where nobody takes the connection any more."""
        form = {
            "AccountSid": self._sms.account_sid,
            "MessageSid": f"SM{number:032x}",
            "From": f"+467017{number:05}",
            "To": self._sms.numbers[0],
            "Body": f"Nummer {number} 第{number}条",
        }
        return (await self._post("/channels/sms/inbound", form))[0]

    async def post_call(self, number: int, path: str = "/channels/phone/inbound") -> tuple[int, list[str]]:
        """The hub's answer, with the verbs of its TwiML; or 0 where nobody takes the connection any more."""
        status, words = await self._post(path, self._ring(number))
        return status, [verb.tag for verb in read_twiml(words)] if status else []

    def write_call(self, number: int, path: str = "/channels/phone/inbound") -> bytes:
        """The webhook of a call as it goes over the wire."""
        form = self._ring(number)
        body = urlencode(form)
        signature = self._signer.compute_signature(self._url + path, form)
        head = (
            f"POST {path} HTTP/1.1",
            "Host: hub",
            "Content-Type: application/x-www-form-urlencoded",
            f"X-Twilio-Signature: {signature}",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join((*head, "", body)).encode()

    def _ring(self, number: int) -> dict[str, str]:
        return {
            "AccountSid": self._sms.account_sid,
            "CallSid": f"CA{number:032x}",
            "From": f"+467017{number:05}",
            "To": self._number,
            "CallStatus": "ringing",
        }

    async def _post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        signature = {"X-Twilio-Signature": self._signer.compute_signature(self._url + path, form)}
        try:
            async with self._session.post(self._url + path, data=form, headers=signature) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientOSError:
            return 0, ""


async def count(settings: Config, table: Any, *where: Any) -> int:
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        async with db.read() as conn:
            return int(await conn.scalar(select(func.count()).select_from(table).where(*where)) or 0)
    finally:
        await db.close()


@pytest.mark.promise("P1")
async def test_no_request_that_was_taken_fails_and_what_was_answered_is_stored(
    process: HubProcess, settings: Config
) -> None:
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, process.url, settings)
        posts = [asyncio.create_task(provider.post_text(number)) for number in range(60)]
        await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
        await stop(process)
        answers = await asyncio.gather(*posts)
    assert set(answers) <= {200, 0}
    accepted = answers.count(200)
    assert accepted > 0
    assert await count(settings, tables.inbox, tables.inbox.c.kind == "MessageReceived") == accepted


@pytest.mark.promise("P1")
async def test_calls_that_come_while_the_hub_stops_get_a_room_and_the_next_process_has_them(
    process: HubProcess, settings: Config
) -> None:
    """Call upon call, until the last batch is decided."""
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, process.url, settings)
        stopping, answers = asyncio.create_task(stop(process)), []
        while not all(task.done() for task in process._tasks):
            answers.append(await provider.post_call(len(answers)))
        await stopping
    assert answers == [(200, ["Dial"])] * len(answers) != []
    await all_wait(settings, len(answers))


@pytest.mark.promise("P1")
async def test_calls_that_the_kernel_let_in_as_the_door_closes_get_a_room(
    process: HubProcess, settings: Config
) -> None:
    """They are connected, and some have asked already, before the loop has its last look at the door."""
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, process.url, settings)
        stopping = asyncio.create_task(stop(process))
        await asyncio.wait(process._tasks)
        asked = [KnockingCall(process.port, provider.write_call(number)) for number in range(20)]
        silent = [KnockingCall(process.port, provider.write_call(number)) for number in range(20, 30)]
        for one in asked:
            one.ask()
        await asyncio.sleep(0.1)  # the door is closed meanwhile
        for one in silent:
            one.ask()
        answers = await read_all([*asked, *silent])
        await stopping
    assert answers == [["Dial"]] * 30
    await all_wait(settings, 30)


@pytest.mark.promise("P1")
@pytest.mark.parametrize("half", [20, 200, -5])
async def test_a_call_that_comes_in_two_parts_on_a_kept_connection_as_the_door_closes_gets_a_room(
    process: HubProcess, settings: Config, half: int
) -> None:
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, process.url, settings)
        call = KnockingCall(process.port, provider.write_call(1))
        await call.ask_before()
        call.ask(end=half)
        stopping = asyncio.create_task(stop(process))
        await asyncio.wait(process._tasks)
        await asyncio.sleep(0.1)  # the door is closed meanwhile
        call.ask(begin=half)
        assert await read_all([call]) == [["Dial"]]
        await stopping
    await all_wait(settings, 1)


class KnockingCall:
    """A webhook on a connection of its own, which is made at once: the loop of the hub has no turn meanwhile."""

    def __init__(self, port: int, request: bytes) -> None:
        self._socket, self._request = socket.create_connection(("127.0.0.1", port)), request
        self._socket.setblocking(False)

    def ask(self, begin: int | None = None, end: int | None = None) -> None:
        self._socket.sendall(self._request[begin:end])

    async def ask_before(self) -> None:
        """Ask for something else, so that the connection is one that the hub keeps."""
        loop, heard = asyncio.get_running_loop(), b""
        self._socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")
        async with asyncio.timeout(PROMISED_SECONDS):
            while not heard.endswith((b"}", b"ok\n")):
                heard += await loop.sock_recv(self._socket, 10_000)
        assert heard.startswith(b"HTTP/1.1 200 "), heard

    def close(self) -> None:
        self._socket.close()

    async def read_verbs(self) -> list[str]:
        reader, writer = await asyncio.open_connection(sock=self._socket)
        try:
            async with asyncio.timeout(PROMISED_SECONDS):
                head, _, words = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
            await writer.wait_closed()
        assert head.startswith(b"HTTP/1.1 200 "), head
        return [verb.tag for verb in read_twiml(words.decode())]


async def read_all(calls: Sequence[KnockingCall]) -> list[list[str]]:
    try:
        return await asyncio.gather(*(one.read_verbs() for one in calls))
    finally:
        for one in calls:
            one.close()


async def all_wait(settings: Config, calls: int) -> None:
    """The next process has so many interactions, and no more."""
    again = await start(settings)
    try:
        async with asyncio.timeout(60):
            while await count(settings, tables.interaction) < calls:
                await asyncio.sleep(0.01)
        assert await count(settings, tables.inbox, tables.inbox.c.kind == "CallArrived") == calls
    finally:
        await again.stop()


@pytest.mark.parametrize("is_in_time", [True, False])
async def test_a_call_that_is_being_stored_as_the_last_door_closes_is_answered(
    process: HubProcess, settings: Config, monkeypatch: pytest.MonkeyPatch, is_in_time: bool
) -> None:
    """Storing it takes until nobody is let in any more; or longer than the caller can be left in silence."""
    monkeypatch.setattr(voice_answers, "ANSWER_SECONDS", 60.0 if is_in_time else 0.1)
    store, begun, go_on = ChannelHost._store, asyncio.Event(), asyncio.Event()

    async def store_slowly(self: ChannelHost, notices: Sequence[Notice]) -> None:
        begun.set()
        await go_on.wait()
        await store(self, notices)

    monkeypatch.setattr(ChannelHost, "_store", store_slowly)
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, process.url, settings)
        calling = asyncio.create_task(provider.post_call(1))
        await begun.wait()
        stopping = asyncio.create_task(stop(process))
        await asyncio.wait(process._tasks)
        for _ in range(20):  # turns of the loop, in which the doors are closed
            await asyncio.sleep(0)
        if is_in_time:
            go_on.set()
        answer = await calling
        await stopping
        monkeypatch.undo()
        if is_in_time:
            assert answer == (200, ["Dial"])
        else:
            assert answer == (200, ["Say", "Say", "Redirect"])
            again = await start(settings)
            provider = Provider(session, again.url, settings)
            assert await provider.post_call(1, "/channels/phone/inbound?n=1") == (200, ["Dial"])
            await again.stop()
    await all_wait(settings, 1)


async def test_screens_are_told_to_move_and_hold_nobody_up(process: HubProcess) -> None:
    ada = await ScreenConnection.open(process.url, await sign_in(process.url, "ada"))
    dot = await ScreenConnection.open(process.url, await sign_in(process.url, "dot"), "/wallboard")
    await stop(process)
    assert await ada.hears("moving") == {}
    await ada.is_closed()
    await ada.close()
    await dot.close()


@pytest.mark.promise("P7")
async def test_a_reply_that_is_under_way_leaves_once_and_is_known_to_have_left(
    process: HubProcess, settings: Config
) -> None:
    """The provider takes its time: it has the text when the hub is already stopping."""
    ada = await ScreenConnection.open(process.url, await sign_in(process.url, "ada"))
    async with aiohttp.ClientSession() as session:
        sandbox = f"{process.url}/sandbox/api"
        devices = f"{sandbox}/customers/{SAM.removeprefix('+')}"
        await ada.ask("command", {"id": "1", "kind": "set_state", "state": "available"})
        async with session.post(f"{devices}/texts", json={"text": "Hej"}) as answer:
            assert answer.status == 201
        held = await take(ada)
        slow = {"where": "rest", "kind": "slow", "seconds": 0.5}
        async with session.post(f"{sandbox}/faults", json=slow) as answer:
            assert answer.status in (200, 201)
        command = {"id": "3", "kind": "send_message", "interaction_id": held["id"], "version": held["version"]}
        assert (await ada.ask("command", {**command, "text": "Hej Sam"}))["code"] == ""
        async with asyncio.timeout(60):
            while (await faults(session, sandbox)) != []:  # the provider has the request
                await asyncio.sleep(0)
        await stop(process)
    await ada.close()
    again = await start(settings)
    try:
        async with asyncio.timeout(60):
            while await delivery(again.db) in ("queued", "sending"):
                await asyncio.sleep(0)
        assert await delivery(again.db) in ("sent", "delivered")
    finally:
        await again.stop()


async def take(desk: ScreenConnection) -> dict[str, Any]:
    """What is offered next, taken."""
    while True:
        screen = (await desk.ask("resume", {}))["snapshot"]
        if screen["offers"]:
            await desk.ask("command", {"id": "2", "kind": "accept_offer", "offer_id": screen["offers"][0]["id"]})
        if screen["interactions"]:
            return dict(screen["interactions"][0])
        await asyncio.sleep(0.1)  # no more often than a desk may ask


async def faults(session: aiohttp.ClientSession, sandbox: str) -> list[Any]:
    async with session.get(f"{sandbox}/faults") as answer:
        return list((await answer.json())["faults"])


async def delivery(db: Database) -> str:
    async with db.read() as conn:
        return str(await conn.scalar(select(tables.message.c.delivery).where(tables.message.c.kind == "agent")))
