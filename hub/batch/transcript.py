"""One line of a transcript: its row and its view.

The rule of this file: a row and its view say the same; both are made here, so that a fresh snapshot and the event
that was told agree to the letter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import RowMapping

from agent_console.views import MediaView, MessageView
from channels.channel import ChatMessage
from hub.clock import to_millis
from hub.storage import tables
from routing.model import InteractionState, Micros

CHAT_STATES = {  # as the customer sees them; everything else is "waiting"
    InteractionState.PAUSED: "paused",
    InteractionState.ACTIVE: "active",
    InteractionState.WRAP_UP: "closed",
    InteractionState.CLOSED: "closed",
}

SHOWN = 100  # messages that a desk is sent with an interaction, the newest; it reads those before by page
SHOWN_CHARACTERS = 200_000  # of them in all, beyond the newest one

MESSAGE_COLUMNS = [column.name for column in tables.message.columns if column.name != "seq"]

Row = dict[str, Any]
Kind = Literal["customer", "participant", "agent", "note", "fact"]
Data = Mapping[str, str | int | float | None]


def new_row(
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
) -> Row:
    """A row of the table `message`; every key is always there, so that a batch is one statement."""
    return {
        "id": message_id,
        "interaction_id": interaction_id,
        "customer_id": customer_id,
        "kind": kind,
        "channel": channel,
        "at": now,
        "number": number,
        "author": author[:320],
        "address": address[:320],
        "identity_level": identity_level,
        "mail_key": mail_key,
        "author_id": author_id,
        "text": text,
        "subject": subject,
        "html": html,
        "raw": raw,
        "media": orjson.dumps(media or []).decode(),
        "provider_id": provider_id[:400],
        "delivery": delivery,
        "error": "",
        "is_automatic": is_automatic,
        "problem": problem,
        "fact": fact,
        "data": orjson.dumps(dict(data or {})).decode(),
    }


def view_chat_message(row: Mapping[Any, Any] | RowMapping, ahead: Micros) -> ChatMessage:
    """The line as the customer may see it: without who exactly wrote it for us, but for the name; and by the clock on
    the wall, which is `ahead`."""
    is_agent = row["kind"] == "agent"
    return ChatMessage(
        number=row["number"],
        message_id=row["id"] if is_agent else row["provider_id"] or row["id"],
        author=row["kind"],
        author_name=row["author"] if is_agent else "",
        text=row["text"],
        at=row["at"] + ahead,
    )


def view_newest(rows: Sequence[Mapping[str, Any]]) -> list[MessageView]:
    """What a desk is sent of a transcript, in order: one visitor's 3,000 messages made a snapshot of 24 MB."""
    shown: list[MessageView] = []
    left = SHOWN_CHARACTERS
    for row in reversed(rows[-SHOWN:]):
        left -= len(row["text"])
        if left < 0 and shown:
            break
        shown.append(view_message(row))
    return shown[::-1]


def view_message(row: Mapping[str, Any]) -> MessageView:
    media = orjson.loads(row["media"])
    return MessageView(
        id=row["id"],
        kind=row["kind"],
        channel=row["channel"],
        at=to_millis(row["at"]),
        author=row["author"],
        address=row["address"],
        identity_level=row["identity_level"],
        text=row["text"],
        subject=row["subject"],
        html_url=f"/api/messages/{row['id']}/html" if row["html"] else "",
        raw_url=f"/api/messages/{row['id']}/raw" if row["raw"] else "",
        media=[MediaView(url=f"/api/messages/{row['id']}/media/{m['ref']}", **m) for m in media],
        delivery=row["delivery"],
        error=row["error"],
        is_automatic=bool(row["is_automatic"]),
        problem=row["problem"],
        fact=row["fact"],
        data=orjson.loads(row["data"]),
    )
