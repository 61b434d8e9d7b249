"""The outbox carried out against a provider that refuses, is busy, hangs, loses answers and talks nonsense.

That is the sandbox, through the real SMS adapter, over real HTTP; time is the test's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from channels.channel import ConnectAgent, DeliveryState, Receipt, Request
from channels.sandbox.faults import Fault
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxCustomer, SandboxSettings
from channels.sms import SmsChannel, SmsSettings
from channels.twilio.account import TwilioAccount
from hub.routing_process.send_again import RETRY_SECONDS
from hub.routing_process.sender import SendBell, Sender, recover
from hub.storage import outbox, tables
from tests.hub.house import House
from tests.hub.notices import GUS, OUR_NUMBER, SAM, call, report, text

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "a token for tests only"
CUSTOMERS = (
    SandboxCustomer("Sam Okoye", SAM, "sam@mail.example"),
    SandboxCustomer("Gus Moreau", GUS, "gus@mail.example"),
)


@dataclass
class Post:
    """The provider, and the sender that speaks to it."""

    house: House
    sandbox: Sandbox
    channel: SmsChannel
    go_on: asyncio.Event = field(default_factory=asyncio.Event)  # lets a slow request go on
    sent: list[tuple[str, str]] = field(default_factory=list)  # what the sender has counted

    def start(self, channel: Any = None) -> "asyncio.Task[None]":
        house = self.house
        bell = house.senders["sms"] = SendBell()
        sender = Sender(
            house.db,
            house.inbox,
            channel or self.channel,
            house.clock,
            house.epoch,
            house.dispatcher.wake,
            house.dispatcher.hand_over,
            lambda name, state: self.sent.append((name, state)),
            lambda: house.state.book.consents,
        )
        return asyncio.create_task(sender.run(bell))

    async def reply(self, words: str, customer: str = SAM) -> str:
        """Ada answers the customer, of whom she has a text in hand; the message's id."""
        held = next(one for one in self.house.screens["ada"].held if one["address"] == customer)
        assert not (await self.house.about("ada", held["id"], "send_message", text=words)).code
        return str((await self.house.requests("TextOut"))[-1].outbox_id)

    def shown(self, message_id: str) -> tuple[str, str]:
        """How the message stands on Ada's screen."""
        messages = (m for held in self.house.screens["ada"].held for m in held["messages"])
        return next((m["delivery"], m["error"]) for m in messages if m["id"] == message_id)

    async def becomes(self, message_id: str, delivery: str) -> str:
        """Its error, once it stands there as `delivery`."""
        await until(lambda: self.shown(message_id)[0] == delivery)
        return self.shown(message_id)[1]

    def arrived(self, customer: str = SAM) -> list[str]:
        """What the provider has taken for the customer, in its order."""
        return [m.body for m in self.sandbox._messages.list_of(customer) if m.by == "hub"]

    async def later(self, seconds: float) -> None:
        await self.house.turn(seconds)
        self.house.senders["sms"].ring(is_due=False)

    async def has_nothing_to_do(self) -> None:
        """A later message to somebody else has left: whatever was due before it has been looked at."""
        await self.becomes(await self.reply("Hej Gus", GUS), "delivered")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0)


