"""`python -m hub scripts check` tells an author what to mend, and a git hook whether to go on."""

import asyncio
import shutil
from collections.abc import Awaitable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cyclopts
import pytest

from hub.administration.script_commands import add_script_commands
from hub.settings.config import load
from hub.storage.connection import StorageError
from scripts_library.loader import LIBRARY
from tests.hub.scripts.test_published_scripts import write
from tests.seeded import copy_database


@pytest.fixture
def cli() -> cyclopts.App:
    cli = cyclopts.App(name="hub")
    add_script_commands(cli, load, lambda work: None)
    return cli


def check(cli: cyclopts.App, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli(["scripts", "check", *arguments])
    return int(ended.value.code or 0)


def test_the_library_is_sound(cli: cyclopts.App, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(cli) == 0
    said = capsys.readouterr().out
    assert "can be used" in said
    assert "identity.en.md is used by address-change, suspected-fraud." in said
    assert "basics.zh-CN.md is used by data-refresh, vip-concierge." in said


def test_a_red_example_is_named_and_fails_the_check(
    cli: cyclopts.App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in LIBRARY.glob("greeting.*.md"):
        shutil.copy(file, tmp_path)
    english = tmp_path / "greeting.en.md"
    text = english.read_text("utf-8")
    english.write_text(text + "\n# Example: Wrong\n- greet: topic = card; [1]\n- goodbye\n", "utf-8")
    assert check(cli, str(tmp_path)) == 1
    said = capsys.readouterr()
    line = text.count("\n") + 4
    assert f'greeting.en.md:{line}:1: Example "Wrong": after greet → [1] the script is at "help"' in said.out
    assert said.err == "1 file cannot be used: greeting.en.md\n"


class Commands:
    """`scripts apply` and `scripts export` on a database of their own, as the command line carries them out."""

    def __init__(self, url: str, folder: Path) -> None:
        self._settings = SimpleNamespace(
            database_url=url, scripts_folder=folder, scripts=SimpleNamespace(four_eyes=False)
        )
        self._said: list[str] = []
        self._cli = cyclopts.App(name="hub", result_action="return_value")
        add_script_commands(self._cli, lambda _: self._settings, self._carry_out)

    def _carry_out(self, work: Awaitable[str]) -> None:
        async def guard() -> str:
            try:
                return await work
            except StorageError as error:
                return f"refused: {error}"

        self._said.append(asyncio.run(guard()))

    def run(self, *words: Any, four_eyes: bool = False) -> str:
        self._settings.scripts.four_eyes = four_eyes
        self._cli(["scripts", *map(str, words)])
        return self._said[-1]


@pytest.fixture
def commands(seeded_file: Path, tmp_path: Path) -> Commands:
    copy_database(seeded_file, tmp_path / "hub.db")
    (folder := tmp_path / "folder").mkdir()
    return Commands(f"sqlite:///{tmp_path / 'hub.db'}", folder)


def test_apply_publishes_what_is_news_and_export_writes_the_same_bytes(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "offer.en.md"
    file.write_bytes(write().encode().replace(b"\n", b"\r\n"))
    said = commands.run("apply")
    assert said.splitlines() == ["Published: offer.en.md", "1 script of 1 were news."]
    assert commands.run("apply", tmp_path / "folder").endswith("0 scripts of 1 were news.")
    assert "Written: offer.en.md" in commands.run("export", tmp_path / "out")
    assert (tmp_path / "out" / "offer.en.md").read_bytes() == file.read_bytes()
    assert commands.run("export", tmp_path / "out") == "0 files written."
    file.write_text(write(2))
    assert "Published: offer.en.md" in commands.run("apply")
    file.write_text(write(1))
    assert "Left alone, a larger version is published: offer.en.md" in commands.run("apply")


def test_apply_publishes_nothing_of_a_folder_with_a_broken_file(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "folder" / "offer.en.md").write_text(write())
    (tmp_path / "folder" / "wrong.en.md").write_text("+++\n")
    said = commands.run("apply")
    assert said.startswith("refused: Nothing was published.\n  wrong.en.md:1:1: ")
    (tmp_path / "folder" / "wrong.en.md").unlink()
    assert "Published: offer.en.md" in commands.run("apply"), "nothing of it was published before"


def test_apply_hands_in_drafts_where_four_eyes_are_asked_for(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "folder" / "offer.en.md").write_text(write())
    assert "Waits for another author: offer.en.md" in commands.run("apply", four_eyes=True)
    commands.run("export", tmp_path / "out")
    assert not (tmp_path / "out" / "offer.en.md").exists(), "it is not in force"


def test_export_names_the_place_where_it_cannot_write(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    assert commands.run("export", tmp_path / "out").startswith(f"refused: {tmp_path / 'out'} cannot be written")
