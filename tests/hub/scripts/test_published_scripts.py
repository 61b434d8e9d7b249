"""Versions of scripts in the database: the next call gets what is in force, and nothing wrong ever is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import pytest_asyncio

from hub.scripts.script_drafting import (
    DraftChanged,
    DraftRefused,
    ask_review,
    discard_drafts,
    publish_drafts,
    save_draft,
    send_back,
)
from hub.scripts.script_folders import apply_folder, export_folder
from hub.scripts.script_publishing import (
    NotPublished,
    Wished,
    begin_due,
    cancel_scheduled,
    publish_texts,
    retire_script,
)
from hub.storage import script_drafts, script_tables, script_versions, tables
from hub.storage.script_drafts import StoredDraft
from hub.storage.script_versions import StoredVersion
from scripts_library.loader import LIBRARY
from scripts_library.script_parts import Script
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, text

_heard: WeakKeyDictionary[House, int] = WeakKeyDictionary()  # the newest release that was settled
WRITTEN = """+++
id = "{name}"
version = {version}
title = "{name}"
language = "en"
priority = {priority}

[outcomes.done]
label = "Done"
after = ["terms"]
+++

## hello: Hello

> {words}

- [1] Go on -> terms
- [2] {second}

## terms: The terms

!> It costs nothing.

-> end: done

