"""Deletes what was kept as long as the policy says: the sound of recordings and of customers' messages, and texts.

The rule of this file: the file goes first and the row says so afterwards, so no row says *deleted* of sound that is
there. The row of a recording stays, with the instant. Sound that the provider may still have waits for the provider.
"""

from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from hub.batch.restoring import make_recording
from hub.call_lifecycle import RecordingStep, move_recording
from hub.storage import old_messages, recording_rows
from hub.storage.database import Database
from hub.storage.media import MediaNotFound, MediaStore
from routing.model import Micros

AT_ONCE: Final = 20
MESSAGES_AT_ONCE: Final = 100

log = structlog.get_logger()


async def delete_expired(db: Database, media: MediaStore, now: Micros) -> int:
    """Delete the sound of some that have been kept long enough, and return of how many; call it until it returns 0.
    Raises StorageUnavailable."""
    async with db.read() as connection:
        expired = await recording_rows.list_expired(connection, now, AT_ONCE)
    for recording in map(make_recording, expired):
        if not move_recording(recording, RecordingStep.EXPIRED, now):
            return 0
        if recording.media:
            await media.delete(recording.media)

        await db.write(
            partial(recording_rows.forget_sound, recording_id=recording.id, state=recording.state, now=now)
        )
        log.info("recording_deleted_by_retention", recording_id=recording.id)
    return len(expired)


async def forget_messages(db: Database, media: MediaStore, before: Micros) -> int:
    """Delete some messages, with their attachments, of interactions that closed before an instant, and return how
    many; call it until it returns 0. Raises StorageUnavailable."""
    async with db.read() as connection:
        old = await old_messages.list_oldest(connection, before, MESSAGES_AT_ONCE)
    for message in old:
        for ref in message.files:
            with suppress(MediaNotFound):
                await media.delete(ref)
    if old:
        await db.write(partial(old_messages.forget, seqs=[message.seq for message in old]))
    return len(old)
