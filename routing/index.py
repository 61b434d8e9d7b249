"""The index: agents in their groups, waiting interactions in their lanes, and the order of each queue.

The rule of this file: only the index adds and removes, so that heaps, seats and positions always agree. What an
operation costs depends on the lanes and groups that it touches, not on how many wait.
"""

from typing import Final

from routing.callback_hours import build_calendars, check_dialling
from routing.groups import Group, with_one
from routing.live_agents import Agent
from routing.live_interactions import ALL, OVERDUE, UNPASSED, Interaction, Lane, Outlook, Wanted
from routing.model import AgentId, AgentProfile, ChannelName, Micros, Policy, Queue, QueueId
from routing.queue_order import QueueOrder
from routing.requirements import rings_reached
from routing.timers import sooner

_SPARE_LANES: Final = 1024


class Index:
    def __init__(self, policy: Policy) -> None:
        self.agents: dict[AgentId, Agent] = {}
        self.names = {channel: channel for channel in policy.channels}  # one string object per channel saves memory
        self.numbers = {channel: number for number, channel in enumerate(policy.channels)}
        self.ready: tuple[dict[Group, None], ...] = tuple({} for _ in self.numbers)  # by channel: groups with room
        self._policy = policy
        self._groups: dict[AgentProfile, Group] = {}
        self._outlooks: dict[Group, Outlook] = {}
        self._lanes: dict[tuple[QueueId, int, Wanted], Lane] = {}
        self._lanes_made = 0
        self._lanes_in_use = 0
        self._calling = build_calendars(policy)
        self._naming: dict[AgentId, dict[Lane, None]] = {}
        self._orders: dict[QueueId, QueueOrder] = {}
        self._waiting: dict[tuple[QueueId, ChannelName], int] = {}

    # -- interactions -----------------------------------------------------------------------------------

    def put_in_order(self, interaction: Interaction, now: Micros) -> Micros | None:
        """Put the interaction into its queue's order and its lane. Return when its lane or its watch next changes
        without any input; None: never."""
        order = self._orders.get(interaction.queue)
        if order is None:
            order = self._orders[interaction.queue] = QueueOrder()
        order.add(interaction.rank)
        key = (interaction.queue, interaction.channel)
        self._waiting[key] = self._waiting.get(key, 0) + 1
        return self.refresh(interaction, now)

    def refresh(self, interaction: Interaction, now: Micros) -> Micros | None:
        """Do as `put_in_order` does, for an interaction that is in the order already."""
        lane: Lane | None
        lane, next_at = self.find_lane(interaction, now)
        if interaction.callback is not None:
            is_free, changes_at = check_dialling(interaction.callback, self._calling.get(interaction.queue), now)
            lane, next_at = (lane, sooner(next_at, changes_at)) if is_free else (None, changes_at)
        if lane is not interaction.lane:
            self._step_out(interaction)
            if lane is not None:
                self._step_in(interaction, lane)
        if interaction.excluded:
            interaction.excluded = tuple(each for each in interaction.excluded if each[1] > now)
            for _, until in interaction.excluded:
                next_at = sooner(next_at, until)
        return next_at if lane is None else sooner(next_at, self.watch(interaction, now))

    def is_on_hold(self, interaction: Interaction, now: Micros) -> bool:
        """Whether it is a callback that may not be dialled at `now`. It is in the order, but in no lane."""
        callback = interaction.callback
        return callback is not None and not check_dialling(callback, self._calling.get(interaction.queue), now)[0]

    def leave(self, interaction: Interaction) -> None:
        """Take the interaction out. It must still have the rank and the queue with which it entered."""
        self._orders[interaction.queue].remove(interaction.rank)
        self._waiting[interaction.queue, interaction.channel] -= 1
        self._step_out(interaction)

    def watch(self, interaction: Interaction, now: Micros) -> Micros | None:
        """Put the interaction into the heap for unpassed or overdue work, or into neither. Return the instant at
        which it becomes overdue, if that is in the future."""
        lane = interaction.lane
        assert lane is not None
        heap, overdue_at = None, None
        if interaction.passed_at is None:
            heap = lane.heaps[UNPASSED]
        elif interaction.reserved_for is None:
            overdue_at = interaction.passed_at + self._policy.reserve_after
            if overdue_at <= now:
                heap, overdue_at = lane.heaps[OVERDUE], None
        if heap is not interaction.watch:
            if interaction.watch is not None:
                self._unwatch(interaction)
            interaction.watch = heap
            if heap is not None:
                heap.add(interaction)
        return overdue_at

    def find_lane(self, interaction: Interaction, now: Micros) -> tuple[Lane, Micros | None]:
        """Return its lane at `now` and the instant at which its next ring opens; None: no further ring opens."""
        queue = self._policy.queues.get(interaction.queue) or Queue(interaction.queue)
        next_at: Micros | None
        if interaction.asks_preferred:
            reached, next_at = 0, interaction.queued_at + queue.preferred_duration
        else:
            began_at = interaction.queued_at if interaction.rings_at is None else interaction.rings_at
            reached, opens_after = rings_reached(queue, now - began_at)
            next_at = None if opens_after is None else began_at + opens_after
        return self._get_lane(interaction, queue, reached), next_at

    def is_anyone_staffed(self, interaction: Interaction, but: Agent | None = None) -> bool:
        """Whether any agent who could take it at some ring is open to work, busy or free. `but`: one who does not
        count."""
        queue = self._policy.queues.get(interaction.queue) or Queue(interaction.queue)
        lane = self._get_lane(interaction, queue, len(queue.rings))
        named = (self.agents[one] for one in lane.named if one in self.agents)
        own = but.group if but is not None and but.is_staffed else None
        return any(group.staffed > (group is own) for group in lane.groups) or any(
            one.is_staffed and one.meets(lane) and one is not but for one in named
        )

    def count_waiting(self, queue: QueueId, channel: ChannelName) -> int:
        return self._waiting.get((queue, channel), 0)

    def _get_lane(self, interaction: Interaction, queue: Queue, reached: int) -> Lane:
        wanted = Wanted(interaction.requirement, interaction.preferred, reached)
        key = (interaction.queue, self.numbers[interaction.channel], wanted)
        return self._lanes.get(key) or self._make_lane(key, queue)

    def find_asking(self, agent_id: AgentId) -> list[Interaction]:
        """Return the waiting interactions that ask only their preferred agents, with this agent among them."""
        lanes = [lane for lane in self._naming.get(agent_id, ()) if lane.asks_preferred]
        return [interaction for lane in lanes for interaction in lane.heaps[ALL].list_all()]

    def find_position(self, interaction: Interaction) -> tuple[int, int]:
        """Return (its position in its queue, how many wait there)."""
        order = self._orders[interaction.queue]
        return order.position(interaction.rank), len(order)

    def _step_in(self, interaction: Interaction, lane: Lane) -> None:
        heap = lane.heaps[ALL]
        if not heap.size:
            self._lanes_in_use += 1
        interaction.lane = lane
        interaction.place = heap
        heap.add(interaction)

    def _step_out(self, interaction: Interaction) -> None:
        heap = interaction.place
        if heap is None:
            return
        if interaction.watch is not None:
            self._unwatch(interaction)
        interaction.lane = interaction.place = None
        heap.discard()
        if not heap.size:
            self._lanes_in_use -= 1

    def _unwatch(self, interaction: Interaction) -> None:
        heap = interaction.watch
        assert heap is not None
        interaction.watch = None
        heap.discard()

    # -- agents -----------------------------------------------------------------------------------------

    def place_agent(self, agent: Agent, profile: AgentProfile) -> None:
        """Put an agent, who is new or has another profile, into their group. The caller settles them afterwards."""
        if agent.id in self.agents:
            self._part(agent)
        else:
            self.agents[agent.id] = agent
            agent.counts = (0,) * len(self.numbers)
        agent.profile = profile
        group = self._groups.get(profile)
        if group is None:
            group = self._groups[profile] = Group(self._policy, profile, self.ready)
            self._outlooks[group] = Outlook(len(self.numbers))
            for lane in self._lanes.values():
                self._introduce_group(group, lane)
        group.members += 1
        agent.group, agent.outlook = group, self._outlooks[group]
        for lane in self._naming.get(agent.id, ()):
            self._introduce_named(agent, lane)

    def count_held(self, agent: Agent, interaction: Interaction, change: int) -> None:
        """Add `change` (1 or -1) to what the agent holds of its channel. The caller updates the seat afterwards."""
        agent.counts = with_one(agent.counts, self.numbers[interaction.channel], change)

    def update_seat(self, agent: Agent) -> None:
        """Seat the agent by what they hold, or on no seat if they are not open to work or are reserved."""
        group = agent.group
        agent.rise()
        is_open = agent.is_open
        group.staffed += is_open - agent.is_staffed
        agent.is_staffed = is_open
        if is_open and agent.reserved is None:
            agent.sit()

    def _part(self, agent: Agent) -> None:
        group = agent.group
        agent.rise()
        group.staffed -= agent.is_staffed
        agent.is_staffed = False
        group.members -= 1
        if agent.own_outlook is not None:
            for lane in self._naming.get(agent.id, ()):
                lane.hide_from(agent.own_outlook)
        if not group.members:
            del self._groups[group.profile]
            outlook = self._outlooks.pop(group)
            for lane in self._lanes.values():
                if group in lane.groups:
                    del lane.groups[group]
                    lane.hide_from(outlook)

    def _introduce_group(self, group: Group, lane: Lane) -> None:
        if (
            lane.queue in group.profile.queues
            and group.takes(lane.channel)
            and any(one.agents is None and one.is_met_by(group.profile) for one in lane.alternatives)
        ):
            lane.groups[group] = None
            lane.show_to(self._outlooks[group])

    def _introduce_named(self, agent: Agent, lane: Lane) -> None:
        if agent.group not in lane.groups and agent.meets(lane):
            agent.own_outlook = agent.own_outlook or Outlook(len(self.numbers))
            lane.show_to(agent.own_outlook)

    # -- lanes ------------------------------------------------------------------------------------------

    def _make_lane(self, key: tuple[QueueId, int, Wanted], queue: Queue) -> Lane:
        if len(self._lanes) > 2 * self._lanes_in_use + _SPARE_LANES:
            self._drop_empty_lanes()
        self._lanes_made += 1
        queue_id, channel, wanted = key
        alike = (self._lanes.get((queue_id, other, wanted)) for other in range(len(self.numbers)))
        like = next((one for one in alike if one is not None), None)
        lane = self._lanes[key] = Lane(self._lanes_made, queue, channel, wanted, like)
        for group in self._groups.values():
            self._introduce_group(group, lane)
        for agent_id in lane.named:
            self._naming.setdefault(agent_id, {})[lane] = None
            if agent_id in self.agents:
                self._introduce_named(self.agents[agent_id], lane)
        return lane

    def _drop_empty_lanes(self) -> None:
        for key, lane in list(self._lanes.items()):
            if not lane.heaps[ALL].size:
                del self._lanes[key]
                for outlook in tuple(lane.outlooks):
                    lane.hide_from(outlook)
                for agent_id in lane.named:
                    del self._naming[agent_id][lane]
                    if not self._naming[agent_id]:
                        del self._naming[agent_id]
