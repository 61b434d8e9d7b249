"""Starts what is measured: a hub with the configuration of `make run` and more agents, the providers, the skeleton.

The rule of this file: each is a process of its own on loopback, in a temporary folder, ended by its pid.
"""

import asyncio
import contextlib
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
CODE = Path(os.environ.get("HUB_BENCH_CODE", ROOT))  # the hub that is measured: `compare.py` names another one
TOKEN = "the token of the bench"
ACCOUNT = "AC00000000000000000000000000000001"
API_KEY = "SK00000000000000000000000000000001", "the secret of the bench's API key, long enough for HS256"
SANDBOX = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "hub_sms": "+46850005001",
    "hub_phone": "+46850005000",
    "hub_mail": "hello@nordpost.example",
    "other_numbers": ["+46850005002"],
}


AUTHOR = "author"  # of scripts, beside the agents


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_cpu(root: int) -> dict[int, float]:
    """Seconds to the microsecond, by process id: of a process and of all that it has started."""
    found, left = {}, [root]
    while left:
        pid = left.pop()
        with contextlib.suppress(OSError):  # it has just ended
            found[pid] = time.clock_gettime((~pid << 3) | 2)  # the clock that clock_getcpuclockid(3) gives
            left += find_children(pid)
    return found


def find_children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in threads for child in children.read_text().split()]


