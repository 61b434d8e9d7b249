"""Messages that customers leave on the phone: what the provider says of its recordings, and the sound itself.

The rule of this file: a message is one fact, under one key, whether its webhook brought it or the provider's list.
It is stored with us before it is reported, since only stored media may be named in a notice.
"""

from dataclasses import dataclass

from channels.channel import ChannelError, Hub, Receipt, VoicemailLeft
from channels.twilio.account import CALL_SID, RECORDING_SID
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import BadForm, Form, get_sid

MOST_LISTED = 20
_UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})
_COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Recorded:
    key: str
    call_id: str
    recording_id: str
    seconds: int


def parse_recording(form: Form) -> Recorded | None:
    """The recording in a status callback; None where nothing was said. Raises BadForm."""
    recording_id, call_id = get_sid(form, "RecordingSid", RECORDING_SID), get_sid(form, "CallSid", CALL_SID)
    status, seconds = form.get("RecordingStatus", ""), form.get("RecordingDuration", "0")
    if status != _COMPLETED:  # nothing was said, it is not ready, or it has failed: then the list is asked at the end
        return None
    if not (seconds.isascii() and seconds.isdecimal()):
        raise BadForm("RecordingDuration is no number")
    key = f"phone:{form['AccountSid']}:{recording_id}:{status}"
    return Recorded(key, call_id, recording_id, int(seconds))


class PhoneRecordings:
    def __init__(self, client: TwilioClient, account_sid: str) -> None:
        self._client, self._account_sid = client, account_sid

    async def take(self, hub: Hub, recorded: Recorded) -> None:
        """Fetch the sound, store it, report it. Raises ChannelError, and what `hub` raises."""
        if await hub.find_heard([recorded.key]):
            return
        path = f"2010-04-01/Accounts/{self._account_sid}/Recordings/{recorded.recording_id}"
        data, _ = await self._client.fetch_media(self._client.find_url(path))
        media = await hub.store_media(data, "message.wav", "audio/wav")
        await hub.accept((VoicemailLeft(recorded.key, recorded.call_id, media, recorded.seconds),))

    async def look_for(self, hub: Hub, call_id: str) -> Receipt:
        """The messages of a call that has ended, as the provider lists them; an empty receipt where there is none."""
        with provider_errors():
            listed = await self._client.account.calls(call_id).recordings.list_async(limit=MOST_LISTED)
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
                await self.take(hub, recorded)
                found = recorded.recording_id
        return Receipt(found)
