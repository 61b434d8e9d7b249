"""What the router decided. One class per effect; `Effect` is their union.

The rule of this file: an effect is something to store and then to tell or do. The performer matches all of
them with `assert_never`, so that a new one fails the build until it is handled.
"""

from enum import StrEnum

from routing.decisions import Decision
from routing.model import (
    AgentId,
    AgentState,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    Occasion,
    OfferEnd,
    OfferId,
    OverflowAction,
    QueueId,
)
from routing.values import value


class RejectionCode(StrEnum):
    UNKNOWN_INTERACTION = "unknown_interaction"
    DUPLICATE_INTERACTION = "duplicate_interaction"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_TIER = "unknown_tier"
    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_AGENT = "unknown_agent"
    OFFER_GONE = "offer_gone"
    NOT_YOURS = "not_yours"
    WRONG_STATE = "wrong_state"
    BAD_VALUE = "bad_value"
    CALLS_NOBODY = "calls_nobody"  # the queue, and the interaction's customer waits to be called back
    NOT_FIRST = "not_first"  # an agent may take the head of the order alone
    DOES_NOT_FIT = "does_not_fit"  # unless a supervisor says so


@value
class InputRejected:
    """The input came too late or makes no sense; the router's state is unchanged."""

    code: RejectionCode
    subject: str  # the id it was about


@value
class OfferMade:
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId
    deadline_at: Micros
    decision: Decision


@value
class OfferEnded:
    offer_id: OfferId
    interaction_id: InteractionId
    agent_id: AgentId
    end: OfferEnd


@value
class InteractionMoved:
    """The interaction changed its state. `agent_id` is who holds it from here (or held it, when closed)."""

    interaction_id: InteractionId
    before: InteractionState | None  # None: it has just entered
    state: InteractionState
    agent_id: AgentId | None
    closed_as: ClosedAs | None = None
    deadline_at: Micros | None = None  # of the wrap-up or of the attempt to call


@value
class InteractionOverflowed:
    """Its queue could not or should not keep it waiting. Where that closes it or brings it to another queue, this is
    said first."""

    interaction_id: InteractionId
    occasion: Occasion
    action: OverflowAction
    queue: QueueId  # where it is from here
    message: str  # what the customer is to be told, if anything


@value
class CallbackDialled:
    """The customer is to be called for this agent, who is held meanwhile."""

    interaction_id: InteractionId
    agent_id: AgentId
    attempt: int
    deadline_at: Micros
    decision: Decision | None  # None: the agent has accepted an offer, which had it


@value
class AgentMoved:
    """The agent's state or wish changed, by their own word or by the router's."""

    agent_id: AgentId
    state: AgentState
    reason: str
    wish: AgentState | None


Effect = (
    InputRejected | OfferMade | OfferEnded | InteractionMoved | InteractionOverflowed | CallbackDialled | AgentMoved
)
