"""What a simulation plays: the arrivals with their work and patience, and the agents with their duties.

The rule of this file: it has plain data, and the one function that draws arrivals from it. Each kind of arrival has
its own source of chance, and everything that is drawn for an interaction is drawn when it arrives: so two policies,
or two staffings, meet exactly the same customers (common random numbers; Law, "Simulation Modeling and Analysis",
11.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
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


class BegunBy(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"  # a call out, which waits for nobody: an agent who has room makes it
    APPOINTMENT = "appointment"  # a call that was agreed for this time: a callback, in the order from then on


@dataclass(frozen=True, slots=True)
class Slot:
    """A period with one rate of arrivals: on average, `expected` of them come in it."""

    begins_at: Micros
    ends_at: Micros
    expected: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of arrival: a Poisson process with the rates of its slots, which are in order of time."""

    queue: QueueId
    channel: ChannelName
    tier: TierId
    slots: tuple[Slot, ...]
    handling: Distribution
    wrap_up: Distribution = NO_TIME
    patience: Distribution | None = None  # None: the customer waits for ever
    requirement: Requirement = ANYONE
    begun_by: BegunBy = BegunBy.CUSTOMER
    number: int = 0  # tells two kinds apart that have the same queue, channel and tier

    @property
    def name(self) -> str:
        """The name of the kind's source of chance, and the beginning of its interactions' ids. It does not depend on
        policy or staffing."""
        return f"{self.queue}/{self.channel}/{self.tier}/{self.number}"


class DrawnArrival(NamedTuple):
    """One arrival with everything that was drawn for it. It is a tuple, because a year has half a million of them."""

    at: Micros
    kind: Kind
    interaction_id: InteractionId
    handling: Micros
    wrap_up: Micros
    patience: Micros | None


@dataclass(frozen=True, slots=True)
class Duty:
    """At `at`, the agent chooses this state. They finish the work in hand first."""

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
    answering: Distribution = NO_TIME  # from an offer to its acceptance; after the deadline the offer expires
    returns_after: Micros = 60 * SECOND  # an agent who let an offer expire is available again after this time
    ringing: Distribution = NO_TIME  # from dialling a callback to the customer's answer
    callbacks_answered: float = 1.0  # the share of attempts that are answered


def draw_arrivals(kind: Kind, chance: Chance) -> Iterator[DrawnArrival]:
    """Draw the arrivals of a kind, in order of time. A Poisson process of rate 1 runs over the expected number of
    arrivals instead of over time (Çınlar 1975)."""
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
