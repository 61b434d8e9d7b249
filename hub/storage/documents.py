"""Which classes are stored as documents, and by which codec.

The rule of this file: a class that is stored is listed here once; its fields may grow optional ones, never lose one.
"""

import re
from dataclasses import dataclass

from channels.channel import Notice, Request
from hub.storage.codec import Codec, classes_of
from routing.effects import Effect
from routing.inputs import Input


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of an outbox row. `state`: sent, failed or unknown."""

    outbox_id: str
    channel: str
    kind: str  # the request's class
    interaction_id: str
    state: str
    provider_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeskSeen:
    """A desk came or went, as `hub.storage.desk_presence` saw it."""

    agent_id: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A person's skills, queues or roles changed, or they came: read the row again."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    version: int


Fact = SendResult | DeskSeen | StaffChanged | PolicyPublished

# in JSON: the escape, and before it any number of escaped backslashes
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def replace_nul(document: str) -> str:
    """JSON with U+FFFD in the place of the one character that PostgreSQL does not store: what a provider brought is
    kept, and shows that something stood there. What people enter is refused before, by `hub.doors.input_gate`."""
    return _NUL.sub(r"\1\\ufffd", document) if "\\u0000" in document else document


ARRIVALS = Codec(classes_of(Notice, Fact))
REQUESTS = Codec(classes_of(Request))
INPUTS = Codec(classes_of(Input))
EFFECTS = Codec(classes_of(Effect))
