"""What the holder of a call asks for about its recording.

The rule of this file: as in `desk_commands.py`. A command asks the provider; only the provider's answer changes what
the screen says of the recording.
"""

from typing import Final

from agent_console.line_commands import PauseRecording, RecordingCommand
from hub.batch import call_recordings
from hub.batch.batch import Batch
from hub.call_lifecycle import RecordingState
from hub.commands.command_checks import CommandRefused, get_held
from routing.model import AgentId

_DONE: Final = {  # states in which a pause, or a resumption, has been asked for already
    True: (RecordingState.PAUSING, RecordingState.PAUSED),
    False: (RecordingState.RESUMING, RecordingState.RECORDING),
}


def obey(batch: Batch, agent: AgentId, command: RecordingCommand) -> None:
    """Raises CommandRefused."""
    interaction, is_pause = get_held(batch, agent, command), isinstance(command, PauseRecording)
    recording = interaction.live_recording
    if recording is None:
        raise CommandRefused("not_recorded")
    if recording.state in _DONE[is_pause]:
        if is_pause and recording.is_paused_by_script:  # from here on the agent decides when it goes on
            recording.is_paused_by_script = False
            batch.writes.touch_recording(recording)
            batch.tell_changed(interaction)
        return
    is_asked = (
        call_recordings.pause(batch, interaction, recording, by_script=False)
        if is_pause
        else call_recordings.resume(batch, interaction, recording)
    )
    if not is_asked:
        raise CommandRefused("wrong_state")
