"""Callbacks: when a customer who has given the line back may be called.

The rule of this file: a callback keeps its place all the time; it may be dialled inside the customer's hours and
those in which its queue calls, and after an attempt that nobody answered not before some time has passed. When the
last of the customer's hours have passed, it is over.
"""

from typing import Final

from routing.hours import Calendar
from routing.model import Callback, Micros, Period, Policy, QueueId

_ALWAYS: Final[Period] = (0, 1 << 62)


def build_calendars(policy: Policy) -> dict[QueueId, Calendar]:
    """Of when each queue calls; one that calls at any time has none."""
    return {one.id: Calendar(one.dialling.hours) for one in policy.queues.values() if one.dialling.hours}


def find_chance(callback: Callback, calendar: Calendar | None, now: Micros) -> Period | None:
    """When it may be dialled, from now on: the present period, else the next. None: never. `calendar`: of when its
    queue calls."""
    for opens_at, closes_at in callback.windows or (_ALWAYS,):
        begins_at = max(opens_at, callback.not_before, now)
        hours = _ALWAYS if calendar is None else calendar.find_period(begins_at)
        if hours is not None and begins_at < closes_at and hours[0] < closes_at:
            return max(begins_at, hours[0]), min(closes_at, hours[1])
    return None


def may_dial(callback: Callback, calendar: Calendar | None, now: Micros) -> tuple[bool, Micros | None]:
    """(whether it may be dialled now, when that changes)"""
    chance = find_chance(callback, calendar, now)
    if chance is None:
        return False, ends_at(callback)
    begins, ends = chance
    return (True, ends if ends < _ALWAYS[1] else None) if begins == now else (False, begins)


def ends_at(callback: Callback) -> Micros | None:
    """When it is over, if nobody is reached until then."""
    return callback.windows[-1][1] if callback.windows else None


def is_over(callback: Callback, now: Micros) -> bool:
    return bool(callback.windows) and callback.windows[-1][1] <= now
