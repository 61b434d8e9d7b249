"""A whole hub inside the tests' own event loop, one for each module that asks: real HTTP, real sockets, SQLite in a
temporary folder. Such a module runs in one loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.app import HubProcess, serve
from hub.clock import SystemClock
from hub.config import Config, load
from hub.logs import set_up_logs
from hub.seeding import seed_demo
from hub.storage.database import Database
from hub.storage.migrations import migrate

ROOT = Path(__file__).parents[2]
PASSWORD = "a password for tests only"


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    set_up_logs("warning", as_json=True)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    data = tmp_path_factory.mktemp("hub") / "data"
    return load(ROOT / "config.toml", {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(data)})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(config: Config) -> AsyncIterator[HubProcess]:
    """The demo's hub, with its sample people, all of whom sign in with PASSWORD."""
    assert config.demo is not None
    config.data_folder.mkdir(parents=True)
    await migrate(config.database_url)
    db = await Database.open(config.database_url, read_connections=1)
    await seed_demo(db, config.demo, PASSWORD, "EUR", SystemClock().now())
    await db.close()
    process = await serve(config)
    await process.dispatcher.is_routing.wait()
    yield process
    await process.stop()
