"""The world that the simulator plays around the router: small cases with fixed durations."""

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from routing.distributions import Chance, Distribution, Exponential, Fixed, Lognormal
from routing.measures import MeasuredSpan, measure_lines
from routing.model import (
    ANYONE,
    SECOND,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    ClosedAs,
    Dialling,
    Micros,
    Occasion,
    OverflowAction,
    OverflowRule,
    Queue,
    Requirement,
    TierId,
)
from routing.scenario import Duty, Kind, Scenario, Slot
from routing.simulator import Simulation, Stretch
from tests.channel_names import EVERY_CHANNEL
from tests.routing.cast import (
    ADA,
    ANYTHING,
    BEN,
    EMAIL,
    GOLD,
    LENDING,
    MINUTE,
    NINE,
    PHONE,
    PLATINUM,
    POLICY,
    SERVICE,
    STANDARD,
    WEBCHAT,
    agent,
)

TEN_SECONDS = Fixed(10 * SECOND)


class Sure:
    """A chance that makes an arrival in the middle of each slot that expects one, and nothing else."""

    def __call__(self, name: str) -> Chance:
        numbers = iter([1 - 2.718281828459045**-0.5])
        return lambda: next(numbers, 1 - 2.718281828459045**-1.0)


def arrives(
    at: Micros,
    channel: ChannelName = PHONE,
    tier: TierId = STANDARD,
    handling: Distribution = TEN_SECONDS,
    number: int = 0,
    **more: object,
) -> Kind:
    """One interaction, `at` after nine."""
    slot = Slot(NINE + at - SECOND, NINE + at + SECOND, 1.0)
    return Kind(SERVICE, channel, tier, (slot,), handling, number=number, **more)


def available(agent_id: AgentId, at: Micros = 0) -> Duty:
    return Duty(NINE + at, agent_id, AgentState.AVAILABLE)


def play(*kinds: Kind, duties: tuple[Duty, ...] = (available(ADA),), **more: object) -> Simulation:
    staff = more.pop("staff", ((ADA, ANYTHING),))
    policy = more.pop("policy", replace(POLICY, wrap_up_limit=10 * MINUTE))
    scenario = Scenario(policy, kinds, staff, duties, **more)
    simulation = Simulation(scenario, Sure())
    simulation.run_until(NINE + 1000 * MINUTE)
    simulation.finish(NINE + 1000 * MINUTE)
    return simulation


def after_nine(at: Micros | None) -> float | None:
    return None if at is None else (at - NINE) / SECOND


def test_a_call_is_answered_handled_and_wrapped_up() -> None:
    (journey,) = play(arrives(5 * SECOND, wrap_up=Fixed(4 * SECOND)), answering=Fixed(2 * SECOND)).journeys
    assert after_nine(journey.arrival.at) == 5
    assert after_nine(journey.answered_at) == 7
    assert after_nine(journey.wrapping_since) == 17
    assert after_nine(journey.closed_at) == 21
    assert (journey.agent_id, journey.closed_as) == (ADA, ClosedAs.HANDLED)


def test_the_policys_limit_ends_a_long_wrap_up() -> None:
    policy = replace(POLICY, wrap_up_limit=30 * SECOND)
    (journey,) = play(arrives(0, wrap_up=Fixed(5 * MINUTE)), policy=policy).journeys
    assert after_nine(journey.closed_at) == 10 + 30


def test_a_customer_whose_patience_ends_leaves() -> None:
    busy = arrives(0, handling=Fixed(5 * MINUTE))
    waits = arrives(10 * SECOND, tier=GOLD, patience=Fixed(20 * SECOND))
    first, second = play(busy, waits).journeys
    assert first.closed_as is ClosedAs.HANDLED
    assert (second.closed_as, after_nine(second.closed_at), second.answered_at) == (ClosedAs.ABANDONED, 30, None)


def test_a_customer_who_was_answered_does_not_leave() -> None:
    (journey,) = play(arrives(0, handling=Fixed(5 * MINUTE), patience=Fixed(20 * SECOND))).journeys
    assert journey.closed_as is ClosedAs.HANDLED


