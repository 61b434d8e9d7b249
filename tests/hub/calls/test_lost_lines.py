"""An agent whose line is lost in a call: the customer is kept and told, the agent is called again, the grace ends."""

from dataclasses import replace
from typing import Any

import pytest

from channels.channel import CallAgent, ConnectAgent
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from tests.hub.administration.test_staff import change
from tests.hub.calls.test_consults import consulting
from tests.hub.flows import talk
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, agent_left, call, customer_left
from tests.hub.sending.test_agent_phones import ADAS, ring

ADA, BEN = "ada", "ben"
GRACE = 30


async def lost(house: House) -> dict[str, Any]:
    """Ada talks with Sam, and her browser is loaded again: her leg ends, told twice."""
    ada = await talk(house)
    await house.take(agent_left("CA1", "CA-ada", "participant_hung_up"), agent_left("CA1", "CA-ada"))
    return ada.held[0]


def shown(house: House, agent: str = ADA) -> tuple[str, str]:
    held = house.screens[agent].held[0]
    return held["state"], held["call"]["state"]


async def rejoin(house: House, agent: str = ADA) -> Any:
    """The desk asks to be called again. Gives the request."""
    answer = await house.about(agent, house.screens[agent].held[0]["id"], "rejoin_call")
    assert not answer.code, answer
    return (await house.requests("ConnectAgent"))[-1]


async def holds(house: House) -> list[tuple[str, bool, bool]]:
    return [(hold.leg_id, hold.on, hold.is_agent_lost) for hold in await house.requests("HoldCall")]


@BOTH
async def test_a_leg_that_ends_by_itself_keeps_the_customer_who_is_told_and_hears_music(house: House) -> None:
    held = await lost(house)
    assert shown(house) == ("active", "agent_lost")
    assert held["call"]["deadline_at"] - held["call"]["since"] == GRACE * 1000
    assert await holds(house) == [("CA1", True, True)]
    assert await house.requests("HangUp") == []
    assert len(await house.requests("ConnectAgent")) == 1, "nobody rings a browser that is not there"
    assert house.screens[ADA].shown["agent"]["state"] == "available"
    await house.check_screens()
    await house.check_restored()


async def test_the_desk_that_is_there_again_is_called_into_the_same_room_and_the_talk_goes_on(house: House) -> None:
    await lost(house)
    first, again = (await house.requests("ConnectAgent"))[0], await rejoin(house)
    assert (again.call_id, again.agent_address) == ("CA1", "client:ada")
    assert again.outbox_id != first.outbox_id, "the room has the label of the lost leg no more, but late reports do"
    await house.take(agent_joined("CA1", "CA-again", again.outbox_id))
    assert shown(house) == ("active", "talking")
    assert await holds(house) == [("CA1", True, True), ("CA1", False, False)]
    await house.turn(GRACE + 5)
    assert shown(house) == ("active", "talking"), "the grace is over with the call that goes on"
    facts = [row["fact"] for row in await house.rows(tables.message, tables.message.c.kind == "fact")]
    assert [fact for fact in facts if "line" in fact] == ["agent_line_lost", "agent_line_back"]
    await house.check_screens()


async def test_late_and_doubled_reports_of_the_lost_leg_change_nothing(house: House) -> None:
    await lost(house)
    first = (await house.requests("ConnectAgent"))[0].outbox_id
    for again in (agent_joined("CA1", "CA-ada", first), agent_left("CA1", "CA-ada", "completed", first)):
        await house.take(again)
        assert shown(house) == ("active", "agent_lost")
    request = await rejoin(house)
    await house.take(agent_left("CA1", "CA-ada", "completed", first))
    assert shown(house) == ("active", "agent_lost")
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    late = agent_joined("CA1", "CA-ada", first), agent_left("CA1", "CA-ada", "completed", first)
    await house.take(*late, agent_joined("CA1", "CA-again", request.outbox_id))
    assert shown(house) == ("active", "talking")
    assert house.screens[ADA].shown["agent"]["state"] == "available"


async def test_an_end_that_is_told_before_the_beginning_is_a_lost_line(house: House) -> None:
    ada = await house.seat(ADA)
    await house.take(call("CA1"))
    await house.accept(ADA)
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_left("CA1", "CA-ada", "completed", connect.outbox_id))
    await house.take(agent_joined("CA1", "CA-ada", connect.outbox_id))
    assert (ada.held[0]["state"], ada.held[0]["call"]["state"]) == ("active", "agent_lost")


