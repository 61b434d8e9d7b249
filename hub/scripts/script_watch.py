"""Keeps the scripts of a process as they are published: looks every few seconds for what other processes published,
for scheduled versions whose time has come, and, with `scripts.watch`, for files that an author has saved.

The rule of this file: a saved file is published if it is good; a broken one leads to a log line with file and line,
and its last good version stays in force. The next interaction gets what is in force.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

import structlog

from hub.clock import Clock
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_folders import WATCH, take_files
from hub.scripts.script_publishing import begin_due
from hub.storage.database import Database
from hub.storage.script_versions import ReleasedMeanwhile
from scripts_library.script_problems import ScriptProblem

log = structlog.get_logger()

Stamp = tuple[tuple[str, int, int], ...]


class ScriptWatch:
    """`folder`: of the files to publish as they are saved; None: files are not looked at."""

    def __init__(self, db: Database, clock: Clock, published: PublishedScripts, folder: Path | None) -> None:
        self._db, self._clock, self._published, self._folder = db, clock, published, folder
        self._seen: Stamp | None = None
        self._problems: tuple[ScriptProblem, ...] = ()

    @property
    def problems(self) -> list[str]:
        """Why files of the folder are not in force, as `file:line: text`."""
        return [str(problem) for problem in self._problems]

    async def look(self) -> bool:
        """True if other scripts are in force now than at the last look. Raises StorageUnavailable."""
        is_news = await self._published.refresh()
        if is_news:
            self._seen = None  # under another policy, other files are good
        with suppress(ReleasedMeanwhile):  # the next look tries again
            if self._folder is not None:
                await self._take_files(self._folder)
            await begin_due(self._db, self._clock.now())
        return await self._published.refresh() or is_news

    async def _take_files(self, folder: Path) -> None:
        seen = await asyncio.to_thread(stamp, folder)
        if seen != self._seen:
            self._problems = await take_files(self._db, folder, self._clock.now(), WATCH)
            self._seen = seen
            for problem in self._problems:
                log.warning("a script has a problem", problem=str(problem))


def stamp(folder: Path) -> Stamp:
    """Name, time and size of each script file. The result differs once a file was saved."""
    try:
        files = [(path, path.stat()) for path in folder.glob("*.md")]
    except OSError:
        return ()
    return tuple(sorted((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in files))
