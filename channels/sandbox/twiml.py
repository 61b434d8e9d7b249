"""The TwiML interpreter: fetches instructions from the hub and carries them out on one call.

The rule of this file: whatever the provider would not understand is an error here too, with the provider's code.
Nothing is guessed. Time passes only by the given `sleep`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from channels.sandbox.call import Call, Fetch, Leg, Sleep, StatusCallback
from channels.sandbox.conference import Conferences
from channels.sandbox.errors import ApiError
from channels.sandbox.hearing import Hearing
from channels.sandbox.recordings import Recordings
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.webhooks import WebhookAnswer, WebhookFailed, Webhooks

MOST_BYTES: Final = 64 * 1024
MOST_AT_ONCE: Final = 50  # so many documents in a row, without time passing, are a loop of redirects
_PROMPTS: Final = frozenset({"Say", "Play", "Pause"})
_SOUNDS: Final = _PROMPTS | {"Redirect"}

Instructions = Fetch | Sequence[Element]  # a document to fetch, or its verbs


class HungUp(Exception):
    """A verb ended the call."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def parse_twiml(body: bytes) -> list[Element]:
    """The verbs of a document. Raises WebhookFailed with the provider's code."""
    if len(body) > MOST_BYTES:
        raise WebhookFailed(11750, "TwiML response body too large")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # so that the parser below meets no entities
        raise WebhookFailed(12100, "Document parse failure")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without a DTD there is nothing to expand
    except ElementTree.ParseError as error:
        raise WebhookFailed(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise WebhookFailed(12102, "Missing <Response> element")
    return list(root)


class Interpreter:
    """Carries out instructions on one call."""

    def __init__(
        self,
        call: Call,
        settings: SandboxSettings,
        webhooks: Webhooks,
        sleep: Sleep,
        pick_up: Callable[[Call], None],
        recordings: Recordings,
        conferences: Conferences,
        hearing: Hearing,
    ) -> None:
        self._call, self._settings, self._webhooks, self._sleep = call, settings, webhooks, sleep
        self._pick_up, self._recordings, self._conferences = pick_up, recordings, conferences
        self._hearing = hearing
        self._fetched = 0

    async def run(self, then: Instructions) -> None:
        """Carry out instructions, and those that they lead to. Raises HungUp and WebhookFailed."""
        step, verbs = (then, ()) if isinstance(then, Fetch) else (None, then)
        base = self._settings.hub_url
        while True:
            if step is not None:
                base = step.url
                verbs = parse_twiml((await self._fetch(step)).body)
            step = await self._run_verbs(verbs, base)
            if step is None:
                return

    async def listen(self, music: Fetch) -> None:
        """Play for ever what an address offers: a sound file, or TwiML with sounds only."""
        step = music
        while True:
            try:
                step = await self._listen_once(step) or music
            except WebhookFailed as error:  # the provider logs it, and the leg hears nothing for a while
                self._call.note("provider", "problem", f"{error.code} {error.what}")
                await self._wait(self._settings.play_seconds)
                step = music

    async def _listen_once(self, step: Fetch) -> Fetch | None:
        if not step.url:
            await self._play("music")
            return None
        answer = await self._fetch(step)
        if answer.content_type.startswith("audio/"):
            await self._play(step.url)
            return None
        verbs = parse_twiml(answer.body)
        if any(verb.tag not in _SOUNDS for verb in verbs):
            raise WebhookFailed(13238, "Dial->Conference: Invalid Verb used in waitUrl, holdUrl, or announceUrl")
        return await self._run_verbs(verbs, step.url)

    async def _run_verbs(self, verbs: Sequence[Element], base: str) -> Fetch | None:
        for verb in verbs:
            step = await self._run_verb(verb, base)
            if step is not None:
                return step
        return None

    async def _run_verb(self, verb: Element, base: str) -> Fetch | None:
        if verb.tag == "Reject":
            raise HungUp("busy" if verb.get("reason") == "busy" else "no-answer")
        self._pick_up(self._call)
        match verb.tag:
            case "Say":
                for _ in range(_number(verb, "loop", 1) or 1000):
                    text = (verb.text or "").strip()
                    language = verb.get("language", "en-US")
                    self._call.note("hub", "say", text, language)
                    self._hearing.pass_words(self._call, text, language, is_heard_there=True)
                    await self._wait(len(text) * self._settings.say_seconds_per_character / self._settings.hurry)
            case "Play":
                for _ in range(_number(verb, "loop", 1) or 1000):
                    await self._play((verb.text or "").strip())
            case "Pause":
                await self._wait(_number(verb, "length", 1))
            case "Gather":
                return await self._gather(verb, base)
            case "Record":
                return await self._record(verb, base)
            case "Dial":
                return await self._dial(verb, base)
            case "Redirect":
                return Fetch(urljoin(base, (verb.text or "").strip()), verb.get("method", "POST"))
            case "Hangup":
                raise HungUp("completed")
            case _:
                raise WebhookFailed(12200, f"Schema validation warning: <{verb.tag}> is not known here")
        return None

    async def _gather(self, verb: Element, base: str) -> Fetch | None:
        """Input may interrupt the prompts. Without input the document goes on after the Gather."""
        wanted = verb.get("input", "dtmf").split()
        finish, most = verb.get("finishOnKey", "#"), _number(verb, "numDigits", 0)
        self._start_listening()
        prompts = asyncio.create_task(self._prompt(verb, base))
        digits = ""
        try:
            while True:
                typed = await self._hear(prompts, _number(verb, "timeout", 5))
                if typed is None:
                    return _action(verb, base, {"Digits": digits}) if digits else None
                kind, text = typed
                if kind == "speech" and "speech" in wanted:
                    return _action(verb, base, {"SpeechResult": text, "Confidence": "0.95"})
                for key in text if kind == "digits" and "dtmf" in wanted else "":
                    if key != finish:
                        digits += key
                    if key == finish or (most and len(digits) == most):
                        return _action(verb, base, {"Digits": digits})
        finally:
            self._call.is_listening = False
            prompts.cancel()

    async def _record(self, verb: Element, base: str) -> Fetch | None:
        """Take what the customer says or types, until a key, silence or the end of the call. If there is nothing, the
        document goes on. The silence is the document's at an open microphone; who types gets longer."""
        url = verb.get("recordingStatusCallback", "")
        callback = StatusCallback(
            urljoin(base, url) if url else "",
            verb.get("recordingStatusCallbackMethod", "POST"),
            frozenset(verb.get("recordingStatusCallbackEvent", "completed").split()),
        )
        most_seconds = _number(verb, "maxLength", 3600)
        silence, typing = _number(verb, "timeout", 5), self._settings.typing_seconds
        keys = set(verb.get("finishOnKey", "1234567890*#"))
        recording = self._recordings.begin(self._call, callback)
        self._hearing.begin_recording(self._call, recording.sid)
        heard_at = time.monotonic()
        ends_at = heard_at + most_seconds
        self._start_listening("record")
        pressed = ""
        try:
            while typed := await self._hear(None, min(heard_at + silence + typing, ends_at) - time.monotonic()):
                kind, text = typed
                typing = 0.0 if kind in ("voice", "hiss") else self._settings.typing_seconds
                heard_at = heard_at if kind == "hiss" else time.monotonic()
                if kind == "digits" and (pressed := next((key for key in text if key in keys), "")):
                    break
        finally:  # also if the customer hangs up, as most do, perhaps before the last words were read above
            self._call.is_listening = False
            sound = self._hearing.end_recording(recording.sid)
            self._recordings.end(recording, self._call.characters_said, most_seconds, sound)
        await recording.over.wait()
        if recording.status == "absent":
            return None
        more = {"RecordingSid": recording.sid, "RecordingUrl": self._recordings.url(recording)}
        return _action(verb, base, {**more, "RecordingDuration": str(recording.seconds), "Digits": pressed})

    async def _dial(self, verb: Element, base: str) -> Fetch | None:
        noun = verb.find("Conference")
        if noun is None or not (noun.text or "").strip():
            raise WebhookFailed(12200, "Schema validation warning: only <Conference> can be dialled here")
        callback = StatusCallback(
            urljoin(base, noun.get("statusCallback", "")) if noun.get("statusCallback") else "",
            noun.get("statusCallbackMethod", "POST"),
            frozenset(noun.get("statusCallbackEvent", "").split()),
        )
        conference = self._conferences.get_open((noun.text or "").strip(), callback)
        leg = Leg(
            self._call,
            label=noun.get("participantLabel", ""),
            starts=_flag(noun, "startConferenceOnEnter", True),
            ends=_flag(noun, "endConferenceOnExit", False),
            is_muted=_flag(noun, "muted", False),
            coaches=noun.get("coach", ""),
            wait=Fetch(urljoin(base, noun.get("waitUrl", "")), noun.get("waitMethod", "POST"))
            if noun.get("waitUrl")
            else Fetch("", "GET"),
        )
        try:
            self._conferences.invite(conference, leg)
        except ApiError as error:
            raise WebhookFailed(error.code, error.message) from error
        self._conferences.join(conference, leg)
        await leg.out.wait()
        if verb.get("action"):
            return _action(verb, base, {"DialCallStatus": "completed"})
        return None

    async def _prompt(self, verb: Element, base: str) -> None:
        try:
            await self._run_verbs([child for child in verb if child.tag in _PROMPTS], base)
        except WebhookFailed as error:
            self._call.note("provider", "problem", f"{error.code} {error.what}")

    async def _hear(self, prompts: asyncio.Task[None] | None, seconds: float) -> tuple[str, str] | None:
        """(kind, text) of the next input. None if there was so long a silence after the prompts."""
        typed = asyncio.create_task(self._call.typed.get())
        silence = asyncio.create_task(self._be_silent(prompts, seconds))
        try:
            await asyncio.wait((typed, silence), return_when=asyncio.FIRST_COMPLETED)
            return typed.result() if typed.done() else None
        finally:
            typed.cancel()
            silence.cancel()

    async def _be_silent(self, prompts: asyncio.Task[None] | None, seconds: float) -> None:
        if prompts is not None:
            await asyncio.wait((prompts,))
        await self._sleep(seconds)

    def _start_listening(self, what: str = "gather") -> None:
        with suppress(asyncio.QueueEmpty):
            while True:
                self._call.typed.get_nowait()
        self._call.is_listening, self._call.characters_said = True, 0
        self._call.note("provider", what)

    async def _play(self, url: str) -> None:
        self._call.note("hub", "music", url.partition("?")[0].rpartition("/")[2])
        self._call.play(url)
        try:
            seconds = self._settings.play_seconds / self._settings.hurry
            await self._wait(await self._hearing.find_length(url) or seconds)
        finally:
            self._call.play("")

    async def _fetch(self, step: Fetch) -> WebhookAnswer:
        self._fetched += 1
        if self._fetched > MOST_AT_ONCE:
            raise WebhookFailed(12300, "Too many redirects")
        form = {**self._call.describe(self._settings.account_sid), **step.more}
        return await self._webhooks.request(step.url, form, step.method)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._fetched = 0
            await self._sleep(seconds)


def _action(verb: Element, base: str, more: dict[str, str]) -> Fetch:
    """Where a verb's result goes: its action, or its own document again."""
    return Fetch(urljoin(base, verb.get("action", "")), verb.get("method", "POST"), more)


def _number(verb: Element, name: str, default: int) -> int:
    value = verb.get(name, str(default))
    if not (value.isascii() and value.isdecimal()):
        raise WebhookFailed(12200, f"Schema validation warning: {name} of <{verb.tag}> is no number")
    return int(value)


def _flag(verb: Element, name: str, default: bool) -> bool:
    value = verb.get(name, "true" if default else "false")
    if value not in ("true", "false"):
        raise WebhookFailed(12200, f"Schema validation warning: {name} of <{verb.tag}> is not true or false")
    return value == "true"
