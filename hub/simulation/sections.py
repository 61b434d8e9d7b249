"""What a scenario file may say: the keys, their kinds and their bounds. `samples/` shows every one of them in use.

The rule of this file: it checks each part alone, and `scenario_file` checks that they fit together. Times of day
are the policy's local time; durations are seconds and say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from channels.wording import written
from hub.policies.agent_requirements import Level, RequirementPolicy
from hub.policies.document import KnownChannel, Points
from hub.policies.names import Id, LanguageTag
from hub.toml_files.problems import Section
from routing.model import ChannelName


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)

TimeOfDay = Annotated[
    str, written(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", "a time from 00:00 to 24:00 in four digits, such as 08:30")
]
Positive = Annotated[float, Field(gt=0, le=366 * 86_400)]
NotNegative = Annotated[float, Field(ge=0, le=366 * 86_400)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[float, Field(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalSection(Section):
    mean: Positive
    deviation: Positive  # the standard deviation of the durations themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionSection(Section):
    """A distribution of durations, in seconds. Exactly one of the keys is given."""

    fixed: NotNegative | None = None
    exponential: Positive | None = None  # the mean
    lognormal: LognormalSection | None = None
    observed: Annotated[tuple[NotNegative, ...], Field(min_length=1)] | None = None
    observed_file: Annotated[str, Field(min_length=1)] | None = None  # a number a line


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSection(Section):
    first_day: date
    days: Annotated[int, Field(ge=1, le=3_660)]  # measured
    warm_up_days: Annotated[int, Field(ge=0, le=366)] = 0  # played before the measured days; no figure counts them
    days_per_batch: Annotated[int, Field(ge=1, le=366)] = 1  # 7 if weekdays differ much
    seed: Annotated[int, Field(ge=0)] = 1
    parts: Annotated[int, Field(ge=1, le=64)] = 1  # played side by side, each with its own random numbers and warm-up


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSection(Section):
    """How long interactions take, and how long customers wait. A section with a tier outranks one without."""

    queue: Id
    channel: KnownChannel
    tier: Id | None = None
    handling_seconds: DistributionSection
    wrap_up_seconds: DistributionSection = DistributionSection(fixed=0.0)
    patience_seconds: DistributionSection | None = None  # missing: waits for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalsSection(Section):
    queue: Id
    channel: KnownChannel
    tiers: Annotated[Mapping[Id, Share], Field(min_length=1)]  # shares, which add up to 1
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEK
    begins: TimeOfDay
    per_half_hour: Annotated[tuple[Count, ...], Field(min_length=1)]  # expected, from `begins` on
    requirement: RequirementPolicy = field(default_factory=RequirementPolicy)
    begun_by: Literal["customer", "agent", "appointment"] = "customer"  # or: calls out, calls agreed for this time


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSection(Section):
    file: Annotated[str, Field(min_length=1)]  # day,time,queue,channel,tier,arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakSection(Section):
    begins: TimeOfDay
    ends: TimeOfDay
    reason: str = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSection(Section):
    """A shift ends on the next day if `ends` is at or before `begins`."""

    id: Id
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEK
    begins: TimeOfDay
    ends: TimeOfDay
    breaks: tuple[BreakSection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsSection(Section):
    """`count` equal agents. If there are several, their ids are `id`-1, `id`-2 and so on."""

    id: Id
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    shifts: Annotated[tuple[Id, ...], Field(min_length=1)]
    queues: Annotated[tuple[Id, ...], Field(min_length=1)]
    skills: Mapping[Id, Level] = field(default_factory=dict)
    languages: tuple[LanguageTag, ...] = ()
    teams: tuple[Id, ...] = ()
    points: Mapping[KnownChannel, Points] = field(default_factory=dict)  # instead of the policy's


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringSection(Section):
    seconds: DistributionSection = DistributionSection(fixed=0.0)  # from offer to acceptance; the offer may expire
    returns_after_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60  # from expiry until the agent is available


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksSection(Section):
    """How callbacks go. A customer who waits for one does not run out of patience."""

    answered: Share = 1.0  # the share of attempts that the customer answers
    seconds: DistributionSection = DistributionSection(fixed=10.0)  # from dialling until they answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile(Section):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    run: RunSection
    work: tuple[WorkSection, ...]
    arrivals: tuple[ArrivalsSection, ...] = ()
    forecast: ForecastSection | None = None
    shifts: tuple[ShiftSection, ...]
    agents: tuple[AgentsSection, ...]
    answering: AnsweringSection = AnsweringSection()
    callbacks: CallbacksSection = CallbacksSection()

    def find_work(self, queue: str, channel: ChannelName, tier: str) -> WorkSection | None:
        fitting = [one for one in self.work if (one.queue, one.channel) == (queue, channel)]
        exact = (one for one in fitting if one.tier == tier)
        return next(exact, next((one for one in fitting if one.tier is None), None))
