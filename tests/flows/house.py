"""A hub as its owner runs it, and the sandbox: processes on loopback, on ports and in a folder of their own.

The settings are the repository's own config.toml with what must differ. The sandbox is part of the hub, as in
`make run`; where hubs are killed it is a process of its own, so that the providers survive them.
"""

import asyncio
import atexit
import json
import os
import random
import shutil
import signal
import socket
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from hub.settings.config import load
from tests.flows.process_starter import HUB, ROOT, SANDBOX, ProcessStarter

TOKEN = "a token of the sandbox's"
# Everybody's work comes to one queue, whatever the demo does with it.
ENTRIES = [
    *({"channel": channel, "queue": "service"} for channel in ("phone", "sms", "email", "webchat")),
    {"channel": "email", "address": "cards@nordpost.example", "queue": "cards"},
    {"channel": "phone", "address": "+46850005030", "queue": "service", "menu": "main"},
]
HURRY = 20  # so many times as fast as people the sandbox's voices speak
_ports = random.SystemRandom().sample(range(10_000, 32_000), 2_000)  # below those that the system itself gives out


_mine = list[socket.socket]()
atexit.register(lambda: [mark.close() for mark in _mine])


def free_port() -> int:
    """Also free again after its owner was killed: no outgoing connection ever takes it. And no other process of these
    tests takes it before its owner listens: each marks its own by a datagram socket of that number, at an address of
    loopback that nobody else uses."""
    while True:
        port = _ports.pop()
        mark = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe:
            try:
                mark.bind(("127.0.0.2", port))
                probe.bind(("127.0.0.1", port))
            except OSError:
                mark.close()
                continue
            _mine.append(mark)
            return port


