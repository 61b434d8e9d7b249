"""The provider's recordings, fetched: messages that customers leave, and talks with an agent.

The rule of this file: a recording has one key, whether its webhook or the provider's list brings it. Its sound is
stored before it is reported, since a notice may only name stored media. The provider reports recordings of talks in
the same form as messages: the source tells them apart.
"""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from channels.channel import (
    ChannelError,
    FetchRecordings,
    Hub,
    Receipt,
    RecordingFetched,
    RecordingReported,
    VoicemailLeft,
)
from channels.twilio.account import CALL_SID, RECORDING_SID
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import BadForm, Form, get_sid

MOST_LISTED = 20
_UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})
_COMPLETED = "completed"
_BEGUN = "in-progress"
_OVER = frozenset({"stopped", "processing", _COMPLETED, "absent", "failed"})
_MESSAGE = "RecordVerb"  # the source of a customer's message: twilio.com/docs/voice/api/recording
DUAL = 2  # channels


@dataclass(frozen=True, slots=True)
class Recorded:
    key: str
    call_id: str
    recording_id: str
    seconds: int


def parse_recording(form: Form) -> Recorded | None:
    """The message in a status callback. None if it is not ready, is empty, or is of a talk. Raises BadForm."""
    if form.get("RecordingSource", _MESSAGE) != _MESSAGE:
        return None
    recording_id, call_id = get_sid(form, "RecordingSid", RECORDING_SID), get_sid(form, "CallSid", CALL_SID)
    status, seconds = form.get("RecordingStatus", ""), form.get("RecordingDuration", "0")
    if status != _COMPLETED:  # not ready, empty or failed: the hub asks for the list when the call has ended
        return None
    if not (seconds.isascii() and seconds.isdecimal()):
        raise BadForm("RecordingDuration is no number")
    key = f"phone:{form['AccountSid']}:{recording_id}:{status}"
    return Recorded(key, call_id, recording_id, int(seconds))


def parse_progress(form: Form, call_id: str = "") -> RecordingReported | None:
    """The beginning or end of a call's recording. None for a customer's message, and for a pause, which does not
    shift the seconds of the recording. `call_id`: from the callback's address, because the provider names no call for
    the recording of a conference. Raises BadForm."""
    status = form.get("RecordingStatus", "")
    if form.get("RecordingSource", _MESSAGE) == _MESSAGE or status not in {_BEGUN, *_OVER}:
        return None
    recording_id = get_sid(form, "RecordingSid", RECORDING_SID)
    call_id = get_sid({"CallSid": call_id, **form}, "CallSid", CALL_SID)
    began_at = None
    if status == _BEGUN:
        try:  # RFC 2822: "Sun, 29 Nov 2026 12:00:00 +0000"
            began_at = int(parsedate_to_datetime(form.get("RecordingStartTime", "")).timestamp()) * 1_000_000
        except (ValueError, TypeError, OverflowError) as error:
            raise BadForm("RecordingStartTime is no date") from error
    key = f"phone:{form['AccountSid']}:{recording_id}:{_BEGUN if began_at is not None else 'over'}"
    return RecordingReported(key, call_id, recording_id, began_at)


def is_of_talk(source: object) -> bool:
    """Whether a listed recording is of a talk with an agent, and no customer's message."""
    return source is not None and str(source) != _MESSAGE


class PhoneRecordings:
    def __init__(self, client: TwilioClient, account_sid: str, hub: Hub) -> None:
        self._client, self._account_sid, self._hub = client, account_sid, hub

    async def fetch(self, request: FetchRecordings) -> Receipt:
        """Take the recordings of a call's talk from the provider's list, all that are new or whose stored sound is
        lost. The receipt is empty if there are none. Raises ChannelError, and what the hub raises."""
        with provider_errors():
            listed = await self._client.account.calls(request.call_id).recordings.list_async(limit=MOST_LISTED)
        of_talk = [one for one in listed if is_of_talk(one.source) or str(one.sid) in request.lost]
        found = ""
        for recording in of_talk:
            if str(recording.status) == _COMPLETED:
                await self._fetch_one(request, recording)
                found = str(recording.sid)
        if any(str(one.status) in _UNFINISHED for one in of_talk):
            raise ChannelError("the recording is not ready yet", code="not_ready", retry=True)
        return Receipt(found)

    async def _fetch_one(self, request: FetchRecordings, recording: Any) -> None:
        key = f"phone:{self._account_sid}:{recording.sid}:fetched"
        if str(recording.sid) in request.lost:
            key += f":{request.outbox_id}"
        if not RECORDING_SID.fullmatch(str(recording.sid)):
            raise ChannelError("the provider's list makes no sense", code="bad_list")
        if await self._hub.find_heard([key]):
            return
        channels, seconds = int(recording.channels or 1), int(recording.duration or 0)
        path = f"2010-04-01/Accounts/{self._account_sid}/Recordings/{recording.sid}.wav"
        # without the parameter, the two channels come as one; with it, a recording of one channel is refused (16113)
        url = self._client.find_url(path) + (f"?RequestedChannels={DUAL}" if channels == DUAL else "")
        source = self._name_source(str(recording.sid))
        media = await self._hub.store_stream(self._client.stream_media(url), "call.wav", "audio/wav", source)
        notice = RecordingFetched(key, request.call_id, str(recording.sid), media, seconds * 1000, channels)
        await self._hub.accept((notice,))

    def _name_source(self, recording_id: str) -> str:
        """One name for the sound, whichever way it comes: what is fetched once more takes its place."""
        return f"phone:{self._account_sid}:{recording_id}"

    async def take(self, recorded: Recorded) -> None:
        """Fetch the sound, store it and report it. Raises ChannelError, and what the hub raises."""
        if await self._hub.find_heard([recorded.key]):
            return
        path = f"2010-04-01/Accounts/{self._account_sid}/Recordings/{recorded.recording_id}"
        data, _ = await self._client.fetch_media(self._client.find_url(path))
        source = self._name_source(recorded.recording_id)
        media = await self._hub.store_media(data, "message.wav", "audio/wav", source)
        left = VoicemailLeft(recorded.key, recorded.call_id, media, recorded.seconds, recorded.recording_id)
        await self._hub.accept((left,))

    async def look_for(self, call_id: str) -> Receipt:
        """Take the messages of an ended call from the provider's list. The receipt is empty if there are none."""
        with provider_errors():
            listed = await self._client.account.calls(call_id).recordings.list_async(limit=MOST_LISTED)
        listed = [recording for recording in listed if recording.source in (None, _MESSAGE)]
        if any(str(recording.status) in _UNFINISHED for recording in listed):
            raise ChannelError("the recording is not ready yet", code="not_ready", retry=True)
        found = ""
        for recording in listed:
            form = {
                "AccountSid": self._account_sid,
                "CallSid": call_id,
                "RecordingSid": str(recording.sid),
                "RecordingStatus": str(recording.status),
                "RecordingDuration": str(recording.duration or 0),
            }
            try:
                recorded = parse_recording(form)
            except BadForm as error:
                raise ChannelError("the provider's list makes no sense", code="bad_list") from error
            if recorded is not None:
                await self.take(recorded)
                found = recorded.recording_id
        return Receipt(found)
