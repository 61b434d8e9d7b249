"""The parties of a call: somebody outside is called into it, held, and leaves; reports come late, twice or never."""

from typing import Any

import pytest

from hub.call_lifecycle import PARTY_TRANSITIONS, PartyState, PartyStep
from hub.storage import tables
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, agent_left, customer_left

BROKER = "+46701740999"


async def talking(house: House) -> str:
    await talk(house)
    return str(house.screens["ada"].held[0]["id"])


async def call_broker(house: House) -> tuple[str, Any]:
    held = await talking(house)
    assert not (await house.about("ada", held, "call_third_party", number="+46 70 174 09 99")).code
    (request,) = await house.requests("ConnectParty")
    return held, request


async def with_broker(house: House) -> tuple[str, str]:
    held, request = await call_broker(house)
    await house.take(agent_joined("CA1", "CA-broker", request.outbox_id))
    return held, request.outbox_id


def parties(house: House, held: str) -> list[dict[str, Any]]:
    return list(house.screens["ada"].find(held)["call"]["parties"])


async def test_somebody_outside_is_called_into_the_call_and_joins(house: House) -> None:
    held, request = await call_broker(house)
    assert (request.to_address, request.call_id, request.asks_key) == (BROKER, "CA1", False)
    (party,) = parties(house, held)
    assert (party["role"], party["state"], party["address"]) == ("third_party", "calling", BROKER)
    await house.take(agent_joined("CA1", "CA-broker", request.outbox_id))
    (party,) = parties(house, held)
    assert (party["state"], party["deadline_at"]) == ("present", None)
    assert "party_joined" in await house.said(held, "fact")
    await house.check_screens()


async def test_a_party_is_restored_from_its_row_in_every_state(house: House) -> None:
    held, request = await call_broker(house)
    await house.check_restored()
    await house.take(agent_joined("CA1", "CA-broker", request.outbox_id))
    await house.check_restored()
    assert not (await house.about("ada", held, "hold_party", party_id=request.outbox_id, on=True)).code
    await house.check_restored()
    await house.take(agent_left("CA1", "CA-broker", "completed", request.outbox_id))
    await house.check_restored()


@pytest.mark.parametrize("reason", ["busy", "no-answer", "failed", "canceled"])
async def test_a_party_who_is_not_reached_is_told_and_the_call_goes_on(house: House, reason: str) -> None:
    held, request = await call_broker(house)
    await house.take(agent_left("CA1", "CA-broker", reason, request.outbox_id))
    assert parties(house, held) == []
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"
    assert (await house.said(held, "fact"))[-1] == "party_unreached"


async def test_a_party_of_whom_the_provider_says_nothing_is_given_up_and_sent_away_if_it_joins_late(
    house: House,
) -> None:
    held, request = await call_broker(house)
    result = house.result(request.outbox_id, "phone", "unknown", kind="ConnectParty", interaction_id=held)
    await house.take(result)
    assert parties(house, held)[0]["state"] == "calling", "a dial that timed out is unknown"
    await house.turn(46)
    assert parties(house, held) == []
    (call,) = await house.host.read_open_calls()
    assert call.is_connecting, "the provider's list is still looked at for a leg that nobody knows"
    await house.take(agent_joined("CA1", "CA-broker", request.outbox_id))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-broker"]


async def test_a_leg_that_the_provider_names_after_it_was_given_up_is_hung_up(house: House) -> None:
    held, request = await call_broker(house)
    assert not (await house.about("ada", held, "drop_party", party_id=request.outbox_id)).code
    result = house.result(request.outbox_id, "phone", "sent", kind="ConnectParty", interaction_id=held)
    await house.take(
        house.result(
            request.outbox_id,
            "phone",
            "sent",
            kind="ConnectParty",
            interaction_id=held,
            provider_id="CA-broker",
        )
    )
    assert result.provider_id == ""
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-broker"]


