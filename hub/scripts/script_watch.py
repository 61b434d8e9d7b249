"""Keeps the scripts in use as they are on disk: an author saves a file and the next interaction gets it. They are
read again when the policy declares other attributes.

The rule of this file: a broken file leads to a log line with file and line, and its last good version stays in use. A
text is stored before a run can be pinned to it.
"""

import asyncio
from pathlib import Path

import structlog

from hub.policies.attributes import list_variable_types
from hub.policies.stored_versions import load_book
from hub.scripts.script_runs import Scripts
from hub.scripts.script_texts import store_script_texts
from hub.storage import policies
from hub.storage.database import Database
from scripts_library.loader import Library
from scripts_library.variables import VariableTypes

log = structlog.get_logger()


class ScriptWatch:
    def __init__(self, db: Database, scripts: Scripts, library: Library) -> None:
        self._db, self._scripts, self._library = db, scripts, library
        self._seen = stamp(library.folder)
        self._types, self._version = library.types, 0  # of the policy; of none yet

    @property
    def problems(self) -> list[str]:
        """All problems of the folder, as `file:line: text`."""
        return [str(problem) for problem in self._library.problems]

    async def look(self) -> bool:
        """Load the files that were saved since the last look, and all if the policy has changed what they may name.
        True if there was anything to load. Raises StorageUnavailable."""
        seen, types = await asyncio.to_thread(stamp, self._library.folder), await self._read_types()
        if seen == self._seen and types == self._library.types:
            return False
        library = await asyncio.to_thread(self._library.reload, types)
        await store_script_texts(self._db, library.scripts)
        self._scripts.replace_all(library.scripts)
        for file, users in library.list_touched(self._library).items():
            log.info("a text that scripts share has changed", name=file, scripts=list(users))
        self._library, self._seen = library, seen
        tell_problems(library)
        log.info("scripts loaded", scripts=len(library.scripts), problems=len(library.problems))
        return True

    async def _read_types(self) -> VariableTypes:
        async with self._db.read() as conn:
            version = await policies.find_newest_version(conn)
            if version != self._version:
                self._version = version
                book = await load_book(conn)
                self._types = list_variable_types(book.attributes) if book is not None else self._types
        return self._types


def tell_problems(library: Library) -> None:
    for problem in library.problems:
        log.warning("a script has a problem", problem=str(problem))


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of each script file. The result differs once a file was saved."""
    try:
        files = [(path, path.stat()) for path in folder.glob("*.md")]
    except OSError:
        return ()
    return tuple(sorted((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in files))
