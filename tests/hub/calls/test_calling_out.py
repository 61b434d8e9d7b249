"""An agent calls somebody: the agent's telephone first, the customer, a machine; and why a call may not be made."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from agent_console.commands import CommandAnswer
from channels.channel import After, AgentReady, DetectMachine, MachineAnswered
from hub.policies.document import MessagePolicy
from hub.policies.stored_versions import publish_policy
from hub.sending.may_send import SendRules
from hub.sending.quiet_hours import QuietHours
from hub.sending.spending import Limits
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from hub.storage.profiles import ValueChange, change_profiles
from tests.channel_names import PHONE
from tests.hub.house import House
from tests.hub.notices import (
    GUS,
    PIA,
    STRANGER,
    agent_joined,
    agent_left,
    call,
    call_answered,
    customer_left,
    customer_not_reached,
    text,
)

SHOWN = "+46850005000"
RULES = SendRules(call_numbers=(SHOWN, "+46850005010"), limits={PHONE: Limits(ours=frozenset({SHOWN}))})


@pytest.fixture
async def calling(house: House) -> AsyncIterator[House]:
    """A house that may call, with Ada at work."""
    house.dispatcher._rules = RULES
    await house.seat("ada")
    yield house


async def call_out(house: House, number: str = PIA, **more: Any) -> CommandAnswer:
    return await house.ask("ada", "call_out", to_address=number, **{"reason": "A lost parcel", **more})


async def reach(house: House) -> str:
    """Ada has picked up, and the customer's telephone rings in call CA1. The outbox id of her leg."""
    request = (await house.requests("ReachAgent"))[-1]
    await house.take(AgentReady("phone:AC1:CA8:ready", "CA8", request.outbox_id))
    dialled = (await house.requests("CallCustomer"))[-1]
    await house.take(
        house.result(dialled.outbox_id, "phone", "sent", kind="CallCustomer", provider_id="CA1"),
    )
    return str(request.outbox_id)


async def talk(house: House) -> str:
    outbox_id = await reach(house)
    await house.take(agent_joined("CA1", "CA8", outbox_id))
    await house.take(call_answered(f"{outbox_id}.call", "CA1"))
    return outbox_id


async def shown(house: House) -> dict[str, Any]:
    (held,) = house.screens["ada"].held
    return held


async def facts(house: House) -> list[str]:
    row = (await house.interactions(direction="out"))[-1]
    return await house.said(row["id"], "fact")


async def test_the_agent_is_called_first_and_nobody_else_until_they_are_on_the_line(calling: House) -> None:
    assert (await call_out(calling)).code == ""
    held = await shown(calling)
    assert (held["direction"], held["call"]["state"], held["customer"]["id"]) == ("out", "reaching", "pia")
    assert calling.screens["ada"].shown["agent"]["load"] == 100
    assert await calling.requests("CallCustomer") == []
    (reached,) = await calling.requests("ReachAgent")
    assert (reached.agent_address, reached.from_address) == ("client:ada", SHOWN)
    await reach(calling)
    (dialled,) = await calling.requests("CallCustomer")
    assert (dialled.to_address, dialled.from_address, dialled.text) == (PIA, SHOWN, "")
    assert dialled.detect is DetectMachine.LATER
    assert (await shown(calling))["call"]["state"] == "dialling"
    (brought,) = await calling.requests("BringAgent")
    assert (brought.call_id, brought.leg_id, brought.label) == ("CA1", "CA8", reached.outbox_id)


async def test_who_answers_talks_at_once_and_the_call_ends_as_every_other(calling: House) -> None:
    await call_out(calling)
    await talk(calling)
    held = await shown(calling)
    assert (held["state"], held["call"]["state"]) == ("active", "talking")
    assert held["script"] is not None
    await calling.check_restored()
    await calling.take(customer_left("CA1"))
    assert (await shown(calling))["state"] == "wrap_up"
    done = await calling.about("ada", held["id"], "complete_wrap_up", disposition="solved", note="Found it")
    assert done.code == ""
    row = await calling.interaction(id=held["id"])
    assert (row["direction"], row["closed_as"], row["disposition"]) == ("out", "handled", "solved")
    assert row["in_time"] is None
    said = ["called_out", "dialled", "callback_answered", "customer_left", "ended", "wrapped_up"]
    assert await facts(calling) == said


async def test_the_answer_may_come_before_the_providers_answer_to_our_request(calling: House) -> None:
    await call_out(calling)
    request = (await calling.requests("ReachAgent"))[-1]
    await calling.take(AgentReady("phone:AC1:CA8:ready", "CA8", request.outbox_id))
    dialled = (await calling.requests("CallCustomer"))[-1]
    await calling.take(call_answered(dialled.outbox_id, "CA1"))
    await calling.take(calling.result(dialled.outbox_id, "phone", "sent", kind="CallCustomer", provider_id="CA1"))
    assert len(await calling.requests("BringAgent")) == 1
    assert (await shown(calling))["call"]["state"] == "talking"


