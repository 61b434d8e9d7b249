"""The published scripts as a process uses them: read from the database whenever something was released.

The rule of this file: what the database says is published is in force. A published text that cannot be read under
the policy leaves its last good version in use, and a line in the log says so.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from hub.policies.attributes import list_variable_types
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.scripts.script_runs import Scripts
from hub.scripts.script_texts import text_ref
from hub.scripts.script_trials import Trial
from hub.storage import policies, script_comparisons, script_runs, script_versions, segments
from hub.storage.database import Connection, Database
from hub.storage.script_comparisons import StoredComparison
from hub.storage.script_runs import ScriptText
from scripts_library.loader import Library, load_texts
from scripts_library.script_parts import Script
from scripts_library.variables import ANY_SEGMENT_TYPES, VariableTypes, type_segments
from scripts_library.webhook_parts import Webhook

log = structlog.get_logger()

Mark = tuple[int, int]  # the newest release, the newest version of the policy


@dataclass(frozen=True, slots=True)
class Published:
    """What is published. `texts`: by file name. `types`: of the variables that the policy lets scripts name, and of
    the live segments. `tiers`, `activity_kinds` and `webhooks`: of the policy. `compared`: the comparisons that run,
    with their candidates' texts."""

    mark: Mark
    texts: dict[str, str]
    types: VariableTypes
    tiers: tuple[str, ...]
    activity_kinds: frozenset[str]
    compared: tuple[StoredComparison, ...] = ()
    candidates: dict[str, str] = field(default_factory=dict)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)


class PublishedScripts:
    def __init__(self, db: Database, scripts: Scripts, types: VariableTypes) -> None:
        self._db, self._scripts = db, scripts
        self._library = load_texts({}, types)
        self._ruled = self._library, self._library  # a library, and that with the names of the present policy
        self._mark: Mark = (0, 0)
        self._refreshing = asyncio.Lock()

    @property
    def library(self) -> Library:
        return self._library

    async def find_rules(self) -> Library:
        """The library with the names that a text may use that is published from now on; the same object as long as
        nothing of it changes, so that what was read by it is known. Raises StorageUnavailable."""
        async with self._db.read() as conn:
            book = await load_book(conn)
            types = await _read_types(conn, book) if book is not None else self._library.types
        before, ruled = self._ruled
        if before is not self._library or ruled.types != types:
            self._ruled = self._library, replace(self._library, types=types)
        return self._ruled[1]

    async def find_named(self) -> tuple[Collection[str], Mapping[str, Webhook]]:
        """The tiers and the webhooks that an action may name now. Raises StorageUnavailable."""
        async with self._db.read() as conn:
            book = await load_book(conn)
        return ((), {}) if book is None else (_list_tiers(book), book.document.all_webhooks)

    async def refresh(self) -> bool:
        """Take in what was published since the last time. True if there was anything. Raises StorageUnavailable."""
        async with self._refreshing:
            async with self._db.read() as conn:
                if await read_mark(conn) == self._mark:
                    return False
                found = await read_published(conn)
            types = {**found.types, **ANY_SEGMENT_TYPES}  # what was published stays in force, whatever is retired
            library = await asyncio.to_thread(load_texts, found.texts, types, self._library)
            trials = await asyncio.to_thread(build_trials, replace(found, types=types), library)
            candidates = [script for trial in trials.values() for script in trial.candidates.values()]
            await self._store_new_texts([*library.scripts, *candidates])
            self._scripts.replace_all(library.scripts, trials)
            for file, users in library.list_touched(self._library).items():
                log.info("a text that scripts share has changed", name=file, scripts=list(users))
            self._library, self._mark = library, found.mark
        tell_problems(library)
        log.info("scripts in force", release=found.mark[0], scripts=len(library.scripts))
        return True

    async def _store_new_texts(self, scripts: Sequence[Script]) -> None:
        """A run may be pinned to each of these from here on. Most were stored as they were published."""
        texts = list_texts(scripts)
        async with self._db.read() as conn:
            known = await script_runs.find_known(conn, [one.ref for one in texts])
        if missing := [one for one in texts if one.ref not in known]:
            await self._db.write(lambda conn: script_runs.store_texts(conn, missing))


def list_texts(scripts: Iterable[Script]) -> list[ScriptText]:
    """The texts to which runs of these scripts are pinned, with all that they use."""
    return [ScriptText(text_ref(script), script.file, script.source) for script in scripts]


async def read_mark(conn: Connection) -> Mark:
    return await script_versions.find_newest_release(conn), await policies.find_newest_version(conn)


async def read_published(conn: Connection) -> Published:
    """Raises LookupError if no policy is stored."""
    mark, book = await read_mark(conn), await load_book(conn)
    if book is None:
        raise LookupError("no policy is stored")
    files = {one.file: one.source for one in await script_versions.list_files(conn)}
    tiers = _list_tiers(book)
    compared = tuple(await script_comparisons.list_running(conn))
    tried = await script_versions.list_files(conn, script_versions.COMPARED) if compared else []
    candidates = {one.file: one.source for one in tried}
    types, kinds = await _read_types(conn, book), frozenset(book.document.all_activities)
    return Published(mark, files, types, tiers, kinds, compared, candidates, book.document.all_webhooks)


def build_trials(found: Published, library: Library) -> dict[str, Trial]:
    """By script the comparison that runs, with the candidates that can be used beside everything else in force."""
    if not found.compared:
        return {}
    tried = load_texts({**found.texts, **found.candidates}, found.types, library)
    return {
        one.script_id: Trial(
            one.id,
            one.base_version,
            {
                script.language: script
                for script in tried.scripts
                if script.id == one.script_id and script.version == one.candidate_version
            },
        )
        for one in found.compared
    }


def _list_tiers(book: PolicyBook) -> tuple[str, ...]:
    return tuple(tier.id for tier in book.document.tiers)


async def _read_types(conn: Connection, book: PolicyBook) -> VariableTypes:
    return {**list_variable_types(book.attributes), **type_segments(await segments.list_live(conn))}


def tell_problems(library: Library) -> None:
    for problem in library.problems:
        log.warning("a script has a problem", problem=str(problem))
