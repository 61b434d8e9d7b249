"""When a provider is asked for what its webhooks did not bring, and since when; and what the hub says it knows."""

from dataclasses import dataclass, field

import pytest

from channels.channel import ChannelError, DeliveryState, OpenCall
from hub.routing_process.catch_up import FIRST_OVERLAP, LONGEST, OVERLAP, CatchUp
from hub.routing_process.routing_loop import KEEP_ARRIVALS
from hub.storage.database import StorageUnavailable
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, call, customer_left, report, text

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
async def test_each_round_begins_a_little_before_the_last_one(house: House) -> None:
    provider = Provider()
    first = house.clock.at
    assert await CatchUp(house.db, provider, house.clock).look(FIRST_OVERLAP)
    house.clock.at += 60 * SECOND
    second = house.clock.at
    assert await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    house.clock.at += 60 * SECOND
    assert await CatchUp(house.db, provider, house.clock).look(FIRST_OVERLAP)  # another process
    assert provider.asked == [first + 1, first + 1 - OVERLAP, second + 1 - FIRST_OVERLAP]


@pytest.mark.parametrize(
    "error",
    [
        ChannelError("the provider is busy", code="503", retry=True),
        StorageUnavailable("the database is away"),
        KeyError("nonsense"),
    ],
)
async def test_a_round_that_fails_is_made_up_for_by_the_next(house: House, error: Exception) -> None:
    provider = Provider()
    began = house.clock.at
    assert await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    provider.error = error
    house.clock.at += DAY * SECOND
    assert not await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    provider.error = None
    assert await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    assert provider.asked[1:] == [began + 1 - OVERLAP] * 2


async def test_nothing_is_asked_for_that_the_hub_may_have_forgotten_having_heard(house: House) -> None:
    """Its delivery key would be taken for new (P2)."""
    assert LONGEST + DAY * SECOND <= KEEP_ARRIVALS
    provider = Provider()
    assert await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    house.clock.at += 30 * DAY * SECOND
    now = house.clock.at
    assert await CatchUp(house.db, provider, house.clock).look(OVERLAP)
    assert provider.asked[-1] == now + 1 - LONGEST


async def test_each_channel_has_an_end_of_its_own(house: House) -> None:
    phone, sms = Provider("phone"), Provider("sms")
    assert await CatchUp(house.db, phone, house.clock).look(OVERLAP)
    house.clock.at += DAY * SECOND
    now = house.clock.at
    assert await CatchUp(house.db, sms, house.clock).look(OVERLAP)
    assert sms.asked == [now + 1]


# ---- what the hub says of itself


async def test_the_calls_that_are_open_are_those_that_nobody_said_are_over(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"), call("CA2", "+46701749998"), call("CA3", "+46701749997"), text("Hej"))
    held = await house.accept("ada")
    await house.take(customer_left("CA3"))
    (connect,) = await house.requests("ConnectAgent")
    more = {"interaction_id": held["id"], "provider_id": "CA-ada"}
    await house.take(house.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    assert sorted(await house.host.read_open_calls(), key=lambda c: c.call_id) == [
        OpenCall("CA1", "CA-ada", is_connecting=True),
        OpenCall("CA2"),
    ]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert OpenCall("CA1", "CA-ada") in await house.host.read_open_calls()
    await house.take(customer_left("CA1"))  # the agent wraps up
    assert await house.host.read_open_calls() == [OpenCall("CA2")]


async def test_texts_whose_end_is_not_known_are_found_by_the_providers_id(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej", provider_id="SM-in"))
    held = await house.accept("ada")
    for words, provider_id in (("Ett", "SM1"), ("Två", "SM2"), ("Tre", "SM3")):
        await house.about("ada", held["id"], "send_message", text=words)
        out = (await house.requests("TextOut"))[-1]
        await house.take(house.result(out.outbox_id, "sms", "sent", provider_id=provider_id))
    one, two, three = [out.outbox_id for out in await house.requests("TextOut")]
    await house.take(report(two, DeliveryState.DELIVERED))
    found = await house.host.find_sent(["SM-in", "SM1", "SM2", "SM3", "SM4"])
    assert found == {"SM1": one, "SM3": three}


async def test_what_was_heard_is_known_by_its_key(house: House) -> None:
    first = text("Hej")
    await house.take(first)
    assert await house.host.find_heard([first.key, "sms:AC1:SM-other"]) == {first.key}
