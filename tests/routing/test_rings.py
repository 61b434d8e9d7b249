"""Requirements and rings: which agents are asked first, and which are added as time passes."""

from dataclasses import replace

import pytest

from routing.effects import InputRejected, RejectionCode
from routing.inputs import AgentProfileChanged, InteractionTransferred, PolicyChanged
from routing.model import AgentState, InteractionId, Queue, Requirement, Ring
from routing.requirements import combine, rings_reached
from tests.routing.cast import (
    ADA,
    BEN,
    CLEO,
    GOLD,
    LENDING,
    MINUTE,
    OFFER,
    PHONE,
    POLICY,
    SECOND,
    SERVICE,
    WEBCHAT,
    Morning,
    agent,
    电话银行,
)

EXPERT, BEGINNER = agent(skills=[("loans", 5)]), agent(skills=[("loans", 2)])


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_an_agent_meets_all_skills_at_their_level_one_language_and_one_team(morning: Morning) -> None:
    wanted = Requirement(skills=(("cards", 2), ("loans", 3)), languages=("fr", "zh"), teams=("evening", "night"))
    fitting = agent(skills=[("cards", 2), ("loans", 4)], languages=["en", "zh"], teams=["night"])
    morning.enqueue("Pia", requirement=wanted)
    for lacking in (
        replace(fitting, skills=(("cards", 2), ("loans", 2))),
        replace(fitting, skills=(("loans", 5),)),
        replace(fitting, languages=("en",)),
        replace(fitting, teams=("morning",)),
        replace(fitting, queues=(LENDING,)),
    ):
        morning.staff(ADA, lacking)
        assert morning.state("Pia") == "waiting"
    morning.tell(AgentProfileChanged(ADA, fitting))
    assert morning.holder("Pia") == ADA


def test_a_named_agent_is_waited_for(morning: Morning) -> None:
    morning.enqueue("Pia", requirement=Requirement(agents=(BEN,)))
    morning.staff(ADA)
    assert morning.state("Pia") == "waiting"
    morning.staff(BEN)
    assert morning.holder("Pia") == BEN


def test_a_named_agent_must_also_serve_the_queue_and_meet_the_rest(morning: Morning) -> None:
    morning.enqueue("Pia", queue=LENDING, requirement=Requirement(agents=(BEN,)))
    morning.staff(BEN, agent(SERVICE, skills=[("loans", 5)]))
    assert morning.state("Pia") == "waiting"
    morning.tell(AgentProfileChanged(BEN, agent(LENDING)))
    assert morning.state("Pia") == "waiting"
    morning.tell(AgentProfileChanged(BEN, agent(LENDING, skills=[("loans", 4)])))
    assert morning.holder("Pia") == BEN


def test_rings_open_with_the_time_since_the_entry_and_accumulate(morning: Morning) -> None:
    morning.staff(ADA, agent())
    morning.staff(BEN, BEGINNER)
    morning.enqueue("Gus", tier=GOLD, queue=LENDING)
    assert morning.state("Gus") == "waiting"
    assert morning.router.next_deadline() == morning.now + 30 * SECOND
    morning.wait(30 * SECOND - 1)
    assert morning.state("Gus") == "waiting"
    morning.wait(1)
    assert morning.holder("Gus") == BEN
    morning.choose(BEN, AgentState.UNAVAILABLE)
    morning.wait(30 * SECOND)
    assert morning.holder("Gus") == ADA
    morning.choose(ADA, AgentState.UNAVAILABLE)
    morning.staff(CLEO, EXPERT)
    assert morning.holder("Gus") == CLEO


def test_a_decline_does_not_close_a_ring_again(morning: Morning) -> None:
    morning.staff(BEN, BEGINNER)
    morning.enqueue("Gus", queue=LENDING)
    morning.wait(40 * SECOND)
    morning.decline("Gus")
    morning.wait(POLICY.lone_retry)
    assert morning.holder("Gus") == BEN


def test_an_expired_offer_does_not_close_a_ring_again(morning: Morning) -> None:
    morning.staff(ADA, BEGINNER)
    morning.enqueue("Gus", queue=LENDING)
    morning.wait(30 * SECOND + OFFER)
    assert morning.agent_state(ADA) == "not_responding"
    morning.staff(BEN, BEGINNER)
    assert morning.holder("Gus") == BEN


def test_an_inherited_place_does_not_open_rings(morning: Morning) -> None:
    morning.staff(ADA, agent())
    morning.enqueue("Gus", queue=LENDING, entered_at=morning.now - 10 * MINUTE)
    assert morning.state("Gus") == "waiting"
    morning.wait(MINUTE)
    assert morning.holder("Gus") == ADA


