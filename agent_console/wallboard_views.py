"""The wire types of the wallboard.

The rule of this file: it has counts and sums, and no customer. A share is between 0 and 1, or None as long as nothing
has been answered.
"""

from typing import Literal

from agent_console.listening_views import Way
from agent_console.views import MessageView, Names, PolicyView, Wire
from routing.model import AgentState, ChannelName


class ServiceLine(Wire):
    """The figures of one queue, or of one tier of it.

    `oldest_at` belongs to the interaction that has waited longest in proportion to the threshold of its channel: it
    is when its wait began, and `threshold_seconds` is that threshold. Both are None if nobody waits.
    """

    waiting: int
    oldest_at: int | None
    threshold_seconds: float | None
    answered: int
    in_time: int
    share_in_time: float | None
    share_in_time_half_hour: float | None
    abandoned: int
    average_answer_seconds: float | None
    counts: dict[str, int]  # each sum of hub/storage/figures.py, by its name


class TierLine(Wire):
    tier: str
    line: ServiceLine


class QueueBoard(Wire):
    queue: str
    names: Names
    channels: list[ChannelName]
    threshold_seconds: float
    target: float
    line: ServiceLine
    tiers: list[TierLine]


class AgentLine(Wire):
    id: str
    name: str
    state: AgentState
    reason: str
    since: int
    queues: list[str]
    has_phone: bool = True  # False: the agent is offered no calls, because they have no telephone
    doing: Literal[
        "offline",
        "away",
        "not_responding",
        "line_lost",  # in a call: the customer hears that the agent is called again
        "free",
        "offered",
        "dialling",
        "busy",
        "calling_out",
        "wrap_up",
    ]
    holds: dict[str, int]  # channel -> count


class ListenerLine(Wire):
    """A supervisor who listens in, as every wallboard shows it. `agent_id`: whose work it is."""

    staff_id: str
    name: str
    agent_id: str
    interaction_id: str
    channel: ChannelName
    way: Way
    state: Literal["calling", "present", "held"]
    since: int


class ReadAlong(Wire):
    """To the wallboards of one supervisor: what is written where they read along. The newest messages, in order."""

    interaction_id: str
    messages: list[MessageView]


class ArrivalPoint(Wire):
    at: int  # start of the half hour
    arrivals: int


class WallMoved(Wire):
    """The clock of the hub's machine was set by so many seconds. The wallboard shows this for a day."""

    at: int
    by_seconds: float


class WallboardView(Wire):
    at: int
    wall_moved: WallMoved | None = None
    queues: list[QueueBoard]
    agents: list[AgentLine]
    waiting_by_channel: dict[str, int]
    total: ServiceLine
    short_abandoned: int
    arrivals: list[ArrivalPoint]
    policy: PolicyView
    listeners: list[ListenerLine] = []  # in the order in which they came
    unanswered: list[str] = []  # the queues that take calls, but whose agents all have no telephone
