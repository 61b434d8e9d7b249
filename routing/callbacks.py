"""Callbacks: when a customer who has given the line back may be called.

The rule of this file: a callback keeps its place all the time; it may be dialled inside the customer's hours, and
after an attempt that nobody answered not before some time has passed. When the last of the hours have passed, it is
over.
"""

from routing.model import Callback, Micros


def may_dial(callback: Callback, now: Micros) -> tuple[bool, Micros | None]:
    """(whether it may be dialled now, when that changes)"""
    if not callback.windows:
        return (True, None) if callback.not_before <= now else (False, callback.not_before)
    for opens_at, closes_at in callback.windows:
        begins_at = max(opens_at, callback.not_before)
        if begins_at < closes_at and now < closes_at:
            return (False, begins_at) if now < begins_at else (True, closes_at)
    return False, callback.windows[-1][1]


def is_over(callback: Callback, now: Micros) -> bool:
    return bool(callback.windows) and callback.windows[-1][1] <= now
