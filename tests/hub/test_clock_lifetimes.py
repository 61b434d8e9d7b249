"""What lasts for a while lasts as long when the wall is set, while the hub runs and between two runs: sessions, tries
of passwords, desks that fell silent, retries, limits of an hour and of a day. Only clocks of the test are turned."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from engineio.async_socket import AsyncSocket
from sqlalchemy import select, update

from channels.channel import ChannelError, Receipt, Request
from channels.webchat.webchat import WebchatChannel
from hub.access import guesses
from hub.access.guesses import Budget
from hub.access.known_devices import LASTS_SECONDS, KnownDevices
from hub.access.sessions import Client, Sessions
from hub.clock import HubClock
from hub.doors.socket_server import PING_SECONDS, SocketServer
from hub.open_work.recent_counts import HOUR
from hub.policies.document import OverflowPolicy
from hub.policies.stored_versions import publish_policy
from hub.routing_process.send_again import RETRY_SECONDS
from hub.routing_process.sender import Sender
from hub.settings.config import Config
from hub.signals import Signals
from hub.storage import lease, tables
from hub.storage.desk_presence import GONE_AFTER, find_changes
from hub.storage.documents import PolicyPublished
from hub.storage.hub_time import mark
from hub.wiring import channels as wired_channels
from routing.model import DAY, SECOND, Occasion
from scripts_library.loader import Library
from tests.channel_names import EMAIL, SMS
from tests.hub.clocks import NOON, HandMachine
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import PIA_MAIL, text
from tests.hub.notices import mail as mail_of
from tests.hub.walls import AT_MOST, EACH_STEP, set_wall

ONE_TRY = Budget(1, 20 * SECOND)
ADA = Client(address="192.0.2.1", browser="a browser")


class Busy:
    """A provider that is asked to come back later, each time."""

    name = "sms"

    async def send(self, request: Request) -> Receipt:
        raise ChannelError("busy", code="20429", retry=True)


@dataclass(frozen=True)
class Lasting:
    """`is_there` is asked a moment before the end, and a moment after it."""

    what: str
    seconds: float
    is_there: Callable[[House], Awaitable[bool]]


@dataclass
class Begun:
    """Everything that lasts, begun at one moment."""

    all: list[Lasting] = field(default_factory=list)

    def add(self, what: str, seconds: float, is_there: Callable[[House], Awaitable[bool]]) -> None:
        self.all.append(Lasting(what, seconds, is_there))

    async def end_at_their_time(self, house: House, passed: float = 0.0, *, within: float = DAY / SECOND * 2) -> None:
        """`passed`: seconds since they began. `within`: of what lasts no longer than that."""
        for one in sorted(self.all, key=lambda lasting: lasting.seconds):
            if not passed + AT_MOST < one.seconds <= within:
                continue
            await house.turn(one.seconds - AT_MOST - passed)
            assert await one.is_there(house), f"{one.what} ended early"
            await house.turn(2 * AT_MOST)
            assert not await one.is_there(house), f"{one.what} lasts on"
            passed = one.seconds + AT_MOST


async def begin(house: House) -> Begun:
    begun = Begun()
    await _begin_sessions(house, begun)
    await _begin_tries(house, begun)
    await _begin_limits(house, begun)
    await _begin_a_retry(house, begun)
    await house.presence.beat(["ada"], house.clock.now())

    async def is_here(house: House) -> bool:
        return await find_changes(house.db, house.clock.now()) == []

    begun.add("a desk that fell silent", GONE_AFTER / SECOND, is_here)
    return begun


async def _begin_sessions(house: House, begun: Begun) -> None:
    def of(house: House) -> tuple[Sessions, Sessions]:
        return (
            Sessions(house.db, house.clock, hours=2),
            Sessions(house.db, house.clock, hours=12, idle_minutes=30),
        )

    async with house.db.read() as conn:
        password_hash = await conn.scalar(select(tables.staff.c.password_hash).where(tables.staff.c.id == "dot"))
    whole, idle = [await sessions.begin("dot", password_hash or "", ADA) for sessions in of(house)]
    assert whole and idle

    async def is_open(house: House) -> bool:
        return await of(house)[0].find(whole) is not None

    async def is_awake(house: House) -> bool:
        return await of(house)[1].find(idle) is not None

    begun.add("a session", 2 * 3600, is_open)
    begun.add("a session that nobody uses", 30 * 60, is_awake)


async def _begin_tries(house: House, begun: Begun) -> None:
    async def is_used_up(house: House) -> bool:
        now = house.clock.now()
        return bool(await house.db.write(lambda conn: guesses.take_try(conn, "name:dot", ONE_TRY, now)))

    assert not await is_used_up(house)
    name, cookie = await KnownDevices(house.db, house.clock).make("dot")

    async def is_known(house: House) -> bool:
        return await KnownDevices(house.db, house.clock).find("dot", f"{name}={cookie}") != ""

    begun.add("a try of a password", ONE_TRY.every / SECOND, is_used_up)
    begun.add("a device that is known", LASTS_SECONDS, is_known)


async def _begin_limits(house: House, begun: Begun) -> None:
    before = house.state.book.document
    answer = OverflowPolicy(occasion=Occasion.UNSTAFFED, action="auto_reply", channels=(EMAIL,), message="closed")
    queues = tuple(replace(queue, overflow=(answer,)) for queue in before.queues)
    version = await publish_policy(house.db, replace(before, queues=queues), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.take(mail_of("Hej", PIA_MAIL))

    async def is_counted(house: House) -> bool:
        return house.floor.auto_replies.count(house.clock.now()) == 1

    async def is_spent(house: House) -> bool:
        return house.floor.last_hour[SMS].count(house.clock.now()) == 1

    assert await is_counted(house)
    begun.add("an automatic reply of the last day", DAY / SECOND, is_counted)
    begun.add("a text of the last hour", HOUR / SECOND, is_spent)


async def _begin_a_retry(house: House, begun: Begun) -> None:
    """The last of a text's, which is tried for the fifth time in vain."""
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    await house.accept_all("ada")
    held = next(one for one in ada.held if one["channel"] == "sms")
    assert not (await house.about("ada", held["id"], "send_message", text="Hej Sam")).code
    tries = update(tables.outbox).where(tables.outbox.c.channel == "sms").values(tries=len(RETRY_SECONDS) - 1)
    await house.db.write(lambda conn: conn.execute(tries))
    sender = _build_sender(house)
    (row,) = await sender._claim(10, is_due=False)
    await sender._carry_out(row)

    async def waits(house: House) -> bool:
        return not await _build_sender(house)._claim(10, is_due=False)

    begun.add("the wait for a retry", RETRY_SECONDS[-1], waits)


