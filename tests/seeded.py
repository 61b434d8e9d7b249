"""A database as the first start of the demo leaves it, for all tests to copy.

The rule of this file: every sample person signs in with `PASSWORD`, and nothing has happened yet.
"""

import asyncio
import sqlite3
from pathlib import Path

from hub.administration.seeding import seed_demo
from hub.policies.stored_versions import publish_policy
from hub.scripts.script_folders import seed_scripts
from hub.settings.config import load
from hub.storage.database import Database
from hub.storage.migrations import migrate
from scripts_library.loader import LIBRARY
from tests.hub.connected_screens import PASSWORD
from tests.hub.house import NOON

ROOT = Path(__file__).parents[1]


def seed(url: str) -> None:
    """Into an empty database."""
    with asyncio.Runner() as runner:
        runner.run(_seed(url))


async def _seed(url: str) -> None:
    config = load(ROOT / "config.toml", {})
    assert config.demo is not None
    await migrate(url)
    db = await Database.open(url, read_connections=1)
    await publish_policy(db, config.policy_document, NOON, "config.toml")
    await seed_scripts(db, LIBRARY, NOON)
    await seed_demo(db, config.demo, PASSWORD, config.policy_document, NOON)
    await db.close()


def copy_database(seeded: Path, to: Path) -> None:
    source, target = sqlite3.connect(seeded), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
