"""The router once more, slow and plain, its first part: rows in two tables, and who can take what."""

from routing import model
from routing.decisions import ChosenBy
from routing.model import AgentId, AgentRow, AgentState, InteractionRow, InteractionState, Micros, Requirement

WAITING, OFFERED, ACTIVE = InteractionState.WAITING, InteractionState.OFFERED, InteractionState.ACTIVE
WRAP_UP, DIALLING, PAUSED = InteractionState.WRAP_UP, InteractionState.DIALLING, InteractionState.PAUSED
AVAILABLE, OFFLINE = AgentState.AVAILABLE, AgentState.OFFLINE
HELD = (OFFERED, DIALLING, ACTIVE, WRAP_UP)


class PlainRules:
    def __init__(self, policy: model.Policy) -> None:
        self.policy, self.now, self.sequence = policy, 0, 1
        self.work: dict[str, InteractionRow] = {}
        self.agents: dict[AgentId, AgentRow] = {}

    def snapshot(self) -> model.Snapshot:
        rows = [tuple(table[key] for key in sorted(table)) for table in (self.work, self.agents)]  # type: ignore[attr-defined]
        return model.Snapshot(self.policy.version, self.sequence, self.now, *rows)

    def queue(self, x: InteractionRow) -> model.Queue:
        return self.policy.queues.get(x.queue, model.Queue(x.queue))

    def head_start(self, tier: model.TierId, channel: model.ChannelName) -> tuple[int, Micros]:
        head_start = self.policy.tiers[tier].head_start.get(channel, 0)
        return (-self.policy.tiers[tier].order, 0) if head_start is None else (0, head_start)

    def is_open(self, agent: AgentRow) -> bool:
        return agent.state is AVAILABLE and agent.wish is None and agent.lost_at is None

    def held(self, agent: AgentRow) -> list[InteractionRow]:
        held = [x for x in self.work.values() if x.agent_id == agent.id and x.state in HELD]
        return sorted(held, key=lambda x: (x.sequence, x.id))

    def points(self, agent: AgentRow, channel: model.ChannelName) -> int:
        return dict(agent.profile.points).get(channel, self.policy.points[channel])

    def load(self, agent: AgentRow) -> int:
        return sum(self.points(agent, x.channel) for x in self.held(agent))

    def fits(self, agent: AgentRow, channel: model.ChannelName) -> bool:
        against = [x.channel for x in self.held(agent)]
        against = [c for c in against if channel not in self.policy.interruptible_by.get(c, ())]
        return self.points(agent, channel) + sum(self.points(agent, c) for c in against) <= 100

    def asks_preferred(self, x: InteractionRow) -> bool:
        return x.preferred != () and x.rings_at is None

    def is_on_hold(self, x: InteractionRow) -> bool:
        """A callback, before its next try and outside the hours of its customer."""
        if x.callback is None:
            return False
        inside = [opens <= self.now < closes for opens, closes in x.callback.windows]
        return self.now < x.callback.not_before or (bool(inside) and not any(inside))

    def reached(self, x: InteractionRow) -> list[Requirement]:
        """Any one of these is enough: the preferred agents, and each ring that is open by now."""
        reached = [Requirement(agents=x.preferred)] if x.preferred else []
        opens_at = (x.queued_at or 0) if x.rings_at is None else x.rings_at
        for ring in () if self.asks_preferred(x) else self.queue(x).rings:
            if opens_at <= self.now:
                reached.append(ring.requirement)
            opens_at = opens_at + ring.duration if ring.duration is not None else 1 << 62
        return reached

    def meets(self, agent: AgentRow, x: InteractionRow) -> bool:
        return (
            x.queue in agent.profile.queues
            and self.points(agent, x.channel) <= 100
            and has(agent, x.requirement)
            and any(has(agent, each) for each in self.reached(x))
        )

    def could(self, agent: AgentRow, x: InteractionRow) -> bool:
        """But for room and reservation."""
        if self.is_on_hold(x):
            return False
        is_excluded = any(who == agent.id and until > self.now for who, until in x.excluded)
        return self.is_open(agent) and not is_excluded and self.meets(agent, x)

    def eligible(self, agent: AgentRow, x: InteractionRow) -> bool:
        if x.state is not WAITING or not self.could(agent, x) or not self.fits(agent, x.channel):
            return False
        return all(y is x for y in self.work.values() if y.reserved_for == agent.id)

    def level(self, agent: AgentRow, x: InteractionRow) -> int:
        """What counts where the most proficient is asked first: all levels in the skills asked for by now."""
        if self.queue(x).choice is model.AgentChoice.LEAST_LOAD:
            return 0
        asked = {skill for each in (x.requirement, *self.reached(x)) for skill, _ in each.skills}
        return sum(level for skill, level in agent.profile.skills if skill in asked)

    def choose_agent(self, x: InteractionRow, able: list[AgentRow]) -> tuple[AgentRow, ChosenBy]:
        if kept := [a for a in able if a.id == x.reserved_for]:
            return kept[0], ChosenBy.RESERVED
        best = min(able, key=lambda a: (-self.level(a, x), self.load(a), a.idle_since, a.id))
        as_able = [a for a in able if self.level(a, x) == self.level(best, x)]
        as_light = [a for a in as_able if self.load(a) == self.load(best)]
        if self.asks_preferred(x):
            return best, ChosenBy.PREFERRED
        if len(able) == 1:
            return best, ChosenBy.ONLY_ONE
        if len(as_able) == 1:
            return best, ChosenBy.MOST_PROFICIENT
        return best, ChosenBy.LEAST_LOAD if len(as_light) == 1 else ChosenBy.LONGEST_IDLE


def by_rank(x: InteractionRow) -> tuple[int, Micros, int, str]:
    return (x.rank.band, x.rank.at, x.rank.sequence, x.id)


def has(agent: AgentRow, requirement: Requirement) -> bool:
    """Skills and languages and teams and, where somebody is named, the agent."""
    profile, levels = agent.profile, dict(agent.profile.skills)
    return (
        all(levels.get(skill, 0) >= level for skill, level in requirement.skills)
        and (not requirement.languages or bool(set(requirement.languages) & set(profile.languages)))
        and (not requirement.teams or bool(set(requirement.teams) & set(profile.teams)))
        and (not requirement.agents or agent.id in requirement.agents)
    )