async def test_a_customer_who_does_not_answer_leaves_the_agent_in_wrap_up_with_the_reason(calling: House) -> None:
    await call_out(calling)
    outbox_id = await reach(calling)
    await calling.take(customer_not_reached(f"{outbox_id}.call", "CA1"))
    held = await shown(calling)
    assert (held["state"], held["call"]["state"]) == ("wrap_up", "over")
    assert "callback_unanswered" in await facts(calling)
    assert [one.leg_id for one in await calling.requests("HangUp")] == ["CA8"]


@pytest.mark.parametrize("stage", ["before", "while it rings"])
async def test_an_agent_whose_line_ends_before_the_answer_leaves_nobody_on_a_silent_line(
    calling: House, stage: str
) -> None:
    await call_out(calling)
    request = (await calling.requests("ReachAgent"))[-1]
    if stage != "before":
        await reach(calling)
    await calling.take(agent_left("CA8", "CA8", "completed" if stage != "before" else "no-answer", request.outbox_id))
    assert (await shown(calling))["state"] == "wrap_up"
    hung_up = [one.leg_id for one in await calling.requests("HangUp")]
    assert hung_up == ([] if stage == "before" else ["CA1"])
    assert "call_out_failed" in await facts(calling)


async def test_an_agent_who_hangs_up_while_it_rings_ends_both_legs(calling: House) -> None:
    await call_out(calling)
    await reach(calling)
    await calling.about("ada", (await shown(calling))["id"], "end_interaction")
    assert sorted(one.leg_id for one in await calling.requests("HangUp")) == ["CA1", "CA8"]


async def test_a_leg_that_comes_after_the_agent_gave_up_is_hung_up_and_nobody_is_called(calling: House) -> None:
    await call_out(calling)
    request = (await calling.requests("ReachAgent"))[-1]
    await calling.about("ada", (await shown(calling))["id"], "end_interaction")
    await calling.take(AgentReady("phone:AC1:CA8:ready", "CA8", request.outbox_id))
    assert await calling.requests("CallCustomer") == []
    assert [one.leg_id for one in await calling.requests("HangUp")] == ["CA8"]


async def leave_messages(house: House) -> None:
    """Each queue leaves a message where a machine answers."""
    before = house.state.book.document
    words = MessagePolicy(id="we_called", texts={"en": "We called you.", "zh-CN": "我们给您打过电话。"})
    queues = tuple(replace(one, machine_message="we_called") for one in before.queues)
    document = replace(before, queues=queues, messages=(*before.messages, words))
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


@pytest.mark.parametrize("leaves_message", [False, True])
@pytest.mark.parametrize("may_speak", [False, True])
async def test_a_machine_gets_the_queues_message_or_is_hung_up(
    calling: House, leaves_message: bool, may_speak: bool
) -> None:
    if leaves_message:
        await leave_messages(calling)
    await call_out(calling)
    outbox_id = await talk(calling)
    (dialled,) = await calling.requests("CallCustomer")
    assert dialled.detect is (DetectMachine.BEEP if leaves_message else DetectMachine.LATER)
    await calling.take(MachineAnswered("phone:AC1:CA1:machine", "CA1", f"{outbox_id}.call", may_speak))
    speaks = leaves_message and may_speak
    assert [(one.text, one.then) for one in await calling.requests("Speak")] == (
        [("We called you.", After.END)] if speaks else []
    )
    assert [one.leg_id for one in await calling.requests("HangUp")] == (["CA8"] if speaks else ["CA1", "CA8"])
    held = await shown(calling)
    assert (held["state"], held["call"]["state"]) == ("wrap_up", "over")
    assert ("machine_left_message" if speaks else "machine_answered") in await facts(calling)
    assert (await calling.interaction(id=held["id"]))["answered_at"] is None, "nobody was reached"
    await calling.check_restored()


async def test_a_machine_that_overtakes_the_answer_and_the_calls_id_ends_the_call(calling: House) -> None:
    await call_out(calling)
    request = (await calling.requests("ReachAgent"))[-1]
    await calling.take(AgentReady("phone:AC1:CA8:ready", "CA8", request.outbox_id))
    (dialled,) = await calling.requests("CallCustomer")
    await calling.take(MachineAnswered("phone:AC1:CA1:machine", "CA1", dialled.outbox_id, may_speak=False))
    await calling.take(call_answered(dialled.outbox_id, "CA1"))
    held = await shown(calling)
    assert (held["state"], held["call"]["state"]) == ("wrap_up", "over")
    assert [one.leg_id for one in await calling.requests("HangUp")] == ["CA1", "CA8"]
    assert (await calling.interaction(id=held["id"]))["answered_at"] is None


async def test_a_typed_number_that_nobody_knows_is_a_new_customer(calling: House) -> None:
    assert (await call_out(calling, "+46 70 174 99 99")).code == ""
    held = await shown(calling)
    assert (held["address"], [one["address"] for one in held["customer"]["addresses"]]) == (STRANGER, [STRANGER])


