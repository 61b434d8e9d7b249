"""What happens at the telephones that are connected with sound, and what follows for their calls.

The rule of this file: a telephone moves a call only through `Calls`, as the REST API and the customer's page do.
"""

from typing import assert_never

from channels.sandbox.calls import Calls
from channels.sandbox.hearing import CLIENT, Hearing
from channels.sandbox.sound.control import (
    CallAccepted,
    CallHungUp,
    CallRejected,
    CallWanted,
    Happened,
    KeysPressed,
    RecordingEnded,
    SoftphoneGone,
    SoftphoneRegistered,
    SoundHeard,
)


class SoftphoneCalls:
    def __init__(self, calls: Calls, hearing: Hearing) -> None:
        self._calls, self._hearing = calls, hearing

    def on_happened(self, happened: Happened) -> None:
        match happened:
            case SoftphoneRegistered():
                self._hearing.registered.add(happened.identity)
            case SoftphoneGone():
                self._hearing.registered.discard(happened.identity)
            case CallAccepted() | CallRejected() | CallHungUp() | KeysPressed():
                self._move(happened)
            case CallWanted():
                self._calls.connect(
                    CLIENT + happened.identity, happened.application, happened.attempt, happened.parameters
                )
            case SoundHeard():
                self._calls.recordings.note_sound(happened.recording, is_voice=happened.is_voice)
            case RecordingEnded():
                self._hearing.on_recorded(happened)
            case _:
                assert_never(happened)

    def _move(self, happened: CallAccepted | CallRejected | CallHungUp | KeysPressed) -> None:
        call = self._calls.by_sid.get(happened.call)
        if call is None or call.is_over:
            return
        match happened:
            case CallAccepted():
                self._calls.pick_up(call)
            case CallRejected():
                self._calls.finish(call, "busy")
            case CallHungUp():
                self._calls.finish(call)
            case KeysPressed():
                self._calls.speak(call, "digits", happened.keys, is_heard=True)
