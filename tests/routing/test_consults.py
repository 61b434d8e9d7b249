"""Consults: an agent who has a call asks another one, whose points it takes too, and may hand it over."""

import pytest

from routing.effects import ConsultantReleased, Effect, InputRejected, InteractionMoved, RejectionCode
from routing.inputs import (
    AgentRemoved,
    ConsultBegan,
    ConsultEnded,
    CustomerLeft,
    Input,
    InteractionEnded,
    InteractionHandedOver,
    InteractionTransferred,
)
from routing.model import AgentState, InteractionId, InteractionState
from tests.routing.cast import ADA, BEN, SERVICE, Morning

CALL, OTHER = InteractionId("call"), InteractionId("other")
ACTIVE, WAITING = InteractionState.ACTIVE, InteractionState.WAITING


def talking() -> Morning:
    """Ada talks, and Ben is free."""
    morning = Morning()
    morning.staff(ADA)
    morning.enqueue("call")
    morning.accept("call")
    morning.staff(BEN)
    return morning


def consulting() -> Morning:
    morning = talking()
    assert rejections(morning.tell(ConsultBegan(CALL, BEN))) == []
    return morning


def rejections(effects: list[Effect]) -> list[RejectionCode]:
    return [one.code for one in effects if isinstance(one, InputRejected)]


def loads(morning: Morning) -> tuple[int, int]:
    return morning.router.load_of(ADA), morning.router.load_of(BEN)


def test_a_consult_takes_the_points_of_both_and_the_consulted_gets_no_call_meanwhile() -> None:
    morning = consulting()
    assert loads(morning) == (100, 100)
    morning.enqueue("other")
    assert morning.state("other") is WAITING
    assert ConsultantReleased(CALL, BEN) in morning.tell(ConsultEnded(CALL, BEN))
    assert morning.holder("other") == BEN


def test_the_consulted_agent_gets_the_call_without_a_wait_in_between() -> None:
    morning = consulting()
    effects = morning.tell(InteractionHandedOver(CALL, BEN))
    assert InteractionMoved(CALL, ACTIVE, ACTIVE, BEN) in effects
    assert ConsultantReleased(CALL, BEN) not in effects
    assert (loads(morning), morning.row("call").consulted) == ((0, 100), ())
    assert rejections(morning.tell(InteractionHandedOver(CALL, ADA))) == [RejectionCode.WRONG_STATE]


@pytest.mark.parametrize(
    "end", [CustomerLeft(CALL), InteractionTransferred(CALL, SERVICE), InteractionEnded(CALL, ADA)], ids=repr
)
def test_the_consulted_agent_is_released_when_the_call_is_active_no_more(end: Input) -> None:
    morning = consulting()
    morning.choose(ADA, AgentState.UNAVAILABLE, reason="lunch", after_current=True)
    assert ConsultantReleased(CALL, BEN) in morning.tell(end)
    assert morning.row("call").consulted == ()


def test_an_agent_who_is_removed_is_consulted_no_more_and_the_call_goes_on() -> None:
    morning = consulting()
    assert ConsultantReleased(CALL, BEN) in morning.tell(AgentRemoved(BEN))
    assert (morning.state("call"), morning.holder("call")) == (ACTIVE, ADA)


def test_an_agent_who_is_not_open_to_work_or_has_no_room_is_not_consulted() -> None:
    morning = talking()
    assert rejections(morning.tell(ConsultBegan(CALL, ADA))) == [RejectionCode.BAD_VALUE]
    assert rejections(morning.tell(ConsultBegan(OTHER, BEN))) == [RejectionCode.UNKNOWN_INTERACTION]
    morning.choose(BEN, AgentState.UNAVAILABLE, reason="lunch")
    assert rejections(morning.tell(ConsultBegan(CALL, BEN))) == [RejectionCode.AGENT_NOT_OPEN]
    morning.choose(BEN, AgentState.AVAILABLE)
    morning.enqueue("other")
    assert rejections(morning.tell(ConsultBegan(CALL, BEN))) == [RejectionCode.NO_ROOM]
    assert rejections(morning.tell(ConsultBegan(OTHER, ADA))) == [RejectionCode.WRONG_STATE]


def test_an_agent_who_leaves_after_their_work_leaves_after_the_consult() -> None:
    morning = consulting()
    morning.choose(BEN, AgentState.UNAVAILABLE, reason="lunch", after_current=True)
    assert morning.agent_state(BEN) is AgentState.AVAILABLE
    morning.tell(ConsultEnded(CALL, BEN))
    assert morning.agent_state(BEN) is AgentState.UNAVAILABLE
