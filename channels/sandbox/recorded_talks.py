"""Recordings of calls under way, which the hub begins, pauses and ends, as the provider has them.

The rule of this file: a recording lasts as long as it took, and a pause in it is silence. With sound it is what was
said and heard; without, it is silence of that length. It ends with its call at the latest.
"""

from channels.sandbox.call import Call, StatusCallback
from channels.sandbox.errors import ApiError
from channels.sandbox.hearing import Hearing
from channels.sandbox.recordings import Recording, Recordings

RUNS = ("in-progress", "paused")


class RecordedTalks:
    def __init__(self, recordings: Recordings, hearing: Hearing) -> None:
        self._recordings, self._hearing = recordings, hearing

    def begin(self, call: Call, callback: StatusCallback, *, is_dual: bool, track: str) -> Recording:
        """Raises ApiError unless the call is under way."""
        if call.status != "in-progress":
            raise ApiError(400, 21220, "Requested resource is not eligible for recording")
        recording = self._recordings.begin(call, callback)
        recording.source, recording.channels = "StartCallRecordingAPI", 1 + is_dual
        recording.track = track
        self._hearing.begin_recording(call, recording.sid, is_dual=is_dual)
        self._recordings.report(recording)
        return recording

    def change(self, recording: Recording, status: str) -> None:
        """`status`: paused, in-progress or stopped. Raises ApiError for a recording that is over, and for a change
        that changes nothing."""
        if recording.status not in RUNS or status == recording.status:
            raise ApiError(400, 21220, "Recording is not in a state in which it can be changed so")
        if status == "stopped":
            self._end(recording)
        else:
            recording.status = status
            self._hearing.pause_recording(recording.sid, on=status == "paused")

    def end_of(self, call: Call) -> None:
        """The call is about to end."""
        for recording in list(self._recordings.by_sid.values()):
            if recording.call is call and recording.is_of_talk and recording.status in RUNS:
                self._end(recording)

    def _end(self, recording: Recording) -> None:
        recording.status = "stopped"
        self._recordings.end_talk(recording, self._hearing.end_recording(recording.sid))
