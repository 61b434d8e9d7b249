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
class Media:
    """A stored file, such as a raw mail or an attachment. `ref` is its name in the media store."""

    ref: str
    name: str
    content_type: str
    size: int  # bytes
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class MenuState:
    """Where a caller is in a menu. It travels in the address of the next question."""

    menu: str
    language: str  # that the caller hears
    number: int  # of the page, from 1 in each call
    misses: int  # inputs in a row that the menu did not understand


@dataclass(frozen=True, slots=True)
class MenuWords:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a caller hears before they wait, where the call is to be recorded."""

    message: str  # the name of the policy's message
    words: MenuWords


@dataclass(frozen=True, slots=True)
class MenuPage:
    """What a caller hears, before one key or word of theirs. `state`: of the answer. `speech`: what they may say
    instead of pressing a key. `is_last`: a caller who keeps silent needs no more."""

    words: tuple[MenuWords, ...]
    state: MenuState
    speech: tuple[str, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class MenuTurn:
    """What becomes of a caller's answer. `page`: None if they go into the call's room. `option`: the key of their
    choice; empty if there is none."""

    page: MenuPage | None
    option: str
    language: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of a chat as the customer may see it. `number` grows by one per chat."""

    number: int
    message_id: str  # the customer's own client id, or ours
    author: str  # "customer", "agent" or "system"
    author_name: str
    text: str
    at: int
