"""The alarm clock of the router: for each record the one instant at which something is due for it.

The rule of this file: a record has at most one timer. What it means follows from the record's state, so that
timers are never stored: they are set again from rows. Equal instants ring in the order of `Timer`.
"""

from heapq import heapify, heappop, heappush
from typing import Final

from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.model import Micros

Timer = tuple[Micros, int, int, str, Interaction | Agent]
"""When something is due for a record; of equal instants, interactions before agents, in the order of their places."""

_NEVER: Final[Micros] = 1 << 62


def sooner(one: Micros | None, other: Micros | None) -> Micros | None:
    """The earlier instant of two that may never come."""
    return one if other is None or (one is not None and one < other) else other


class Timers:
    __slots__ = ("_entries", "_set", "rings_at")

    def __init__(self) -> None:
        self._entries: list[Timer] = []  # one is stale when its record's `timer_at` says otherwise
        self._set = 0
        self.rings_at: Micros = _NEVER  # nothing is due before it

    def set(self, record: Interaction | Agent, at: Micros | None) -> None:
        """`at` replaces what was set; None takes it away."""
        if record.timer_at == at:
            return
        self._set += (at is not None) - (record.timer_at is not None)
        record.timer_at = at
        if at is not None:
            heappush(self._entries, record.timer(at))
            if at < self.rings_at:
                self.rings_at = at
        if len(self._entries) > 2 * self._set + 64:
            self._entries = [entry for entry in dict.fromkeys(self._entries) if entry[4].timer_at == entry[0]]
            heapify(self._entries)

    def next_at(self) -> Micros | None:
        entries = self._entries
        while entries and entries[0][4].timer_at != entries[0][0]:
            heappop(entries)
        return entries[0][0] if entries else None

    def find_due(self, now: Micros) -> tuple[Micros, Interaction | Agent] | None:
        """The next record that is due by `now`, and since when; its timer is spent."""
        entries = self._entries
        while entries and entries[0][0] <= now:
            at, *_, record = heappop(entries)
            if record.timer_at == at:
                record.timer_at = None
                self._set -= 1
                return at, record
        self.rings_at = entries[0][0] if entries else _NEVER
        return None
