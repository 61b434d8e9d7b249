"""One message of a transcript: as it is stored, and as it is shown.

The rule of this file: both are made here, so that a fresh snapshot and the event that was told agree to the letter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson

from agent_console.views import MediaView, MessageView
from channels.channel import ChatMessage
from hub.clock import to_millis
from hub.storage.transcripts import StoredMessage
from routing.model import InteractionState, Micros

CHAT_STATES = {  # as the customer sees them; everything else is "waiting"
    InteractionState.PAUSED: "paused",
    InteractionState.ACTIVE: "active",
    InteractionState.WRAP_UP: "closed",
    InteractionState.CLOSED: "closed",
}

SHOWN = 100  # messages that a desk is sent with an interaction, the newest; it reads those before by page
SHOWN_CHARACTERS = 200_000  # of them in all, beyond the newest one

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
    """What is too long for its column is cut."""
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
    """As the customer may see it: of who wrote it for us the name alone; and by the clock on the wall, which is
    `ahead`."""
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
    """What a desk is sent of a transcript, in order: one visitor's 3,000 messages made a snapshot of 24 MB."""
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
            "media": [MediaView(url=f"/api/messages/{message.id}/media/{m['ref']}", **m) for m in media],
            "delivery": message.delivery,
            "error": message.error,
            "is_automatic": bool(message.is_automatic),
            "problem": message.problem,
            "fact": message.fact,
            "data": orjson.loads(message.data),
        }
    )