async def test_the_end_of_another_leg_of_the_same_request_loses_nobody(house: House) -> None:
    """The provider's answer was lost, so the request was tried again and rang twice: the first leg ends later."""
    await talk(house)
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_left("CA1", "CA-twin", "completed", connect.outbox_id))
    assert shown(house) == ("active", "talking")


async def test_a_desk_without_sound_has_its_leg_replaced_though_nobody_told_of_its_end(house: House) -> None:
    """The browser crashed: the provider notices after a while, and the desk is back sooner."""
    await talk(house)
    request = await rejoin(house)
    assert shown(house) == ("active", "agent_lost")
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    await house.take(agent_left("CA1", "CA-ada"))
    assert shown(house) == ("active", "talking")


async def test_a_page_that_is_loaded_again_once_more_replaces_the_leg_that_rings(house: House) -> None:
    await lost(house)
    first, second = await rejoin(house), None
    await house.take(_named(house, first, "CA-first"))
    second = await rejoin(house)
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-first"]
    await house.take(agent_left("CA1", "CA-first", "no-answer", first.outbox_id))
    assert shown(house) == ("active", "agent_lost")
    await house.take(agent_joined("CA1", "CA-second", second.outbox_id))
    assert shown(house) == ("active", "talking")


async def test_a_leg_that_was_called_again_and_not_reached_leaves_the_grace_running(house: House) -> None:
    await lost(house)
    for reason in ("no-answer", "busy", "completed"):
        request = await rejoin(house)
        await house.take(agent_left("CA1", f"CA-{reason}", reason, request.outbox_id))
        assert shown(house) == ("active", "agent_lost")
    request = await rejoin(house)
    more = {"interaction_id": house.screens[ADA].held[0]["id"], "error": "20429"}
    await house.take(house.result(request.outbox_id, "phone", "failed", kind="ConnectAgent", **more))
    assert shown(house) == ("active", "agent_lost")
    assert house.screens[ADA].shown["agent"]["state"] == "available"


@BOTH
async def test_after_the_grace_the_customer_waits_at_the_old_place_and_the_agent_is_away(house: House) -> None:
    await lost(house)
    before = await house.interaction(provider_ref="CA1")
    await house.turn(GRACE - 1)
    assert shown(house) == ("active", "agent_lost")
    await house.turn(1)
    ada = house.screens[ADA]
    assert ada.held == []
    assert (ada.shown["agent"]["state"], ada.shown["agent"]["reason"]) == ("unavailable", "line_lost")
    after = await house.interaction(provider_ref="CA1")
    assert (after["state"], after["rank_at"], after["rank_sequence"], after["call_until"]) == (
        "waiting",
        before["rank_at"],
        before["rank_sequence"],
        None,
    )
    assert (await house.requests("HoldCall"))[-1].is_waiting, "the customer hears their place"
    ben = await house.seat(BEN)
    assert ben.offers[0]["interaction_id"] == before["id"]
    await house.check_screens()
    await house.check_restored()


async def test_who_comes_back_after_the_grace_is_sent_away(house: House) -> None:
    await lost(house)
    request = await rejoin(house)
    await house.turn(GRACE)
    await house.take(agent_joined("CA1", "CA-late", request.outbox_id))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-late"]
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"


async def test_a_customer_who_hangs_up_in_the_grace_ends_the_call_as_ever(house: House) -> None:
    await lost(house)
    request = await rejoin(house)
    await house.take(_named(house, request, "CA-again"))
    await house.take(customer_left("CA1"))
    assert shown(house) == ("wrap_up", "over")
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-again"], "it rings no more"
    await house.turn(GRACE)
    assert house.screens[ADA].shown["agent"]["state"] == "available"


async def test_the_end_of_the_agents_leg_that_is_told_before_the_customers_is_no_lost_line_for_long(
    house: House,
) -> None:
    await lost(house)
    await house.take(customer_left("CA1", "participant_hung_up"))
    assert shown(house) == ("wrap_up", "over")
    assert await house.requests("CallAgent") == []


async def test_the_agent_ends_the_call_whose_line_is_lost_by_the_desk(house: House) -> None:
    held = await lost(house)
    assert not (await house.about(ADA, held["id"], "end_interaction")).code
    assert shown(house) == ("wrap_up", "over")
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA1"]


