"""Matching: the best agent for an interaction, the best interaction for an agent, and who is kept for whom.

The rule of this file: eligibility is tested for each interaction before order is applied, so that no queue can
block another's work. It knows seats and lanes only; states, offers and timers are its callers'.

*Reservation.* Work that fits and is taken past an interaction for which there is no room marks it as passed.
Whoever would pass it once more after `reserve_after` is reserved for it instead and takes nothing else until it
fits. All that this agent holds was taken before that moment, so that from there the interaction waits no longer
than the longest handling time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from routing.decisions import ChosenBy
from routing.groups import Seat
from routing.index import Index
from routing.lanes import INDEX, Heads, Watch
from routing.model import AgentId, Micros
from routing.rank import RankKey
from routing.records import Agent, Interaction


@dataclass(frozen=True, slots=True)
class Choice:
    agent: Agent
    chosen_by: ChosenBy
    eligible: int  # how many agents were, the chosen one included


def find_best_agent(index: Index, interaction: Interaction) -> Choice | None:
    """Whoever is kept for it; else the least share of capacity used, then the longest idle."""
    best: tuple[int, Micros, AgentId] | None = None
    eligible = 0
    as_light = 0  # how many of them have the best one's load
    for load, idle_since, agent_id, count in _candidates(index, interaction):
        eligible += count
        if best is None or load < best[0]:
            as_light = 0
        if best is None or (load, idle_since, agent_id) < best:
            best = (load, idle_since, agent_id)
        if load == best[0]:
            as_light += count
    keeper = index.agents[interaction.reserved_for] if interaction.reserved_for else None
    if keeper is not None and find_seat(keeper).room[INDEX[interaction.channel]]:
        return Choice(keeper, ChosenBy.RESERVED, eligible + 1)
    if best is None:
        return None
    chosen_by = ChosenBy.LONGEST_IDLE if as_light > 1 else ChosenBy.LEAST_LOAD
    return Choice(index.agents[best[2]], chosen_by if eligible > 1 else ChosenBy.ONLY_ONE, eligible)


def _candidates(index: Index, interaction: Interaction) -> Iterator[tuple[int, Micros, AgentId, int]]:
    """(load, idle since, id, how many) of the longest idle of each seat that has room, and of those named."""
    lane = interaction.lane
    assert lane is not None
    wanted, excluded = lane.wanted, lane.excluded
    channel = wanted.channel
    ready = index.ready[channel]
    groups = wanted.groups
    for group in [one for one in ready if one in groups] if len(ready) < len(groups) else groups:
        for seat in group.seats[channel].values():
            absent = sum(index.agents[one].seat is seat for one in excluded if one in index.agents)
            if absent < len(seat.agents):
                idle_since, agent_id = next(one for one in seat.agents if one[1] not in excluded)
                yield seat.load, idle_since, agent_id, len(seat.agents) - absent
    for agent_id in wanted.named:
        agent = index.agents.get(agent_id)
        if agent is None or agent.seat is None or agent.group in groups or agent_id in excluded:
            continue
        if agent.seat.room[channel] and wanted.is_met_by(agent):
            yield agent.seat.load, agent.idle_since, agent_id, 1


def find_best_work(agent: Agent) -> Interaction | None:
    """The smallest rank among all that this agent is eligible for, over all queues and channels."""
    kept_for = agent.reserved
    if kept_for is not None:
        return kept_for if find_seat(agent).room[INDEX[kept_for.channel]] else None
    if agent.seat is None:
        return None
    return _first(agent, _heads(agent, Watch.WAITING, has_room=True))


def find_overdue(agent: Agent, before: RankKey) -> Interaction | None:
    """The first that has been passed for too long, that this agent has no room for and would pass again by
    taking work of rank `before`."""
    found = _first(agent, _heads(agent, Watch.OVERDUE, has_room=False))
    return found if found is not None and found.rank < before else None


def find_unpassed(agent: Agent, before: RankKey) -> Interaction | None:
    """The same among what has not been passed yet."""
    found = _first(agent, _heads(agent, Watch.UNPASSED, has_room=False))
    return found if found is not None and found.rank < before else None


def is_anyone_else_staffed(index: Index, interaction: Interaction, agent: Agent, now: Micros) -> bool:
    """Whether somebody else who is open to work, full or not, meets what it wants."""
    wanted, _ = index.find_wanted(interaction, now)
    for group in wanted.groups:
        if group.staffed > (agent.is_staffed and agent.group is group):
            return True
    named = (index.agents[one] for one in wanted.named if one != agent.id and one in index.agents)
    return any(one.is_staffed and wanted.is_met_by(one) for one in named)


def find_seat(agent: Agent) -> Seat:
    return agent.group.find_seat(agent.counts)


def _heads(agent: Agent, watch: Watch, *, has_room: bool) -> Iterator[Heads]:
    """What the agent looks at, on the channels where one more fits, or where it would with empty hands."""
    room = find_seat(agent).room
    for outlook in (agent.group.outlook, agent.outlook):
        if outlook is not None:
            for channel, heads in enumerate(outlook.heads[watch]):
                if room[channel] is has_room and agent.group.takes(channel):
                    yield heads


def _first(agent: Agent, several: Iterator[Heads]) -> Interaction | None:
    firsts = (heads.first_for(agent.id) for heads in several)
    return min((one for one in firsts if one is not None), key=attrgetter("rank"), default=None)
