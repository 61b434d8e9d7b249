"""The plain router: it makes the router's decisions by looking at every pair of a waiting interaction and an agent.

The rule of this file: it knows only rows and a policy, and a reader can check it against the rules of
`routing/README.md`. `decide` names the next offer and its reasons. `plain_moves` and `plain_inputs` change the rows.
"""

from dataclasses import replace

from routing import hours, model
from routing.decisions import ChosenBy, Decision
from routing.model import AgentRow, ChannelName, InteractionRow, InteractionState, Micros, Requirement

HELD = (InteractionState.OFFERED, InteractionState.DIALLING, InteractionState.ACTIVE, InteractionState.WRAP_UP)


class PlainRouter:
    def __init__(self, policy: model.Policy, rows: model.Snapshot) -> None:
        self.policy, self.now = policy, rows.now
        self.work = {x.id: x for x in rows.interactions}
        self.agents = {agent.id: agent for agent in rows.agents}

    # -- the next decision

    def decide(self) -> tuple[InteractionRow, Decision] | None:
        """Return the decision for the smallest rank for which an agent is eligible; None: there is no such pair."""
        while True:
            order = sorted((x for x in self.work.values() if x.state is InteractionState.WAITING), key=by_rank)
            choices = ((x, self.find_eligible(x)) for x in order)
            x, able = next((choice for choice in choices if choice[1]), (None, []))
            if x is None:
                return None
            agent, chosen_by = self.choose_agent(x, able)
            passed = [y for y in order if by_rank(y) < by_rank(x) and self.is_passed(y, agent)]
            too_long_ago = self.now - self.policy.reserve_after
            overdue = [y for y in passed if y.passed_at is not None and y.passed_at <= too_long_ago]
            if overdue and chosen_by is not ChosenBy.RESERVED:
                self.work[overdue[0].id] = replace(overdue[0], reserved_for=agent.id)
            else:
                self.work |= {y.id: replace(y, passed_at=self.now) for y in passed if y.passed_at is None}
                return x, self.record(x, agent, chosen_by)

    def record(self, x: InteractionRow, agent: AgentRow, chosen_by: ChosenBy) -> Decision:
        parts = (x.rank, x.head_start, x.boost, self.now - x.entered_at)
        return Decision(self.policy.version, *parts, agent.id, chosen_by, len(self.find_eligible(x)), x.has_restarted)

    # -- who may take it

    def find_eligible(self, x: InteractionRow) -> list[AgentRow]:
        able = [agent for agent in self.agents.values() if self.could_take(agent, x) and self.fits(agent, x.channel)]
        kept_for_others = {y.reserved_for for y in self.work.values() if y is not x}
        return [agent for agent in able if agent.id not in kept_for_others]

    def is_passed(self, x: InteractionRow, agent: AgentRow) -> bool:
        """Whether work that this agent takes passes it: they have no room for it, and nobody is reserved for it."""
        return self.could_take(agent, x) and not self.fits(agent, x.channel) and x.reserved_for is None

    def could_take(self, agent: AgentRow, x: InteractionRow) -> bool:
        """Whether the agent is eligible, apart from room and reservation."""
        is_excluded = any(who == agent.id and until > self.now for who, until in x.excluded)
        return self.is_open(agent) and not is_excluded and not self.is_on_hold(x) and self.meets(agent, x)

    def is_open(self, agent: AgentRow) -> bool:
        return agent.state is model.AgentState.AVAILABLE and agent.wish is None and agent.lost_at is None

    def is_on_hold(self, x: InteractionRow) -> bool:
        """Whether it is a callback before its next try or outside the customer's or the queue's hours."""
        if x.callback is None:
            return False
        inside = not x.callback.windows or any(opens <= self.now < closes for opens, closes in x.callback.windows)
        is_open = not (calling := self.queue(x).dialling.hours) or hours.is_open(calling, self.now)
        return not (inside and is_open and x.callback.not_before <= self.now)

    def meets(self, agent: AgentRow, x: InteractionRow) -> bool:
        """Whether they serve its queue and channel and meet its requirement, with one of those reached."""
        serves = x.queue in agent.profile.queues and self.points(agent, x.channel) <= 100
        return serves and has(agent, x.requirement) and any(has(agent, one) for one in self.reached(x))

    def reached(self, x: InteractionRow) -> list[Requirement]:
        """Return the alternatives: to be preferred, and each ring that has opened since it entered."""
        reached = [Requirement(agents=x.preferred)] if x.preferred else []
        opens_at: Micros = (x.queued_at or 0) if x.rings_at is None else x.rings_at
        for ring in () if asks_preferred(x) else self.queue(x).rings:
            if opens_at <= self.now:
                reached.append(ring.requirement)
            opens_at = opens_at + ring.duration if ring.duration is not None else 1 << 62
        return reached

    def queue(self, x: InteractionRow) -> model.Queue:
        return self.policy.queues.get(x.queue, model.Queue(x.queue))

    # -- room

    def fits(self, agent: AgentRow, channel: ChannelName) -> bool:
        against = [x.channel for x in self.held(agent)]
        against = [one for one in against if channel not in self.policy.interruptible_by.get(one, ())]
        return self.points(agent, channel) + sum(self.points(agent, one) for one in against) <= 100

    def held(self, agent: AgentRow) -> list[InteractionRow]:
        work = self.work.values()
        return [x for x in work if (x.agent_id == agent.id and x.state in HELD) or agent.id in x.consulted]

    def points(self, agent: AgentRow, channel: ChannelName) -> int:
        return dict(agent.profile.points).get(channel, self.policy.points[channel])

    # -- which agent

    def choose_agent(self, x: InteractionRow, able: list[AgentRow]) -> tuple[AgentRow, ChosenBy]:
        """Return the reserved agent; else, by the queue's choice: the most proficient, least load, longest idle."""
        if reserved := [agent for agent in able if agent.id == x.reserved_for]:
            return reserved[0], ChosenBy.RESERVED
        best = min(able, key=lambda agent: (-self.level(agent, x), self.load(agent), agent.idle_since, agent.id))
        as_able = [agent for agent in able if self.level(agent, x) == self.level(best, x)]
        as_light = [agent for agent in as_able if self.load(agent) == self.load(best)]
        if asks_preferred(x):
            return best, ChosenBy.PREFERRED
        if len(able) == 1:
            return best, ChosenBy.ONLY_ONE
        if len(as_able) == 1:
            return best, ChosenBy.MOST_PROFICIENT
        return best, ChosenBy.LEAST_LOAD if len(as_light) == 1 else ChosenBy.LONGEST_IDLE

    def level(self, agent: AgentRow, x: InteractionRow) -> int:
        """Return the sum of levels in the skills asked for; 0 if the queue does not ask for proficiency."""
        asked = {skill for one in (x.requirement, *self.reached(x)) for skill, _ in one.skills}
        is_asked = self.queue(x).choice is model.AgentChoice.MOST_PROFICIENT
        return sum(level for skill, level in agent.profile.skills if skill in asked) if is_asked else 0

    def load(self, agent: AgentRow) -> int:
        return sum(self.points(agent, x.channel) for x in self.held(agent))


def by_rank(x: InteractionRow) -> tuple[int, Micros, int, str]:
    return (x.band, x.entered_at - x.head_start - x.boost, x.sequence, x.id)


def asks_preferred(x: InteractionRow) -> bool:
    """Whether only its preferred agents are asked."""
    return x.preferred != () and x.rings_at is None


def has(agent: AgentRow, requirement: Requirement) -> bool:
    """Whether they have all skills, and one of the languages, teams and named agents, if any are asked for."""
    levels, profile = dict(agent.profile.skills), agent.profile
    return (
        all(levels.get(skill, 0) >= level for skill, level in requirement.skills)
        and (not requirement.languages or any(one in profile.languages for one in requirement.languages))
        and (not requirement.teams or any(one in profile.teams for one in requirement.teams))
        and (not requirement.agents or agent.id in requirement.agents)
    )
