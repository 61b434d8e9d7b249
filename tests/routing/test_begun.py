"""Work that an agent begins by themselves, such as a call to a customer."""

import pytest

from routing.effects import Effect, InputRejected, InteractionMoved, RejectionCode
from routing.inputs import (
    AgentDisconnected,
    AgentStateChosen,
    CustomerLeft,
    InteractionBegun,
    InteractionEnded,
    InteractionTransferred,
    WrapUpCompleted,
)
from routing.model import AgentState, InteractionId
from tests.routing.cast import ADA, BEN, GOLD, MINUTE, PHONE, POLICY, SERVICE, WEBCHAT, Morning

CALL = InteractionId("call")


def begin(morning: Morning) -> list[Effect]:
    return morning.tell(InteractionBegun(CALL, SERVICE, PHONE, GOLD, ADA))


def refusal(effects: list[Effect]) -> RejectionCode | None:
    return next((one.code for one in effects if isinstance(one, InputRejected)), None)


def test_the_agent_has_it_at_once_and_it_takes_their_points() -> None:
    morning = Morning(POLICY)
    morning.staff(ADA)
    assert [one for one in begin(morning) if isinstance(one, InteractionMoved)] == [
        InteractionMoved(CALL, None, morning.row("call").state, ADA)
    ]
    assert (morning.state("call"), morning.holder("call")) == ("active", ADA)
    assert morning.router.load_of(ADA) == POLICY.points[PHONE]
    morning.enqueue("Gus", PHONE)
    assert morning.state("Gus") == "waiting"


def test_it_ends_as_every_other() -> None:
    morning = Morning(POLICY)
    morning.staff(ADA)
    begin(morning)
    morning.tell(CustomerLeft(CALL))
    assert morning.state("call") == "wrap_up"
    morning.tell(WrapUpCompleted(CALL, ADA))
    assert morning.router.load_of(ADA) == 0
    morning.enqueue("Gus", PHONE)
    assert morning.holder("Gus") == ADA


def test_its_agent_may_end_it_or_transfer_it_and_it_waits_from_its_beginning() -> None:
    morning = Morning(POLICY)
    morning.staff(ADA)
    begin(morning)
    began_at = morning.now
    morning.wait(MINUTE)
    morning.tell(InteractionTransferred(CALL, SERVICE))
    assert (morning.state("call"), morning.row("call").entered_at) == ("waiting", began_at)
    morning.staff(BEN)
    assert morning.holder("call") == BEN
    morning.accept("call")
    morning.tell(InteractionEnded(CALL, BEN))
    assert morning.state("call") == "wrap_up"


@pytest.mark.parametrize("state", [AgentState.AVAILABLE, AgentState.UNAVAILABLE])
def test_an_agent_who_is_at_work_may_begin_one(state: AgentState) -> None:
    morning = Morning(POLICY)
    morning.staff(ADA)
    morning.tell(AgentStateChosen(ADA, state, "lunch" if state is AgentState.UNAVAILABLE else ""))
    assert refusal(begin(morning)) is None


def test_who_is_away_has_no_room_or_is_reserved_begins_none() -> None:
    morning = Morning(POLICY)
    assert refusal(begin(morning)) is RejectionCode.UNKNOWN_AGENT
    morning.staff(ADA)
    morning.enqueue("Gus", PHONE)
    assert morning.state("Gus") == "offered"
    assert refusal(begin(morning)) is RejectionCode.DOES_NOT_FIT, "an offer is work that she holds"
    morning.accept("Gus")
    assert refusal(begin(morning)) is RejectionCode.DOES_NOT_FIT
    morning.tell(AgentDisconnected(ADA))
    assert refusal(begin(morning)) is RejectionCode.BAD_VALUE


def test_an_agent_who_is_reserved_for_a_customer_begins_nothing_past_them() -> None:
    morning = Morning(POLICY)
    morning.staff(ADA)
    for chat in ("one", "two", "three"):
        morning.enqueue(chat, WEBCHAT)
        morning.accept(chat)
    morning.enqueue("Gus", PHONE)
    morning.end("one")
    morning.complete("one")
    morning.enqueue("four", WEBCHAT)
    morning.accept("four")
    morning.wait(POLICY.reserve_after)
    morning.end("two")
    morning.complete("two")
    morning.enqueue("five", WEBCHAT)
    assert morning.row("Gus").reserved_for == ADA
    effects = morning.tell(InteractionBegun(CALL, SERVICE, WEBCHAT, GOLD, ADA))
    assert refusal(effects) is RejectionCode.RESERVED