# Example: Goes on
- hello: [{example}]
- terms
- end: done
"""


def write(version: int = 1, **changes: Any) -> str:
    given = {"name": "offer", "words": "Hej! 你好", "priority": 100, "second": "Later -> terms", "example": 1}
    return WRITTEN.format(version=version, **{**given, **changes})


async def publish(house: House, source: str, name: str = "offer", **options: Any) -> tuple[Script, ...]:
    wished = Wished(file=f"{name}.en.md", source=source, written_by=("ada",))
    scripts = await publish_texts(house.db, [wished], house.clock.now(), "ada", "Why not", **options)
    await settle(house)
    return scripts


async def settle(house: House) -> None:
    """The routing process has heard of all that was released."""
    async with house.db.read() as conn:
        newest = await script_versions.find_newest_release(conn)
    house.inbox.stored += newest - _heard.get(house, 1)
    _heard[house] = newest
    await house.until_handled()


@pytest_asyncio.fixture(autouse=True)
async def settled(house: House) -> AsyncIterator[None]:
    yield
    await settle(house)


async def save(house: House, source: str, seen: int = 0, by: str = "ada") -> StoredDraft:
    return await save_draft(house.db, "offer", "en", source, seen, house.clock.now(), by)


async def versions_of(house: House, name: str = "offer") -> list[StoredVersion]:
    async with house.db.read() as conn:
        return await script_versions.list_of(conn, name)


async def states_of(house: House) -> list[tuple[int, str]]:
    return [(one.version, one.state) for one in await versions_of(house)]


def words_of(held: dict[str, Any]) -> str:
    return str(held["script"])


@BOTH
async def test_the_next_call_gets_what_was_published_and_a_running_one_keeps_what_it_has(house: House) -> None:
    await publish(house, write(words="The first words"))
    held = await hold_text(house)
    assert "The first words" in words_of(held)
    await publish(house, write(2, words="The second words"))
    await house.take(text("Hej", PIA))
    later = await house.accept("ada")
    assert "The second words" in words_of(later)
    assert "The first words" in words_of(house.screens["ada"].find(held["id"]))
    assert await states_of(house) == [(2, "published"), (1, "replaced")]


@BOTH
async def test_what_is_wrong_is_named_by_line_and_nothing_is_published(house: House) -> None:
    around = write(second="Later -> end: done")
    with pytest.raises(NotPublished) as caught:
        await publish(house, around)
    line = around.splitlines().index("- [2] Later -> end: done") + 1
    assert [problem.line for problem in caught.value.problems] == [line]
    assert "hello → [2] Later → end: done" in str(caught.value)
    red = write(second="Later -> hello", example=2)
    with pytest.raises(NotPublished, match='Example "Goes on"'):
        await publish(house, red)
    assert await versions_of(house) == []
    assert await house.count(script_tables.script_release) == 1  # of the first start


async def test_a_version_is_published_once(house: House) -> None:
    await publish(house, write(3))
    assert await publish(house, write(3)) == ()
    with pytest.raises(NotPublished, match=r"offer\.en\.md:1:1: .*still 3: give it a larger one"):
        await publish(house, write(3, words="Other words"))
    with pytest.raises(NotPublished, match=r"offer\.en\.md:3:1: .*give it 4"):
        await publish(house, write(2, words="Other words"))


async def test_a_script_that_ties_with_a_published_one_is_refused(house: House) -> None:
    await publish(house, write())
    with pytest.raises(NotPublished, match="equally specific"):
        await publish(house, write(name="other"), "other")


@BOTH
async def test_two_who_publish_at_once_both_do(house: House) -> None:
    wished = [Wished(file=f"o-{n}.en.md", source=write(name=f"o-{n}", priority=n), written_by=()) for n in (3, 4, 5)]
    now = house.clock.now()
    await asyncio.gather(*(publish_texts(house.db, [one], now, "ada", "") for one in wished))
    await settle(house)
    async with house.db.read() as conn:
        in_force = {one.file for one in await script_versions.list_files(conn)}
        assert {"o-3.en.md", "o-4.en.md", "o-5.en.md"} <= in_force
        assert await script_versions.find_newest_release(conn) == 4


@BOTH
async def test_two_who_write_one_draft_lose_nothing(house: House) -> None:
    first = await save(house, "the beginning")
    await save(house, "as Ada goes on", first.revision)
    with pytest.raises(DraftChanged) as caught:
        await save(house, "as Ben goes on", first.revision, "ben")
    assert caught.value.draft is not None
    assert (caught.value.draft.changed_by, caught.value.draft.revision) == ("ada", 2)
    again = await save(house, "what both wanted", caught.value.draft.revision, "ben")
    assert again.written_by == ("ada", "ben")
    async with house.db.read() as conn:
        saves = await script_drafts.list_saves(conn, "offer", "en", 10)
        kept = [await script_drafts.find_save(conn, "offer", "en", one.revision) for one in saves]
    assert kept == ["what both wanted", "as Ada goes on", "the beginning"]
    with pytest.raises(DraftChanged):
        await save(house, "as if there were none", 0, "cleo")


@BOTH
async def test_where_four_eyes_are_asked_for_nobody_publishes_their_own_words(house: House) -> None:
    async def hand_out(seen: int, by: str) -> tuple[Script, ...]:
        at = house.clock.now()
        return await publish_drafts(house.db, "offer", {"en": seen}, "For spring", at, by, four_eyes=True)

    draft = await save(house, write())
    with pytest.raises(DraftRefused, match="not_in_review"):
        await hand_out(draft.revision, "dot")
    await ask_review(house.db, "offer", {"en": draft.revision}, "Please read", house.clock.now(), "ada")
    with pytest.raises(DraftRefused, match="four_eyes"):
        await hand_out(2, "ada")
    await send_back(house.db, "offer", {"en": 2}, "Say it shorter", house.clock.now(), "dot")
    draft = await save(house, write(words="Hej!"), 3)
    await ask_review(house.db, "offer", {"en": draft.revision}, "", house.clock.now(), "ada")
    with pytest.raises(DraftChanged):  # what is approved is what was read
        await hand_out(2, "dot")
    await hand_out(5, "dot")
    (one,) = await versions_of(house)
    assert (one.written_by, one.approved_by, one.published_by, one.note) == (("ada",), "dot", "dot", "For spring")
    async with house.db.read() as conn:
        assert await script_drafts.list_of(conn, "offer") == []
    actions = [row["action"] for row in await house.rows(tables.audit, tables.audit.c.subject == "offer")]
    assert actions == ["scripts.ask_review", "scripts.send_back", "scripts.ask_review", "scripts.publish"]


async def test_a_draft_goes_on_counting_after_it_was_published_or_discarded(house: House) -> None:
    draft = await save(house, write())
    await publish_drafts(house.db, "offer", {"en": 1}, "", house.clock.now(), "ada", four_eyes=False)
    draft = await save(house, write(2), 2, "ben")
    assert (draft.revision, draft.written_by) == (3, ("ben",))
    await discard_drafts(house.db, "offer", {"en": 3}, house.clock.now(), "ben")
    with pytest.raises(DraftRefused, match="not_found"):
        await discard_drafts(house.db, "offer", {"en": 4}, house.clock.now(), "ben")


@BOTH
async def test_a_failure_in_the_middle_leaves_the_draft_and_what_is_in_force(house: House) -> None:
    async def fail(conn: object) -> None:
        raise RuntimeError("the power went")

    await publish(house, write())
    with pytest.raises(RuntimeError):
        await publish(house, write(2), also=fail)
    assert await states_of(house) == [(1, "published")]
    assert await house.count(script_tables.script_release) == 2
    assert len(await publish(house, write(2))) == 1


@BOTH
async def test_a_scheduled_version_comes_into_force_at_its_time(house: House) -> None:
    now = house.clock.now()
    await publish(house, write())
    await publish(house, write(2, words="In spring"), begins_at=now + 60_000_000)
    assert await states_of(house) == [(2, "scheduled"), (1, "published")]
    assert await begin_due(house.db, now) == 0
    assert await begin_due(house.db, now + 60_000_000) == 1
    assert await states_of(house) == [(2, "published"), (1, "replaced")]
    await house.published.refresh()
    assert any("In spring" in script.source for script in house.scripts.all)


async def test_a_scheduled_version_that_fits_no_more_is_refused_and_says_why(house: House) -> None:
    now = house.clock.now()
    await publish(house, write(), begins_at=now + 1)
    await publish(house, write(name="other"), "other")
    assert await begin_due(house.db, now + 1) == 0
    (one,) = await versions_of(house)
    assert one.state == "refused"
    assert "equally specific" in one.problem
    await publish(house, write(2, priority=101), begins_at=now + 2)
    await publish(house, write(3, priority=101))
    assert await begin_due(house.db, now + 2) == 0
    assert (await versions_of(house))[1].problem == "Version 3 was published meanwhile."
    await publish(house, write(4, priority=101), begins_at=now + 3)
    assert await cancel_scheduled(house.db, "offer", now, "ada")
    assert not await cancel_scheduled(house.db, "offer", now, "ada")
    assert await begin_due(house.db, now + 3) == 0


@BOTH
async def test_a_retired_script_is_given_to_nobody_and_its_runs_go_on(house: House) -> None:
    await publish(house, write(words="The last words"))
    held = await hold_text(house)
    assert await retire_script(house.db, "offer", house.clock.now(), "ada", "Spring is over")
    assert not await retire_script(house.db, "offer", house.clock.now(), "ada", "")
    await settle(house)
    await house.take(text("Hej", PIA))
    assert "The last words" not in words_of(await house.accept("ada"))
    assert "The last words" in words_of(house.screens["ada"].find(held["id"]))
    assert await states_of(house) == [(1, "retired")]


@BOTH
async def test_a_folder_is_published_as_a_whole_and_exported_byte_for_byte(house: House, tmp_path: Path) -> None:
    (files := tmp_path / "files").mkdir()
    (files / "offer.en.md").write_bytes(write().encode().replace(b"\n", b"\r\n"))
    (files / "broken.en.md").write_text("+++")
    now = house.clock.now()
    with pytest.raises(NotPublished, match=r"broken\.en\.md:1"):
        await apply_folder(house.db, files, now, four_eyes=False)
    assert await versions_of(house) == []
    (files / "broken.en.md").unlink()
    assert (await apply_folder(house.db, files, now, four_eyes=False)).published == ("offer.en.md",)
    assert (await apply_folder(house.db, files, now, four_eyes=False)).unchanged == 1
    written = await export_folder(house.db, tmp_path / "out")
    assert "offer.en.md" in written
    for path in (*files.iterdir(), *LIBRARY.glob("*.md")):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert await export_folder(house.db, tmp_path / "out") == ()
    await publish(house, write(2))
    assert (await apply_folder(house.db, files, now, four_eyes=False)).left == ("offer.en.md",)


async def test_where_four_eyes_are_asked_for_applied_files_wait_for_an_author(house: House, tmp_path: Path) -> None:
    (tmp_path / "offer.en.md").write_text(write(), encoding="utf-8")
    applied = await apply_folder(house.db, tmp_path, house.clock.now(), four_eyes=True)
    assert (applied.handed_in, applied.published) == (("offer.en.md",), ())
    assert await versions_of(house) == []
    await publish_drafts(house.db, "offer", {"en": 1}, "", house.clock.now(), "dot", four_eyes=True)
    assert (await versions_of(house))[0].approved_by == "dot"
