"""What the hub may ask a channel to do: send a text, call somebody, hold, speak, hang up.

The rule of this file: plain data, as in `channel.py`, which names it all. A request carries the id of its row in the
outbox, which is stable over retries and unique.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TextOut:
    """A message to send. `outbox_id` is stable over retries and unique. `chat_id` and `number` stand in rows of an
    earlier release alone."""

    outbox_id: str
    to_address: str
    from_address: str
    text: str
    subject: str = ""
    reply_token: str = ""  # email: goes into the Reply-To address
    answers: tuple[str, ...] = ()  # email: Message-IDs, oldest first, for In-Reply-To and References
    is_automatic: bool = False  # email: sent with Auto-Submitted: auto-replied
    chat_id: str = ""
    number: int = 0
    author: str = ""  # email: the name to show
    sent_at: int = 0  # email: the instant of its Date, by the wall's clock


@dataclass(frozen=True, slots=True)
class ConnectAgent:
    """Bring the agent's softphone into the call's room."""

    outbox_id: str
    call_id: str
    agent_address: str  # client:ada
    from_address: str


@dataclass(frozen=True, slots=True)
class CallAgent:
    """Call the agent's own telephone. Whoever answers there hears who is calling, and joins the call's room once they
    have pressed the key that they are told: a mailbox never does."""

    outbox_id: str
    call_id: str
    to_address: str  # E.164
    from_address: str


@dataclass(frozen=True, slots=True)
class HoldCall:
    outbox_id: str
    call_id: str
    leg_id: str  # the customer's leg
    on: bool
    is_waiting: bool = False  # for another agent: they hear their place, as whoever waits


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a leg; of the customer's leg: the call is over."""

    outbox_id: str
    call_id: str
    leg_id: str


class After(StrEnum):
    """What becomes of a call once its customer has been told something."""

    RETURN = "return"  # waits on in the room
    RECORD = "record"  # the customer may leave a message, then it ends
    END = "end"


@dataclass(frozen=True, slots=True)
class Speak:
    """Take a customer who waits out of the room, for some words."""

    outbox_id: str
    call_id: str
    text: str
    language: str
    then: After


@dataclass(frozen=True, slots=True)
class CallCustomer:
    """Call a customer back. Who answers hears the text, and waits in the call's room."""

    outbox_id: str
    to_address: str
    from_address: str
    text: str
    language: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class FetchVoicemail:
    """See what message was left on a call that has ended, and report it; the receipt is empty where there is none."""

    outbox_id: str
    call_id: str


Request = TextOut | ConnectAgent | CallAgent | HoldCall | HangUp | Speak | CallCustomer | FetchVoicemail
