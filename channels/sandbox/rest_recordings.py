"""The REST API's recordings of calls: their list, their end, and the sound itself.

The rule of this file: the sound needs the account's credentials, as with the provider if that is switched on.
"""

from collections.abc import Sequence
from functools import partial

from aiohttp import web

from channels.channel import Route
from channels.sandbox.errors import not_found
from channels.sandbox.paging import build_page, read_dates
from channels.sandbox.recordings import Recordings, build_wav
from channels.sandbox.rest import PREFIX, Answer, RestDoor
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.shapes import build_recording


class RecordingResource:
    def __init__(self, settings: SandboxSettings, door: RestDoor, recordings: Recordings) -> None:
        self._account_sid = settings.account_sid
        self._door, self._recordings = door, recordings

    def routes(self) -> Sequence[Route]:
        return (
            self._door.route("GET", "/Calls/{sid}/Recordings.json", self._list),
            self._door.route("DELETE", "/Calls/{sid}/Recordings/{recording}.json", self._delete),
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

    async def _delete(self, request: web.Request) -> Answer:
        recording = self._recordings.by_sid.get(request.match_info["recording"])
        if recording is None or recording.call.sid != request.match_info["sid"]:
            raise not_found(request.path)
        self._recordings.forget(recording)
        return 204, None

    async def _on_sound(self, request: web.Request) -> web.StreamResponse:
        if not self._door.is_open_to(request):
            raise web.HTTPUnauthorized
        recording = self._recordings.by_sid.get(request.match_info["sid"])
        if recording is None or recording.status != "completed":
            raise web.HTTPNotFound
        if recording.path is not None:
            return web.FileResponse(recording.path, headers={"Content-Type": "audio/x-wav"})
        return web.Response(body=build_wav(recording.seconds), content_type="audio/x-wav")
