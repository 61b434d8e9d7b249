"""The SMTP server meets clients that are slow, rude, many or wrong."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import aiosmtplib
import pytest

from channels.mail.email import EmailChannel
from channels.mail.receiving import Patience
from tests.channels.contract import MemoryHub
from tests.channels.mail_house import SERVICE, hand_in, messages, only, running, write_mail


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
async def channel(hub: MemoryHub) -> AsyncIterator[EmailChannel]:
    async with running(hub, max_message_bytes=100_000, max_connections=5) as channel:
        yield channel


class Telnet:
    """A client that writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> str:
        """One line; "" when the server has gone."""
        async with asyncio.timeout(10):
            return (await self._reader.readline()).decode()

    async def read_rest(self) -> str:
        async with asyncio.timeout(10):
            return (await self._reader.read()).decode()

    async def say(self, *lines: str) -> str:
        """Each line in turn; gives the last answer."""
        answer = ""
        for line in lines:
            self.write(f"{line}\r\n".encode())
            answer = await self.read()
        return answer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def hang_up(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


Connect = Callable[[EmailChannel], Awaitable[Telnet]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects clients, and hangs up for those that the test leaves hanging."""
    clients: list[Telnet] = []

    async def connect(channel: EmailChannel) -> Telnet:
        clients.append(Telnet(*await asyncio.open_connection("127.0.0.1", channel.port)))
        return clients[-1]

    yield connect
    for client in clients:
        await client.hang_up()


ENVELOPE = ("HELO pia.example", "MAIL FROM:<pia@mail.example>", f"RCPT TO:<{SERVICE}>", "DATA")


async def test_a_mail_that_is_too_large_is_refused(connect: Connect, channel: EmailChannel, hub: MemoryHub) -> None:
    with pytest.raises(aiosmtplib.SMTPSenderRefused) as announced:
        await hand_in(channel, write_mail("x" * 120_000))
    assert announced.value.code == 552
    client = await connect(channel)
    await client.read()
    await client.say(*ENVELOPE)
    assert (await client.say("x" * 60_000 + "\r\n" + "x" * 60_000 + "\r\n.")).startswith("552")
    assert (await client.say("NOOP")).startswith("250")
    assert not hub.media


async def test_a_line_of_any_sensible_length_is_taken(
    connect: Connect, channel: EmailChannel, hub: MemoryHub
) -> None:
    await hand_in(channel, write_mail("å" * 20_000))
    assert only(hub).text == "å" * 20_000
    client = await connect(channel)
    await client.read()
    await client.say(*ENVELOPE)
    assert (await client.say("x" * 90_000 + "\r\n.")).startswith("500")


async def test_a_bare_line_end_smuggles_no_second_mail(
    connect: Connect, channel: EmailChannel, hub: MemoryHub
) -> None:
    client = await connect(channel)
    await client.read()
    await client.say(*ENVELOPE)
    smuggled = "Subject: one\r\n\r\none\n.\nMAIL FROM:<x@y.example>\nRCPT TO:<service@bank.example>\nDATA\ntwo\r\n."
    assert (await client.say(smuggled)).startswith("250")
    assert only(hub).text.startswith("one")


async def test_one_connection_too_many_is_sent_away(connect: Connect, channel: EmailChannel, hub: MemoryHub) -> None:
    clients = [await connect(channel) for _ in range(5)]
    assert all([(await client.read()).startswith("220") for client in clients])
    late = await connect(channel)
    assert (await late.read_rest()).startswith("421")
    assert (await clients[0].say("QUIT")).startswith("221")
    assert await clients[0].read_rest() == ""
    await hand_in(channel, write_mail())
    assert only(hub).text


@pytest.mark.parametrize("half", [b"", b"HELO", b"NOOP\r\n" * 3, b"\r\n" * 50])
async def test_an_idle_client_is_dropped(connect: Connect, hub: MemoryHub, half: bytes) -> None:
    async with running(hub, patience=Patience(command=0.2)) as channel:
        client = await connect(channel)
        client.write(half)
        await client.read_rest()


async def test_no_session_lasts_for_ever(connect: Connect, hub: MemoryHub) -> None:
    async with running(hub, patience=Patience(session=0.2)) as channel:
        client = await connect(channel)
        assert (await client.read_rest()).startswith("220")


async def test_a_client_that_stops_in_the_middle_of_its_mail_is_dropped(connect: Connect, hub: MemoryHub) -> None:
    async with running(hub, patience=Patience(mail=0.3)) as channel:
        client = await connect(channel)
        await client.read()
        await client.say(*ENVELOPE)
        client.write(b"Subject: hej\r\n\r\nand th")
        assert await client.read_rest() == ""
    assert not hub.notices


@pytest.mark.parametrize(
    ("flood", "answer"), [(b"NOOP\r\n" * 200, "421"), (b"\xff\xfe\r\n" * 10, "500"), (b"WHAT\r\n" * 50, "502")]
)
async def test_a_flood_of_commands_ends_the_connection(
    connect: Connect, channel: EmailChannel, flood: bytes, answer: str
) -> None:
    client = await connect(channel)
    client.write(flood + b"QUIT\r\n")
    assert answer in {line[:3] for line in (await client.read_rest()).splitlines()}


@pytest.mark.parametrize(
    "command",
    [
        "MAIL FROM:<",
        "MAIL FROM:" + "(" * 400,
        'MAIL FROM:<"' + "\\" * 300,
        "RCPT TO:<>",
        "RCPT TO:" + "<@" * 200,
        "MAIL FROM:<\udcff@x.example>",
        "AUTH PLAIN AGFkYQBhZGE=",
        "AUTH LOGIN",
        "STARTTLS",
        "VRFY \udcff",
        "EXPN all",
        "HELP " + "x" * 900,
        "X" * 5_000,
    ],
)
async def test_a_broken_command_is_answered_and_the_next_one_understood(
    connect: Connect, channel: EmailChannel, command: str
) -> None:
    client = await connect(channel)
    await client.read()
    await client.say("HELO x.example")
    client.write(command.encode("utf-8", "surrogateescape") + b"\r\n")
    assert (await client.read())[0] in "245"
    answer = await client.say("NOOP")
    while not answer.startswith("250"):  # HELP has several lines
        answer = await client.read()


async def test_who_hangs_up_before_the_answer_has_handed_over_all_the_same(connect: Connect, hub: MemoryHub) -> None:
    async with running(hub) as channel:
        client = await connect(channel)
        await client.read()
        await client.say(*ENVELOPE)
        client.write(b"Subject: hej\r\n\r\nDet var allt.\r\n.\r\n")
        await client.hang_up()
        await hub.wait_until(lambda notices: len(notices) == 1)
    assert only(hub).text == "Det var allt."


@pytest.mark.promise("P10")
async def test_stopping_answers_what_was_handed_over_and_says_goodbye(connect: Connect, hub: MemoryHub) -> None:
    async with running(hub) as channel:
        idle, busy = await connect(channel), await connect(channel)
        await idle.read()
        await busy.read()
        await busy.say(*ENVELOPE)
        busy.write(b"Subject: hej\r\n\r\nJust in time.\r\n.\r\n")
        async with asyncio.timeout(10):
            while not hub.media:  # it is handed over, and not yet answered
                await asyncio.sleep(0)
    assert (await busy.read()).startswith("250")
    assert (await idle.read_rest()).startswith("421")
    assert only(hub).text == "Just in time."


@pytest.mark.promise("P10")
async def test_stopping_tells_those_whom_the_loop_has_not_yet_seen(connect: Connect, hub: MemoryHub) -> None:
    """They are connected: the kernel has let them in, and the loop had no turn since."""
    async with running(hub) as channel:
        waiting = [socket.create_connection(("127.0.0.1", channel.port)) for _ in range(3)]
    for one in waiting:
        client = Telnet(*await asyncio.open_connection(sock=one))
        assert (await client.read_rest()).startswith("421")
        await client.hang_up()


@pytest.mark.promise("P10")
async def test_stopping_in_the_midst_of_a_mail_says_that_it_was_not_taken(connect: Connect, hub: MemoryHub) -> None:
    """The sender keeps it: before its end nothing is promised, and what came of it is not kept."""
    async with running(hub) as channel:
        client = await connect(channel)
        await client.read()
        await client.say(*ENVELOPE)
        client.write(b"Subject: hej\r\n\r\nand th")
    assert (await client.read_rest()).startswith("421")
    assert not hub.media and not hub.notices


async def test_recipients_have_a_limit(connect: Connect, channel: EmailChannel, hub: MemoryHub) -> None:
    client = await connect(channel)
    await client.read()
    assert (await client.say(*ENVELOPE[:2])).startswith("250")
    answers = [await client.say(f"RCPT TO:<service+{n}@bank.example>") for n in range(101)]
    assert {answer[:3] for answer in answers[:100]} == {"250"}
    assert answers[100].startswith("452")


async def test_mails_from_many_connections_at_once_all_arrive(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        await asyncio.gather(*(hand_in(channel, write_mail(f"Nr {n}")) for n in range(15)))
    assert {message.text for message in messages(hub)} == {f"Nr {n}" for n in range(15)}
