"""The wire types that explain to screens and API callers why an interaction waits, or why an agent was offered it.

The rule of this file: beside each code with its numbers stands a sentence in the language asked for. So a screen, an
export and an API caller use the same words (`agent_console/explanation_words.py`).
"""

from agent_console.private_data import Address
from agent_console.views import Wire
from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.model import ChannelName, InteractionState


class ReasonLine(Wire):
    code: NotEligible
    ends_at: int | None  # when it ends by itself, at the latest; None: it does not
    since: int | None
    names: list[str]
    asked: int
    has: int
    text: str


class AgentReasons(Wire):
    """All reasons why an agent is not eligible. Without any, the agent is eligible."""

    agent_id: str
    name: str
    reasons: list[ReasonLine]


class AheadLine(Wire):
    """An interaction that comes first in the order. `why_not` says why it is not served: how many agents are not
    eligible for it, by the first reason of each."""

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
    """A past decision: the agent whom it chose, why, and how many agents it passed over, by reason."""

    agent_id: str
    name: str
    chosen_by: ChosenBy
    eligible: int
    waited_seconds: float
    passed_over: dict[PassedOver, int]
    text: str


class ExplanationView(Wire):
    """GET /api/interactions/{id}/explanation explains a waiting interaction as it is, and one that an agent has as it
    was when that agent was chosen. GET /api/offers/{id}/explanation explains any offer. Both take ?language=. They
    answer 404 if the interaction is not open, or if the journal does not reach back to the offer."""

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
    expected_minutes: int | None  # only of a call or chat that waits; None: there is no estimate
    ring: int  # the last ring that is open; 0 while only the preferred agents are asked
    rings: int
    summary: str
    eligible: list[AgentReasons]
    others: list[AgentReasons]  # by how many reasons they have, fewest first
    ahead: list[AheadLine]  # the first ten
    ahead_count: int
    next: list[UpcomingLine]
    decision: DecisionLine | None = None


class EstimateLine(Wire):
    """How good the waits were that customers were told on entering, measured on those of the last 24 hours who then
    waited for more than a minute."""

    queue: str
    tier: str
    count: int
    median_error: float  # the median of the absolute errors, each as a share of the wait
    bias: float  # the sum of what was told, over the sum of the waits, minus 1
    is_silent: bool  # the error is so bad that no estimate is told


class EstimatesView(Wire):
    """GET /api/estimates."""

    lines: list[EstimateLine]


class WorkLine(Wire):
    """One open interaction, as a supervisor sees it in a list. A command about it needs `version`."""

    interaction_id: str
    version: int
    state: InteractionState
    customer_name: Address
    queue: str
    channel: ChannelName
    tier: str
    entered_at: int
    since: int  # in this state
    boost_seconds: float
    is_callback: bool  # the customer will be called back
    position: int | None  # in its queue; None: the list is not of a queue's waiting interactions
    agent_id: str = ""  # who has it


class WaitingView(Wire):
    """GET /api/queues/{id}/waiting: the first fifty interactions that wait in a queue, by rank."""

    queue: str
    count: int
    lines: list[WorkLine]


class HeldView(Wire):
    """GET /api/agents/{id}/held: the interactions that an agent is offered, has in hand or wraps up, and those whose
    customer is being called for them."""

    agent_id: str
    lines: list[WorkLine]


class InHandView(Wire):
    """GET /api/in-hand: what agents have active in the queues that this supervisor looks after, the longest first, at
    most fifty of them."""

    count: int
    lines: list[WorkLine]


class UnfinishedLine(Wire):
    """An interaction that closed while a required statement was neither acknowledged nor marked as not said."""

    interaction_id: str
    customer_name: Address
    queue: str
    channel: ChannelName
    tier: str
    agent_name: str  # the last agent who had it; empty: not known
    is_taken: bool  # True: it ended with this agent; False: the customer left while it waited for another agent
    closed_at: int
    text: str  # the statements, in the words that the customer should have heard


class UnfinishedView(Wire):
    """GET /api/unfinished: the newest fifty of today, in the queues that the supervisor looks after. `elsewhere` says
    how many there are in other queues."""

    count: int
    elsewhere: int
    lines: list[UnfinishedLine]


class CandidateLine(AgentReasons):
    needs_override: bool  # the agent does not meet the requirement, or has no room


class CandidatesView(Wire):
    """GET /api/interactions/{id}/candidates?language=: the agents at work to whom a supervisor could give it, each
    with all reasons against that. Agents who need no override come first."""

    interaction_id: str
    lines: list[CandidateLine]
