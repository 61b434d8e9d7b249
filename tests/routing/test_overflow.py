"""Overflow on entry and while waiting: closed, full, nobody staffed, waited for too long, closing time."""

from typing import Any

from routing.effects import InteractionMoved, InteractionOverflowed
from routing.inputs import AgentDisconnected, InteractionAssigned, InteractionTransferred, PolicyChanged
from routing.model import AgentId, AgentState, ClosedAs, InteractionId, Occasion, OverflowRule, Policy, Requirement
from routing.model import OverflowAction as Action
from routing.router import Router
from tests.routing.cast import (
    ADA,
    BEN,
    EMAIL,
    GOLD,
    HOUR,
    LENDING,
    MINUTE,
    PHONE,
    POLICY,
    SECOND,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
    opened,
    with_queue,
)

BOSS = AgentId("Dot")


def ruled(occasion: Occasion, action: Action, *channels: Any, policy: Policy = POLICY, **more: Any) -> Policy:
    """The service queue, open from eight to six, with one rule."""
    return with_queue(
        SERVICE, policy, hours=opened((8, 18)), overflow=(OverflowRule(occasion, action, channels, **more),)
    )


def at_night(policy: Policy) -> Morning:
    morning = Morning(policy)
    morning.wait(12 * HOUR)
    return morning


def overflowed(effects: list[Any]) -> list[tuple[str, str]]:
    return [(one.occasion, one.action) for one in effects if isinstance(one, InteractionOverflowed)]


# -- entry --------------------------------------------------------------------------------------------------


def test_who_calls_outside_the_opening_hours_is_told_so_and_let_go() -> None:
    morning = at_night(ruled(Occasion.CLOSED, Action.RELEASE, PHONE, message="night"))
    _, told, closed = morning.enqueue("Pia")
    assert told == InteractionOverflowed(InteractionId("Pia"), Occasion.CLOSED, Action.RELEASE, SERVICE, "night")
    assert isinstance(closed, InteractionMoved)
    assert (closed.state, closed.closed_as) == ("closed", ClosedAs.FAILED)


def test_a_rule_is_for_its_channels_and_a_mail_waits_for_the_morning() -> None:
    morning = at_night(ruled(Occasion.CLOSED, Action.RELEASE, PHONE))
    assert overflowed(morning.enqueue("Pia", EMAIL)) == []
    assert morning.state("Pia") == "waiting"


def test_who_calls_within_the_opening_hours_waits() -> None:
    morning = Morning(ruled(Occasion.CLOSED, Action.RELEASE))
    morning.enqueue("Pia")
    assert morning.state("Pia") == "waiting"


def test_a_closed_queue_may_answer_by_itself_and_keep_the_place() -> None:
    morning = at_night(ruled(Occasion.CLOSED, Action.AUTO_REPLY))
    assert overflowed(morning.enqueue("Pia", EMAIL)) == [("closed", "auto_reply")]
    assert morning.state("Pia") == "waiting"
    morning.staff(ADA)
    assert morning.holder("Pia") == ADA


def test_a_closed_queue_may_send_on_to_one_that_is_open() -> None:
    morning = at_night(ruled(Occasion.CLOSED, Action.QUEUE, queue=LENDING))
    morning.staff(ADA, agent(LENDING, skills=[("loans", 5)]))
    entered, told, *_ = morning.enqueue("Pia")
    assert isinstance(entered, InteractionMoved)
    assert isinstance(told, InteractionOverflowed)
    assert told.queue == LENDING
    assert morning.row("Pia").queue == LENDING
    assert morning.holder("Pia") == ADA


def test_queues_that_send_on_to_each_other_end_where_it_began() -> None:
    """The last one of the circle keeps it: none that sent it on is asked again."""
    policy = ruled(Occasion.CLOSED, Action.QUEUE, queue=LENDING)
    back = (OverflowRule(Occasion.CLOSED, Action.QUEUE, queue=SERVICE),)
    morning = at_night(with_queue(LENDING, policy, hours=opened((8, 18)), overflow=back))
    assert overflowed(morning.enqueue("Pia")) == [("closed", "queue")]
    assert (morning.state("Pia"), morning.row("Pia").queue) == ("waiting", LENDING)


def test_a_full_queue_releases_the_next_one_with_a_message() -> None:
    morning = Morning(ruled(Occasion.FULL, Action.RELEASE, WEBCHAT, limit=2, message="busy"))
    for name in ("Sam", "Sára"):
        morning.enqueue(name, WEBCHAT)
    morning.enqueue("a call")
    _, told, closed = morning.enqueue("Søren", WEBCHAT)
    assert isinstance(told, InteractionOverflowed)
    assert (told.occasion, told.message) == ("full", "busy")
    assert isinstance(closed, InteractionMoved)
    assert closed.closed_as is ClosedAs.FAILED
    assert {morning.state(name) for name in ("Sam", "Sára", "a call")} == {"waiting"}


