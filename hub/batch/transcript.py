"""One message of a transcript: as it is stored, and as it is shown.

The rule of this file: both forms are made here, so that a fresh snapshot and an event show a message alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson

from agent_console.views import MediaView, MessageView
from channels.channel import ChatMessage
from channels.registry import list_calls
from hub.clock import to_millis
from hub.storage.transcripts import StoredMessage
from routing.model import InteractionState, Micros

CHAT_STATES = {  # as the customer sees them; everything else is "waiting"
    InteractionState.PAUSED: "paused",
    InteractionState.ACTIVE: "active",
    InteractionState.WRAP_UP: "closed",
    InteractionState.CLOSED: "closed",
}

SHOWN = 100  # newest messages that a desk gets with an interaction; it reads earlier ones by page
SHOWN_CHARACTERS = 200_000  # of all shown messages together; the newest is shown whatever its length

Kind = Literal["customer", "participant", "agent", "note", "fact"]
Data = Mapping[str, str | int | float | None]


def new_message(
    *,
    message_id: str,
    interaction_id: str,
    customer_id: str,
    kind: Kind,
    channel: str,
    now: Micros,
    number: int = 0,
    author: str = "",
    author_id: str = "",
    text: str = "",
    subject: str = "",
    html: str = "",
    raw: str = "",
    media: list[dict[str, Any]] | None = None,
    provider_id: str = "",
    delivery: str | None = None,
    is_automatic: bool = False,
    problem: str = "",
    fact: str = "",
    data: Data | None = None,
    address: str = "",
    identity_level: str = "",
    mail_key: str = "",
) -> StoredMessage:
    """Author, address and provider id are cut to the length of their columns."""
    return StoredMessage(
        id=message_id,
        interaction_id=interaction_id,
        customer_id=customer_id,
        kind=kind,
        channel=channel,
        at=now,
        number=number,
        author=author[:320],
        address=address[:320],
        identity_level=identity_level,
        mail_key=mail_key,
        author_id=author_id,
        text=text,
        subject=subject,
        html=html,
        raw=raw,
        media=orjson.dumps(media or []).decode(),
        provider_id=provider_id[:400],
        delivery=delivery,
        error="",
        is_automatic=is_automatic,
        problem=problem,
        fact=fact,
        data=orjson.dumps(dict(data or {})).decode(),
    )


def view_chat_message(message: StoredMessage, ahead: Micros) -> ChatMessage:
    """The message as the customer may see it: of the agent only the name, and the time by the wall clock. `ahead`:
    how far the wall clock is ahead of hub time."""
    if message.kind == "fact":
        who = str(orjson.loads(message.data).get("who", ""))
        author = "left" if message.fact == "party_left" else "joined"
        return ChatMessage(message.number, message.id, author, who, "", message.at + ahead)
    is_agent = message.kind == "agent"
    return ChatMessage(
        number=message.number,
        message_id=message.id if is_agent else message.provider_id or message.id,
        author=message.kind,
        author_name=message.author if is_agent else "",
        text=message.text,
        at=message.at + ahead,
    )


def view_newest(messages: Sequence[StoredMessage]) -> list[MessageView]:
    """The newest messages, in order, as a desk gets them. Without limits, 3,000 messages of one customer made a
    snapshot of 24 MB."""
    shown: list[MessageView] = []
    left = SHOWN_CHARACTERS
    for message in reversed(messages[-SHOWN:]):
        left -= len(message.text)
        if left < 0 and shown:
            break
        shown.append(view_message(message))
    return shown[::-1]


def view_message(message: StoredMessage) -> MessageView:
    media = orjson.loads(message.media)
    return MessageView.model_validate(
        {
            "id": message.id,
            "kind": message.kind,
            "channel": message.channel,
            "at": to_millis(message.at),
            "author": message.author,
            "address": message.address,
            "identity_level": message.identity_level,
            "text": message.text,
            "subject": message.subject,
            "html_url": f"/api/messages/{message.id}/html" if message.html else "",
            "raw_url": f"/api/messages/{message.id}/raw" if message.raw else "",
            "media": [_view_media(message, one) for one in media],
            "delivery": message.delivery,
            "error": message.error,
            "is_automatic": bool(message.is_automatic),
            "problem": message.problem,
            "fact": message.fact,
            "data": orjson.loads(message.data),
        }
    )


def _view_media(message: StoredMessage, medium: Mapping[str, Any]) -> MediaView:
    """What came in a call is a recording: it is heard, and each hearing is recorded."""
    is_recording = message.channel in list_calls()
    folder = "sounds" if is_recording else "media"
    url = f"/api/messages/{message.id}/{folder}/{medium['ref']}"
    return MediaView(url=url, is_recording=is_recording, **medium)