def test_a_break_begins_when_the_hands_are_empty_and_ends_on_time() -> None:
    duties = (
        available(ADA),
        Duty(NINE + 5 * SECOND, ADA, AgentState.UNAVAILABLE, "lunch"),
        available(ADA, MINUTE),
        Duty(NINE + 2 * MINUTE, ADA, AgentState.OFFLINE),
    )
    simulation = play(arrives(0), arrives(20 * SECOND, tier=GOLD), duties=duties)
    assert [after_nine(journey.answered_at) for journey in simulation.journeys] == [0, 60]
    spans = [(after_nine(one.begins_at), after_nine(one.ends_at)) for one in simulation.stretches]
    assert spans == [(0, 10), (60, 120)]


def test_who_let_an_offer_expire_comes_back_after_a_while() -> None:
    answering = Fixed(POLICY.offer_duration[PHONE] + 5 * SECOND)
    simulation = play(arrives(0), answering=answering, returns_after=40 * SECOND)
    (journey,) = simulation.journeys
    assert journey.answered_at is None  # every offer expires
    assert [after_nine(one.ends_at) for one in simulation.stretches[:2]] == [20, 80]


def test_an_email_rests_while_its_agent_is_on_the_phone() -> None:
    email = arrives(0, EMAIL, handling=Fixed(MINUTE))
    call = arrives(20 * SECOND, PHONE, handling=Fixed(100 * SECOND), wrap_up=Fixed(10 * SECOND))
    written, spoken = play(email, call).journeys
    assert after_nine(spoken.answered_at) == 20
    assert after_nine(spoken.closed_at) == 130
    assert after_nine(written.wrapping_since) == 20 + 110 + 40


def test_chats_that_fit_go_on_side_by_side() -> None:
    chats = [arrives(n * SECOND, WEBCHAT, handling=Fixed(MINUTE), number=n) for n in range(3)]
    assert [after_nine(journey.wrapping_since) for journey in play(*chats).journeys] == [60, 61, 62]


IMPATIENT_LINE = replace(
    POLICY,
    wrap_up_limit=10 * MINUTE,
    queues={
        SERVICE: Queue(
            SERVICE,
            dialling=Dialling(duration=20 * SECOND, tries=2, retry_after=MINUTE),
            overflow=(OverflowRule(Occasion.WAITED, OverflowAction.CALLBACK, after=30 * SECOND),),
        )
    },
)


def test_a_call_that_becomes_a_callback_keeps_its_place_and_needs_no_patience() -> None:
    busy = arrives(0, handling=Fixed(2 * MINUTE))
    waits = arrives(SECOND, patience=Fixed(MINUTE), number=1)
    later = arrives(110 * SECOND, number=2)
    journeys = play(busy, waits, later, policy=IMPATIENT_LINE, ringing=Fixed(5 * SECOND)).journeys
    assert [after_nine(journey.answered_at) for journey in journeys] == [0, 125, 135]
    assert journeys[1].closed_as is ClosedAs.HANDLED


def test_a_callback_that_nobody_answers_is_tried_again_and_then_closed() -> None:
    kinds = (arrives(0, handling=Fixed(2 * MINUTE)), arrives(SECOND, number=1))
    _, called = play(*kinds, policy=IMPATIENT_LINE, callbacks_answered=0.0).journeys
    assert (called.answered_at, called.closed_as) == (None, ClosedAs.FAILED)
    assert after_nine(called.closed_at) == 120 + 20 + 60 + 20


def test_an_arrival_finds_the_agent_whom_its_requirement_asks_for() -> None:
    chinese = agent(SERVICE, languages=["zh"])
    simulation = play(
        arrives(0, requirement=Requirement(languages=("zh",))),
        duties=(available(ADA), available(BEN)),
        staff=((ADA, ANYTHING), (BEN, chinese)),
    )
    assert simulation.journeys[0].agent_id == BEN


def test_better_tiers_are_answered_first_as_the_policy_says() -> None:
    calls = [arrives(0), arrives(SECOND, number=1), arrives(2 * SECOND, tier=PLATINUM)]
    answered = sorted(play(*calls).journeys, key=lambda journey: journey.answered_at or 0)
    assert [journey.arrival.kind.tier for journey in answered] == [STANDARD, PLATINUM, STANDARD]


def test_what_still_waits_at_the_end_stays_open() -> None:
    simulation = play(arrives(0), duties=())
    assert simulation.journeys[0].closed_at is None
    lines = measure_lines(
        simulation_scenario(), simulation.journeys, [], MeasuredSpan(NINE - MINUTE, NINE + MINUTE, 2), {}
    )
    assert lines[-1].unanswered == 1


def simulation_scenario() -> Scenario:
    return Scenario(POLICY, (arrives(0),), ((ADA, ANYTHING),), ())