def test_only_what_waits_fills_a_queue() -> None:
    morning = Morning(ruled(Occasion.FULL, Action.RELEASE, limit=1))
    morning.staff(ADA)
    for name in ("Sam", "Sára"):
        morning.enqueue(name)
    assert morning.state("Sára") == "waiting"


def test_nobody_staffed_means_nobody_at_work_who_could_take_this_very_interaction() -> None:
    morning = Morning(ruled(Occasion.UNSTAFFED, Action.RELEASE))
    morning.staff(ADA, agent(SERVICE))
    morning.staff(BEN, agent(LENDING, languages=["zh"]))
    morning.enqueue("Sam")
    assert morning.holder("Sam") == ADA
    morning.enqueue("Gus")
    assert morning.state("Gus") == "waiting", "Ada is busy, and at work"
    assert overflowed(morning.enqueue("林", requirement=Requirement(languages=("zh",)))) == [("unstaffed", "release")]
    morning.choose(ADA, AgentState.UNAVAILABLE, after_current=True)
    assert overflowed(morning.enqueue("Pia")) == [("unstaffed", "release")]


def test_an_agent_of_a_later_ring_counts_as_staffed() -> None:
    rule = OverflowRule(Occasion.UNSTAFFED, Action.RELEASE)
    morning = Morning(with_queue(LENDING, overflow=(rule,)))
    morning.staff(ADA, agent(LENDING))
    morning.enqueue("Gus", tier=GOLD, queue=LENDING)
    assert morning.state("Gus") == "waiting"
    morning.wait(MINUTE)
    assert morning.holder("Gus") == ADA


def test_the_first_rule_that_speaks_of_the_occasion_decides() -> None:
    rules = (
        OverflowRule(Occasion.CLOSED, Action.WAIT, (EMAIL,)),
        OverflowRule(Occasion.CLOSED, Action.RELEASE),
    )
    morning = at_night(with_queue(SERVICE, hours=opened((8, 18)), overflow=rules))
    morning.enqueue("mail", EMAIL)
    morning.enqueue("call", PHONE)
    assert (morning.state("mail"), morning.state("call")) == ("waiting", "closed")


# -- waiting ------------------------------------------------------------------------------------------------


def test_who_has_waited_for_too_long_is_sent_on_with_the_place_kept() -> None:
    morning = Morning(ruled(Occasion.WAITED, Action.QUEUE, queue=LENDING, after=2 * MINUTE))
    morning.enqueue("Pia")
    rank = morning.row("Pia").rank
    assert overflowed(morning.wait(2 * MINUTE - 1)) == []
    assert overflowed(morning.wait(1)) == [("waited", "queue")]
    assert (morning.row("Pia").queue, morning.row("Pia").rank) == (LENDING, rank)


def test_a_long_wait_is_told_once() -> None:
    morning = Morning(ruled(Occasion.WAITED, Action.AUTO_REPLY, after=2 * MINUTE))
    morning.enqueue("Pia", EMAIL)
    assert overflowed(morning.wait(HOUR)) == [("waited", "auto_reply")]


def test_who_is_offered_when_the_wait_gets_too_long_is_looked_at_when_they_wait_again() -> None:
    morning = Morning(ruled(Occasion.WAITED, Action.RELEASE, after=2 * MINUTE))
    morning.enqueue("Pia")
    morning.wait(2 * MINUTE - SECOND)
    morning.staff(ADA)
    assert overflowed(morning.wait(2 * SECOND)) == []
    assert overflowed(morning.decline("Pia")) == [("waited", "release")]


def test_a_conversation_has_not_waited_meanwhile_when_its_agent_is_lost() -> None:
    morning = Morning(ruled(Occasion.WAITED, Action.RELEASE, after=10 * MINUTE))
    morning.staff(ADA)
    morning.enqueue("Pia", WEBCHAT)
    morning.accept("Pia")
    morning.wait(30 * MINUTE)
    morning.tell(AgentDisconnected(ADA))
    assert overflowed(morning.wait(POLICY.agent_grace + 10 * MINUTE - 1)) == []
    assert overflowed(morning.wait(1)) == [("waited", "release")]


