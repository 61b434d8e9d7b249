"""Calling hours cannot be bypassed: whoever moves, gives or takes a callback, nobody is dialled outside of them, nor
for a queue that calls nobody. What was left to be heard can be given all the same."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from channels.channel import CallbackWished
from hub.policies.document import OverflowPolicy
from hub.policies.publishing import apply_policy
from hub.policies.stored_versions import publish_policy
from hub.screens.explaining import Explaining
from hub.storage import tables
from hub.storage.database import Database
from hub.storage.documents import PolicyPublished
from routing.model import InteractionId, Occasion
from tests.hub.house import House
from tests.hub.notices import GUS, PIA, agent_joined, call, call_answered, customer_left, text, voicemail
from tests.hub.sample_policies import document, take_on, with_queue

CARDS, DEPOSITS = "+46850005000", "+46850005020"  # the first calls back at any time, the other in office hours


async def wait_for_callback(house: House, sender: str = PIA) -> str:
    """A caller of "cards" who is to be called back as soon as somebody is there; the interaction's id."""
    await house.take(call("CA1", sender, to_address=CARDS))
    await house.take(CallbackWished("phone:AC1:CA1:callback:0", "CA1"), customer_left("CA1"))
    return str((await house.interaction(channel="phone"))["id"])


async def leave_message(house: House, sender: str = PIA) -> str:
    """For "deposits", on a Sunday; the interaction's id."""
    await house.take(call("CA1", sender, to_address=DEPOSITS))
    await house.take(voicemail("CA1"), customer_left("CA1"))
    row = await house.interaction(channel="phone")
    assert (row["call_state"], row["queue"]) == ("given_back", "deposits")
    return str(row["id"])


async def steer(house: House, held: str, kind: str, **fields: Any) -> CommandAnswer:
    row = await house.interaction(id=held)
    return await house.ask("dot", kind, interaction_id=held, version=row["version"], **fields)


async def facts(house: House, held: str) -> list[str]:
    return await house.said(held, "fact")


async def assert_nobody_was_called(house: House) -> None:
    for kind in ("CallCustomer", "ConnectAgent", "CallAgent"):
        assert await house.requests(kind) == []


# -- a queue that calls nobody ----------------------------------------------------------------------------------


async def test_a_callback_is_not_moved_to_a_queue_that_calls_nobody_and_that_leaves_no_trace(house: House) -> None:
    held = await wait_for_callback(house)
    before = await facts(house, held)
    answer = await steer(house, held, "move_interaction", queue="service", note="Hallå")
    assert (answer.code, answer.field) == ("calls_nobody", "queue")
    assert (await facts(house, held), await house.said(held, "note")) == (before, [])
    assert (await house.interaction(id=held))["queue"] == "cards"
    assert await house.rows(tables.audit, tables.audit.c.action == "wallboard.move_interaction") == []


async def test_who_waits_on_the_line_may_be_moved_there(house: House) -> None:
    await house.take(call("CA1", PIA, to_address=CARDS))
    row = await house.interaction(channel="phone")
    assert (await steer(house, row["id"], "move_interaction", queue="service")).code == ""


