"""The router, as the shell calls it: it takes inputs, returns effects, and says when it must be called next.

The rule of this file: it decides nothing itself. An input that comes too late or makes no sense changes nothing: the
answer is the effect `InputRejected`, not an exception.
"""

from collections.abc import Callable, Iterator

from routing import agent_moves, interaction_moves, waiting_moves
from routing.effects import Effect
from routing.input_handlers import InputRefused, handle_input
from routing.inputs import Input
from routing.lifecycle import DIALLING, OFFERED, WAITING, WRAP_UP, Cause
from routing.live_agents import Agent
from routing.live_state import EMPTY, LiveState
from routing.matching import find_head, find_seat
from routing.misplaced import Misplacement, find_misplaced
from routing.model import (
    AgentId,
    AgentRow,
    ClosedAs,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    Place,
    Policy,
    QueueId,
    Snapshot,
    TierId,
)
from routing.offering import offer_waiting
from routing.row_copies import build_agent_row, build_interaction_row

Standing = tuple[QueueId, TierId, InteractionState, AgentId | None]


class Router:
    def __init__(self, policy: Policy) -> None:
        """`policy_checks.check` must find no fatal problem in the policy."""
        self._live = LiveState(policy, EMPTY)

    def handle(self, input: Input, now: Micros) -> list[Effect]:
        """Do what is due, then handle the input, then make offers until no interaction waits for which an eligible
        agent is free. A `now` before the latest instant handled counts as that instant."""
        live = self._live
        now = live.now = max(now, live.now)
        effects = live.effects = []
        if live.timers.rings_at <= now:
            _run_due(live)
        try:
            handle_input(live, input)
        except InputRefused as refused:
            effects.append(refused.effect)
        if live.timers.rings_at <= now:  # a wrap-up limit of 0 is due at once
            _run_due(live)
        if live.is_staff_changed:
            live.is_staff_changed = False
            waiting_moves.give_back_unstaffed(live)
        if live.arrived or live.freed:
            offer_waiting(live)
        return effects

    def watch_decisions(self, look: Callable[[InteractionId], None]) -> None:
        """Call `look` before each decision takes effect, while `snapshot` still shows what the decision is based on.
        A replay explains past decisions in this way. `look` must change nothing."""
        self._live.before_decision = look

    def next_deadline(self) -> Micros | None:
        return self._live.timers.next_at()

    def snapshot(self) -> Snapshot:
        return self._live.snapshot()

    def take_changes(self) -> Snapshot:
        """Return the rows that have changed since the last call. Each closed interaction is among them once, and
        stays in memory until then: so whoever runs a router must call this."""
        return self._live.take_changes()

    @classmethod
    def restore(cls, policy: Policy, rows: Snapshot, now: Micros) -> "Router":
        """Return a router with these rows, which goes on as the one that they came from. The next `handle` does what
        has become due by `now`. The policy must have every channel of the rows."""
        router = cls(policy)
        router._live = LiveState(policy, rows)
        router._live.now = max(now, rows.now)
        return router

    def find_misplaced(self) -> dict[InteractionId, Misplacement]:
        """Return the open interactions that have no place (see `routing.misplaced`). Any such interaction is a
        defect."""
        live = self._live
        return find_misplaced(live.policy, live.interactions.values(), live.index.agents)

    def list_standings(self) -> Iterator[tuple[InteractionId, Standing]]:
        """Give the queue, tier, state and agent of each open interaction."""
        for one in self._live.interactions.values():
            yield one.id, (one.queue, one.tier, one.state, one.agent_id)

    def find_place(self, interaction_id: InteractionId) -> Place | None:
        """Return the place of a waiting interaction within its queue. None: it does not wait."""
        interaction = self._live.interactions.get(interaction_id)
        if interaction is None or interaction.state is not WAITING:
            return None
        position, waiting = self._live.index.find_position(interaction)
        return Place(position, waiting, interaction.entered_at)

    def find_interaction(self, interaction_id: InteractionId) -> InteractionRow | None:
        interaction = self._live.interactions.get(interaction_id)
        return None if interaction is None else build_interaction_row(interaction)

    def find_agent(self, agent_id: AgentId) -> AgentRow | None:
        agent = self._live.index.agents.get(agent_id)
        return None if agent is None else build_agent_row(agent)

    def find_head(self, agent_id: AgentId) -> InteractionId | None:
        """Return what this agent may pull: the first waiting interaction whose requirement they meet and for which
        they have room, over all their queues. Their state does not matter."""
        agent = self._live.index.agents.get(agent_id)
        head = None if agent is None else find_head(agent)
        return None if head is None else head.id

    def is_on_hold(self, interaction_id: InteractionId) -> bool:
        """Whether it is a callback whose customer may not be called at present."""
        interaction = self._live.interactions.get(interaction_id)
        return interaction is not None and self._live.index.is_on_hold(interaction, self._live.now)

    def load_of(self, agent_id: AgentId) -> int:
        """Return how many points the agent holds; 0 for an unknown agent."""
        agent = self._live.index.agents.get(agent_id)
        return 0 if agent is None else find_seat(agent).load


def _run_due(live: LiveState) -> None:
    while (due := live.timers.find_due(live.now)) is not None:
        at, record = due
        if isinstance(record, Agent):
            agent_moves.end_grace(live, record)
        elif record.state is OFFERED:
            interaction_moves.expire_offer(live, record)
        elif record.state is DIALLING:
            interaction_moves.return_call(live, record)
        elif record.state is WRAP_UP:
            interaction_moves.close(live, record, Cause.WRAPPED_UP, ClosedAs.HANDLED)
        else:
            waiting_moves.look_at_waiting(live, record, at)
