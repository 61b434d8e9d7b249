"""People of the demo in the database of a public hub: whoever has read the demo's password could sign in as them.

The rule of this file: it looks, and says who; nothing is changed.
"""

import asyncio

from hub.access.passwords import is_password
from hub.settings.config import Config
from hub.settings.live_settings import is_public
from hub.storage import staff
from hub.storage.database import Database


class DemoPeopleLeft(Exception):
    """The message is for who starts the hub."""


async def refuse_demo_people(settings: Config) -> None:
    """Raises DemoPeopleLeft where this hub is public and somebody signs in with the demo's password, StorageError."""
    kept = settings.data_folder / "secrets" / DEMO_PASSWORD
    if not is_public(settings) or not kept.is_file() or not settings.has_database:
        return
    password = kept.read_text()
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        async with db.read() as conn:
            people = await staff.list_at_work(conn)
    finally:
        await db.close()
    found = [one.id for one in people if await asyncio.to_thread(is_password, one.password_hash, password)]
    if found:
        raise DemoPeopleLeft(
            f"{', '.join(sorted(found))} sign in with the password of the demo, and this hub is public. Give each "
            "another (python -m hub reset-password ID), let them in no more (disable ID), or begin with a new "
            "data_folder."
        )


DEMO_PASSWORD = "demo_password"  # noqa: S105 - the name under which config.toml has it made up
