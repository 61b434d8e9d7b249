"""The sound process as a whole: it obeys the sandbox, takes websockets, and mixes every 20 ms.

The rule of this file: a tick waits for nobody. If the process was stopped for a while, what was missed is left out.
"""

import asyncio
import base64
import binascii
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from channels.sandbox.sound.access_tokens import TokenCheck
from channels.sandbox.sound.control import (
    BeginRecording,
    ClearDisturbances,
    Disturb,
    EndLine,
    EndRecording,
    Happened,
    LoadTune,
    Order,
    PassWords,
    PauseRecording,
    PlayKeys,
    PutThrough,
    RecordingEnded,
    RingSoftphone,
    SoundHeard,
)
from channels.sandbox.sound.dual_recording import DualRecording
from channels.sandbox.sound.frames import SECONDS
from channels.sandbox.sound.mixer import Line, LineState, Mixer
from channels.sandbox.sound.telephones import Telephones
from channels.sandbox.sound.tones import build_tune, read_tune

MOST_BEHIND: Final = 0.2  # seconds: after a longer stop the missed ticks are not made up for
REPORT_TICKS: Final = 50

log = structlog.get_logger()


class SoundServer:
    def __init__(self, tokens: TokenCheck, folder: Path, say: Callable[[Happened], None]) -> None:
        """`folder`: for recordings. `say` tells the sandbox."""
        self._folder, self._say = folder, say
        self._mixer = Mixer(random.Random().random)  # noqa: S311 - chance of lost frames, no secret
        self._telephones = Telephones(self._mixer, tokens, time.time, say)
        self._recordings: dict[str, tuple[Line, DualRecording]] = {}
        self._disturbances: list[tuple[Disturb, float]] = []  # with the loop's time at which each ends
        self._ticks = 0

    def build_app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/customer", self._telephones.on_customer)
        app.router.add_get("/client", self._telephones.on_softphone)
        return app

    async def obey(self, order: Order) -> None:
        match order:
            case LineState():
                self._disturb(self._mixer.set_line(order))
                await self._telephones.note_added()
            case EndLine():
                await self._end_line(order)
            case RingSoftphone():
                await self._telephones.ring(order)
            case PutThrough():
                await self._telephones.put_through(order.call, order.attempt)
            case PlayKeys():
                if (line := self._mixer.lines.get(order.call)) is not None:
                    line.press(order.keys)
            case PassWords():
                await self._pass_words(order)
            case LoadTune():
                self._load_tune(order)
            case BeginRecording():
                self._begin_recording(order)
            case PauseRecording():
                if order.recording in self._recordings:
                    self._recordings[order.recording][1].is_paused = order.on
            case EndRecording():
                self._end_recording(order.recording)
            case Disturb():
                end = asyncio.get_running_loop().time() + order.seconds if order.seconds else float("inf")
                self._disturbances.append((order, end))
                self._disturb_all()
            case ClearDisturbances():
                self._disturbances.clear()
                self._disturb_all()

    async def mix(self) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            due += SECONDS
            await asyncio.sleep(max(0.0, due - clock()))
            if clock() - due > MOST_BEHIND:
                due = clock()
            await self._tick(clock())

    async def _tick(self, now: float) -> None:
        self._ticks += 1
        if any(end <= now for _, end in self._disturbances):
            self._disturbances = [(one, end) for one, end in self._disturbances if end > now]
            self._disturb_all()
        if self._ticks % REPORT_TICKS == 0:
            for name, (_, recording) in self._recordings.items():
                if (is_voice := recording.take_news()) is not None:
                    self._say(SoundHeard(name, is_voice))
        for line, heard in self._mixer.tick(now):
            connection = self._telephones.find(line.state.call)
            if connection is None:
                continue
            await connection.send_frame(heard, is_lost=not line.disturbances.lets_out())
            if self._ticks % REPORT_TICKS == 0:
                received, lost, jitter = line.buffer.take_report()
                await connection.tell("report", received=received, lost=lost, jitter_ms=round(jitter * 1000, 1))

    async def _end_line(self, order: EndLine) -> None:
        line = self._mixer.lines.pop(order.call, None)
        for recording in list(line.recordings) if line is not None else ():
            self._end_recording(recording)
        await self._telephones.end(order.call, order.reason)

    async def _pass_words(self, order: PassWords) -> None:
        calls = [order.call] if order.is_heard_there else self._mixer.list_listeners(order.call)
        for call in calls:
            if (connection := self._telephones.find(call)) is not None:
                await connection.tell("words", text=order.text, language=order.language)

    def _load_tune(self, order: LoadTune) -> None:
        try:
            self._mixer.tunes[order.address] = read_tune(base64.b64decode(order.wav)) if order.wav else build_tune()
        except (ValueError, binascii.Error) as error:
            log.warning("sandbox_tune_not_played", address=order.address, because=str(error))
            self._mixer.tunes[order.address] = build_tune()

    def _begin_recording(self, order: BeginRecording) -> None:
        line = self._mixer.lines.get(order.call)
        if line is not None:
            recording = DualRecording(self._folder / f"{order.recording}.wav", is_dual=order.is_dual)
            line.recordings[order.recording] = recording
            self._recordings[order.recording] = line, recording

    def _end_recording(self, name: str) -> None:
        line, recording = self._recordings.pop(name, (None, None))
        if line is not None and recording is not None:
            del line.recordings[name]
            recording.close()
            is_kept = recording.has_voice or recording.is_dual
            self._say(RecordingEnded(name, recording.seconds, str(recording.path) if is_kept else ""))

    def _disturb_all(self) -> None:
        for line in self._mixer.lines.values():
            self._disturb(line)

    def _disturb(self, line: Line) -> None:
        names = ("", line.state.address, line.state.call)
        line.disturbances.kinds = {one.kind for one, _ in self._disturbances if one.to in names}