async def test_the_number_shown_leads_to_its_queue_and_the_script_is_the_chosen_one(calling: House) -> None:
    assert (await call_out(calling, from_address="+46850005010", number=STRANGER)).code == ""
    held = await shown(calling)
    assert held["language"] == "zh-CN", "the entry of that number says so"
    chosen = next(one for one in calling.dispatcher._scripts.all if one.id != held["script"]["script_id"])
    await calling.about("ada", held["id"], "end_interaction")
    held = await shown(calling)
    await calling.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert (await call_out(calling, GUS, script_id=chosen.id)).code == ""
    assert (await shown(calling))["script"]["script_id"] == chosen.id


async def test_what_waits_in_the_agents_queues_is_said_and_kept(calling: House) -> None:
    await calling.do("ada", "set_state", state="unavailable", reason="lunch")
    await calling.take(call("CA7", GUS))
    await calling.turn(90)
    assert (await call_out(calling)).code == ""
    (fact,) = await calling.rows(tables.message, tables.message.c.fact == "called_out")
    assert orjson.loads(fact["data"]) == {"reason": "A lost parcel", "waiting": 1, "longest_seconds": 90}


@pytest.mark.parametrize(
    ("number", "rules", "code"),
    [
        ("112", {}, "no_number"),
        ("+46112", {}, "emergency_number"),
        ("+46939123456", {}, "costly_number"),
        (SHOWN, {}, "own_number"),
        (PIA, {"limits": {PHONE: Limits(countries=frozenset({"NO"}))}}, "region_not_allowed"),
        (PIA, {"limits": {PHONE: Limits(most=0)}}, "cap_reached"),
        (PIA, {"limits": {PHONE: Limits(most_per_customer=0)}}, "customer_cap_reached"),
        (PIA, {"calls_per_agent": 0}, "agent_cap_reached"),
        (PIA, {"quiet_hours": QuietHours.read("12:00-20:00")}, "quiet_hours"),
        (PIA, {"has_softphones": False}, "no_phone"),
    ],
)
async def test_each_refusal_is_said_and_nothing_is_begun(
    calling: House, number: str, rules: dict[str, Any], code: str
) -> None:
    calling.dispatcher._rules = replace(RULES, **rules)
    assert (await call_out(calling, number)).code == code
    assert await calling.interactions() == []
    assert await calling.requests("ReachAgent") == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("do_not_contact", True, "left_alone"),
        ("contact_hours", "08:00-12:30", "quiet_hours"),  # it is 13:00 in Sweden, where her number is
        ("contact_hours", "12:30-14:00", ""),
        ("time_zone", "Asia/Shanghai", "quiet_hours"),  # where it is eight in the evening
        ("time_zone", "Mars/Olympus", ""),
        ("contact_hours", "in the morning", ""),
    ],
)
async def test_what_the_customer_wishes_is_obeyed(calling: House, name: str, value: Any, code: str) -> None:
    calling.dispatcher._rules = replace(RULES, quiet_hours=QuietHours.read("20:00-08:00"))
    one = ValueChange(customer_id="pia", name=name, new=value, known=None, at=1, changed_by="agent")
    await calling.db.write(lambda conn: change_profiles(conn, [one]))
    assert (await call_out(calling, PIA)).code == code


async def test_a_stop_a_foreign_number_an_unknown_script_and_no_room_begin_nothing(calling: House) -> None:
    async def unit(conn: Any) -> None:
        row = {"channel": "phone", "address": GUS, "created_at": 1, "cause": "customer"}
        await conn.execute(tables.suppression.insert(), [row])

    await calling.db.write(unit)
    assert (await call_out(calling, GUS)).code == "customer_said_stop"
    wrong = await call_out(calling, from_address="+46850005999")
    assert (wrong.code, wrong.field) == ("invalid", "from_address")
    wrong = await call_out(calling, script_id="nothing")
    assert (wrong.code, wrong.field) == ("invalid", "script_id")
    assert await calling.interactions() == []
    await call_out(calling)
    assert (await call_out(calling, STRANGER)).code == "does_not_fit"
    assert (await call_out(calling)).code == "already_open"
    await calling.check_restored()


async def test_a_customer_who_waits_on_the_line_is_not_called(calling: House) -> None:
    await calling.do("ada", "set_state", state="unavailable", reason="lunch")
    await calling.take(call("CA7", PIA))
    assert (await call_out(calling)).code == "already_open"


async def test_an_agents_calls_of_the_day_are_counted(calling: House) -> None:
    calling.dispatcher._rules = replace(RULES, calls_per_agent=1)
    await call_out(calling)
    outbox_id = await reach(calling)
    await calling.take(customer_not_reached(f"{outbox_id}.call", "CA1"))
    held = await shown(calling)
    await calling.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert (await call_out(calling, GUS)).code == "agent_cap_reached"
    await calling.check_restored()


async def test_a_text_conversation_goes_on_beside_the_call(calling: House) -> None:
    await calling.take(text("Hej", PIA))
    await calling.accept("ada")
    assert (await call_out(calling)).code == ""
    assert [one["channel"] for one in calling.screens["ada"].held] == ["sms", "phone"]
