"""What an interaction wants of an agent at present: its own requirement joined with the rings reached.

The rule of this file: rings accumulate, and before them come the preferred agents; so what is wanted is a list of
alternatives, and meeting one of them is enough. Pure functions over the model; nothing here knows who waits.
"""

from dataclasses import dataclass

from routing.model import AgentId, AgentProfile, Micros, Queue, Requirement


@dataclass(frozen=True, slots=True)
class Alternative:
    """A requirement joined with one ring's: every part of both must be met."""

    skills: tuple[tuple[str, int], ...]  # all of them, each at least at its level
    languages: tuple[tuple[str, ...], ...]  # of each entry at least one
    teams: tuple[tuple[str, ...], ...]  # of each entry at least one
    agents: tuple[AgentId, ...] | None  # one of them; None: anyone

    def is_met_by(self, profile: AgentProfile) -> bool:
        """Whether the profile has what is asked; the named agents are the caller's to look at."""
        if self.skills:
            levels = dict(profile.skills)
            if any(levels.get(skill, 0) < level for skill, level in self.skills):
                return False
        return all(any(one in profile.languages for one in entry) for entry in self.languages) and all(
            any(one in profile.teams for one in entry) for entry in self.teams
        )


def combine(own: Requirement, ring: Requirement) -> Alternative:
    levels = dict(own.skills)
    for skill, level in ring.skills:
        levels[skill] = max(level, levels.get(skill, 0))
    named: tuple[AgentId, ...] | None = own.agents or ring.agents or None
    if own.agents and ring.agents:
        named = tuple(agent for agent in own.agents if agent in ring.agents)
    return Alternative(
        skills=tuple(sorted(levels.items())),
        languages=tuple(entry for entry in (own.languages, ring.languages) if entry),
        teams=tuple(entry for entry in (own.teams, ring.teams) if entry),
        agents=named,
    )


def alternatives_of(
    queue: Queue, own: Requirement, preferred: tuple[AgentId, ...], reached: int
) -> tuple[Alternative, ...]:
    """The preferred agents, and one alternative per ring among the first `reached`, without repeats."""
    rings = [ring.requirement for ring in queue.rings[:reached]]
    if preferred:
        rings.insert(0, Requirement(agents=preferred))
    return tuple(dict.fromkeys(combine(own, ring) for ring in rings))


def meets(alternatives: tuple[Alternative, ...], agent_id: AgentId, profile: AgentProfile) -> bool:
    """Whether this very agent meets one of the alternatives."""
    return any((one.agents is None or agent_id in one.agents) and one.is_met_by(profile) for one in alternatives)


def rings_reached(queue: Queue, waited: Micros) -> tuple[int, Micros | None]:
    """(how many rings are open after `waited` in the queue, the wait at which the next one opens). The last
    ring stays open, whatever its duration."""
    opens_at = 0
    for reached, ring in enumerate(queue.rings[:-1], start=1):
        if ring.duration is None:
            return reached, None
        opens_at += ring.duration
        if waited < opens_at:
            return reached, opens_at
    return len(queue.rings), None
