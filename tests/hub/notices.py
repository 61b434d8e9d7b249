"""What channels report, in as few words as a test needs, and the sample customers' addresses.

The rule of this file: every notice has a key of its own, unless a test gives one.
"""

from itertools import count
from typing import Any

from channels.channel import (
    CallAnswered,
    CallArrived,
    ChatLeft,
    ChatOpened,
    DeliveryReported,
    DeliveryState,
    IdentityLevel,
    LegJoined,
    LegLeft,
    LegRole,
    Media,
    MessageReceived,
    RecordingReported,
    VoicemailLeft,
)

PIA, GUS, SAM = "+46701740101", "+46701740201", "+46701740301"
PIA_MAIL, GUS_MAIL, SAM_MAIL = "pia.lindqvist@mail.example", "gus.moreau@mail.example", "sam.okoye@mail.example"
STRANGER, STRANGER_MAIL = "+46701749999", "någon@okänd.example"
OUR_NUMBER, OUR_MAILBOX = "+46850005009", "hello@nordpost.example"  # both enter the queue "service"
_numbers = count(1)


def text(words: str, sender: str = SAM, **more: Any) -> MessageReceived:
    sid = f"SM{next(_numbers)}"
    fields = {"to_address": OUR_NUMBER, "identity_level": IdentityLevel.CLAIMED, "provider_id": sid, **more}
    return MessageReceived(key=f"sms:AC1:{sid}", from_address=sender, text=words, **fields)


def mail(words: str, sender: str = SAM_MAIL, **more: Any) -> MessageReceived:
    number = next(_numbers)
    fields = {
        "to_address": OUR_MAILBOX,
        "identity_level": IdentityLevel.PROVEN,
        "provider_id": f"<{number}@mail.example>",
        "subject": "Fråga 问题",
        "raw": f"raw-{number}",
        **more,
    }
    return MessageReceived(key=f"email:{OUR_MAILBOX}:{number}", from_address=sender, text=words, **fields)


def opening(chat_id: str, **more: Any) -> ChatOpened:
    fields = {"language": "en", "address": chat_id, **more}
    return ChatOpened(key=f"webchat:{chat_id}:opened", chat_id=chat_id, **fields)


def line(words: str, chat_id: str, **more: Any) -> MessageReceived:
    """One message of a chat."""
    number = next(_numbers)
    fields = {
        "from_address": chat_id,
        "to_address": "webchat",
        "identity_level": IdentityLevel.CLAIMED,
        "provider_id": f"line-{number}",
        "language": "en",
        **more,
    }
    return MessageReceived(key=f"webchat:{chat_id}:{number}", text=words, chat_id=chat_id, **fields)


def chat_left(chat_id: str) -> ChatLeft:
    return ChatLeft(key=f"webchat:{chat_id}:left:{next(_numbers)}", chat_id=chat_id)


def call(call_id: str, sender: str = SAM, **more: Any) -> CallArrived:
    fields = {"to_address": OUR_NUMBER, **more}
    return CallArrived(key=f"phone:AC1:{call_id}:inbound", call_id=call_id, from_address=sender, **fields)


def customer_left(call_id: str, reason: str = "completed") -> LegLeft:
    return LegLeft(f"phone:AC1:{call_id}:{reason}", call_id, call_id, LegRole.CUSTOMER, reason)


def recording(call_id: str, began_at: int | None) -> RecordingReported:
    """Of a talk; None: it is over."""
    return RecordingReported(f"phone:AC1:RE-{call_id}:{began_at}", call_id, f"RE-{call_id}", began_at)


def voicemail(call_id: str, seconds: int = 4) -> VoicemailLeft:
    file = Media(f"ref-{call_id}", "message.wav", "audio/wav", 64_044)
    return VoicemailLeft(f"phone:AC1:RE-{call_id}:completed", call_id, file, seconds)


def call_answered(outbox_id: str, call_id: str = "CA-out") -> CallAnswered:
    return CallAnswered(f"phone:AC1:{call_id}:answered", call_id, outbox_id)


def customer_not_reached(outbox_id: str, call_id: str = "CA-out", reason: str = "no-answer") -> LegLeft:
    """Of a call of ours; with the reason "completed": they have hung up."""
    return LegLeft(f"phone:AC1:{call_id}:{reason}", call_id, call_id, LegRole.CUSTOMER, reason, outbox_id)


def agent_joined(call_id: str, leg_id: str, outbox_id: str = "") -> LegJoined:
    key = f"phone:AC1:{leg_id}:participant-join:{next(_numbers)}"
    return LegJoined(key, call_id, leg_id, LegRole.AGENT, outbox_id)


def agent_left(call_id: str, leg_id: str, reason: str = "completed", outbox_id: str = "") -> LegLeft:
    key = f"phone:AC1:{leg_id}:{reason}:{next(_numbers)}"
    return LegLeft(key, call_id, leg_id, LegRole.AGENT, reason, outbox_id)


def report(outbox_id: str, state: DeliveryState, error: str = "") -> DeliveryReported:
    return DeliveryReported(f"report:{next(_numbers)}", state, outbox_id, error_code=error)
