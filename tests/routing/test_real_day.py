"""Real days: the recorded calls of a bank, whose rule was a head start of 90 s, are replayed through the router.

Arrivals, hang-ups and service starts come from the record. At each service start, the router is asked for the order
of all calls of the same type that wait just then. A pair of calls counts if both were served and one is of class 2
and the other of class 0 or 1. Pairs that were served in the same second do not count.
"""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from routing.inputs import CustomerLeft, InteractionEnqueued
from routing.model import SECOND, InteractionId, Micros, Queue, QueueId, Tier, TierId
from routing.policy_checks import check
from routing.router import Router
from tests.channel_names import EVERY_CHANNEL
from tests.routing.cast import PHONE, POLICY

PRIORITY, OTHERS = TierId("priority"), TierId("others")
HEAD_START = 90 * SECOND
DAY = 86_400 * SECOND
RULES: dict[str, Micros | None] = {"head start 90 s": HEAD_START, "plain arrival": 0, "strict priority": None}


@dataclass(frozen=True)
class Call:
    id: InteractionId
    queue: QueueId
    tier: TierId
    came_at: Micros
    left_at: Micros  # the waiting: into service, or hung up
    is_served: bool


def read_calls(file: Path) -> list[Call]:
    """Read the calls that waited in the queue, each day after the one before."""
    calls = []
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            came = int(row["queue_start"])
            is_served = row["outcome"] == "AGENT"
            left = int(row["service_start"]) if is_served else came + int(row["wait_s"])
            if came == 0 or left < came:  # never queued
                continue
            begins_at = int(row["day"]) * DAY
            tier = PRIORITY if row["priority"] == "2" else OTHERS
            calls.append(
                Call(
                    InteractionId(f"call {number}"),
                    QueueId(row["type"]),
                    tier,
                    begins_at + came * SECOND,
                    begins_at + left * SECOND,
                    is_served,
                )
            )
    return calls


def make_calls() -> list[Call]:
    """Make a record of the same kind: each of three agents takes the call with the smallest (arrival - head start),
    but one time in twenty the second one, as people do. A third of the customers have priority."""
    draw = random.Random(1999)
    calls: list[Call] = []
    for day in range(3):
        at = day * DAY + 8 * 3_600 * SECOND
        free_at = [at] * 3
        arrivals: list[Call] = []
        for number in range(700):
            at += int(draw.expovariate(1 / 30)) * SECOND
            tier = PRIORITY if draw.random() < 1 / 3 else OTHERS
            arrivals.append(Call(InteractionId(f"第{day}天 {number}"), QueueId("电话"), tier, at, at, True))
        while arrivals:
            line = min(range(3), key=free_at.__getitem__)
            starts_at = max(free_at[line], arrivals[0].came_at)
            waiting = [call for call in arrivals if call.came_at <= starts_at]
            waiting.sort(key=lambda call: call.came_at - (HEAD_START if call.tier == PRIORITY else 0))
            taken = waiting[1 if len(waiting) > 1 and draw.random() < 0.05 else 0]
            arrivals.remove(taken)
            calls.append(replace(taken, left_at=starts_at))
            free_at[line] = starts_at + (1 + int(draw.expovariate(1 / 78))) * SECOND
    return calls


def share_that_agrees(calls: list[Call], head_start: Micros | None) -> tuple[float, int]:
    """Return (the share of the pairs that the router ranks as they were served, how many pairs there are)."""
    router = build_router(calls, head_start)
    waiting: dict[QueueId, dict[InteractionId, Call]] = {}
    starts = {(call.queue, call.left_at): 0 for call in calls if call.is_served}
    for call in calls:
        if call.is_served:
            starts[call.queue, call.left_at] += 1
    agreeing = pairs = 0
    for at, is_arrival, call in events(calls):
        here = waiting.setdefault(call.queue, {})
        if is_arrival:
            router.handle(InteractionEnqueued(call.id, call.queue, PHONE, call.tier), at)
            here[call.id] = call
            continue
        if call.is_served and starts[call.queue, at] == 1:
            mine = position(router, call)
            for other in here.values():
                if other.is_served and other.tier != call.tier and other.came_at < at:
                    pairs += 1
                    agreeing += mine < position(router, other)
        router.handle(CustomerLeft(call.id), at)
        router.take_changes()
        del here[call.id]
    return agreeing / pairs, pairs


def build_router(calls: list[Call], head_start: Micros | None) -> Router:
    tiers = {
        PRIORITY: Tier(PRIORITY, 2, dict.fromkeys(EVERY_CHANNEL, head_start)),
        OTHERS: Tier(OTHERS, 1, dict.fromkeys(EVERY_CHANNEL, 0)),
    }
    policy = replace(POLICY, tiers=tiers, queues={call.queue: Queue(call.queue) for call in calls})
    assert not any(problem.is_fatal for problem in check(policy))
    return Router(policy)  # nobody is staffed: it ranks, and the record says who is taken


def events(calls: Iterable[Call]) -> list[tuple[Micros, bool, Call]]:
    """Return what happens in order of time. Arrivals come first, so that nobody leaves before they have come."""
    both = [(call.came_at, True, call) for call in calls] + [(call.left_at, False, call) for call in calls]
    return sorted(both, key=lambda event: (event[0], not event[1]))


def position(router: Router, call: Call) -> int:
    place = router.find_place(call.id)
    assert place is not None
    return place.position


def print_agreement(calls: list[Call]) -> dict[str, float]:
    shares = {}
    print(f"\n{len(calls):,} calls waited")
    for name, head_start in RULES.items():
        shares[name], pairs = share_that_agrees(calls, head_start)
        print(f"  {name:16} {shares[name]:6.1%} of {pairs:,} pairs are served in the router's order")
    return shares


@pytest.mark.corpora
def test_a_banks_calls_were_served_in_the_order_of_a_head_start(corpora: Path) -> None:
    shares = print_agreement(read_calls(corpora / "calls" / "anonymous_bank_1999_08_01-15.csv"))
    assert shares["head start 90 s"] >= 0.90
    assert shares["plain arrival"] == pytest.approx(0.77, abs=0.02)
    assert shares["strict priority"] == pytest.approx(0.62, abs=0.02)


def test_made_calls_were_served_in_the_order_of_a_head_start() -> None:
    shares = print_agreement(make_calls())
    assert shares["head start 90 s"] >= 0.90
    assert shares["plain arrival"] < 0.85
    assert shares["strict priority"] < 0.85
