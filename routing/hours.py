"""Opening hours: whether a queue is open at an instant, and when it closes next.

The rule of this file: it does arithmetic and knows no time zones. `Hours` already says how far local time is ahead of
UTC, and since when. Opening hours follow local time when clocks are turned.
"""

from bisect import bisect_right
from typing import Final

from routing.model import DAY, Hours, Micros, Period

_FAR: Final = 400 * DAY  # if it does not close within this time, it is taken to stay open
_END: Final = 1 << 62


def is_open(hours: Hours, at: Micros) -> bool:
    begins = [began_at for began_at, _ in hours.offsets]
    _, offset = hours.offsets[max(bisect_right(begins, at) - 1, 0)]
    day, time = divmod(at + offset, DAY)
    return any(opens <= time < closes for opens, closes in periods_of(hours, day))


def periods_of(hours: Hours, day: int) -> tuple[Period, ...]:
    """Return the periods of a local day, which is counted from 1970-01-01 (a Thursday)."""
    for special, periods in hours.days:
        if special == day:
            return periods
    return hours.week[(day + 3) % 7]


def open_between(hours: Hours, from_at: Micros, until_at: Micros) -> list[Period]:
    """Return the periods in which it is open between two instants, in order."""
    found: list[Period] = []
    ends = [*(began_at for began_at, _ in hours.offsets[1:]), _END]
    for number, ((began_at, offset), ended_at) in enumerate(zip(hours.offsets, ends, strict=True)):
        low, high = max(began_at, from_at) if number else from_at, min(ended_at, until_at)
        for day in range((low + offset) // DAY, (high - 1 + offset) // DAY + 1) if low < high else ():
            midnight = day * DAY - offset
            for opens, closes in periods_of(hours, day):
                opens_at, closes_at = max(low, midnight + opens), min(high, midnight + closes)
                if found and found[-1][1] == opens_at < closes_at:
                    found[-1] = (found[-1][0], closes_at)
                elif opens_at < closes_at:
                    found.append((opens_at, closes_at))
    return found


class HoursCalendar:
    """Computes the periods of `Hours` once and keeps them, so that thousands of questions are cheap."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._from = self._until = 0
        self._periods: list[Period] = []
        self._closes: list[Micros] = []  # the end of each period; the last may be `_until`

    def find_period(self, at: Micros) -> Period | None:
        """Return the period in which it is open at `at`, or else the next one; None: it does not open again. A period
        without an end gets an end that is more than 400 days away."""
        if not self._from <= at < self._until:
            self._fill(at, at + 32 * DAY)
        while (place := bisect_right(self._closes, at)) == len(self._closes) or self._closes[place] == self._until:
            if self._until > at + _FAR:
                return self._periods[place] if place < len(self._periods) else None
            self._fill(self._from, 2 * self._until - self._from)
        return self._periods[place]

    def next_close(self, at: Micros) -> Micros | None:
        """Return the first instant after `at` at which it closes; None: it does not close."""
        period = self.find_period(at)
        return None if period is None or period[1] == self._until else period[1]

    def _fill(self, from_at: Micros, until_at: Micros) -> None:
        self._from, self._until = from_at, until_at
        self._periods = open_between(self._hours, from_at, until_at)
        self._closes = [closes_at for _, closes_at in self._periods]
