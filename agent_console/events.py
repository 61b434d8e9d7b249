"""The events that the hub sends to a desk. They are numbered for each agent, without gaps.

The rule of this file: *old snapshot + events = fresh snapshot*. An event has everything that the screen needs for the
change; no event means "ask again".
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.hand_over import ConsultView
from agent_console.listening_views import ListeningView
from agent_console.private_data import Private
from agent_console.script_views import ScriptView
from agent_console.views import (
    AgentView,
    AppointmentView,
    CallView,
    CustomerView,
    Delivery,
    DeskSnapshot,
    InteractionView,
    MessageView,
    OfferView,
    PartyView,
    PolicyView,
    TodayView,
    Wire,
)
from routing.model import ClosedAs, InteractionState, OfferEnd


class AgentChanged(Wire):
    kind: Literal["agent_changed"] = "agent_changed"
    agent: AgentView


class DeskActs(Wire):
    """`desk` is the one of the agent's desks whose commands are obeyed."""

    kind: Literal["desk_acts"] = "desk_acts"
    desk: str


class OfferMadeEvent(Wire):
    kind: Literal["offer_made"] = "offer_made"
    offer: OfferView


class OfferEndedEvent(Wire):
    kind: Literal["offer_ended"] = "offer_ended"
    offer_id: str
    end: OfferEnd


class InteractionAdded(Wire):
    """The agent has a new interaction. It comes with its transcript and script."""

    kind: Literal["interaction_added"] = "interaction_added"
    interaction: InteractionView


class AppointmentsChanged(Wire):
    """The calls that are agreed with the interaction's customer."""

    kind: Literal["appointments_changed"] = "appointments_changed"
    interaction_id: str
    appointments: list[AppointmentView]


class InteractionChanged(Wire):
    """Fields of the interaction changed. None means unchanged, except for `wrap_up_deadline_at`: None is its value in
    every state but wrap-up. `listeners` are all who are there."""

    kind: Literal["interaction_changed"] = "interaction_changed"
    interaction_id: str
    version: int
    state: InteractionState
    state_since: int
    wrap_up_deadline_at: int | None = None
    call: CallView | None = None
    listeners: list[PartyView] = []
    customer: CustomerView | None = None
    is_customer_gone: bool = False
    queue: str | None = None  # a new policy may change these three
    tier: str | None = None
    customer_tier: str | None = None


class InteractionRemoved(Wire):
    kind: Literal["interaction_removed"] = "interaction_removed"
    interaction_id: str
    closed_as: ClosedAs | None = None  # None: it is still open, but not with this agent
    today: TodayView


class ConsultShown(Wire):
    """A colleague asks this agent about a call, or their place in it changed."""

    kind: Literal["consult_shown"] = "consult_shown"
    consult: ConsultView


class ConsultGone(Wire):
    """The agent is asked no more, or has left the call. If the call is theirs now, `interaction_added` follows."""

    kind: Literal["consult_gone"] = "consult_gone"
    party_id: str


class ListeningShown(Wire):
    """This supervisor listens in, or how they do has changed."""

    kind: Literal["listening_shown"] = "listening_shown"
    listening: ListeningView


class ListeningGone(Wire):
    kind: Literal["listening_gone"] = "listening_gone"
    party_id: str


class TodayChanged(Wire):
    kind: Literal["today_changed"] = "today_changed"
    today: TodayView


class MessageAdded(Wire):
    kind: Literal["message_added"] = "message_added"
    interaction_id: str
    message: MessageView


class MessageChanged(Wire):
    kind: Literal["message_changed"] = "message_changed"
    interaction_id: str
    message_id: str
    delivery: Delivery | None = None
    error: str = ""
    # None: unchanged
    data: Annotated[dict[str, str | int | float | None] | None, Private.ADDRESSES, Private.TEXTS] = None


class ScriptChanged(Wire):
    kind: Literal["script_changed"] = "script_changed"
    interaction_id: str
    script: ScriptView


class PolicyChangedEvent(Wire):
    kind: Literal["policy_changed"] = "policy_changed"
    policy: PolicyView


DeskEvent = Annotated[
    AgentChanged
    | DeskActs
    | OfferMadeEvent
    | OfferEndedEvent
    | InteractionAdded
    | AppointmentsChanged
    | InteractionChanged
    | InteractionRemoved
    | ConsultShown
    | ConsultGone
    | ListeningShown
    | ListeningGone
    | TodayChanged
    | MessageAdded
    | MessageChanged
    | ScriptChanged
    | PolicyChangedEvent,
    Field(discriminator="kind"),
]


class NumberedEvent(Wire):
    number: int
    event: DeskEvent


class ResumeRequest(Wire):
    number: int | None = None  # the number of the last event seen; None: none was seen


class ResumeAnswer(Wire):
    """The events that the desk missed, in order; or a fresh snapshot, if they are too many."""

    events: list[NumberedEvent] | None = None
    snapshot: DeskSnapshot | None = None
