"""Calls: a customer who comes and goes, the agent's leg that comes, fails and goes, and reports in any order."""

import pytest

from channels.channel import IdentityLevel
from hub.storage import tables
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import PIA, agent_joined, agent_left, call, customer_left, text

CARDS = "+46850005000"


async def test_a_call_waits_in_its_queue_by_the_number_that_was_dialled(house: House) -> None:
    await house.take(call("CA1", PIA), call("CA2", to_address=CARDS))
    first, second = await house.interactions()
    assert (first["customer_id"], first["queue"], first["state"], first["call_state"]) == (
        "pia",
        "service",
        "waiting",
        "waiting",
    )
    assert (second["queue"], second["identity_level"]) == ("cards", "claimed")


async def test_a_number_that_the_operator_vouches_for_is_proven(house: House) -> None:
    await house.take(call("CA1", PIA, identity_level=IdentityLevel.PROVEN))
    assert (await house.interaction(customer_id="pia"))["identity_level"] == "proven"


async def test_a_call_waits_for_an_agent_of_its_language(house: House) -> None:
    ada, cleo = await house.seat("ada"), await house.seat("cleo")
    await house.take(call("CA1", to_address="+46850005010"))
    assert (len(ada.offers), len(cleo.offers)) == (0, 1)


# ---- the customer leaves


@pytest.mark.parametrize(("seconds", "closed_as"), [(9, "short_abandoned"), (11, "abandoned")])
async def test_a_customer_who_hangs_up_while_waiting(house: House, seconds: int, closed_as: str) -> None:
    await house.take(call("CA1"))
    await house.turn(seconds)
    await house.take(customer_left("CA1"))
    interaction = await house.interaction(provider_ref="CA1")
    assert (interaction["state"], interaction["closed_as"]) == ("closed", closed_as)
    assert house.floor.interactions == {}
    assert house.state.router.snapshot().interactions == ()


