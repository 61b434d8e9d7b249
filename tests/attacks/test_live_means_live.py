"""A hub that others can reach carries nothing of the demo: it does not start, and says which line to change."""

import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from hub.settings.config import parse
from hub.toml_files.problems import ConfigErrors
from tests.flows.house import merge, name_secrets
from tests.hub.connected_screens import PASSWORD
from tests.seeded import copy_database

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "config.toml").read_text(encoding="utf-8")
PUBLIC = "https://hub.nordpost.example"
# What somebody changes who goes live as the README says; and every secret has a place of its own
LIVE: dict[str, Any] = {
    "server": {"public_url": PUBLIC},
    "security": {"cookie_secure": True},
    "channels": {
        "phone": {"api_base_url": None},
        "sms": {"api_base_url": None},
        "email": {"smtp_host": "mail.nordpost.example"},
    },
    "sandbox": {"enabled": False},
    "demo": None,
}


def write(folder: Path, *changes: Mapping[str, Any]) -> str:
    """config.toml with these changes, and a secret beside it."""
    settings = tomllib.loads(TEXT)
    for change in changes:
        merge(settings, change)
        if change is LIVE:
            name_secrets(settings, "secret")
    (folder / "secret").write_text("a secret of the tests")
    text = tomli_w.dumps(settings)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return text


def problems_of(folder: Path, *changes: Mapping[str, Any]) -> dict[str, int | None]:
    """Key -> line of all that is refused."""
    try:
        parse(write(folder, *changes), folder, {})
    except ConfigErrors as errors:
        return {problem.key: problem.line for problem in errors.problems}
    return {}


def test_a_hub_that_has_gone_live_as_the_readme_says_starts(tmp_path: Path) -> None:
    assert problems_of(tmp_path, LIVE) == {}


def test_the_demo_with_a_public_address_is_refused_line_by_line(tmp_path: Path) -> None:
    text = TEXT.replace('public_url = ""', f'public_url = "{PUBLIC}"')
    with pytest.raises(ConfigErrors) as refused:
        parse(text, tmp_path, {})
    lines = text.splitlines()
    for problem in refused.value.problems:
        assert problem.line is not None
        assert problem.key.rpartition(".")[2] in lines[problem.line - 1]
    assert {problem.key for problem in refused.value.problems} >= {
        "security.cookie_secure",
        "security.metrics_token",
        "channels.phone.auth_token",
        "channels.phone.api_base_url",
        "channels.sms.auth_token",
        "channels.sms.api_base_url",
        "channels.email.smtp_host",
        "channels.webchat.secret",
        "channels.webchat.identity_secret",
        "sandbox.enabled",
        "demo.staff_password",
    }


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("sandbox.enabled", {"sandbox": {"enabled": True}}),
        ("security.cookie_secure", {"security": {"cookie_secure": False}}),
        ("channels.phone.auth_token", {"channels": {"phone": {"auth_token": {"file": None, "generated": "x"}}}}),
        ("channels.webchat.secret", {"channels": {"webchat": {"secret": {"file": None, "generated": "x"}}}}),
        ("channels.phone.api_base_url", {"channels": {"phone": {"api_base_url": "http://127.0.0.1:8090"}}}),
        ("channels.sms.api_base_url", {"channels": {"sms": {"api_base_url": "http://localhost:8090"}}}),
        ("server.public_url", {"server": {"public_url": "http://hub.nordpost.example"}}),
        ("server.public_url", {"server": {"public_url": "", "host": "0.0.0.0"}}),
        ("server.public_url", {"server": {"public_url": "", "host": "::"}}),
        ("server.public_url", {"server": {"public_url": "http://127.0.0.1:8080", "host": "192.0.2.7"}}),
    ],
)
def test_each_convenience_of_the_demo_alone_is_refused(tmp_path: Path, key: str, change: dict[str, Any]) -> None:
    assert list(problems_of(tmp_path, LIVE, change)) == [key]


def test_a_demo_password_is_refused_also_where_nobody_runs_the_demo(tmp_path: Path) -> None:
    settings = tomllib.loads(TEXT)
    assert list(problems_of(tmp_path, LIVE, {"demo": settings["demo"]})) == ["demo.staff_password"]


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_on_this_machine_alone_the_demo_runs_as_it_stands(tmp_path: Path, url: str) -> None:
    assert problems_of(tmp_path, {"server": {"public_url": url}}) == {}


# ---- the commands


def hub_command(folder: Path, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": "", **more}
    arguments = [sys.executable, "-m", "hub", command, "--config", str(folder / "config.toml")]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environ, timeout=60)


@pytest.mark.parametrize("command", ["check-config", "run", "demo"])
def test_no_command_takes_the_sandbox_to_a_public_address(tmp_path: Path, command: str) -> None:
    write(tmp_path, {"server": {"public_url": PUBLIC}})
    refused = hub_command(tmp_path, command)
    assert refused.returncode == 2
    assert "sandbox.enabled: must be false" in refused.stderr
    assert "line " in refused.stderr
    assert not (tmp_path / ".data").exists()


def test_a_mail_port_that_is_taken_is_named_by_its_own_variable(tmp_path: Path) -> None:
    write(tmp_path, {"server": {"port": 0}})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = hub_command(tmp_path, "demo", HUB_MAIL_PORT=port)
    assert refused.returncode == 1
    assert f"Cannot listen for mail on 127.0.0.1:{port}" in refused.stderr
    assert "HUB_MAIL_PORT" in refused.stderr
    assert "HUB_PORT" not in refused.stderr


def test_the_demo_refuses_to_be_public_whatever_its_settings(tmp_path: Path) -> None:
    secret = {"staff_password": {"generated": None, "file": "secret"}}
    demo = merge(tomllib.loads(TEXT)["demo"], secret)
    write(tmp_path, LIVE, {"demo": demo})
    refused = hub_command(tmp_path, "demo")
    assert (refused.returncode, "The demo is only for this machine" in refused.stderr) == (1, True)
    assert not (tmp_path / ".data").exists()


def test_people_of_the_demo_do_not_go_live_with_its_password(tmp_path: Path, seeded_file: Path) -> None:
    """Who tried the demo, and went on with its database: everybody may know the password."""
    write(tmp_path, LIVE)
    (tmp_path / ".data" / "secrets").mkdir(parents=True)
    (tmp_path / ".data" / "secrets" / "demo_password").write_text(PASSWORD)
    copy_database(seeded_file, tmp_path / ".data" / "hub.db")
    refused = hub_command(tmp_path, "run")
    assert refused.returncode == 1
    assert "ada, ben, cleo" in refused.stderr
    assert "demo" in refused.stderr
