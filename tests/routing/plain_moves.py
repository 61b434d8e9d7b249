"""The plain moves, part one: how each thing that can happen to an interaction or an agent changes the rows, and what
ends with time or when an agent is absent.

The rule of this file: as in `plain_router`, it is slow and easy to read.
"""

from dataclasses import replace
from typing import Any

from routing import model
from routing.hours import is_open, open_between
from routing.model import AgentId, AgentRow, AgentState, InteractionRow, InteractionState, Micros, Occasion
from routing.model import OverflowAction as Action
from tests.routing.plain_router import PlainRouter, asks_preferred

CLOSES = model.OverflowRule(Occasion.CLOSING, Action.WAIT)  # stands for a queue's missing rule
WAITING, OFFERED, ACTIVE = InteractionState.WAITING, InteractionState.OFFERED, InteractionState.ACTIVE
WRAP_UP, DIALLING, PAUSED = InteractionState.WRAP_UP, InteractionState.DIALLING, InteractionState.PAUSED
AVAILABLE, OFFLINE = AgentState.AVAILABLE, AgentState.OFFLINE


class PlainMoves(PlainRouter):
    def __init__(self, policy: model.Policy, rows: model.Snapshot) -> None:
        super().__init__(policy, rows)
        self.sequence = rows.next_sequence

    def snapshot(self) -> model.Snapshot:
        work = tuple(self.work[key] for key in sorted(self.work))
        agents = tuple(self.agents[key] for key in sorted(self.agents))
        return model.Snapshot(self.policy.version, self.sequence, self.now, work, agents)

    def tidy(self) -> None:
        """End the exclusions whose time is over, and the reservations of agents who are not open to work."""
        for x in list(self.work.values()):
            if x.reserved_for is not None:
                reserved = self.agents[x.reserved_for]
                may_stay = x.state is WAITING and not self.is_on_hold(x)
                if not (may_stay and self.is_open(reserved) and self.meets(reserved, x)):
                    x = self.put(x, reserved_for=None)
            if x.state is WAITING:
                if any(until <= self.now for _, until in x.excluded):
                    x = self.put(x, excluded=tuple(one for one in x.excluded if one[1] > self.now))
                self.open_rings(x)

    def open_rings(self, x: InteractionRow) -> None:
        """Open the rings where the time for preferred agents is over, or none of them is there."""
        if asks_preferred(x) and not self.is_on_hold(x):
            ends_at = (x.queued_at or 0) + self.queue(x).preferred_duration
            is_any_there = any(self.could_take(agent, x) for agent in self.agents.values())
            if ends_at <= self.now or not is_any_there:
                self.put(x, rings_at=min(ends_at, self.now))

    def rule(self, x: InteractionRow, occasion: Occasion) -> model.OverflowRule | None:
        rules = (one for one in self.queue(x).overflow if one.occasion is occasion)
        return next((one for one in rules if x.channel in (one.channels or (x.channel,))), None)

    def overflows_of(self, x: InteractionRow) -> list[tuple[Micros, model.OverflowRule]]:
        """Return what comes first: that it has waited for too long, or that its queue closes."""
        waited, hours = self.rule(x, Occasion.WAITED), self.queue(x).hours
        closing = self.rule(x, Occasion.CLOSING) or (CLOSES if x.given_by else None)
        queued_at, found = x.queued_at or 0, []
        if waited and Occasion.WAITED not in x.overflowed:
            found.append((queued_at + waited.after, waited))
        if closing and hours and Occasion.CLOSING not in x.overflowed:
            ends = [end for _, end in open_between(hours, queued_at, queued_at + 9 * model.DAY)]
            ends = [end for end in ends if end > (self.now if is_open(hours, self.now) else queued_at)]
            found += [(end, closing) for end in ends if queued_at < end < queued_at + 9 * model.DAY][:1]
        return sorted(found, key=lambda one: one[0])[:1] if x.state is WAITING and not x.callback else []

    def look_at_entry(self, x: InteractionRow, been_in: tuple[model.QueueId, ...] = ()) -> None:
        self.open_rings(x)
        x = self.work[x.id]
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

    def open_agents(self) -> set[AgentId]:
        return {agent.id for agent in self.agents.values() if self.is_open(agent)}

    def meets_at_last(self, agent: AgentRow, x: InteractionRow) -> bool:
        """Whether somebody who is open to work meets it at some ring."""
        return self.is_open(agent) and self.meets(agent, replace(x, queued_at=-model.DAY, rings_at=-model.DAY))

    def overflow(self, x: InteractionRow, rule: model.OverflowRule, been_in: tuple[model.QueueId, ...] = ()) -> None:
        if rule.action is Action.QUEUE and rule.queue is not None:
            self.look_at_entry(self.change_queue(x, rule.queue), (*been_in, x.queue))
        elif rule.action is Action.CALLBACK:
            callback = model.Callback(not_before=self.now + self.queue(x).dialling.pause)
            self.put(x, callback=callback, given_by=None)
        elif rule.action is Action.RELEASE:
            self.close(x, is_handled=False)

    def dial(self, x: InteractionRow) -> None:
        assert x.callback is not None
        callback = replace(x.callback, tries=x.callback.tries + 1)
        until = self.now + self.queue(x).dialling.duration
        self.turn(x, DIALLING, callback=callback, deadline_at=until, passed_at=None)

    def unanswered(self, x: InteractionRow) -> None:
        called = x.answered if x.state is ACTIVE else x.callback
        assert called is not None
        x = self.put(x, answered=None)
        if called.tries >= self.queue(x).dialling.tries or not self.queue(x).calls_back:
            self.close(x, is_handled=False)
        else:
            callback = replace(called, not_before=self.now + self.queue(x).dialling.retry_after)
            has_ended = x.state is ACTIVE
            self.give_back(self.wait_anew(self.put(x, callback=callback)), is_excluded=False, has_ended=has_ended)

    def choose(self, agent: AgentRow, state: AgentState, reason: str, after_current: bool) -> None:
        offered = [x for x in self.held(agent) if x.state is OFFERED]
        offered.sort(key=lambda x: (x.sequence, x.id))
        has_work = len(offered) < len(self.held(agent))
        is_leaving = state not in (AVAILABLE, agent.state)
        if is_leaving and (self.held(agent) if after_current else state is OFFLINE and has_work):
            self.move(agent, agent.state, agent.reason, state, reason)
        else:
            self.move(agent, state, reason)
        for x in offered if is_leaving and not after_current else ():
            self.give_back(x, is_excluded=True)

    def lose(self, agent: AgentRow, reason: str = "agent_lost") -> None:
        self.move(agent, OFFLINE, reason)
        for x in sorted(self.held(agent), key=lambda x: (x.sequence, x.id)):
            if agent.id in x.consulted:
                self.end_consult(x, agent.id)
            elif x.state is WRAP_UP:
                self.close(x)
            elif x.state is OFFERED or x.callback or x.channel not in self.policy.calls:
                self.give_back(self.wait_anew(x), is_excluded=False)

    def wait_anew(self, x: InteractionRow) -> InteractionRow:
        """Start the wait of what an agent had in hand from now. Its rings stay open."""
        rings_at = x.queued_at if x.rings_at is None else x.rings_at
        return self.put(x, queued_at=self.now, rings_at=rings_at, overflowed=()) if x.state is ACTIVE else x

    def put(self, x: InteractionRow, **changes: Any) -> InteractionRow:
        self.work[x.id] = replace(x, **changes)
        return self.work[x.id]

    def change_queue(self, x: InteractionRow, queue: model.QueueId) -> InteractionRow:
        anew: dict[str, Any] = {"rings_at": None, "passed_at": None, "reserved_for": None, "overflowed": ()}
        return self.put(x, queue=queue, queued_at=self.now, **anew)

    def turn(self, x: InteractionRow, state: InteractionState, **changes: Any) -> InteractionRow:
        x = self.put(x, state=state, state_since=self.now, **changes)
        for agent_id in x.consulted if state is not ACTIVE else ():
            x = self.end_consult(x, agent_id)
        return x

    def end_consult(self, x: InteractionRow, agent_id: AgentId) -> InteractionRow:
        x = self.put(x, consulted=tuple(one for one in x.consulted if one != agent_id))
        self.release(agent_id, has_ended=True)
        return x

    def find_offer(self, offer: str) -> InteractionRow:
        return next(x for x in self.work.values() if x.offer_id == offer)

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
        callback = replace(x.callback, is_given=False) if x.callback else None
        self.turn(x, WAITING, agent_id=None, offer_id=None, deadline_at=None, excluded=excluded, callback=callback)
        self.release(x.agent_id, has_ended)

    def close(self, x: InteractionRow, is_handled: bool = True) -> None:
        del self.work[x.id]
        self.release(x.agent_id, x.state in (ACTIVE, WRAP_UP))
        other = self.work.get(x.linked_to or "")
        holder = next((y for y in self.work.values() if y.linked_to == x.id and x.state is PAUSED), None)
        if holder and x.linked_to:
            self.put(holder, linked_to=x.linked_to)
        elif other and other.state is PAUSED:
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
