"""What the hub may ask a channel to do: send a text, call somebody, hold, speak, hang up.

The rule of this file: plain data. `channel.py` exports every name. A request carries the unique id of its row in the
outbox, and each retry carries the same one.
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
    """Call the agent's own telephone. Whoever answers hears who is calling and which key to press. Only the key lets
    them into the call's room, so a mailbox never gets in."""

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
    is_waiting: bool = False  # they wait for another agent, and hear their place


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a leg. If it is the customer's, the call is over."""

    outbox_id: str
    call_id: str
    leg_id: str


class After(StrEnum):
    """What happens to a call after its customer has heard the words."""

    RETURN = "return"  # the customer goes on waiting in the room
    RECORD = "record"  # the customer may leave a message, then it ends
    END = "end"


@dataclass(frozen=True, slots=True)
class Speak:
    """Take a waiting customer out of the room and say some words to them."""

    outbox_id: str
    call_id: str
    text: str
    language: str
    then: After


@dataclass(frozen=True, slots=True)
class CallCustomer:
    """Call a customer back. They hear the text, then wait in the call's room."""

    outbox_id: str
    to_address: str
    from_address: str
    text: str
    language: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class FetchVoicemail:
    """Find the message left on an ended call, and report it. If there is none, the receipt is empty."""

    outbox_id: str
    call_id: str


Request = TextOut | ConnectAgent | CallAgent | HoldCall | HangUp | Speak | CallCustomer | FetchVoicemail
