"""Why something waits, or why it was offered to whom: what the screens and the API's callers are told.

The rule of this file: codes and numbers for programs, and beside each its sentence in the language asked for, so
that a screen, an export and a caller of the API say it in the same words (`agent_console/explanation_words.py`).
"""

from agent_console.views import Wire
from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.model import ChannelName, InteractionState


class ReasonLine(Wire):
    code: NotEligible
    ends_at: int | None  # when it ends by itself, at the latest
    since: int | None
    names: list[str]
    asked: int
    has: int
    text: str


class AgentReasons(Wire):
    """Eligible where there is no reason."""

    agent_id: str
    name: str
    reasons: list[ReasonLine]


class AheadLine(Wire):
    """One that is served first, and why it is not: how many agents, by the first reason of each."""

    interaction_id: str
    queue: str
    channel: ChannelName
    tier: str
    why_not: dict[str, int]
    text: str


class UpcomingLine(Wire):
    what: str
    at: int
    agent_id: str | None
    ring: int
    action: str | None
    text: str


class DecisionLine(Wire):
    """Of a decision of the past: whom it chose, by what, and whom it passed over."""

    agent_id: str
    name: str
    chosen_by: ChosenBy
    eligible: int
    waited_seconds: float
    passed_over: dict[PassedOver, int]
    text: str


class ExplanationView(Wire):
    """GET /api/interactions/{id}/explanation: of what waits, as it is; of what an agent has, as it was when they were
    chosen. GET /api/offers/{id}/explanation: of any offer. Both with ?language=; 404 where the interaction is not
    open, or the journal does not cover the offer any more."""

    interaction_id: str
    at: int
    policy_version: int
    state: InteractionState
    queue: str
    channel: ChannelName
    tier: str
    entered_at: int
    head_start_seconds: float
    boost_seconds: float
    position: int | None  # in its queue, while it waits
    expected_minutes: int | None  # of a call or a chat that waits, where that can be said
    ring: int  # the last one open; 0 while the preferred agents alone are asked
    rings: int
    summary: str
    eligible: list[AgentReasons]
    others: list[AgentReasons]  # those for whom the least is missing first
    ahead: list[AheadLine]  # the first ten
    ahead_count: int
    next: list[UpcomingLine]
    decision: DecisionLine | None = None


class EstimateLine(Wire):
    """How well the wait was told on entering to those who then waited for over a minute, in the last 24 hours."""

    queue: str
    tier: str
    count: int
    median_error: float  # as a share of the wait
    bias: float  # what was told in all over what was waited in all, less one
    is_silent: bool  # so bad that nobody is told


class EstimatesView(Wire):
    """GET /api/estimates."""

    lines: list[EstimateLine]


class WorkLine(Wire):
    """One open interaction, as a supervisor sees it in a list. `version`: for a command about it."""

    interaction_id: str
    version: int
    state: InteractionState
    customer_name: str
    queue: str
    channel: ChannelName
    tier: str
    entered_at: int
    since: int  # in this state
    boost_seconds: float
    is_callback: bool  # the customer has given the line back, and will be called
    position: int | None  # in its queue, where the list is of those who wait


class WaitingView(Wire):
    """GET /api/queues/{id}/waiting: what waits in a queue, in the order of rank, the first fifty."""

    queue: str
    count: int
    lines: list[WorkLine]


class HeldView(Wire):
    """GET /api/agents/{id}/held: what an agent is offered, is called for, has in hand or wraps up."""

    agent_id: str
    lines: list[WorkLine]


class UnfinishedLine(Wire):
    """An interaction that was closed while a statement that must be said was neither acknowledged nor marked as not
    said."""

    interaction_id: str
    customer_name: str
    queue: str
    channel: ChannelName
    tier: str
    agent_name: str  # who had it last; empty where nobody is known
    is_taken: bool  # it ended in their hands; else the customer left while it waited for another agent
    closed_at: int
    text: str  # the statements, in the words that the customer should have heard


class UnfinishedView(Wire):
    """GET /api/unfinished: of today, in the queues that the supervisor looks after, the newest fifty. `elsewhere`:
    how many there are in other queues."""

    count: int
    elsewhere: int
    lines: list[UnfinishedLine]


class CandidateLine(AgentReasons):
    needs_override: bool  # does not meet what is asked, or has no room


class CandidatesView(Wire):
    """GET /api/interactions/{id}/candidates?language=: who is at work and could be given it by a supervisor, with all
    that speaks against it; who needs no override comes first."""

    interaction_id: str
    lines: list[CandidateLine]
