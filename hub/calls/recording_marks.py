"""The recordings of an interaction as a player shows them, with their marks: holds, pauses, steps of the script.

The rule of this file: marks come from the timeline's facts alone, so a recording shows what the timeline says. They
count from the recording's beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from hub.storage import recording_rows, transcripts
from hub.storage.connection import Connection
from hub.storage.recording_rows import StoredRecording
from hub.storage.transcripts import StoredFact
from routing.model import Micros

MarkKind = Literal["hold", "pause", "step"]

_SPANS: Final[dict[str, tuple[MarkKind, bool]]] = {  # fact -> what it begins, or ends
    "held": ("hold", True),
    "resumed": ("hold", False),
    "recording_paused": ("pause", True),
    "recording_resumed": ("pause", False),
}
_STEP: Final = "recording_step"
FACTS: Final = (*_SPANS, _STEP)


@dataclass(frozen=True, slots=True)
class Mark:
    """`title`: of a step. `ended_ms`: None if it lasts to the recording's end."""

    kind: MarkKind
    began_ms: int
    ended_ms: int | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class ListedRecording:
    """One recording of an interaction. `media`: its ref in the media store; empty if it is not stored, or deleted.
    `kind`: call or voicemail. `state`: a `hub.call_lifecycle.RecordingState`. Instants in hub time."""

    id: str
    interaction_id: str
    kind: str
    state: str
    began_at: Micros | None
    duration_ms: int
    channels: int
    media: str
    sha256: str
    deleted_at: Micros | None  # by retention
    provider_ref: str
    marks: tuple[Mark, ...]


def find_marks(facts: Iterable[StoredFact], began_at: Micros, ended_at: Micros | None) -> tuple[Mark, ...]:
    """The marks of a recording between two instants; None: it goes on. `facts`: in order; others than those of
    FACTS count for nothing. What had begun before the recording is marked from its beginning."""
    marks: list[Mark] = []
    open_since: dict[MarkKind, tuple[int, str]] = {}

    def close(kind: MarkKind, at_ms: int | None) -> None:
        since = open_since.pop(kind, None)
        if since is not None and (at_ms is None or at_ms > 0):
            marks.append(Mark(kind, max(0, since[0]), at_ms, since[1]))

    for fact in facts:
        if ended_at is not None and fact.at >= ended_at:
            break
        at_ms = (fact.at - began_at) // 1000
        if fact.fact == _STEP:
            close("step", at_ms)
            title = str(orjson.loads(fact.data).get("title") or "")
            if title:
                open_since["step"] = (at_ms, title)
        elif fact.fact in _SPANS:
            kind, begins = _SPANS[fact.fact]
            if begins:
                open_since.setdefault(kind, (at_ms, ""))
            else:
                close(kind, at_ms)
    for kind in tuple(open_since):
        close(kind, (ended_at - began_at) // 1000 if ended_at is not None else None)
    return tuple(sorted(marks, key=lambda mark: (mark.began_ms, mark.kind)))


async def list_recordings(connection: Connection, interaction_id: str) -> list[ListedRecording]:
    """All recordings of an interaction, in the order in which they were asked for; also the running, the failed and
    the deleted ones."""
    stored = await recording_rows.list_of(connection, [interaction_id])
    facts = await transcripts.list_facts(connection, interaction_id, FACTS) if stored else []
    return [_list(one, facts) for one in stored]


def _list(one: StoredRecording, facts: Iterable[StoredFact]) -> ListedRecording:
    marks = find_marks(facts, one.began_at, one.ended_at) if one.began_at is not None else ()
    return ListedRecording(
        id=one.id,
        interaction_id=one.interaction_id,
        kind=one.kind,
        state=one.state,
        began_at=one.began_at,
        duration_ms=one.duration_ms,
        channels=one.channels,
        media=one.media,
        sha256=one.sha256,
        deleted_at=one.deleted_at,
        provider_ref=one.provider_ref,
        marks=marks,
    )