async def test_a_customer_who_hangs_up_takes_the_offer_away_at_once(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    (offer,) = ada.offers
    await house.take(customer_left("CA1"))
    assert ada.offers == []
    ended = next(event for event in ada.seen if event["kind"] == "offer_ended")
    assert (ended["offer_id"], ended["end"]) == (offer["id"], "withdrawn")
    assert (await house.ask("ada", "accept_offer", offer_id=offer["id"])).code == "offer_gone"
    assert (ada.shown["agent"]["state"], ada.shown["agent"]["load"]) == ("available", 0)


async def test_a_customer_who_hangs_up_leaves_the_agent_to_wrap_up_and_the_agents_leg_ends(house: House) -> None:
    ada = await talk(house)
    await house.take(customer_left("CA1"))
    seen = ada.find(ada.held[0]["id"])
    assert (seen["state"], seen["is_customer_gone"], seen["call"]["state"]) == ("wrap_up", True, "over")
    assert [(h.call_id, h.leg_id) for h in await house.requests("HangUp")] == [("CA1", "CA-ada")]


async def test_the_end_of_a_call_is_heard_twice_and_happens_once(house: House) -> None:
    ada = await talk(house)
    await house.take(customer_left("CA1", "participant_hung_up"), customer_left("CA1"))
    facts = await house.said(ada.held[0]["id"], "fact")
    assert (facts.count("customer_left"), facts.count("ended")) == (1, 1)
    assert len(await house.requests("HangUp")) == 1


async def test_a_call_that_is_over_before_it_arrives_waits_for_nobody(house: House) -> None:
    """Nobody promises the order of webhooks, least of all to several processes."""
    ada = await house.seat("ada")
    over = customer_left("CA1")
    await house.take(over)
    await house.take(call("CA1", over_keys=("phone:AC1:CA1:busy", over.key)))
    assert ada.offers == []
    interaction = await house.interaction(provider_ref="CA1")
    assert (interaction["state"], interaction["closed_as"]) == ("closed", "short_abandoned")
    assert interaction["is_customer_gone"]
    assert house.floor.interactions == {}


async def test_the_same_when_both_come_in_one_delivery(house: House) -> None:
    over = customer_left("CA1")
    await house.take(over, call("CA1", over_keys=(over.key,)))
    assert (await house.interaction(provider_ref="CA1"))["state"] == "closed"


# ---- the agent's leg


async def test_the_agents_phone_is_called_when_the_agent_takes_the_call(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    assert held["call"]["state"] == "connecting"
    (connect,) = await house.requests("ConnectAgent")
    assert (connect.call_id, connect.agent_address) == ("CA1", "client:ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    assert ada.find(held["id"])["call"]["state"] == "talking"


async def test_the_agent_hangs_up_at_the_desk(house: House) -> None:
    ada = await talk(house)
    assert not (await house.about("ada", ada.held[0]["id"], "end_interaction")).code
    await house.take(agent_left("CA1", "CA-ada", "participant_hung_up"), agent_left("CA1", "CA-ada"))
    seen = ada.held[0]
    assert (seen["state"], seen["call"]["state"]) == ("wrap_up", "over")
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA1"]
    assert ada.shown["agent"]["state"] == "available"


@pytest.mark.parametrize("reason", ["no-answer", "busy", "failed"])
async def test_an_agents_phone_that_is_not_answered_gives_the_customer_their_place_back(
    house: House, reason: str
) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    before = await house.interaction(provider_ref="CA1")
    await house.accept("ada")
    await house.take(call("CA2"))
    await connected(house, "CA-ada")
    await house.take(agent_left("CA1", "CA-ada", reason))
    assert ada.held == []
    assert (ada.shown["agent"]["state"], ada.shown["agent"]["reason"]) == ("unavailable", "phone_failed")
    after = await house.interaction(provider_ref="CA1")
    assert (after["state"], after["rank_at"]) == ("waiting", before["rank_at"])
    ben = await house.seat("ben")
    assert ben.offers[0]["interaction_id"] == before["id"]  # before the one that came later


async def test_a_request_for_the_agents_leg_that_fails_does_the_same(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    (connect,) = await house.requests("ConnectAgent")
    failed = house.result(connect.outbox_id, "phone", "failed", kind="ConnectAgent", interaction_id=held["id"])
    await house.take(failed)
    assert (ada.held, ada.shown["agent"]["reason"]) == ([], "phone_failed")


async def test_the_second_agents_phone_may_fail_as_well(house: House) -> None:
    """Also when the first one's leg was named only after it had failed."""
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await house.take(agent_left("CA1", "CA-ada", "no-answer"))
    await connected(house, "CA-ada")
    ben = await house.seat("ben")
    await house.accept("ben")
    await house.take(agent_left("CA1", "CA-ben", "no-answer"))
    assert (ben.held, ben.shown["agent"]["reason"]) == ([], "phone_failed")
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"


async def test_the_leg_of_an_earlier_holder_that_ends_late_ends_nothing(house: House) -> None:
    await talk(house)
    await hand_on(house)
    cleo = await house.seat("cleo")
    await house.accept("cleo")
    await house.take(agent_left("CA1", "CA-ada"))
    assert cleo.held[0]["state"] == "active"
    await house.take(agent_joined("CA1", "CA-cleo"), agent_left("CA1", "CA-ada", "participant_hung_up"))
    assert (cleo.held[0]["state"], cleo.held[0]["call"]["state"]) == ("active", "talking")


async def test_a_transferred_customer_is_on_hold_until_the_next_agent_is_there(house: House) -> None:
    await talk(house)
    await hand_on(house)
    assert [(h.leg_id, h.on) for h in await house.requests("HoldCall")] == [("CA1", True)]
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    await house.seat("cleo")
    await house.accept("cleo")
    await house.take(agent_joined("CA1", "CA-cleo"))
    assert [(h.leg_id, h.on) for h in await house.requests("HoldCall")] == [("CA1", True), ("CA1", False)]


# ---- a leg that comes too late


async def test_a_leg_that_is_still_being_called_when_the_customer_has_left_is_hung_up(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await house.take(customer_left("CA1"))
    assert await house.requests("HangUp") == []  # nobody knows the leg yet
    await connected(house, "CA-ada")
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]


async def test_a_leg_that_joins_when_the_customer_has_left_is_hung_up(house: House) -> None:
    """Also where the provider's answer to the request for it was lost."""
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await house.take(customer_left("CA1"))
    await house.take(agent_joined("CA1", "CA-ada"))
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]


async def test_a_leg_that_joins_when_the_agent_has_given_the_call_back_is_hung_up(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await hand_on(house)
    await house.take(agent_joined("CA1", "CA-ada"))
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"


async def test_a_leg_that_joins_when_all_is_over_is_hung_up(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    await house.take(customer_left("CA1"))
    await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert ada.held == []
    await house.take(agent_joined("CA1", "CA-ada"))
    assert [(h.call_id, h.leg_id) for h in await house.requests("HangUp")] == [("CA1", "CA-ada")]


async def test_a_leg_that_is_named_when_all_is_over_is_hung_up(house: House) -> None:
    """The provider's first answer was lost, and the request was tried again when the room had ended."""
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    await house.take(customer_left("CA1"))
    await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    (connect,) = await house.requests("ConnectAgent")
    more = {"interaction_id": held["id"], "provider_id": "CA-again"}
    await house.take(house.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-again"]


async def handed_on(house: House) -> tuple[str, str]:
    """Ada hands the call on while her phone still rings, and Cleo takes it; what called Ada's leg, and Cleo's."""
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await hand_on(house)
    await house.seat("cleo")
    await house.accept("cleo")
    adas, cleos = [connect.outbox_id for connect in await house.requests("ConnectAgent")]
    return adas, cleos


async def test_the_late_leg_of_who_handed_the_call_on_is_hung_up_when_the_provider_names_it(house: House) -> None:
    adas, cleos = await handed_on(house)
    interaction_id = (await house.interaction(provider_ref="CA1"))["id"]
    for outbox_id, leg_id in ((adas, "CA-ada"), (cleos, "CA-cleo")):
        more = {"interaction_id": interaction_id, "provider_id": leg_id}
        await house.take(house.result(outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    assert (await house.interaction(provider_ref="CA1"))["leg_ref"] == "CA-cleo"


async def test_the_late_leg_of_who_handed_the_call_on_is_hung_up_when_it_joins(house: House) -> None:
    adas, cleos = await handed_on(house)
    await house.take(agent_joined("CA1", "CA-ada", adas))
    cleo = house.screens["cleo"]
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    assert cleo.held[0]["call"]["state"] == "connecting"
    await house.take(agent_joined("CA1", "CA-cleo", cleos), agent_left("CA1", "CA-ada", outbox_id=adas))
    assert (cleo.held[0]["state"], cleo.held[0]["call"]["state"]) == ("active", "talking")


@pytest.mark.parametrize("reason", ["no-answer", "busy", "failed", "completed"])
async def test_the_late_end_of_an_earlier_holders_leg_fails_nobody_elses_phone(house: House, reason: str) -> None:
    adas, _ = await handed_on(house)
    await house.take(agent_left("CA1", "CA-ada", reason, adas))
    assert house.screens["cleo"].held[0]["state"] == "active"
    assert house.screens["cleo"].shown["agent"]["state"] == "available"


async def test_a_phone_that_could_not_be_called_after_the_call_was_handed_on_fails_nobody_else(house: House) -> None:
    adas, _ = await handed_on(house)
    interaction_id = (await house.interaction(provider_ref="CA1"))["id"]
    more = {"interaction_id": interaction_id, "error": "13224"}
    await house.take(house.result(adas, "phone", "failed", kind="ConnectAgent", **more))
    assert house.screens["cleo"].held[0]["state"] == "active"


async def test_legs_of_a_call_that_nobody_knows_are_nothing(house: House) -> None:
    await house.take(agent_joined("CA9", "CA-ada"), agent_left("CA9", "CA-ada"), customer_left("CA9"))
    assert await house.count(tables.interaction) == 0


async def test_a_customer_may_call_and_write_at_once(house: House) -> None:
    await house.take(call("CA1"), text("Jag står i kö"))
    assert len(await house.interactions(customer_id="sam", state="waiting")) == 2


async def connected(house: House, leg_id: str) -> None:
    """The provider names the leg that it calls."""
    connect = (await house.requests("ConnectAgent"))[-1]
    interaction = await house.interaction(provider_ref="CA1")
    more = {"interaction_id": interaction["id"], "provider_id": leg_id}
    await house.take(house.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))


async def hand_on(house: House) -> None:
    held = house.screens["ada"].held[0]["id"]
    answer = await house.about("ada", held, "transfer_interaction", queue="cards", note="Kortet är spärrat")
    assert not answer.code
    await house.turn(1)
