"""Callbacks: a customer hangs up, keeps their place, and is called when their turn comes."""

from typing import Any

import pytest

from routing.effects import (
    CallbackDialled,
    Effect,
    InputRejected,
    InteractionMoved,
    OfferEnded,
    OfferMade,
    RejectionCode,
)
from routing.inputs import (
    AgentDisconnected,
    CallbackAnswered,
    CallbackRequested,
    CallbackUnanswered,
    CallbackWithdrawn,
    InteractionTransferred,
    PolicyChanged,
)
from routing.model import AgentState, Dialling, InteractionId, Occasion, OverflowRule
from routing.model import OverflowAction as Action
from tests.routing.cast import (
    ADA,
    BEN,
    HOUR,
    LENDING,
    MINUTE,
    PLATINUM,
    POLICY,
    SECOND,
    SERVICE,
    WEBCHAT,
    Morning,
    opened,
    with_queue,
)

SAM = InteractionId("Sam")


def with_dialling(**changes: Any) -> Morning:
    return Morning(with_queue(SERVICE, dialling=Dialling(**{"tries": 2, "retry_after": 5 * MINUTE, **changes})))


@pytest.fixture
def morning() -> Morning:
    return with_dialling()


def dialled(effects: list[Effect]) -> list[tuple[str, str, int]]:
    return [(one.interaction_id, one.agent_id, one.attempt) for one in effects if isinstance(one, CallbackDialled)]


def ask_back(morning: Morning, name: str = "Sam", **more: Any) -> None:
    morning.enqueue(name, **more)
    morning.tell(CallbackRequested(InteractionId(name)))


def test_a_callback_keeps_its_place_and_counts_in_the_positions_of_others(morning: Morning) -> None:
    ask_back(morning)
    morning.wait(MINUTE)
    morning.enqueue("Sára")
    place = morning.router.find_place(InteractionId("Sára"))
    assert place is not None
    assert (place.position, place.waiting) == (2, 2)
    assert dialled(morning.staff(ADA)) == [("Sam", ADA, 1)]


def test_a_callback_does_not_overtake_better_ranks(morning: Morning) -> None:
    ask_back(morning)
    morning.enqueue("Pia", tier=PLATINUM)
    morning.staff(ADA)
    assert (morning.holder("Pia"), morning.state("Sam")) == (ADA, "waiting")


def test_the_customer_is_dialled_first_and_the_agent_is_held_as_by_an_offer(morning: Morning) -> None:
    ask_back(morning)
    told = morning.staff(ADA)
    (call,) = [one for one in told if isinstance(one, CallbackDialled)]
    assert (call.deadline_at, call.agent_id) == (morning.now + 30 * SECOND, ADA)
    assert call.decision is not None
    assert not any(isinstance(one, OfferMade) for one in told)
    assert (morning.state("Sam"), morning.router.load_of(ADA)) == ("dialling", 100)
    morning.enqueue("Gus")
    assert morning.state("Gus") == "waiting"
    morning.tell(CallbackAnswered(SAM, 1))
    assert morning.state("Sam") == "active"
    morning.end("Sam")
    morning.complete("Sam")
    assert morning.holder("Gus") == ADA


def test_a_queue_may_ask_the_agent_first() -> None:
    morning = with_dialling(agent_first=True)
    ask_back(morning)
    assert dialled(morning.staff(ADA)) == []
    assert morning.state("Sam") == "offered"
    (call,) = [one for one in morning.accept("Sam") if isinstance(one, CallbackDialled)]
    assert (call.attempt, call.decision) == (1, None)
    assert morning.state("Sam") == "dialling"
    morning.tell(CallbackAnswered(SAM, 1))
    assert (morning.state("Sam"), morning.holder("Sam")) == ("active", ADA)


@pytest.mark.parametrize("how", ["unanswered", "time is up"])
def test_nobody_answers_and_it_waits_for_the_next_try_at_its_old_place(morning: Morning, how: str) -> None:
    ask_back(morning)
    rank = morning.row("Sam").rank
    morning.staff(ADA)
    if how == "unanswered":
        morning.tell(CallbackUnanswered(SAM, 1))
    else:
        morning.wait(30 * SECOND)
    assert (morning.state("Sam"), morning.row("Sam").rank) == ("waiting", rank)
    assert morning.agent_state(ADA) == "available", "it is not the agent who did not answer"
    morning.enqueue("Gus")
    morning.finish("Gus")
    assert dialled(morning.wait(5 * MINUTE - 1)) == []
    assert dialled(morning.wait(1)) == [("Sam", ADA, 2)]


