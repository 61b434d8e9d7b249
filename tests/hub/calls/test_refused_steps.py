"""A step that a call's state does not allow: nothing of it is carried out, and what the call is for goes on."""

import ast
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from channels.channel import LegRole
from hub.call_lifecycle import RefusedSteps
from hub.storage import tables
from tests.hub.calls.test_callbacks import adopt, dialled, wish
from tests.hub.calls.test_calling_hours import leave_message, steer
from tests.hub.house import House
from tests.hub.notices import PIA, agent_joined, agent_left, call, call_answered, customer_left
from tests.imports import parse_with


def test_whoever_moves_a_call_asks_whether_it_has_moved() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parse_with("move_call", "hub")
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "move_call"
    ]
    assert found == []


@pytest.mark.parametrize("is_known", [True, False], ids=["as in production", "as in tests"])
async def test_an_agents_leg_that_joins_a_call_that_is_over_is_hung_up(
    house: House, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    if is_known:
        monkeypatch.setattr(RefusedSteps, "are_raised", False)
    held = await leave_message(house)
    emre = await house.seat("emre")
    await steer(house, held, "assign_interaction", agent_id="emre")
    await house.accept("emre")
    await house.take(agent_joined("CA1", "CA-stray"))
    row = await house.interaction(id=held)
    assert (row["call_state"], row["leg_ref"]) == ("over", "")
    assert [(one.call_id, one.leg_id) for one in await house.requests("HangUp")] == [("CA1", "CA-stray")]
    await house.take(agent_left("CA1", "CA-stray", "no-answer"))
    assert [one["id"] for one in emre.held] == [held], "the message in hand has no leg that could fail"


@pytest.fixture
def no_step_refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The log tells of no refused step. It is not raised: a batch that fails is tried again in parts."""
    monkeypatch.setattr(RefusedSteps, "are_raised", False)
    with capture_logs() as logged:
        yield
    assert [line for line in logged if line["event"] == "step of a call refused"] == []


@pytest.mark.usefixtures("no_step_refused")
async def test_a_wish_in_the_batch_of_a_rule_that_gives_the_line_back_gives_it_back_once(house: House) -> None:
    await adopt(house, key="1", message="kept")
    await house.take(call("CA1", PIA), wish())
    assert len(await house.requests("Speak")) == 1
    await house.take(customer_left("CA1"))
    row = await house.interaction(customer_id="pia")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    _, request = await dialled(house)
    await house.take(call_answered(request.outbox_id))
    assert (await house.interaction(customer_id="pia"))["state"] == "active"


@pytest.mark.usefixtures("no_step_refused")
async def test_the_end_of_the_line_told_twice_in_one_batch_costs_no_attempt(house: House) -> None:
    """The first report lets the customer be dialled, and the second is of the line that they gave back."""
    await house.seat("cleo")
    await house.do("cleo", "set_state", state="unavailable", reason="lunch")
    await house.take(call("CA1", PIA, to_address="+46850005000"))
    await house.take(wish())
    await house.do("cleo", "set_state", state="available")
    assert await house.requests("CallCustomer") == []
    left = customer_left("CA1")
    assert left.role is LegRole.CUSTOMER
    await house.take(left, customer_left("CA1", "participant_left"))
    assert len(await house.requests("CallCustomer")) == 1
    assert await house.rows(tables.message, tables.message.c.fact == "callback_unanswered") == []
    (row,) = await house.interactions()
    assert (row["state"], row["call_state"]) == ("dialling", "dialling")
