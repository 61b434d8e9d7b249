"""A call that is transferred to a queue comes back to the agent who gave it if nobody there takes it."""

from hub.call_lifecycle import CallState
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined

ADA, CLEO = "ada", "cleo"
WAITED = 600  # seconds: then the cards queue has a caller called back


async def give(house: House) -> str:
    """Ada transfers Sam's call to the cards queue, where Cleo is offered it."""
    await talk(house)
    await house.seat(CLEO)
    held = str(house.screens[ADA].held[0]["id"])
    assert not (await house.about(ADA, held, "transfer_interaction", queue="cards", note="Om kort")).code
    assert [offer["interaction_id"] for offer in house.screens[CLEO].offers] == [held]
    return held


async def decline(house: House) -> None:
    await house.do(CLEO, "decline_offer", offer_id=house.screens[CLEO].offers[0]["id"])


async def is_waiting_on_the_line(house: House, held: str) -> None:
    """The customer hears their place: the last hold is one of those who wait."""
    assert (await house.interaction(id=held))["call_state"] == CallState.HELD
    last = (await house.requests("HoldCall"))[-1]
    assert (last.on, last.is_waiting) == (True, True)
    place = await house.host.find_place("CA1")
    assert place is not None and place.position is not None


async def test_the_last_one_who_could_take_it_declines_and_leaves_and_the_giver_has_it_again(house: House) -> None:
    held = await give(house)
    await decline(house)
    await is_waiting_on_the_line(house, held)
    assert house.screens[ADA].offers == []
    await house.do(CLEO, "set_state", state="unavailable", reason="lunch")
    (offer,) = house.screens[ADA].offers
    assert (offer["interaction_id"], offer["queue"]) == (held, "service")
    await is_waiting_on_the_line(house, held)
    await house.accept(ADA)
    back = house.screens[ADA].find(held)
    assert back["call"]["state"] == "connecting"
    returned = next(one for one in back["messages"] if one["fact"] == "transfer_returned")
    assert returned["data"] == {"occasion": "unstaffed", "agent": "Ada Holm", "from": "cards", "to": "service"}
    connect = (await house.requests("ConnectAgent"))[-1]
    await house.take(agent_joined("CA1", "CA-again", connect.outbox_id))
    assert house.screens[ADA].find(held)["call"]["state"] == "talking"
    await house.check_screens()


async def test_a_customer_who_waits_too_long_there_has_the_giver_again_and_is_not_sent_away(house: House) -> None:
    held = await give(house)
    while not house.screens[ADA].offers and house.screens[CLEO].offers:
        await decline(house)
        await house.turn(WAITED // 4)
    assert [offer["interaction_id"] for offer in house.screens[ADA].offers] == [held]
    assert await house.requests("Speak") == [], "nobody is told to hang up"


async def test_with_the_giver_gone_it_is_dealt_with_like_any_other(house: House) -> None:
    held = await give(house)
    await house.do(ADA, "set_state", state="unavailable", reason="lunch")
    while house.screens[CLEO].offers:
        await decline(house)
        await house.turn(WAITED // 4)
    assert (await house.interaction(id=held))["call_state"] == CallState.GIVEN_BACK
    assert "overflow_callback" in await house.said(held, "fact")
