"""`python -m hub scripts check` tells an author what to mend, and a git hook whether to go on."""

import shutil
from pathlib import Path

import cyclopts
import pytest

from hub.administration.script_commands import add_script_commands
from hub.settings.config import load
from scripts_library.loader import LIBRARY


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
