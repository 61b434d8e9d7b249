"""The simulator: it runs the same `Router` as the hub, in virtual time.

The rule of this file: it plays the world around the router (customers who come, wait and leave; agents who answer,
work, rest and go home) and makes no routing decision. It reads only the public part of the router. The same scenario
with the same chances takes the same course, bit for bit.

Two things are simplified. An interaction's handling time depends neither on the agent nor on their other work.
Interruptible work rests while its agent's work in hand is more than 100 points.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from routing.distributions import Chance, build_sampler
from routing.effects import AgentMoved, CallbackDialled, InteractionMoved, InteractionOverflowed, OfferMade
from routing.groups import points_of
from routing.inputs import (
    AgentProfileChanged,
    AgentStateChosen,
    CallbackAnswered,
    CustomerLeft,
    Input,
    InteractionBegun,
    InteractionEnded,
    InteractionEnqueued,
    OfferAccepted,
    TimePassed,
    WrapUpCompleted,
)
from routing.model import (
    DAY,
    FULL_CAPACITY,
    SECOND,
    AgentId,
    AgentState,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    OverflowAction,
    QueueId,
    Snapshot,
)
from routing.router import Router
from routing.scenario import BegunBy, DrawnArrival, Duty, Scenario, draw_arrivals

_ACTIVE, _WRAP_UP, _CLOSED = InteractionState.ACTIVE, InteractionState.WRAP_UP, InteractionState.CLOSED
CALLS_AGAIN: Final = 60 * SECOND  # an agent looks again whether there is time for a call out
_DRAIN_EVERY: Final = 20_000  # after so many inputs, the changed rows that the router keeps for a shell are dropped


@dataclass(slots=True, eq=False)
class Journey:
    """What has happened to one arrival. Each instant is None until it comes."""

    arrival: DrawnArrival
    answered_at: Micros | None = None
    wrapping_since: Micros | None = None
    closed_at: Micros | None = None
    closed_as: ClosedAs | None = None
    agent_id: AgentId | None = None  # the agent who answered
    ends_at: Micros | None = None  # when the handling ends, while it is worked on
    left_over: Micros = 0  # how much of the handling is left, while it rests
    is_callback: bool = False  # it became a callback, so the customer's patience does not end


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period in which an agent was available, or finished their work before leaving."""

    agent_id: AgentId
    begins_at: Micros
    ends_at: Micros


_Step = Callable[[object, Micros], None]


@dataclass(slots=True)
class _Desk:
    id: AgentId
    points: dict[ChannelName, int]
    in_hand: dict[Journey, None] = field(default_factory=dict)
    available_since: Micros | None = None


