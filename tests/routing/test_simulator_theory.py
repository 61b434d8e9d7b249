"""The simulator agrees with theory inside its own confidence intervals; `tests/bench/bench_simulator.py` has the long
runs, which agree within 2 %."""

from collections.abc import Mapping
from math import sqrt

import pytest

from routing.erlang import Demand, erlang_c, expect, service_level
from routing.intervals import Figure, Ratio
from routing.model import SECOND, ClosedAs, TierId
from tests.routing.cast import GOLD, PLATINUM, STANDARD
from tests.routing.like_agents import ALWAYS, HANDLING, build_line, measure_run, run


def wait_by_class(agents: int, offered: Mapping[TierId, float]) -> dict[TierId, float]:
    """Non-preemptive priority, best class first: Kella and Yechiali, "Waiting times in the non-preemptive priority
    M/M/c queue", Communications in Statistics 1 (1985); the mean is already in Cobham 1954."""
    waits, ahead = {}, 0.0
    of_all = erlang_c(agents, sum(offered.values())) * HANDLING / agents
    for tier, erlangs in offered.items():
        through = ahead + erlangs / agents
        waits[tier] = of_all / (1 - ahead) / (1 - through)
        ahead = through
    return waits


def holds(ratio: Ratio, value: float) -> bool:
    figure = ratio.figure()
    assert figure is not None and figure.interval is not None
    # An interval that holds everything would prove nothing: at most 20 % of the figure, or one point of a share.
    assert figure.margin is not None and figure.margin < max(0.2 * figure.value, 0.01), figure
    return figure.holds(value)


@pytest.mark.parametrize(("agents", "offered"), [(1, 0.6), (5, 3.5)])
def test_calls_without_end_of_patience_wait_as_erlang_c_says(agents: int, offered: float) -> None:
    line = measure_run(*build_line(agents, {STANDARD: offered}, 15_000))[""]
    demand = Demand(offered / HANDLING, HANDLING)
    expected = expect(demand, agents)
    assert holds(line.wait, expected.wait_seconds)
    assert holds(line.asa, expected.asa_seconds)
    assert holds(line.in_time, service_level(demand, agents, 20))
    assert holds(line.work, expected.occupancy)
    assert line.abandoned == 0


@pytest.mark.parametrize(("agents", "offered"), [(5, 5.0), (12, 10.0)])
def test_calls_that_lose_patience_wait_and_leave_as_erlang_a_says(agents: int, offered: float) -> None:
    line = measure_run(*build_line(agents, {STANDARD: offered}, 15_000, patience_seconds=120))[""]
    demand = Demand(offered / HANDLING, HANDLING, patience_seconds=120)
    expected = expect(demand, agents)
    assert holds(line.left, expected.abandonment)
    assert holds(line.wait, expected.wait_seconds)
    assert holds(line.asa, expected.asa_seconds)
    assert holds(line.in_time, service_level(demand, agents, 20))
    assert holds(line.work, expected.occupancy)


@pytest.mark.parametrize(
    "offered", [{PLATINUM: 0.8, STANDARD: 0.9}, {PLATINUM: 0.4, GOLD: 0.6, STANDARD: 0.7}], ids=["two", "three"]
)
def test_bands_wait_as_the_theory_of_priority_says(offered: dict[TierId, float]) -> None:
    lines = measure_run(*build_line(3, offered, 25_000, ALWAYS))
    for tier, wait in wait_by_class(3, offered).items():
        assert holds(lines[tier].wait, wait), tier


def test_equal_head_starts_serve_in_the_order_of_arrival() -> None:
    alike = dict.fromkeys((PLATINUM, GOLD, STANDARD), 90 * SECOND)
    scenario, span = build_line(3, {PLATINUM: 0.6, GOLD: 0.8, STANDARD: 1.0}, 5_000, alike)
    answered = [journey.answered_at for journey in run(scenario, span).journeys]
    assert None not in answered
    assert answered == sorted(answered, key=lambda at: at or 0)


def test_what_a_head_start_gives_to_one_tier_it_takes_from_the_others() -> None:
    """The conservation law (Kleinrock 1965): over all calls the wait stays the same, whoever goes first."""
    offered = {PLATINUM: 0.5, GOLD: 0.8, STANDARD: 1.1}
    level = measure_run(*build_line(3, offered, 12_000))
    ahead = measure_run(*build_line(3, offered, 12_000, {PLATINUM: 300 * SECOND, GOLD: 60 * SECOND, STANDARD: 0}))
    change = {tier: changed(ahead[tier].wait, level[tier].wait) for tier in ("", *offered)}
    assert not change[PLATINUM].holds(0) and change[PLATINUM].value < -20
    assert not change[STANDARD].holds(0) and change[STANDARD].value > 10
    assert change[""].holds(0)
    assert ahead[""].wait.value == pytest.approx(level[""].wait.value, rel=0.02)


def changed(ahead: Ratio, level: Ratio) -> Figure:
    figure = ahead.minus(level)
    assert figure is not None
    return figure


def test_only_the_patience_of_those_who_wait_ends() -> None:
    scenario, span = build_line(2, {STANDARD: 1.8}, 3_000, patience_seconds=60)
    journeys = run(scenario, span).journeys
    left = [journey for journey in journeys if journey.closed_as is ClosedAs.ABANDONED]
    assert len(left) > 300
    for journey in journeys:
        patience = journey.arrival.patience
        assert patience is not None and journey.closed_at is not None
        if journey in left:
            assert journey.closed_at == journey.arrival.at + patience
        else:
            assert journey.answered_at is not None and journey.answered_at <= journey.arrival.at + patience
    mean = sum(journey.arrival.patience or 0 for journey in journeys) / len(journeys) / SECOND
    assert mean == pytest.approx(60, abs=3 * 60 / sqrt(len(journeys)))
