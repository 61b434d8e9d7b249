"""Agents in memory. `Agent` is `AgentRow` made changeable, with the group, the seat and the outlooks of the agent.

The rule of this file: the row has everything that a decision depends on; the other fields can be found from rows.
"""

from dataclasses import dataclass, field
from typing import Final

from routing.groups import Counts, Group, Idle, Seat
from routing.live_interactions import Interaction, Lane, Outlook
from routing.model import AgentId, AgentProfile, AgentState, InteractionId, Micros
from routing.requirements import meets

_AVAILABLE: Final = AgentState.AVAILABLE  # named once: see `routing.lifecycle`


@dataclass(slots=True, eq=False)
class Agent:
    id: AgentId
    profile: AgentProfile
    state: AgentState
    reason: str = ""
    state_since: Micros = 0
    idle_since: Micros = 0
    wish: AgentState | None = None
    wish_reason: str = ""
    lost_at: Micros | None = None

    group: Group = field(init=False)
    outlook: Outlook = field(init=False)  # the group's
    counts: Counts = field(init=False)  # how many the agent holds of each channel
    held: dict[InteractionId, Interaction] = field(default_factory=dict)
    seat: Seat | None = None  # in the group, while open to work and not reserved
    seated: tuple[Counts, Idle] = field(init=False)  # the arguments with which the agent was seated
    reserved: Interaction | None = None  # the interaction that this agent is reserved for
    own_outlook: Outlook | None = None  # on lanes that name the agent and that their group does not meet
    is_staffed: bool = False  # whether the group counts the agent as open to work
    timer_at: Micros | None = None

    def timer(self, at: Micros) -> "tuple[Micros, int, int, str, Agent]":
        return (at, 1, 0, self.id, self)

    @property
    def is_open(self) -> bool:
        """Whether the agent is open to work, busy or free: available, without a wish to leave, with a connected
        desk."""
        return self.state is _AVAILABLE and self.wish is None and self.lost_at is None

    def meets(self, lane: Lane) -> bool:
        """Whether this agent could take the lane's work if they were available and held nothing."""
        if self.group in lane.groups:
            return True
        return (
            self.id in lane.named
            and lane.queue in self.profile.queues
            and self.group.takes(lane.channel)
            and meets(lane.alternatives, self.id, self.profile)
        )

    def sit(self) -> None:
        self.seated = (self.counts, (self.idle_since, self.id))
        self.seat = self.group.sit(*self.seated)

    def rise(self) -> None:
        if self.seat is not None:
            self.seat = None
            self.group.rise(*self.seated)