async def test_a_queue_from_which_the_rules_for_calling_were_taken_dials_nobody(house: House) -> None:
    held = await wait_for_callback(house)
    after = with_queue(document(house), "cards", callback=None, overflow=())
    version = await publish_policy(house.db, after, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.seat("cleo")
    await assert_nobody_was_called(house)
    assert (await house.interaction(id=held))["queue"] == "deposits", "which calls tomorrow"


# -- a queue outside its hours ----------------------------------------------------------------------------------


async def test_a_callback_that_is_moved_to_a_queue_outside_its_hours_waits_for_them(house: House) -> None:
    held = await wait_for_callback(house)
    assert (await steer(house, held, "move_interaction", queue="deposits")).code == ""
    ada, dot = await house.seat("ada"), await house.open("dot")
    assert (ada.offers, ada.held) == ([], [])
    await house.do("dot", "set_state", state="available")
    assert (await house.ask("dot", "take_next")).code in ("nothing_to_take", "offered_only")
    assert dot.held == []
    await assert_nobody_was_called(house)
    await house.turn(19 * 3600 + 60)  # Monday, eight o'clock in Stockholm
    assert (await house.interaction(id=held))["state"] == "offered"


async def test_a_callback_that_a_policy_moves_there_waits_for_the_hours_too(house: House) -> None:
    held = await wait_for_callback(house)
    queue = next(one for one in document(house).queues if one.id == "cards")
    assert queue.callback is not None
    office = replace(queue.callback, hours="office")
    assert await apply_policy(
        house.db, with_queue(document(house), "cards", callback=office), house.clock.now(), "hub apply"
    )
    await take_on(house)
    await house.seat("cleo")
    assert (await house.interaction(id=held))["state"] == "waiting"
    await assert_nobody_was_called(house)


async def test_the_customers_next_call_takes_the_place_and_not_the_hours(house: House) -> None:
    """Of two linked ones, the callback waits for its hours again when the call came to nothing."""
    held = await leave_message(house)
    await house.take(call("CA2", PIA))
    assert (await house.interaction(id=held))["state"] == "paused"
    await house.turn(15)
    await house.take(customer_left("CA2"))
    assert (await house.interaction(id=held))["state"] == "waiting"
    await house.seat("ada")
    await assert_nobody_was_called(house)


# -- given ------------------------------------------------------------------------------------------------------


async def test_a_message_that_may_not_be_called_back_yet_is_given_and_heard(house: House) -> None:
    held = await leave_message(house)
    emre = await house.seat("emre")
    assert (await steer(house, held, "assign_interaction", agent_id="emre", note="Lyssna")).code == ""
    shown = await house.accept("emre")
    assert (shown["id"], shown["state"], shown["is_customer_gone"]) == (held, "active", True)
    assert shown["call"]["state"] == "over"
    assert [message["media"][0]["name"] for message in shown["messages"] if message["media"]] == ["message.wav"]
    assert "callback_given" in await facts(house, held)
    await assert_nobody_was_called(house)
    assert not (await house.about("emre", held, "end_interaction")).code
    assert not (await house.about("emre", held, "complete_wrap_up", disposition="solved")).code
    assert (await house.interaction(id=held))["closed_as"] == "handled"
    assert emre.held == []
    await house.check_screens()


async def test_handed_on_it_waits_for_its_hours_and_is_called_then(house: House) -> None:
    held = await leave_message(house)
    await house.seat("emre")
    await steer(house, held, "assign_interaction", agent_id="emre")
    await house.accept("emre")
    answer = await house.about("emre", held, "transfer_interaction", queue="service")
    assert (answer.code, answer.field) == ("calls_nobody", "queue")
    assert not (await house.about("emre", held, "transfer_interaction", queue="deposits")).code
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"], row["is_customer_gone"]) == ("waiting", "given_back", False)
    assert await house.requests("HoldCall") == await house.requests("HangUp") == [], "nobody is on the line"
    await assert_nobody_was_called(house)
    await house.check_restored()
    await house.turn(19 * 3600 + 60)
    await house.accept("emre")
    (request,) = await house.requests("CallCustomer")
    await house.take(call_answered(request.outbox_id))
    assert (await house.interaction(id=held))["state"] == "active"
    await house.check_screens()


async def test_a_supervisor_takes_it_over_for_themselves(house: House) -> None:
    held = await leave_message(house)
    dot = await house.open("dot")
    await house.do("dot", "set_state", state="unavailable", reason="meeting")
    assert (await steer(house, held, "assign_interaction", agent_id="dot", overrides_fit=True)).code == ""
    assert dot.find(held)["state"] == "active"
    await assert_nobody_was_called(house)


async def test_a_desk_that_is_lost_gives_it_back(house: House) -> None:
    held = await leave_message(house)
    await house.seat("emre")
    await steer(house, held, "assign_interaction", agent_id="emre")
    await house.accept("emre")
    await house.close("emre")
    await house.turn(30)
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")


async def test_a_message_from_a_withheld_number_that_is_handed_on_reaches_the_next_agent(house: House) -> None:
    """Nobody is on its line: none is put on hold, and no agent is called to it."""
    held = await leave_message(house, "anonymous:CA1")
    await house.turn(19 * 3600 + 60)
    emre = await house.seat("emre")
    await house.accept("emre")
    assert emre.find(held)["state"] == "active"
    dot = await house.open("dot")
    assert not (await house.about("emre", held, "transfer_interaction", queue="deposits")).code
    await house.do("dot", "set_state", state="available")
    await house.accept("dot")
    assert dot.find(held)["call"]["state"] == "over"
    await assert_nobody_was_called(house)
    assert await house.requests("HoldCall") == []


async def test_while_the_line_is_being_given_back_it_is_given_to_nobody(house: House) -> None:
    await house.seat("emre")
    await house.take(call("CA1", PIA, to_address=DEPOSITS))
    held = str((await house.interaction(channel="phone"))["id"])
    assert (await steer(house, held, "assign_interaction", agent_id="emre")).code == "line_is_up"
    assert await list_candidates(house, held) == []
    await house.take(voicemail("CA1"), customer_left("CA1"))
    assert "emre" in await list_candidates(house, held)
    assert (await steer(house, held, "assign_interaction", agent_id="emre")).code == ""


async def list_candidates(house: House, held: str) -> list[str]:
    db = await Database.open(f"sqlite:///{house.db._driver.path}", read_connections=1)
    try:
        view = await Explaining(db, house.clock).list_candidates(InteractionId(held), "en")
    finally:
        await db.close()
    assert view is not None
    return [line.agent_id for line in view.lines]


@pytest.mark.parametrize("state", ["dialling", "wrap_up"])
async def test_what_cannot_be_given_has_no_candidates(house: House, state: str) -> None:
    await house.open("dot")
    await house.do("dot", "set_state", state="unavailable", reason="meeting")
    if state == "dialling":
        held = await wait_for_callback(house)
        await house.seat("cleo")
    else:
        await house.seat("cleo")
        await house.take(text("Hej", GUS))
        held = (await house.accept("cleo"))["id"]
        await house.about("cleo", held, "end_interaction")
    assert (await house.interaction(id=held))["state"] == state
    assert await list_candidates(house, held) == []


# -- handed on, on the line -------------------------------------------------------------------------------------


async def test_who_is_handed_on_hears_place_and_key_of_the_new_queue(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1", PIA))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("ada", held, "transfer_interaction", queue="cards")).code
    (hold,) = await house.requests("HoldCall")
    assert (hold.on, hold.is_waiting) == (True, True)
    place = await house.host.find_place("CA1")
    assert place is not None
    assert (place.position, place.callback_key) == (1, "1")
    await house.take(CallbackWished("phone:AC1:CA1:callback:0", "CA1"))
    assert (await house.interaction(id=held))["call_state"] == "given_back"
    assert (await house.host.find_place("CA1")).position is None


async def test_who_was_called_back_and_is_handed_on_waits_on_the_line_again(house: House) -> None:
    """The line that they once gave back is not the one on which they wait."""
    held = await wait_for_callback(house)
    await house.seat("cleo")
    (request,) = await house.requests("CallCustomer")
    await house.take(call_answered(request.outbox_id, "CA-out"))
    await house.do("cleo", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("cleo", held, "transfer_interaction", queue="service")).code
    place = await house.host.find_place("CA-out")
    assert place is not None and place.position == 1


@pytest.mark.parametrize("way", ["moved", "by a rule"])
async def test_who_waits_and_comes_to_another_queue_hears_its_key(house: House, way: str) -> None:
    rule = OverflowPolicy(occasion=Occasion.WAITED, action="queue", queue="cards", after_seconds=30)
    before = with_queue(document(house), "service", overflow=(rule,))
    assert await apply_policy(house.db, before, house.clock.now(), "hub apply")
    await take_on(house)
    await house.take(call("CA1", PIA))
    place = await house.host.find_place("CA1")
    assert place is not None and (place.position, place.callback_key) == (1, "")
    if way == "moved":
        held = str((await house.interaction(channel="phone"))["id"])
        assert (await steer(house, held, "move_interaction", queue="cards")).code == ""
    else:
        await house.turn(31)
    place = await house.host.find_place("CA1")
    assert place is not None and (place.position, place.callback_key) == (1, "1")


async def test_the_estimate_of_another_queue_is_not_told_to_who_was_handed_on(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1", PIA))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))

    async def estimate(conn: Any) -> None:
        at = house.clock.now()
        row = {"interaction_id": held, "at": at, "position": 1, "wait": 60_000_000, "first_at": at, "first_wait": 1}
        await conn.execute(tables.estimate.delete())
        await conn.execute(tables.estimate.insert(), [row])

    await house.db.write(estimate)
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("ada", held, "transfer_interaction", queue="cards")).code
    place = await house.host.find_place("CA1")
    assert place is not None and place.minutes is None
    await house.db.write(estimate)
    place = await house.host.find_place("CA1")
    assert place is not None and place.minutes == 1
    assert orjson.loads((await house.interaction(id=held))["routing"])["queue"] == "cards"
