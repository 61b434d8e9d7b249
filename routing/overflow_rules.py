"""Overflow: finds the rule of a queue that applies to an interaction which the queue does not keep waiting.

The rule of this file: a queue's rules are read in their order, and the first rule for the occasion and the channel
decides. An interaction that enters is tested for the occasions closed, full and unstaffed, in this order. One that
waits meets the occasions waited and closing at most once each. `interaction_moves.overflow` carries a rule out.
"""

from typing import Final

from routing.hours import HoursCalendar, is_open
from routing.index import Index
from routing.live_interactions import Interaction
from routing.model import Micros, Occasion, OverflowAction, OverflowRule, Policy, Queue, QueueId

CLOSES: Final = OverflowRule(Occasion.CLOSING, OverflowAction.WAIT)
"""Stands for the closing of a queue that has no rule for it, since a call that was transferred there may go back."""


class Overflow:
    def __init__(self, policy: Policy, index: Index) -> None:
        self._queues = {queue.id: queue for queue in policy.queues.values() if queue.overflow or queue.hours}
        self._calendars = {queue.id: HoursCalendar(queue.hours) for queue in self._queues.values() if queue.hours}
        self._index = index

    def find_at_entry(
        self, interaction: Interaction, now: Micros, been_in: tuple[QueueId, ...]
    ) -> OverflowRule | None:
        """Return the rule that applies on entry, if there is one. `been_in` has the queues that have just sent the
        interaction on; a rule that leads back to one of them does not apply."""
        queue = self._queues.get(interaction.queue)
        if queue is None:
            return None
        for occasion in (Occasion.CLOSED, Occasion.FULL, Occasion.UNSTAFFED):
            rule = _find_rule(queue, occasion, interaction)
            if rule is not None and rule.queue not in been_in and self._holds(rule, interaction, queue, now):
                return rule
        return None

    def find_next_rule(self, interaction: Interaction, now: Micros) -> tuple[Micros, OverflowRule] | None:
        """Return (when, the rule) of the next overflow rule that will apply to an interaction that keeps waiting;
        None: none will. If the queue has closed and opened again since, that closing is skipped: the next one
        counts."""
        queue = self._queues.get(interaction.queue)
        if queue is None or interaction.callback is not None:  # a callback's customer does not wait on a line
            return None
        found: list[tuple[Micros, OverflowRule]] = []
        waited = _find_rule(queue, Occasion.WAITED, interaction)
        if waited is not None and Occasion.WAITED not in interaction.overflowed:
            found.append((interaction.queued_at + waited.after, waited))
        closing = _find_rule(queue, Occasion.CLOSING, interaction) or (CLOSES if interaction.given_by else None)
        if closing is not None and queue.hours is not None and Occasion.CLOSING not in interaction.overflowed:
            closes_at = self._calendars[queue.id].next_close(interaction.queued_at)
            if closes_at is not None and closes_at <= now and is_open(queue.hours, now):
                closes_at = self._calendars[queue.id].next_close(now)
            found += [] if closes_at is None else [(closes_at, closing)]
        return min(found, key=lambda one: one[0], default=None)

    def _holds(self, rule: OverflowRule, interaction: Interaction, queue: Queue, now: Micros) -> bool:
        if rule.occasion is Occasion.CLOSED:
            return queue.hours is not None and not is_open(queue.hours, now)
        if rule.occasion is Occasion.FULL:
            others = self._index.count_waiting(queue.id, interaction.channel) - 1
            return others >= rule.limit
        return not self._index.is_anyone_staffed(interaction)


def _find_rule(queue: Queue, occasion: Occasion, interaction: Interaction) -> OverflowRule | None:
    for rule in queue.overflow:
        if rule.occasion is occasion and (not rule.channels or interaction.channel in rule.channels):
            return rule
    return None


def sends_away(rule: OverflowRule) -> bool:
    """Whether those who wait go somewhere else, or the queue closes over them."""
    return rule is CLOSES or rule.action not in (OverflowAction.WAIT, OverflowAction.AUTO_REPLY)
