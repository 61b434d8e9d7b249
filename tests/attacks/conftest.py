"""Whole hubs to be attacked, one for each module and database: real HTTP, real sockets, the demo's people in them.

A module runs in one loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`. What is sent is bounded, goes to
this machine alone, and must leave no traceback: `no_traceback` looks.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from sqlalchemy import delete

from hub.access import guesses
from hub.app import HubProcess, serve
from hub.logs import set_up_logs
from hub.settings.config import Config, load
from hub.storage import tables
from tests.attacks.visitors import Visitor
from tests.hub.conftest import (  # noqa: F401 - the fixtures of a hub without doors, for whoever attacks that
    _sqlite,
    database,
    house,
    library,
)
from tests.postgres_server import PostgresServer
from tests.seeded import copy_database

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLite in the hub's own folder, or a copy in PostgreSQL, as `tests.attacks.doors.BOTH` says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield "sqlite:///hub.db"
        return
    postgres: PostgresServer = request.getfixturevalue("_postgres")
    url = postgres.create_database(template=request.getfixturevalue("_seeded_postgres"))
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="module")
def changes() -> dict[str, str]:
    """Lines of config.toml to write otherwise: a module's own, by their beginning."""
    return {}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, database_url: str, changes: dict[str, str]) -> Config:
    folder = tmp_path_factory.mktemp("attacked")
    text = (ROOT / "config.toml").read_text().replace('"sqlite:///hub.db"', f'"{database_url}"')
    for line, changed in changes.items():
        assert f"\n{line}" in text, line
        text = text.replace(f"\n{line}", f"\n{changed}  # ")
    (folder / "config.toml").write_text(text)
    return load(folder / "config.toml", {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(folder / "data")})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(config: Config, seeded_file: Path) -> AsyncIterator[HubProcess]:
    asyncio.get_running_loop().set_debug(False)  # a flood takes three times as long with it
    config.data_folder.mkdir(parents=True)
    if config.database_url.startswith("sqlite"):
        copy_database(seeded_file, config.data_folder / "hub.db")
    process = await serve(config)
    async with asyncio.timeout(60):
        await process.dispatcher.is_routing.wait()
    yield process
    await process.stop()


class Tracebacks(logging.Handler):
    """What was logged with an exception, by us or by a library."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.seen.append(f"{record.name}: {self.format(record)}")

    def look(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("exc_info"):
            self.seen.append(repr(event))
        return event


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    if not structlog.is_configured():
        set_up_logs("warning", as_json=True)


@pytest.fixture
def no_traceback(_logs: None) -> Iterator[None]:
    """Fails the test that leaves a traceback in the log."""
    tracebacks = Tracebacks()
    loggers = [logging.getLogger(name) for name in ("", "engineio.server", "socketio.server", "aiohttp.server")]
    processors = structlog.get_config()["processors"]  # the list itself: loggers that are in use keep it
    processors.insert(0, tracebacks.look)
    for logger in loggers:
        logger.addHandler(tracebacks)
    yield
    for logger in loggers:
        logger.removeHandler(tracebacks)
    processors.remove(tracebacks.look)
    assert tracebacks.seen == []


@pytest_asyncio.fixture(loop_scope="module")
async def visit(hub: HubProcess) -> AsyncIterator[Any]:
    """Makes visitors, each of an address of their own."""
    made: list[Visitor] = []

    def visit(address: str = "") -> Visitor:
        made.append(Visitor(hub.url, address or f"203.0.113.{len(made) + 1}"))
        return made[-1]

    yield visit
    for visitor in made:
        await visitor.session.close()


@pytest_asyncio.fixture(loop_scope="module")
async def whole_budgets(hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests in line are refused sooner, and every budget is whole."""
    monkeypatch.setattr(guesses, "PATIENCE_SECONDS", 2.0)
    await hub.db.write(lambda conn: conn.execute(delete(tables.sign_in_budget)))