def merge(settings: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` win; a table is merged, None takes a key away."""
    for key, value in changes.items():
        if value is None:
            settings.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(settings.get(key), dict):
            merge(settings[key], value)
        else:
            settings[key] = value
    return settings


def name_secrets(settings: dict[str, Any], file: str) -> dict[str, Any]:
    """Every secret that the hub would make up stands in this file instead."""
    for key, value in settings.items():
        if isinstance(value, dict):
            settings[key] = {"file": file} if "generated" in value else name_secrets(value, file)
    return settings


def repository_settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))


@dataclass
class Process:
    """One running program. `output` is all that it has said."""

    process_starter: ProcessStarter
    pid: int
    output_file: Path

    @property
    def output(self) -> str:
        return self.output_file.read_text(encoding="utf-8", errors="replace") if self.output_file.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self.process_starter.wait(self.pid, 10) is not None

    async def ended(self, seconds: float = 25) -> int | None:
        return await asyncio.to_thread(self.process_starter.wait, self.pid, seconds)


@dataclass
class WholeHouse:
    """`hub` and `sandbox` are there once started."""

    folder: Path
    process_starter: ProcessStarter
    settings: dict[str, Any]
    command: str = "demo"
    module: str = HUB
    hub: Process | None = None
    sandbox: Process | None = None
    _starts: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['server']['port']}"

    @property
    def mail_port(self) -> int:
        return int(self.settings["channels"]["email"]["listen_port"])

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox is reached."""
        base = self.settings["channels"]["sms"]["api_base_url"]
        return self.url if base == "sandbox" else str(base)

    @property
    def token(self) -> str:
        """The secret that the provider signs with."""
        generated = self.data / "secrets" / "sandbox_auth_token"
        return generated.read_text() if self.settings["sandbox"]["enabled"] else TOKEN

    @property
    def data(self) -> Path:
        return self.folder / str(self.settings["server"]["data_folder"])

    @property
    def password(self) -> str:
        """Of all sample staff."""
        return (self.data / "secrets" / "demo_password").read_text()

    @property
    def metrics_token(self) -> str:
        return (self.data / "secrets" / "metrics_token").read_text()

    @property
    def config_file(self) -> Path:
        return self.folder / "config.toml"

    def write_config(self) -> None:
        self.config_file.write_text(tomli_w.dumps(self.settings), encoding="utf-8")

    async def apply(self, *moves: str, ends_with: int = 0) -> str:
        """Publish the policy of the settings: what is stored has been the policy since the first start. What it
        says."""
        self.write_config()
        return await self.command_beside("apply", *moves, ends_with=ends_with)

    async def command_beside(self, name: str, *arguments: str, ends_with: int = 0) -> str:
        """One of the hub's commands, in a process of its own. What it says."""
        output = self.folder / f"{name}.log"
        output.unlink(missing_ok=True)
        asked = (name, *arguments, "--config", str(self.config_file))
        process = Process(self.process_starter, self.process_starter.start(HUB, *asked, output=output), output)
        assert await process.ended() == ends_with, process.output
        return process.output

    async def start(self, seconds: float = 60) -> Process:
        """Run the hub, until it can commit and is routing (or stands by)."""
        self.write_config()
        self._starts += 1
        output = self.folder / f"hub-{self._starts}.log"
        environ = {"HUB_PORT": "", "HUB_MAIL_PORT": "", "HUB_DATA": ""}
        pid = self.process_starter.start(
            self.module, self.command, "--config", str(self.config_file), output=output, environ=environ
        )
        self.hub = Process(self.process_starter, pid, output)
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(answers, f"{self.url}/readyz"):
            if time.monotonic() > deadline or self.process_starter.wait(pid, 0) is not None:
                raise AssertionError(f"the hub does not start:\n{self.hub.output[-3000:]}")
            await asyncio.sleep(0.01)
        return self.hub

    async def start_sandbox(self, customers: list[dict[str, str]] | None = None, **more: Any) -> Process:
        """The providers and the customers' devices as a process of their own. Before `start`. `more`: further
        settings of theirs."""
        url = self.settings["channels"]["sms"]["api_base_url"]
        people = customers or [
            {name: c[name] for name in ("name", "phone", "email", "language")}
            for c in self.settings["demo"]["customers"]
        ]
        channels = self.settings["channels"]
        given = {
            "customers": people,
            "account_sid": channels["sms"]["account_sid"],
            "auth_token": TOKEN,
            "hub_phone": channels["phone"]["numbers"][0],
            "hub_sms": channels["sms"]["numbers"][0],
            "hub_mail": channels["email"]["addresses"][0],
            "hub_smtp_port": self.mail_port,
            "smtp_port": channels["email"]["smtp_port"],
            "has_sound": False,
            "hurry": HURRY,
            **more,
        }
        file = self.folder / "sandbox.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        output = self.folder / "sandbox.log"
        port = url.rpartition(":")[2]
        arguments = ("--port", port, "--webhooks", self.settings["server"]["public_url"], "--settings", str(file))
        self.sandbox = Process(
            self.process_starter, self.process_starter.start(SANDBOX, *arguments, output=output), output
        )
        deadline = time.monotonic() + 60
        while '"smtp_port"' not in self.sandbox.output:
            assert time.monotonic() < deadline, f"the sandbox does not start:\n{self.sandbox.output[-3000:]}"
            await asyncio.sleep(0.01)
        return self.sandbox

    def close(self) -> None:
        """What the processes said is shown with the test, where it fails."""
        for process in (self.hub, self.sandbox):
            if process is not None:
                print(f"---- {process.output_file.name}\n{process.output[-6000:]}")
                if self.process_starter.wait(process.pid, 0) is None:
                    process.kill()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def settings_with_sandbox_inside(**changes: Any) -> dict[str, Any]:
    """As `make run` has them."""
    own = {
        "server": {"port": free_port()},
        "channels": {"email": {"listen_port": free_port()}},
        "policy": {"entries": ENTRIES},
        "sandbox": {"sound": False, "hurry": HURRY},  # sound is for those who listen
        "demo": {"sample_customers": 0},
    }
    return merge(merge(repository_settings(), own), changes)


def settings_with_sandbox_outside(**changes: Any) -> dict[str, Any]:
    """As an owner has them who has gone live; only the addresses of the providers are the sandbox's."""
    settings = settings_with_sandbox_inside()
    secret = {"generated": None, "file": "token"}
    twilio = {"api_base_url": f"http://127.0.0.1:{free_port()}", "auth_token": secret}
    email = {"smtp_host": "127.0.0.1", "smtp_port": free_port(), "smtp_tls": "none"}
    outside = {
        "server": {"public_url": f"http://127.0.0.1:{settings['server']['port']}"},
        "channels": {"phone": twilio, "sms": twilio, "email": email},
        "sandbox": {"enabled": False},
    }
    return merge(merge(settings, outside), changes)


def build_house(
    folder: Path, process_starter: ProcessStarter, seeded: Path | None, settings: dict[str, Any], **more: Any
) -> WholeHouse:
    """`seeded`: a data folder to begin with, so that nothing needs to be migrated."""
    house = WholeHouse(folder, process_starter, settings, **more)
    (folder / "token").write_text(TOKEN)
    if seeded is not None:
        shutil.copytree(seeded, house.data)
    return house


@dataclass(frozen=True)
class SeededServer:
    """A database of PostgreSQL with the schema, the policy and the sample people; `data` has their password."""

    url: str
    data: Path


async def seed(folder: Path, process_starter: ProcessStarter, **changes: Any) -> Path:
    """A data folder with the schema, the policy, and the sample people; on SQLite unless `changes` of the settings
    name another database."""
    house = WholeHouse(folder, process_starter, settings_with_sandbox_inside(**changes))
    hub = await house.start()
    hub.signal(signal.SIGTERM)
    assert await hub.ended() == 0, hub.output
    load(house.config_file)  # what was written is a config.toml
    return house.data
