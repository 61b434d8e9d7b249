"""An agent who is disabled still has a telephone: a browser whose token is good for minutes, or a number of
their own. Nobody is put through to it any more."""

from dataclasses import replace

import pytest

from channels.channel import AgentReady
from hub.policies.stored_versions import publish_policy
from hub.sending.may_send import SendRules
from hub.storage.documents import PolicyPublished
from tests.hub.administration.test_staff import AGENT_NO_MORE, change
from tests.hub.calls.test_lost_lines import ADA, BEN, lost
from tests.hub.flows import talk
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, agent_joined, agent_left, call


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


@BOTH
@AGENT_NO_MORE
async def test_a_talk_ends_at_once_and_the_customer_waits_at_the_old_place(
    house: House, roles: tuple[str, ...]
) -> None:
    """Nobody waits for the desk to be closed: the agent may talk on a telephone of their own."""
    await talk(house)
    before = await house.interaction(provider_ref="CA1")
    await change(house, ADA, roles)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("waiting", "held")
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    (told,) = await house.requests("HoldCall")
    assert (told.on, told.is_waiting) == (True, True), "the customer hears the place, and no silence"
    await house.take(agent_left("CA1", "CA-ada"))
    assert (await house.interaction(provider_ref="CA1"))["entered_at"] == before["entered_at"]
    ben = await house.seat(BEN)
    assert [offer["interaction_id"] for offer in ben.offers] == [before["id"]]
    await house.check_restored()


async def test_a_customer_on_hold_waits_at_the_old_place_too(house: House) -> None:
    ada = await talk(house)
    assert not (await house.about(ADA, ada.held[0]["id"], "hold_call", on=True)).code
    await change(house, ADA)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("waiting", "held")


@pytest.mark.parametrize("is_ready", [False, True])
async def test_who_calls_out_reaches_nobody_any_more(house: House, is_ready: bool) -> None:
    house.dispatcher._rules = SendRules(call_numbers=("+46850005000",))
    await house.seat(ADA)
    await house.do(ADA, "call_out", to_address=GUS, reason="About the parcel")
    (reach,) = await house.requests("ReachAgent")
    if is_ready:
        await house.take(AgentReady("phone:AC1:CA-ada:ready", "CA-ada", reach.outbox_id))
    await change(house, ADA)
    del house.screens[ADA]
    assert [row["state"] for row in await house.interactions(channel="phone")] == ["closed"]
    if not is_ready:
        await house.take(AgentReady("phone:AC1:CA-ada:ready", "CA-ada", reach.outbox_id))
        assert await house.requests("CallCustomer") == []
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    await house.check_restored()


async def test_where_the_policy_says_so_a_talk_goes_on_until_its_leg_ends(house: House) -> None:
    """Nobody is called into it again."""
    document = house.state.book.document
    kind = replace(document, timing=replace(document.timing, disabled_in_call="at_call_end"))
    version = await publish_policy(house.db, kind, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await talk(house)
    await change(house, ADA)
    del house.screens[ADA]
    assert await state_of_the_call(house) == ("active", "talking")
    await house.take(agent_left("CA1", "CA-ada"))
    assert await state_of_the_call(house) == ("waiting", "held")
    await house.turn(60)
    assert len(await house.requests("ConnectAgent")) == 1
