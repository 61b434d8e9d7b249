"""The activities of one customer, sorted once, so that any number of rules can count them quickly.

The rule of this file: it answers what `scripts_library.conditions.measure` answers for the same activities.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate

from scripts_library.conditions import Activity, BoundMeasure, Function


class ActivityIndex:
    """Built in n log n; each answer takes log n."""

    def __init__(self, activities: Iterable[Activity]) -> None:
        instants: dict[tuple[str, str], list[int]] = defaultdict(list)
        amounts: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        for one in sorted(activities, key=lambda one: one.at):
            for key in {(one.kind, one.label), (one.kind, "")}:
                instants[key].append(one.at)
                amounts[key].append(one.amount or Decimal(0))
        self._instants = dict(instants)
        self._amounts = dict(amounts)
        self._sums: dict[tuple[str, str], list[Decimal]] = {}

    def measure(self, wanted: BoundMeasure) -> int | Decimal | None:
        key, function = (wanted.kind, wanted.label), wanted.function
        instants = self._instants.get(key, ())
        begin = 0 if wanted.since is None else bisect_left(instants, wanted.since)
        end = len(instants) if wanted.until is None else bisect_left(instants, wanted.until)
        if function is Function.COUNT:
            return max(0, end - begin)
        if function is Function.SUM:
            return self._sum(key, begin, end) if begin < end else Decimal(0)
        if begin >= end:
            return None
        return instants[begin] if function is Function.FIRST else instants[end - 1]

    def _sum(self, key: tuple[str, str], begin: int, end: int) -> Decimal:
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = list(accumulate(self._amounts[key], initial=Decimal(0)))
        return sums[end] - sums[begin]
