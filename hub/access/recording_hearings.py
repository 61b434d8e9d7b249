"""Hearing recordings: who may, and the record of each hearing.

The rule of this file: an agent hears recordings of work that they hold or held, on the ground on which they read it
(`hub.access.reading`); serving its queue is not enough. A supervisor of the queue hears and downloads them if the
policy says so (`listening`). A hearing is stored, and is a row of the audit trail, before the first byte of sound is
sent. Every later request for a part of it carries the hearing's id, so that one hearing is one row, however many
parts a player asks for.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import Reading
from hub.access.rules import may
from hub.clock import Clock
from hub.policies.stored_versions import get_newest_book
from hub.storage import hearings
from hub.storage.audit_words import Ground, OfWork
from hub.storage.database import Connection, Database
from hub.storage.hearings import Hearing, Span
from hub.storage.reading_rights import Standing
from routing.model import DAY

LASTS = DAY  # so long a hearing is heard; then the player opens another


@dataclass(frozen=True, slots=True)
class Ear:
    """What a person may do with the recordings of an interaction that they may read."""

    standing: Standing
    ground: Ground
    hears: bool
    downloads: bool


class Hearings:
    def __init__(self, db: Database, clock: Clock, reading: Reading, looks: Looks) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks

    async def find_ear(self, staff: StaffView, interaction_id: str) -> Ear | None:
        """None if the person may not read the interaction or if it does not exist: the caller cannot tell which."""
        async with self._db.read() as conn:
            found = await self._reading.find_standing(conn, staff, interaction_id)
            if found is None:
                return None
            listening = (await get_newest_book(conn)).document.listening
        standing, ground = found
        is_supervisor = ground is Ground.SUPERVISED
        return Ear(
            standing,
            ground,
            hears=may(staff, "recording.hear", ground) and (not is_supervisor or listening.may_hear(staff.id)),
            downloads=may(staff, "recording.download", ground) and listening.may_download(staff.id),
        )

    async def note(self, staff: StaffView, action: OfWork, ear: Ear, subject: str, *, is_repeated: bool) -> None:
        """Record a look at a recording. `subject`: its id. Raises StorageUnavailable: then nothing may be shown."""
        await self._looks.record([_look(staff, action, ear, subject)], is_repeated=is_repeated)

    async def open(self, staff: StaffView, ear: Ear, subject: str, media: str, content_type: str) -> Hearing:
        """Begin a hearing of a recording with this id and sound. Raises StorageUnavailable: then nothing may be
        heard."""
        now, of = self._clock.now(), ear.standing.interaction_id
        opened = Hearing(secrets.token_urlsafe(24), now, staff.id, of, media, content_type)

        async def unit(conn: Connection) -> None:
            await hearings.add(conn, opened)

        await self._db.write(unit)
        await self._looks.record([_look(staff, "recording.hear", ear, subject, opened.id)])
        return opened

    async def find(self, staff: StaffView, hearing_id: str) -> Hearing | None:
        """None if it is not theirs, is over, or if they may hear it no more."""
        async with self._db.read() as conn:
            found = await hearings.find(conn, hearing_id)
        if found is None or found.staff_id != staff.id or not 0 <= self._clock.now() - found.opened_at < LASTS:
            return None
        ear = await self.find_ear(staff, found.interaction_id)
        return found if ear is not None and ear.hears else None

    async def tell_played(self, hearing: Hearing, spans: Iterable[Span]) -> None:
        """The player reports what it has played so far."""

        async def unit(conn: Connection) -> None:
            await hearings.add_spans(conn, hearing.id, spans)

        await self._db.write(unit)


def _look(staff: StaffView, action: OfWork, ear: Ear, subject: str, heard: str = "") -> Look:
    of = ear.standing
    return Look(staff.id, action, subject, of.customer_id, of.queue, (ear.ground,), heard=heard)
