"""What the router is told. One class per fact; `Input` is their union.

The rule of this file: past tense for facts, plain data only, and every field is something that the shell
knows without asking the router. Inputs are journalled as they stand and replayed.
"""

from routing.model import (
    ANYONE,
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    ClosedAs,
    InteractionId,
    Micros,
    OfferId,
    Period,
    Policy,
    QueueId,
    Requirement,
    TierId,
)
from routing.values import value


@value
class PolicyMove:
    """Where an open interaction goes for which a new policy has no place: what waits or is offered waits there anew,
    at its rank; what an agent has in hand stays there. A new tier gives its head start."""

    interaction_id: InteractionId
    queue: QueueId
    tier: TierId
    withdraws_callback: bool = False  # its customer cannot be called back by this policy, and waits as others do


@value
class PolicyChanged:
    """`moves`: of every open interaction whose queue or tier the policy lacks. Without them it is rejected."""

    policy: Policy
    moves: tuple[PolicyMove, ...] = ()


@value
class InteractionEnqueued:
    """A new interaction. `entered_at` None means now; an earlier instant, and with it the `sequence` of one that has
    closed, inherits the place of who dropped out and comes back."""

    interaction_id: InteractionId
    queue: QueueId
    channel: ChannelName
    tier: TierId
    requirement: Requirement = ANYONE
    entered_at: Micros | None = None
    preferred: tuple[AgentId, ...] = ()  # asked first and alone, for as long as the queue says
    boost: Micros = 0  # by rule: came back within a day, about to be lost; not negative, capped by the policy
    sequence: int | None = None
    linked_to: InteractionId | None = None  # one of the same customer that waits: it is paused, and gives its place


@value
class CallbackRequested:
    """The customer who waits, here or on another channel, gives the line back and keeps the place. `windows`: when
    they may be called."""

    interaction_id: InteractionId
    windows: tuple[Period, ...] = ()


@value
class CallbackWithdrawn:
    """The customer cannot be called back, and stays on the line: waits as before."""

    interaction_id: InteractionId


@value
class CallbackAnswered:
    """`attempt` is that of `CallbackDialled`: an answer to an earlier one comes too late. `by_nobody`: no call was
    made, and the agent has it in hand all the same; where they hand it on, it waits to be called back as before."""

    interaction_id: InteractionId
    attempt: int
    by_nobody: bool = False


@value
class CallbackUnanswered:
    interaction_id: InteractionId
    attempt: int


@value
class AgentStateChosen:
    """The agent's own choice: available, unavailable with a reason, or offline. While work is in hand,
    `after_current` keeps it as a wish that takes effect when the hands are empty."""

    agent_id: AgentId
    state: AgentState
    reason: str = ""
    after_current: bool = False


@value
class AgentProfileChanged:
    """First sight of an agent (then offline) or new skills, queues, languages, teams, points."""

    agent_id: AgentId
    profile: AgentProfile


@value
class AgentDisconnected:
    """The desk's heartbeat is gone: after `agent_grace` offers end as agent_lost and the agent is offline."""

    agent_id: AgentId


@value
class AgentReconnected:
    agent_id: AgentId


@value
class AgentRemoved:
    """The person is no agent any more, or is not let in: what a lost desk brings about after its grace happens at
    once. They are offline until a profile and a choice of theirs come again."""

    agent_id: AgentId


@value
class OfferAccepted:
    offer_id: OfferId
    agent_id: AgentId


@value
class OfferDeclined:
    offer_id: OfferId
    agent_id: AgentId


@value
class CustomerLeft:
    """The customer is gone: waiting and offered work closes as said, active work goes to wrap-up."""

    interaction_id: InteractionId
    closed_as: ClosedAs = ClosedAs.ABANDONED


@value
class CustomerReturned:
    """A further message while the agent wraps up: back to active. Elsewhere it changes nothing."""

    interaction_id: InteractionId


@value
class InteractionEnded:
    """The agent who holds it ends it: active work goes to wrap-up."""

    interaction_id: InteractionId
    agent_id: AgentId


@value
class WrapUpCompleted:
    interaction_id: InteractionId
    agent_id: AgentId


@value
class InteractionTransferred:
    """To a queue (keeps entered_at), or back to the order for one named agent of that queue."""

    interaction_id: InteractionId
    queue: QueueId
    to_agent: AgentId | None = None


@value
class InteractionAssigned:
    """Without `by`: the agent takes the first of what waits that fits. With it: a supervisor gives what waits, is
    offered or is held to this agent, who is offered it, or takes it over at once where that is the supervisor.
    `overrides_fit`: also where the agent does not meet it or has no room."""

    interaction_id: InteractionId
    agent_id: AgentId
    by: AgentId | None = None
    overrides_fit: bool = False


@value
class TierChanged:
    interaction_id: InteractionId
    tier: TierId


@value
class InteractionBoosted:
    """`boost` is not negative and is capped by the policy."""

    interaction_id: InteractionId
    boost: Micros


@value
class TimePassed:
    """The alarm clock rang: everything due by now is due."""


Input = (
    PolicyChanged
    | InteractionEnqueued
    | CallbackRequested
    | CallbackWithdrawn
    | CallbackAnswered
    | CallbackUnanswered
    | AgentStateChosen
    | AgentProfileChanged
    | AgentDisconnected
    | AgentReconnected
    | AgentRemoved
    | OfferAccepted
    | OfferDeclined
    | CustomerLeft
    | CustomerReturned
    | InteractionEnded
    | WrapUpCompleted
    | InteractionTransferred
    | InteractionAssigned
    | TierChanged
    | InteractionBoosted
    | TimePassed
)