@asynccontextmanager
async def listen(house: House, timeout_seconds: float = 60) -> AsyncIterator[Post]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    go_on = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await go_on.wait()

    account = TwilioAccount(ACCOUNT, TOKEN, url, url, timeout_seconds)
    numbers = {"hub_phone": OUR_NUMBER, "hub_sms": OUR_NUMBER, "hub_mail": "hello@nordpost.example"}
    sandbox = Sandbox(SandboxSettings(CUSTOMERS, ACCOUNT, TOKEN, hub_url=url, **numbers), sleep)
    channel = SmsChannel(SmsSettings(account, (OUR_NUMBER,)), house.host)
    app = web.Application()
    for route in (*sandbox.routes(), *channel.routes()):
        app.router.add_route(route.method, route.path, route.handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    await sandbox.start()
    await channel.start()
    try:
        yield Post(house, sandbox, channel, go_on)
    finally:
        await channel.stop()
        await sandbox.stop()
        await runner.cleanup()


@pytest_asyncio.fixture
async def post(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Post]:
    """Ada holds a text of Sam's and one of Gus's, and the sender is at work.

    A parameter, if any, is how many seconds the provider has for its answer."""
    await house.seat("ada")
    for customer in (SAM, GUS):
        await house.take(text("Hej", customer))
        await house.accept("ada")
    async with listen(house, getattr(request, "param", 60)) as post:
        task = post.start()
        yield post
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await house.until_handled()


async def test_a_reply_leaves_and_its_way_is_shown(post: Post) -> None:
    message = await post.reply("Hej Sam 你好")
    assert await post.becomes(message, "delivered") == ""
    assert post.arrived() == ["Hej Sam 你好"]
    (row,) = await post.house.rows(tables.outbox, tables.outbox.c.id == message)
    assert (row["state"], row["tries"], row["provider_id"][:2]) == ("sent", 1, "SM")
    assert post.sent == [("sms", "sent")]


async def test_what_the_provider_refuses_has_failed_and_says_why(post: Post) -> None:
    await post.house.take(text("Hej", "+46701749100", to_address="+46850009999"))  # no number of the account
    await post.house.accept("ada")
    message = await post.reply("Hej", "+46701749100")
    assert await post.becomes(message, "failed") == "21606"
    await post.later(3600)
    await post.has_nothing_to_do()
    assert post.shown(message) == ("failed", "21606")


# ---- known failures are tried again


@pytest.mark.parametrize("kind", ["429", "503"])
async def test_a_busy_provider_is_asked_again_after_a_while_and_the_text_is_there_once(post: Post, kind: str) -> None:
    post.sandbox.faults.add(Fault("rest", kind))
    message = await post.reply("Strax")
    await until(lambda: not post.sandbox.faults.list())
    await post.has_nothing_to_do()
    assert (post.shown(message)[0], post.arrived()) == ("queued", [])
    await post.later(RETRY_SECONDS[0])
    await post.becomes(message, "delivered")
    assert post.arrived() == ["Strax"]


async def test_a_provider_that_stays_busy_is_given_up(post: Post) -> None:
    post.sandbox.faults.add(Fault("rest", "429", count=len(RETRY_SECONDS) + 1))
    message = await post.reply("Strax")
    for tries, seconds in enumerate(RETRY_SECONDS, 1):
        await until_tried(post.house, message, tries)
        assert post.shown(message)[0] == "queued"
        await post.later(seconds)
    assert await post.becomes(message, "failed") == "20429"
    assert post.arrived() == []


def test_nothing_is_tried_again_for_longer_than_six_minutes() -> None:
    assert list(accumulate(RETRY_SECONDS))[-1] <= 360


@pytest.mark.promise("P7")
async def test_two_replies_arrive_in_their_order_also_when_the_first_has_to_wait(post: Post) -> None:
    post.sandbox.faults.add(Fault("rest", "429"))
    first, second = await post.reply("Ett"), await post.reply("Två")
    await until_tried(post.house, first, 1)
    await post.has_nothing_to_do()
    assert post.arrived() == []
    await post.later(RETRY_SECONDS[0])
    await post.becomes(first, "delivered")
    await post.becomes(second, "delivered")
    assert post.arrived() == ["Ett", "Två"]


async def test_many_replies_at_once_arrive_in_their_order(post: Post) -> None:
    words = [f"Nummer {n} 第{n}条" for n in range(8)]
    messages = [await post.reply(one) for one in words]
    await post.becomes(messages[-1], "delivered")
    assert post.arrived() == words


# ---- nobody knows


@pytest.mark.promise("P7")
@pytest.mark.parametrize("kind", ["drop", "nonsense", "500"])
async def test_what_nobody_knows_is_never_sent_again_but_by_a_person(post: Post, kind: str) -> None:
    post.sandbox.faults.add(Fault("rest", kind))
    message = await post.reply("Hej Sam")
    await post.becomes(message, "unknown")
    for _ in range(3):
        await post.later(3600)
        await post.has_nothing_to_do()
    assert post.arrived() == []
    held = next(one for one in post.house.screens["ada"].held if one["address"] == SAM)
    assert not (await post.house.about("ada", held["id"], "resend_message", message_id=message)).code
    await post.becomes(message, "delivered")
    assert post.arrived() == ["Hej Sam"]


@pytest.mark.promise("P7")
@pytest.mark.parametrize(("post", "kind"), [(1, "timeout_after"), (60, "drop_after")], indirect=["post"])
async def test_a_text_whose_answer_was_lost_is_settled_by_its_report(post: Post, kind: str) -> None:
    post.sandbox.faults.add(Fault("rest", kind))
    message = await post.reply("Hej Sam")
    await post.becomes(message, "delivered")
    await until(lambda: post.sent == [("sms", "unknown")])
    await post.house.until_handled()
    assert post.shown(message) == ("delivered", "")
    await post.later(3600)
    await post.becomes(await post.reply("Är du där?"), "delivered")  # it holds nothing back
    assert post.arrived() == ["Hej Sam", "Är du där?"]


@pytest.mark.promise("P12")
async def test_a_provider_that_is_slow_with_one_customer_keeps_no_other_waiting(post: Post) -> None:
    post.sandbox.faults.add(Fault("rest", "slow", seconds=0.1))
    slow = await post.reply("Långsamt")
    await until(lambda: not post.sandbox.faults.list())
    await post.has_nothing_to_do()
    assert post.shown(slow)[0] == "queued"
    post.go_on.set()
    await post.becomes(slow, "delivered")


class Broken:
    """An adapter with a mistake in it."""

    name = "sms"

    async def send(self, request: Request) -> Receipt:
        raise ZeroDivisionError


@pytest.mark.promise("P7")
async def test_an_adapter_that_breaks_leaves_the_outcome_to_a_person(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej"))
    await house.accept("ada")
    async with listen(house) as post:
        task = post.start(Broken())
        message = await post.reply("Hej")
        assert await post.becomes(message, "unknown") == "internal"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# ---- the end of a process


class Slow:
    """Begins, and ends when it is let."""

    name = "sms"

    def __init__(self) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()

    async def send(self, request: Request) -> Receipt:
        self.began.set()
        await self.may_end.wait()
        return Receipt("SM1")


@pytest.mark.promise("P10")
async def test_a_request_under_way_is_finished_before_the_sender_ends(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej"))
    await house.accept("ada")
    async with listen(house) as post:
        slow = Slow()
        task = post.start(slow)
        message = await post.reply("Hej")
        await slow.began.wait()
        task.cancel()
        slow.may_end.set()
        await asyncio.gather(task, return_exceptions=True)
        await house.until_handled()
        assert post.shown(message)[0] == "sent"


@pytest.mark.promise("P7")
async def test_what_was_under_way_when_the_process_died_is_for_a_person(house: House) -> None:
    message = await reply_without_sender(house)
    await outbox.claim(house.db, "sms", house.clock.now(), 10, epoch=house.epoch)
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    await house.until_handled()
    shown = house.screens["ada"].held[0]["messages"][-1]
    assert (shown["id"], shown["delivery"], shown["error"]) == (message, "unknown", "interrupted")
    assert await outbox.claim(house.db, "sms", house.clock.now(), 10, epoch=house.epoch) == []


@pytest.mark.promise("P7")
async def test_what_a_person_has_sent_again_is_not_taken_for_unknown_at_the_next_start(house: House) -> None:
    message = await reply_without_sender(house)
    await house.take(house.result(message, "sms", "unknown", error="no_answer"))
    await house.about("ada", house.screens["ada"].held[0]["id"], "resend_message", message_id=message)
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    await house.until_handled()
    assert house.screens["ada"].held[0]["messages"][-1]["delivery"] == "queued"
    (row,) = await outbox.claim(house.db, "sms", house.clock.now(), 10, epoch=house.epoch)
    assert row.id != message


@pytest.mark.promise("P7")
async def test_what_was_under_way_of_a_message_that_has_arrived_is_for_nobody(house: House) -> None:
    message = await reply_without_sender(house)
    await house.take(house.result(message, "sms", "unknown", error="no_answer"))
    await house.about("ada", house.screens["ada"].held[0]["id"], "resend_message", message_id=message)
    await outbox.claim(house.db, "sms", house.clock.now(), 10, epoch=house.epoch)
    await house.take(report(message, DeliveryState.DELIVERED))
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    await house.until_handled()
    assert await house.count(tables.outbox, tables.outbox.c.state == "unknown") == 0
    assert house.screens["ada"].held[0]["messages"][-1]["delivery"] == "delivered"


async def test_what_does_no_harm_twice_is_done_again(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    first = await outbox.claim(house.db, "phone", house.clock.now(), 10, epoch=house.epoch)
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    again = await outbox.claim(house.db, "phone", house.clock.now(), 10, epoch=house.epoch)
    assert [row.id for row in again] == [row.id for row in first]
    assert [row.kind for row in again] == [ConnectAgent.__name__]


async def reply_without_sender(house: House) -> str:
    await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "send_message", text="Hej Sam")
    return str((await house.requests("TextOut"))[0].outbox_id)


async def until_tried(house: House, outbox_id: str, tries: int) -> None:
    """So often, and put off each time."""
    x = tables.outbox
    async with asyncio.timeout(60):
        while not await house.count(x, x.c.id == outbox_id, x.c.tries == tries, x.c.state == "queued"):
            await asyncio.sleep(0)
