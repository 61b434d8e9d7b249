"""Finds every reason why an agent is not eligible for an interaction, from rows.

The rule of this file: it decides nothing and reads only rows, so it can explain the present and the past. The reasons
are exact: an agent with no reason is eligible, and one with a reason is not. Of several rings, it gives the reasons
for the one of which the agent lacks the least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from routing.callback_hours import check_dialling
from routing.decisions import NotEligible
from routing.groups import points_of
from routing.hours import HoursCalendar
from routing.lifecycle import HELD, WRAP_UP
from routing.model import (
    FULL_CAPACITY,
    AgentId,
    AgentRow,
    AgentState,
    ChannelName,
    InteractionRow,
    Micros,
    Policy,
    Queue,
    Requirement,
    Snapshot,
)
from routing.requirements import Alternative, combine


@dataclass(frozen=True, slots=True)
class Reason:
    code: NotEligible
    ends_at: Micros | None = None  # when it ends by itself, at the latest; None: it does not
    since: Micros | None = None  # since when the agent is in the state, or their desk disconnected
    names: tuple[str, ...] = ()  # the skill; the languages, teams or agents of which one is asked for; the
    # interaction that the agent is reserved for; the agent's reason code for being, or wishing to be, unavailable
    asked: int = 0  # the level asked for; the points needed; the number of the ring
    has: int = 0  # the agent's level; the points that their work counts against it


@dataclass(frozen=True, slots=True)
class Judgement:
    """All reasons why an agent is not eligible. Without any, the agent is eligible."""

    agent_id: AgentId
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class SearchStep:
    """The preferred agents, or one ring: what it asks for, and when it opens."""

    ring: int  # 0: the preferred agents
    opens_at: Micros
    asks: Alternative


_STATES = {
    AgentState.OFFLINE: NotEligible.OFFLINE,
    AgentState.UNAVAILABLE: NotEligible.UNAVAILABLE,
    AgentState.NOT_RESPONDING: NotEligible.NOT_RESPONDING,
}


class Eligibility:
    """Judges agents from the rows of one instant."""

    def __init__(self, policy: Policy, rows: Snapshot, now: Micros) -> None:
        self.policy, self.agents, self.now = policy, rows.agents, now
        self.reserved: dict[AgentId, InteractionRow] = {}
        self._held: dict[AgentId, list[InteractionRow]] = {}
        for row in rows.interactions:
            if row.state in HELD and row.agent_id is not None:
                for agent_id in (row.agent_id, *row.consulted):
                    self._held.setdefault(agent_id, []).append(row)
            if row.reserved_for is not None:
                self.reserved[row.reserved_for] = row

    def judge(self, interaction: InteractionRow) -> list[Judgement]:
        """Judge every agent of the rows for an interaction that waits."""
        steps = find_steps(self.queue_of(interaction), interaction)
        holds = self._find_holds(interaction)
        return [Judgement(agent.id, self._find_reasons(agent, interaction, steps, holds)) for agent in self.agents]

    def queue_of(self, interaction: InteractionRow) -> Queue:
        """Return its queue. For a queue that is not in the policy, that is a queue with one ring that is open to
        all."""
        return self.policy.queues.get(interaction.queue) or Queue(interaction.queue)

    def calendar_of(self, interaction: InteractionRow) -> HoursCalendar | None:
        """Return the calendar of when its queue calls back; None: at any time."""
        hours = self.queue_of(interaction).dialling.hours
        return None if hours is None else HoursCalendar(hours)

    def _find_holds(self, row: InteractionRow) -> list[Reason]:
        """Return why no agent at all may have a callback at present."""
        if row.callback is None:
            return []
        may, changes_at = check_dialling(row.callback, None, self.now)
        holds = [] if may else [Reason(NotEligible.NOT_TO_BE_CALLED, changes_at)]
        calendar = self.calendar_of(row)
        period = (self.now, self.now) if calendar is None else calendar.find_period(self.now)
        if period is None or period[0] > self.now:
            holds.append(Reason(NotEligible.CALLS_NOBODY, period and period[0]))
        return holds

    def _find_reasons(
        self, agent: AgentRow, row: InteractionRow, steps: Sequence[SearchStep], holds: Sequence[Reason]
    ) -> tuple[Reason, ...]:
        reasons = _find_state_reasons(agent)
        if row.queue not in agent.profile.queues:
            reasons.append(Reason(NotEligible.NOT_IN_QUEUE))
        asked = [step for step in steps if step.ring or agent.id in row.preferred]
        reasons += _find_missing(agent, asked, self.now)
        reasons += holds
        for excluded, until in row.excluded:
            if excluded == agent.id and until > self.now:
                reasons.append(Reason(NotEligible.EXCLUDED, until))
        reserved = self.reserved.get(agent.id)
        if reserved is not None and reserved.id != row.id:
            reasons.append(Reason(NotEligible.RESERVED, names=(reserved.id,)))
        return (*reasons, *self._find_room_reasons(agent, row.channel))

    def _find_room_reasons(self, agent: AgentRow, channel: ChannelName) -> list[Reason]:
        """Return why the agent has no room for the channel. The agent has room at the latest when enough of their
        wrap-ups have ended. If that is not enough, no instant is given: an offer may become work in hand."""
        points = points_of(self.policy, agent.profile)
        needed = points[channel]
        reasons: list[Reason] = []
        if needed > FULL_CAPACITY:
            reasons.append(Reason(NotEligible.CHANNEL_NOT_TAKEN, asked=needed))
            needed = FULL_CAPACITY
        against = [
            one
            for one in self._held.get(agent.id, ())
            if channel not in self.policy.interruptible_by.get(one.channel, ())
        ]
        held = left = sum(points[one.channel] for one in against)
        if needed + held <= FULL_CAPACITY:
            return reasons
        wrapped_up = (one for one in against if one.state is WRAP_UP and one.deadline_at is not None)
        for one in sorted(wrapped_up, key=attrgetter("deadline_at")):
            left -= points[one.channel]
            if needed + left <= FULL_CAPACITY:
                return [*reasons, Reason(NotEligible.NO_ROOM, one.deadline_at, asked=needed, has=held)]
        return [*reasons, Reason(NotEligible.NO_ROOM, asked=needed, has=held)]


def find_steps(queue: Queue, row: InteractionRow) -> list[SearchStep]:
    """Return the rings that ever open, with when they open, and the preferred agents, who stay eligible when the
    rings have opened. While only the preferred agents are asked, the instants are the latest at which the rings
    open."""
    steps = []
    queued_at = row.entered_at if row.queued_at is None else row.queued_at
    opens_at = queued_at if row.rings_at is None else row.rings_at
    if row.preferred and row.rings_at is None:
        opens_at += queue.preferred_duration
    for number, ring in enumerate(queue.rings, start=1):
        steps.append(SearchStep(number, opens_at, combine(row.requirement, ring.requirement)))
        if ring.duration is None:
            break
        opens_at += ring.duration
    if row.preferred:
        steps.append(SearchStep(0, queued_at, combine(row.requirement, Requirement(agents=row.preferred))))
    return steps


def _find_state_reasons(agent: AgentRow) -> list[Reason]:
    reasons: list[Reason] = []
    if agent.state is not AgentState.AVAILABLE:
        why = (agent.reason,) if agent.reason else ()
        reasons.append(Reason(_STATES[agent.state], since=agent.state_since, names=why))
    if agent.wish is not None:
        reasons.append(Reason(NotEligible.LEAVING, names=(agent.wish_reason,) if agent.wish_reason else ()))
    if agent.lost_at is not None:
        reasons.append(Reason(NotEligible.DISCONNECTED, since=agent.lost_at))
    return reasons


def _find_missing(agent: AgentRow, steps: Sequence[SearchStep], now: Micros) -> list[Reason]:
    """Return what the agent lacks for the step of which they lack the least. Among equals, a step that only has to
    open comes first, then the earlier one."""
    best: tuple[tuple[int, int], list[Reason]] | None = None
    for step in steps:
        missing = _find_missing_of(agent, step.asks)
        weight = (len(missing) + (step.opens_at > now), len(missing))
        if step.opens_at > now:
            missing.append(Reason(NotEligible.RING_NOT_OPEN, step.opens_at, asked=step.ring))
        if best is None or weight < best[0]:
            best = weight, missing
    return [] if best is None else best[1]


def _find_missing_of(agent: AgentRow, asks: Alternative) -> list[Reason]:
    profile = agent.profile
    levels = dict(profile.skills)
    missing = [
        Reason(NotEligible.SKILL, names=(skill,), asked=level, has=levels.get(skill, 0))
        for skill, level in asks.skills
        if levels.get(skill, 0) < level
    ]
    for code, entries, has in (
        (NotEligible.LANGUAGE, asks.languages, profile.languages),
        (NotEligible.TEAM, asks.teams, profile.teams),
    ):
        lacking = [entry for entry in entries if not set(entry) & set(has)]
        shared = [one for one in lacking[0] if all(one in entry for entry in lacking)] if lacking else []
        # a language or team that is good for both the interaction and the ring is one thing missing, not two
        missing += [Reason(code, names=tuple(shared))] if shared else [Reason(code, names=one) for one in lacking]
    if asks.agents is not None and agent.id not in asks.agents:
        missing.append(Reason(NotEligible.NOT_NAMED, names=asks.agents))
    return missing