def test_after_the_last_try_it_is_closed_as_failed(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.tell(CallbackUnanswered(SAM, 1))
    morning.wait(5 * MINUTE)
    (closed,) = morning.tell(CallbackUnanswered(SAM, 2))
    assert isinstance(closed, InteractionMoved)
    assert (closed.state, closed.closed_as, closed.agent_id) == ("closed", "failed", None)
    assert morning.router.load_of(ADA) == 0


def test_an_answer_to_an_earlier_attempt_comes_too_late(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.tell(CallbackUnanswered(SAM, 1))
    morning.wait(5 * MINUTE)
    for late in (CallbackAnswered(SAM, 1), CallbackUnanswered(SAM, 1)):
        assert morning.tell(late) == [InputRejected(RejectionCode.WRONG_STATE, "Sam")]
    assert morning.state("Sam") == "dialling"


def test_a_customer_is_called_inside_their_hours_only(morning: Morning) -> None:
    morning.staff(ADA)
    morning.choose(ADA, AgentState.UNAVAILABLE)
    morning.enqueue("Sam")
    now = morning.now
    hours = ((now + 10 * MINUTE, now + 20 * MINUTE), (now + 40 * MINUTE, now + 50 * MINUTE))
    morning.tell(CallbackRequested(SAM, hours))
    morning.wait(25 * MINUTE)
    assert dialled(morning.choose(ADA, AgentState.AVAILABLE)) == []
    assert dialled(morning.wait(15 * MINUTE)) == [("Sam", ADA, 1)]


def test_when_the_last_of_their_hours_has_passed_it_is_closed_as_failed(morning: Morning) -> None:
    morning.enqueue("Sam")
    morning.tell(CallbackRequested(SAM, ((morning.now, morning.now + 10 * MINUTE),)))
    morning.wait(10 * MINUTE - 1)
    assert morning.state("Sam") == "waiting"
    (closed,) = morning.wait(1)
    assert isinstance(closed, InteractionMoved)
    assert closed.closed_as == "failed"


def test_a_queue_calls_back_in_its_hours_only_though_an_agent_is_free() -> None:
    morning = with_dialling(hours=opened((8, 8.5), (10, 12)))
    morning.staff(ADA)
    morning.choose(ADA, AgentState.UNAVAILABLE)
    ask_back(morning)
    assert dialled(morning.choose(ADA, AgentState.AVAILABLE)) == []
    assert dialled(morning.wait(HOUR - 1)) == []
    assert dialled(morning.wait(1)) == [("Sam", ADA, 1)]


def test_it_is_called_where_the_customer_s_hours_and_the_queue_s_meet() -> None:
    morning = with_dialling(hours=opened((10, 11), (13, 14)))
    morning.enqueue("Sam")
    nine = morning.now
    morning.tell(CallbackRequested(SAM, ((nine, nine + HOUR), (nine + 3 * HOUR, nine + 4 * HOUR + MINUTE))))
    morning.staff(ADA)
    assert dialled(morning.wait(4 * HOUR - 1)) == [], "from ten to eleven, and at noon, only one of them would"
    assert dialled(morning.wait(1)) == [("Sam", ADA, 1)]


def test_the_hours_are_those_of_the_queue_that_it_is_in_and_of_the_policy_in_force() -> None:
    never = Dialling(hours=opened())
    policy = with_queue(LENDING, with_queue(SERVICE, dialling=never), dialling=never)
    morning = Morning(policy)
    ask_back(morning)
    morning.staff(ADA)
    assert dialled(morning.wait(24 * HOUR)) == []
    morning.tell(InteractionTransferred(SAM, LENDING))
    assert dialled(morning.wait(MINUTE)) == []
    open_again = with_queue(LENDING, policy, dialling=Dialling())
    assert dialled(morning.tell(PolicyChanged(open_again))) == [("Sam", ADA, 1)]


def test_an_agent_who_accepts_when_the_hours_have_just_ended_calls_nobody_and_is_not_to_blame() -> None:
    morning = with_dialling(agent_first=True, hours=opened((8, 9.002), (10, 12)))
    ask_back(morning)
    morning.staff(ADA)
    morning.wait(10 * SECOND)
    told = morning.accept("Sam")
    assert dialled(told) == []
    (ended,) = [one for one in told if isinstance(one, OfferEnded)]
    assert (ended.end, morning.state("Sam"), morning.agent_state(ADA)) == ("withdrawn", "waiting", "available")
    assert morning.row("Sam").excluded == ()
    morning.wait(HOUR)
    assert morning.state("Sam") == "offered"


def test_hours_that_have_passed_or_are_in_disorder_are_rejected(morning: Morning) -> None:
    morning.enqueue("Sam")
    now = morning.now
    for hours in (((now - 2, now - 1),), ((now, now),), ((now + 5, now + 9), (now + 7, now + 12))):
        assert morning.tell(CallbackRequested(SAM, hours)) == [InputRejected(RejectionCode.BAD_VALUE, "Sam")]


def test_only_who_waits_can_be_called_back(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    assert morning.tell(CallbackRequested(SAM)) == [InputRejected(RejectionCode.WRONG_STATE, "Sam")]


def test_an_agent_who_is_lost_while_dialling_gives_it_back_for_another_one() -> None:
    morning = with_dialling(duration=2 * MINUTE)
    ask_back(morning)
    morning.staff(ADA)
    morning.staff(BEN)
    morning.tell(AgentDisconnected(ADA))
    assert dialled(morning.wait(POLICY.agent_grace - 1)) == []
    assert dialled(morning.wait(1)) == [("Sam", BEN, 2)]


def test_a_callback_may_be_called_off_while_it_rings(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.leave("Sam")
    assert (morning.state("Sam"), morning.router.load_of(ADA)) == ("closed", 0)


def test_what_rings_is_not_transferred(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    assert morning.tell(InteractionTransferred(SAM, SERVICE)) == [InputRejected(RejectionCode.WRONG_STATE, "Sam")]


def test_once_answered_it_is_work_like_any_other(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.tell(CallbackAnswered(SAM, 1))
    morning.staff(BEN)
    morning.tell(InteractionTransferred(SAM, SERVICE))
    assert (morning.state("Sam"), morning.holder("Sam")) == ("offered", BEN)


def given_back_at_night(**dialling: Any) -> Morning:
    """Ada is still there when Sam calls, and the queue gives the line back."""
    rule = OverflowRule(Occasion.CLOSED, Action.CALLBACK)
    morning = Morning(with_queue(SERVICE, hours=opened((10, 12)), overflow=(rule,), dialling=Dialling(**dialling)))
    morning.staff(ADA)
    morning.enqueue("Sam")
    return morning


def test_a_line_that_a_rule_gives_back_has_time_to_end_before_the_customer_is_called() -> None:
    morning = given_back_at_night(pause=MINUTE, tries=1)
    assert dialled(morning.effects) == []
    assert dialled(morning.wait(MINUTE - 1)) == []
    assert dialled(morning.wait(1)) == [("Sam", ADA, 1)]


def test_once_it_is_said_when_the_customer_may_be_called_that_counts() -> None:
    morning = given_back_at_night(pause=MINUTE)
    morning.wait(SECOND)
    assert dialled(morning.tell(CallbackRequested(SAM, ((morning.now, morning.now + HOUR),)))) == [("Sam", ADA, 1)]


def test_who_cannot_be_called_back_stays_on_the_line_and_is_offered_like_anybody_else() -> None:
    morning = given_back_at_night(pause=MINUTE, hours=opened((10, 12)))
    morning.tell(CallbackWithdrawn(SAM))
    assert (morning.state("Sam"), morning.holder("Sam"), morning.row("Sam").callback) == ("offered", ADA, None)


def test_a_wait_that_is_too_long_may_become_a_callback() -> None:
    rule = OverflowRule(Occasion.WAITED, Action.CALLBACK, after=2 * MINUTE)
    morning = Morning(with_queue(SERVICE, overflow=(rule,)))
    morning.enqueue("Sam")
    morning.wait(2 * MINUTE)
    assert dialled(morning.staff(ADA)) == [("Sam", ADA, 1)]


# -- linked channels ----------------------------------------------------------------------------------------


def test_who_waits_in_chat_and_then_phones_holds_one_place(morning: Morning) -> None:
    morning.enqueue("Pia's chat", WEBCHAT)
    morning.wait(MINUTE)
    morning.enqueue("Gus")
    morning.enqueue("Pia's call", linked_to=InteractionId("Pia's chat"))
    assert morning.state("Pia's chat") == "paused"
    assert morning.row("Pia's call").entered_at == morning.row("Pia's chat").entered_at
    place = morning.router.find_place(InteractionId("Pia's call"))
    assert place is not None
    assert (place.position, place.waiting) == (1, 2)
    morning.staff(ADA)
    assert morning.holder("Pia's call") == ADA
    assert morning.state("Pia's chat") == "paused"


def test_a_paused_channel_is_closed_with_the_one_that_was_handled(morning: Morning) -> None:
    morning.enqueue("chat", WEBCHAT)
    morning.enqueue("call", linked_to=InteractionId("chat"))
    morning.staff(ADA)
    effects = morning.finish("call")
    closed = [(one.interaction_id, one.closed_as) for one in effects if getattr(one, "state", None) == "closed"]
    assert closed == [("call", "handled"), ("chat", "handled")]


def test_a_paused_channel_waits_again_at_its_place_when_the_other_is_given_up(morning: Morning) -> None:
    morning.enqueue("chat", WEBCHAT)
    rank = morning.row("chat").rank
    morning.wait(MINUTE)
    morning.enqueue("call", linked_to=InteractionId("chat"))
    morning.leave("call")
    assert (morning.state("chat"), morning.row("chat").rank) == ("waiting", rank)
    morning.staff(ADA)
    assert morning.holder("chat") == ADA


def test_a_paused_channel_may_be_left_by_itself(morning: Morning) -> None:
    morning.enqueue("chat", WEBCHAT)
    morning.enqueue("call", linked_to=InteractionId("chat"))
    morning.leave("chat")
    morning.staff(ADA)
    morning.finish("call")
    assert (morning.state("chat"), morning.state("call")) == ("closed", "closed")


def test_only_what_waits_gives_its_place_to_another_channel(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("chat", WEBCHAT)
    told = morning.enqueue("call", linked_to=InteractionId("chat"))
    assert told == [InputRejected(RejectionCode.WRONG_STATE, "chat")]
    told = morning.enqueue("call", linked_to=InteractionId("nobody"))
    assert told == [InputRejected(RejectionCode.UNKNOWN_INTERACTION, "nobody")]


def three_channels(morning: Morning) -> None:
    """Pia waits in chat, calls, gives the line back, and calls again: the last call holds the place of all."""
    morning.enqueue("chat", WEBCHAT)
    morning.enqueue("call", linked_to=InteractionId("chat"))
    morning.tell(CallbackRequested(InteractionId("call")))
    morning.enqueue("second call", linked_to=InteractionId("call"))


def test_three_channels_of_one_customer_hold_one_place_also_when_the_middle_one_is_left(morning: Morning) -> None:
    three_channels(morning)
    morning.leave("call")
    place = morning.router.find_place(InteractionId("second call"))
    assert place is not None and place.waiting == 1
    assert morning.state("chat") == "paused"
    morning.staff(ADA)
    morning.finish("second call")
    assert morning.state("chat") == "closed"


def test_of_three_channels_all_are_closed_with_the_one_that_was_handled(morning: Morning) -> None:
    three_channels(morning)
    morning.staff(ADA)
    morning.finish("second call")
    assert {morning.state(name) for name in ("chat", "call", "second call")} == {"closed"}


def test_the_hours_of_a_paused_callback_may_change_for_when_it_waits_again(morning: Morning) -> None:
    three_channels(morning)
    later = morning.now + 10 * MINUTE
    assert morning.tell(CallbackRequested(InteractionId("call"), ((later, later + MINUTE),))) == []
    morning.leave("second call")
    assert dialled(morning.staff(ADA)) == []
    assert dialled(morning.wait(10 * MINUTE)) == [("call", ADA, 1)]
