"""Callbacks: when a customer who waits to be called back may be called.

The rule of this file: a callback may be dialled within the customer's hours and within those in which its queue
calls, and not before `not_before`. It is over when the last of the customer's hours has passed. Its place does not
change.
"""

from typing import Final

from routing.hours import HoursCalendar
from routing.model import Callback, Micros, Period, Policy, QueueId

_ALWAYS: Final[Period] = (0, 1 << 62)


def build_calendars(policy: Policy) -> dict[QueueId, HoursCalendar]:
    """Return, for each queue, the calendar of when it calls. A queue that calls at any time has none."""
    return {one.id: HoursCalendar(one.dialling.hours) for one in policy.queues.values() if one.dialling.hours}


def find_chance(callback: Callback, calendar: HoursCalendar | None, now: Micros) -> Period | None:
    """Return the period in which it may be dialled now, or else the next such period; None: there is none. `calendar`
    says when its queue calls; None: at any time."""
    for opens_at, closes_at in callback.windows or (_ALWAYS,):
        begins_at = max(opens_at, callback.not_before, now)
        hours = _ALWAYS if calendar is None else calendar.find_period(begins_at)
        if hours is not None and begins_at < closes_at and hours[0] < closes_at:
            return max(begins_at, hours[0]), min(closes_at, hours[1])
    return None


def check_dialling(callback: Callback, calendar: HoursCalendar | None, now: Micros) -> tuple[bool, Micros | None]:
    """Return (whether it may be dialled now, when that changes); None: it does not change by itself."""
    chance = find_chance(callback, calendar, now)
    if chance is None:
        return False, ends_at(callback)
    begins, ends = chance
    return (True, ends if ends < _ALWAYS[1] else None) if begins == now else (False, begins)


def ends_at(callback: Callback) -> Micros | None:
    """Return when the last of the customer's hours ends; None: it has no end."""
    return callback.windows[-1][1] if callback.windows else None


def is_over(callback: Callback, now: Micros) -> bool:
    return bool(callback.windows) and callback.windows[-1][1] <= now
