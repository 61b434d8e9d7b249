"""Starts what is measured: a hub with the configuration of `make run` and more agents, the providers, the skeleton.

The rule of this file: each is a process of its own on loopback, in a temporary folder, ended by its pid.
"""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import tomli_w

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
TOKEN = "the token of the bench"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    def __init__(self, *command: str, folder: Path, ready: str) -> None:
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "HUB_PORT": "", "HUB_MAIL_PORT": "", "HUB_DATA": ""}
        self._log = (folder / f"{Path(command[1]).stem}.log").open("w")
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + 30
        while not _answers(ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"did not start, see {self._log.name}")
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class World:
    """A hub with `agents` agents of the queue "service" and the providers beside it. `module` runs the hub."""

    def __init__(self, folder: Path, agents: int, module: str = "hub") -> None:
        self.folder, self.port, self.provider_port = folder, free_port(), free_port()
        self._configure(agents)
        python = sys.executable
        settings = folder / "sandbox.json"
        settings.write_text(
            json.dumps(
                {
                    "customers": [],
                    "account_sid": "AC00000000000000000000000000000001",
                    "auth_token": TOKEN,
                    "hub_sms": "+46850005001",
                    "hub_phone": "+46850005000",
                    "hub_mail": "hello@nordpost.example",
                    "other_numbers": ["+46850005002"],
                }
            )
        )
        hub = f"http://127.0.0.1:{self.port}"
        ports = ("--port", str(self.provider_port), "--webhooks", hub, "--settings", str(settings))
        self.provider = Process(
            python,
            "-m",
            "channels.sandbox",
            *ports,
            folder=folder,
            ready=f"http://127.0.0.1:{self.provider_port}/sandbox/api/customers",
        )
        self.hub = Process(
            python,
            "-m",
            module,
            "demo",
            "--config",
            str(folder / "config.toml"),
            folder=folder,
            ready=f"{hub}/readyz",
        )

    @property
    def password(self) -> str:
        return (self.folder / "data" / "secrets" / "demo_password").read_text()

    def metric(self, name: str) -> float:
        token = (self.folder / "data" / "secrets" / "metrics_token").read_text()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=5) as response:
            for line in response.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise KeyError(name)

    def stop(self) -> None:
        self.hub.stop()
        self.provider.stop()

    def _configure(self, agents: int) -> None:
        settings = tomllib.loads((ROOT / "config.toml").read_text())
        settings["server"] |= {"port": self.port, "data_folder": str(self.folder / "data")}
        (self.folder / "token").write_text(TOKEN)
        for channel in ("phone", "sms"):
            settings["channels"][channel]["auth_token"] = {"file": str(self.folder / "token")}
            settings["channels"][channel]["api_base_url"] = f"http://127.0.0.1:{self.provider_port}"
            settings["channels"][channel] |= {"most_per_hour": 10**9, "most_per_customer_per_hour": 10**9}
        settings["channels"]["sms"]["numbers"].append("+46850005002")  # leads to a queue that nobody serves
        settings["server"]["public_url"] = f"http://127.0.0.1:{self.port}"
        settings["channels"]["email"]["listen_port"] = free_port()
        settings["policy"]["entries"].append({"channel": "sms", "address": "+46850005002", "queue": "cards"})
        for entry in settings["policy"]["entries"]:
            if entry["channel"] == "webchat":
                entry["queue"] = "service"
        settings["demo"]["staff"] = [
            {"id": f"a{n}", "name": f"Agent {n}", "roles": ["agent"], "language": "en", "queues": ["service"]}
            for n in range(agents)
        ]
        (self.folder / "config.toml").write_text(tomli_w.dumps(settings))


class Skeleton(Process):
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        script, database = str(ROOT / "tests/bench/skeleton.py"), str(folder / "skeleton.db")
        super().__init__(
            sys.executable,
            script,
            str(self.port),
            TOKEN,
            database,
            folder=folder,
            ready=f"http://127.0.0.1:{self.port}/readyz",
        )
