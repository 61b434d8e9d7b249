"""Schema versions: Alembic, called from code.

The rule of this file: `hub run` changes no schema. It refuses one that is not its own and names the command; only
`hub migrate` (and the demo, which owns its file) brings a database forward.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection

from hub.storage.connection import SchemaMismatch
from hub.storage.database import Database, build_driver


async def migrate(url: str) -> None:
    """Bring the database at this address to this hub's schema, from whatever version, also from nothing.

    Raises DatabaseInUse while a hub runs on the SQLite file, StorageUnavailable when the database is away.
    """
    driver = build_driver(url, read_connections=0)
    driver.lock_file()
    try:
        writer = await driver.connect_writer(is_patient=True)
        try:
            await writer.begin()
            await writer.connection.run_sync(_upgrade)
            await writer.commit()
        finally:
            await writer.discard()
    finally:
        driver.unlock_file()


async def check_schema(db: Database) -> None:
    """Raises SchemaMismatch with a sentence for the person who started the hub."""
    async with db.read() as connection:
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    wanted = ScriptDirectory.from_config(_configure()).get_current_head()
    if found == wanted:
        return
    known = {revision.revision for revision in ScriptDirectory.from_config(_configure()).walk_revisions()}
    if found is None:
        raise SchemaMismatch("The database is empty. Create its tables with: python -m hub migrate")
    if found in known:
        raise SchemaMismatch(
            f"The database has schema {found}, this hub needs {wanted}. Stop every hub, then: python -m hub migrate"
        )
    raise SchemaMismatch(
        f"The database has schema {found}, which this hub (schema {wanted}) does not know: start the newer hub again"
    )


def _upgrade(connection: SyncConnection) -> None:
    config = _configure()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _configure() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
