"""The alarm clock of the router: when the next thing is due for each interaction and each agent.

The rule of this file: an interaction or an agent (a *record*) has at most one timer. The record's state says what is
due then, so timers are not stored but set again from rows. Timers of one instant ring in the order of `Timer`.
"""

from heapq import heapify, heappop, heappush
from typing import Final

from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.model import Micros

Timer = tuple[Micros, int, int, str, Interaction | Agent]
"""(instant, 0 for an interaction or 1 for an agent, sequence, id, record): interactions ring before agents, and among
themselves in the order of their sequence."""

_NEVER: Final[Micros] = 1 << 62


def sooner(one: Micros | None, other: Micros | None) -> Micros | None:
    """Return the earlier of two instants. None stands for never."""
    return one if other is None or (one is not None and one < other) else other


class Timers:
    __slots__ = ("_entries", "_set", "rings_at")

    def __init__(self) -> None:
        self._entries: list[Timer] = []  # an entry is stale if its record's `timer_at` differs from it
        self._set = 0
        self.rings_at: Micros = _NEVER  # nothing is due before it

    def set(self, record: Interaction | Agent, at: Micros | None) -> None:
        """Replace the record's timer. None removes it."""
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
        """Return the next record that is due by `now`, with the instant at which it was due, and remove its timer."""
        entries = self._entries
        while entries and entries[0][0] <= now:
            at, *_, record = heappop(entries)
            if record.timer_at == at:
                record.timer_at = None
                self._set -= 1
                return at, record
        self.rings_at = entries[0][0] if entries else _NEVER
        return None