class Process:
    def __init__(self, name: str, *arguments: str, folder: Path, ready: str, code: Path = CODE) -> None:
        """`arguments`: of Python. `ready`: an address that answers 200 once it is. `code`: where its modules are."""
        self._counts = folder / f"{name}.counts.json"
        environ = {**os.environ, "PYTHONPATH": str(code), "HUB_PORT": "", "HUB_MAIL_PORT": "", "HUB_DATA": ""}
        environ.setdefault("HUB_COUNTS", str(self._counts))
        self._log = (folder / f"{name}.log").open("w")
        command = (sys.executable, *arguments)
        self._process = subprocess.Popen(command, cwd=code, env=environ, stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + 120  # a hub that sows a sample base answers after that
        while not _answers(ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"did not start, see {self._log.name}")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        """User and system time so far, of all threads of this process and of those that it has started."""
        return sum(self.cpu_by_process().values())

    def cpu_by_process(self) -> dict[int, float]:
        return read_cpu(self._process.pid)

    def list_children(self) -> list[int]:
        """In the order of their start."""
        return find_children(self._process.pid)

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def read_counts(self) -> dict[str, int]:
        """What `counted_hub.py` writes when it is told to."""
        async with asyncio.timeout(30):
            while not self._counts.exists():
                await asyncio.sleep(0.02)
        found: dict[str, int] = json.loads(self._counts.read_text())
        self._counts.unlink()
        return found

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


class BenchHouse:
    """A hub with `agents` agents of the queue "service" and the providers beside it. `module` runs the hub; without
    one it runs through `counted_hub.py`. `database`: the address of an empty one; without one, an SQLite file.
    `edges`, and the address of their `bus`: a hub of several processes. `customers`: so many may call, with sound.
    `sample`: so many of the sample base, with segments. `code`: of the hub."""

    def __init__(
        self,
        folder: Path,
        agents: int,
        module: str = "",
        database: str = "",
        edges: int = 0,
        bus: str = "",
        customers: int = 0,
        sample: int = 0,
        code: Path = CODE,
    ) -> None:
        self.folder, self.port, self.provider_port, self.edges = folder, free_port(), free_port(), edges
        self._configure(agents, database, bus, sample, code)
        settings = folder / "sandbox.json"
        self.customers = [f"+4670174{number:04d}" for number in range(customers)]
        people = [{"name": phone, "phone": phone, "email": f"{phone[1:]}@mail.example"} for phone in self.customers]
        key = dict(zip(("api_key_sid", "api_key_secret"), API_KEY, strict=True))
        settings.write_text(json.dumps({**SANDBOX, **key, "customers": people, "has_sound": bool(people)}))
        hub = f"http://127.0.0.1:{self.port}"
        ports = ("--port", str(self.provider_port), "--webhooks", hub, "--settings", str(settings))
        ready = f"http://127.0.0.1:{self.provider_port}/sandbox/api/customers"
        self.provider = Process("provider", "-m", "channels.sandbox", *ports, folder=folder, ready=ready)
        run = ("-m", module) if module else (str(ROOT / "tests/bench/counted_hub.py"),)
        try:
            config = ("--config", str(folder / "config.toml"))
            self.hub = Process("hub", *run, "demo", *config, folder=folder, ready=f"{hub}/readyz", code=code)
        except BaseException:
            self.provider.stop()
            raise

    @property
    def password(self) -> str:
        return (self.folder / "data" / "secrets" / "demo_password").read_text()

    def metric(self, name: str) -> float:
        token = self.folder / "data" / "secrets" / "metrics_token"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics")
        if token.is_file():  # a hub of an older commit asks for none
            request.add_header("Authorization", f"Bearer {token.read_text()}")
        with urllib.request.urlopen(request, timeout=5) as response:
            for line in response.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise KeyError(name)

    def cpu_of_each(self) -> dict[str, float]:
        """Seconds so far, of each process of the hub."""
        if not self.edges:
            return {"the hub": self.hub.cpu_seconds()}
        children = self.hub.list_children()
        names = ["routing", *(f"edge {number + 1}" for number in range(self.edges))]
        return {name: sum(read_cpu(pid).values()) for name, pid in zip(names, children, strict=True)}

    def stop(self) -> None:
        self.hub.stop()
        self.provider.stop()

    def _configure(self, agents: int, database: str, bus: str, sample: int, code: Path) -> None:
        settings = tomllib.loads((code / "config.toml").read_text())
        settings["server"] |= {"port": self.port, "data_folder": str(self.folder / "data")}
        (self.folder / "token").write_text(TOKEN)
        for channel in ("phone", "sms"):
            settings["channels"][channel]["auth_token"] = {"file": str(self.folder / "token")}
            settings["channels"][channel]["api_base_url"] = f"http://127.0.0.1:{self.provider_port}"
            settings["channels"][channel] |= {"most_per_hour": 10**9, "most_per_customer_per_hour": 10**9}
        settings["channels"]["sms"]["numbers"].append("+46850005002")  # leads to a queue that nobody serves
        if database:
            settings["database"]["url"] = database
        if self.edges:
            settings["server"]["edges"] = self.edges
            settings["bus"]["url"] = bus
            settings["sandbox"]["enabled"] = False
            settings["channels"]["email"] |= {"smtp_host": "127.0.0.1", "smtp_port": free_port()}  # nobody gets mail
        settings["server"]["public_url"] = f"http://127.0.0.1:{self.port}"
        settings["channels"]["email"]["listen_port"] = free_port()
        settings["policy"]["entries"].append({"channel": "sms", "address": "+46850005002", "queue": "cards"})
        for entry in settings["policy"]["entries"]:
            if entry["channel"] in ("webchat", "phone"):
                entry["queue"] = "service"  # which offers no callback: for that, a call leaves its conference
        settings["demo"]["sample_customers"] = sample
        settings["demo"]["staff"] = [
            {"id": f"a{n}", "name": f"Agent {n}", "roles": ["agent"], "language": "en", "queues": ["service"]}
            for n in range(agents)
        ]
        author = {"id": AUTHOR, "name": "Author", "roles": ["author"], "language": "en", "queues": []}
        settings["demo"]["staff"].append(author)
        (self.folder / "config.toml").write_text(tomli_w.dumps(settings))


class Skeleton(Process):
    """`skeleton.py`, which says what it does. `database`: as for BenchHouse."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.port = free_port()
        script, database = str(ROOT / "tests/bench/skeleton.py"), database or str(folder / "skeleton.db")
        arguments = (script, str(self.port), TOKEN, database)
        super().__init__("skeleton", *arguments, folder=folder, ready=f"http://127.0.0.1:{self.port}/readyz")
