"""What the hub answers a channel that asks: a place in the order, a chat, the calls under way.

The rule of this file: plain data, as in `channel.py`, which names it all.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """What someone who waits may be told. `position` is 1 for the next; None when no longer waiting. `minutes`: how
    long about; None where nobody can say. `callback_key`: which key they may press to be called back; empty: none."""

    position: int | None
    language: str
    minutes: int | None = None
    callback_key: str = ""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that the hub believes to be under way."""

    call_id: str
    leg_id: str = ""  # the agent's, where the provider has named it
    is_connecting: bool = False  # an agent's leg is being called


@dataclass(frozen=True, slots=True)
class AgentCall:
    """A call for which an agent's telephone is being called: what that agent is told of it."""

    language: str  # the agent's
    customer_name: str  # empty: unknown
    customer_address: str  # empty: withheld


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of a chat as the customer may see it. `number` grows by one per chat."""

    number: int
    message_id: str  # the customer's own client id, or ours
    author: str  # "customer", "agent" or "system"
    author_name: str
    text: str
    at: int
