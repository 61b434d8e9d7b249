"""Notices and results about the recordings of calls.

The rule of this file: reports come in any order, late and twice, also after the call's interaction is closed. A step
that the table does not have in the recording's present state is an old report, and changes nothing. A result names
its recording by the id of its request.
"""

from typing import Final

from channels.channel import RecordingFetched, RecordingReported
from hub.batch import call_recordings, recorded_sound
from hub.batch.batch import Batch
from hub.batch.new_interaction import channel_of
from hub.call_lifecycle import RecordingState
from hub.intake.call_notices import read_instant
from hub.open_work.call_recording import CALL, Recording
from hub.storage.documents import SendResult

REQUESTS: Final = ("StartRecording", "ChangeRecording", "FetchRecordings", "DeleteRecording")
_MAY_BEGIN: Final = (RecordingState.ASKED, RecordingState.FAILED)


def take_report(batch: Batch, notice: RecordingReported) -> None:
    """The provider's own report that a recording has begun or is over. From its beginning on, proofs of statements in
    this call name the second of its recording. The provider's clock counts as the wall clock. A recording cannot
    begin after the hub has heard of it, so a later beginning is cut to now."""
    began_at = read_instant(batch, notice.began_at)
    recording = _find(batch, notice)
    if recording is not None and began_at is not None:
        call_recordings.take_begin(batch, recording, notice.recording_id, began_at)
    elif recording is not None:
        recording.provider_ref = notice.recording_id
        recorded_sound.take_end(batch, recording)
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    if interaction is None:
        return
    is_known = interaction.recording_ref == notice.recording_id
    if began_at is None:
        if is_known or interaction.recording_began_at is None:
            interaction.recording_ref, interaction.recording_began_at = notice.recording_id, None
    elif not is_known:  # a known recording that is over keeps no beginning
        interaction.recording_ref, interaction.recording_began_at = notice.recording_id, began_at
    batch.writes.touch(interaction)


def take_fetched(batch: Batch, notice: RecordingFetched) -> None:
    known = batch.lookups.calls.get(notice.call_id)
    if known is None:
        return
    recording = recorded_sound.keep_fetched(
        batch, known.id, channel_of(notice.key), known.queue, notice.call_id, notice.recording_id, notice.media
    )
    recording.duration_ms, recording.channels = notice.duration_ms, notice.channels
    batch.writes.touch_recording(recording)


def take_result(batch: Batch, result: SendResult) -> None:
    recording = batch.floor.find_recording(result.outbox_id)
    if recording is None:
        return
    match result.kind:
        case "StartRecording" if result.state == "sent":
            call_recordings.take_begin(batch, recording, result.provider_id, batch.now)
        case "StartRecording":
            call_recordings.take_failed_begin(batch, recording, result.error or result.state)
        case "ChangeRecording":
            call_recordings.take_change(batch, recording, result.outbox_id, result.state, result.error)
        case "FetchRecordings":
            recorded_sound.take_fetch_result(batch, recording, result.state)
        case "DeleteRecording":
            recorded_sound.take_delete_result(batch, recording, result.state, result.error)


def _find(batch: Batch, notice: RecordingReported) -> Recording | None:
    """The recording of this report: the one with its id, else the one of its call that was asked for and that the
    provider has not named."""
    known = [one for one in batch.floor.recordings.values() if one.call_ref == notice.call_id and one.kind == CALL]
    named = next((one for one in known if one.provider_ref == notice.recording_id), None)
    if named is not None:
        return named
    return next((one for one in known if not one.provider_ref and one.state in _MAY_BEGIN), None)
