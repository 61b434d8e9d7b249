"""Matching: finds the best agent for an interaction, the best interaction for an agent, and overdue interactions.

The rule of this file: whether an agent is eligible is tested for each interaction before the order counts, so one
queue cannot block another's work. Matching knows only seats and lanes; its callers know states, offers and timers.

*Reservation.* An interaction is *passed* when an agent who has no room for it takes work of a larger rank.
After `reserve_after`, an agent who would pass it again is reserved for it instead, and gets no other work until it
fits. Everything that this agent holds was taken before that, so from then on the interaction waits at most as long as
the longest of that work takes.
"""

from typing import Final

from routing.decisions import ChosenBy, Override, PassedOver
from routing.groups import Seat
from routing.index import Index
from routing.live_agents import Agent
from routing.live_interactions import ALL, OVERDUE, UNPASSED, Interaction, RankKey
from routing.model import AgentId, Micros
from routing.values import value

_Candidate = tuple[int, int, Micros, AgentId, int]
"""(minus the level, load, idle since, id, how many agents are on this seat): the smallest is the best."""

_OTHERS_OF_RESERVED: Final = (PassedOver.RESERVED, PassedOver.EXCLUDED)
_BEHIND: Final = (
    PassedOver.LESS_PROFICIENT,
    PassedOver.MORE_LOAD,
    PassedOver.LESS_IDLE,
    PassedOver.EXCLUDED,
    PassedOver.NOT_FREE,
)


@value
class Match:
    agent: Agent
    chosen_by: ChosenBy
    eligible: int  # how many agents were eligible, the chosen one included
    passed_over: tuple[tuple[PassedOver, int], ...] = ()


def find_best_agent(index: Index, interaction: Interaction) -> Match | None:
    """Return the agent who is reserved for it, if it fits them. Otherwise, among the eligible: the most proficient,
    if the queue asks for that; then the one who holds the fewest points; then the longest idle. None: nobody is
    eligible."""
    lane = interaction.lane
    assert lane is not None
    channel, groups, ready = lane.channel, lane.groups, index.ready[lane.channel]
    excluded = [one for one, _ in interaction.excluded]
    candidates: list[_Candidate] = []
    staffed = aside = 0
    for group in [one for one in ready if one in groups] if len(ready) < len(groups) else groups:
        level = lane.proficiency_of(group.profile) if lane.ranking else 0
        staffed += group.staffed
        for seat in group.seats[channel].values():
            able = len(seat.agents)
            staffed -= able
            if excluded:
                declined = sum(one in index.agents and index.agents[one].seat is seat for one in excluded)
                able -= declined
                aside += declined
            if able:
                candidates.append((-level, seat.load, *_longest_idle(seat, excluded), able))
    for agent_id in lane.named:
        agent = index.agents.get(agent_id)
        if agent is None or agent.seat is None or agent.group in groups or agent_id in excluded:
            continue
        if channel in agent.seat.fitting and agent.meets(lane):
            level = lane.proficiency_of(agent.profile) if lane.ranking else 0
            candidates.append((-level, agent.seat.load, agent.idle_since, agent_id, 1))
    eligible = 0
    for candidate in candidates:
        eligible += candidate[-1]
    reserved_agent = index.agents[interaction.reserved_for] if interaction.reserved_for else None
    if reserved_agent is not None and channel in find_seat(reserved_agent).fitting:
        others = _count(_OTHERS_OF_RESERVED, (eligible, aside))
        return Match(reserved_agent, ChosenBy.RESERVED, eligible + 1, others)
    if not candidates:
        return None
    best = min(candidates)
    as_able = as_light = 0
    for level, load, _, _, able in candidates:
        if level == best[0]:
            as_able += able
            if load == best[1]:
                as_light += able
    behind = (eligible - as_able, as_able - as_light, as_light - 1, aside, staffed)
    chosen_by = ChosenBy.PREFERRED if lane.asks_preferred else _find_reason(eligible, as_able, as_light)
    return Match(index.agents[best[3]], chosen_by, eligible, _count(_BEHIND, behind))


