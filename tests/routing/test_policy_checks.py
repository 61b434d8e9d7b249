"""The check of a policy returns every problem at once, each with a code and its place."""

from dataclasses import replace
from typing import Any

import pytest

from routing.model import Dialling, Hours, Occasion, OverflowRule, Queue, QueueId, Requirement, Ring, Tier, TierId
from routing.model import OverflowAction as Action
from routing.policy_checks import PolicyProblem, ProblemCode, check, check_staffing
from tests.routing.cast import (
    ADA,
    BEN,
    EMAIL,
    GOLD,
    LENDING,
    PHONE,
    PLATINUM,
    POLICY,
    SECOND,
    SERVICE,
    SMS,
    STANDARD,
    agent,
    head_starts,
    opened,
    电话银行,
)


def queues(**changes: Any) -> dict[QueueId, Queue]:
    return {SERVICE: replace(POLICY.queues[SERVICE], **changes)}


def overflow(*rule: Any, **more: Any) -> dict[QueueId, Queue]:
    return queues(overflow=(OverflowRule(*rule, **more),))


def tiers(**changes: Any) -> dict[TierId, Tier]:
    return {**POLICY.tiers, GOLD: replace(POLICY.tiers[GOLD], **changes)}


def test_the_sample_policy_of_the_tests_is_sound() -> None:
    assert check(POLICY) == []


@pytest.mark.parametrize(
    ("changes", "code", "subject"),
    [
        ({"tiers": {}}, "no_tiers", "tiers"),
        ({"queues": {}}, "no_queues", "queues"),
        ({"tiers": tiers(id=PLATINUM)}, "id_differs", "tiers.gold"),
        ({"tiers": tiers(head_start={SMS: -1})}, "negative", "tiers.gold.head_start.sms"),
        ({"queues": {LENDING: Queue(SERVICE)}}, "id_differs", "queues.lending"),
        ({"queues": queues(rings=())}, "no_rings", "queues.service.rings"),
        ({"queues": queues(rings=(Ring(), Ring()))}, "ring_never_opens", "queues.service.rings.1"),
        ({"queues": queues(rings=(Ring(duration=0),))}, "not_positive", "queues.service.rings.0.duration"),
        (
            {"queues": queues(rings=(Ring(Requirement(skills=(("loans", 6),))),))},
            "level_out_of_range",
            "queues.service.rings.0.skills.loans",
        ),
        (
            {"queues": queues(offer_duration={PHONE: 0})},
            "not_positive",
            "queues.service.offer_duration.phone",
        ),
        ({"queues": queues(wrap_up_limit=-1)}, "negative", "queues.service.wrap_up_limit"),
        ({"queues": queues(hours=Hours(week=((),) * 6))}, "hours_in_disorder", "queues.service.hours"),
        ({"queues": queues(hours=opened((8, 12), (11, 18)))}, "hours_in_disorder", "queues.service.hours"),
        ({"queues": queues(hours=opened((8, 25)))}, "hours_in_disorder", "queues.service.hours"),
        ({"queues": overflow(Occasion.CLOSED, Action.QUEUE)}, "overflows_nowhere", "queues.service.overflow.0"),
        (
            {"queues": overflow(Occasion.CLOSED, Action.QUEUE, queue=SERVICE)},
            "overflows_nowhere",
            "queues.service.overflow.0",
        ),
        ({"queues": overflow(Occasion.WAITED, Action.WAIT)}, "not_positive", "queues.service.overflow.0.after"),
        ({"queues": overflow(Occasion.FULL, Action.WAIT)}, "not_positive", "queues.service.overflow.0.limit"),
        ({"queues": queues(dialling=Dialling(tries=0))}, "not_positive", "queues.service.dialling"),
        ({"queues": queues(dialling=Dialling(pause=-1))}, "negative", "queues.service.dialling.pause"),
        (
            {"queues": queues(dialling=Dialling(hours=opened((8, 12), (11, 18))))},
            "hours_in_disorder",
            "queues.service.dialling.hours",
        ),
        ({"points": {**POLICY.points, EMAIL: 101}}, "points_out_of_range", "points.email"),
        ({"points": {**POLICY.points, EMAIL: 0}}, "points_out_of_range", "points.email"),
        ({"interruptible_by": {EMAIL: (EMAIL,)}}, "interrupts_itself", "interruptible_by.email"),
        ({"offer_duration": {**POLICY.offer_duration, SMS: 0}}, "not_positive", "offer_duration.sms"),
        ({"reserve_after": 0}, "not_positive", "reserve_after"),
        ({"boost_cap": -SECOND}, "negative", "boost_cap"),
    ],
)
def test_a_policy_that_cannot_work_is_fatal(changes: dict[str, Any], code: str, subject: str) -> None:
    problems = check(replace(POLICY, **changes))
    assert problems == [PolicyProblem(ProblemCode(code), subject)]
    assert problems[0].is_fatal


def test_all_problems_are_said_at_once() -> None:
    problems = check(replace(POLICY, points={}, retry_after=0, queues={}))
    assert [one.code for one in problems] == ["no_queues", *["missing_channel"] * 4, "not_positive"]


def test_strict_priority_is_a_warning_because_it_starves() -> None:
    policy = replace(POLICY, tiers=tiers(head_start=head_starts(None, 0)))
    (problem,) = check(policy)
    assert (problem.code, problem.subject) == ("head_start_starves", "tiers.gold.head_start.phone")
    assert not problem.is_fatal


def test_strict_priority_of_the_lowest_tier_starves_nobody() -> None:
    lowest = {STANDARD: replace(POLICY.tiers[STANDARD], head_start=head_starts(None, None))}
    assert check(replace(POLICY, tiers={**POLICY.tiers, **lowest})) == []


def test_a_queue_that_nobody_can_serve_is_named() -> None:
    staff = {ADA: agent(SERVICE), BEN: agent(LENDING, skills=[("loans", 5)])}
    (problem,) = check_staffing(POLICY, staff)
    assert (problem.code, problem.subject) == ("nobody_can_serve", f"queues.{电话银行}")
    assert not problem.is_fatal