async def test_an_agent_who_was_called_again_ends_their_own_leg_too_as_it_may_be_alone(house: House) -> None:
    """The customer's end was not told, so their room has ended, and the agent is in another one of its name."""
    held, again = await lost(house), await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", again.outbox_id))
    assert not (await house.about(ADA, held["id"], "end_interaction")).code
    assert sorted(one.leg_id for one in await house.requests("HangUp")) == ["CA-again", "CA1"]


async def test_a_customer_on_hold_stays_on_hold_when_the_agent_is_back(house: House) -> None:
    ada = await talk(house)
    held = ada.held[0]["id"]
    await house.about(ADA, held, "hold_call", on=True)
    await house.take(agent_left("CA1", "CA-ada"))
    assert shown(house) == ("active", "agent_lost_held")
    request = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    assert shown(house) == ("active", "held")
    assert await holds(house) == [("CA1", True, False)], "they hear the music on and on"
    await house.about(ADA, held, "hold_call", on=False)
    assert shown(house) == ("active", "talking")


async def test_other_commands_about_a_call_without_its_agent_are_refused_or_carried_out(house: House) -> None:
    held = await lost(house)
    assert (await house.about(ADA, held["id"], "hold_call", on=True)).code == "wrong_state"
    assert (await house.about(ADA, held["id"], "call_third_party", number="+46701740999")).code == "wrong_state"
    assert not (await house.about(ADA, held["id"], "transfer_interaction", queue="service")).code
    assert house.screens[ADA].held == []
    assert (await house.interaction(provider_ref="CA1"))["call_state"] == "held"


async def test_a_call_that_rings_or_is_over_cannot_be_joined_again(house: House) -> None:
    await house.seat(ADA)
    await house.take(call("CA1"))
    held = await house.accept(ADA)
    assert (await house.about(ADA, held["id"], "rejoin_call")).code == "wrong_state"
    await house.take(customer_left("CA1"))
    assert (await house.about(ADA, held["id"], "rejoin_call")).code == "wrong_state"


# ---- others in the call


async def test_a_colleague_who_is_consulted_stays_and_has_the_call_after_the_grace(house: House) -> None:
    _, party_id = await consulting(house)
    await house.take(agent_left("CA1", "CA-ada"))
    assert shown(house) == ("active", "agent_lost_held")
    assert house.screens[BEN].shown["consults"][0]["state"] == "present"
    await house.turn(GRACE)
    assert (house.screens[ADA].held, shown(house, BEN)) == ([], ("active", "talking"))
    assert house.screens[ADA].shown["agent"]["reason"] == "line_lost"
    assert house.screens[BEN].held[0]["messages"], "the colleague sees what was said"
    await house.take(agent_left("CA1", "CA-ben", "completed", party_id))
    assert shown(house, BEN) == ("active", "agent_lost"), "and their line is theirs to lose"
    request = await rejoin(house, BEN)
    assert request.agent_address == "client:ben"
    await house.check_screens()


async def test_a_consulted_colleague_is_where_they_were_when_the_agent_is_back(house: House) -> None:
    _, party_id = await consulting(house)
    await house.take(agent_left("CA1", "CA-ada"))
    request = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    assert shown(house) == ("active", "held")
    assert [one["id"] for one in house.screens[ADA].held[0]["call"]["parties"]] == [party_id]
    assert [one.leg_id for one in await house.requests("HangUp")] == []


async def test_customer_and_third_party_talk_on_and_who_is_left_alone_is_told(house: House) -> None:
    ada = await talk(house)
    await house.about(ADA, ada.held[0]["id"], "call_third_party", number="+46701740999")
    (party,) = await house.requests("ConnectParty")
    await house.take(agent_joined("CA1", "CA-broker", party.outbox_id))
    await house.take(agent_left("CA1", "CA-ada"))
    assert (shown(house), await holds(house)) == (("active", "agent_lost"), [])
    await house.take(agent_left("CA1", "CA-broker", "completed", party.outbox_id))
    assert await holds(house) == [("CA1", True, True)]