def test_a_conversation_that_a_supervisor_moves_and_that_is_declined_is_not_released_for_it() -> None:
    morning = Morning(ruled(Occasion.WAITED, Action.RELEASE, after=10 * MINUTE))
    morning.staff(ADA)
    morning.enqueue("Gus")
    morning.accept("Gus")
    morning.wait(30 * MINUTE)
    morning.staff(BEN)
    morning.tell(InteractionAssigned(InteractionId("Gus"), BEN, by=BOSS))
    assert overflowed(morning.decline("Gus")) == []
    assert (morning.state("Gus"), morning.holder("Gus")) == ("offered", ADA)


def test_a_mail_in_hand_over_night_was_not_waiting_when_the_queue_closed() -> None:
    morning = Morning(ruled(Occasion.CLOSING, Action.RELEASE))
    morning.staff(ADA)
    morning.enqueue("mail", EMAIL)
    morning.accept("mail")
    morning.wait(24 * HOUR)
    morning.tell(AgentDisconnected(ADA))
    morning.wait(HOUR)
    assert morning.state("mail") == "waiting"
    assert overflowed(morning.wait(8 * HOUR)) == [("closing", "release")]


def test_the_rings_that_were_open_stay_so_when_an_agent_is_lost() -> None:
    morning = Morning()
    morning.staff(ADA, agent(LENDING, skills=[("loans", 5)]))
    morning.enqueue("Gus", WEBCHAT, queue=LENDING)
    morning.accept("Gus")
    morning.wait(MINUTE)
    morning.staff(BEN, agent(LENDING))
    morning.tell(AgentDisconnected(ADA))
    morning.wait(POLICY.agent_grace)
    assert morning.holder("Gus") == BEN, "the third ring has been open for long"


def test_who_waits_when_the_queue_closes_is_handled_as_the_policy_says() -> None:
    morning = Morning(ruled(Occasion.CLOSING, Action.RELEASE, PHONE))
    morning.enqueue("Pia")
    morning.enqueue("mail", EMAIL)
    assert overflowed(morning.wait(9 * HOUR - 1)) == []
    assert overflowed(morning.wait(1)) == [("closing", "release")]
    assert (morning.state("Pia"), morning.state("mail")) == ("closed", "waiting")


def test_a_transfer_into_a_closed_queue_waits_until_the_queue_closes_next() -> None:
    rules = (OverflowRule(Occasion.CLOSED, Action.RELEASE), OverflowRule(Occasion.CLOSING, Action.RELEASE))
    morning = at_night(with_queue(SERVICE, hours=opened((8, 18)), overflow=rules))
    morning.enqueue("Pia", queue=LENDING)
    morning.tell(InteractionTransferred(InteractionId("Pia"), SERVICE))
    morning.wait(21 * HOUR - 1)
    assert morning.state("Pia") == "waiting"
    morning.wait(1)
    assert morning.state("Pia") == "closed"


def test_other_hours_hold_for_those_who_wait_already() -> None:
    morning = Morning(ruled(Occasion.CLOSING, Action.RELEASE))
    morning.enqueue("Pia")
    policy = ruled(Occasion.CLOSING, Action.RELEASE)
    morning.tell(PolicyChanged(with_queue(SERVICE, policy, hours=opened((8, 10)))))
    morning.wait(HOUR)
    assert morning.state("Pia") == "closed"


def test_a_rule_for_the_closing_time_does_not_speak_of_the_night_before() -> None:
    """The mail has waited since yesterday; the queue is open again when the rule comes."""
    morning = Morning(with_queue(SERVICE, hours=opened((8, 18))))
    morning.enqueue("mail", EMAIL)
    morning.wait(24 * HOUR)
    morning.tell(PolicyChanged(ruled(Occasion.CLOSING, Action.RELEASE)))
    morning.wait(9 * HOUR - 1)
    assert morning.state("mail") == "waiting"
    assert overflowed(morning.wait(1)) == [("closing", "release")]


def test_who_waited_while_the_router_slept_until_the_queue_opened_again_waits_on() -> None:
    morning = Morning(ruled(Occasion.CLOSING, Action.RELEASE))
    morning.enqueue("mail", EMAIL)
    morning.now += 24 * HOUR
    assert overflowed(morning.enqueue("Sam")) == []
    assert morning.state("mail") == "waiting"


def test_what_waited_when_the_router_slept_is_handled_when_it_wakes() -> None:
    morning = Morning(ruled(Occasion.CLOSING, Action.RELEASE))
    morning.enqueue("Pia")
    rows = morning.router.snapshot()
    morning.router = Router.restore(ruled(Occasion.CLOSING, Action.RELEASE), rows, morning.now)
    assert morning.router.next_deadline() == morning.now + 9 * HOUR
    morning.now += 20 * HOUR
    assert overflowed(morning.enqueue("Sam")) == [("closing", "release")]
