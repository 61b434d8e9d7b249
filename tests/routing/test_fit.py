"""Fit: an agent's 100 points, what may interrupt what, and who is reserved for big work."""

from dataclasses import replace

import pytest

from routing.decisions import ChosenBy
from routing.effects import OfferMade
from routing.inputs import AgentProfileChanged, PolicyChanged
from routing.model import AgentState, InteractionState
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    EMAIL,
    GOLD,
    LENDING,
    MINUTE,
    PHONE,
    POLICY,
    SECOND,
    SERVICE,
    SMS,
    WEBCHAT,
    Morning,
    agent,
)


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_three_chats_fill_an_agent(morning: Morning) -> None:
    morning.staff(ADA)
    for number in range(4):
        morning.enqueue(f"chat {number}", WEBCHAT)
    assert morning.router.load_of(ADA) == 99
    assert morning.state("chat 3") is InteractionState.WAITING


def test_a_call_needs_empty_hands_but_for_mail(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("mail", EMAIL)
    morning.accept("mail")
    morning.enqueue("Sam", PHONE)
    assert morning.holder("Sam") == ADA
    morning.accept("Sam")
    assert morning.router.load_of(ADA) == 150
    morning.enqueue("chat", WEBCHAT)
    assert morning.state("chat") is InteractionState.WAITING


def test_a_mail_does_not_interrupt_a_call(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam", PHONE)
    morning.enqueue("mail", EMAIL)
    assert morning.state("mail") is InteractionState.WAITING


def test_wrap_up_counts_as_held(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Sam")
    morning.enqueue("Gus", tier=GOLD)
    morning.accept("Sam")
    morning.end("Sam")
    assert morning.router.load_of(ADA) == 100
    assert morning.state("Gus") is InteractionState.WAITING
    morning.complete("Sam")
    assert morning.holder("Gus") == ADA


def test_an_agent_s_own_points_come_before_the_policy_s(morning: Morning) -> None:
    morning.staff(ADA, agent(points=[(WEBCHAT, 50)]))
    for number in range(3):
        morning.enqueue(f"chat {number}", WEBCHAT)
    assert morning.router.load_of(ADA) == 100
    assert morning.state("chat 2") is InteractionState.WAITING


def test_more_than_a_hundred_points_means_never(morning: Morning) -> None:
    morning.staff(ADA, agent(points=[(PHONE, 101)]))
    morning.enqueue("Sam", PHONE)
    assert morning.state("Sam") is InteractionState.WAITING
    morning.enqueue("chat", WEBCHAT)
    assert morning.holder("chat") == ADA


def test_new_points_count_for_what_is_held_already(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("chat", WEBCHAT)
    morning.tell(AgentProfileChanged(ADA, agent(points=[(WEBCHAT, 60)])))
    assert morning.router.load_of(ADA) == 60
    morning.enqueue("chat too", WEBCHAT)
    assert morning.state("chat too") is InteractionState.WAITING
    morning.tell(AgentProfileChanged(ADA, agent(points=[(WEBCHAT, 20)])))
    assert morning.holder("chat too") == ADA


def test_the_least_load_is_chosen_before_the_longest_idle(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("chat", WEBCHAT)
    morning.wait(SECOND)
    morning.staff(BEN)
    (made,) = [one for one in morning.enqueue("chat too", WEBCHAT) if isinstance(one, OfferMade)]
    assert (made.agent_id, made.decision.chosen_by, made.decision.eligible) == (BEN, ChosenBy.LEAST_LOAD, 2)


def test_of_equals_the_longest_idle_is_chosen(morning: Morning) -> None:
    for agent_id in (BEN, ADA, CLEO):
        morning.staff(agent_id)
        morning.wait(SECOND)
    (made,) = [one for one in morning.enqueue("Sam") if isinstance(one, OfferMade)]
    assert (made.agent_id, made.decision.chosen_by, made.decision.eligible) == (BEN, ChosenBy.LONGEST_IDLE, 3)
    morning.finish("Sam")
    morning.enqueue("Gus")
    assert morning.holder("Gus") == ADA


def test_a_break_does_not_make_anyone_wait_longer_for_work(morning: Morning) -> None:
    """Idle time runs from the last interaction's end, not from the return."""
    morning.staff(ADA)
    morning.wait(SECOND)
    morning.staff(BEN)
    morning.choose(ADA, AgentState.UNAVAILABLE, reason="lunch")
    morning.wait(SECOND)
    morning.choose(ADA, AgentState.AVAILABLE)
    morning.enqueue("Sam")
    assert morning.holder("Sam") == ADA


def test_idle_time_begins_anew_with_each_shift(morning: Morning) -> None:
    morning.staff(ADA)
    morning.choose(ADA, AgentState.OFFLINE)
    morning.wait(SECOND)
    morning.staff(BEN)
    morning.wait(SECOND)
    morning.choose(ADA, AgentState.AVAILABLE)
    morning.enqueue("Sam")
    assert morning.holder("Sam") == BEN


# -- reservation --------------------------------------------------------------------------------------------


def full_of_chats(morning: Morning, *agents: str) -> None:
    for agent_id in agents:
        morning.staff(agent_id)
        for number in range(3):
            morning.enqueue(f"{agent_id} {number}", WEBCHAT)
            morning.accept(f"{agent_id} {number}")


def test_a_call_among_chats_is_served_within_the_reservation_time_and_the_longest_chat(
    morning: Morning,
) -> None:
    """Ada is full of chats of five minutes each, and there is always another one."""
    full_of_chats(morning, ADA)
    chats = [f"{ADA} {number}" for number in range(3)]
    began = {name: morning.now + number * MINUTE for number, name in enumerate(chats)}
    morning.enqueue("Sam", PHONE)
    passed_at = None
    for number in range(200):
        morning.enqueue(f"next {number}", WEBCHAT)
        morning.wait(10 * SECOND)
        for name in [name for name, at in began.items() if morning.now - at >= 5 * MINUTE]:
            morning.end(name)
            morning.complete(name)
            del began[name]
        if morning.state("Sam") is InteractionState.OFFERED:
            break
        for name in [f"next {one}" for one in range(number + 1)]:
            if morning.state(name) is InteractionState.OFFERED:
                morning.accept(name)
                began[name] = morning.now
        passed_at = passed_at or morning.row("Sam").passed_at
    assert morning.state("Sam") is InteractionState.OFFERED
    assert passed_at is not None
    assert morning.now - passed_at <= POLICY.reserve_after + 5 * MINUTE + 10 * SECOND


def test_who_would_pass_it_again_is_reserved_and_the_next_one_takes_the_small_work(morning: Morning) -> None:
    full_of_chats(morning, ADA, BEN)
    morning.enqueue("Sam", PHONE)
    morning.end(f"{ADA} 0")
    morning.complete(f"{ADA} 0")
    morning.enqueue("first", WEBCHAT)
    assert morning.holder("first") == ADA
    assert morning.row("Sam").passed_at == morning.now
    morning.accept("first")
    morning.wait(POLICY.reserve_after)
    for agent_id in (ADA, BEN):
        morning.end(f"{agent_id} 1")
        morning.complete(f"{agent_id} 1")
    morning.enqueue("second", WEBCHAT)
    assert morning.row("Sam").reserved_for == ADA
    assert morning.holder("second") == BEN
    for name in (f"{ADA} 2", "first"):
        morning.end(name)
        effects = morning.complete(name)
    made = [one for one in effects if isinstance(one, OfferMade)]
    assert [(one.interaction_id, one.agent_id) for one in made] == [("Sam", ADA)]
    assert made[0].decision.chosen_by is ChosenBy.RESERVED
    assert morning.row("Sam").reserved_for is None


def reserve_ada(morning: Morning) -> None:
    full_of_chats(morning, ADA)
    morning.enqueue("Sam", PHONE)
    morning.end(f"{ADA} 0")
    morning.complete(f"{ADA} 0")
    morning.enqueue("first", WEBCHAT)
    morning.accept("first")
    morning.wait(POLICY.reserve_after)
    morning.end(f"{ADA} 1")
    morning.complete(f"{ADA} 1")
    morning.enqueue("second", WEBCHAT)
    assert morning.row("Sam").reserved_for == ADA


def test_a_reservation_ends_when_the_customer_leaves(morning: Morning) -> None:
    reserve_ada(morning)
    morning.leave("Sam")
    assert morning.holder("second") == ADA


def test_a_reservation_ends_when_somebody_else_takes_the_work(morning: Morning) -> None:
    reserve_ada(morning)
    effects = morning.staff(BEN)
    made = [(one.interaction_id, one.agent_id) for one in effects if isinstance(one, OfferMade)]
    assert made == [("Sam", BEN), ("second", ADA)]


def test_a_reservation_ends_with_the_agent_s_leaving(morning: Morning) -> None:
    reserve_ada(morning)
    morning.choose(ADA, AgentState.UNAVAILABLE, after_current=True)
    assert morning.row("Sam").reserved_for is None
    morning.choose(ADA, AgentState.AVAILABLE)
    assert morning.row("Sam").reserved_for == ADA


def test_a_reservation_ends_when_the_agent_may_not_take_it_any_more(morning: Morning) -> None:
    reserve_ada(morning)
    morning.tell(AgentProfileChanged(ADA, agent(LENDING)))
    assert morning.row("Sam").reserved_for is None


def test_the_time_to_a_reservation_may_change_with_the_policy(morning: Morning) -> None:
    full_of_chats(morning, ADA)
    morning.enqueue("Sam", PHONE)
    morning.end(f"{ADA} 0")
    morning.complete(f"{ADA} 0")
    morning.enqueue("first", WEBCHAT)
    morning.wait(5 * SECOND)
    morning.tell(PolicyChanged(replace(POLICY, version=2, reserve_after=5 * SECOND)))
    morning.end(f"{ADA} 1")
    morning.complete(f"{ADA} 1")
    morning.enqueue("second", SMS, queue=SERVICE)
    assert morning.row("Sam").reserved_for == ADA
