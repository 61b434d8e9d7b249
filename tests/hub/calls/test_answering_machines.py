"""A machine that answers a callback: found out before, while or long after the agent came to the line."""

from typing import Any

import pytest

from channels.channel import After, DetectMachine, MachineAnswered
from tests.hub.calls.test_callbacks import adopt, dialled, give_back
from tests.hub.calls.test_calling_out import leave_messages
from tests.hub.house import House
from tests.hub.notices import agent_joined, call_answered, customer_not_reached


def machine(outbox_id: str, *, may_speak: bool = False) -> MachineAnswered:
    return MachineAnswered("phone:AC1:CA-out:machine", "CA-out", outbox_id, may_speak)


async def row(house: House, held: str) -> dict[str, Any]:
    return await house.interaction(id=held)


async def talk(house: House, outbox_id: str) -> None:
    await house.take(call_answered(outbox_id))
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_joined("CA-out", "CA-ada", connect.outbox_id))


@pytest.mark.parametrize("when", ["dialling", "connecting", "talking", "held"])
async def test_a_machine_is_no_answer_whenever_it_is_found_out_and_the_customer_is_called_again(
    house: House, when: str
) -> None:
    await adopt(house, tries=2, retry_after_seconds=120)
    held = await give_back(house)
    before = await row(house, held)
    ada, request = await dialled(house)
    assert request.detect is DetectMachine.LATER
    if when == "connecting":
        await house.take(call_answered(request.outbox_id))
    elif when in ("talking", "held"):
        await talk(house, request.outbox_id)
    if when == "held":
        await house.about("ada", held, "hold_call", on=True)
    await house.take(machine(request.outbox_id))
    legs = ["CA-out", "CA-ada"] if when in ("talking", "held") else ["CA-out"]
    assert [one.leg_id for one in await house.requests("HangUp")] == legs
    assert (ada.held, ada.shown["agent"]["state"], ada.shown["agent"]["load"]) == ([], "available", 0)
    after = await row(house, held)
    assert (after["state"], after["rank_at"], after["call_state"]) == ("waiting", before["rank_at"], "given_back")
    assert (after["answered_at"], after["in_time"]) == (None, None), "a machine is nobody who was reached"
    assert "machine_answered" in await house.said(held, "fact")
    await house.check_screens()
    await house.check_restored()

    await house.take(call_answered(request.outbox_id), customer_not_reached(request.outbox_id, reason="completed"))
    assert (await row(house, held))["state"] == "waiting", "late reports on that call change nothing"
    await house.turn(121)
    again = (await house.requests("CallCustomer"))[-1]
    assert again.outbox_id != request.outbox_id
    await talk_to_machine_again(house, again.outbox_id)
    assert (await row(house, held))["closed_as"] == "failed", "that was the last try"
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    await house.check_restored()


async def talk_to_machine_again(house: House, outbox_id: str) -> None:
    await house.take(call_answered(outbox_id, "CA-again"))
    await house.take(MachineAnswered("phone:AC1:CA-again:machine", "CA-again", outbox_id, may_speak=False))


async def test_the_last_try_leaves_the_message_of_the_queue(house: House) -> None:
    await adopt(house, tries=1)
    await leave_messages(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    assert request.detect is DetectMachine.BEEP
    await talk(house, request.outbox_id)
    await house.take(machine(request.outbox_id, may_speak=True))
    said = (await house.requests("Speak"))[-1]
    assert (said.call_id, said.text, said.then) == ("CA-out", "We called you.", After.END)
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    assert (await row(house, held))["closed_as"] == "failed"
    assert "machine_left_message" in await house.said(held, "fact")
    assert ada.held == []


async def test_earlier_tries_leave_none(house: House) -> None:
    await adopt(house, tries=2)
    await leave_messages(house)
    await give_back(house)
    _, request = await dialled(house)
    assert request.detect is DetectMachine.LATER


async def test_a_finding_that_comes_after_a_minute_and_a_half_of_talk_cuts_nobody_off(house: House) -> None:
    await adopt(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    await talk(house, request.outbox_id)
    await house.turn(91)
    await house.take(machine(request.outbox_id))
    assert ada.find(held)["call"]["state"] == "talking"
    assert await house.requests("HangUp") == []


async def test_a_finding_about_another_call_changes_nothing(house: House) -> None:
    await adopt(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    await talk(house, request.outbox_id)
    await house.take(machine(f"{held}.1.call"))
    await house.take(MachineAnswered("phone:AC1:CA9:machine", "CA9", request.outbox_id, may_speak=False))
    assert ada.find(held)["call"]["state"] == "talking"
