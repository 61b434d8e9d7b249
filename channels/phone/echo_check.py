"""The check before a shift: an agent hears their own voice as the provider heard it.

The rule of this file: whoever gets here reaches nobody. The call comes from a browser whose token allows this call
alone. It hears words, is recorded for a few seconds, hears the recording and ends. The recording is deleted at the
provider once it was heard, and again when the call is over, so an agent who hangs up early leaves none. What the
provider did not delete then is asked for again, a few times.

The provider plays the sound from an address of the hub: an account may demand credentials for its recordings, and
TwiML must not hold any.
"""

import asyncio
import hmac
from collections.abc import Sequence

import structlog
from aiohttp import web

from channels.channel import ChannelError, Route
from channels.phone.intents import EndCall, GoOn, Intent, Play, Record
from channels.phone.rooms import ECHO, ECHO_HEARD, ECHO_OVER, ECHO_SAID, ECHO_SOUND
from channels.phone.voice_answers import VoiceAnswers
from channels.phone.words import NOT_OURS, say_nothing_heard, say_speak_now
from channels.twilio.account import CALL_SID, RECORDING_SID, TwilioAccount
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.softphone_tokens import CHECKING
from channels.twilio.webhook import BadForm, Form, get_sid

MOST_SECONDS = 5  # of one's own voice
SILENCE_SECONDS = 3
MOST_LISTED = 20
PROVIDER_SECONDS = 8.0  # the provider waits 15 for an answer
READY_SECONDS = 0.5  # between two looks at a recording that is not ready yet
DELETE_SECONDS = (1.0, 15.0, 240.0)  # waits before a recording is deleted that could not be

log = structlog.get_logger()


class EchoCheck:
    def __init__(self, account: TwilioAccount, answers: VoiceAnswers, client: TwilioClient) -> None:
        self._answers, self._client, self._base = answers, client, account.public_url.rstrip("/")
        self._recordings = f"2010-04-01/Accounts/{account.account_sid}/Recordings"
        self._key = account.auth_token.encode()
        self._deleting: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", ECHO, self._on_call, "provider"),
            Route("POST", ECHO_SAID, self._on_said, "provider"),
            Route("POST", ECHO_HEARD, self._on_over, "provider"),
            Route("POST", ECHO_OVER, self._on_over, "provider"),
            Route("GET", ECHO_SOUND, self._on_sound, "public"),
        )

    async def _on_call(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            if not is_checking(form):
                log.warning("echo_called_by_a_stranger")
                return NOT_OURS
            language = form.get("language", "")
            record = Record(self._base + ECHO_SAID, "", MOST_SECONDS, SILENCE_SECONDS)
            return (say_speak_now(language), record, say_nothing_heard(language), EndCall())

        return await self._answers.answer(request, decide, instead=NOT_OURS)

    async def _on_said(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            _read_check(form)
            recording_id = get_sid(form, "RecordingSid", RECORDING_SID)
            sound = f"{self._base}{ECHO_SOUND}?recording={recording_id}&proof={self._prove(recording_id)}"
            return (Play(sound), GoOn(self._base + ECHO_HEARD))

        return await self._answers.answer(request, decide, instead=(EndCall(),))

    async def _on_over(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            call_id = _read_check(form)
            try:
                await self._delete(call_id)
            except ChannelError:
                task = asyncio.create_task(self._delete_later(call_id), name=f"delete the echo of {call_id}")
                self._deleting.add(task)
                task.add_done_callback(self._deleting.discard)
            return (EndCall(),)

        return await self._answers.answer(request, decide, instead=(EndCall(),))

    async def stop(self) -> None:
        for task in self._deleting:
            task.cancel()
        await asyncio.gather(*self._deleting, return_exceptions=True)

    async def _delete(self, call_id: str) -> None:
        with provider_errors():
            recordings = self._client.account.calls(call_id).recordings
            for recording in await recordings.list_async(limit=MOST_LISTED):
                await recording.delete_async()

    async def _delete_later(self, call_id: str) -> None:
        for seconds in DELETE_SECONDS:
            await asyncio.sleep(seconds)
            try:
                await self._delete(call_id)
            except ChannelError as error:
                log.warning("echo_not_deleted", call_id=call_id, code=error.code)
            else:
                return

    async def _on_sound(self, request: web.Request) -> web.Response:
        """The sound, for whoever has the address that was given to the provider."""
        recording_id, proof = request.query.get("recording", ""), request.query.get("proof", "")
        if not hmac.compare_digest(self._prove(recording_id).encode(), proof.encode("utf-8", "surrogatepass")):
            raise web.HTTPForbidden
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                data = await self._fetch(recording_id)
        except (ChannelError, TimeoutError) as error:
            log.warning("echo_not_found", recording_id=recording_id, error=repr(error))
            raise web.HTTPNotFound from error
        return web.Response(body=data, content_type="audio/wav", headers={"Cache-Control": "no-store"})

    async def _fetch(self, recording_id: str) -> bytes:
        """The provider may ask for the next words before the sound is ready."""
        while True:
            try:
                data, _ = await self._client.fetch_media(self._client.find_url(f"{self._recordings}/{recording_id}"))
            except ChannelError as error:
                if error.code != "404":
                    raise
                await asyncio.sleep(READY_SECONDS)
            else:
                return data

    def _prove(self, recording_id: str) -> str:
        return hmac.digest(self._key, f"echo {recording_id}".encode("utf-8", "surrogatepass"), "sha256").hex()


def is_checking(form: Form) -> bool:
    """Whether the call comes from a browser that has the token of a check."""
    return form.get("From", "").startswith(f"client:{CHECKING}")


def _read_check(form: Form) -> str:
    """The call id of a check. Raises BadForm for another call, whose recordings stay."""
    if not is_checking(form):
        raise BadForm("From is no check")
    return get_sid(form, "CallSid", CALL_SID)
