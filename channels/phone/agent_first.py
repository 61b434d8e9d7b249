"""Calls that an agent makes: the agent's telephone first, then the person's, and what a machine does that answers.

The rule of this file: the person is called only while the agent is on the line and hears the ringing. So whoever
answers hears the agent's voice at once, and never silence. If the agent's telephone is not reached, nobody is called.

The agent's leg has no room until the person's call has an id, which names the room. It hears the ringing tone
meanwhile (`RINGING`), and then goes on ringing in the room. Nobody waits for answering-machine detection: the talk
begins, and the provider reports later who answered (twilio.com/docs/voice/answering-machine-detection, async).
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from channels.acknowledging import unstored_is_503
from channels.channel import (
    AgentReady,
    BringAgent,
    ChannelError,
    DetectMachine,
    Hub,
    Notice,
    ReachAgent,
    Receipt,
    Route,
)
from channels.phone.intents import AskKey, EndCall, GoOn, Intent, Play
from channels.phone.leg_requests import CALL_IS_NOT_THERE
from channels.phone.music import build_ringing
from channels.phone.notices import parse_agent_leg_end, parse_answered_by, parse_ready
from channels.phone.rooms import MACHINE, READY, READY_KEY, READY_STATUS, RINGING, RINGING_TONE, Rooms
from channels.phone.twiml import render
from channels.phone.voice_answers import VoiceAnswers
from channels.phone.words import AGENT_KEY, ASK_READY, NOT_READY
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import Form, WebhookDoor

KEY_SECONDS: Final = 5  # of silence, after the words were said twice
_BEEP_SECONDS: Final = 30  # the longest greeting of a machine; the provider then reports what it has


class CallingOut:
    def __init__(
        self,
        client: TwilioClient,
        door: WebhookDoor,
        answers: VoiceAnswers,
        rooms: Rooms,
        hub: Hub,
        ring_seconds: int,
    ) -> None:
        """`ring_seconds`: how long an agent's phone rings."""
        self._account, self._door, self._answers = client.account, door, answers
        self._rooms, self._hub = rooms, hub
        self._ring_seconds, self._tone = ring_seconds, b""

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", READY, self._on_answered, "provider"),
            Route("POST", READY_KEY, self._on_key, "provider"),
            Route("POST", READY_STATUS, self._on_status, "provider"),
            Route("POST", RINGING, self._on_ringing, "provider"),
            Route("POST", MACHINE, self._on_machine, "provider"),
            Route("GET", RINGING_TONE, self._on_tone, "public"),
        )

    async def reach(self, request: ReachAgent) -> Receipt:
        """Call the agent's softphone or telephone, outside any room."""
        with provider_errors():
            leg = await self._account.calls.create_async(
                to=request.agent_address,
                from_=request.from_address,
                url=self._rooms.ready_url(request.outbox_id),
                timeout=self._ring_seconds,
                status_callback=self._rooms.ready_status_url(request.outbox_id),
                status_callback_event=["completed"],
            )
        return Receipt(str(leg.sid))

    async def bring(self, request: BringAgent) -> Receipt:
        """Move the agent's leg into the room of the person's call. A second time does no harm: the room has the leg's
        label once."""
        join = self._rooms.join_ready_agent(request.call_id, request.label)
        try:
            with provider_errors():
                await self._account.calls(request.leg_id).update_async(twiml=render(join))
        except ChannelError as error:
            if error.code == CALL_IS_NOT_THERE:
                raise ChannelError("the agent has hung up", code="no_call", whose="ours") from error
            raise
        return Receipt(request.leg_id)

    async def _on_answered(self, request: web.Request) -> web.Response:
        """The agent's telephone has been picked up. A softphone is the agent; whoever answers a telephone presses a
        key first, since it may be a mailbox."""

        async def decide(form: Form) -> Sequence[Intent]:
            outbox_id = request.query.get("o", "")
            ready = parse_ready(form, outbox_id)
            if form.get("To", "").startswith("+"):
                ask = AskKey((*ASK_READY, *ASK_READY), self._rooms.ready_key_url(outbox_id), KEY_SECONDS)
                return (ask, *NOT_READY, EndCall())
            return await self._let_ring(ready)

        return await self._answers.answer(request, decide, instead=(EndCall(),), late=self._ringing())

    async def _on_key(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            ready = parse_ready(form, request.query.get("o", ""))
            return await self._let_ring(ready) if form.get("Digits") == AGENT_KEY else (*NOT_READY, EndCall())

        return await self._answers.answer(request, decide, instead=(EndCall(),), late=self._ringing())

    async def _let_ring(self, ready: AgentReady) -> Sequence[Intent]:
        """If the notice cannot be stored, the agent's leg ends, the hub hears of that, and nobody is called."""
        await self._hub.accept((ready,))
        return self._ringing()

    async def _on_ringing(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            return self._ringing()

        return await self._answers.answer(request, decide, instead=self._ringing())

    def _ringing(self) -> Sequence[Intent]:
        return (Play(self._rooms.base + RINGING_TONE), GoOn(self._rooms.base + RINGING))

    async def _on_status(self, request: web.Request) -> web.Response:
        outbox_id = request.query.get("o", "")
        return await self._accept(await self._door.parse(request, lambda form: parse_agent_leg_end(form, outbox_id)))

    async def _on_machine(self, request: web.Request) -> web.Response:
        outbox_id = request.query.get("o", "")
        return await self._accept(await self._door.parse(request, lambda form: parse_answered_by(form, outbox_id)))

    async def _on_tone(self, request: web.Request) -> web.Response:
        if not self._tone:
            self._tone = await asyncio.to_thread(build_ringing)
        headers = {"Cache-Control": "public, max-age=86400"}
        return web.Response(body=self._tone, content_type="audio/wav", headers=headers)

    async def _accept(self, notice: Notice | None) -> web.Response:
        if notice is not None:
            with unstored_is_503(notice.key):
                await self._hub.accept((notice,))
        return web.Response(status=204)


def detect_later(rooms: Rooms, outbox_id: str, detect: DetectMachine) -> dict[str, Any]:
    """The parameters of a call whose talk begins at once, while the provider finds out who has answered."""
    return {
        "machine_detection": "DetectMessageEnd" if detect is DetectMachine.BEEP else "Enable",
        "machine_detection_timeout": _BEEP_SECONDS,
        "async_amd": "true",
        "async_amd_status_callback": rooms.machine_url(outbox_id),
        "async_amd_status_callback_method": "POST",
    }