def test_a_scenario_where_nothing_happens_ends_at_once() -> None:
    simulation = Simulation(Scenario(POLICY, (), (), ()), Sure())
    assert simulation.run_until(NINE) is False
    assert simulation.journeys == []


def busy_morning(policy_of: str = "as it is") -> Scenario:
    policy = POLICY
    if policy_of == "level":
        level = {one: replace(tier, head_start=dict.fromkeys(EVERY_CHANNEL, 0)) for one, tier in POLICY.tiers.items()}
        policy = replace(POLICY, tiers=level)
    slots = (Slot(NINE, NINE + 30 * MINUTE, 25.0), Slot(NINE + 30 * MINUTE, NINE + 60 * MINUTE, 10.0))
    kinds = tuple(
        Kind(queue, channel, tier, slots, Lognormal(200 * SECOND, 150 * SECOND), Exponential(30 * SECOND), patience)
        for queue in (SERVICE, LENDING)
        for channel, patience in ((PHONE, Exponential(90 * SECOND)), (WEBCHAT, None), (EMAIL, None))
        for tier in (PLATINUM, STANDARD)
    )
    staff = tuple((AgentId(name), ANYTHING) for name in ("Ada", "Ben", "Cléo", "李娜"))
    duties = tuple(available(agent_id) for agent_id, _ in staff)
    return Scenario(policy, kinds, staff, duties, Exponential(4 * SECOND))


def course(seed: int, policy_of: str = "as it is") -> list[tuple[object, ...]]:
    simulation = Simulation(busy_morning(policy_of), lambda name: random.Random(f"{seed}/{name}").random)
    simulation.run_until(NINE + 600 * MINUTE)
    return [
        (j.arrival.interaction_id, j.arrival.at, j.answered_at, j.closed_at, j.agent_id) for j in simulation.journeys
    ]


def test_the_same_seed_takes_the_same_course_and_another_seed_another() -> None:
    assert course(1) == course(1)
    assert course(1) != course(2)


def test_it_takes_the_same_course_under_two_hash_seeds() -> None:
    program = "import hashlib; from tests.routing.test_simulator import course;"
    program += "print(hashlib.sha256(repr(course(1)).encode()).hexdigest())"
    courses = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(courses) == 1


def test_another_policy_meets_the_very_same_customers() -> None:
    arrivals = [[(one, at) for one, at, *_ in course(1, policy_of)] for policy_of in ("as it is", "level")]
    assert arrivals[0] == arrivals[1]
    assert course(1) != course(1, "level")


def test_slices_of_time_change_nothing() -> None:
    simulation = Simulation(busy_morning(), lambda name: random.Random(f"1/{name}").random)
    for minute in range(601):
        simulation.run_until(NINE + minute * MINUTE)
    assert [journey.closed_at for journey in simulation.journeys] == [closed for *_, closed, _ in course(1)]


def test_arrivals_come_at_the_rate_of_their_slot() -> None:
    hours = [
        Slot(n * 3_600 * SECOND, (n + 1) * 3_600 * SECOND, expected) for n, expected in enumerate((400, 0, 1_600))
    ]
    kind = Kind(SERVICE, PHONE, STANDARD, tuple(hours), TEN_SECONDS)
    simulation = Simulation(Scenario(POLICY, (kind,), (), ()), lambda name: random.Random(name).random)
    simulation.run_until(3 * 3_600 * SECOND)
    counts = [0, 0, 0]
    for journey in simulation.journeys:
        counts[journey.arrival.at // (3_600 * SECOND)] += 1
    assert counts[0] == pytest.approx(400, abs=3 * 20)
    assert counts[1] == 0
    assert counts[2] == pytest.approx(1_600, abs=3 * 40)


def test_availability_is_told_agent_by_agent() -> None:
    simulation = play(duties=(available(ADA), Duty(NINE + MINUTE, ADA, AgentState.OFFLINE)))
    assert simulation.stretches == [Stretch(ADA, NINE, NINE + MINUTE)]


def test_an_agents_own_points_keep_work_away() -> None:
    picky = AgentProfile(queues=(SERVICE,), points=((WEBCHAT, 100),))
    chats = [arrives(n * SECOND, WEBCHAT, number=n, requirement=ANYONE) for n in range(2)]
    assert [after_nine(j.answered_at) for j in play(*chats, staff=((ADA, picky),)).journeys] == [0, 10]
