"""What an interaction needs of an agent at present: its own requirement combined with the rings that have opened.

The rule of this file: each open ring is an alternative, and so are the preferred agents; an agent who meets one
alternative is enough. The functions are pure and know only the model, not what waits.
"""

from dataclasses import dataclass

from routing.model import AgentId, AgentProfile, Micros, Queue, Requirement


@dataclass(frozen=True, slots=True)
class Alternative:
    """The requirement of an interaction combined with that of one ring: an agent must meet every part of both."""

    skills: tuple[tuple[str, int], ...]  # the agent has all of them, each at least at its level
    languages: tuple[tuple[str, ...], ...]  # the agent speaks at least one of each entry
    teams: tuple[tuple[str, ...], ...]  # the agent is in at least one of each entry
    agents: tuple[AgentId, ...] | None  # the agent is one of them; None: anyone

    def is_met_by(self, profile: AgentProfile) -> bool:
        """Whether the profile has the skills, languages and teams. The caller checks the named agents."""
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
    """Return an alternative for the preferred agents, if there are any, and one for each of the first `reached`
    rings, without repeats."""
    rings = [ring.requirement for ring in queue.rings[:reached]]
    if preferred:
        rings.insert(0, Requirement(agents=preferred))
    return tuple(dict.fromkeys(combine(own, ring) for ring in rings))


def meets(alternatives: tuple[Alternative, ...], agent_id: AgentId, profile: AgentProfile) -> bool:
    """Whether this agent meets one of the alternatives, named agents included."""
    return any((one.agents is None or agent_id in one.agents) and one.is_met_by(profile) for one in alternatives)


def rings_reached(queue: Queue, waited: Micros) -> tuple[int, Micros | None]:
    """Return (how many rings are open after a wait of `waited`, the wait at which the next ring opens). The last ring
    stays open, whatever its duration."""
    opens_at = 0
    for reached, ring in enumerate(queue.rings[:-1], start=1):
        if ring.duration is None:
            return reached, None
        opens_at += ring.duration
        if waited < opens_at:
            return reached, opens_at
    return len(queue.rings), None
