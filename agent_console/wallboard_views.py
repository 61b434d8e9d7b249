"""What the wallboard shows.

The rule of this file: counts and sums, no customer. Shares are 0..1, None where nothing has been answered yet.
"""

from typing import Literal

from agent_console.views import Names, PolicyView, Wire
from routing.model import AgentState, ChannelName


class ServiceLine(Wire):
    """One queue, or one tier of it. Shares are 0..1, None where nothing has been answered yet.

    `oldest_at` is since when that one waits which has waited longest against the threshold of its channel; both are
    None where nobody waits.
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
    counts: dict[str, int]  # every sum of hub/storage/figures.py by its name: a figure that is a count needs no more


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
    has_phone: bool = True  # without a telephone to answer with, no calls are offered
    doing: Literal["offline", "away", "not_responding", "free", "offered", "dialling", "busy", "wrap_up"]
    holds: dict[str, int]  # channel -> count


class ArrivalPoint(Wire):
    at: int  # start of the half hour
    arrivals: int


class WallMoved(Wire):
    """The clock of the hub's machine was set, by so much: a day long the board says so."""

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
    unanswered: list[str] = []  # the queues that take calls and in which nobody has a telephone to answer with
