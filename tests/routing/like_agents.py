"""Scenarios for which theory has formulas: equal agents who always work, Poisson arrivals, exponential times."""

import random
from collections.abc import Mapping

from routing.distributions import Chance, Exponential
from routing.measures import MeasuredLine, MeasuredSpan, measure_lines
from routing.model import SECOND, AgentId, AgentProfile, AgentState, Micros, Policy, Queue, Tier, TierId
from routing.scenario import Duty, Kind, Scenario, Slot
from routing.simulator import Simulation
from tests.channel_names import EVERY_CHANNEL
from tests.routing.cast import GOLD, PHONE, PLATINUM, SERVICE, STANDARD

BATCHES = 20
WARM_UP = 0.05  # of the whole
HANDLING = 180  # seconds
TIERS = (PLATINUM, GOLD, STANDARD)

ALWAYS: Mapping[TierId, Micros | None] = {PLATINUM: None, GOLD: None, STANDARD: None}
LEVEL: Mapping[TierId, Micros | None] = dict.fromkeys(TIERS, 0)


def build_policy(head_starts: Mapping[TierId, Micros | None]) -> Policy:
    return Policy(
        version=1,
        tiers={
            tier: Tier(tier, 3 - place, dict.fromkeys(EVERY_CHANNEL, head_starts[tier]))
            for place, tier in enumerate(TIERS)
        },
        queues={SERVICE: Queue(SERVICE)},
        points=dict.fromkeys(EVERY_CHANNEL, 100),
        calls=(PHONE,),
        interruptible_by={},
        offer_duration=dict.fromkeys(EVERY_CHANNEL, 20 * SECOND),
        wrap_up_limit=0,
        boost_cap=0,
        retry_after=60 * SECOND,
        lone_retry=15 * SECOND,
        reserve_after=30 * SECOND,
        agent_grace=20 * SECOND,
    )


def build_line(
    agents: int,
    offered: Mapping[TierId, float],
    calls: int,
    head_starts: Mapping[TierId, Micros | None] = LEVEL,
    patience_seconds: float | None = None,
) -> tuple[Scenario, MeasuredSpan]:
    """Return a scenario with so many calls in all, in which each tier offers its erlangs."""
    rate = sum(offered.values()) / HANDLING
    ends_at = int(calls / rate) * SECOND
    kinds = [
        Kind(
            SERVICE,
            PHONE,
            tier,
            (Slot(0, ends_at, calls * erlangs / sum(offered.values())),),
            Exponential(HANDLING * SECOND),
            patience=Exponential(patience_seconds * SECOND) if patience_seconds else None,
        )
        for tier, erlangs in offered.items()
    ]
    staff = [(AgentId(f"agent {number:03}"), AgentProfile(queues=(SERVICE,))) for number in range(agents)]
    duties = tuple(Duty(0, agent_id, AgentState.AVAILABLE) for agent_id, _ in staff)
    scenario = Scenario(build_policy(head_starts), tuple(kinds), tuple(staff), duties)
    return scenario, MeasuredSpan(int(ends_at * WARM_UP), ends_at, BATCHES)


class Chances:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, name: str) -> Chance:
        return random.Random(f"{self._seed}/{name}").random


FIRST = Chances(1)


def run(scenario: Scenario, span: MeasuredSpan, chances: Chances = FIRST) -> Simulation:
    """Play to the end of the span, and go on until everybody is served."""
    simulation = Simulation(scenario, chances)
    simulation.run_until(2 * span.ends_at)
    simulation.finish(span.ends_at)
    return simulation


def measure_run(scenario: Scenario, span: MeasuredSpan, chances: Chances = FIRST) -> dict[str, MeasuredLine]:
    """Return the figures by tier, and under "" those of all tiers. In time is within 20 s."""
    simulation = run(scenario, span, chances)
    lines = measure_lines(scenario, simulation.journeys, simulation.stretches, span, {(SERVICE, PHONE): 20 * SECOND})
    return {line.tier or "": line for line in lines if line.queue == SERVICE}
