"""Explains an interaction: which agents are eligible, why others are not, what is ahead of it, and what happens next.

The rule of this file: an explanation is computed from rows alone. So it is the same for the present and for a past
that a replay restores, in every process that can read rows. It has codes and numbers, not sentences, and decides
nothing.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from routing.callback_hours import check_dialling, ends_at
from routing.decisions import NotEligible
from routing.eligibility import Eligibility, Judgement, find_steps
from routing.index import Index
from routing.lifecycle import HELD
from routing.model import (
    AgentId,
    ChannelName,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    Occasion,
    OverflowAction,
    Policy,
    QueueId,
    Rank,
    Snapshot,
    TierId,
)
from routing.overflow_rules import Overflow
from routing.row_copies import build_interaction

AHEAD_SHOWN: Final = 10
_BEYOND_HELP: Final = frozenset({NotEligible.OFFLINE, NotEligible.NOT_IN_QUEUE})


class Next(StrEnum):
    RING_OPENS = "ring_opens"
    MAY_BE_CALLED = "may_be_called"  # the customer of a callback may be called
    CALLED_NO_MORE = "called_no_more"  # a callback ends before its customer may be called
    EXCLUSION_ENDS = "exclusion_ends"
    ROOM_COMES = "room_comes"  # the latest instant: wrap-ups of the agent end then
    OVERDUE = "overdue"  # from then on, an agent who would pass it again is reserved for it
    WAITED_TOO_LONG = "waited_too_long"
    QUEUE_CLOSES = "queue_closes"
    OFFER_EXPIRES = "offer_expires"  # the offer, or the call to the customer
    WRAP_UP_ENDS = "wrap_up_ends"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that happens at an instant if nothing else happens before."""

    what: Next
    at: Micros
    agent_id: AgentId | None = None
    ring: int = 0
    action: OverflowAction | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """An interaction that waits with a smaller rank, in a queue of agents who also serve the explained one's queue.
    `why_not` counts those of these agents who are not offline and not eligible for it, by the first reason of
    each."""

    interaction_id: InteractionId
    queue: QueueId
    channel: ChannelName
    tier: TierId
    rank: Rank
    why_not: tuple[tuple[NotEligible, int], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    interaction_id: InteractionId
    at: Micros
    policy_version: int
    state: InteractionState
    queue: QueueId
    channel: ChannelName
    tier: TierId
    rank: Rank
    entered_at: Micros
    head_start: Micros
    boost: Micros
    agent_id: AgentId | None  # the agent who has it or is offered it
    reserved_for: AgentId | None
    ring: int  # the last ring that is open; 0 while only the preferred agents are asked
    rings: int  # how many the queue has
    agents: tuple[Judgement, ...]  # while it waits: the eligible first, then by how many reasons they have
    ahead: tuple[Ahead, ...]  # the first `AHEAD_SHOWN`, by rank
    ahead_count: int  # how many are ahead in all
    next: tuple[Upcoming, ...]  # in order of time

    @property
    def eligible(self) -> tuple[AgentId, ...]:
        return tuple(one.agent_id for one in self.agents if not one.reasons)


def explain(policy: Policy, rows: Snapshot, interaction_id: InteractionId, now: Micros) -> Explanation | None:
    """Explain an interaction. `rows` are those of the instant `now`: all agents, every interaction that an agent
    holds or is reserved for, and as many of the waiting ones as are to be explained. None: the interaction is not
    among them."""
    row = next((one for one in rows.interactions if one.id == interaction_id), None)
    if row is None:
        return None
    eligibility = Eligibility(policy, rows, now)
    steps = find_steps(eligibility.queue_of(row), row)
    waits = row.state is InteractionState.WAITING
    agents = sorted(eligibility.judge(row), key=lambda one: len(one.reasons)) if waits else []
    ahead = _find_ahead(eligibility, rows, row, agents) if waits else []
    return Explanation(
        interaction_id,
        now,
        policy.version,
        row.state,
        row.queue,
        row.channel,
        row.tier,
        row.rank,
        row.entered_at,
        row.head_start,
        row.boost,
        row.agent_id,
        row.reserved_for,
        max((one.ring for one in steps if one.opens_at <= now), default=0),
        len(eligibility.queue_of(row).rings),
        tuple(agents),
        tuple(_tell_ahead(eligibility, one, agents) for one in ahead[:AHEAD_SHOWN]),
        len(ahead),
        tuple(sorted(_find_next(eligibility, row, agents), key=lambda one: (one.at, one.what, one.agent_id or ""))),
    )


def _find_ahead(
    eligibility: Eligibility, rows: Snapshot, row: InteractionRow, agents: list[Judgement]
) -> list[InteractionRow]:
    """Return what waits before it, in order, in its queue or another queue of the agents who serve its queue."""
    mine = _order(row)
    able = {one.agent_id for one in agents if NotEligible.NOT_IN_QUEUE not in {each.code for each in one.reasons}}
    queues = {queue for agent in eligibility.agents if agent.id in able for queue in agent.profile.queues} | {
        row.queue
    }
    waiting = (one for one in rows.interactions if one.state is InteractionState.WAITING and one.queue in queues)
    return sorted((one for one in waiting if _order(one) < mine), key=_order)


def _order(row: InteractionRow) -> tuple[int, Micros, int, InteractionId]:
    return (row.rank.band, row.rank.at, row.rank.sequence, row.id)


def _tell_ahead(eligibility: Eligibility, row: InteractionRow, agents: list[Judgement]) -> Ahead:
    able = {one.agent_id for one in agents if _BEYOND_HELP.isdisjoint(each.code for each in one.reasons)}
    firsts = Counter(one.reasons[0].code for one in eligibility.judge(row) if one.agent_id in able and one.reasons)
    return Ahead(row.id, row.queue, row.channel, row.tier, row.rank, tuple(sorted(firsts.items())))


_SINGLE: Final = {
    NotEligible.EXCLUDED: Next.EXCLUSION_ENDS,
    NotEligible.NO_ROOM: Next.ROOM_COMES,
}
_OVERFLOWS: Final = {Occasion.WAITED: Next.WAITED_TOO_LONG, Occasion.CLOSING: Next.QUEUE_CLOSES}


def _find_next(eligibility: Eligibility, row: InteractionRow, agents: list[Judgement]) -> list[Upcoming]:
    if row.state in HELD and row.deadline_at is not None:
        what = Next.WRAP_UP_ENDS if row.state is InteractionState.WRAP_UP else Next.OFFER_EXPIRES
        return [Upcoming(what, row.deadline_at, row.agent_id)]
    if row.state is not InteractionState.WAITING:
        return []
    steps = find_steps(eligibility.queue_of(row), row)
    found = [
        Upcoming(Next.RING_OPENS, one.opens_at, ring=one.ring) for one in steps if one.opens_at > eligibility.now
    ]
    for judgement in agents:
        for reason in judgement.reasons if all(one.ends_at for one in judgement.reasons) else ():
            if reason.code in _SINGLE and reason.ends_at is not None:
                found.append(Upcoming(_SINGLE[reason.code], reason.ends_at, judgement.agent_id))
    if row.callback is not None:
        may, at = check_dialling(row.callback, eligibility.calendar_of(row), eligibility.now)
        what = Next.CALLED_NO_MORE if at == ends_at(row.callback) else Next.MAY_BE_CALLED
        found += [] if may or at is None else [Upcoming(what, at)]
    if row.passed_at is not None and row.reserved_for is None:
        overdue_at = row.passed_at + eligibility.policy.reserve_after
        found += [Upcoming(Next.OVERDUE, overdue_at)] if overdue_at > eligibility.now else []
    overflow = Overflow(eligibility.policy, Index(eligibility.policy)).find_next_rule(
        build_interaction(row), eligibility.now
    )
    if overflow is not None:
        at, rule = overflow
        found.append(Upcoming(_OVERFLOWS[rule.occasion], at, action=rule.action))
    return found
