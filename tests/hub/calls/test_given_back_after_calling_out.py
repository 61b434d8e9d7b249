"""A customer whom an agent called, who then waited on the line, and whose line was given back: they are called as
anybody who was promised a call, and the agent who is free then talks to them."""

from collections.abc import AsyncIterator

import pytest

from channels.channel import MachineAnswered
from tests.hub.calls.test_calling_out import RULES, call_out, talk
from tests.hub.calls.test_returned_transfers import WAITED
from tests.hub.house import House
from tests.hub.notices import PIA, agent_joined, agent_left, call_answered, customer_left, customer_not_reached


@pytest.fixture
async def called_again(house: House) -> AsyncIterator[House]:
    """Ada has called Pia and lost her line, nobody else was there, and Ada is back: Pia is called for her."""
    house.dispatcher._rules = RULES
    await house.seat("ada")
    assert not (await call_out(house)).code
    leg = await talk(house)
    await house.take(agent_left("CA1", "CA8", "completed", leg))
    for _ in range(5):
        await house.turn(WAITED // 4)
    (row,) = await house.interactions(direction="out")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    await house.take(customer_left("CA1"))
    await house.ask("ada", "set_state", state="available")
    (row,) = await house.interactions(direction="out")
    assert (row["state"], row["call_state"]) == ("dialling", "dialling")
    yield house
    await house.check_restored()


async def place(house: House) -> str:
    """The provider has taken the call to Pia. The outbox id of it."""
    request = (await house.requests("CallCustomer"))[-1]
    assert request.to_address == PIA
    await house.take(house.result(request.outbox_id, "phone", "sent", kind="CallCustomer", provider_id="CA2"))
    return str(request.outbox_id)


async def test_who_answers_is_connected_with_the_agent_who_is_free(called_again: House) -> None:
    brought = len(await called_again.requests("BringAgent"))
    outbox_id = await place(called_again)
    await called_again.take(call_answered(outbox_id, "CA2"))
    connect = (await called_again.requests("ConnectAgent"))[-1]
    assert connect.call_id == "CA2"
    await called_again.take(agent_joined("CA2", "CA9", connect.outbox_id))
    (held,) = called_again.screens["ada"].held
    assert (held["state"], held["call"]["state"]) == ("active", "talking")
    assert len(await called_again.requests("BringAgent")) == brought, "no agent waits outside the room"


async def test_who_does_not_answer_keeps_the_place_and_is_called_again(called_again: House) -> None:
    await called_again.take(customer_not_reached(await place(called_again), "CA2"))
    (row,) = await called_again.interactions(direction="out")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")


async def test_a_machine_keeps_the_place_too(called_again: House) -> None:
    outbox_id = await place(called_again)
    await called_again.take(MachineAnswered("phone:AC1:CA2:machine", "CA2", outbox_id, may_speak=False))
    (row,) = await called_again.interactions(direction="out")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert [one.leg_id for one in await called_again.requests("HangUp")] == ["CA2"]