async def test_nobody_hears_a_whisper_while_there_is_no_agent_to_hear_it(house: House) -> None:
    await talk(house)
    await house.seat("dot")
    held = await house.interaction(provider_ref="CA1")
    about = {"interaction_id": held["id"], "version": held["version"]}
    assert not (await house.ask("dot", "listen_in", way="whisper", **about)).code
    (party,) = await house.requests("ConnectParty")
    await house.take(agent_joined("CA1", "CA-dot", party.outbox_id))
    await house.take(agent_left("CA1", "CA-ada"))
    last = (await house.requests("UpdateParty"))[-1]
    assert (last.leg_id, last.is_muted) == ("CA-dot", True)
    request = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    last = (await house.requests("UpdateParty"))[-1]
    assert (last.leg_id, last.is_muted, last.coaches) == ("CA-dot", False, "CA-again")


# ---- a telephone of the agent's own


async def talk_by_own_telephone(house: House) -> CallAgent:
    request = await ring(house)
    await house.take(agent_joined("CA1", "CA-ada", request.outbox_id))
    return request


async def test_an_own_telephone_that_was_cut_off_is_called_again_once_a_moment_later(house: House) -> None:
    first = await talk_by_own_telephone(house)
    await house.take(agent_left("CA1", "CA-ada", "completed", first.outbox_id))
    assert len(await house.requests("CallAgent")) == 1
    await house.turn(2)
    again = (await house.requests("CallAgent"))[1]
    assert (again.to_address, again.call_id) == (ADAS, "CA1")
    assert await house.host.find_agent_call("CA1", first.outbox_id) is None
    assert await house.host.find_agent_call("CA1", again.outbox_id) is not None, "the key lets them in"
    await house.take(agent_left("CA1", "CA-second", "no-answer", again.outbox_id))
    await house.turn(5)
    assert len(await house.requests("CallAgent")) == 2, "once"
    await house.turn(GRACE)
    assert house.screens[ADA].shown["agent"]["reason"] == "line_lost"


async def test_an_own_telephone_is_back_in_the_call(house: House) -> None:
    first = await talk_by_own_telephone(house)
    await house.take(agent_left("CA1", "CA-ada", "completed", first.outbox_id))
    await house.turn(2)
    again = (await house.requests("CallAgent"))[1]
    await house.take(agent_joined("CA1", "CA-second", again.outbox_id))
    assert shown(house) == ("active", "talking")


async def test_a_customer_who_has_hung_up_lets_no_own_telephone_ring(house: House) -> None:
    first = await talk_by_own_telephone(house)
    await house.take(agent_left("CA1", "CA-ada", "completed", first.outbox_id))
    await house.take(customer_left("CA1"))
    await house.turn(GRACE)
    assert len(await house.requests("CallAgent")) == 1


async def test_the_own_telephone_of_somebody_who_was_disabled_is_not_called_again(house: House) -> None:
    first = await talk_by_own_telephone(house)
    await change(house, ADA)
    del house.screens[ADA]
    await house.take(agent_left("CA1", "CA-ada", "completed", first.outbox_id))
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting", "nobody waits for who cannot come"
    await house.turn(GRACE)
    assert len(await house.requests("CallAgent")) == 1


# ---- the hub itself


@BOTH
async def test_a_hub_that_starts_again_in_the_grace_ends_it_in_time(house: House) -> None:
    await lost(house)
    await house.check_restored()
    await house.dispatcher._restore()
    assert house.floor.line_deadlines
    await house.turn(GRACE)
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"


async def test_the_providers_list_is_looked_at_for_an_agent_whose_way_back_nobody_told(house: House) -> None:
    await lost(house)
    request = await rejoin(house)
    (one,) = await house.host.read_open_calls()
    assert (one.call_id, one.leg_id, one.is_connecting) == ("CA1", "", True)
    assert isinstance(request, ConnectAgent)


def _named(house: House, request: Any, leg_id: str) -> Any:
    """The provider has taken the request."""
    more = {"interaction_id": house.screens[ADA].held[0]["id"], "provider_id": leg_id}
    return house.result(request.outbox_id, "phone", "sent", kind=type(request).__name__, **more)


@pytest.mark.parametrize("seconds", [0, 5])
async def test_the_grace_is_the_policys(house: House, seconds: int) -> None:
    await _set_grace(house, seconds)
    await talk(house)
    await house.take(agent_left("CA1", "CA-ada"))
    if seconds:
        assert shown(house) == ("active", "agent_lost")
        await house.turn(seconds)
    assert house.screens[ADA].held == []


async def _set_grace(house: House, seconds: int) -> None:
    document = house.state.book.document
    changed = replace(document, timing=replace(document.timing, line_grace_seconds=seconds))
    version = await publish_policy(house.db, changed, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
