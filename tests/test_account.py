"""The last line of a test run names what was not run, and a strict run fails for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
WANTS_CORPORA = "def test_a(corpora): ...\n"
WANTS_SCREENS = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_b(web_bundle, n): ...\n"
SKIPS_BY_ITSELF = "import pytest\ndef test_c(): pytest.skip('not today')\n"
PASSES = "def test_d(): ...\n"
FAILS = "def test_e(): assert False\n"


def run(folder: Path, *tests: str, strict: bool) -> tuple[int, str]:
    """Exit code and last line of a run of these tests in a place that has no screens and no corpora."""
    here = folder / "tests"
    here.mkdir()
    shutil.copy(CONFTEST, here)
    (folder / "pytest.ini").write_text("[pytest]\n")
    for n, text in enumerate(tests):
        (here / f"test_{n}.py").write_text(text)
    environ = {name: value for name, value in os.environ.items() if name not in ("HUB_CORPORA", "HUB_TEST_STRICT")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", here],
        cwd=folder,
        env=environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | ({"HUB_TEST_STRICT": "1"} if strict else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.mark.parametrize("strict", [True, False])
def test_a_whole_run_says_so(tmp_path: Path, strict: bool) -> None:
    assert run(tmp_path, PASSES, strict=strict) == (0, "not run: nothing")


def test_each_group_is_named_with_its_count(tmp_path: Path) -> None:
    code, last = run(tmp_path, WANTS_CORPORA, WANTS_SCREENS, PASSES, strict=False)
    assert (code, last) == (0, "not run: corpora 1 (HUB_CORPORA is not set), web bundle 2 (not built: `make web`)")


def test_a_strict_run_fails_for_a_group_that_was_not_run(tmp_path: Path) -> None:
    code, last = run(tmp_path, WANTS_SCREENS, PASSES, strict=True)
    assert code == 1
    assert last == "not run: web bundle 2 (not built: `make web`); HUB_TEST_STRICT fails this run"


def test_a_strict_run_forgives_the_want_of_corpora_alone(tmp_path: Path) -> None:
    assert run(tmp_path, WANTS_CORPORA, PASSES, strict=True) == (0, "not run: corpora 1 (HUB_CORPORA is not set)")


def test_a_strict_run_does_not_forgive_a_test_that_skips_by_itself(tmp_path: Path) -> None:
    code, last = run(tmp_path, SKIPS_BY_ITSELF, PASSES, strict=True)
    assert (code, last) == (1, "not run: tests/test_0.py 1; HUB_TEST_STRICT fails this run")


def test_a_failure_stays_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path, FAILS, WANTS_CORPORA, strict=True) == (1, "not run: corpora 1 (HUB_CORPORA is not set)")
