"""What is simulated: who arrives, how often, with how much work and patience; who is staffed, and when.

The rule of this file: plain data and the one way from it to arrivals. Each kind of arrival brings its own chance, and
everything that is drawn for an interaction is drawn when it arrives: so two policies, or two staffings, meet the very
same customers (common random numbers; Law, "Simulation Modeling and Analysis", 11.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Final, NamedTuple

from routing.distributions import Chance, Distribution, Fixed, build_sampler
from routing.model import (
    ANYONE,
    SECOND,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    InteractionId,
    Micros,
    Policy,
    QueueId,
    Requirement,
    TierId,
)

NO_TIME: Final = Fixed(0)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which arrivals come at one rate: `expected` of them on average."""

    begins_at: Micros
    ends_at: Micros
    expected: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of arrival: a Poisson process whose rate is that of its slots, which follow each other in time."""

    queue: QueueId
    channel: ChannelName
    tier: TierId
    slots: tuple[Slot, ...]
    handling: Distribution
    wrap_up: Distribution = NO_TIME
    patience: Distribution | None = None  # None: waits for ever
    requirement: Requirement = ANYONE
    number: int = 0  # keeps apart two kinds that are alike in all of the above

    @property
    def name(self) -> str:
        """The same in every policy and staffing: the name of its chance, and the beginning of its ids."""
        return f"{self.queue}/{self.channel}/{self.tier}/{self.number}"


class DrawnArrival(NamedTuple):
    """A tuple, since a year has half a million of them."""

    at: Micros
    kind: Kind
    interaction_id: InteractionId
    handling: Micros
    wrap_up: Micros
    patience: Micros | None


@dataclass(frozen=True, slots=True)
class Duty:
    """From `at` the agent is to be in this state; work in hand is finished first."""

    at: Micros
    agent_id: AgentId
    state: AgentState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    policy: Policy
    kinds: tuple[Kind, ...]
    staff: tuple[tuple[AgentId, AgentProfile], ...]
    duties: tuple[Duty, ...]  # in the order of time
    answering: Distribution = NO_TIME  # from an offer to its acceptance; beyond the offer's deadline it expires
    returns_after: Micros = 60 * SECOND  # who let an offer expire is available again
    ringing: Distribution = NO_TIME  # from dialling a callback to the customer's answer
    callbacks_answered: float = 1.0  # the share of attempts that are


def draw_arrivals(kind: Kind, chance: Chance) -> Iterator[DrawnArrival]:
    """In the order of time: a Poisson process of rate 1 in the time that the expected number of arrivals counts
    (Çınlar 1975)."""
    draw_handling = build_sampler(kind.handling, chance)
    draw_wrap_up = build_sampler(kind.wrap_up, chance)
    draw_patience = build_sampler(kind.patience, chance) if kind.patience is not None else None
    name, number, passed = kind.name, 0, 0.0
    ahead = -log(1.0 - chance())
    for slot in kind.slots:
        while ahead < passed + slot.expected:
            number += 1
            at = slot.begins_at + int((ahead - passed) / slot.expected * (slot.ends_at - slot.begins_at))
            patience = draw_patience() if draw_patience is not None else None
            interaction_id = InteractionId(f"{name}/{number}")
            yield DrawnArrival(at, kind, interaction_id, draw_handling(), draw_wrap_up(), patience)
            ahead -= log(1.0 - chance())
        passed += slot.expected
