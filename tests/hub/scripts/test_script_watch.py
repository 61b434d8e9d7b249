"""Scripts are taken in as they are saved; a broken file is named, and changes nothing."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from hub.policies.attributes import AttributePolicy
from hub.policies.stored_versions import publish_policy
from hub.scripts.script_runs import Scripts
from hub.scripts.script_texts import text_ref
from hub.scripts.script_watch import ScriptWatch
from hub.storage import tables
from scripts_library.script_parts import Script
from tests.hub.house import House

GREETING = """+++
id = "hello"
version = {version}
title = "Hello"
language = "en"
priority = -1
+++

## hello: Welcome

> {words}

-> end
"""


class Folder:
    """An author's folder. Every save counts as later than the one before."""

    def __init__(self, path: Path) -> None:
        self.file = path / "hello.en.md"
        self._saved = 0

    def save(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")
        self._saved += 1
        os.utime(self.file, ns=(self._saved, self._saved))


@pytest_asyncio.fixture
async def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "scripts"
    path.mkdir()
    folder = Folder(path)
    folder.save(GREETING.format(version=1, words="Hej! 你好"))
    return folder


@pytest_asyncio.fixture
async def watch(house: House, folder: Folder) -> AsyncIterator[ScriptWatch]:
    watch = ScriptWatch(house.db, house.clock, house.published, folder.file.parent)
    await watch.look()
    yield watch


def words_of(scripts: Scripts) -> str:
    return find_hello(scripts).source


def find_hello(scripts: Scripts) -> Script:
    return next(script for script in scripts.all if script.id == "hello")


async def test_nothing_saved_is_nothing_to_take_in(watch: ScriptWatch) -> None:
    assert not await watch.look()


async def test_a_saved_file_is_in_use_at_the_next_look(house: House, watch: ScriptWatch, folder: Folder) -> None:
    folder.save(GREETING.format(version=2, words="Välkommen 欢迎"))
    assert await watch.look()
    assert "Välkommen 欢迎" in words_of(house.scripts)
    assert not await watch.look()


async def test_its_text_is_kept_before_a_run_can_begin_with_it(
    house: House, watch: ScriptWatch, folder: Folder
) -> None:
    folder.save(GREETING.format(version=2, words="Välkommen"))
    await watch.look()
    script = find_hello(house.scripts)
    (kept,) = await house.rows(tables.script_text, tables.script_text.c.ref == text_ref(script))
    assert "Välkommen" in kept["source"]


async def test_a_broken_file_is_named_with_its_line_and_the_last_good_one_stays(
    house: House, watch: ScriptWatch, folder: Folder
) -> None:
    broken = GREETING.format(version=2, words="Trasig") + "\n-> nowhere\n"
    folder.save(broken)
    await watch.look()
    line = broken.splitlines().index("-> nowhere") + 1
    assert any(problem.startswith(f"hello.en.md:{line}:") for problem in watch.problems), watch.problems
    assert "Hej! 你好" in words_of(house.scripts)
    folder.save(GREETING.format(version=2, words="Lagad"))
    assert await watch.look()
    assert watch.problems == []
    assert "Lagad" in words_of(house.scripts)


async def test_other_words_under_the_same_version_are_refused(
    house: House, watch: ScriptWatch, folder: Folder
) -> None:
    folder.save(GREETING.format(version=1, words="Samma nummer"))
    await watch.look()
    assert "hello.en.md:3:" in watch.problems[0]
    assert "Hej! 你好" in words_of(house.scripts)


async def test_a_folder_that_has_gone_changes_nothing(house: House, watch: ScriptWatch, folder: Folder) -> None:
    folder.file.unlink()
    folder.file.parent.rmdir()
    await watch.look()
    assert "Hej! 你好" in words_of(house.scripts)
    assert watch.problems


async def test_the_library_is_read_again_when_the_policy_declares_another_attribute(
    house: House, watch: ScriptWatch, folder: Folder
) -> None:
    folder.save(GREETING.format(version=2, words='{{ customer.height | fallback: "…" }}'))
    await watch.look()
    assert any('"customer.height" is not a variable' in problem for problem in watch.problems)
    assert not await watch.look()
    height = AttributePolicy(type="number", names={"en": "Height", "zh-CN": "身高"})
    document = house.state.book.document
    await publish_policy(
        house.db, replace(document, attributes={**document.attributes, "height": height}), house.clock.now(), "test"
    )
    assert await watch.look()
    assert "customer.height" in words_of(house.scripts)
    assert watch.problems == []
    assert not await watch.look()
