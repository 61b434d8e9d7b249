"""People of the demo in the database of a public hub: everybody who has read the demo's password could sign in as
them.

The rule of this file: it looks and names them; it changes nothing.
"""

import asyncio

from hub.access.passwords import is_password
from hub.settings.config import Config
from hub.settings.live_settings import is_public
from hub.storage import staff
from hub.storage.database import Database


class DemoPeopleLeft(Exception):
    """The message is for the person who starts the hub."""


async def refuse_demo_people(settings: Config) -> None:
    """Raises DemoPeopleLeft if this hub is public and the demo's password signs somebody in. Raises StorageError."""
    file = settings.data_folder / "secrets" / DEMO_PASSWORD
    if not is_public(settings) or not file.is_file() or not settings.has_database:
        return
    password = file.read_text()
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
            "another password (python -m hub reset-password ID), disable them (python -m hub disable ID), or begin "
            "with a new data_folder."
        )


DEMO_PASSWORD = "demo_password"  # noqa: S105 - the name by which config.toml has the hub generate it
