"""A recording of a call, or a message that its customer left.

The rule of this file: plain state, in fields that bear the names of the columns. `hub.call_lifecycle` moves it.
"""

from dataclasses import dataclass
from typing import Final

from hub.call_lifecycle import RecordingState
from routing.model import Micros

CALL: Final = "call"
VOICEMAIL: Final = "voicemail"


@dataclass(slots=True)
class Recording:
    """The id begins with the id of its interaction and a dot. A request about it has an id that begins with its own
    and a dot."""

    id: str
    interaction_id: str
    kind: str  # call, voicemail
    channel: str
    call_ref: str  # the provider's id of the customer's leg, which is recorded
    asked_at: Micros
    keep_days: int  # 0: for good
    state: RecordingState = RecordingState.NONE
    since: Micros = 0
    provider_ref: str = ""  # the provider's id of the recording; empty: not known yet
    began_at: Micros | None = None
    ended_at: Micros | None = None
    duration_ms: int = 0
    channels: int = 1
    media: str = ""  # its sound in the media store; empty: not fetched, or deleted
    sha256: str = ""
    is_paused_by_script: bool = False  # the script goes on with it when its step is left
    problem: str = ""  # what was asked of the provider in vain: begin, pause, resume
    tries: int = 0  # to fetch it, or to delete it at the provider
    due_at: Micros | None = None  # when the provider is asked again
    settled_at: Micros | None = None  # nothing is left to ask the provider: the sound is gone there
    delete_at: Micros | None = None  # when its sound is to be deleted here
    deleted_at: Micros | None = None  # by retention
