"""The plain moves, part two: how each input, and time, changes the rows. `plain_router` then makes the decisions.

The rule of this file: as in `plain_router`, it is slow and easy to read. It is not told of inputs that are rejected.
"""

from dataclasses import replace
from typing import Any

from routing import inputs, model
from routing.decisions import ChosenBy, Decision, Override
from routing.model import AgentId, AgentRow, AgentState, InteractionRow, Micros, OverflowAction
from tests.routing.plain_moves import (
    ACTIVE,
    AVAILABLE,
    CLOSES,
    DIALLING,
    OFFERED,
    OFFLINE,
    PAUSED,
    WAITING,
    WRAP_UP,
    PlainMoves,
)
from tests.routing.plain_router import asks_preferred


class PlainInputs(PlainMoves):
    def handle(self, input: inputs.Input, now: Micros) -> list[Decision]:
        self.now = max(now, self.now)
        self.decisions: list[Decision] = []
        staff = [self.open_agents()]
        self.due()
        staff.append(self.open_agents())
        self.apply(input)
        staff.append(self.open_agents())
        self.due()
        staff.append(self.open_agents())
        profile_of = input.agent_id if isinstance(input, inputs.AgentProfileChanged) else None
        has_changed = staff != staff[:1] * 4 or profile_of in staff[2] or isinstance(input, inputs.PolicyChanged)
        for x in list(self.work.values()) if has_changed else ():
            others = [agent for agent in self.agents.values() if x.given_by and agent.id != x.given_by[0]]
            if x.state is WAITING and not any(self.meets_at_last(agent, x) for agent in others):
                self.give_to_giver(self.work[x.id])
        self.tidy()
        while (choice := self.decide()) is not None:
            self.give(*choice)
        return self.decisions

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
                x = self.put(x, overflowed=(*x.overflowed, rule.occasion))
                stays = rule.action in (OverflowAction.WAIT, OverflowAction.AUTO_REPLY) and rule is not CLOSES
                if stays or not self.give_to_giver(x):
                    self.overflow(self.work[x.id], rule)
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
                if new.windows is None:
                    self.look_at_entry(x)
                else:
                    self.put(x, callback=model.Callback(new.windows))
            case inputs.InteractionBegun(key, queue, channel, tier, agent_id):
                start = (self.now, self.now, self.sequence, *self.head_start(tier, channel), 0, self.now)
                row = InteractionRow(key, queue, channel, tier, ACTIVE, *start, agent_id=agent_id)
                self.work[key] = row
                self.sequence += 1
            case inputs.CallbackRequested(key, windows):
                before = self.work[key].callback
                tried = before if before is not None and before.tries else model.Callback()
                self.put(self.work[key], callback=replace(tried, windows=windows), given_by=None)
            case inputs.CallbackWithdrawn(key):
                self.put(self.work[key], callback=None, given_by=None)
            case inputs.CallbackAnswered(key, _, by_nobody):
                dialled = self.work[key].callback
                given = replace(dialled, is_given=True) if by_nobody else None
                answered = None if by_nobody else dialled
                self.turn(self.work[key], ACTIVE, callback=given, answered=answered, deadline_at=None)
            case inputs.CallbackUnanswered(key):
                self.unanswered(self.work[key])
            case inputs.OfferAccepted(offer) if self.is_on_hold(x := self.find_offer(offer)) and not is_given(x):
                self.give_back(self.find_offer(offer), is_excluded=False)
            case inputs.OfferAccepted(offer):
                x = self.put(self.find_offer(offer), offer_id=None, deadline_at=None, passed_at=None, given_by=None)
                if asks_preferred(x):
                    x = self.put(x, rings_at=self.now)
                if x.callback and not is_given(x):
                    self.dial(x)
                else:
                    self.turn(x, ACTIVE)
            case inputs.OfferDeclined(offer):
                self.give_back(self.find_offer(offer), is_excluded=True)
            case inputs.CustomerLeft(key) if self.work[key].state is not ACTIVE:
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
                is_handed_on = (
                    x.state is ACTIVE
                    and x.queue != queue
                    and x.agent_id
                    and not to_agent
                    and x.channel in self.policy.calls
                )
                x = self.put(x, given_by=(x.agent_id, x.queue) if is_handed_on else None)
                wanted = replace(x.requirement, agents=(to_agent,) if to_agent else ())
                excluded = tuple(one for one in x.excluded if one[0] != to_agent)
                x = self.change_queue(x, queue)
                if self.queue(x).transfer_restarts:
                    x = self.put(x, entered_at=self.now, has_restarted=True)
                x = self.put(x, requirement=wanted, excluded=excluded, preferred=() if to_agent else x.preferred)
                self.give_back(self.work[key], is_excluded=x.state is ACTIVE, has_ended=x.state is ACTIVE)
            case inputs.ConsultBegan(key, agent_id, _):
                self.put(self.work[key], consulted=(*self.work[key].consulted, agent_id))
            case inputs.ConsultEnded(key, agent_id):
                self.end_consult(self.work[key], agent_id)
            case inputs.InteractionHandedOver(key, agent_id):
                x = self.work[key]
                consulted = tuple(one for one in x.consulted if one != agent_id)
                self.turn(x, ACTIVE, agent_id=agent_id, consulted=consulted)
                self.release(x.agent_id, has_ended=True)
            case inputs.InteractionAssigned(key, agent_id, by):
                overrides = self.find_obstacles(self.work[key], self.agents[agent_id])
                if self.work[key].state is not WAITING:
                    has_ended = self.work[key].state is ACTIVE
                    self.give_back(self.wait_anew(self.work[key]), is_excluded=False, has_ended=has_ended)
                self.tidy()
                if (on_hold := self.work[key]).callback and self.is_on_hold(on_hold):
                    self.put(on_hold, callback=replace(on_hold.callback, is_given=True))
                chosen_by = ChosenBy.ASSIGNED if by else ChosenBy.PULLED
                decision = self.record(self.work[key], self.agents[agent_id], chosen_by)
                self.give(self.work[key], replace(decision, assigned_by=by, overrides=overrides))
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
            case inputs.AgentRemoved(key):
                self.lose(self.agents[key], reason="")
            case inputs.PolicyChanged(policy, moves):
                for move in moves:
                    if (x := self.work[move.interaction_id]).state is OFFERED:
                        self.give_back(x, is_excluded=False)
                        self.open_rings(self.work[x.id])  # it is released by the policy that it was offered by
                self.policy = policy
                for move in moves:
                    x = self.work[move.interaction_id]
                    if x.queue != move.queue:
                        serving = [one for one in self.agents.values() if move.queue in one.profile.queues]
                        is_named = any(one.id in x.requirement.agents for one in serving)
                        wanted = x.requirement if is_named else replace(x.requirement, agents=())
                        x = self.put(self.change_queue(x, move.queue), requirement=wanted)
                    if x.tier != move.tier:
                        band, head_start = self.head_start(move.tier, x.channel)
                        self.put(x, tier=move.tier, band=band, head_start=head_start)

    def head_start(self, tier: model.TierId, channel: model.ChannelName) -> tuple[int, Micros]:
        """(band, head start)"""
        head_start = self.policy.tiers[tier].head_start.get(channel, 0)
        return (-self.policy.tiers[tier].order, 0) if head_start is None else (0, head_start)

    def find_obstacles(self, x: InteractionRow, agent: AgentRow) -> tuple[Override, ...]:
        """Return the rules that a supervisor overrides, at the moment of their input."""
        obstacles = () if self.meets(agent, x) else (Override.REQUIREMENT,)
        return obstacles if self.fits(agent, x.channel) else (*obstacles, Override.ROOM)

    def give_to_giver(self, x: InteractionRow) -> bool:
        """Offer a call to the agent who transferred it, if they are free for it."""
        self.tidy()
        if (x := self.work[x.id]).given_by is None:
            return False
        agent, queue = self.agents[x.given_by[0]], x.given_by[1]
        is_reserved = any(y.reserved_for == agent.id for y in self.work.values() if y is not x)
        is_free = self.is_open(agent) and self.fits(agent, x.channel) and not is_reserved
        if queue not in self.policy.queues or not is_free:
            return False
        excluded = tuple(one for one in x.excluded if one[0] != agent.id)
        self.put(self.change_queue(x, queue), given_by=None, excluded=excluded)
        self.tidy()
        self.give(self.work[x.id], self.record(self.work[x.id], agent, ChosenBy.PREFERRED))
        return True

    def give(self, x: InteractionRow, decision: Decision) -> None:
        self.decisions.append(decision)
        x = self.put(x, agent_id=decision.agent_id, reserved_for=None)
        if x.callback and not is_given(x) and not self.queue(x).dialling.agent_first:
            self.dial(x)
            return
        until = self.now + self.queue(x).offer_duration.get(x.channel, self.policy.offer_duration[x.channel])
        offer = model.OfferId(f"{x.id}.{x.offers_made + 1}")
        self.turn(x, OFFERED, offer_id=offer, offers_made=x.offers_made + 1, deadline_at=until)


def is_given(x: InteractionRow) -> bool:
    return x.callback is not None and x.callback.is_given
