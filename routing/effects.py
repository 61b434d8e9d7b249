"""The effects of the router: one class per thing that it decided. `Effect` is their union.

The rule of this file: the shell stores an effect, then tells it or carries it out. The performer matches all of
them with `assert_never`, so that a new effect fails the type check until the performer handles it.
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
    CALLS_NOBODY = "calls_nobody"  # the queue takes no callbacks, and the interaction is one or was to become one
    NOT_FIRST = "not_first"  # an agent may take only the first that waits for them
    RESERVED = "reserved"  # the agent is reserved for an interaction that has waited for long
    AGENT_NOT_OPEN = "agent_not_open"  # the agent is not open to work
    NO_ROOM = "no_room"  # the agent is open to work, and has no room for it
    DOES_NOT_FIT = "does_not_fit"  # the agent does not meet the requirement or has no room; a supervisor may override


@value
class InputRejected:
    """The input came too late or makes no sense. It has changed nothing."""

    code: RejectionCode
    subject: str  # the id that the code is about


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
    """The interaction changed its state. `agent_id` is the agent who has it after the change; when it has closed, the
    agent who had it in hand until then."""

    interaction_id: InteractionId
    before: InteractionState | None  # None: it is new
    state: InteractionState
    agent_id: AgentId | None
    closed_as: ClosedAs | None = None
    deadline_at: Micros | None = None  # when the wrap-up ends; None in any other state


@value
class InteractionOverflowed:
    """An overflow rule of its queue was applied. This effect comes before the effects of closing the interaction or
    of moving it to another queue."""

    interaction_id: InteractionId
    occasion: Occasion
    action: OverflowAction
    queue: QueueId  # the queue that it is in afterwards
    message: str  # the key of what the customer is told; empty: nothing


@value
class TransferReturned:
    """The queue does not take a call that was transferred to it; `occasion` says why. It is in `queue` from here on,
    and an offer to the agent who transferred it follows."""

    interaction_id: InteractionId
    occasion: Occasion
    queue: QueueId
    agent_id: AgentId


@value
class CallbackDialled:
    """The shell is to call the customer for this agent. Meanwhile the interaction takes the agent's points."""

    interaction_id: InteractionId
    agent_id: AgentId
    attempt: int
    deadline_at: Micros
    decision: Decision | None  # None: the agent has accepted an offer, and the decision is with that


@value
class ConsultantReleased:
    """The agent is consulted in the interaction no more, and it takes no more of their points."""

    interaction_id: InteractionId
    agent_id: AgentId


@value
class AgentMoved:
    """The agent's state, reason or wish changed: the agent chose it, or the router set it."""

    agent_id: AgentId
    state: AgentState
    reason: str
    wish: AgentState | None


Effect = (
    InputRejected
    | OfferMade
    | OfferEnded
    | InteractionMoved
    | InteractionOverflowed
    | TransferReturned
    | CallbackDialled
    | ConsultantReleased
    | AgentMoved
)