class Simulation:
    """One run of a scenario. Call `run_until` in as many steps as you like, for example to show progress, then
    `finish`."""

    def __init__(self, scenario: Scenario, find_chance: Callable[[str], Chance]) -> None:
        """`find_chance` returns a source of chance by name: the name of a kind of arrival, "answering" or
        "callbacks"."""
        policy = scenario.policy
        self.journeys: list[Journey] = []  # in the order of entry
        self.stretches: list[Stretch] = []
        self.inputs = 0
        self._router = Router(policy)
        self._interrupted_by = policy.interruptible_by
        self._draw_answer = build_sampler(scenario.answering, find_chance("answering"))
        self._callback_chance = find_chance("callbacks")
        self._callbacks_answered = scenario.callbacks_answered
        self._draw_ringing = build_sampler(scenario.ringing, self._callback_chance)
        self._returns_after = scenario.returns_after
        self._open: dict[InteractionId, Journey] = {}
        self._desks = {one: _Desk(one, points_of(policy, profile)) for one, profile in scenario.staff}
        self._events: list[tuple[Micros, int, _Step, object]] = []  # of one instant: in the order they were planned
        self._staff = scenario.staff
        self._next_to_call: dict[QueueId, list[AgentId]] = {}  # agents, by queue
        self._made = 0
        self._duties: Iterator[Duty] = iter(scenario.duties)
        for agent_id, profile in scenario.staff:
            self._tell(AgentProfileChanged(agent_id, profile), 0)
        for kind in scenario.kinds:
            self._await_arrival(draw_arrivals(kind, find_chance(kind.name)))
        self._await_duty()

    def run_until(self, until: Micros) -> bool:
        """Play everything up to `until`. Return whether anything is left to happen."""
        events, next_deadline = self._events, self._router.next_deadline
        while True:
            deadline = next_deadline()
            if events and (deadline is None or events[0][0] <= deadline):
                if events[0][0] > until:
                    return True
                at, _, step, subject = heappop(events)
                step(subject, at)
            elif deadline is None:
                return False
            elif deadline > until:
                return True
            else:
                self._tell(TimePassed(), deadline)

    def finish(self, at: Micros) -> None:
        """End the run: the stretches of available agents end at `at`. Open interactions stay open in `journeys`."""
        for desk in self._desks.values():
            self._leave_duty(desk, at)

    def rows(self) -> Snapshot:
        """Return the router's rows, for a caller who shows the run while it goes on."""
        return self._router.snapshot()

    # -- what happens in the world -------------------------------------------------------------------------

    def _await_arrival(self, arrivals: Iterator[DrawnArrival]) -> None:
        arrival = next(arrivals, None)
        if arrival is not None:
            self._plan(arrival.at, self._arrive, (arrival, arrivals))

    def _arrive(self, coming: tuple[DrawnArrival, Iterator[DrawnArrival]], at: Micros) -> None:
        arrival, following = coming
        kind, interaction_id = arrival.kind, arrival.interaction_id
        journey = self._open[interaction_id] = Journey(arrival)
        self.journeys.append(journey)
        if kind.begun_by is BegunBy.AGENT:
            self._call_out(journey, at)
        else:
            journey.is_callback = kind.begun_by is BegunBy.APPOINTMENT
            self._tell(
                InteractionEnqueued(
                    interaction_id,
                    kind.queue,
                    kind.channel,
                    kind.tier,
                    kind.requirement,
                    windows=() if journey.is_callback else None,
                ),
                at,
            )
        if arrival.patience is not None and journey.closed_at is None:
            self._plan(at + arrival.patience, self._lose_patience, journey)
        self._await_arrival(following)

    def _call_out(self, journey: Journey, at: Micros) -> None:
        """One of the queue's agents calls: whoever is available and has called least lately, if the router lets them.
        If nobody can, somebody tries again later on the same day."""
        kind, interaction_id = journey.arrival.kind, journey.arrival.interaction_id
        for agent_id in self._next_to_call.setdefault(kind.queue, self._list_serving(kind.queue)):
            if self._desks[agent_id].available_since is None:
                continue
            self._tell(InteractionBegun(interaction_id, kind.queue, kind.channel, kind.tier, agent_id), at)
            if journey.answered_at is not None:
                self._next_to_call[kind.queue].remove(agent_id)
                self._next_to_call[kind.queue].append(agent_id)
                return
        if at + CALLS_AGAIN < journey.arrival.at + DAY:
            self._plan(at + CALLS_AGAIN, self._call_out, journey)

    def _list_serving(self, queue: QueueId) -> list[AgentId]:
        return [agent_id for agent_id, profile in self._staff if queue in profile.queues]

    def _lose_patience(self, journey: Journey, at: Micros) -> None:
        if journey.answered_at is None and journey.closed_at is None and not journey.is_callback:
            self._tell(CustomerLeft(journey.arrival.interaction_id), at)

    def _answer(self, offer: OfferMade, at: Micros) -> None:
        if offer.interaction_id in self._open:  # if the offer has ended, the router rejects this
            self._tell(OfferAccepted(offer.offer_id, offer.agent_id), at)

    def _answer_call(self, dialled: CallbackDialled, at: Micros) -> None:
        if dialled.interaction_id in self._open:  # after the deadline, the router rejects this
            self._tell(CallbackAnswered(dialled.interaction_id, dialled.attempt), at)

    def _end(self, journey: Journey, at: Micros) -> None:
        if journey.ends_at == at and journey.agent_id is not None:  # otherwise it rested in between, and ends later
            journey.ends_at = None
            self._tell(InteractionEnded(journey.arrival.interaction_id, journey.agent_id), at)

    def _complete(self, journey: Journey, at: Micros) -> None:
        if journey.closed_at is None and journey.agent_id is not None:  # otherwise its limit came first
            self._tell(WrapUpCompleted(journey.arrival.interaction_id, journey.agent_id), at)

    def _await_duty(self) -> None:
        duty = next(self._duties, None)
        if duty is not None:
            self._plan(duty.at, self._change_duty, duty)

    def _change_duty(self, duty: Duty, at: Micros) -> None:
        self._tell(AgentStateChosen(duty.agent_id, duty.state, duty.reason, after_current=True), at)
        self._await_duty()

    def _return(self, agent_id: AgentId, at: Micros) -> None:
        self._tell(AgentStateChosen(agent_id, AgentState.AVAILABLE), at)

    # -- what the router decides ------------------------------------------------------------------------

    def _tell(self, told: Input, at: Micros) -> None:
        self.inputs += 1
        for effect in self._router.handle(told, at):
            if isinstance(effect, InteractionMoved):
                state = effect.state
                if state is _ACTIVE:
                    assert effect.agent_id is not None
                    self._begin(self._open[effect.interaction_id], self._desks[effect.agent_id], at)
                elif state is _WRAP_UP:
                    self._wrap_up(self._open[effect.interaction_id], at)
                elif state is _CLOSED:
                    self._close(self._open.pop(effect.interaction_id), effect.closed_as, at)
            elif isinstance(effect, OfferMade):
                self._plan(at + self._draw_answer(), self._answer, effect)
            elif isinstance(effect, AgentMoved):
                self._follow_agent(self._desks[effect.agent_id], effect.state, at)
            elif isinstance(effect, CallbackDialled):
                if self._callback_chance() < self._callbacks_answered:
                    self._plan(at + self._draw_ringing(), self._answer_call, effect)
            elif isinstance(effect, InteractionOverflowed) and effect.action is OverflowAction.CALLBACK:
                self._open[effect.interaction_id].is_callback = True
        if self.inputs % _DRAIN_EVERY == 0:
            self._router.take_changes()

    def _follow_agent(self, desk: _Desk, state: AgentState, at: Micros) -> None:
        if state is not AgentState.AVAILABLE:
            self._leave_duty(desk, at)
        elif desk.available_since is None:
            desk.available_since = at
        if state is AgentState.NOT_RESPONDING:
            self._plan(at + self._returns_after, self._return, desk.id)

    def _begin(self, journey: Journey, desk: _Desk, at: Micros) -> None:
        journey.answered_at, journey.agent_id = at, desk.id
        journey.left_over = journey.arrival.handling
        desk.in_hand[journey] = None
        if len(desk.in_hand) == 1:
            self._go_on(journey, at)
        else:
            self._share_time(desk, at)

    def _wrap_up(self, journey: Journey, at: Micros) -> None:
        journey.wrapping_since = at
        self._plan(at + journey.arrival.wrap_up, self._complete, journey)

    def _close(self, journey: Journey, closed_as: ClosedAs | None, at: Micros) -> None:
        journey.closed_at, journey.closed_as, journey.ends_at = at, closed_as, None
        if journey.agent_id is not None:
            desk = self._desks[journey.agent_id]
            del desk.in_hand[journey]
            if desk.in_hand:
                self._share_time(desk, at)

    def _share_time(self, desk: _Desk, at: Micros) -> None:
        """Decide which of the agent's work in hand goes on and which rests. Work that nothing in hand may interrupt
        goes on. Of the other work, in the order in which it was taken, all that fits within 100 points goes on."""
        channels = {journey.arrival.kind.channel for journey in desk.in_hand}
        may_rest = {one for one in channels if not channels.isdisjoint(self._interrupted_by.get(one, ()))}
        points = sum(
            desk.points[j.arrival.kind.channel] for j in desk.in_hand if j.arrival.kind.channel not in may_rest
        )
        for journey in desk.in_hand:
            if journey.wrapping_since is not None:
                continue
            channel = journey.arrival.kind.channel
            goes_on = True
            if channel in may_rest:
                points += desk.points[channel]
                goes_on = points <= FULL_CAPACITY
            if goes_on and journey.ends_at is None:
                self._go_on(journey, at)
            elif not goes_on and journey.ends_at is not None:
                journey.left_over = journey.ends_at - at
                journey.ends_at = None

    def _go_on(self, journey: Journey, at: Micros) -> None:
        journey.ends_at = at + journey.left_over
        self._plan(journey.ends_at, self._end, journey)

    def _leave_duty(self, desk: _Desk, at: Micros) -> None:
        if desk.available_since is not None:
            self.stretches.append(Stretch(desk.id, desk.available_since, at))
            desk.available_since = None

    def _plan(self, at: Micros, step: Callable[..., None], subject: object) -> None:
        self._made += 1
        heappush(self._events, (at, self._made, step, subject))
