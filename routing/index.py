"""Where everyone stands: agents in their groups, waiting interactions in their lanes, queues in order.

The rule of this file: the one place that puts in and takes out, so that the heaps, the seats and the positions
always speak of the same rows. What it costs is bounded by the lanes and groups touched, never by how many wait.
"""

from typing import Final

from routing.groups import NOTHING_HELD, Group
from routing.lanes import CHANNELS, INDEX, Lane, Outlook, Wanted, Watch
from routing.model import AgentId, AgentProfile, Micros, Policy, Queue, QueueId, Requirement
from routing.order import Order
from routing.records import Agent, Interaction
from routing.requirements import alternatives_of, rings_reached

_SPARE_LANES: Final = 1024


class Index:
    def __init__(self, policy: Policy) -> None:
        self.agents: dict[AgentId, Agent] = {}
        self.ready: tuple[dict[Group, None], ...] = tuple({} for _ in CHANNELS)  # groups, by channel with room
        self._policy = policy
        self._groups: dict[AgentProfile, Group] = {}
        self._wanted: dict[tuple[QueueId, int, Requirement, int], Wanted] = {}
        self._naming: dict[AgentId, dict[Wanted, None]] = {}
        self._orders: dict[QueueId, Order] = {}
        self._lanes = 0
        self._lanes_made = 0
        self._lanes_in_use = 0

    # -- interactions -----------------------------------------------------------------------------------

    def enter(self, interaction: Interaction, now: Micros) -> Micros | None:
        """Put it where it belongs at `now`, and say when that changes by time alone."""
        wanted, opens_at = self.find_wanted(interaction, now)
        excluded: tuple[AgentId, ...] = ()
        if interaction.excluded:
            interaction.excluded = tuple(each for each in interaction.excluded if each[1] > now)
            excluded = tuple(sorted(agent_id for agent_id, _ in interaction.excluded))
        lane = wanted.lanes.get(excluded) or self._make_lane(wanted, excluded)
        if not lane.heaps[Watch.WAITING].size:
            self._lanes_in_use += 1
        interaction.lane = lane
        interaction.place = lane.heaps[Watch.WAITING]
        lane.heaps[Watch.WAITING].add(interaction)
        overdue_at = self.watch(interaction, now)
        self._orders.setdefault(interaction.queue, Order()).add(interaction.rank)
        instants = [at for at in (opens_at, overdue_at, *(until for _, until in interaction.excluded)) if at]
        return min(instants) if instants else None

    def leave(self, interaction: Interaction) -> None:
        """The caller has not changed its rank or queue since it entered."""
        lane = interaction.lane
        assert lane is not None
        self._orders[interaction.queue].remove(interaction.rank)
        self.unwatch(interaction)
        interaction.lane = interaction.place = None
        lane.heaps[Watch.WAITING].discard()
        if not lane.heaps[Watch.WAITING].size:
            self._lanes_in_use -= 1

    def watch(self, interaction: Interaction, now: Micros) -> Micros | None:
        """Watch whether it has been passed for too long; the instant at which that is so, when ahead."""
        lane = interaction.lane
        assert lane is not None
        if interaction.reserved_for is not None:
            return None
        overdue_at: Micros | None = None
        if interaction.passed_at is None:
            interaction.watch = lane.heaps[Watch.UNPASSED]
        else:
            overdue_at = interaction.passed_at + self._policy.reserve_after
            if overdue_at > now:
                return overdue_at
            interaction.watch = lane.heaps[Watch.OVERDUE]
        interaction.watch.add(interaction)
        return None

    def unwatch(self, interaction: Interaction) -> None:
        heap = interaction.watch
        if heap is not None:
            interaction.watch = None
            heap.discard()

    def find_wanted(self, interaction: Interaction, now: Micros) -> tuple[Wanted, Micros | None]:
        """What it wants at `now`, and the instant at which its next ring opens."""
        queue = self._policy.queues.get(interaction.queue) or Queue(interaction.queue)
        reached, opens_after = rings_reached(queue, now - interaction.queued_at)
        channel = INDEX[interaction.channel]
        key = (interaction.queue, channel, interaction.requirement, reached)
        wanted = self._wanted.get(key)
        if wanted is None:
            alternatives = alternatives_of(queue, interaction.requirement, reached)
            wanted = self._wanted[key] = Wanted(interaction.queue, channel, alternatives)
            for group in self._groups.values():
                self._introduce_group(group, wanted)
            for agent_id in wanted.named:
                self._naming.setdefault(agent_id, {})[wanted] = None
                if agent_id in self.agents:
                    self._introduce_named(self.agents[agent_id], wanted)
        return wanted, None if opens_after is None else interaction.queued_at + opens_after

    def find_position(self, interaction: Interaction) -> tuple[int, int]:
        """(position, how many wait) in its queue."""
        order = self._orders[interaction.queue]
        return order.position(interaction.rank), len(order)

    # -- agents -----------------------------------------------------------------------------------------

    def join(self, agent: Agent, profile: AgentProfile) -> None:
        """First sight, or another profile: the caller settles them afterwards."""
        if agent.id in self.agents:
            self._part(agent)
        else:
            self.agents[agent.id] = agent
            agent.counts = NOTHING_HELD
        agent.profile = profile
        group = self._groups.get(agent.profile)
        if group is None:
            group = self._groups[agent.profile] = Group(self._policy, agent.profile, self.ready)
            for wanted in self._wanted.values():
                self._introduce_group(group, wanted)
        group.members += 1
        agent.group = group
        for wanted in self._naming.get(agent.id, ()):
            self._introduce_named(agent, wanted)

    def settle(self, agent: Agent) -> None:
        """Seat the agent where their state, their hands and their reservation put them."""
        agent.group.rise(agent)
        agent.group.staffed += agent.is_open - agent.is_staffed
        agent.is_staffed = agent.is_open
        if agent.is_open and agent.reserved is None:
            agent.group.sit(agent)

    def _part(self, agent: Agent) -> None:
        group = agent.group
        group.rise(agent)
        group.staffed -= agent.is_staffed
        agent.is_staffed = False
        group.members -= 1
        if agent.outlook is not None:
            for wanted in self._naming.get(agent.id, ()):
                wanted.hide_from(agent.outlook)
        if not group.members:
            del self._groups[group.profile]
            for wanted in self._wanted.values():
                if group in wanted.groups:
                    del wanted.groups[group]
                    wanted.hide_from(group.outlook)

    def _introduce_group(self, group: Group, wanted: Wanted) -> None:
        if (
            wanted.queue in group.profile.queues
            and group.takes(wanted.channel)
            and any(one.agents is None and one.is_met_by(group.profile) for one in wanted.alternatives)
        ):
            wanted.groups[group] = None
            wanted.show_to(group.outlook)

    def _introduce_named(self, agent: Agent, wanted: Wanted) -> None:
        if agent.group not in wanted.groups and wanted.is_met_by(agent):
            agent.outlook = agent.outlook or Outlook()
            wanted.show_to(agent.outlook)

    # -- lanes ------------------------------------------------------------------------------------------

    def _make_lane(self, wanted: Wanted, excluded: tuple[AgentId, ...]) -> Lane:
        if self._lanes > 2 * self._lanes_in_use + _SPARE_LANES:
            self._drop_empty_lanes(wanted)
        self._lanes += 1
        self._lanes_made += 1
        return wanted.make_lane(excluded, self._lanes_made)

    def _drop_empty_lanes(self, needed: Wanted) -> None:
        for key, wanted in list(self._wanted.items()):
            for excluded, lane in list(wanted.lanes.items()):
                if not lane.heaps[Watch.WAITING].size:
                    lane.hide()
                    del wanted.lanes[excluded]
                    self._lanes -= 1
            if not wanted.lanes and wanted is not needed:
                del self._wanted[key]
                for agent_id in wanted.named:
                    del self._naming[agent_id][wanted]
                    if not self._naming[agent_id]:
                        del self._naming[agent_id]
