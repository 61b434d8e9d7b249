"""SMTP clients that are slow on purpose: a byte now and then, a command now and then, a mail that never ends. None of
them keeps its connection for longer than it has been given, and none keeps its seat from whoever brings a mail.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import repeat

import pytest

from channels.mail import receiving as mail_receiving
from channels.mail import seats as mail_seats
from channels.mail.email import EmailChannel
from channels.mail.receiving import Patience
from tests.channels.contract import MemoryHub
from tests.channels.mail_house import SERVICE, hand_in, only, running, write_mail

ENVELOPE = ("HELO x.example", "MAIL FROM:<pia@mail.example>", f"RCPT TO:<{SERVICE}>", "DATA")


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


class Slow:
    """One client on its connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *lines: str) -> str:
        answer = ""
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
            answer = (await self.reader.readline()).decode()
        return answer

    async def drip(self, what: bytes) -> None:
        """This again and again, until the hub ends the connection."""
        ended = asyncio.create_task(self.reader.read())
        for _ in repeat(None):
            if ended.done():
                break
            with contextlib.suppress(ConnectionError):
                self.writer.write(what)
                await self.writer.drain()
            await asyncio.wait([ended], timeout=0.02)
        with contextlib.suppress(ConnectionError):
            await ended


@contextlib.asynccontextmanager
async def slow(channel: EmailChannel) -> AsyncIterator[Slow]:
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
        assert (await reader.readline()).startswith(b"220")
        yield Slow(reader, writer)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@pytest.mark.parametrize("drop", [b"N", b"\r\n", b"\xff", b"WHAT \r\n"], ids=["byte", "line", "noise", "no command"])
async def test_a_command_has_its_time_however_many_bytes_of_it_drip_in(hub: MemoryHub, drop: bytes) -> None:
    async with running(hub, patience=Patience(command=0.2)) as channel, slow(channel) as client:
        await client.drip(drop)


async def test_a_mail_has_its_time_however_many_bytes_of_it_drip_in(hub: MemoryHub) -> None:
    async with running(hub, patience=Patience(mail=0.2)) as channel, slow(channel) as client:
        assert (await client.say(*ENVELOPE)).startswith("354")
        await client.drip(b"a line\r\n")
    assert not hub.notices


async def test_a_session_has_its_time_whatever_it_does(hub: MemoryHub) -> None:
    async with running(hub, patience=Patience(session=0.3)) as channel, slow(channel) as client:
        await client.say("HELO x.example")
        await client.drip(b"RSET\r\n")


async def test_a_mail_that_takes_long_to_store_is_stored_and_answered(
    hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_storing, go_on, accept = asyncio.Event(), asyncio.Event(), hub.accept

    async def take_long(notices: object) -> None:
        is_storing.set()
        await go_on.wait()
        await accept(notices)

    monkeypatch.setattr(hub, "accept", take_long)
    async with running(hub) as channel, slow(channel) as client:
        await client.say(*ENVELOPE)
        client.writer.write(write_mail() + b"\r\n.\r\n")
        await is_storing.wait()
        (connection,) = channel._server._seats.sitters
        assert connection.is_busy
        timer = connection._timeout_handle
        assert timer.cancelled()  # no patience runs out meanwhile
        go_on.set()
        assert (await client.reader.readline()).startswith(b"250")
    assert only(hub).text


async def test_commands_and_single_bytes_keep_no_seat(hub: MemoryHub) -> None:
    async with running(hub) as channel, slow(channel) as client:
        (sitter,) = channel._server._seats.sitters
        came_at = sitter.moved_at
        for _ in range(5):
            await client.say("HELO x.example", "NOOP", "MAIL FROM:<pia@mail.example>", f"RCPT TO:<{SERVICE}>", "RSET")
        await client.say(*ENVELOPE)
        client.writer.write(b"Subject: hej\r\n\r\n" + b"a\r\n" * 100)
        await client.writer.drain()
        assert sitter.moved_at == came_at
        client.writer.write(b"a line of a mail\r\n" * (mail_receiving._STEP_BYTES // 10))
        client.writer.write(b".\r\n")
        assert (await client.reader.readline()).startswith(b"250")
        assert sitter.moved_at > came_at


async def test_mail_comes_in_while_others_talk_and_bring_none(
    hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_seats, "IDLE_SECONDS", 0.0)
    async with running(hub, max_connections=3) as channel, contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(slow(channel)) for _ in range(3)]
        for client in clients:
            await client.say("HELO x.example", "NOOP", "RSET")
        await hand_in(channel, write_mail())
        assert only(hub).text
