"""Preferred agents are asked for a while before the rings, and are not waited for when they are not there."""

from dataclasses import replace

import pytest

from routing.decisions import ChosenBy
from routing.effects import OfferMade
from routing.inputs import AgentDisconnected, AgentProfileChanged, InteractionTransferred, PolicyChanged
from routing.model import AgentChoice, AgentState, InteractionId, Requirement
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    LENDING,
    MINUTE,
    POLICY,
    SECOND,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
)

ASKED_FOR = POLICY.queues[SERVICE].preferred_duration


@pytest.fixture
def morning() -> Morning:
    """Ada has been idle for longer than Ben; both are there."""
    morning = Morning()
    morning.staff(ADA)
    morning.wait(SECOND)
    morning.staff(BEN)
    return morning


def test_the_last_agent_is_asked_before_who_has_been_idle_for_longer(morning: Morning) -> None:
    (made,) = [one for one in morning.enqueue("Pia", preferred=(BEN,)) if isinstance(one, OfferMade)]
    assert (made.agent_id, made.decision.chosen_by, made.decision.eligible) == (BEN, ChosenBy.PREFERRED, 1)


def test_a_busy_preferred_agent_is_waited_for_up_to_the_limit(morning: Morning) -> None:
    morning.enqueue("Sam", preferred=(BEN,))
    morning.accept("Sam")
    morning.enqueue("Pia", preferred=(BEN,))
    morning.wait(ASKED_FOR - 1)
    assert morning.state("Pia") == "waiting"
    morning.wait(1)
    assert morning.holder("Pia") == ADA


def test_a_busy_preferred_agent_who_is_done_in_time_gets_the_work(morning: Morning) -> None:
    morning.enqueue("Sam", preferred=(BEN,))
    morning.accept("Sam")
    morning.enqueue("Pia", preferred=(BEN,))
    morning.wait(ASKED_FOR - SECOND)
    morning.end("Sam")
    morning.complete("Sam")
    assert morning.holder("Pia") == BEN


@pytest.mark.parametrize("state", [AgentState.UNAVAILABLE, AgentState.OFFLINE])
def test_an_absent_preferred_agent_is_skipped_at_once(morning: Morning, state: AgentState) -> None:
    morning.choose(BEN, state)
    morning.enqueue("Pia", preferred=(BEN,))
    assert morning.holder("Pia") == ADA


def test_a_preferred_agent_who_was_never_seen_or_may_not_take_it_is_skipped_at_once(morning: Morning) -> None:
    morning.tell(AgentProfileChanged(BEN, agent(LENDING)))
    morning.enqueue("Pia", preferred=(BEN, CLEO))
    assert morning.holder("Pia") == ADA


@pytest.mark.parametrize("how", ["unavailable", "disconnected", "another profile"])
def test_a_preferred_agent_who_leaves_is_skipped_at_that_moment(morning: Morning, how: str) -> None:
    morning.enqueue("Sam", preferred=(BEN,))
    morning.accept("Sam")
    morning.enqueue("Pia", preferred=(BEN,))
    morning.wait(5 * SECOND)
    if how == "unavailable":
        morning.choose(BEN, AgentState.UNAVAILABLE)
    elif how == "disconnected":
        morning.tell(AgentDisconnected(BEN))
    else:
        morning.tell(AgentProfileChanged(BEN, agent(LENDING)))
    assert morning.holder("Pia") == ADA
    assert morning.row("Pia").rings_at == morning.now


def test_of_several_preferred_agents_one_who_is_there_is_enough(morning: Morning) -> None:
    morning.enqueue("Pia", preferred=(CLEO, BEN))
    assert morning.holder("Pia") == BEN


def test_a_preferred_agent_who_declines_is_followed_by_the_rings(morning: Morning) -> None:
    morning.enqueue("Pia", preferred=(BEN,))
    morning.decline("Pia")
    assert morning.holder("Pia") == ADA


