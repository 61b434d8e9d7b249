"""The hub's answers to a channel: a place in the order, a chat, the calls under way.

The rule of this file: plain data. `channel.py` exports every name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """What a waiting customer may be told. `position`: 1 is the next; None if they no longer wait. `minutes`: the
    expected wait; None if it is not known. `callback_key`: the key that gets them a callback; empty if none does."""

    position: int | None
    language: str
    minutes: int | None = None
    callback_key: str = ""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that the hub believes to be under way."""

    call_id: str
    leg_id: str = ""  # the agent's leg, if the provider has named it
    is_connecting: bool = False  # the leg of an agent or of a party is being called
    parties: tuple[tuple[str, str], ...] = ()  # (outbox id, leg) of each party whose leg the provider has named


@dataclass(frozen=True, slots=True)
class AgentCall:
    """What an agent is told whose own telephone is called for a call."""

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