def find_best_work(index: Index, agent: Agent) -> Interaction | None:
    """Return the interaction with the smallest rank for which this agent is eligible, over all queues and
    channels."""
    reserved = agent.reserved
    if reserved is not None:
        return reserved if index.numbers[reserved.channel] in find_seat(agent).fitting else None
    return None if agent.seat is None else _first(agent, ALL, agent.seat.fitting)


def find_head(agent: Agent) -> Interaction | None:
    """Return what `find_best_work` would return if the agent were available and not reserved."""
    return _first(agent, ALL, find_seat(agent).fitting)


def find_overdue(agent: Agent, before: RankKey) -> Interaction | None:
    """Return the first overdue interaction that this agent would pass by taking work of rank `before`: its rank is
    smaller, and they have no room for it."""
    return _first(agent, OVERDUE, find_seat(agent).blocked, before)


def find_unpassed(agent: Agent, before: RankKey) -> Interaction | None:
    """Return the first such interaction that has not been passed yet."""
    return _first(agent, UNPASSED, find_seat(agent).blocked, before)


def find_obstacles(index: Index, interaction: Interaction, agent: Agent, now: Micros) -> tuple[Override, ...]:
    """Return the rules that a supervisor would have to override to give the interaction to this agent."""
    lane, _ = index.find_lane(interaction, now)
    obstacles = [] if agent.meets(lane) else [Override.REQUIREMENT]
    if lane.channel not in find_seat(agent).fitting:
        obstacles.append(Override.ROOM)
    return tuple(obstacles)


def is_anyone_else_staffed(index: Index, interaction: Interaction, agent: Agent, now: Micros) -> bool:
    """Whether another agent who is open to work, busy or free, meets its lane."""
    lane, _ = index.find_lane(interaction, now)
    for group in lane.groups:
        if group.staffed > (agent.is_staffed and agent.group is group):
            return True
    named = (index.agents[one] for one in lane.named if one != agent.id and one in index.agents)
    return any(one.is_staffed and one.meets(lane) for one in named)


def is_anyone_preferred_staffed(index: Index, interaction: Interaction, now: Micros) -> bool:
    """Whether one of its preferred agents is open to work, busy or free, meets its lane and is not excluded."""
    lane, _ = index.find_lane(interaction, now)
    excluded = [one for one, until in interaction.excluded if until > now]
    preferred = (index.agents[one] for one in interaction.preferred if one in index.agents and one not in excluded)
    return any(one.is_open and one.meets(lane) for one in preferred)


def find_seat(agent: Agent) -> Seat:
    """Return the seat for what the agent holds, even if they are not on it because they are not open to work."""
    return agent.seat or agent.group.find_seat(agent.counts)


def _find_reason(eligible: int, as_able: int, as_light: int) -> ChosenBy:
    """Return by what the best agent was chosen. The counts say how many agents were eligible, how many of those were
    as proficient as the best, and how many of those had as little load."""
    if eligible == 1:
        return ChosenBy.ONLY_ONE
    if as_able == 1:
        return ChosenBy.MOST_PROFICIENT
    return ChosenBy.LEAST_LOAD if as_light == 1 else ChosenBy.LONGEST_IDLE


def _count(reasons: tuple[PassedOver, ...], counts: tuple[int, ...]) -> tuple[tuple[PassedOver, int], ...]:
    return tuple([pair for pair in zip(reasons, counts, strict=True) if pair[1]])


def _longest_idle(seat: Seat, excluded: list[AgentId]) -> tuple[Micros, AgentId]:
    return next(one for one in seat.agents if one[1] not in excluded) if excluded else seat.agents[0]


def _first(agent: Agent, heap: int, channels: tuple[int, ...], before: RankKey | None = None) -> Interaction | None:
    best = agent.outlook.first_for(agent.id, heap, channels, before)
    if agent.own_outlook is None:
        return best
    return agent.own_outlook.first_for(agent.id, heap, channels, before if best is None else best.rank) or best
