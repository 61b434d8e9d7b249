"""Phone through Twilio Voice: a call waits in a conference named by its own id, and legs come and go.

The rule of this file: a genuine voice webhook always gets TwiML (`voice_answers.py`). For every other webhook
a notice is stored before the 2xx. `catch_up` reads the provider's lists as the webhooks that did not get through
(`notices.py`).

Every call is a conference and never a direct dial, so hold, consult and transfer are updates of a leg. The customer's
leg ends the conference; an agent's leg starts it. Until then the provider fetches the wait address again and again,
so the place that it says is always fresh.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from twilio.base.exceptions import TwilioRestException

from channels.acknowledging import unstored_is_503
from channels.channel import (
    CallAnswered,
    CallCustomer,
    ChannelError,
    FetchRecordings,
    FetchVoicemail,
    Hub,
    Notice,
    OpenCall,
    Receipt,
    Request,
    Route,
    WaitingPlace,
)
from channels.phone.agent_first import CallingOut
from channels.phone.agents_by_phone import PhoneAgents
from channels.phone.echo_check import EchoCheck
from channels.phone.intents import EndCall, GoOn, Intent, Play
from channels.phone.menu_pages import PhoneMenus
from channels.phone.missed_calls import LISTED_AT_ONCE, MissedCalls
from channels.phone.music import build_music
from channels.phone.notices import (
    parse_answer,
    parse_arrival,
    parse_call_status,
    parse_conference_event,
    parse_key,
)
from channels.phone.number_check import NumberCheck
from channels.phone.recordings import PhoneRecordings, parse_progress, parse_recording
from channels.phone.requests import PhoneRequests
from channels.phone.rooms import (
    ANSWERED,
    CONFERENCE,
    INBOUND,
    KEY,
    LOST,
    MUSIC,
    RECORDED,
    RECORDING,
    STATUS,
    WAIT,
    Rooms,
)
from channels.phone.voice_answers import VoiceAnswers, ask_again
from channels.phone.words import (
    APOLOGY,
    NOT_OURS,
    ONE_MOMENT,
    announce,
    greet,
    tell_agent_lost,
    tell_place,
    thank_for_message,
)
from channels.twilio.account import TwilioAccount
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import Form, WebhookDoor

MEDIA_SECONDS = 8.0  # the provider waits 15 for a webhook
ASK_EVERY = 8  # a customer is asked again after hearing the wait words so often: about two minutes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    account: TwilioAccount
    numbers: tuple[str, ...] = ()  # the hub's numbers; empty: all of the account
    ring_seconds: int = 20  # how long an agent's phone rings
    detects_machines: bool = True  # when customers are called


class PhoneChannel:
    name = "phone"

    def __init__(self, settings: PhoneSettings, hub: Hub) -> None:
        self._hub, self._door = hub, WebhookDoor(settings.account)
        self._client = TwilioClient(settings.account)
        self._rooms = Rooms(settings.account.public_url.rstrip("/"))
        self._account_sid, self._numbers = settings.account.account_sid, frozenset(settings.numbers)
        self._recordings = PhoneRecordings(self._client, self._account_sid, hub)
        self._answers = VoiceAnswers(self._door)
        self._calling_out = CallingOut(
            self._client, self._door, self._answers, self._rooms, hub, settings.ring_seconds
        )
        self._requests = PhoneRequests(
            self._client, self._rooms, self._calling_out, settings.ring_seconds, settings.detects_machines, hub
        )
        self._menus = PhoneMenus(self._answers, self._rooms, hub)
        self._agents = PhoneAgents(self._answers, self._rooms, hub)
        self._echo = EchoCheck(settings.account, self._answers, self._client)
        self._missed = MissedCalls(self._client, self._rooms, hub, self._account_sid, self._numbers)
        self._number_check = NumberCheck(self._client, settings.ring_seconds)
        self._music = b""
        self._asking: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", INBOUND, self._on_inbound, "provider"),
            Route("POST", WAIT, self._on_wait, "provider"),
            Route("POST", LOST, self._on_lost, "provider"),
            Route("POST", CONFERENCE, self._on_conference, "provider"),
            Route("POST", STATUS, self._on_status, "provider"),
            Route("POST", ANSWERED, self._on_answered, "provider"),
            Route("POST", KEY, self._on_key, "provider"),
            Route("POST", RECORDING, self._on_recording, "provider"),
            Route("POST", RECORDED, self._on_recorded, "provider"),
            *self._menus.routes(),
            *self._agents.routes(),
            *self._echo.routes(),
            *self._calling_out.routes(),
            Route("GET", MUSIC, self._on_music, "public"),
        )

    async def start(self) -> None:
        """Nothing to do: the client connects at its first request."""

    async def stop(self) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self._answers.stop()
        await self._echo.stop()
        await self._client.close()

    async def send(self, request: Request) -> Receipt:
        if isinstance(request, FetchVoicemail):
            return await self._recordings.look_for(request.call_id)
        if isinstance(request, FetchRecordings):
            return await self._recordings.fetch(request)
        return await self._requests.carry_out(request)

    async def say_code(self, from_number: str, to_number: str, code: str, language: str) -> None:
        """Call a number and say a code there. Raises ChannelError."""
        await self._number_check.say_code(from_number, to_number, code, language)

    async def catch_up(self, since: int) -> None:
        """See the Protocol. This looks at all open calls, however old, so that nobody who hung up stays in the
        order."""
        await self._missed.take(since)
        if not (open_calls := await self._hub.read_open_calls()):
            return
        with provider_errors():
            calls = await self._client.account.calls.list_async(status="in-progress", page_size=LISTED_AT_ONCE)
        under_way = {call.sid for call in calls}
        for call in open_calls:
            with provider_errors():
                missed = {notice.key: notice for notice in await self._look_at(call, under_way)}
            heard = await self._hub.find_heard(missed) if missed else ()
            for key in missed.keys() - heard:
                await self._hub.accept((missed[key],))
                log.info("call_caught_up", key=key)

    async def _look_at(self, call: OpenCall, under_way: Collection[str]) -> list[Notice]:
        """Notices of the legs that are over, and of those called by us that have joined."""
        notices: list[Notice | None] = []
        for outbox_id, leg_id in (("", call.call_id), ("", call.leg_id), *call.parties):
            if leg_id and leg_id not in under_way:
                form = {"AccountSid": self._account_sid, "CallSid": leg_id, "CallStatus": await self._ask(leg_id)}
                notices.append(parse_call_status(form, "" if leg_id == call.call_id else call.call_id, outbox_id))
        if call.is_connecting and call.call_id in under_way:
            rooms = await self._client.account.conferences.list_async(
                friendly_name=call.call_id, status="in-progress", limit=1
            )
            legs = [leg for room in rooms for leg in await room.participants.list_async(limit=LISTED_AT_ONCE)]
            notices += [_read_leg(leg, call, self._account_sid) for leg in legs if leg.status == "connected"]
        return [notice for notice in notices if notice is not None]

    async def _ask(self, leg_id: str) -> str:
        """The leg's status. A leg that the provider no longer knows is over."""
        try:
            return str((await self._client.account.calls(leg_id).fetch_async()).status)
        except TwilioRestException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return "completed"

    async def _on_inbound(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            arrival = parse_arrival(form)
            if self._numbers and arrival.to_address not in self._numbers:
                ending = arrival.to_address[-4:]
                log.warning("call_to_a_number_that_is_not_ours", call_id=arrival.call_id, number_ends_with=ending)
                return NOT_OURS
            page = await self._hub.open_menu(arrival)
            if page is None:
                announcement = await self._hub.find_announcement(arrival)
                if announcement is not None:
                    arrival = replace(arrival, announced=announcement.message)
                await self._hub.accept((arrival,))
                return (*announce(announcement), self._rooms.join(arrival.call_id))
            await self._hub.accept((replace(arrival, menu=page.state.menu, language=page.state.language),))
            return self._menus.ask(arrival.call_id, page)

        tries = _read_number(request)
        late = ask_again(tries, self._rooms.inbound_url(tries + 1))
        return await self._answers.answer(request, decide, instead=APOLOGY, late=late)

    async def _on_answered(self, request: web.Request) -> web.Response:
        outbox_id, tries = request.query.get("o", ""), _read_number(request)

        async def decide(form: Form) -> Sequence[Intent]:
            answer = parse_answer(form, outbox_id)
            if isinstance(answer, CallAnswered):
                announced, greeting = await self._find_greeting(answer)
                await self._hub.accept((replace(answer, announced=announced),))
                return (*greeting, self._rooms.join(answer.call_id))
            try:
                await self._hub.accept((answer,))
            except Exception as error:  # the end of the call is reported again
                log.warning("machine_not_stored", key=answer.key, error=repr(error))
            return (EndCall(),)

        late = ask_again(tries, self._rooms.answered_url(outbox_id, tries + 1))
        return await self._answers.answer(request, decide, instead=APOLOGY, late=late)

    async def _find_greeting(self, answer: CallAnswered) -> tuple[str, Sequence[Intent]]:
        """(what they announce, the words) for the customer who has answered. Empty if the hub cannot find them: then
        the call goes on, and is not recorded."""
        try:
            request = await self._hub.find_request(answer.outbox_id)
        except Exception as error:
            log.warning("greeting_not_found", call_id=answer.call_id, error=repr(error))
            return "", ()
        return (request.announced, greet(request)) if isinstance(request, CallCustomer) else ("", ())

    async def _on_wait(self, request: web.Request) -> web.Response:
        """Without a place to tell, the customer hears music."""
        call_id, number = request.query.get("call", ""), _read_number(request)

        async def decide(form: Form) -> Sequence[Intent]:
            return await self._let_wait(call_id, number)

        music = (Play(self._rooms.base + MUSIC), GoOn(self._rooms.wait_url(call_id, number + 1)))
        return await self._answers.answer(request, decide, instead=music)

    async def _on_lost(self, request: web.Request) -> web.Response:
        """The customer hears these words again and again, with music between them."""
        language = request.query.get("language", "")
        words = (tell_agent_lost(language), Play(self._rooms.base + MUSIC), GoOn(self._rooms.lost_url(language)))

        async def decide(form: Form) -> Sequence[Intent]:
            return words

        return await self._answers.answer(request, decide, instead=words)

    async def _let_wait(self, call_id: str, number: int) -> Sequence[Intent]:
        place = await self._hub.find_place(call_id)
        if place is None:  # not decided yet: say a few words and ask again soon, without the music
            return (*ONE_MOMENT, GoOn(self._rooms.wait_url(call_id, number)))
        words: Sequence[Intent] = ()
        following = number + 1
        is_due, was_asked = number % ASK_EVERY == 0, number % ASK_EVERY == 1
        if not (place.callback_key or place.appointment_key):  # perhaps an offer is open: keep the turn to ask
            words, following = tell_place(place), number if is_due else following
        elif is_due:
            task = asyncio.create_task(self._offer_callback(call_id, place, number), name=f"ask {call_id}")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        elif not was_asked:  # the question told the place
            words = tell_place(place)
        return (*words, Play(self._rooms.base + MUSIC), GoOn(self._rooms.wait_url(call_id, following)))

    async def _offer_callback(self, call_id: str, place: WaitingPlace, number: int) -> None:
        try:
            await self._requests.offer_callback(call_id, place, number)
        except ChannelError as error:  # the customer goes on waiting and is asked again later
            log.warning("callback_not_offered", call_id=call_id, code=error.code)

    async def _on_key(self, request: web.Request) -> web.Response:
        """The customer chooses a time, or returns to the room. If the hub grants the wish to be called back, it says
        so and ends the call."""
        query, number = request.query, _read_number(request)
        call_id, key, time_key = query.get("call", ""), query.get("key", ""), query.get("at", "")
        back = (self._rooms.join(call_id, number + 1),)

        async def decide(form: Form) -> Sequence[Intent]:
            if time_key and form.get("Digits") == time_key:
                return await self._menus.choose_time(call_id, query.get("language", ""), form)
            wish = parse_key(form, call_id, number, key)
            try:
                await self._hub.accept((wish,) if wish is not None else ())
            except Exception as error:
                log.warning("wish_not_stored", call_id=call_id, error=repr(error))
            return back

        return await self._answers.answer(request, decide, instead=APOLOGY, late=back)

    async def _on_conference(self, request: web.Request) -> web.Response:
        return await self._accept(await self._door.parse(request, parse_conference_event))

    async def _on_status(self, request: web.Request) -> web.Response:
        call_id, outbox_id = request.query.get("call", ""), request.query.get("o", "")
        return await self._accept(
            await self._door.parse(request, lambda form: parse_call_status(form, call_id, outbox_id))
        )

    async def _on_recording(self, request: web.Request) -> web.Response:
        """Fetch the recording while the provider waits. If that fails, the hub asks for it when the call has
        ended."""
        call_id = request.query.get("call", "")
        recorded, progress = await self._door.parse(
            request, lambda form: (parse_recording(form), parse_progress(form, call_id))
        )
        if progress is not None:
            return await self._accept(progress)
        if recorded is not None:
            with unstored_is_503(recorded.key):
                async with asyncio.timeout(MEDIA_SECONDS):
                    await self._recordings.take(recorded)
        return web.Response(status=204)

    async def _on_recorded(self, request: web.Request) -> web.Response:
        thanks = (thank_for_message(request.query.get("language", "")), EndCall())

        async def decide(form: Form) -> Sequence[Intent]:
            return thanks

        return await self._answers.answer(request, decide, instead=thanks)

    async def _on_music(self, request: web.Request) -> web.Response:
        if not self._music:
            self._music = await asyncio.to_thread(build_music)
        headers = {"Cache-Control": "public, max-age=86400"}
        return web.Response(body=self._music, content_type="audio/wav", headers=headers)

    async def _accept(self, notice: Notice | None) -> web.Response:
        if notice is not None:
            with unstored_is_503(notice.key):
                await self._hub.accept((notice,))
        return web.Response(status=204)


def _read_leg(leg: Any, call: OpenCall, account_sid: str) -> Notice | None:
    """A listed leg as the notice that its webhook would have given."""
    event = {
        "AccountSid": account_sid,
        "StatusCallbackEvent": "participant-join",
        "ConferenceSid": leg.conference_sid,
        "FriendlyName": call.call_id,
        "CallSid": leg.call_sid,
        "ParticipantLabel": leg.label or "",
    }
    return parse_conference_event(event)


def _read_number(request: web.Request) -> int:
    number = request.query.get("n", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
