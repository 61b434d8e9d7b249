"""The inputs of the router: one class per fact. `Input` is their union.

The rule of this file: a name is in the past tense, the data is plain, and the shell knows every field without
asking the router. The shell journals inputs as they are and can replay them.
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
    """Where an open interaction goes when a new policy lacks its queue or tier. If it waits or is offered, it waits
    in the new queue at its rank; if an agent has it in hand, it stays there. A new tier gives its own head start."""

    interaction_id: InteractionId
    queue: QueueId
    tier: TierId
    withdraws_callback: bool = False  # under the new policy it cannot be called back, so it waits as others do


@value
class PolicyChanged:
    """A new policy. `moves` has one entry for each open interaction whose queue or tier the policy lacks; if one is
    missing, the input is rejected."""

    policy: Policy
    moves: tuple[PolicyMove, ...] = ()


@value
class InteractionEnqueued:
    """A new interaction. It enters now, unless `entered_at` says earlier. A customer who dropped out and comes back
    gets their old place: the `entered_at` and the `sequence` of their closed interaction."""

    interaction_id: InteractionId
    queue: QueueId
    channel: ChannelName
    tier: TierId
    requirement: Requirement = ANYONE
    entered_at: Micros | None = None
    preferred: tuple[AgentId, ...] = ()  # only these are asked, for as long as the queue says
    boost: Micros = 0  # given by a rule (came back within a day, about to leave); not negative; the policy caps it
    sequence: int | None = None
    linked_to: InteractionId | None = None  # the same customer's, waiting: it is paused, this one takes its place
    windows: tuple[Period, ...] | None = None  # not None: it enters as a callback, as by `CallbackRequested`


@value
class InteractionBegun:
    """An agent has begun an interaction with a customer by themselves, for example by calling out. It never waits:
    the agent has it in hand from now on, and it takes their points. It must fit them, and they may not be reserved
    for another. An agent who is unavailable may begin one too."""

    interaction_id: InteractionId
    queue: QueueId
    channel: ChannelName
    tier: TierId
    agent_id: AgentId


@value
class CallbackRequested:
    """The customer asks to be called back. The interaction waits or is paused, and keeps its place. `windows` says
    when the customer may be called: periods in order, without overlap; empty: at any time. A callback that
    was tried gets other periods, and keeps its tries and the pause after the last one."""

    interaction_id: InteractionId
    windows: tuple[Period, ...] = ()


@value
class CallbackWithdrawn:
    """The callback is withdrawn, because the customer is still on the line: the interaction waits as before."""

    interaction_id: InteractionId


@value
class CallbackAnswered:
    """The call to the customer was answered. `attempt` is that of `CallbackDialled`; with the number of an earlier
    attempt the input is rejected. `by_nobody`: no call could be made, and the agent gets the interaction without one;
    if they transfer it, it waits to be called back as before."""

    interaction_id: InteractionId
    attempt: int
    by_nobody: bool = False


@value
class CallbackUnanswered:
    """Nobody answered the call to the customer, or a machine did, as may turn out while the agent listens. `attempt`:
    as in `CallbackAnswered`."""

    interaction_id: InteractionId
    attempt: int


@value
class AgentStateChosen:
    """The agent chose a state: available, unavailable with a reason, or offline. With `after_current`, an agent who
    holds work changes state when they hold none."""

    agent_id: AgentId
    state: AgentState
    reason: str = ""
    after_current: bool = False


@value
class AgentProfileChanged:
    """A new agent, who is offline at first, or new skills, queues, languages, teams or points of a known agent."""

    agent_id: AgentId
    profile: AgentProfile


@value
class AgentDisconnected:
    """The desk's heartbeat is missing. After `agent_grace`, the agent's offers end as agent_lost and the agent is
    offline."""

    agent_id: AgentId


@value
class AgentReconnected:
    agent_id: AgentId


@value
class AgentRemoved:
    """The person is no agent any more, or is disabled. They give back their work at once, as an agent does whose desk
    was disconnected for `agent_grace`, and are offline until they get a profile and choose a state again."""

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
    """The customer has left. An active interaction goes to wrap-up; one that waits, is paused, offered or dialled
    closes as `closed_as`."""

    interaction_id: InteractionId
    closed_as: ClosedAs = ClosedAs.ABANDONED


@value
class CustomerReturned:
    """The customer sent another message. An interaction in wrap-up becomes active again; in any other state nothing
    changes."""

    interaction_id: InteractionId


@value
class InteractionEnded:
    """The agent who has the interaction ended it: it goes to wrap-up."""

    interaction_id: InteractionId
    agent_id: AgentId


@value
class WrapUpCompleted:
    interaction_id: InteractionId
    agent_id: AgentId


@value
class InteractionTransferred:
    """The interaction was handed to a queue. With `to_agent`, it waits there for this agent alone. It keeps its
    place, unless the queue says `transfer_restarts`."""

    interaction_id: InteractionId
    queue: QueueId
    to_agent: AgentId | None = None


@value
class ConsultBegan:
    """The agent who has the active interaction consults another one, who is open to work and has room for it. It
    takes the points of both until `ConsultEnded`, or until it is active no more. With `overrides_fit`, that happens
    whether or not they are open and have room: a supervisor who takes it over is consulted first."""

    interaction_id: InteractionId
    agent_id: AgentId
    overrides_fit: bool = False


@value
class ConsultEnded:
    interaction_id: InteractionId
    agent_id: AgentId


@value
class InteractionHandedOver:
    """The active interaction goes to an agent who is consulted in it. It does not wait in between."""

    interaction_id: InteractionId
    to_agent: AgentId


@value
class InteractionAssigned:
    """Without `by`, the agent took it: it must be the first that waits for them. With `by`, a supervisor gave this
    agent an interaction that waits, is offered or is active. The agent is offered it; a supervisor who names
    themselves has it at once. With `overrides_fit`, that happens even if the agent does not meet the requirement or
    has no room."""

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
    """It is moved forward in the order. `boost` replaces the boost that it had; it is not negative, and the policy
    caps it."""

    interaction_id: InteractionId
    boost: Micros


@value
class TimePassed:
    """Time has passed and nothing else happened: whatever is due is done."""


Input = (
    PolicyChanged
    | InteractionEnqueued
    | InteractionBegun
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
    | ConsultBegan
    | ConsultEnded
    | InteractionHandedOver
    | InteractionAssigned
    | TierChanged
    | InteractionBoosted
    | TimePassed
)
