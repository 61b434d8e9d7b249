"""The wire types of recorded sound: what the player shows of it, and what was played of it.

The rule of this file: as in `views.py`. Times within a recording are milliseconds from its beginning.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.private_data import Address, Words
from agent_console.wire_model import Wire
from routing.model import ChannelName
from scripts_library.script_parts import NotSaid

SoundState = Literal["whole", "cut_short", "empty", "unreadable", "recording", "fetching", "deleted", "missing"]
Moment = Annotated[int, Field(ge=0, le=7 * 24 * 3600 * 1000)]


class MarkView(Wire):
    """What happened at a moment of a recording. `until_ms`: its end, if it lasts; None if it goes on to the end of
    the recording or has no length. `text`: the name of a script's step."""

    kind: Literal["hold", "pause", "step"]
    at_ms: int
    until_ms: int | None = None
    text: str = ""


class ProofView(Wire):
    """What became of a statement at an instant: it was shown, acknowledged, or marked as not said. `second`: of the
    recording; None: it did not run then. `reason`, `note`: only of one that was not said."""

    kind: Literal["shown", "acknowledged", "not_said"]
    at: int
    by: str  # name
    second: int | None
    reason: NotSaid | None
    note: Words


class StatementView(Wire):
    """What had to be said, with its proofs in the order of time. `title`, `version`, `language`: of the script.
    `text` has nothing of the customer's in it. `is_owed`: it was neither acknowledged nor left out with a reason."""

    title: str
    version: int
    language: str
    text: str
    proofs: list[ProofView]
    is_owed: bool


class ProvenWork(Wire):
    """An interaction in which something had to be said. `at`: when its script began. The second of a proof is that
    of whichever recording ran then."""

    interaction_id: str
    channel: ChannelName
    at: int
    statements: list[StatementView]


class ProvenView(Wire):
    """GET /api/customers/{id}/statements?before=MS: what had to be said in the customer's interactions whose scripts
    began before that instant, on all channels, the newest first. `next_before`: of the next page; None: it is the
    last."""

    works: list[ProvenWork]
    next_before: int | None


class SoundView(Wire):
    """GET /api/messages/{id}/sounds/{ref} and GET /api/recordings/{id}. `peaks`: of each channel, the loudness of
    equal parts of the duration, from 0 to 127; of two channels, the first is the customer. Only `whole` and
    `cut_short` have peaks. `unreadable`: no waveform can be drawn, but a browser may be able to play it. `missing`:
    it was never had."""

    state: SoundState
    duration_ms: int
    peaks: list[list[int]]
    marks: list[MarkView]
    statements: list[StatementView] = []  # of the call
    may_hear: bool
    may_download: bool


class HearingView(Wire):
    """POST .../hearings: the sound of this hearing is at `url`, for a day. 403 {"code": "may_not_hear"}: they may
    know of the recording, but not hear it."""

    id: str
    url: str


class HeardRequest(Wire):
    """POST /api/hearings/{id}/heard: all that was played in this hearing so far, as pairs of moments."""

    spans: Annotated[list[tuple[Moment, Moment]], Field(max_length=500)]


class RecordingLine(Wire):
    """One recording, which GET /api/recordings/{id} shows. `at`: when it was asked for, by the wall clock.
    `agent_name`: who has the work, or had it last; empty for nobody."""

    id: str
    kind: Literal["call", "voicemail"]
    at: int
    queue: str
    channel: ChannelName
    customer_name: Address
    agent_name: str


class RecordingsView(Wire):
    """GET /api/recordings?who=&agent=&queue=&day=&before=: those of the queues that this supervisor looks after, the
    newest first. `who`: words of the customer's name, or digits of the number. `day`: 2026-11-22. `queues`: names by
    language, of all queues that they look after. `people`: names by id, of all who work in these. `next_before`: of
    the next page; None if this is the last. A page may have no line and yet a next page. `looked_back_to`: how far
    back this page was looked for, by the wall clock; None if nothing is older."""

    lines: list[RecordingLine]
    queues: dict[str, dict[str, str]]
    people: dict[str, str]
    next_before: int | None
    looked_back_to: int | None
