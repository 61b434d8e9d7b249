"""Erlang B, C and A: against published figures, and against identities that hold for any load."""

from math import exp, factorial, inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.erlang import (
    Demand,
    Target,
    answered_within,
    erlang_b,
    erlang_c,
    expect,
    find_agents,
    reaches,
    service_level,
    waits_longer,
)

# Garnett, Mandelbaum and Reiman 2002, table 1: 50 agents, 48 calls a minute of 1 minute each, with nobody leaving and
# with a patience of 2 minutes.
PATIENT = Demand(48 / 60, 60)
IMPATIENT = Demand(48 / 60, 60, patience_seconds=120)

demands = st.builds(
    Demand,
    arrivals_per_second=st.floats(0.001, 2),
    handling_seconds=st.floats(10, 900),
    patience_seconds=st.floats(5, 5_000),
)
agents = st.integers(1, 300)


@pytest.mark.parametrize(
    ("lines", "offered", "blocked"),
    # The traffic that this many lines carry at this loss, as the tables of Erlang B print it.
    [(1, 0.0101, 0.01), (5, 0.762, 0.001), (10, 4.46, 0.01), (20, 12.03, 0.01), (100, 84.06, 0.01), (10, 6.22, 0.05)],
)
def test_erlang_b_is_that_of_the_tables(lines: int, offered: float, blocked: float) -> None:
    assert erlang_b(lines, offered) == pytest.approx(blocked, rel=0.01)


@given(st.integers(1, 40), st.floats(0.1, 39))
def test_b_and_c_are_the_sums_that_define_them(count: int, offered: float) -> None:
    terms = [offered**k / factorial(k) for k in range(count + 1)]
    assert erlang_b(count, offered) == pytest.approx(terms[-1] / sum(terms))
    if offered < count:
        late = terms[-1] * count / (count - offered)
        assert erlang_c(count, offered) == pytest.approx(late / (sum(terms[:-1]) + late))


def test_a_call_centre_without_abandonment_is_that_of_the_published_table() -> None:
    expected = expect(PATIENT, 50)
    assert round(expected.asa_seconds, 1) == 20.8
    assert waits_longer(PATIENT, 50, 58.1) == pytest.approx(0.10, abs=0.001)
    assert round(expected.waiting) == 17
    assert round(expected.occupancy, 2) == 0.96


def test_a_call_centre_with_abandonment_is_that_of_the_published_table() -> None:
    expected = expect(IMPATIENT, 50)
    assert round(expected.abandonment, 3) == 0.031
    assert round(expected.wait_seconds, 1) == 3.7
    assert waits_longer(IMPATIENT, 50, 12.5) == pytest.approx(0.10, abs=0.001)
    assert round(expected.waiting) == 3
    assert round(expected.occupancy, 2) == 0.93


@given(demands, agents)
def test_patience_as_long_as_handling_makes_everybody_independent(demand: Demand, count: int) -> None:
    """Each leaves at the same rate, served or not: how many are there is Poisson."""
    alike = Demand(demand.arrivals_per_second, demand.handling_seconds, demand.handling_seconds)
    offered, term, below = alike.offered, exp(-alike.offered), 0.0
    if term == 0:
        return
    for k in range(count):
        below += term
        term *= offered / (k + 1)
    assert expect(alike, count).waits == pytest.approx(1 - below, abs=1e-9)


@given(st.floats(0.01, 0.95), st.integers(1, 100))
def test_endless_patience_makes_a_of_c(occupancy: float, count: int) -> None:
    arrivals = occupancy * count / 240
    patient, nearly = Demand(arrivals, 240), Demand(arrivals, 240, patience_seconds=1e10)
    for name in ("waits", "asa_seconds", "wait_seconds", "waiting", "occupancy"):
        assert getattr(expect(nearly, count), name) == pytest.approx(getattr(expect(patient, count), name), rel=1e-4)
    assert answered_within(nearly, count, 20) == pytest.approx(answered_within(patient, count, 20), rel=1e-4)


@example(Demand(0.25, 10, 2821), 6)  # sixty times their patience is 17,000 times the wait that is left
@given(demands, agents)
def test_what_arrives_is_answered_or_leaves(demand: Demand, count: int) -> None:
    expected = expect(demand, count)
    assert answered_within(demand, count, 60 * demand.patience_seconds) == pytest.approx(
        1 - expected.abandonment, rel=1e-3, abs=1e-6
    )
    # The waits of the answered and of those who left make up the waits of everybody.
    assert expected.asa_seconds >= 0
    assert expected.abandonment == pytest.approx(expected.wait_seconds / demand.patience_seconds)


@given(demands, agents, st.floats(0, 120))
def test_whoever_waits_longer_has_been_neither_answered_nor_gone(demand: Demand, count: int, seconds: float) -> None:
    longer = waits_longer(demand, count, seconds)
    assert -1e-9 <= longer <= 1 - answered_within(demand, count, seconds) + 1e-9
    assert waits_longer(demand, count, 0) == pytest.approx(expect(demand, count).waits)


@given(demands, st.integers(1, 200))
def test_one_more_agent_never_makes_it_worse(demand: Demand, count: int) -> None:
    fewer, more = expect(demand, count), expect(demand, count + 1)
    assert more.waits <= fewer.waits + 1e-9
    assert more.abandonment <= fewer.abandonment + 1e-9
    assert more.asa_seconds <= fewer.asa_seconds * (1 + 1e-9) + 1e-9
    assert service_level(demand, count + 1, 20) >= service_level(demand, count, 20) - 1e-6


def test_more_than_can_be_carried_waits_for_ever_where_nobody_leaves() -> None:
    overrun = Demand(1, 60)
    assert expect(overrun, 50).asa_seconds == inf
    assert service_level(overrun, 50, 20) == 0


def test_more_than_can_be_carried_leaves_where_patience_ends() -> None:
    expected = expect(Demand(1, 60, patience_seconds=600), 50)
    assert expected.abandonment == pytest.approx(1 / 6, rel=0.01)  # ten of sixty, the fluid limit
    assert expected.occupancy == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(
    "target",
    [
        Target(service_level=0.8, within_seconds=20),
        Target(asa_seconds=10),
        Target(abandonment=0.02),
        Target(occupancy=0.85),
        Target(service_level=0.9, within_seconds=15, asa_seconds=5, abandonment=0.01, occupancy=0.9),
    ],
)
@pytest.mark.parametrize("demand", [PATIENT, IMPATIENT, Demand(0.01, 300, 60), Demand(2, 400, 90)])
def test_the_staffing_found_reaches_its_target_and_one_less_does_not(demand: Demand, target: Target) -> None:
    found = find_agents(demand, target)
    assert reaches(demand, found, target)
    assert not reaches(demand, found - 1, target)


def test_nobody_is_needed_where_nothing_arrives() -> None:
    assert find_agents(Demand(0, 300), Target(service_level=1.0)) == 0


def test_a_target_that_nobody_reaches_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match="no number of agents"):
        find_agents(PATIENT, Target(asa_seconds=-1))


@pytest.mark.parametrize("bad", [(-1, 60, 60), (1, 0, 60), (1, 60, 0), (inf, 60, 60), (float("nan"), 60, 60)])
def test_a_demand_that_makes_no_sense_is_refused(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no such demand"):
        Demand(*bad)


def test_thousands_of_agents_and_a_patience_of_days_overflow_nothing() -> None:
    assert 0 < expect(Demand(100, 60, 86_400), 5_900).abandonment < 0.02
    assert expect(Demand(0.001, 60, 86_400), 5_000).waits == 0
