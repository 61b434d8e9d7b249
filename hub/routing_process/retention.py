"""Deletes what was kept as long as the policy says: the sound of recordings and of customers' messages, and texts.

The rule of this file: the file goes first and the row says so afterwards, so no row says *deleted* of sound that is
there. The row of a recording stays, with the instant. Sound that the provider may still have waits for the provider.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final

import orjson
import structlog

from hub.batch.restoring import make_recording
from hub.call_lifecycle import RecordingStep, move_recording
from hub.policies.document import PolicyDocument, RetentionPolicy
from hub.storage import audit, old_messages, old_rows, recording_rows
from hub.storage.audit import Entry
from hub.storage.database import Connection, Database
from hub.storage.media import MediaNotFound, MediaStore
from hub.storage.old_messages import OldMessage
from routing.model import DAY, Micros

AT_ONCE: Final = 20
MESSAGES_AT_ONCE: Final = 100
SLICES: Final = 20  # of one kind in one round: a table of a million rows is gone through in a few hours

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
    old: list[OldMessage] = []
    after: int | None = 0
    while not old and after is not None:
        async with db.read() as connection:
            old, after = await old_messages.list_oldest(connection, before, MESSAGES_AT_ONCE, after)
    for message in old:
        for ref in message.files:
            with suppress(MediaNotFound):
                await media.delete(ref)
    if old:
        await db.write(partial(old_messages.forget, seqs=[message.seq for message in old]))
    return len(old)


class OldRows:
    """Deletes what the policy keeps for some days alone, slice by slice; a round goes on where the last one ended."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._after: dict[old_rows.Kind, int | str | None] = {}

    async def forget(self, policy: RetentionPolicy, now: Micros) -> dict[str, int]:
        """One round of every kind that has a term. Returns how many rows of each went, and notes it in the trail.
        Raises StorageUnavailable."""
        done: dict[str, int] = {}
        for kind, days in list_terms(policy):
            for _ in range(SLICES):
                forgotten = await self._forget_slice(kind, now - days * DAY, now)
                done[kind] = done.get(kind, 0) + forgotten.number
                self._after[kind] = forgotten.last
                if forgotten.last is None:
                    break
        done = {kind: number for kind, number in done.items() if number}
        if done:
            await note_forgotten(self._db, done, now)
        return done

    async def _forget_slice(self, kind: old_rows.Kind, before: Micros, now: Micros) -> old_rows.ForgottenSlice:
        async def unit(connection: Connection) -> old_rows.ForgottenSlice:
            return await old_rows.forget_slice(connection, kind, before, self._after.get(kind), now)

        return await self._db.write(unit)


def list_terms(policy: RetentionPolicy) -> Iterator[tuple[old_rows.Kind, int]]:
    """The kinds of rows that have a term, with its days."""
    terms: tuple[tuple[old_rows.Kind, int], ...] = (
        ("activities", policy.activities_days),
        ("past_values", policy.past_values_days),
        ("scripts", policy.scripts_days),
    )
    return ((kind, days) for kind, days in terms if days)


async def note_forgotten(db: Database, done: dict[str, int], now: Micros) -> None:
    """One line in the trail for each kind, with how many went."""
    details = [orjson.dumps({"kind": kind, "rows": number}).decode() for kind, number in sorted(done.items())]
    entries = [Entry(now, "", "retention.delete", detail=detail) for detail in details]
    await db.write(partial(audit.add, entries=entries))


def say_terms(document: PolicyDocument, audit_days: int) -> Iterator[str]:
    """A line for each kind of data: how long it is kept."""
    terms = document.retention
    for what, days in (
        ("messages, notes and attachments", terms.messages_days),
        ("what scripts asked and proved", terms.scripts_days),
        ("activities", terms.activities_days),
        ("the history of customers' values", terms.past_values_days),
        ("the audit trail and hearings", audit_days),
    ):
        yield f"kept: {what} {f'for {days} days' if days else 'for good'}"
    for queue in document.queues:
        for direction, recording in queue.recording.items():
            yield f"kept: recordings of calls in {queue.id} ({direction}) for {recording.keep_days} days"
        if queue.takes_calls:
            days = queue.voicemail_keep_days
            yield f"kept: customers' messages to {queue.id} {f'for {days} days' if days else 'for good'}"
    yield "kept: consents, profiles and figures for good, until a customer is erased"
