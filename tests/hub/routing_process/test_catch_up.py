"""When a provider is asked for what its webhooks did not bring, and since when; and what the hub says it knows."""

from dataclasses import dataclass, field

import pytest

from channels.channel import ChannelError, DeliveryState, OpenCall
from hub.routing_process.catch_up import FIRST_OVERLAP, LONGEST, OVERLAP, CatchUp
from hub.routing_process.routing_loop import KEEP_ARRIVALS
from hub.storage.database import StorageUnavailable
from routing.model import SECOND
from tests.hub.notices import agent_joined, call, customer_left, report, text
from tests.hub.stage import BOTH, Stage

DAY = 24 * 3600


@dataclass
class Provider:
    """A channel that only says since when it was asked."""

    name: str = "sms"
    error: Exception | None = None
    asked: list[int] = field(default_factory=list)

    async def catch_up(self, since: int) -> None:
        self.asked.append(since)
        if self.error is not None:
            raise self.error


@BOTH
async def test_each_round_begins_a_little_before_the_last_one(stage: Stage) -> None:
    provider = Provider()
    first = stage.clock.at
    assert await CatchUp(stage.db, provider, stage.clock).look(FIRST_OVERLAP)
    stage.clock.at += 60 * SECOND
    second = stage.clock.at
    assert await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    stage.clock.at += 60 * SECOND
    assert await CatchUp(stage.db, provider, stage.clock).look(FIRST_OVERLAP)  # another process
    assert provider.asked == [first + 1, first + 1 - OVERLAP, second + 1 - FIRST_OVERLAP]


@pytest.mark.parametrize(
    "error",
    [
        ChannelError("the provider is busy", code="503", retry=True),
        StorageUnavailable("the database is away"),
        KeyError("nonsense"),
    ],
)
async def test_a_round_that_fails_is_made_up_for_by_the_next(stage: Stage, error: Exception) -> None:
    provider = Provider()
    began = stage.clock.at
    assert await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    provider.error = error
    stage.clock.at += DAY * SECOND
    assert not await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    provider.error = None
    assert await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    assert provider.asked[1:] == [began + 1 - OVERLAP] * 2


async def test_nothing_is_asked_for_that_the_hub_may_have_forgotten_having_heard(stage: Stage) -> None:
    """Its delivery key would be taken for new (P2)."""
    assert LONGEST + DAY * SECOND <= KEEP_ARRIVALS
    provider = Provider()
    assert await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    stage.clock.at += 30 * DAY * SECOND
    now = stage.clock.at
    assert await CatchUp(stage.db, provider, stage.clock).look(OVERLAP)
    assert provider.asked[-1] == now + 1 - LONGEST


async def test_each_channel_has_an_end_of_its_own(stage: Stage) -> None:
    phone, sms = Provider("phone"), Provider("sms")
    assert await CatchUp(stage.db, phone, stage.clock).look(OVERLAP)
    stage.clock.at += DAY * SECOND
    now = stage.clock.at
    assert await CatchUp(stage.db, sms, stage.clock).look(OVERLAP)
    assert sms.asked == [now + 1]


# ---- what the hub says of itself


async def test_the_calls_that_are_open_are_those_that_nobody_said_are_over(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(call("CA1"), call("CA2", "+46701749998"), call("CA3", "+46701749997"), text("Hej"))
    held = await stage.accept("ada")
    await stage.take(customer_left("CA3"))
    (connect,) = await stage.requests("ConnectAgent")
    more = {"interaction_id": held["id"], "provider_id": "CA-ada"}
    await stage.take(stage.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    assert sorted(await stage.host.read_open_calls(), key=lambda c: c.call_id) == [
        OpenCall("CA1", "CA-ada", is_connecting=True),
        OpenCall("CA2"),
    ]
    await stage.take(agent_joined("CA1", "CA-ada"))
    assert OpenCall("CA1", "CA-ada") in await stage.host.read_open_calls()
    await stage.take(customer_left("CA1"))  # the agent wraps up
    assert await stage.host.read_open_calls() == [OpenCall("CA2")]


async def test_texts_whose_end_is_not_known_are_found_by_the_providers_id(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hej", provider_id="SM-in"))
    held = await stage.accept("ada")
    for words, provider_id in (("Ett", "SM1"), ("Två", "SM2"), ("Tre", "SM3")):
        await stage.about("ada", held["id"], "send_message", text=words)
        out = (await stage.requests("TextOut"))[-1]
        await stage.take(stage.result(out.outbox_id, "sms", "sent", provider_id=provider_id))
    one, two, three = [out.outbox_id for out in await stage.requests("TextOut")]
    await stage.take(report(two, DeliveryState.DELIVERED))
    found = await stage.host.find_sent(["SM-in", "SM1", "SM2", "SM3", "SM4"])
    assert found == {"SM1": one, "SM3": three}


async def test_what_was_heard_is_known_by_its_key(stage: Stage) -> None:
    first = text("Hej")
    await stage.take(first)
    assert await stage.host.find_heard([first.key, "sms:AC1:SM-other"]) == {first.key}
