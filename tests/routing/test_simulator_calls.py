"""The simulator knows calls that agents make by themselves, and calls that were agreed for a time: both take the
agents' time, and neither is a customer who waits on the line."""

import random
from dataclasses import replace

import pytest

from routing.distributions import Fixed
from routing.measures import MeasuredLine, MeasuredSpan, measure_lines
from routing.model import SECOND, AgentProfile, AgentState
from routing.scenario import BegunBy, Duty, Kind, Scenario, Slot
from routing.simulator import Simulation
from tests.routing.cast import ADA, BEN, PHONE, POLICY, SERVICE, STANDARD

HOUR = 3600 * SECOND
CUSTOMERS = Kind(SERVICE, PHONE, STANDARD, (Slot(0, HOUR, 30),), Fixed(60 * SECOND))
CALLS = replace(CUSTOMERS, slots=(Slot(0, HOUR, 20),), handling=Fixed(120 * SECOND), number=1)


def play(*kinds: Kind, agents: int = 2) -> MeasuredLine:
    staff = tuple((agent, AgentProfile((SERVICE,))) for agent in (ADA, BEN)[:agents])
    duties = tuple(Duty(0, agent, AgentState.AVAILABLE) for agent, _ in staff)
    scenario = Scenario(POLICY, kinds, staff, duties)
    simulation = Simulation(scenario, lambda name: random.Random(name).random)
    simulation.run_until(4 * HOUR)
    simulation.finish(4 * HOUR)
    span = MeasuredSpan(0, 4 * HOUR, 1)
    return measure_lines(scenario, simulation.journeys, simulation.stretches, span, {})[-1]


def test_calls_out_take_time_and_are_no_customers_who_wait() -> None:
    alone, beside = play(CUSTOMERS), play(CUSTOMERS, replace(CALLS, begun_by=BegunBy.AGENT))
    assert (alone.called_out, beside.called_out) == (0, pytest.approx(20, abs=12))
    assert beside.arrived == alone.arrived == beside.answered
    assert beside.asa.value > alone.asa.value, "whoever calls out has no time for who waits"
    worked = beside.called_out * 120 / (2 * 4 * 3600)
    assert beside.work.value == pytest.approx(alone.work.value + worked)


def test_an_agreed_call_is_called_at_its_turn() -> None:
    alone, beside = play(CUSTOMERS), play(CUSTOMERS, replace(CALLS, begun_by=BegunBy.APPOINTMENT))
    assert (beside.arrived, beside.called_out) == (alone.arrived, 0)
    assert beside.agreed == pytest.approx(20, abs=12)
    assert beside.work.value == pytest.approx(alone.work.value + beside.agreed * 120 / (2 * 4 * 3600))


def test_with_nobody_at_work_no_call_is_made() -> None:
    line = play(replace(CALLS, begun_by=BegunBy.AGENT), agents=0)
    assert (line.called_out, line.arrived, line.unanswered) == (0, 0, 0)