def _build_sender(house: House) -> Sender:
    return Sender(
        house.db,
        house.inbox,
        Busy(),  # as much of a channel as is asked here
        house.clock,
        house.epoch,
        house.dispatcher.wake,
        house.dispatcher.hand_over,
        lambda channel, state: None,
        lambda: house.state.book.consents,
    )


@pytest.fixture
def machine() -> HandMachine:
    return HandMachine()


@pytest.fixture
async def house(
    database: OpenDatabase, tmp_path: Path, library: Library, machine: HandMachine
) -> AsyncIterator[House]:
    async with open_house(await database(), tmp_path / "media", library.scripts, machine) as house:
        yield house


@EACH_STEP
async def test_everything_ends_at_its_time_where_the_wall_is_set_meanwhile(
    house: House, machine: HandMachine, step: float
) -> None:
    begun = await begin(house)
    await set_wall(house, machine, step)
    await begun.end_at_their_time(house)


async def test_everything_ends_at_its_time_where_the_wall_is_set_ahead_and_back(
    house: House, machine: HandMachine
) -> None:
    await set_wall(house, machine, 3600)
    begun = await begin(house)
    await set_wall(house, machine, -3600)
    await begun.end_at_their_time(house)


async def test_a_device_is_known_for_its_days(house: House, machine: HandMachine) -> None:
    begun = await begin(house)
    begun.all = [one for one in begun.all if one.seconds == LASTS_SECONDS]
    await set_wall(house, machine, -24 * 3600)
    await begun.end_at_their_time(house, within=LASTS_SECONDS)


