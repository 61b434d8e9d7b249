"""Tells the sound process what each call hears: its room, its music, who is muted, held or coached.

The rule of this file: it only watches. A call whose state changes is compared with what was told last, and the
difference is told. Without a sound process everything is told to nobody, and calls go on as text.
"""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from channels.sandbox.call import Call
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.sound.control import (
    BeginRecording,
    ClearDisturbances,
    Disturb,
    EndLine,
    EndRecording,
    LoadTune,
    Order,
    PassWords,
    PauseRecording,
    PlayKeys,
    PutThrough,
    RecordingEnded,
    RingSoftphone,
)
from channels.sandbox.sound.frames import RATE
from channels.sandbox.sound.mixer import OWN_TUNE, LineState
from channels.sandbox.tasks import Tasks
from channels.sandbox.webhooks import WebhookFailed, Webhooks

CLIENT: Final = "client:"
MOST_TUNES: Final = 100
WAV_HEADER: Final = 44  # bytes, before the samples of 16 bits


class Hearing:
    def __init__(
        self, settings: SandboxSettings, tell: Callable[[Order], None], webhooks: Webhooks, tasks: Tasks
    ) -> None:
        self._hub_url, self._has_sound, self._tell = settings.hub_url.rstrip("/") + "/", settings.has_sound, tell
        self._webhooks, self._tasks = webhooks, tasks
        self._told: dict[str, LineState] = {}
        self._tunes: dict[str, asyncio.Task[None] | None] = {}  # by address; None: not a file of the hub
        self._lengths: dict[str, float] = {}  # seconds, by address
        self._recorded: dict[str, asyncio.Future[RecordingEnded | None]] = {}  # by recording
        self.registered: set[str] = set()  # identities of softphones

    def on_change(self, call: Call) -> None:
        """A call may hear something else than before."""
        if call.is_over:
            if self._told.pop(call.sid, None) is not None:
                self._tell(EndLine(call.sid, call.status))
            return
        state = _describe(call)
        if state != self._told.get(call.sid):
            self._told[call.sid] = state
            self._tell(state)
            if self._has_sound and state.music not in (*self._tunes, "", OWN_TUNE):
                self._send_tune(state.music)

    def tell_all(self) -> None:
        """The sound process has just started and knows nothing."""
        self.registered.clear()
        self._tunes.clear()
        for recorded in self._recorded.values():
            _settle(recorded, None)
        for state in self._told.values():
            self._tell(state)

    def ring(self, call: Call) -> bool:
        """Let the softphone ring that a call is for. False if none is registered, or it is for something else."""
        identity, parameters = parse_client(call.to_address)
        if identity not in self.registered:
            return False
        self.on_change(call)
        self._tell(RingSoftphone(call.sid, identity, call.from_address, parameters))
        return True

    def pass_words(self, call: Call, text: str, language: str, *, is_heard_there: bool) -> None:
        """Words that browsers may speak: what is typed in a call, or what the hub's voice says to it."""
        self._tell(PassWords(call.sid, text, language, is_heard_there))

    def put_through(self, call: Call, attempt: str) -> None:
        """A softphone has begun a call and hears it from now on."""
        self.on_change(call)
        self._tell(PutThrough(call.sid, attempt))

    def play_keys(self, call: Call, keys: str) -> None:
        self._tell(PlayKeys(call.sid, keys))

    def begin_recording(self, call: Call, recording: str, *, is_dual: bool = False) -> None:
        recorded: asyncio.Future[RecordingEnded | None] = asyncio.get_running_loop().create_future()
        self._recorded[recording] = recorded
        if self._has_sound:
            self.on_change(call)
            self._tell(BeginRecording(call.sid, recording, is_dual=is_dual))
        else:
            _settle(recorded, None)

    def pause_recording(self, recording: str, *, on: bool) -> None:
        self._tell(PauseRecording(recording, on))

    def end_recording(self, recording: str) -> "asyncio.Future[RecordingEnded | None]":
        """What was recorded. None if there is no sound."""
        self._tell(EndRecording(recording))
        recorded = self._recorded[recording]
        recorded.add_done_callback(lambda _: self._recorded.pop(recording, None))
        return recorded

    def on_recorded(self, ended: RecordingEnded) -> None:
        if ended.recording in self._recorded:
            _settle(self._recorded[ended.recording], ended)

    def disturb(self, kind: str, to: str, seconds: float) -> None:
        self._tell(Disturb(kind, to, seconds))

    def clear_disturbances(self) -> None:
        self._tell(ClearDisturbances())

    async def find_length(self, address: str) -> float:
        """Seconds of a sound file of the hub that is being played. 0 if it is unknown."""
        task = self._tunes.get(address)
        if task is not None:
            await asyncio.wait((task,))
        return self._lengths.get(address, 0.0)

    def _send_tune(self, address: str) -> None:
        for oldest in list(self._tunes)[: max(0, len(self._tunes) - MOST_TUNES)]:
            del self._tunes[oldest]
            self._lengths.pop(oldest, None)
        if address.startswith(self._hub_url):
            self._tunes[address] = self._tasks.spawn(self._load_tune(address), f"tune {address}")
        else:
            self._tunes[address] = None
            self._tell(LoadTune(address, ""))

    async def _load_tune(self, address: str) -> None:
        try:
            wav = (await self._webhooks.request(address, {}, "GET")).body
        except WebhookFailed:  # the call itself reports it, for it asks for the same address
            wav = b""
        self._lengths[address] = max(0, len(wav) - WAV_HEADER) / (2 * RATE)
        self._tell(LoadTune(address, base64.b64encode(wav).decode()))


def _settle(recorded: "asyncio.Future[RecordingEnded | None]", ended: RecordingEnded | None) -> None:
    if not recorded.done():
        recorded.set_result(ended)


def parse_client(address: str) -> tuple[str, dict[str, str]]:
    """(identity, parameters) of `client:ada?outbox=7`. The identity is empty if it is no softphone's address."""
    if not address.startswith(CLIENT):
        return "", {}
    identity, _, query = address.removeprefix(CLIENT).partition("?")
    return identity, dict(parse_qsl(query))


def _describe(call: Call) -> LineState:
    leg = call.leg
    state = LineState(call=call.sid, address=call.customer_address, secret=call.secret, music=call.playing)
    if leg is None or leg.conference is None or leg.status != "connected":
        return state
    room = leg.conference.sid if leg.conference.status == "in-progress" else ""
    return replace(state, room=room, is_muted=leg.is_muted, is_held=leg.is_on_hold, coaches=leg.coaches)
