"""The hub's requests about the recording of a call: begin, pause, go on, end, fetch, delete.

The rule of this file: as in `requests.py`. What the provider answers is compared with what was asked, and a change
counts as done only if both agree. Whoever asks for a pause waits with a card in hand, so a change is tried again at
once or not at all: an answer that comes minutes later would tell of another moment.

The customer's leg is recorded and not the conference, so what a supervisor whispers to the agent is in no recording.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from channels.channel import (
    ChangeRecording,
    ChannelError,
    DeleteRecording,
    Hub,
    Receipt,
    RecordingChange,
    StartRecording,
)
from channels.phone.leg_requests import find_room
from channels.phone.recordings import is_of_talk
from channels.phone.rooms import Rooms
from channels.twilio.client import TwilioClient, provider_errors

MOST_LISTED: Final = 20
MOST_LOOKS: Final = 20  # for the customer in the room: so many seconds of words they may still hear
LOOK_SECONDS: Final = 1.0
MOST_TRIES: Final = 3  # of a change
AGAIN_SECONDS: Final = 0.5
UNKNOWN_STATUS: Final = "no_status"

_RUNS: Final = ("in-progress", "paused")
_STATUS: Final = {
    RecordingChange.PAUSE: "paused",
    RecordingChange.RESUME: "in-progress",
    RecordingChange.STOP: "stopped",
}
_HAS_STOPPED: Final = ("stopped", "processing", "completed", "absent")

Sleep = Callable[[float], Awaitable[None]]


class RecordingRequests:
    def __init__(self, client: TwilioClient, rooms: Rooms, hub: Hub, sleep: Sleep = asyncio.sleep) -> None:
        self._account, self._rooms, self._hub, self._sleep = client.account, rooms, hub, sleep

    async def start(self, request: StartRecording) -> Receipt:
        """Begin once the customer is in the room. A recording that runs already is the one that was asked for."""
        await self._await_customer(request.call_id)
        recordings = self._account.calls(request.call_id).recordings
        with provider_errors():
            listed = await recordings.list_async(limit=MOST_LISTED)
        running = next((one for one in listed if is_of_talk(one.source) and str(one.status) in _RUNS), None)
        if running is not None:
            return Receipt(str(running.sid))
        try:
            with provider_errors():
                begun = await recordings.create_async(
                    recording_channels="dual",
                    recording_track="both",
                    trim="do-not-trim",
                    recording_status_callback=self._rooms.recording_url(request.call_id),
                    recording_status_callback_method="POST",
                    recording_status_callback_event=["in-progress", "completed", "absent"],
                )
        except ChannelError as error:
            if error.outcome_known:
                raise
            raise ChannelError(error.what, code=error.code, retry=True) from error  # the list tells next time
        return Receipt(str(begun.sid))

    async def change(self, request: ChangeRecording) -> Receipt:
        """Raises ChannelError with `outcome_known=False` if nobody knows whether the recording has changed."""
        recording = self._account.calls(request.call_id).recordings(request.recording_id)
        wanted, more = _STATUS[request.change], {}
        if request.change is RecordingChange.PAUSE:
            more["pause_behavior"] = "silence"
        problem: ChannelError | None = None
        for number in range(MOST_TRIES):
            if number:
                await self._sleep(AGAIN_SECONDS)
            try:
                with provider_errors():
                    status = str((await recording.update_async(status=wanted, **more)).status)
                if _agrees(request.change, status):
                    return Receipt(request.recording_id)
                problem = ChannelError("the recording is not as it was asked for", code=status or UNKNOWN_STATUS)
            except ChannelError as error:
                problem = error
            try:
                with provider_errors():
                    status = str((await recording.fetch_async()).status)
            except ChannelError:  # the next try says more, or nobody knows
                if problem.outcome_known and not problem.retry:
                    raise problem from None
                continue
            if _agrees(request.change, status):
                return Receipt(request.recording_id)
            if status in _HAS_STOPPED or (problem.outcome_known and not problem.retry):
                raise ChannelError(problem.what, code=problem.code, whose=problem.whose) from problem
            problem = ChannelError(problem.what, code=problem.code)  # the provider says that nothing has changed
        assert problem is not None
        raise ChannelError(problem.what, code=problem.code, outcome_known=problem.outcome_known) from problem

    async def delete(self, request: DeleteRecording) -> Receipt:
        if not await self._hub.is_media_whole(request.media, request.sha256):
            raise ChannelError("its stored sound is not what was stored", code="not_stored", whose="ours")
        try:
            with provider_errors():
                await self._account.calls(request.call_id).recordings(request.recording_id).delete_async()
        except ChannelError as error:
            if error.code in ("20404", str(int(HTTPStatus.NOT_FOUND))):
                return Receipt(request.recording_id)
            if error.outcome_known and not error.retry:
                raise
            raise ChannelError(error.what, code=error.code, retry=True) from error  # to delete twice does no harm
        return Receipt(request.recording_id)

    async def _await_customer(self, call_id: str) -> None:
        """Return when the customer is in the call's room: then they have heard all words on the way there. Raises
        ChannelError."""
        for number in range(MOST_LOOKS):
            if number:
                await self._sleep(LOOK_SECONDS)
            try:
                room = await find_room(self._account, call_id)
                with provider_errors():
                    leg: Any = await self._account.conferences(room).participants(call_id).fetch_async()
                if str(leg.status) == "connected":
                    return
            except ChannelError as error:
                if error.code not in ("no_call", "20404", "404"):
                    raise
        raise ChannelError("the customer is not in the call's room", code="no_customer", whose="customer")


def _agrees(change: RecordingChange, status: str) -> bool:
    return status == _STATUS[change] or (change is RecordingChange.STOP and status in _HAS_STOPPED)