def test_the_rings_begin_when_the_preferred_agents_end() -> None:
    queue = replace(POLICY.queues[LENDING], preferred_duration=20 * SECOND)
    morning = Morning(replace(POLICY, queues={**POLICY.queues, LENDING: queue}))
    morning.staff(ADA, agent(points=[(WEBCHAT, 100)]))
    morning.enqueue("Gus", WEBCHAT)
    morning.enqueue("Pia", WEBCHAT, queue=LENDING, preferred=(ADA,))
    morning.staff(BEN, agent(skills=[("loans", 5)]))
    morning.wait(20 * SECOND - 1)
    assert morning.state("Pia") == "waiting"
    assert morning.router.next_deadline() == morning.now + 1
    morning.wait(1)
    assert morning.holder("Pia") == BEN


def test_the_preferred_agent_stays_eligible_when_the_rings_have_opened(morning: Morning) -> None:
    """Ada is no expert in loans, and the first ring asks for one."""
    morning.choose(ADA, AgentState.UNAVAILABLE)
    morning.enqueue("Pia", queue=LENDING, preferred=(ADA,))
    assert morning.state("Pia") == "waiting"
    morning.choose(ADA, AgentState.AVAILABLE)
    assert morning.holder("Pia") == ADA


def test_the_own_requirement_holds_for_preferred_agents_too(morning: Morning) -> None:
    morning.tell(AgentProfileChanged(ADA, agent(languages=["zh"])))
    morning.enqueue("林", preferred=(BEN,), requirement=Requirement(languages=("zh",)))
    assert morning.holder("林") == ADA


def test_a_transfer_asks_the_preferred_agents_again_but_not_who_hands_over(morning: Morning) -> None:
    morning.enqueue("Pia", preferred=(BEN,))
    morning.accept("Pia")
    morning.tell(InteractionTransferred(InteractionId("Pia"), SERVICE))
    assert morning.holder("Pia") == ADA
    morning.accept("Pia")
    morning.wait(2 * MINUTE)
    morning.tell(InteractionTransferred(InteractionId("Pia"), SERVICE))
    assert morning.holder("Pia") == BEN


def test_a_policy_that_waits_for_nobody_opens_the_rings_of_who_waits(morning: Morning) -> None:
    morning.enqueue("Sam", preferred=(BEN,))
    morning.enqueue("Pia", preferred=(BEN,))
    assert morning.state("Pia") == "waiting"
    queues = {one.id: replace(one, preferred_duration=0) for one in POLICY.queues.values()}
    morning.tell(PolicyChanged(replace(POLICY, version=2, queues=queues)))
    assert morning.holder("Pia") == ADA


# -- the most proficient first ------------------------------------------------------------------------------


def with_choice(choice: AgentChoice) -> Morning:
    queues = {one.id: replace(one, choice=choice) for one in POLICY.queues.values()}
    morning = Morning(replace(POLICY, queues=queues))
    morning.staff(ADA, agent(skills=[("loans", 4)]))
    morning.wait(SECOND)
    morning.staff(BEN, agent(skills=[("loans", 5)]))
    return morning


def test_a_queue_may_ask_the_most_proficient_first() -> None:
    morning = with_choice(AgentChoice.MOST_PROFICIENT)
    (made,) = [one for one in morning.enqueue("Gus", WEBCHAT, queue=LENDING) if isinstance(one, OfferMade)]
    assert (made.agent_id, made.decision.chosen_by) == (BEN, ChosenBy.MOST_PROFICIENT)
    assert with_choice(AgentChoice.LEAST_LOAD).enqueue("Gus", WEBCHAT, queue=LENDING)[1].agent_id == ADA


def test_of_equally_proficient_agents_the_least_load_counts() -> None:
    morning = with_choice(AgentChoice.MOST_PROFICIENT)
    morning.tell(AgentProfileChanged(ADA, agent(skills=[("cards", 5), ("loans", 5)])))
    morning.enqueue("Gus", WEBCHAT, queue=LENDING)
    assert morning.holder("Gus") == ADA
    (made,) = [one for one in morning.enqueue("Sam", WEBCHAT, queue=LENDING) if isinstance(one, OfferMade)]
    assert (made.agent_id, made.decision.chosen_by) == (BEN, ChosenBy.LEAST_LOAD)
