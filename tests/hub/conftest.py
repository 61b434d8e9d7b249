"""Hubs for the tests of the shell, with the demo's people in them, on SQLite unless a test asks for both databases.

`hub` is a whole one inside the tests' own event loop, one for each module that asks: real HTTP, real sockets. Such a
module runs in one loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`. `house` is one without doors, anew
for each test: `tests/hub/house.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from hub.app import HubProcess, serve
from hub.logs import set_up_logs
from hub.settings.config import Config, load
from hub.storage.database import Database
from hub.storage.sqlite import SqliteDriver
from hub.storage.writer import Writer
from scripts_library.loader import LIBRARY, Library, load_scripts
from tests.hub.house import House, OpenDatabase, open_house
from tests.hub.sample_settings import TYPES
from tests.hub.trail_check import check_trail
from tests.seeded import copy_database

ROOT = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres_url: needs PostgreSQL, as one of several parameters")


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    set_up_logs("warning", as_json=True)


# ---- the whole hub


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    data = tmp_path_factory.mktemp("hub") / "data"
    config = load(ROOT / "config.toml", {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(data)})
    return replace(config, sandbox=replace(config.sandbox, sound=False))  # for those who listen


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(config: Config, seeded_file: Path) -> AsyncIterator[HubProcess]:
    """The demo's hub, with its sample people, all of whom sign in with PASSWORD."""
    config.data_folder.mkdir(parents=True)
    copy_database(seeded_file, config.data_folder / "hub.db")
    process = await start(config)
    yield process
    await process.stop()


async def start(config: Config) -> HubProcess:
    """A whole hub that routes. Raises what keeps it from that."""
    process = await serve(config)
    routing = asyncio.create_task(process.dispatcher.is_routing.wait())
    failing = asyncio.create_task(process.failed())
    await asyncio.wait((routing, failing), return_when=asyncio.FIRST_COMPLETED)
    if failing.done():
        await process.stop()
        await failing
    for task in (routing, failing):
        task.cancel()
    return process


# ---- a hub without doors


@pytest.fixture(scope="session")
def library() -> Library:
    return load_scripts(LIBRARY, TYPES)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres_url)])
def either_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a copy of the seeded database, of each kind in turn, for whoever opens it more than once."""
    if request.param == "postgres":
        return str(request.getfixturevalue("seeded_postgres_url"))
    copy_database(request.getfixturevalue("seeded_file"), tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture(scope="session")
def _sqlite() -> Iterator[SqliteDriver]:
    """One for all tests, so that SQLAlchemy compiles each statement once; with a fresh file for each. In memory where
    there is such a folder: no test of the house cuts the power."""
    memory = "/dev/shm"
    with TemporaryDirectory(dir=memory if Path(memory).is_dir() else None) as folder:
        yield SqliteDriver(make_url(f"sqlite:///{folder}/hub.db"), slow_readers=0)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> OpenDatabase:
    """Opens the test's database: SQLite, or as `tests.hub.house.BOTH` says."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
        return lambda: Database.open(url, read_connections=1)
    driver: SqliteDriver = request.getfixturevalue("_sqlite")
    driver.path.unlink(missing_ok=True)
    copy_database(request.getfixturevalue("seeded_file"), driver.path)

    async def open_again() -> Database:
        writer = Writer(driver)
        await writer.connect()
        return Database(driver, writer)

    return open_again


@pytest.fixture
async def house(database: OpenDatabase, tmp_path: Path, library: Library) -> AsyncIterator[House]:
    """What must always hold is looked at once more when the test is done."""
    asyncio.get_running_loop().set_debug(False)  # it costs a fifth; whole hubs are run with it
    async with open_house(await database(), tmp_path / "media", library.scripts) as house:
        yield house
        await house.check_screens()
        await house.check_restored()
        await check_trail(house)
