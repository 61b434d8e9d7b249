"""The classes that are stored as documents, and the codec of each.

The rule of this file: every stored class is listed here once. A class may gain optional fields and never lose one.
"""

import re
from dataclasses import dataclass
from typing import Final

from channels.channel import AnswerValue, Notice, Request
from hub.storage.codec import Codec, classes_of
from routing.effects import Effect
from routing.inputs import Input

INTERRUPTED: Final = "interrupted"  # the error of a request during which the routing process died


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of an outbox row. `state`: sent, failed or unknown."""

    outbox_id: str
    channel: str
    kind: str  # the request's class
    interaction_id: str
    state: str
    provider_id: str = ""
    error: str = ""
    answer: tuple[AnswerValue, ...] = ()  # of a webhook


@dataclass(frozen=True, slots=True)
class DeskSeen:
    """An agent's desk came or went, as `hub.storage.desk_presence` found it."""

    agent_id: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class WallboardSeen:
    """A wallboard of this supervisor, who reads along somewhere, is open."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class DeskStill:
    """The page in which an agent hears a call stands still, as `agent_console.call_beats` found, or moves again."""

    agent_id: str
    interaction_id: str
    is_still: bool


@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A person was added, or their skills, queues or roles changed: read the row again."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    version: int


@dataclass(frozen=True, slots=True)
class ScriptsPublished:
    """Other versions of these scripts are in force, or none."""

    release: int
    script_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomersChanged:
    """What is known of these customers was changed outside of the routing process: read their rows again."""

    customer_ids: tuple[str, ...]


HubNotice = (
    SendResult
    | DeskSeen
    | DeskStill
    | WallboardSeen
    | StaffChanged
    | PolicyPublished
    | ScriptsPublished
    | CustomersChanged
)

# NUL's escape in JSON, after any number of escaped backslashes
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def replace_nul(document: str) -> str:
    """JSON with U+FFFD in place of NUL, the one character that PostgreSQL does not store. A provider's report is
    stored and shows where the NUL was. People's input with a NUL is refused earlier, by `hub.doors.input_gate`."""
    return _NUL.sub(r"\1\\ufffd", document) if "\\u0000" in document else document


ARRIVALS = Codec(classes_of(Notice, HubNotice))
REQUESTS = Codec(classes_of(Request))
INPUTS = Codec(classes_of(Input))
EFFECTS = Codec(classes_of(Effect))
