"""Three fixed days on which estimates are told, and the waits that followed.

The rule of this file: the estimator knows only what the shell would know at that instant: rows, and what has happened
so far. Everyone who waits is told within two seconds of entering; the paces are measured again every half minute.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from routing.distributions import Exponential, Lognormal
from routing.estimates import Estimator, Pace, PaceKey, Passage, measure_paces
from routing.model import (
    SECOND,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    Micros,
    QueueId,
)
from routing.scenario import Duty, Kind, Scenario, Slot
from routing.simulator import Journey, Simulation
from tests.routing.cast import (
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

HOUR = 60 * MINUTE
LOOK = 2 * SECOND
MEASURE = 30 * SECOND
OFFER_ANSWERED = Exponential(4 * SECOND)


@dataclass(frozen=True, slots=True)
class Told:
    journey: Journey
    at: Micros
    wait: Micros | None  # that was told, from then on
    last_served: Micros | None  # the wait of the one of this queue and channel who was served last, of any tier

    @property
    def waited(self) -> Micros:
        """From then on, to the answer or until they left."""
        return (self.journey.answered_at or self.journey.closed_at or self.at) - self.at

    @property
    def is_answered(self) -> bool:
        return self.journey.answered_at is not None


def day(*rates: float) -> tuple[Slot, ...]:
    """So many arrivals in each half hour from nine."""
    return tuple(Slot(NINE + n * HOUR // 2, NINE + (n + 1) * HOUR // 2, rate) for n, rate in enumerate(rates))


def tiers(queue: QueueId, channel: ChannelName, rates: Sequence[float], handling: float) -> list[Kind]:
    """One kind a tier: a tenth platinum, a quarter gold, the rest standard."""
    shares = ((PLATINUM, 0.1), (GOLD, 0.25), (STANDARD, 0.65))
    return [
        Kind(
            queue,
            channel,
            tier,
            day(*(rate * share for rate in rates)),
            Lognormal(handling * SECOND, 0.8 * handling * SECOND),
            Exponential(30 * SECOND),
            Exponential(12 * MINUTE),
        )
        for tier, share in shares
    ]


def crew(prefix: str, count: int, profile: AgentProfile) -> list[tuple[AgentId, AgentProfile]]:
    return [(AgentId(f"{prefix}{number:02}"), profile) for number in range(count)]


def shifts(staff: Sequence[tuple[AgentId, AgentProfile]], lunch: int = 0) -> list[Duty]:
    """All of them from nine; the first `lunch` of them away from eleven for three quarters of an hour."""
    duties = [Duty(NINE, one, AgentState.AVAILABLE) for one, _ in staff]
    away = [one for one, _ in staff[:lunch]]
    duties += [Duty(NINE + 2 * HOUR, one, AgentState.UNAVAILABLE, "lunch") for one in away]
    return duties + [Duty(NINE + 11 * HOUR // 4, one, AgentState.AVAILABLE) for one in away]


def a_busy_line() -> Scenario:
    """Ten agents, one queue of calls, more than they can do before noon."""
    staff = crew("A", 10, agent(SERVICE))
    kinds = tiers(SERVICE, PHONE, (40, 60, 75, 75, 70, 65, 55, 45), 240)
    return Scenario(POLICY, tuple(kinds), tuple(staff), tuple(shifts(staff)), OFFER_ANSWERED)


def calls_and_chats() -> Scenario:
    """Two queues, calls and chats, agents who serve one of them or both."""
    staff = crew("A", 8, agent(SERVICE)) + crew("B", 5, agent(SERVICE, LENDING, skills=[("loans", 4)]))
    staff += crew("C", 3, agent(LENDING, skills=[("loans", 4)]))
    kinds = tiers(SERVICE, PHONE, (40, 55, 60, 62, 58, 50, 45, 40), 240)
    kinds += tiers(SERVICE, WEBCHAT, (25, 30, 40, 40, 35, 30, 25, 20), 420)
    kinds += tiers(LENDING, PHONE, (14, 20, 25, 26, 25, 22, 18, 14), 360)
    return Scenario(POLICY, tuple(kinds), tuple(staff), tuple(shifts(staff)), OFFER_ANSWERED)


def lunch() -> Scenario:
    """A line that is well staffed until four of twelve go to lunch."""
    staff = crew("A", 12, agent(SERVICE))
    kinds = tiers(SERVICE, PHONE, (50, 62, 70, 70, 66, 62, 60, 50), 270)
    return Scenario(POLICY, tuple(kinds), tuple(staff), tuple(shifts(staff, lunch=4)), OFFER_ANSWERED)


SCENARIOS = {"a busy line": a_busy_line, "calls and chats": calls_and_chats, "lunch": lunch}


def play(scenario: Scenario, seed: int) -> list[Told]:
    simulation = Simulation(scenario, lambda name: random.Random(f"{seed} {name}").random)
    told: list[Told] = []
    known: set[str] = set()
    lines: dict[PaceKey, Pace] = {}
    measured_at, now = 0, NINE
    goes_on = True
    while goes_on:
        now += LOOK
        goes_on = simulation.run_until(now) and now < NINE + 8 * HOUR
        fresh = [one for one in simulation.journeys[-200:] if one.arrival.interaction_id not in known]
        if not fresh:
            continue
        known |= {one.arrival.interaction_id for one in fresh}
        fresh = [one for one in fresh if one.answered_at is None and one.closed_at is None]
        if not fresh:
            continue
        if now - measured_at >= MEASURE:
            lines = measure_paces(scenario.policy, map(passage_of, simulation.journeys), now)
            measured_at = now
        rows = simulation.rows()
        estimates = Estimator(scenario.policy, rows.interactions, rows.agents, lines, now).estimate_all()
        for journey in fresh:
            estimate = estimates.get(journey.arrival.interaction_id)
            wait = estimate.wait if estimate is not None else None
            told.append(Told(journey, now, wait, last_served(simulation.journeys, journey)))
    return told


def passage_of(journey: Journey) -> Passage:
    kind = journey.arrival.kind
    return Passage(kind.queue, kind.channel, kind.tier, journey.arrival.at, journey.answered_at, journey.closed_at)


def last_served(journeys: Sequence[Journey], of: Journey) -> Micros | None:
    kind = of.arrival.kind
    alike = (one for one in journeys[-300:] if one.answered_at is not None)
    served = [one for one in alike if is_of(one, kind.queue, kind.channel)]
    latest = max(served, key=lambda one: one.answered_at or 0, default=None)
    return None if latest is None or latest.answered_at is None else latest.answered_at - latest.arrival.at


def is_of(journey: Journey, queue: QueueId, channel: ChannelName) -> bool:
    return (journey.arrival.kind.queue, journey.arrival.kind.channel) == (queue, channel)