async def test_a_party_that_the_provider_refuses_is_over_at_once(house: House) -> None:
    held, request = await call_broker(house)
    refused = house.result(
        request.outbox_id, "phone", "failed", kind="ConnectParty", interaction_id=held, error="21211"
    )
    await house.take(refused)
    assert parties(house, held) == []


async def test_a_party_is_held_muted_and_sent_away(house: House) -> None:
    held, party_id = await with_broker(house)
    for kind, on in (("hold_party", True), ("hold_party", False), ("mute_party", True)):
        assert not (await house.about("ada", held, kind, party_id=party_id, on=on)).code
    asked = [(one.leg_id, one.is_held, one.is_muted) for one in await house.requests("UpdateParty")]
    assert sorted(asked, key=str) == sorted(
        [("CA-broker", True, None), ("CA-broker", False, None), ("CA-broker", None, True)], key=str
    )
    assert parties(house, held)[0]["is_muted"]
    assert not (await house.about("ada", held, "drop_party", party_id=party_id)).code
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-broker"]
    for kind in ("hold_party", "mute_party"):
        assert (await house.about("ada", held, kind, party_id=party_id, on=True)).code == "party_gone"


async def test_reports_of_a_party_that_come_twice_or_late_change_nothing(house: House) -> None:
    held, party_id = await with_broker(house)
    await house.take(agent_joined("CA1", "CA-broker", party_id))
    await house.take(agent_left("CA1", "CA-earlier", "completed", party_id))
    assert [party["state"] for party in parties(house, held)] == ["present"]
    for _ in range(2):
        await house.take(agent_left("CA1", "CA-broker", "completed", party_id))
    assert (await house.said(held, "fact")).count("party_left") == 1
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"


async def test_everybody_has_gone_when_the_call_ends(house: House) -> None:
    held, party_id = await with_broker(house)
    await house.take(customer_left("CA1"))
    assert "CA-broker" in [one.leg_id for one in await house.requests("HangUp")]
    (row,) = await house.rows(tables.party)
    assert (row["state"], row["ended_as"]) == ("over", "sent away")
    assert row["ended_at"] is not None
    assert (await house.interaction(id=held))["state"] == "wrap_up"
    assert party_id == row["id"]


async def test_a_party_leaves_with_the_agent_who_hands_the_call_to_a_queue(house: House) -> None:
    held, _ = await with_broker(house)
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("ada", held, "transfer_interaction", queue="service")).code
    assert {one.leg_id for one in await house.requests("HangUp")} >= {"CA-broker"}
    assert house.floor.interactions[held].parties == {}


async def test_a_number_that_may_not_be_called_is_refused_with_its_reason(house: House) -> None:
    held = await talking(house)
    for number, code in (("112", "no_number"), ("+46112", "emergency_number"), ("Kalle", "no_number")):
        answer = await house.about("ada", held, "call_third_party", number=number)
        assert (answer.code, answer.field) == (code, "number")
    assert await house.requests("ConnectParty") == []


async def test_a_call_has_room_for_five(house: House) -> None:
    held = await talking(house)
    numbers = [f"+4670174099{last}" for last in range(4)]
    codes = [(await house.about("ada", held, "call_third_party", number=one)).code for one in numbers]
    assert codes == ["", "", "", "call_is_full"]
    again = await house.about("ada", held, "call_third_party", number=numbers[0])
    assert again.code == "call_is_full"


def test_every_state_of_a_party_is_reached_and_every_party_can_leave() -> None:
    reached, ending = {PartyState.NONE}, {PartyState.OVER}
    for _ in PartyState:
        reached |= {after for (before, _), after in PARTY_TRANSITIONS.items() if before in reached}
        ending |= {before for (before, _), after in PARTY_TRANSITIONS.items() if after in ending}
    assert reached == ending == set(PartyState)
    assert {step for _, step in PARTY_TRANSITIONS} == set(PartyStep)
