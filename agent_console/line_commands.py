"""The commands of an agent about the line of their call: hold, their own leg, and the recording.

The rule of this file: as in `commands.py`.
"""

from typing import Literal

from agent_console.command_forms import InteractionCommand


class HoldCallCommand(InteractionCommand):
    kind: Literal["hold_call"]
    on: bool


class RejoinCall(InteractionCommand):
    """Call the holder into their call again: their desk hears no sound of it, since the browser was loaded again or
    the line was lost. A leg that is still there is replaced."""

    kind: Literal["rejoin_call"]


class RecordingCommand(InteractionCommand):
    """A command about the recording of a call. It is done once the provider confirms it; until then the screen says
    that the recording goes on."""


class PauseRecording(RecordingCommand):
    kind: Literal["pause_recording"]


class ResumeRecording(RecordingCommand):
    kind: Literal["resume_recording"]
