"""Folders of script files, and what is published: the first start and `scripts apply` publish files, `scripts watch`
does so as they are saved, and `scripts export` writes the same files again.

The rule of this file: a file replaces what is published only with a larger version, and an export has the same bytes
as what was published.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from hub.scripts.published_scripts import read_published
from hub.scripts.script_drafting import hand_in
from hub.scripts.script_publishing import NotPublished, Wished, find_version, publish_texts
from hub.storage import script_versions
from hub.storage.database import Database
from hub.storage.script_versions import StoredVersion
from routing.model import Micros
from scripts_library.loader import load_scripts, own_text
from scripts_library.script_parts import Script
from scripts_library.script_problems import ScriptProblem, Severity

log = structlog.get_logger()

FIRST_START: Final = "first start"  # stands for whoever began the hub
APPLY: Final = "scripts apply"
WATCH: Final = "scripts.watch"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the files of a folder. `left`: those with a smaller version than the published one."""

    published: tuple[str, ...] = ()
    handed_in: tuple[str, ...] = ()  # drafts that wait for another person
    left: tuple[str, ...] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    news: tuple[Script, ...]
    left: tuple[str, ...]
    unchanged: int
    problems: tuple[ScriptProblem, ...]  # errors alone


async def apply_folder(db: Database, folder: Path, now: Micros, *, four_eyes: bool) -> Applied:
    """Publish each file of the folder that is news, all or none. `four_eyes`: they become drafts instead, which an
    author approves. Raises NotPublished."""
    read = await _read(db, folder)
    if read.problems:
        raise NotPublished(read.problems)
    files = tuple(script.file for script in read.news)
    if four_eyes:
        for script in read.news:
            await hand_in(db, script.id, script.language, own_text(script), now, APPLY)
        return Applied(handed_in=files, left=read.left, unchanged=read.unchanged)
    if read.news:
        await publish_texts(db, _wish(read.news, APPLY), now, APPLY, "")
    return Applied(published=files, left=read.left, unchanged=read.unchanged)


async def take_files(db: Database, folder: Path, now: Micros, by: str) -> tuple[ScriptProblem, ...]:
    """Publish each good file of the folder that is news. Return the problems of the others, whose last good version
    stays in force."""
    read = await _read(db, folder)
    problems = list(read.problems)
    try:
        if read.news:
            await publish_texts(db, _wish(read.news, by), now, by, "")
    except NotPublished:
        for script in read.news:  # one by one, so that none is held up by another
            try:
                await publish_texts(db, _wish([script], by), now, by, "")
            except NotPublished as refused:
                problems += refused.problems
    return tuple(problems)


async def seed_scripts(db: Database, folder: Path, now: Micros) -> None:
    """Publish the good files of the folder if nothing was ever published."""
    async with db.read() as conn:
        if await script_versions.find_newest_release(conn):
            return
    for problem in await take_files(db, folder, now, FIRST_START):
        log.warning("a script has a problem", problem=str(problem))


async def export_folder(db: Database, folder: Path) -> tuple[str, ...]:
    """Write what is published into the folder; files that are the same stay as they are. Return the names of those
    that were written. Raises OSError."""
    async with db.read() as conn:
        files = await script_versions.list_files(conn)

    def write() -> tuple[str, ...]:
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for one in files:
            path, content = folder / one.file, one.source.encode()
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)
                written.append(one.file)
        return tuple(written)

    return await asyncio.to_thread(write)


async def _read(db: Database, folder: Path) -> _Read:
    async with db.read() as conn:
        found = await read_published(conn)
        known = await script_versions.list_all(conn)
    library = await asyncio.to_thread(load_scripts, folder, found.types)
    problems = [one for one in library.problems if one.severity is Severity.ERROR]
    newest = _find_newest(known)
    news, left, unchanged = [], [], 0
    for script in (*library.scripts, *library.shared):
        last = newest.get((script.id, script.language))
        if found.texts.get(script.file) == own_text(script):
            unchanged += 1
        elif last is None or script.version > last.version:
            news.append(script)
        elif script.version < last.version:
            left.append(script.file)
        else:
            words = (
                f"`version` is {script.version}, and that was published with other words: give it {last.version + 1}."
            )
            problems.append(ScriptProblem(script.file, *find_version(own_text(script)), words))
    return _Read(tuple(news), tuple(left), unchanged, tuple(sorted(problems)))


def _find_newest(known: Iterable[StoredVersion]) -> dict[tuple[str, str], StoredVersion]:
    newest: dict[tuple[str, str], StoredVersion] = {}
    for one in known:
        stands = newest.get((one.script_id, one.language))
        if stands is None or one.version > stands.version:
            newest[(one.script_id, one.language)] = one
    return newest


def _wish(scripts: Iterable[Script], by: str) -> list[Wished]:
    return [Wished(file=script.file, source=own_text(script), written_by=(by,)) for script in scripts]
