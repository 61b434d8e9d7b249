"""The router once more, slow and plain: rows in two tables, every pair looked at. What it decides is right by
reading; `routing.router` has to decide the same. It is told nothing that is to be rejected.
"""

from dataclasses import replace
from typing import Any

from routing import inputs, model
from routing.decisions import ChosenBy
from routing.hours import is_open, open_between
from routing.model import (
    AgentId,
    AgentRow,
    AgentState,
    InteractionRow,
    InteractionState,
    Micros,
    Occasion,
    Requirement,
)
from routing.model import OverflowAction as Action

WAITING, OFFERED, ACTIVE = InteractionState.WAITING, InteractionState.OFFERED, InteractionState.ACTIVE
WRAP_UP, DIALLING, PAUSED = InteractionState.WRAP_UP, InteractionState.DIALLING, InteractionState.PAUSED
AVAILABLE, OFFLINE = AgentState.AVAILABLE, AgentState.OFFLINE
HELD = (OFFERED, DIALLING, ACTIVE, WRAP_UP)
Offer = tuple[str, AgentId, ChosenBy, int]


class PlainRouter:
    def __init__(self, policy: model.Policy) -> None:
        self.policy, self.now, self.sequence = policy, 0, 1
        self.work: dict[str, InteractionRow] = {}
        self.agents: dict[AgentId, AgentRow] = {}

    def snapshot(self) -> model.Snapshot:
        rows = [tuple(table[key] for key in sorted(table)) for table in (self.work, self.agents)]  # type: ignore[attr-defined]
        return model.Snapshot(self.policy.version, self.sequence, self.now, *rows)

    def handle(self, input: inputs.Input, now: Micros) -> list[Offer]:
        self.now = max(now, self.now)
        self.due()
        self.choices: list[Offer] = []
        self.apply(input)
        self.due()
        self.assign()
        return self.choices

    # -- who can take what ------------------------------------------------------------------------------

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

    def asks_preferred(self, x: InteractionRow) -> bool:
        return x.preferred != () and x.rings_at is None

    def queue(self, x: InteractionRow) -> model.Queue:
        return self.policy.queues.get(x.queue, model.Queue(x.queue))

    def is_on_hold(self, x: InteractionRow) -> bool:
        """A callback, before its next try and outside the hours of its customer."""
        if x.callback is None:
            return False
        inside = [opens <= self.now < closes for opens, closes in x.callback.windows]
        return self.now < x.callback.not_before or (bool(inside) and not any(inside))

    def level(self, agent: AgentRow, x: InteractionRow) -> int:
        """What counts where the most proficient is asked first: all levels in the skills asked for by now."""
        if self.queue(x).choice is model.AgentChoice.LEAST_LOAD:
            return 0
        asked = {skill for each in (x.requirement, *self.reached(x)) for skill, _ in each.skills}
        return sum(level for skill, level in agent.profile.skills if skill in asked)

    def is_open(self, agent: AgentRow) -> bool:
        return agent.state is AVAILABLE and agent.wish is None and agent.lost_at is None

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

    # -- who is offered what ----------------------------------------------------------------------------

    def assign(self) -> None:
        while True:
            self.tidy()
            order = sorted((x for x in self.work.values() if x.state is WAITING), key=by_rank)
            choices = ((x, [a for a in self.agents.values() if self.eligible(a, x)]) for x in order)
            x, able = next((choice for choice in choices if choice[1]), (None, []))
            if x is None:
                return
            best, chosen_by = self.choose_agent(x, able)
            passed = [y for y in order if by_rank(y) < by_rank(x) and self.could(best, y)]
            passed = [y for y in passed if not self.fits(best, y.channel) and y.reserved_for is None]
            latest = self.now - self.policy.reserve_after
            overdue = [y for y in passed if y.passed_at is not None and y.passed_at <= latest]
            if overdue and chosen_by is not ChosenBy.RESERVED:
                self.put(overdue[0], reserved_for=best.id)
                continue
            for y in passed:
                self.put(y, passed_at=self.now if y.passed_at is None else y.passed_at)
            self.give(x, best.id, chosen_by, len(able))

    def give(self, x: InteractionRow, agent_id: AgentId, chosen_by: ChosenBy, able: int) -> None:
        x = self.put(x, agent_id=agent_id, reserved_for=None)
        if x.callback and not self.queue(x).dialling.agent_first:
            self.choices.append(("dialled", agent_id, chosen_by, able))
            self.dial(x)
            return
        until = self.now + self.queue(x).offer_duration.get(x.channel, self.policy.offer_duration[x.channel])
        offer = f"{x.id}.{x.offers_made + 1}"
        self.choices.append((offer, agent_id, chosen_by, able))
        self.turn(x, OFFERED, offer_id=offer, offers_made=x.offers_made + 1, deadline_at=until)

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

    def tidy(self) -> None:
        """What time and absence have ended: exclusions of the waiting, reservations."""
        for x in list(self.work.values()):
            keeper = self.agents.get(x.reserved_for) if x.reserved_for else None
            is_kept = keeper and x.state is WAITING and self.is_open(keeper) and self.meets(keeper, x)
            if not is_kept or self.is_on_hold(x):
                x = self.put(x, reserved_for=None)
            if x.state is WAITING:
                x = self.put(x, excluded=tuple(one for one in x.excluded if one[1] > self.now))
                self.open_rings(x)

    def open_rings(self, x: InteractionRow) -> None:
        """The preferred agents are not waited for longer than the queue says, or when none is there."""
        ends_at = (x.queued_at or 0) + self.queue(x).preferred_duration
        is_any_there = any(self.could(agent, x) for agent in self.agents.values())
        if self.asks_preferred(x) and not self.is_on_hold(x) and (ends_at <= self.now or not is_any_there):
            self.put(x, rings_at=min(ends_at, self.now))

    # -- what happens -----------------------------------------------------------------------------------

    def due(self) -> None:
        while True:
            self.tidy()
            due: list[tuple[Any, Any]] = [
                ((x.deadline_at, 0, x.sequence, x.id), x) for x in self.work.values() if x.deadline_at is not None
            ]
            for x in self.work.values():
                due += [((at, 0, x.sequence, x.id), (x, rule)) for at, rule in self.overflows_of(x)]
                if x.state is WAITING and x.callback and x.callback.windows:
                    due.append(((x.callback.windows[-1][1], 0, x.sequence, x.id), x))
            for agent in self.agents.values():
                if agent.lost_at is not None:
                    due.append(((agent.lost_at + self.policy.agent_grace, 1, agent.id), agent))
            (at, *_), record = min(due, key=lambda one: one[0], default=((self.now + 1,), None))
            if at > self.now:
                return
            if isinstance(record, AgentRow):
                self.lose(record)
            elif isinstance(record, tuple):
                x, rule = record
                self.overflow(self.put(x, overflowed=(*x.overflowed, rule.occasion)), rule)
            elif record.state is WRAP_UP:
                self.close(record)
            elif record.state is WAITING:
                self.close(record, is_handled=False)
            elif record.state is DIALLING:
                self.unanswered(record)
            else:
                self.give_back(record, is_excluded=True)
                agent = self.agents[record.agent_id]
                if agent.state is AVAILABLE:
                    self.move(agent, AgentState.NOT_RESPONDING, "", agent.wish, agent.wish_reason)

    def apply(self, input: inputs.Input) -> None:
        match input:
            case inputs.InteractionEnqueued(key) as new:
                entered_at = self.now if new.entered_at is None else new.entered_at
                boost = min(new.boost, self.policy.boost_cap)
                place = (self.now, entered_at, new.sequence or self.sequence)
                rank = (*self.head_start(new.tier, new.channel), boost, self.now)
                start = (key, new.queue, new.channel, new.tier, WAITING, *place, *rank)
                self.sequence += new.sequence is None
                self.work[key] = x = InteractionRow(*start, new.requirement, new.preferred)
                if new.linked_to is not None:
                    other = self.turn(self.work[new.linked_to], PAUSED, reserved_for=None)
                    x = self.put(x, entered_at=min(x.entered_at, other.entered_at), linked_to=other.id)
                self.look_at_entry(x)
            case inputs.CallbackRequested(key, windows):
                self.put(self.work[key], callback=model.Callback(windows))
            case inputs.CallbackAnswered(key):
                self.turn(self.work[key], ACTIVE, callback=None, deadline_at=None)
            case inputs.CallbackUnanswered(key):
                self.unanswered(self.work[key])
            case inputs.OfferAccepted(offer):
                x = self.put(self.find_offer(offer), offer_id=None, deadline_at=None, passed_at=None)
                if x.callback:
                    self.dial(x)
                else:
                    self.turn(x, ACTIVE)
            case inputs.OfferDeclined(offer):
                self.give_back(self.find_offer(offer), is_excluded=True)
            case inputs.CustomerLeft(key) if self.work[key].state is not ACTIVE:
                self.close(self.work[key], is_handled=False)
            case inputs.InteractionFailed(key):
                self.close(self.work[key], is_handled=False)
            case inputs.WrapUpCompleted(key):
                self.close(self.work[key])
            case inputs.CustomerLeft(key) | inputs.InteractionEnded(key):
                limit = self.policy.queues[self.work[key].queue].wrap_up_limit
                limit = self.policy.wrap_up_limit if limit is None else limit
                x = self.turn(self.work[key], WRAP_UP, deadline_at=self.now + limit)
                if self.agents[x.agent_id or AgentId("")].state is OFFLINE:
                    self.close(x)
            case inputs.CustomerReturned(key) if self.work[key].state is WRAP_UP:
                self.turn(self.work[key], ACTIVE, deadline_at=None)
            case inputs.InteractionTransferred(key, queue, to_agent):
                x = self.work[key]
                wanted = replace(x.requirement, agents=(to_agent,) if to_agent else ())
                excluded = tuple(one for one in x.excluded if one[0] != to_agent)
                x = self.change_queue(x, queue)
                if self.queue(x).transfer_restarts:
                    x = self.put(x, entered_at=self.now, has_restarted=True)
                x = self.put(x, requirement=wanted, excluded=excluded, preferred=() if to_agent else x.preferred)
                self.give_back(self.work[key], is_excluded=x.state is ACTIVE, has_ended=x.state is ACTIVE)
            case inputs.InteractionAssigned(key, agent_id, by):
                if self.work[key].state is not WAITING:
                    has_ended = self.work[key].state is ACTIVE
                    self.give_back(self.work[key], is_excluded=False, has_ended=has_ended)
                self.tidy()
                able = [a for a in self.agents.values() if self.eligible(a, self.work[key])]
                chosen_by = ChosenBy.ASSIGNED if by else ChosenBy.PULLED
                self.give(self.work[key], agent_id, chosen_by, len(able))
                x = self.work[key]
                if x.state is OFFERED and by in (None, agent_id):
                    self.apply(inputs.OfferAccepted(model.OfferId(x.offer_id or ""), agent_id))
            case inputs.TierChanged(key, tier):
                band, head_start = self.head_start(tier, self.work[key].channel)
                self.put(self.work[key], tier=tier, band=band, head_start=head_start)
            case inputs.InteractionBoosted(key, boost):
                self.put(self.work[key], boost=min(boost, self.policy.boost_cap))
            case inputs.AgentProfileChanged(key, profile) if key in self.agents:
                self.agents[key] = replace(self.agents[key], profile=profile)
            case inputs.AgentProfileChanged(key, profile):
                self.agents[key] = AgentRow(key, profile, OFFLINE, state_since=self.now)
            case inputs.AgentStateChosen(key, state, reason, after_current):
                self.choose(self.agents[key], state, reason, after_current)
            case inputs.AgentDisconnected(key) if self.agents[key].state is not OFFLINE:
                self.agents[key] = replace(self.agents[key], lost_at=self.agents[key].lost_at or self.now)
            case inputs.AgentReconnected(key):
                self.agents[key] = replace(self.agents[key], lost_at=None)
            case inputs.PolicyChanged(policy):
                self.policy = policy

    # -- overflow ---------------------------------------------------------------------------------------

    def rule(self, x: InteractionRow, occasion: Occasion) -> model.OverflowRule | None:
        rules = (one for one in self.queue(x).overflow if one.occasion is occasion)
        return next((one for one in rules if x.channel in (one.channels or (x.channel,))), None)

    def overflows_of(self, x: InteractionRow) -> list[tuple[Micros, model.OverflowRule]]:
        """When it will have waited for too long, and when its queue closes; the first of the two counts."""
        waited, closing, hours = self.rule(x, Occasion.WAITED), self.rule(x, Occasion.CLOSING), self.queue(x).hours
        queued_at, found = x.queued_at or 0, []
        if waited and Occasion.WAITED not in x.overflowed:
            found.append((queued_at + waited.after, waited))
        if closing and hours and Occasion.CLOSING not in x.overflowed:
            ends = [end for _, end in open_between(hours, queued_at, queued_at + 9 * model.DAY)]
            found += [(end, closing) for end in ends if queued_at < end < queued_at + 9 * model.DAY][:1]
        return sorted(found, key=lambda one: one[0])[:1] if x.state is WAITING and not x.callback else []

    def look_at_entry(self, x: InteractionRow, been_in: tuple[model.QueueId, ...] = ()) -> None:
        hours, others = self.queue(x).hours, [y for y in self.work.values() if y.state is WAITING and y is not x]
        for occasion in (Occasion.CLOSED, Occasion.FULL, Occasion.UNSTAFFED):
            rule = self.rule(x, occasion)
            if rule is None or rule.queue in been_in:
                continue
            is_so = {
                Occasion.CLOSED: hours is not None and not is_open(hours, self.now),
                Occasion.FULL: sum((y.queue, y.channel) == (x.queue, x.channel) for y in others) >= rule.limit,
                Occasion.UNSTAFFED: not any(self.meets_at_last(a, x) for a in self.agents.values()),
            }
            if is_so[occasion]:
                self.overflow(x, rule, been_in)
                return

    def meets_at_last(self, agent: AgentRow, x: InteractionRow) -> bool:
        """Whether somebody open to work will meet it, when all rings are open."""
        return self.is_open(agent) and self.meets(agent, replace(x, queued_at=-model.DAY, rings_at=-model.DAY))

    def overflow(self, x: InteractionRow, rule: model.OverflowRule, been_in: tuple[model.QueueId, ...] = ()) -> None:
        if rule.action is Action.QUEUE and rule.queue is not None:
            self.look_at_entry(self.change_queue(x, rule.queue), (*been_in, x.queue))
        elif rule.action is Action.CALLBACK:
            self.put(x, callback=model.Callback())
        elif rule.action in (Action.VOICEMAIL, Action.RELEASE):
            self.close(x, is_handled=False)

    # -- callbacks --------------------------------------------------------------------------------------

    def dial(self, x: InteractionRow) -> None:
        assert x.callback is not None
        callback = replace(x.callback, tries=x.callback.tries + 1)
        until = self.now + self.queue(x).dialling.duration
        self.turn(x, DIALLING, callback=callback, deadline_at=until, passed_at=None)

    def unanswered(self, x: InteractionRow) -> None:
        assert x.callback is not None
        if x.callback.tries >= self.queue(x).dialling.tries:
            self.close(x, is_handled=False)
        else:
            callback = replace(x.callback, not_before=self.now + self.queue(x).dialling.retry_after)
            self.give_back(self.put(x, callback=callback), is_excluded=False)

    def choose(self, agent: AgentRow, state: AgentState, reason: str, after_current: bool) -> None:
        offered = [x for x in self.held(agent) if x.state is OFFERED]
        has_work = len(offered) < len(self.held(agent))
        is_leaving = state not in (AVAILABLE, agent.state)
        if is_leaving and (self.held(agent) if after_current else state is OFFLINE and has_work):
            self.move(agent, agent.state, agent.reason, state, reason)
        else:
            self.move(agent, state, reason)
        for x in offered if is_leaving and not after_current else ():
            self.give_back(x, is_excluded=True)

    def lose(self, agent: AgentRow) -> None:
        self.move(agent, OFFLINE, "agent_lost")
        for x in self.held(agent):
            if x.state is WRAP_UP:
                self.close(x)
            elif x.state in (OFFERED, DIALLING) or x.channel is not model.ChannelName.PHONE:
                self.give_back(x, is_excluded=False)

    # -- the parts they share ---------------------------------------------------------------------------

    def put(self, x: InteractionRow, **changes: Any) -> InteractionRow:
        self.work[x.id] = replace(x, **changes)
        return self.work[x.id]

    def change_queue(self, x: InteractionRow, queue: model.QueueId) -> InteractionRow:
        anew: dict[str, Any] = {"rings_at": None, "passed_at": None, "reserved_for": None, "overflowed": ()}
        return self.put(x, queue=queue, queued_at=self.now, **anew)

    def turn(self, x: InteractionRow, state: InteractionState, **changes: Any) -> InteractionRow:
        return self.put(x, state=state, state_since=self.now, **changes)

    def find_offer(self, offer: str) -> InteractionRow:
        return next(x for x in self.work.values() if x.offer_id == offer)

    def head_start(self, tier: model.TierId, channel: model.ChannelName) -> tuple[int, Micros]:
        head_start = self.policy.tiers[tier].head_start.get(channel, 0)
        return (-self.policy.tiers[tier].order, 0) if head_start is None else (0, head_start)

    def give_back(self, x: InteractionRow, is_excluded: bool, has_ended: bool = False) -> None:
        excluded = x.excluded
        if is_excluded and x.agent_id is not None:
            others = [one for one in excluded if one[0] != x.agent_id]
            x = self.put(x, excluded=(*others, (x.agent_id, self.now + self.policy.retry_after)))
            self.open_rings(x)
            x = self.work[x.id]
            open_agents = [a for a in self.agents.values() if a.id != x.agent_id and self.is_open(a)]
            is_lone = not any(self.meets(other, x) for other in open_agents)
            until = self.now + (self.policy.lone_retry if is_lone else self.policy.retry_after)
            excluded = tuple(sorted([*others, (x.agent_id or AgentId(""), until)]))
        self.turn(x, WAITING, agent_id=None, offer_id=None, deadline_at=None, excluded=excluded)
        self.release(x.agent_id, has_ended)

    def close(self, x: InteractionRow, is_handled: bool = True) -> None:
        del self.work[x.id]
        self.release(x.agent_id, x.state in (ACTIVE, WRAP_UP))
        other = self.work.get(x.linked_to or "")
        if other and other.state is PAUSED:
            if is_handled:
                self.close(other)
            else:
                self.turn(other, WAITING)

    def release(self, agent_id: AgentId | None, has_ended: bool) -> None:
        if agent_id is None:
            return
        agent = self.agents[agent_id]
        if has_ended and agent.state is not OFFLINE:
            agent = self.agents[agent_id] = replace(agent, idle_since=self.now)
        if agent.wish is not None and not self.held(agent):
            self.move(agent, agent.wish, agent.wish_reason)

    def move(
        self, agent: AgentRow, state: AgentState, reason: str, wish: AgentState | None = None, why: str = ""
    ) -> None:
        agent = replace(agent, wish=wish, wish_reason=why, reason=reason)
        if agent.state is not state:
            idle_since = self.now if state is AVAILABLE and not agent.idle_since else agent.idle_since
            idle_since = 0 if state is OFFLINE else idle_since
            lost_at = None if state is OFFLINE else agent.lost_at
            agent = replace(agent, state=state, state_since=self.now, idle_since=idle_since, lost_at=lost_at)
        self.agents[agent.id] = agent


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
