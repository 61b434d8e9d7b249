"""A hold or a mute that the provider did not carry out is said to the agent, and the call is shown as it is."""

from typing import Any

import pytest

from tests.hub.calls.test_parties import with_broker
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, customer_left


async def fail(house: House, held: str, kind: str, state: str = "unknown", error: str = "no_answer") -> None:
    """The last request of this kind has come to nothing."""
    last = (await house.requests(kind))[-1]
    await house.take(house.result(last.outbox_id, "phone", state, kind=kind, interaction_id=held, error=error))


async def told(house: House, held: str) -> dict[str, Any]:
    last = house.screens["ada"].find(held)["messages"][-1]
    assert last["fact"] == "line_change_failed"
    return dict(last["data"])


@pytest.mark.parametrize("state", ["failed", "unknown"])
async def test_a_hold_that_failed_is_said_and_undone(house: House, state: str) -> None:
    await talk(house)
    held = str(house.screens["ada"].held[0]["id"])
    for on, shown in ((True, "talking"), (False, "held")):
        if not on:
            await house.about("ada", held, "hold_call", on=True)
        await house.about("ada", held, "hold_call", on=on)
        await fail(house, held, "HoldCall", state)
        assert house.screens["ada"].find(held)["call"]["state"] == shown
        assert await told(house, held) == {"change": "hold_on" if on else "hold_off", "who": ""}
        assert (await house.requests("HoldCall"))[-1].on is not on, "perhaps only the answer was lost"
    await fail(house, held, "HoldCall", state)
    assert house.screens["ada"].find(held)["call"]["state"] == "held", "there is no end of it otherwise"
    await house.check_screens()


async def test_a_result_of_an_earlier_wish_changes_nothing(house: House) -> None:
    await talk(house)
    held = str(house.screens["ada"].held[0]["id"])
    await house.about("ada", held, "hold_call", on=True)
    first = (await house.requests("HoldCall"))[-1]
    await house.about("ada", held, "hold_call", on=False)
    await house.take(house.result(first.outbox_id, "phone", "failed", kind="HoldCall", interaction_id=held))
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"
    assert "line_change_failed" not in await house.said(held, "fact")


async def test_a_hold_that_failed_after_the_customer_has_gone_is_no_news(house: House) -> None:
    await talk(house)
    held = str(house.screens["ada"].held[0]["id"])
    await house.about("ada", held, "hold_call", on=True)
    await house.take(customer_left("CA1"))
    await fail(house, held, "HoldCall", "failed", "no_call")
    assert "line_change_failed" not in await house.said(held, "fact")


@pytest.mark.parametrize(("command", "change"), [("hold_party", "hold"), ("mute_party", "mute")])
async def test_a_party_who_could_not_be_held_or_muted_is_shown_as_they_are(
    house: House, command: str, change: str
) -> None:
    held, party_id = await with_broker(house)

    def shown() -> tuple[str, bool]:
        (party,) = house.screens["ada"].find(held)["call"]["parties"]
        return party["state"], party["is_muted"]

    before = shown()
    await house.about("ada", held, command, party_id=party_id, on=True)
    assert shown() != before
    await fail(house, held, "UpdateParty")
    assert shown() == before
    assert await told(house, held) == {"change": f"{change}_on", "who": "+46701740999"}
    await house.check_screens()
    await house.check_restored()


async def test_a_customer_whose_music_did_not_end_when_their_agent_came_is_shown_on_hold(house: House) -> None:
    await talk(house)
    held = str(house.screens["ada"].held[0]["id"])
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    await house.about("ada", held, "transfer_interaction", queue="service")
    await house.turn(61)
    await house.do("ada", "set_state", state="available")
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada-2", (await house.requests("ConnectAgent"))[-1].outbox_id))
    await fail(house, held, "HoldCall")
    assert house.screens["ada"].find(held)["call"]["state"] == "held"
    assert (await told(house, held))["change"] == "hold_off"
