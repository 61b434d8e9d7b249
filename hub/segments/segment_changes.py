"""What people do with segments: make, change, begin, retire, discard, import and export them.

The rule of this file: everything that could not be asked is refused with the reason and the column, before anything
is stored; and each change has its row in the audit trail, in its own transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.clock import Clock
from hub.policies import named_segments
from hub.policies.in_force import PolicyBook
from hub.policies.segment_rules import SegmentRefused
from hub.policies.stored_versions import load_book
from hub.segments.segment_definitions import read_definitions, write_out
from hub.segments.segment_files import WrittenSegment, find_end, parse_export, write_export
from hub.storage import audit, segments
from hub.storage.audit import Entry
from hub.storage.audit_words import Action
from hub.storage.changed_customers import announce_open
from hub.storage.database import Connection, Database
from hub.storage.segments import DRAFT, LIVE, RETIRED, NoPlace, StoredSegment

MOST: Final = 2_000  # segments of one house, with the retired ones


@dataclass(slots=True)
class Imported:
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


class SegmentGone(Exception):
    """There is no such segment, or it is not in the state for this, or somebody else has changed it meanwhile. The
    text is a code for the screen."""


class SegmentChanges:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def create(self, segment_id: str, wished: WrittenSegment, by: str) -> int:
        """Returns its version. Raises SegmentRefused, SegmentGone("taken")."""
        now = self._clock.now()

        async def unit(connection: Connection) -> int:
            await check(connection, segment_id, wished)
            if len(await segments.list_all(connection)) >= MOST:
                raise SegmentRefused(f"There are {MOST:,} segments already: discard drafts that nobody needs.")
            if not await _add(connection, segment_id, wished, by, now):
                raise SegmentGone("taken")
            await _note(connection, "segments.create", segment_id, by, now)
            return 1

        return await self._db.write(unit)

    async def change(self, segment_id: str, wished: WrittenSegment, seen_version: int, by: str) -> int:
        """Returns its version. Raises SegmentRefused, SegmentGone("changed")."""
        now = self._clock.now()

        async def unit(connection: Connection) -> int:
            await check(connection, segment_id, wished)
            version = await _change(connection, segment_id, wished, seen_version, by, now)
            if version is None:
                raise SegmentGone("changed")
            if version != seen_version:
                await _count_readers_again(connection, [segment_id])
            await _note(connection, "segments.change", segment_id, by, now)
            return version

        return await self._db.write(unit)

    async def begin(self, segment_id: str, by: str) -> None:
        """Make a draft live. Raises SegmentRefused, SegmentGone."""
        now = self._clock.now()

        async def unit(connection: Connection) -> None:
            stored = await _get(connection, segment_id)
            known = [one for one in await segments.list_all(connection) if one.state != RETIRED]
            book = await load_book(connection)
            if book is None:
                raise SegmentGone("no_policy")
            rule = read_definitions(book, known).read(segment_id, stored.definition)
            drafts = sorted(one.id for one in known if one.state == DRAFT and one.id in rule.names)
            if drafts:
                raise SegmentRefused(f'It names "{drafts[0]}", which is a draft: make that live first.')
            check_policy_rules(book, known, {segment_id: stored.definition})
            try:
                if not await segments.begin(connection, segment_id, now):
                    raise SegmentGone("state")
            except NoPlace:
                words = "As many segments as possible are live: retire one that nobody needs."
                raise SegmentRefused(words) from None
            await _note(connection, "segments.begin", segment_id, by, now)

        await self._db.write(unit)

    async def retire(self, segment_id: str, by: str) -> None:
        """Raises SegmentRefused if a live segment, a rule or a script names it, SegmentGone."""
        now = self._clock.now()

        async def unit(connection: Connection) -> None:
            await _get(connection, segment_id)
            book = await load_book(connection)
            live = [one for one in await segments.list_all(connection) if one.state == LIVE]
            if book is not None and (readers := read_definitions(book, live).list_readers(segment_id)):
                raise SegmentRefused(f'"{readers[0]}" names it: change or retire that first.')
            if book is not None and (rules := named_segments.list_readers(book.document, segment_id)):
                raise SegmentRefused(f"A rule of the policy names it ({rules[0]}): apply a policy without it first.")
            if not await segments.retire(connection, segment_id, now):
                raise SegmentGone("state")
            if files := await named_segments.list_scripts(connection, segment_id):  # after it: none comes in between
                words = f"Scripts name it ({', '.join(files)}): publish versions without it first."
                raise SegmentRefused(words)
            await announce_open(connection, now)  # runs that go on with an older version may ask for it
            await _note(connection, "segments.retire", segment_id, by, now)

        await self._db.write(unit)

    async def discard(self, segment_id: str, by: str) -> None:
        """Delete a draft. Raises SegmentGone."""
        now = self._clock.now()

        async def unit(connection: Connection) -> None:
            if not await segments.discard(connection, segment_id):
                raise SegmentGone("state")
            await _note(connection, "segments.discard", segment_id, by, now)

        await self._db.write(unit)

    async def import_text(self, text: str, by: str, *, goes_live: bool = False) -> Imported:
        """Add and change the segments of an export, all or none: new ones as drafts, or live. Raises ConfigErrors or
        SegmentRefused, with every problem on a line of its own, and SegmentGone."""
        wished = parse_export(text)
        now = self._clock.now()

        async def unit(connection: Connection) -> Imported:
            known = {one.id: one for one in await segments.list_all(connection)}
            await _check_all(connection, known, wished, goes_live=goes_live)
            result = Imported()
            for segment_id, one in wished.items():
                stands = known.get(segment_id)
                if stands is None:
                    await _add(connection, segment_id, one, by, now)
                    result.added.append(segment_id)
                elif _is_same(stands, one):
                    result.unchanged.append(segment_id)
                else:
                    await _change(connection, segment_id, one, stands.version, by, now)
                    result.changed.append(segment_id)
            await _count_readers_again(connection, result.changed)
            for segment_id in result.added if goes_live else ():
                await segments.begin(connection, segment_id, now)
            await _note(connection, "segments.import", "", by, now)
            return result

        return await self._db.write(unit)

    async def export_text(self, by: str) -> str:
        """All segments but the retired ones, as TOML that `import_text` reads."""
        now = self._clock.now()

        async def unit(connection: Connection) -> str:
            await _note(connection, "segments.export", "", by, now)
            return write_export([one for one in await segments.list_all(connection) if one.state != RETIRED])

        return await self._db.write(unit)


# ---- what is stored ------------------------------------------------------------------------------------


async def check(connection: Connection, segment_id: str, wished: WrittenSegment) -> None:
    """Raises SegmentRefused if this cannot be asked, alone or by those who name it."""
    book = await load_book(connection)
    if book is None:
        raise SegmentGone("no_policy")
    known = {one.id: one for one in await segments.list_all(connection) if one.state != RETIRED}
    others = read_definitions(book, [one for one in known.values() if one.id != segment_id])
    rule = others.read(segment_id, wished.definition)
    if segment_id in known and known[segment_id].state == LIVE:
        drafts = sorted(one for one in rule.names if known[one].state == DRAFT)
        if drafts:
            raise SegmentRefused(f'It names "{drafts[0]}", which is a draft: make that live first.')
        check_policy_rules(book, known.values(), {segment_id: wished.definition})


def check_policy_rules(book: PolicyBook, known: Iterable[StoredSegment], wished: Mapping[str, str]) -> None:
    """Raises SegmentRefused if a rule of the policy could no longer be asked with these definitions of live segments.
    What was broken before is no reason."""
    live = {one.id: one.definition for one in known if one.state == LIVE}
    before = set(named_segments.find_problems(book.document, live))
    for problem in named_segments.find_problems(book.document, {**live, **wished}):
        if problem not in before:
            raise SegmentRefused(f"A rule of the policy could not be asked any more: {problem}.")


async def _get(connection: Connection, segment_id: str) -> StoredSegment:
    found = await segments.find(connection, segment_id)
    if found is None:
        raise SegmentGone("not_found")
    return found


async def _check_all(
    connection: Connection,
    known: Mapping[str, StoredSegment],
    wished: Mapping[str, WrittenSegment],
    *,
    goes_live: bool,
) -> None:
    book = await load_book(connection)
    if book is None:
        raise SegmentGone("no_policy")
    definitions = {one.id: one.definition for one in known.values() if one.state != RETIRED}
    definitions |= {segment_id: one.definition for segment_id, one in wished.items()}
    found = write_out(book, definitions).problems
    problems = [f"{segment_id}: {found[segment_id]}" for segment_id in wished if segment_id in found]
    problems += [
        f"{segment_id}: it is retired: give it another id."
        for segment_id in wished
        if segment_id in known and known[segment_id].state == RETIRED
    ]
    if problems:
        raise SegmentRefused("\n".join(problems))
    live = {one.id for one in known.values() if one.state == LIVE}
    asked = {segment_id: one.definition for segment_id, one in wished.items() if goes_live or segment_id in live}
    check_policy_rules(book, known.values(), asked)


async def _count_readers_again(connection: Connection, changed: Collection[str]) -> None:
    book = await load_book(connection)
    if book is not None and changed:
        live = [one for one in await segments.list_all(connection) if one.state == LIVE]
        await segments.count_again(connection, sorted(read_definitions(book, live).list_all_readers(changed)))


async def _add(connection: Connection, segment_id: str, one: WrittenSegment, by: str, now: int) -> bool:
    ends = find_end(one.expires)
    return await segments.add(connection, segment_id, one.names, one.purpose, one.definition, ends, by=by, at=now)


async def _change(
    connection: Connection, segment_id: str, one: WrittenSegment, seen: int, by: str, now: int
) -> int | None:
    ends = find_end(one.expires)
    return await segments.change(
        connection, segment_id, seen, one.names, one.purpose, one.definition, ends, by=by, at=now
    )


def _is_same(stands: StoredSegment, one: WrittenSegment) -> bool:
    mine = (dict(one.names), one.purpose, one.definition, find_end(one.expires))
    return mine == (dict(stands.names), stands.purpose, stands.definition, stands.expires_at)


async def _note(connection: Connection, action: Action, segment_id: str, by: str, now: int) -> None:
    await audit.add(connection, [Entry(now, by, action, segment_id)])
