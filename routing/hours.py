"""Opening hours: whether a queue is open at an instant, and when it closes next.

The rule of this file: pure arithmetic. Whoever builds `Hours` has looked up how far local time is ahead of UTC, and
since when; no time zone is asked for here. Where clocks are turned, what counts is what they show.
"""

from bisect import bisect_right
from typing import Final

from routing.model import DAY, Hours, Micros, Period

_FAR: Final = 400 * DAY  # what does not close within it never closes
_END: Final = 1 << 62


def is_open(hours: Hours, at: Micros) -> bool:
    begins = [began_at for began_at, _ in hours.offsets]
    _, offset = hours.offsets[max(bisect_right(begins, at) - 1, 0)]
    day, time = divmod(at + offset, DAY)
    return any(opens <= time < closes for opens, closes in periods_of(hours, day))


def periods_of(hours: Hours, day: int) -> tuple[Period, ...]:
    """Of a local day, counted from 1970-01-01, which was a Thursday."""
    for special, periods in hours.days:
        if special == day:
            return periods
    return hours.week[(day + 3) % 7]


def open_between(hours: Hours, from_at: Micros, until_at: Micros) -> list[Period]:
    """The instants at which it opens and closes, in order, cut to the span."""
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


class Calendar:
    """Remembers when it opens and closes, so that thousands who wait may ask."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._from = self._until = 0
        self._periods: list[Period] = []
        self._closes: list[Micros] = []  # of each; the last one may not close within the span

    def find_period(self, at: Micros) -> Period | None:
        """The one in which it is open at `at`, else the next; what does not close ends at an instant far away. None:
        it does not open any more."""
        if not self._from <= at < self._until:
            self._fill(at, at + 32 * DAY)
        while (place := bisect_right(self._closes, at)) == len(self._closes) or self._closes[place] == self._until:
            if self._until > at + _FAR:
                return self._periods[place] if place < len(self._periods) else None
            self._fill(self._from, 2 * self._until - self._from)
        return self._periods[place]

    def next_close(self, at: Micros) -> Micros | None:
        """The first instant after `at` at which it closes."""
        period = self.find_period(at)
        return None if period is None or period[1] == self._until else period[1]

    def _fill(self, from_at: Micros, until_at: Micros) -> None:
        self._from, self._until = from_at, until_at
        self._periods = open_between(self._hours, from_at, until_at)
        self._closes = [closes_at for _, closes_at in self._periods]
