"""The answers to voice webhooks, which a caller hears: TwiML, in time, whatever breaks on our side.

The rule of this file: once the provider's signature holds, each request gets TwiML within `ANSWER_SECONDS`. A
handler says what to answer instead if it fails, and if it is late. Only a request that our provider did not
sign gets no TwiML.

The provider waits 15 s (twilio.com/docs/voice/twiml), and a caller hears silence meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from channels.phone.intents import GoOn, Intent
from channels.phone.twiml import build_answer
from channels.phone.words import APOLOGY, ONE_MOMENT
from channels.twilio.webhook import BadForm, Form, WebhookDoor

ANSWER_SECONDS = 2.5  # the caller hears something within 3

MOST_TRIES = 3  # of one question while the hub is late

log = structlog.get_logger()


def ask_again(tries: int, url: str) -> Sequence[Intent]:
    """The answer to a caller while the hub is late: a word, and the same question again, a few times."""
    return (*ONE_MOMENT, GoOn(url)) if tries < MOST_TRIES else APOLOGY


class VoiceAnswers:
    def __init__(self, door: WebhookDoor) -> None:
        self._door = door
        self._deciding: set[asyncio.Task[Sequence[Intent]]] = set()

    async def answer(
        self,
        request: web.Request,
        decide: Callable[[Form], Awaitable[Sequence[Intent]]],
        *,
        instead: Sequence[Intent],
        late: Sequence[Intent] = (),
        again: Callable[[Form], Sequence[Intent]] | None = None,
    ) -> web.Response:
        """What `decide` makes of the form, as TwiML. `instead`: the answer if it fails or the form makes no sense.
        `late`: the answer if it takes too long; empty: the same. `again`: in place of both for a form that could be
        read. A late decision goes on, because what it stores may be stored already. Raises 403 and 413 as HTTP
        answers."""
        try:
            form = await self._door.read(request)
        except BadForm as error:
            log.warning("voice_form_not_understood", path=request.path, problem=str(error))
            return build_answer(*instead)
        if again is not None:
            instead = late = again(form)
        deciding = asyncio.ensure_future(decide(form))
        self._deciding.add(deciding)
        deciding.add_done_callback(self._deciding.discard)
        done, _ = await asyncio.wait((deciding,), timeout=ANSWER_SECONDS)
        if not done or deciding.cancelled():  # cancelled: the process ends, and the next one is asked again
            deciding.add_done_callback(_note_late_end)
            log.warning("voice_answer_late", path=request.path, call_id=form.get("CallSid", ""))
            return build_answer(*(late or instead))
        try:
            return build_answer(*deciding.result())
        except BadForm as error:
            log.warning("voice_form_not_understood", path=request.path, problem=str(error))
        except Exception as error:  # without its stack: while the database is away, each call comes here
            log.error("voice_answer_failed", path=request.path, call_id=form.get("CallSid", ""), error=repr(error))
        return build_answer(*instead)

    async def stop(self) -> None:
        for task in self._deciding:
            task.cancel()
        await asyncio.gather(*self._deciding, return_exceptions=True)


def _note_late_end(task: asyncio.Task[Sequence[Intent]]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("late_voice_decision_failed", error=repr(error))