def test_the_own_requirement_holds_in_every_ring(morning: Morning) -> None:
    morning.staff(ADA, agent(languages=["en"]))
    morning.enqueue("李", queue=LENDING, requirement=Requirement(languages=("zh",)))
    morning.wait(5 * MINUTE)
    assert morning.state("李") == "waiting"
    morning.staff(BEN, agent(languages=["zh"]))
    assert morning.holder("李") == BEN


def test_joined_requirements_ask_for_all_that_either_asks() -> None:
    joined = combine(
        Requirement(skills=(("loans", 2),), languages=("zh",), agents=(ADA, BEN)),
        Requirement(skills=(("cards", 1), ("loans", 4)), languages=("en",), agents=(BEN, CLEO)),
    )
    assert joined.skills == (("cards", 1), ("loans", 4))
    assert joined.languages == (("zh",), ("en",))
    assert joined.agents == (BEN,)


def test_rings_reached_say_when_the_next_one_opens() -> None:
    queue = POLICY.queues[LENDING]
    assert rings_reached(queue, 0) == (1, 30 * SECOND)
    assert rings_reached(queue, 30 * SECOND) == (2, 60 * SECOND)
    assert rings_reached(queue, 60 * SECOND) == (3, None)
    assert rings_reached(Queue(LENDING, rings=(Ring(duration=SECOND),)), 5 * SECOND) == (1, None)


# -- transfer -----------------------------------------------------------------------------------------------


def test_a_transfer_keeps_the_place_and_restarts_the_rings(morning: Morning) -> None:
    morning.staff(ADA, agent())
    morning.enqueue("Gus", tier=GOLD, queue=SERVICE)
    morning.accept("Gus")
    rank = morning.row("Gus").rank
    morning.wait(2 * MINUTE)
    morning.tell(InteractionTransferred(InteractionId("Gus"), LENDING))
    assert morning.state("Gus") == "waiting"
    assert morning.row("Gus").rank == rank
    assert morning.router.load_of(ADA) == 0
    morning.staff(BEN, BEGINNER)
    assert morning.state("Gus") == "waiting"
    morning.wait(30 * SECOND)
    assert morning.holder("Gus") == BEN


def test_who_hands_over_is_not_the_next_one_asked(morning: Morning) -> None:
    morning.staff(ADA)
    morning.enqueue("Gus")
    morning.accept("Gus")
    morning.tell(InteractionTransferred(InteractionId("Gus"), SERVICE))
    assert morning.state("Gus") == "waiting"
    morning.staff(BEN)
    assert morning.holder("Gus") == BEN


def test_a_transfer_to_an_agent_waits_for_that_agent(morning: Morning) -> None:
    for agent_id in (ADA, BEN, CLEO):
        morning.staff(agent_id)
    morning.enqueue("Gus", WEBCHAT)
    morning.accept("Gus")
    morning.enqueue("Sam", PHONE)
    assert morning.holder("Sam") == BEN
    morning.tell(InteractionTransferred(InteractionId("Gus"), SERVICE, to_agent=BEN))
    assert morning.state("Gus") == "waiting"
    morning.leave("Sam")
    assert morning.holder("Gus") == BEN


def test_a_transfer_to_an_agent_forgets_that_they_declined(morning: Morning) -> None:
    morning.staff(ADA)
    morning.staff(BEN)
    morning.enqueue("Gus")
    morning.decline("Gus")
    morning.accept("Gus")
    assert morning.holder("Gus") == BEN
    morning.tell(InteractionTransferred(InteractionId("Gus"), SERVICE, to_agent=ADA))
    assert morning.holder("Gus") == ADA


def test_a_transfer_withdraws_an_offer(morning: Morning) -> None:
    morning.staff(ADA, agent(SERVICE))
    morning.enqueue("Gus")
    ended, moved = morning.tell(InteractionTransferred(InteractionId("Gus"), 电话银行))
    assert ended.end == "withdrawn"
    assert moved.state == "waiting"
    assert morning.router.load_of(ADA) == 0


def test_a_transfer_to_an_agent_outside_the_queue_is_rejected(morning: Morning) -> None:
    morning.staff(ADA)
    morning.staff(BEN, agent(SERVICE))
    morning.enqueue("Gus")
    morning.accept("Gus")
    for to_agent in (BEN, ADA):
        assert morning.tell(InteractionTransferred(InteractionId("Gus"), LENDING, to_agent)) == [
            InputRejected(RejectionCode.BAD_VALUE, to_agent)
        ]


# -- policy -------------------------------------------------------------------------------------------------


def test_another_policy_opens_rings_for_those_who_wait(morning: Morning) -> None:
    morning.staff(ADA, agent())
    morning.enqueue("Gus", queue=LENDING)
    queues = {**POLICY.queues, LENDING: Queue(LENDING)}
    morning.tell(PolicyChanged(replace(POLICY, version=2, queues=queues)))
    assert morning.holder("Gus") == ADA
    assert morning.router.snapshot().policy_version == 2
