"""Schema versions: Alembic, called from code.

The rule of this file: `hub run` changes no schema. If the schema is not its own, it refuses to start and names the
command. Only `hub migrate` (and the demo, which owns its file) upgrades a database. Alembic is imported only for an
upgrade: the import takes a tenth of a start.
"""

from pathlib import Path

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import inspect, text

from hub.storage.connection import SchemaMismatch
from hub.storage.database import Database, build_driver


async def migrate(url: str) -> None:
    """Upgrade the database at this address to this hub's schema, from any version, also from an empty database.

    Raises DatabaseInUse while a hub runs on the SQLite file, StorageUnavailable if the database is away.
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
        found = await connection.run_sync(_find_revision)
    known = list_revisions()
    wanted = known[-1]
    if found == wanted:
        return
    if found is None:
        raise SchemaMismatch("The database is empty. Create its tables with: python -m hub migrate")
    if found in known:
        raise SchemaMismatch(
            f"The database has schema {found}, this hub needs {wanted}. Stop every hub, then: python -m hub migrate"
        )
    raise SchemaMismatch(
        f"The database has schema {found}, which this hub (schema {wanted}) does not know: start the newer hub again"
    )


def list_revisions() -> list[str]:
    """The oldest first. A migration's file is named by its revision, so this imports none."""
    return sorted(file.name.partition("_")[0] for file in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


def _find_revision(connection: SyncConnection) -> str | None:
    """The revision that Alembic has stored in this database; None if it has stored none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _upgrade(connection: SyncConnection) -> None:
    if _find_revision(connection) == list_revisions()[-1]:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
