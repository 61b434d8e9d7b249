"""Drafts of scripts: written by authors, read by a second pair of eyes, published.

The rule of this file: whoever changes a draft names the revision that they saw. If it is another one meanwhile, they
are told who changed it, and both texts are kept. Where four eyes are asked for, nobody publishes what they wrote.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hub.scripts.script_publishing import Unit, Wished, note_change, publish_texts, retire_script
from hub.scripts.script_texts import hash_text
from hub.storage import script_drafts, script_runs, script_versions
from hub.storage.database import Connection, Database
from hub.storage.script_drafts import DRAFT, OVER, REVIEW, StoredDraft
from hub.storage.script_runs import ScriptText
from hub.storage.script_versions import PUBLISHED
from routing.model import Micros
from scripts_library.script_parsing import MAX_TEXT
from scripts_library.script_parts import Script

MOST_TEXT: Final = 2 * MAX_TEXT  # a draft may be too long to be a script, but not endless
MOST_DRAFTS: Final = 2_000  # of one house
NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
LANGUAGE: Final = re.compile(r"(?=.{2,16}\Z)[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


class DraftRefused(Exception):
    """A code for the screen: name, too_long, too_many, not_found, four_eyes, not_in_review."""


class DraftChanged(Exception):
    """Somebody else has changed the draft, or published it, since it was seen. `draft`: as it is."""

    def __init__(self, draft: StoredDraft | None) -> None:
        super().__init__("changed")
        self.draft = draft


async def save_draft(
    db: Database, script_id: str, language: str, source: str, seen: int, now: Micros, by: str
) -> StoredDraft:
    """Store the text of a draft. `seen`: its revision on the writer's screen; 0: there was none. A draft that waited
    for its review is a draft again. Raises DraftChanged, DraftRefused."""
    _check(script_id, language, source)

    async def unit(conn: Connection) -> StoredDraft:
        stands = await script_drafts.find(conn, script_id, language)
        if stands is None and len(await script_drafts.list_open(conn)) >= MOST_DRAFTS:
            raise DraftRefused("too_many")
        return await _put(conn, stands, script_id, language, source, seen, now, by, DRAFT)

    return await db.write(unit)


async def hand_in(db: Database, script_id: str, language: str, source: str, now: Micros, by: str) -> StoredDraft:
    """Store a text as a draft that waits for its review, over whatever draft there is: its text is kept."""

    async def unit(conn: Connection) -> StoredDraft:
        stands = await script_drafts.find(conn, script_id, language)
        seen = stands.revision if stands else 0
        return await _put(conn, stands, script_id, language, source, seen, now, by, REVIEW)

    return await db.write(unit)


async def ask_review(
    db: Database, script_id: str, seen: Mapping[str, int], sentence: str, now: Micros, by: str
) -> None:
    """Ask others to read the drafts of a script. `seen`: their revisions, by language. Raises DraftChanged and
    DraftRefused."""

    async def unit(conn: Connection) -> None:
        await _move(conn, script_id, seen, REVIEW, sentence, now, by)
        await note_change(conn, "scripts.ask_review", script_id, by, now, sentence)

    await db.write(unit)


async def send_back(
    db: Database, script_id: str, seen: Mapping[str, int], sentence: str, now: Micros, by: str
) -> None:
    """Give drafts back to whoever wrote them, with what to change. Raises DraftChanged, DraftRefused."""

    async def unit(conn: Connection) -> None:
        drafts = await _get_seen(conn, script_id, seen)
        if any(draft.state != REVIEW for draft in drafts):
            raise DraftRefused("not_in_review")
        await _move(conn, script_id, seen, DRAFT, sentence, now, by)
        await note_change(conn, "scripts.send_back", script_id, by, now, sentence)

    await db.write(unit)


async def discard_drafts(db: Database, script_id: str, seen: Mapping[str, int], now: Micros, by: str) -> None:
    """End the drafts of a script without publishing them; their texts are kept. Raises DraftChanged, DraftRefused."""

    async def unit(conn: Connection) -> None:
        await _move(conn, script_id, seen, OVER, "", now, by)
        await note_change(conn, "scripts.discard", script_id, by, now, "")

    await db.write(unit)


async def publish_drafts(
    db: Database,
    script_id: str,
    seen: Mapping[str, int],
    sentence: str,
    now: Micros,
    by: str,
    *,
    four_eyes: bool,
    begins_at: Micros | None = None,
) -> tuple[Script, ...]:
    """Publish the drafts of a script, in all languages that have one. Raises NotPublished, DraftChanged and
    DraftRefused."""
    async with db.read() as conn:
        drafts = await _get_seen(conn, script_id, seen)
        texts = {one.script: await script_versions.find_text(conn, one.script) or "" for one in drafts}
    wrote = {person for draft in drafts for person in draft.written_by}
    if four_eyes and by in wrote:
        raise DraftRefused("four_eyes")
    if four_eyes and any(draft.state != REVIEW for draft in drafts):
        raise DraftRefused("not_in_review")
    wished = [
        Wished(
            file=f"{draft.script_id}.{draft.language}.md",
            source=texts[draft.script],
            written_by=draft.written_by,
            approved_by="" if by in wrote else by,
        )
        for draft in drafts
    ]
    return await publish_texts(
        db, wished, now, by, sentence, begins_at=begins_at, also=_build_end(script_id, seen, now, by)
    )


async def retire(db: Database, script_id: str, now: Micros, by: str, sentence: str, *, four_eyes: bool) -> bool:
    """As `retire_script`. With four eyes, nobody takes their own words out of force; what is only scheduled anybody
    may take back, since nothing changes by that. Raises DraftRefused."""
    async with db.read() as conn:
        stands = [one for one in await script_versions.list_of(conn, script_id) if one.state == PUBLISHED]
    if four_eyes and any(by in one.written_by for one in stands):
        raise DraftRefused("four_eyes")
    return await retire_script(db, script_id, now, by, sentence)


def _build_end(script_id: str, seen: Mapping[str, int], now: Micros, by: str) -> Unit:
    async def end(conn: Connection) -> None:
        await _move(conn, script_id, seen, OVER, "", now, by)

    return end


def _check(script_id: str, language: str, source: str) -> None:
    if not NAME.fullmatch(script_id) or not LANGUAGE.fullmatch(language):
        raise DraftRefused("name")
    if len(source) > MOST_TEXT:
        raise DraftRefused("too_long")


async def _get_seen(conn: Connection, script_id: str, seen: Mapping[str, int]) -> list[StoredDraft]:
    """The open drafts of a script, all of which were seen as they are."""
    drafts = await script_drafts.list_of(conn, script_id)
    if not drafts:
        raise DraftRefused("not_found")
    if other := next((one for one in drafts if seen.get(one.language) != one.revision), None):
        raise DraftChanged(other)
    if len(seen) != len(drafts):
        raise DraftChanged(None)
    return drafts


async def _move(
    conn: Connection, script_id: str, seen: Mapping[str, int], state: str, sentence: str, now: Micros, by: str
) -> None:
    for draft in await _get_seen(conn, script_id, seen):
        moved = replace(
            draft, revision=draft.revision + 1, state=state, changed_by=by, changed_at=now, sentence=sentence[:320]
        )
        if not await script_drafts.put(conn, moved, draft.revision):
            raise DraftChanged(draft)


async def _put(
    conn: Connection,
    stands: StoredDraft | None,
    script_id: str,
    language: str,
    source: str,
    seen: int,
    now: Micros,
    by: str,
    state: str,
) -> StoredDraft:
    wrote = stands.written_by if stands is not None and stands.state != OVER else ()
    ref = hash_text(source)
    await script_runs.store_texts(conn, [ScriptText(ref, f"{script_id}.{language}.md", source)])
    draft = StoredDraft(
        script_id=script_id,
        language=language,
        script=ref,
        revision=seen + 1,
        state=state,
        written_by=tuple(dict.fromkeys((*wrote, by))),
        changed_by=by,
        changed_at=now,
    )
    if not await script_drafts.put(conn, draft, seen):
        raise DraftChanged(await script_drafts.find(conn, script_id, language))
    await script_drafts.keep(conn, draft)
    return draft
