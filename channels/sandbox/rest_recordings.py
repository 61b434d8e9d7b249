"""The REST API's recordings of calls: their list, their end, and the sound itself.

The rule of this file: the sound needs the account's credentials, as with the provider if that is switched on.
"""

from collections.abc import Sequence
from functools import partial

from aiohttp import web

from channels.channel import Route
from channels.sandbox.call import StatusCallback
from channels.sandbox.calls import Calls
from channels.sandbox.errors import ApiError, not_found
from channels.sandbox.forms import CreateCallRecording, UpdateCallRecording, read_form
from channels.sandbox.paging import build_page, read_dates
from channels.sandbox.recordings import Recording, build_wav
from channels.sandbox.rest import PREFIX, Answer, RestDoor, read_body
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.shapes import build_recording


class RecordingResource:
    def __init__(self, settings: SandboxSettings, door: RestDoor, calls: Calls) -> None:
        self._account_sid = settings.account_sid
        self._door, self._calls, self._recordings = door, calls, calls.recordings

    def routes(self) -> Sequence[Route]:
        one = "/Calls/{sid}/Recordings/{recording}.json"
        return (
            self._door.route("GET", "/Calls/{sid}/Recordings.json", self._list),
            self._door.route("POST", "/Calls/{sid}/Recordings.json", self._create),
            self._door.route("GET", one, self._fetch),
            self._door.route("POST", one, self._update),
            self._door.route("DELETE", one, self._delete),
            Route("GET", PREFIX + "/Recordings/{sid}", self._on_sound, "sandbox"),
        )

    async def _list(self, request: web.Request) -> Answer:
        is_created = read_dates(request.query, "DateCreated")
        items = [
            (recording.sid, partial(build_recording, recording, self._account_sid))
            for recording in reversed(self._recordings.by_sid.values())
            if recording.call.sid == request.match_info["sid"] and is_created(recording.started_at)
        ]
        return 200, build_page(request.path, request.query, "recordings", items)

    async def _create(self, request: web.Request) -> Answer:
        form = read_form(CreateCallRecording, await read_body(request))
        call = self._calls.by_sid.get(request.match_info["sid"])
        if call is None:
            raise not_found(request.path)
        events = frozenset(event for value in form.recording_status_callback_event for event in value.split())
        url, method = form.recording_status_callback or "", form.recording_status_callback_method
        callback = StatusCallback(url, method, events or frozenset({"completed"}))
        is_dual = form.recording_channels == "dual"
        recording = self._calls.recorded_talks.begin(call, callback, is_dual=is_dual, track=form.recording_track)
        return 201, build_recording(recording, self._account_sid)

    async def _fetch(self, request: web.Request) -> Answer:
        return 200, build_recording(self._find(request), self._account_sid)

    async def _update(self, request: web.Request) -> Answer:
        form = read_form(UpdateCallRecording, await read_body(request))
        recording = self._find(request)
        if form.pause_behavior == "skip":
            raise ApiError(400, 21220, "Only silence can stand for a pause here")
        self._calls.recorded_talks.change(recording, form.status)
        return 200, build_recording(recording, self._account_sid)

    async def _delete(self, request: web.Request) -> Answer:
        self._recordings.forget(self._find(request))
        return 204, None

    def _find(self, request: web.Request) -> Recording:
        recording = self._recordings.by_sid.get(request.match_info["recording"])
        if recording is None or recording.call.sid != request.match_info["sid"]:
            raise not_found(request.path)
        return recording

    async def _on_sound(self, request: web.Request) -> web.StreamResponse:
        if not self._door.is_open_to(request):
            raise web.HTTPUnauthorized
        sid, channels = request.match_info["sid"].removesuffix(".wav"), request.query.get("RequestedChannels", "1")
        recording = self._recordings.by_sid.get(sid)
        if recording is None or recording.status != "completed":
            raise web.HTTPNotFound
        if channels != "1" and channels != str(recording.channels):  # 16113
            raise web.HTTPBadRequest
        if recording.path is not None:
            return web.FileResponse(recording.path, headers={"Content-Type": "audio/x-wav"})
        wav = build_wav(recording.seconds, int(channels), is_silent=recording.is_of_talk)
        return web.Response(body=wav, content_type="audio/x-wav")
