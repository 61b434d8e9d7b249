"""The sound of recordings while a batch is decided: ended, fetched, stored, deleted at the provider.

The rule of this file: what the provider has is deleted there only once it is stored here with its checksum, in the
transaction that says so. The provider is asked again and again until it confirms that it has the sound no more; then
the recording is settled, and leaves the memory.
"""

from typing import Final

from channels.channel import DeleteRecording, FetchRecordings, Media
from hub.batch.batch import Batch
from hub.call_lifecycle import (
    LIVE,
    RecordingState,
    RecordingStep,
    find_recording_state_after,
    move_recording,
)
from hub.ids import new_id
from hub.open_work.call_recording import CALL, VOICEMAIL, Recording
from routing.model import DAY, SECOND

LATE: Final = 60 * SECOND  # after the end of a call, so long its recording's own report may take
LONGEST: Final = 3600 * SECOND  # between two tries to fetch or to delete


def add(batch: Batch, interaction_id: str, kind: str, call_ref: str, keep_days: int) -> Recording:
    """A recording that is asked for next, or has come."""
    recording = Recording(
        id=f"{interaction_id}.{new_id('r')}",
        interaction_id=interaction_id,
        kind=kind,
        channel="",
        call_ref=call_ref,
        asked_at=batch.now,
        keep_days=keep_days,
    )
    batch.floor.add_recording(recording)
    batch.writes.begin_recording(recording)
    return recording


def name_request(recording: Recording, what: str) -> str:
    """The id of a request about this recording."""
    return f"{recording.id}.{what}.{new_id('x')}"


def end(batch: Batch, recording: Recording) -> bool:
    """The provider records no more. Return whether the table has the step."""
    if not move_recording(recording, RecordingStep.ENDED, batch.now):
        return False
    recording.ended_at = batch.now
    batch.writes.touch_recording(recording)
    interaction = batch.floor.interactions.get(recording.interaction_id)
    if interaction is not None:
        if interaction.recording_ref == recording.provider_ref:
            interaction.recording_began_at = None
        batch.tell_changed(interaction)
    return True


def take_end(batch: Batch, recording: Recording) -> None:
    """The provider records no more: fetch what there is."""
    if find_recording_state_after(recording.state, RecordingStep.ENDED) is None:
        return
    if end(batch, recording):
        _ask_again(batch, recording)


def keep_fetched(
    batch: Batch, interaction_id: str, channel: str, queue: str, call_id: str, recording_id: str, media: Media
) -> Recording:
    """The recording whose sound is stored. One that no row tells of gets its row: it was found in the provider's
    list."""
    of_call = [one for one in batch.floor.recordings.values() if one.call_ref == call_id]
    recording = next((one for one in of_call if one.provider_ref == recording_id), None)
    if recording is None:
        recording = next((one for one in of_call if not one.provider_ref and one.kind == CALL), None)
    if recording is None:
        recording = add(batch, interaction_id, CALL, call_id, _find_keep_days(batch, interaction_id, queue))
        recording.channel = channel
    recording.provider_ref = recording_id
    if recording.state not in LIVE or end(batch, recording):
        _store(batch, recording, media)
    return recording


def keep_message(
    batch: Batch,
    interaction_id: str,
    channel: str,
    queue: str,
    call_id: str,
    recording_id: str,
    media: Media,
    seconds: int,
) -> None:
    """A customer's message, whose sound is stored."""
    policy = batch.book.find_queue(queue)
    days = policy.voicemail_keep_days if policy is not None else 0
    recording = add(batch, interaction_id, VOICEMAIL, call_id, days)
    recording.channel, recording.provider_ref = channel, recording_id
    recording.ended_at, recording.duration_ms = batch.now, seconds * 1000
    _store(batch, recording, media)


def take_fetch_result(batch: Batch, recording: Recording, state: str) -> None:
    """The provider's list was read, or could not be. What it had has been reported before."""
    if state != "sent" or recording.kind != CALL:
        return  # it is asked again at its time
    if recording.state in LIVE and not end(batch, recording):
        return
    if recording.state is RecordingState.ENDED and not move_recording(recording, RecordingStep.FAILED, batch.now):
        return
    if recording.state is RecordingState.FAILED:
        _settle(batch, recording)


def take_delete_result(batch: Batch, recording: Recording, state: str, error: str) -> None:
    if recording.state is not RecordingState.STORED:
        return
    if state == "sent":
        _settle(batch, recording)
    elif error == "not_stored" and move_recording(recording, RecordingStep.LOST, batch.now):
        recording.sha256, recording.delete_at = "", None  # by its ref without a checksum it is known as lost
        _ask_again(batch, recording)


def care(batch: Batch) -> None:
    """Ask the provider again about recordings whose time has come: for their sound, or to delete it."""
    for recording in [one for one in batch.floor.recordings.values() if (one.due_at or batch.now + 1) <= batch.now]:
        _ask_again(batch, recording)


def _ask_again(batch: Batch, recording: Recording) -> None:
    recording.due_at = batch.now + min(LONGEST, LATE << min(recording.tries, 10))
    recording.tries = min(recording.tries + 1, 1000)
    batch.writes.touch_recording(recording)
    if recording.state is not RecordingState.STORED:
        lost = (recording.provider_ref,) if recording.media else ()
        request = FetchRecordings(name_request(recording, "fetch"), recording.call_ref, lost)
        batch.request_for(recording.interaction_id, recording.channel, request)
        return
    delete = DeleteRecording(
        name_request(recording, "delete"),
        recording.call_ref,
        recording.provider_ref,
        recording.media,
        recording.sha256,
    )
    batch.request_for(recording.interaction_id, recording.channel, delete)


def _store(batch: Batch, recording: Recording, media: Media) -> None:
    """Its sound is stored: delete it at the provider."""
    was_shown = recording.state is RecordingState.FAILED
    if not move_recording(recording, RecordingStep.FETCHED, batch.now):
        return
    if was_shown and (interaction := batch.floor.interactions.get(recording.interaction_id)) is not None:
        batch.tell_changed(interaction)
    recording.media, recording.sha256, recording.tries = media.ref, media.sha256, 0
    recording.ended_at = recording.ended_at or batch.now
    if recording.keep_days:
        recording.delete_at = recording.ended_at + recording.keep_days * DAY
    if recording.provider_ref and recording.sha256:
        _ask_again(batch, recording)
    else:  # reported by an earlier release, which did not name it
        _settle(batch, recording)


def _settle(batch: Batch, recording: Recording) -> None:
    recording.settled_at, recording.due_at = batch.now, None
    batch.writes.touch_recording(recording)
    batch.floor.remove_recording(recording)
    interaction = batch.floor.interactions.get(recording.interaction_id)
    if interaction is not None and recording.state is RecordingState.FAILED:
        batch.tell_changed(interaction)


def _find_keep_days(batch: Batch, interaction_id: str, queue: str) -> int:
    interaction = batch.floor.interactions.get(interaction_id)
    directions = (interaction.direction,) if interaction is not None else ("in", "out")
    known = [batch.book.find_recording(queue, direction) for direction in directions]
    return min((one.keep_days for one in known if one is not None), default=1)  # nobody asked for it: a day
