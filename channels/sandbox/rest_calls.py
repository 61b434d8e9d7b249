"""The REST API's calls, conferences and participants.

The rule of this file: a handler checks a request, gives it to `calls.py` or `conference.py`, and shows the result.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from aiohttp import web

from channels.channel import Route
from channels.sandbox.call import Call, Conference, Fetch, Leg, StatusCallback
from channels.sandbox.calls import Calls
from channels.sandbox.errors import ApiError, not_found
from channels.sandbox.forms import (
    CreateCall,
    CreateParticipant,
    UpdateCall,
    UpdateConference,
    UpdateParticipant,
    read_form,
)
from channels.sandbox.paging import build_page, read_dates
from channels.sandbox.rest import Answer, RestDoor, read_body
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.shapes import Json, build_call, build_conference, build_participant
from channels.sandbox.twiml import Instructions, parse_twiml
from channels.sandbox.webhooks import WebhookFailed

_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})


class CallResource:
    def __init__(self, settings: SandboxSettings, door: RestDoor, calls: Calls) -> None:
        self._account_sid, self._numbers = settings.account_sid, settings.numbers
        self._door, self._calls = door, calls

    def routes(self) -> Sequence[Route]:
        route = self._door.route
        call, room = "/Calls/{sid}.json", "/Conferences/{room}.json"
        legs, leg = "/Conferences/{room}/Participants.json", "/Conferences/{room}/Participants/{sid}.json"
        return (
            route("POST", "/Calls.json", self._create_call),
            route("GET", "/Calls.json", self._list_calls),
            route("GET", call, self._fetch_call),
            route("POST", call, self._update_call),
            route("DELETE", call, self._delete_call),
            route("GET", "/Conferences.json", self._list_conferences),
            route("GET", room, self._fetch_conference),
            route("POST", room, self._update_conference),
            route("POST", legs, self._create_participant),
            route("GET", legs, self._list_participants),
            route("GET", leg, self._fetch_participant),
            route("POST", leg, self._update_participant),
            route("DELETE", leg, self._delete_participant),
        )

    async def _create_call(self, request: web.Request) -> Answer:
        form = read_form(CreateCall, await read_body(request))
        then = _read_instructions(form.url, form.method, form.twiml)
        if then is None:
            raise ApiError(400, 21205, "Url parameter is required.")
        later = None
        if form.async_amd == "true":
            later = StatusCallback(
                form.async_amd_status_callback or "", form.async_amd_status_callback_method or "POST"
            )
        call = self._calls.ring(
            self._check_caller(form),
            form.to,
            _read_callback(form),
            form.timeout,
            then,
            detects=form.machine_detection or "",
            later=later,
        )
        return 201, self._show_call(call)

    async def _list_calls(self, request: web.Request) -> Answer:
        query = request.query
        has_started, has_ended = read_dates(query, "StartTime"), read_dates(query, "EndTime")
        items = [
            (call.sid, partial(self._show_call, call))
            for call in reversed(self._calls.by_sid.values())
            if query.get("To", call.to_address) == call.to_address
            and query.get("From", call.from_address) == call.from_address
            and query.get("Status", call.status) == call.status
            and "ParentCallSid" not in query
            and has_started(call.started_at)
            and has_ended(call.ended_at)
        ]
        return 200, build_page(request.path, query, "calls", items)

    async def _fetch_call(self, request: web.Request) -> Answer:
        return 200, self._show_call(self._find_call(request))

    async def _update_call(self, request: web.Request) -> Answer:
        form = read_form(UpdateCall, await read_body(request))
        call = self._find_call(request)
        then = _read_instructions(form.url, form.method, form.twiml)
        if call.is_over:
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if form.status == "completed" or (form.status == "canceled" and call.answered_at is None):
            self._calls.finish(call)
        elif then is not None:
            if call.status != "in-progress":
                raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
            self._calls.redirect(call, then)
        return 200, self._show_call(call)

    async def _delete_call(self, request: web.Request) -> Answer:
        call = self._find_call(request)
        if not call.is_over:
            raise ApiError(409, 20009, "Call is still in progress.")
        del self._calls.by_sid[call.sid]
        return 204, None

    async def _list_conferences(self, request: web.Request) -> Answer:
        query = request.query
        is_created, is_updated = read_dates(query, "DateCreated"), read_dates(query, "DateUpdated")
        items = [
            (conference.sid, partial(self._show_conference, conference))
            for conference in reversed(self._calls.conferences.by_sid.values())
            if query.get("FriendlyName", conference.name) == conference.name
            and query.get("Status", conference.status) == conference.status
            and is_created(conference.created_at)
            and is_updated(conference.updated_at)
        ]
        return 200, build_page(request.path, query, "conferences", items)

    async def _fetch_conference(self, request: web.Request) -> Answer:
        return 200, self._show_conference(self._find_conference(request))

    async def _update_conference(self, request: web.Request) -> Answer:
        form = read_form(UpdateConference, await read_body(request))
        conference = self._find_conference(request)
        if form.status == "completed":
            self._calls.conferences.end(conference, "conference-ended-via-api")
        return 200, self._show_conference(conference)

    async def _create_participant(self, request: web.Request) -> Answer:
        """Add a participant to a conference, by its id or name. A name without a conference begins one."""
        form = read_form(CreateParticipant, await read_body(request))
        caller = self._check_caller(form)
        callback = StatusCallback(
            form.conference_status_callback or "",
            form.conference_status_callback_method,
            frozenset(event for value in form.conference_status_callback_event for event in value.split()),
        )
        name = request.match_info["room"]
        conference = self._calls.conferences.find(name)
        if conference is None or conference.status == "completed":
            conference = self._calls.conferences.get_open(name, callback)
        leg = Leg(
            self._calls.build_outgoing(caller, form.to, _read_callback(form)),
            label=form.label,
            starts=form.start_conference_on_enter,
            ends=form.end_conference_on_exit,
            wait=Fetch(form.wait_url, form.wait_method) if form.wait_url else None,
            is_muted=form.muted,
            coaches=form.call_sid_to_coach or "" if form.coaching else "",
        )
        self._calls.ring_into(conference, leg, form.timeout)
        return 201, build_participant(leg, conference, self._account_sid)

    async def _list_participants(self, request: web.Request) -> Answer:
        query, conference = request.query, self._find_conference(request)
        items = [
            (leg.call.sid, partial(build_participant, leg, conference, self._account_sid))
            for leg in reversed(conference.connected)
            if query.get("Muted", _word(leg.is_muted)) == _word(leg.is_muted)
            and query.get("Hold", _word(leg.is_on_hold)) == _word(leg.is_on_hold)
            and query.get("Coaching", _word(bool(leg.coaches))) == _word(bool(leg.coaches))
        ]
        return 200, build_page(request.path, query, "participants", items)

    async def _fetch_participant(self, request: web.Request) -> Answer:
        conference, leg = self._find_leg(request)
        return 200, build_participant(leg, conference, self._account_sid)

    async def _update_participant(self, request: web.Request) -> Answer:
        form = read_form(UpdateParticipant, await read_body(request))
        conference, leg = self._find_leg(request)
        if form.hold is not None:
            music = Fetch(form.hold_url, form.hold_method) if form.hold_url else None
            self._calls.conferences.set_hold(conference, leg, form.hold, music)
        if form.muted is not None:
            self._calls.conferences.set_muted(conference, leg, form.muted)
        if form.end_conference_on_exit is not None:
            leg.ends = form.end_conference_on_exit
        if form.coaching is not None:
            leg.coaches = form.call_sid_to_coach or leg.coaches if form.coaching else ""
            leg.call.changed(leg.call)
        return 200, build_participant(leg, conference, self._account_sid)

    async def _delete_participant(self, request: web.Request) -> Answer:
        self._calls.finish(self._find_leg(request)[1].call)
        return 204, None

    def _check_caller(self, form: CreateCall | CreateParticipant) -> str:
        if form.to.startswith("+") and form.from_ not in self._numbers:
            raise ApiError(400, 21210, "The source phone number provided is not yet verified for your account.")
        return form.from_

    def _find_call(self, request: web.Request) -> Call:
        call = self._calls.by_sid.get(request.match_info["sid"])
        if call is None:
            raise not_found(request.path)
        return call

    def _find_conference(self, request: web.Request) -> Conference:
        conference = self._calls.conferences.by_sid.get(request.match_info["room"])
        if conference is None:
            raise not_found(request.path)
        return conference

    def _find_leg(self, request: web.Request) -> tuple[Conference, Leg]:
        conference = self._find_conference(request)
        leg = conference.find_leg(request.match_info["sid"])
        if leg is None or leg.status != "connected":
            raise not_found(request.path)
        return conference, leg

    def _show_call(self, call: Call) -> Json:
        return build_call(call, self._account_sid)

    def _show_conference(self, conference: Conference) -> Json:
        return build_conference(conference, self._account_sid)


def _read_instructions(url: str | None, method: str, twiml: str | None) -> Instructions | None:
    if twiml is not None:
        try:
            return parse_twiml(twiml.encode())
        except WebhookFailed as error:
            raise ApiError(400, error.code, error.what) from None
    return Fetch(url, method) if url is not None else None


def _read_callback(form: CreateCall | CreateParticipant) -> StatusCallback:
    events = frozenset(event for value in form.status_callback_event for event in value.split())
    if events - _EVENTS:
        raise ApiError(400, 21626, "Parameter 'StatusCallbackEvent' is not valid")
    return StatusCallback(form.status_callback or "", form.status_callback_method, events or frozenset({"completed"}))


def _word(value: bool) -> str:
    return "true" if value else "false"
