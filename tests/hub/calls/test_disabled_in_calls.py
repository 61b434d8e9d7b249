"""An agent who is disabled still has a telephone: a browser whose token is good for minutes, or a number of
their own. Nobody is put through to it any more."""

from tests.hub.administration.test_staff import AGENT_NO_MORE, change
from tests.hub.calls.test_lost_lines import ADA, BEN, lost
from tests.hub.flows import talk
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, agent_left, call


async def state_of_the_call(house: House) -> tuple[str, str]:
    row = await house.interaction(provider_ref="CA1")
    return row["state"], row["call_state"]


@BOTH
@AGENT_NO_MORE
async def test_a_leg_that_rings_is_hung_up_and_the_customer_keeps_the_place(
    house: House, roles: tuple[str, ...]
) -> None:
    """The token is out, so the browser would have answered."""
    await house.seat(ADA)
    await house.take(call("CA1"))
    held = await house.accept(ADA)
    (connect,) = await house.requests("ConnectAgent")
    more = {"interaction_id": held["id"], "provider_id": "CA-ada"}
    await house.take(house.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    await change(house, ADA, roles)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("waiting", "held")
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    await house.take(agent_joined("CA1", "CA-ada", connect.outbox_id))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada", "CA-ada"], (
        "who is faster is sent away"
    )
    ben = await house.seat(BEN)
    assert [offer["interaction_id"] for offer in ben.offers] == [held["id"]]
    await house.check_restored()


async def test_nobody_waits_out_the_grace_of_who_may_not_come_back(house: House) -> None:
    await lost(house)
    await change(house, ADA)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("waiting", "held")
    await house.turn(40)
    assert len(await house.requests("ConnectAgent")) == 1


async def test_a_talk_goes_on_until_its_leg_ends_and_nobody_is_called_into_it_again(house: House) -> None:
    """The desk is closed within five seconds, and its leg ends with the page; the customer waits at once."""
    await talk(house)
    await change(house, ADA)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("active", "talking")
    await house.take(agent_left("CA1", "CA-ada"))
    assert await state_of_the_call(house) == ("waiting", "held")
    await house.turn(60)
    assert len(await house.requests("ConnectAgent")) == 1