async def begin_and_stop(
    database: OpenDatabase, folder: Path, library: Library, machine: HandMachine, idle: float = 0.0
) -> Begun:
    """A hub in which all of it has begun, and which then ends as the power goes, after `idle` seconds in which
    nothing was decided."""
    async with open_house(await database(), folder, library.scripts, machine) as house:
        begun = await begin(house)
        machine.turn(int(idle * SECOND))
        await lease.renew(house.db, house.epoch, 3600, mark(house.clock))
    return begun


@BOTH
@EACH_STEP
async def test_everything_ends_at_its_time_where_the_wall_is_set_between_two_runs(
    database: OpenDatabase, tmp_path: Path, library: Library, step: float
) -> None:
    machine = HandMachine()
    begun = await begin_and_stop(database, tmp_path, library, machine)
    machine.step(step)
    machine.turn(5 * SECOND)
    async with open_house(await database(), tmp_path, library.scripts, machine) as house:
        await begun.end_at_their_time(house, passed=5)


@pytest.mark.parametrize("step", [-1.0, -24 * 3600.0])
async def test_a_wall_that_is_behind_after_a_start_of_the_machine_makes_nothing_last_longer(
    database: OpenDatabase, tmp_path: Path, library: Library, step: float
) -> None:
    """Nothing says how long the machine was off: what was left when it went off is left."""
    idle = 200.0
    begun = await begin_and_stop(database, tmp_path, library, HandMachine(), idle)
    other = HandMachine("second", wall=NOON + int((idle + step) * SECOND), boot=9 * SECOND)
    async with open_house(await database(), tmp_path, library.scripts, other) as house:
        await begun.end_at_their_time(house, passed=idle)


async def test_a_wall_that_is_ahead_after_a_start_of_the_machine_ends_what_would_have_ended_by_then(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    begun = await begin_and_stop(database, tmp_path, library, HandMachine())
    other = HandMachine("second", wall=NOON + int(3 * 3600 * SECOND), boot=9 * SECOND)
    async with open_house(await database(), tmp_path, library.scripts, other) as house:
        left = [one.what for one in begun.all if await one.is_there(house)]
        assert left == ["a device that is known", "an automatic reply of the last day"]
        await begun.end_at_their_time(house, passed=3 * 3600)


@pytest.mark.parametrize("step", [24 * 3600.0, -24 * 3600.0])
async def test_a_screen_that_answers_no_ping_is_let_go_at_its_time(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Where the wall is set between the ping and the look whether it was answered."""
    screen = AsyncSocket(SocketServer([], 10, 8_000_000).eio, "screen")
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + step)
    assert await screen.check_ping_timeout()
    screen.last_ping -= PING_SECONDS + AT_MOST
    assert not await screen.check_ping_timeout()


async def test_clients_of_the_web_chat_are_waited_for_by_hub_time_and_identities_hold_by_the_wall(
    house: House, config: Config, machine: HandMachine
) -> None:
    async with AsyncExitStack() as stack:
        clock = HubClock(machine)
        server = SocketServer([], 10, 8_000_000)
        url = "http://127.0.0.1:1"
        setup = await wired_channels.build(
            house.host, config, url, 1, server, [], stack, lambda request: None, clock, Signals().customer_types, None
        )
        webchat = next(channel for channel in setup.channels if isinstance(channel, WebchatChannel))
        before, on_the_wall = webchat._clock(), webchat._wall()
        machine.turn(5 * SECOND)
        machine.step(-24 * 3600)
        assert webchat._clock() - before == pytest.approx(5, abs=0.01)
        assert webchat._wall() - on_the_wall == pytest.approx(5 - 24 * 3600, abs=0.01)


async def test_a_file_is_dated_as_everything_that_is_stored(house: House, machine: HandMachine) -> None:
    await set_wall(house, machine, -24 * 3600)
    before = house.clock.at
    await house.host.store_media(b"raw", "mail.eml", "message/rfc822")
    (file,) = await house.rows(tables.media)
    assert before < file["created_at"] <= house.clock.at
