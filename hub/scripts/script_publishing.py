"""Publishes texts of scripts: at once, or at a time. First it checks them together with all that is in force.

The rule of this file: a text with an error, or whose example goes another way, is not published, and nothing of what
was published with it is. What was checked is what is in force when it is stored; else it is checked again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import orjson

from hub.scripts.catalogue_problems import check_catalogues
from hub.scripts.published_scripts import Mark, Published, list_texts, read_mark, read_published
from hub.scripts.script_texts import hash_text
from hub.storage import audit, inbox, script_runs, script_versions, segments
from hub.storage.audit import Entry
from hub.storage.audit_words import Action, Detail
from hub.storage.connection import StorageError
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, ScriptsPublished
from hub.storage.inbox import Arrival
from hub.storage.script_runs import ScriptText
from hub.storage.script_versions import PUBLISHED, SCHEDULED, ReleasedMeanwhile, StoredVersion
from routing.model import Micros
from scripts_library.checks import check_actions
from scripts_library.loader import Library, load_texts, own_text
from scripts_library.script_parts import Script
from scripts_library.script_problems import ScriptProblem, Severity
from scripts_library.variables import SEGMENT
from scripts_library.webhook_parts import check_webhooks

TRIES: Final = 5  # others may publish meanwhile
VERSION_LINE: Final = re.compile(r"^version[ \t]*=[ \t]*(\d{1,7})", re.MULTILINE)

Unit = Callable[[Connection], Awaitable[None]]


class NotPublished(StorageError):
    """Nothing was published. The text has every problem on a line of its own."""

    def __init__(self, problems: Sequence[ScriptProblem]) -> None:
        super().__init__("\n".join(["Nothing was published.", *(f"  {one}" for one in problems)]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """One file to publish."""

    file: str
    source: str
    written_by: tuple[str, ...]
    approved_by: str = ""


async def publish_texts(
    db: Database,
    wished: Sequence[Wished],
    now: Micros,
    by: str,
    note: str,
    *,
    begins_at: Micros | None = None,
    also: Unit | None = None,
) -> tuple[Script, ...]:
    """Publish those that differ from what is published, all or none. Return their scripts. `begins_at`: when they
    come into force; None: at once. `also`: what else belongs to the transaction. Raises NotPublished."""
    for _ in range(TRIES):
        async with db.read() as conn:
            found = await read_published(conn)
            known = await script_versions.list_all(conn)
        after, scripts, problems = await asyncio.to_thread(check_wished, found, known, wished)
        if problems:
            raise NotPublished(problems)
        try:
            rows = _build_rows(scripts, wished, now, by, note, begins_at)
            await _store(db, found.mark, rows, _list_segments(scripts), list_texts(after.scripts), now, also)
            return scripts
        except ReleasedMeanwhile:
            continue
    raise ReleasedMeanwhile("Others go on publishing scripts: try again in a moment.")


def check_wished(
    found: Published, known: Iterable[StoredVersion], wished: Sequence[Wished]
) -> tuple[Library, tuple[Script, ...], tuple[ScriptProblem, ...]]:
    """Return what would be in force, the scripts that are news, and every error that they would bring, in their own
    files or in others."""
    before = load_texts(found.texts, found.types)
    texts = {one.file: one.source for one in wished}
    after = load_texts({**found.texts, **texts}, found.types, before)
    stood = {problem for problem in before.problems if problem.file not in texts}
    problems = [one for one in after.problems if one.severity is Severity.ERROR and one not in stood]
    every = (*after.scripts, *after.shared)
    scripts = tuple(one for one in every if own_text(one) == texts.get(one.file) != found.texts.get(one.file))
    problems += [*check_actions(scripts, found.tiers), *check_webhooks(scripts, found.webhooks)]
    odd = check_catalogues(scripts, found.types, found.activity_kinds, (), date.min)  # what is over harms nobody
    problems += [one for one in odd if one.severity is Severity.ERROR]
    newest: dict[tuple[str, str], int] = {}
    for one in known:
        key = (one.script_id, one.language)
        newest[key] = max(newest.get(key, 0), one.version)
    problems += [
        ScriptProblem(script.file, *find_version(own_text(script)), say_old(script.version, last))
        for script in scripts
        if script.version <= (last := newest.get((script.id, script.language), 0))
    ]
    return after, scripts, tuple(sorted(set(problems)))


def find_version(source: str) -> tuple[int, int]:
    """The line and column of the version in the head; the first line if it cannot be found."""
    found = VERSION_LINE.search(source)
    return (source.count("\n", 0, found.start()) + 1, 1) if found else (1, 1)


def say_old(version: int, last: int) -> str:
    return f"`version` is {version}, and version {last} is known with other words: give it {last + 1}."


async def retire_script(db: Database, script_id: str, now: Micros, by: str, note: str) -> bool:
    """Take a script out of force, in all languages; runs that have begun go on. False: it is not in force. Raises
    NotPublished if another script would have an error without it."""
    for _ in range(TRIES):
        async with db.read() as conn:
            found = await read_published(conn)
            mine = [one for one in await script_versions.list_of(conn, script_id) if one.state == PUBLISHED]
        if not mine:
            return False
        problems = await asyncio.to_thread(_check_without, found, {name_file(one) for one in mine})
        if problems:
            raise NotPublished(problems)

        async def unit(conn: Connection, mark: Mark = found.mark) -> None:
            await begin_release(conn, mark, [script_id], now, by, note)
            await script_versions.retire(conn, script_id, PUBLISHED, now)
            await note_change(conn, "scripts.retire", script_id, by, now, note)

        try:
            await db.write(unit)
            return True
        except ReleasedMeanwhile:
            continue
    raise ReleasedMeanwhile("Others go on publishing scripts: try again in a moment.")


async def cancel_scheduled(db: Database, script_id: str, now: Micros, by: str) -> bool:
    """Take back what is scheduled of a script. False: nothing is."""

    async def unit(conn: Connection) -> bool:
        if not await script_versions.retire(conn, script_id, SCHEDULED, now):
            return False
        await note_change(conn, "scripts.unschedule", script_id, by, now, "")
        return True

    return await db.write(unit)


async def begin_due(db: Database, now: Micros) -> int:
    """Put the scheduled versions in force whose time has come. Return how many. What cannot be in force beside the
    others is refused, and its row says why."""
    async with db.read() as conn:
        due = await script_versions.list_due(conn, now)
        if not due:
            return 0
        found, known = await read_published(conn), await script_versions.list_all(conn)
        texts = {one.script: await script_versions.find_text(conn, one.script) or "" for one in due}
    wished = [Wished(file=name_file(one), source=texts[one.script], written_by=one.written_by) for one in due]
    stands = {(one.script_id, one.language): one for one in known if one.state == PUBLISHED}
    others = [one for one in known if one.state == PUBLISHED]
    _, _, problems = await asyncio.to_thread(check_wished, found, others, wished)

    async def unit(conn: Connection) -> int:
        if await read_mark(conn) != found.mark:
            return 0  # is looked at again in a moment
        begun = []
        for one in due:
            mine = [str(problem) for problem in problems if problem.file == name_file(one)]
            newer = stands.get((one.script_id, one.language))
            if newer is not None and newer.version > one.version:
                mine = [f"Version {newer.version} was published meanwhile."]
            if mine:
                await script_versions.refuse(conn, one, "\n".join(mine), now)
            elif await script_versions.begin(conn, one, now):
                begun.append(one)
        if begun:
            begun_ids = [one.script_id for one in begun]
            await begin_release(conn, found.mark, begun_ids, now, begun[0].published_by, begun[0].note)
        return len(begun)

    return await db.write(unit)


def name_file(one: StoredVersion) -> str:
    return f"{one.script_id}.{one.language}.md"


async def note_change(conn: Connection, action: Action, script_id: str, by: str, now: Micros, note: str) -> None:
    detail: Detail = {"reason": note} if note else {}
    await audit.add(conn, [Entry(now, by, action, script_id, detail=orjson.dumps(detail).decode())])


def _check_without(found: Published, files: set[str]) -> list[ScriptProblem]:
    before = set(load_texts(found.texts, found.types).problems)
    left = {name: source for name, source in found.texts.items() if name not in files}
    after = load_texts(left, found.types)
    return [one for one in after.problems if one.severity is Severity.ERROR and one not in before]


def _build_rows(
    scripts: Iterable[Script],
    wished: Iterable[Wished],
    now: Micros,
    by: str,
    note: str,
    begins_at: Micros | None,
) -> list[tuple[StoredVersion, ScriptText]]:
    people = {one.file: one for one in wished}
    return [
        (
            StoredVersion(
                script_id=script.id,
                language=script.language,
                version=script.version,
                script=hash_text(own_text(script)),
                state=PUBLISHED if begins_at is None else SCHEDULED,
                written_by=people[script.file].written_by,
                approved_by=people[script.file].approved_by,
                published_by=by,
                note=note,
                begins_at=now if begins_at is None else begins_at,
            ),
            ScriptText(hash_text(own_text(script)), script.file, own_text(script)),
        )
        for script in scripts
    ]


def _list_segments(scripts: Iterable[Script]) -> frozenset[str]:
    """The segments for which their conditions ask."""
    return frozenset(
        name.removeprefix(SEGMENT) for script in scripts for name in script.types if name.startswith(SEGMENT)
    )


async def _store(
    db: Database,
    mark: Mark,
    rows: Sequence[tuple[StoredVersion, ScriptText]],
    named: Collection[str],
    pinned: Sequence[ScriptText],
    now: Micros,
    also: Unit | None,
) -> None:
    async def unit(conn: Connection) -> None:
        versions = [version for version, _ in rows]
        if await read_mark(conn) != mark:
            raise ReleasedMeanwhile("Scripts or the policy were published meanwhile.")
        if not await segments.keep_live(conn, named):
            raise ReleasedMeanwhile("A segment that a script names was retired meanwhile.")
        if versions:
            await script_runs.store_texts(conn, [*(text for _, text in rows), *pinned])
            await script_versions.add(conn, versions)
            one, script_ids = versions[0], sorted({version.script_id for version in versions})
            if one.state == PUBLISHED:
                await begin_release(conn, mark, script_ids, now, one.published_by, one.note)
            action: Action = "scripts.publish" if one.state == PUBLISHED else "scripts.schedule"
            for script_id in script_ids:
                await note_change(conn, action, script_id, one.published_by, now, one.note)
        if also is not None:
            await also(conn)

    await db.write(unit)


async def begin_release(
    conn: Connection, mark: Mark, script_ids: Iterable[str], now: Micros, by: str, note: str
) -> None:
    """Say that what is in force has changed: to the routing process with the next batch. Raises ReleasedMeanwhile."""
    if await read_mark(conn) != mark:
        raise ReleasedMeanwhile("Scripts or the policy were published meanwhile.")
    number = await script_versions.add_release(conn, now, by, note)
    if number == 1:  # nobody routes before: whoever begins to, reads what is published
        return
    body = ARRIVALS.encode(ScriptsPublished(number, tuple(dict.fromkeys(script_ids))))
    await inbox.put(conn, [Arrival(f"scripts:{number}", ScriptsPublished.__name__, body, now)])
