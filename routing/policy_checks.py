"""Checks a policy before it decides anything.

The rule of this file: a check returns all problems at once, as codes with the place of each, and raises nothing. With
a fatal problem the router rejects `PolicyChanged`; the others are warnings to the author of the policy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from routing.model import (
    DAY,
    FULL_CAPACITY,
    AgentId,
    AgentProfile,
    ChannelName,
    Hours,
    Occasion,
    OverflowAction,
    Policy,
    Queue,
    Requirement,
)
from routing.requirements import alternatives_of, meets

LEVELS: Final = range(1, 6)


class ProblemCode(StrEnum):
    NO_TIERS = "no_tiers"
    NO_QUEUES = "no_queues"
    ID_DIFFERS = "id_differs"  # the key and the value name different tiers or queues
    MISSING_CHANNEL = "missing_channel"
    POINTS_OUT_OF_RANGE = "points_out_of_range"
    INTERRUPTS_ITSELF = "interrupts_itself"  # an agent would get any number of them at once
    NOT_POSITIVE = "not_positive"
    NEGATIVE = "negative"
    LEVEL_OUT_OF_RANGE = "level_out_of_range"
    NO_RINGS = "no_rings"
    RING_NEVER_OPENS = "ring_never_opens"  # an earlier ring stays open for ever
    HEAD_START_STARVES = "head_start_starves"  # "always": a lower tier waits as long as anybody of this one waits
    HOURS_IN_DISORDER = "hours_in_disorder"  # there are not seven days, or periods overlap or go beyond their day
    OVERFLOWS_NOWHERE = "overflows_nowhere"  # a rule sends to a queue that does not exist, or to its own queue
    NOBODY_CAN_SERVE = "nobody_can_serve"  # no agent meets any ring


WARNINGS: Final = frozenset({ProblemCode.HEAD_START_STARVES, ProblemCode.NOBODY_CAN_SERVE})


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    code: ProblemCode
    subject: str  # where: tiers.platinum.head_start.phone

    @property
    def is_fatal(self) -> bool:
        return self.code not in WARNINGS


def check(policy: Policy) -> list[PolicyProblem]:
    return [*_check_tiers(policy), *_check_queues(policy), *_check_capacity(policy), *_check_durations(policy)]


def check_staffing(policy: Policy, staff: Mapping[AgentId, AgentProfile]) -> list[PolicyProblem]:
    """Return a problem for each queue that no agent of this staff could serve at any ring."""
    return [
        PolicyProblem(ProblemCode.NOBODY_CAN_SERVE, f"queues.{queue.id}")
        for queue in policy.queues.values()
        if not any(_can_serve(queue, agent_id, profile) for agent_id, profile in staff.items())
    ]


def _can_serve(queue: Queue, agent_id: AgentId, profile: AgentProfile) -> bool:
    alternatives = alternatives_of(queue, Requirement(), (), len(queue.rings))
    return queue.id in profile.queues and meets(alternatives, agent_id, profile)


def _check_tiers(policy: Policy) -> Iterator[PolicyProblem]:
    if not policy.tiers:
        yield PolicyProblem(ProblemCode.NO_TIERS, "tiers")
    lowest = min((tier.order for tier in policy.tiers.values()), default=0)
    for tier_id, tier in policy.tiers.items():
        if tier_id != tier.id:
            yield PolicyProblem(ProblemCode.ID_DIFFERS, f"tiers.{tier_id}")
        for channel, head_start in tier.head_start.items():
            subject = f"tiers.{tier_id}.head_start.{channel}"
            if head_start is None:
                if tier.order > lowest:
                    yield PolicyProblem(ProblemCode.HEAD_START_STARVES, subject)
            elif head_start < 0:
                yield PolicyProblem(ProblemCode.NEGATIVE, subject)


def _check_queues(policy: Policy) -> Iterator[PolicyProblem]:
    if not policy.queues:
        yield PolicyProblem(ProblemCode.NO_QUEUES, "queues")
    for queue_id, queue in policy.queues.items():
        if queue_id != queue.id:
            yield PolicyProblem(ProblemCode.ID_DIFFERS, f"queues.{queue_id}")
        for channel, duration in queue.offer_duration.items():
            if duration <= 0:
                yield PolicyProblem(ProblemCode.NOT_POSITIVE, f"queues.{queue_id}.offer_duration.{channel}")
        if queue.wrap_up_limit is not None and queue.wrap_up_limit < 0:
            yield PolicyProblem(ProblemCode.NEGATIVE, f"queues.{queue_id}.wrap_up_limit")
        if queue.preferred_duration < 0:
            yield PolicyProblem(ProblemCode.NEGATIVE, f"queues.{queue_id}.preferred_duration")
        yield from _check_dialling(queue)
        yield from _check_rings(queue)
        yield from _check_overflow(policy, queue)


def _check_dialling(queue: Queue) -> Iterator[PolicyProblem]:
    dialling, subject = queue.dialling, f"queues.{queue.id}.dialling"
    if dialling.duration <= 0 or dialling.retry_after <= 0 or dialling.tries <= 0:
        yield PolicyProblem(ProblemCode.NOT_POSITIVE, subject)
    if dialling.pause < 0:
        yield PolicyProblem(ProblemCode.NEGATIVE, f"{subject}.pause")
    if dialling.hours is not None and not _is_in_order(dialling.hours):
        yield PolicyProblem(ProblemCode.HOURS_IN_DISORDER, f"{subject}.hours")


def _check_overflow(policy: Policy, queue: Queue) -> Iterator[PolicyProblem]:
    if queue.hours is not None and not _is_in_order(queue.hours):
        yield PolicyProblem(ProblemCode.HOURS_IN_DISORDER, f"queues.{queue.id}.hours")
    for number, rule in enumerate(queue.overflow):
        subject = f"queues.{queue.id}.overflow.{number}"
        targets = () if rule.queue is None else (rule.queue,)
        goes_nowhere = any(target not in policy.queues or target == queue.id for target in targets)
        if goes_nowhere or len(targets) != (rule.action is OverflowAction.QUEUE):
            yield PolicyProblem(ProblemCode.OVERFLOWS_NOWHERE, subject)
        if rule.occasion is Occasion.WAITED and rule.after <= 0:
            yield PolicyProblem(ProblemCode.NOT_POSITIVE, f"{subject}.after")
        if rule.occasion is Occasion.FULL and rule.limit <= 0:
            yield PolicyProblem(ProblemCode.NOT_POSITIVE, f"{subject}.limit")


def _is_in_order(hours: Hours) -> bool:
    days = [*hours.week, *(periods for _, periods in hours.days)]
    marks = [[mark for period in periods for mark in period] for periods in days]
    return (
        len(hours.week) == 7
        and all(sorted(day) == day and (not day or (day[0] >= 0 and day[-1] <= DAY)) for day in marks)
        and all(opens < closes for periods in days for opens, closes in periods)
        and len(hours.offsets) > 0
        and list(hours.offsets) == sorted(hours.offsets)
    )


def _check_rings(queue: Queue) -> Iterator[PolicyProblem]:
    if not queue.rings:
        yield PolicyProblem(ProblemCode.NO_RINGS, f"queues.{queue.id}.rings")
    for number, ring in enumerate(queue.rings):
        subject = f"queues.{queue.id}.rings.{number}"
        if ring.duration is None and number < len(queue.rings) - 1:
            yield PolicyProblem(ProblemCode.RING_NEVER_OPENS, f"queues.{queue.id}.rings.{number + 1}")
        if ring.duration is not None and ring.duration <= 0:
            yield PolicyProblem(ProblemCode.NOT_POSITIVE, f"{subject}.duration")
        for skill, level in ring.requirement.skills:
            if level not in LEVELS:
                yield PolicyProblem(ProblemCode.LEVEL_OUT_OF_RANGE, f"{subject}.skills.{skill}")


def _check_capacity(policy: Policy) -> Iterator[PolicyProblem]:
    for channel in _list_named(policy):
        if channel not in policy.points:
            yield PolicyProblem(ProblemCode.MISSING_CHANNEL, f"points.{channel}")
    for channel, points in policy.points.items():
        if not 1 <= points <= FULL_CAPACITY:
            yield PolicyProblem(ProblemCode.POINTS_OUT_OF_RANGE, f"points.{channel}")
        if channel in policy.interruptible_by.get(channel, ()):
            yield PolicyProblem(ProblemCode.INTERRUPTS_ITSELF, f"interruptible_by.{channel}")


def _list_named(policy: Policy) -> list[ChannelName]:
    """Return each channel that the policy names outside of `points`, once."""
    named = [*policy.calls, *policy.offer_duration, *policy.interruptible_by]
    named += [channel for channels in policy.interruptible_by.values() for channel in channels]
    named += [channel for tier in policy.tiers.values() for channel in tier.head_start]
    for queue in policy.queues.values():
        named += [*queue.channels, *queue.offer_duration]
        named += [channel for rule in queue.overflow for channel in rule.channels]
    return list(dict.fromkeys(named))


def _check_durations(policy: Policy) -> Iterator[PolicyProblem]:
    for channel in policy.channels:
        duration = policy.offer_duration.get(channel)
        if duration is None:
            yield PolicyProblem(ProblemCode.MISSING_CHANNEL, f"offer_duration.{channel}")
        elif duration <= 0:
            yield PolicyProblem(ProblemCode.NOT_POSITIVE, f"offer_duration.{channel}")
    for name in ("retry_after", "lone_retry", "reserve_after"):
        if getattr(policy, name) <= 0:
            yield PolicyProblem(ProblemCode.NOT_POSITIVE, name)
    for name in ("wrap_up_limit", "boost_cap", "agent_grace"):
        if getattr(policy, name) < 0:
            yield PolicyProblem(ProblemCode.NEGATIVE, name)
