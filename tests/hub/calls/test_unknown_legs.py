"""A telephone of which nobody knows whether it rings is waited for until the provider's lists or a deadline tell."""

from typing import Any

import pytest

from channels.channel import AgentReady, Receipt
from routing.model import SECOND
from tests.hub.calls.faulty_provider import build_sender
from tests.hub.calls.provider_rooms import ProviderRooms
from tests.hub.calls.test_calling_out import RULES, call_out
from tests.hub.house import House
from tests.hub.notices import agent_joined, call


class Reachable(ProviderRooms):
    """A provider without faults, as the sender sees it."""

    name = "phone"

    async def send(self, request: Any) -> Receipt:
        return await self.carry_out(request)


async def dial(house: House) -> str:
    """Ada has taken Sam's call; whether her telephone was called is unknown. The interaction."""
    await house.seat("ada")
    await house.take(call("CA1"))
    held = str((await house.accept("ada"))["id"])
    (connect,) = await house.requests("ConnectAgent")
    result = house.result(connect.outbox_id, "phone", "unknown", kind="ConnectAgent", interaction_id=held)
    await house.take(result)
    return held


async def test_an_unknown_dial_is_waited_for_and_the_leg_may_still_come(house: House) -> None:
    held = await dial(house)
    assert house.screens["ada"].find(held)["call"]["state"] == "connecting"
    (open_call,) = await house.host.read_open_calls()
    assert open_call.is_connecting, "the provider's lists are looked at for it"
    await house.turn(100)
    await house.take(agent_joined("CA1", "CA-ada", (await house.requests("ConnectAgent"))[0].outbox_id))
    await house.turn(600)
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"


@pytest.mark.parametrize("is_restored", [False, True])
async def test_an_unknown_dial_that_nobody_has_seen_is_given_up(house: House, is_restored: bool) -> None:
    held = await dial(house)
    if is_restored:
        await house.dispatcher._restore()
    await house.turn(131)
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"]) == ("waiting", "held")
    assert (await house.said(held, "fact"))[-1] == "agent_line_failed"
    assert house.screens["ada"].shown["agent"]["reason"] == "phone_failed"


@pytest.mark.parametrize("is_reached", [False, True])
async def test_an_agent_who_calls_out_is_free_again_if_nobody_is_heard_of(house: House, is_reached: bool) -> None:
    house.dispatcher._rules = RULES
    await house.seat("ada")
    await call_out(house)
    held = str(house.screens["ada"].held[0]["id"])
    if is_reached:
        (reached,) = await house.requests("ReachAgent")
        await house.take(AgentReady("phone:AC1:CA8:ready", "CA8", reached.outbox_id))
    await house.turn(66)
    assert house.screens["ada"].find(held)["state"] == "wrap_up"
    expected = "callback_unanswered" if is_reached else "call_out_failed"
    assert expected in await house.said(held, "fact")


async def test_a_call_before_its_answer_is_handed_to_nobody(house: House) -> None:
    house.dispatcher._rules = RULES
    await house.seat("ada")
    await call_out(house)
    held = str(house.screens["ada"].held[0]["id"])
    assert (await house.about("ada", held, "transfer_interaction", queue="service")).code == "wrong_state"
    await house.seat("dot")
    await house.do("dot", "set_state", state="unavailable", reason="meeting")
    about = {"interaction_id": held, "version": house.screens["ada"].find(held)["version"]}
    assert (await house.ask("dot", "assign_interaction", agent_id="dot", **about)).code == "wrong_state"


@pytest.mark.parametrize(("seconds", "is_made"), [(59, True), (61, False)])
async def test_a_call_whose_moment_has_gone_is_not_made(house: House, seconds: int, is_made: bool) -> None:
    """The hub was away between the decision and the call. Nobody's telephone rings for a talk that is over."""
    await house.seat("ada")
    await house.take(call("CA1"))
    held = str((await house.accept("ada"))["id"])
    rooms = Reachable(house.host)
    sender = build_sender(house, rooms)
    house.clock.at += seconds * SECOND
    for row in await sender._claim(32, is_due=False):
        await sender._carry_out(row)
    await house.until_handled()
    assert bool(rooms.legs) is is_made
    expected = "connecting" if is_made else "held"
    assert (await house.interaction(id=held))["call_state"] == expected
