"""To whom an agent can hand a call: colleagues as they are at this moment, and queues with those who wait in them."""

from hub.screens.call_receivers import Receivers
from tests.channel_names import PHONE, SMS
from tests.hub.calls.test_consults import ADA, BEN, asked, talking
from tests.hub.house import House
from tests.hub.notices import GUS, PIA, call


async def states(house: House, channel: str = PHONE) -> dict[str, tuple[str, str]]:
    found = await Receivers(house.db, house.clock).list_for(ADA, channel)
    return {one.id: (one.state, one.reason) for one in found.agents}


async def test_a_colleague_is_free_busy_or_away_and_one_who_is_offline_is_not_listed(house: House) -> None:
    await talking(house)
    await house.open("cleo")
    assert await states(house) == {BEN: ("free", "")}
    await house.take(call("CA2", GUS))
    assert await states(house) == {BEN: ("busy", "")}
    await house.do(BEN, "decline_offer", offer_id=house.screens[BEN].offers[0]["id"])
    await house.do(BEN, "set_state", state="unavailable", reason="lunch")
    assert await states(house) == {BEN: ("away", "lunch")}


async def test_a_colleague_who_is_consulted_is_busy_for_calls(house: House) -> None:
    await asked(house)
    assert (await states(house))[BEN] == ("busy", "")


async def test_free_colleagues_come_first(house: House) -> None:
    await talking(house)
    await house.seat("cleo")
    await house.do(BEN, "set_state", state="unavailable", reason="lunch")
    assert list(await states(house, SMS)) == ["cleo", BEN]


async def test_a_queue_is_listed_with_those_who_wait_in_it(house: House) -> None:
    await talking(house)
    await house.do(BEN, "set_state", state="unavailable", reason="lunch")
    await house.take(call("CA2", GUS), call("CA3", PIA))
    found = await Receivers(house.db, house.clock).list_for(ADA, PHONE)
    assert {one.id: one.waiting for one in found.queues}["service"] == 2


async def test_a_closed_queue_is_shown_as_closed(house: House) -> None:
    await talking(house)
    found = await Receivers(house.db, house.clock).list_for(ADA, PHONE)
    assert {one.is_open for one in found.queues} == {True, False}, "at noon on a Sunday"
