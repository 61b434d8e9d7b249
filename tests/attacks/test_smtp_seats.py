"""Mail comes in, whoever sits on the SMTP server's connections; and an address that no database stores is refused."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from channels.mail import seats as mail_seats
from channels.mail.email import EmailChannel
from channels.mail.seats import IDLE_SECONDS, Seats
from tests.channels.contract import MemoryHub
from tests.channels.mail_house import SERVICE, hand_in, only, running, write_mail

SEATS = 50


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
async def channel(hub: MemoryHub) -> AsyncIterator[EmailChannel]:
    async with running(hub, max_connections=SEATS) as channel:
        yield channel


async def sit(stack: AsyncExitStack, channel: EmailChannel) -> asyncio.StreamReader:
    """A client that connects and says nothing more; hung up for with the stack."""
    reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
    stack.push_async_callback(hang_up, writer)
    async with asyncio.timeout(30):
        assert (await reader.readline()).startswith(b"220")
    return reader


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_fifty_idle_clients_do_not_keep_mail_out(
    channel: EmailChannel, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_seats, "IDLE_SECONDS", 0.0)
    async with AsyncExitStack() as stack:
        idle = [await sit(stack, channel) for _ in range(SEATS)]
        await hand_in(channel, write_mail())
        async with asyncio.timeout(30):  # who sat there for longest made room, and was told so where they listen
            assert (await idle[0].read())[:3] in (b"421", b"")
    assert only(hub).text


async def test_nobody_is_sent_away_while_they_are_at_work(
    channel: EmailChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_seats, "IDLE_SECONDS", 1000.0)
    async with AsyncExitStack() as stack:
        for _ in range(SEATS):
            await sit(stack, channel)
        reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
        stack.push_async_callback(hang_up, writer)
        async with asyncio.timeout(30):
            assert (await reader.read()).startswith(b"421 4.3.2")


@pytest.mark.parametrize(
    "command", ["MAIL FROM:<pia\0@mail.example>", "MAIL FROM:<pia@mail.example>\0", f"RCPT TO:<{SERVICE}\0>"]
)
async def test_an_address_with_a_nul_is_refused_for_good(channel: EmailChannel, hub: MemoryHub, command: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
    async with asyncio.timeout(30):
        await reader.readline()
        for said in ("HELO x.example", "MAIL FROM:<pia@mail.example>")[: 1 + command.startswith("RCPT")]:
            writer.write(said.encode() + b"\r\n")
            assert (await reader.readline()).startswith(b"250")
        writer.write(command.encode() + b"\r\n")
        assert (await reader.readline())[:1] == b"5"
    await hang_up(writer)


async def test_a_mail_with_a_nul_is_kept(channel: EmailChannel, hub: MemoryHub) -> None:
    await hand_in(channel, write_mail("före\0efter"))
    assert "efter" in only(hub).text
    assert "\0" not in only(hub).text


# ---- who gets a seat, by the rule alone


@dataclass(eq=False)
class Somebody:
    peer: str
    moved_at: float
    is_busy: bool = False
    is_sent_away: bool = False

    def send_away(self) -> None:
        self.is_sent_away = True


def fill(seats: Seats, peer: str, number: int, now: float) -> list[Somebody]:
    """As many of these as get in, of so many who try."""
    seated = []
    for _ in range(number):
        if seats.has_one_for(peer, now):
            seated.append(Somebody(peer, now))
            seats.sitters.add(seated[-1])
    return seated


def build_seats() -> Seats:
    return Seats(most=10, most_of_strangers=6, most_of_one=3, is_trusted=lambda peer: peer.startswith("10."))


def test_a_stranger_has_a_few_seats_and_all_of_them_never_those_of_our_own_mail_host() -> None:
    seats = build_seats()
    assert len(fill(seats, "203.0.113.1", 5, now=0)) == 3
    assert len(fill(seats, "2001:db8:1:2::7", 2, now=0)) == 2
    assert len(fill(seats, "2001:db8:1:2::8", 5, now=0)) == 1  # the same customer's network
    assert fill(seats, "203.0.113.2", 1, now=0) == []
    assert len(fill(seats, "10.0.0.1", 9, now=0)) == 4


def test_who_was_silent_for_longest_makes_room_and_nobody_whose_mail_is_stored() -> None:
    seats = build_seats()
    (storing,) = fill(seats, "10.0.0.1", 1, now=0)
    storing.is_busy = True
    (silent,) = fill(seats, "10.0.0.1", 1, now=1)
    others = fill(seats, "10.0.0.1", 8, now=2)
    assert not seats.has_one_for("10.0.0.2", now=0.9 + IDLE_SECONDS)
    assert seats.has_one_for("10.0.0.2", now=1 + IDLE_SECONDS)
    assert [one.is_sent_away for one in (storing, silent, *others)] == [False, True, *[False] * 8]


def test_strangers_make_room_for_strangers_alone_while_only_their_seats_are_full() -> None:
    seats = build_seats()
    ours = fill(seats, "10.0.0.1", 2, now=0)
    strangers = [fill(seats, f"203.0.113.{n}", 1, now=1 + n)[0] for n in range(6)]
    assert seats.has_one_for("198.51.100.1", now=60)
    assert [one.is_sent_away for one in (*ours, *strangers)] == [False, False, True, *[False] * 5]
