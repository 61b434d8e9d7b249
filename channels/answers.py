"""What the hub tells a channel: a place in the order, a chat, calls under way; and calls that customers ask for.

The rule of this file: plain data. `channel.py` exports every name.
"""

from dataclasses import dataclass
from enum import StrEnum


class IdentityLevel(StrEnum):
    CLAIMED = "claimed"
    PROVEN = "proven"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """What a waiting customer may be told. `position`: 1 is the next; None if they no longer wait. `minutes`: the
    expected wait; None if it is not known. `callback_key`: the key that gets them a callback; `appointment_key`: the
    key with which they choose the time of one. Empty if none does."""

    position: int | None
    language: str
    minutes: int | None = None
    callback_key: str = ""
    appointment_key: str = ""


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
    place: str = ""  # where they are in choosing a time to be called; empty: not there


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
    is_end: bool = False  # the line ends with these words
    is_moment: bool = False  # nothing is asked: the hub is to be asked again in a moment


@dataclass(frozen=True, slots=True)
class ChosenTime:
    """The time at which a caller wants to be called. `at`: seconds, by the wall clock."""

    wish_id: str
    at: int
    queue: str  # empty: the one in which they wait


@dataclass(frozen=True, slots=True)
class MenuTurn:
    """What becomes of a caller's answer. `page`: None if they go into the call's room. `option`: the key of their
    choice; empty if there is none. `chosen`: the hub is told of it before the page is said."""

    page: MenuPage | None
    option: str
    language: str
    chosen: ChosenTime | None = None


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call that a customer has asked for in a chat or call. `at`: microseconds, by the wall clock. `refused`: why
    it was not agreed; empty if it was."""

    id: str
    at: int
    address: str
    note: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of a chat as the customer may see it. `number` grows by one per chat."""

    number: int
    message_id: str  # the customer's own client id, or ours
    author: str  # "customer", "agent"; "joined" or "left": somebody named in `author_name`, beside the agent
    author_name: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class AppointmentWished:
    """A customer asks to be called at a time, in a chat or in a call. `from_address`, `identity_level` and
    `name_claimed`: who asks in a chat, as in `ChatOpened`."""

    key: str
    asked_in: str  # the chat's id or the call's
    wish_id: str
    address: str  # the number to call; in a call, the caller's own
    at: int  # by the wall clock
    language: str
    note: str = ""
    time_zone: str = ""  # of the customer, by its IANA name; empty if they did not say
    from_address: str = ""
    identity_level: IdentityLevel = IdentityLevel.CLAIMED
    name_claimed: str = ""
    queue: str = ""  # that the caller chose; empty: where they wait, or their entry's


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """A customer takes an appointment back that was made in this chat."""

    key: str
    asked_in: str
    appointment_id: str


@dataclass(frozen=True, slots=True)
class ConsentAnswered:
    """The customer of a chat has answered what its page asked: version and language of the text that they saw."""

    key: str
    chat_id: str
    purpose: str
    version: int
    language: str
    is_given: bool


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    purpose: str
    version: int
    language: str
    text: str
