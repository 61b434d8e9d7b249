"""The database of an earlier release is brought forward, whatever happens meanwhile, and its work goes on."""

import asyncio
import gzip
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import MetaData, make_url, text

from hub.routing_process.replay import explain_offer
from hub.storage import migrations
from hub.storage.database import Connection, Database
from hub.storage.migrations import check_schema, migrate
from hub.storage.profiles import list_past_values
from routing.model import OfferId
from scripts_library.loader import LIBRARY, load_scripts
from tests.hub.house import House, open_house
from tests.hub.notices import text as write_text
from tests.hub.sample_settings import TYPES
from tests.postgres_server import PostgresServer
from tests.seeded import copy_database

RELEASE = Path(__file__).parent / "releases" / "0001.json.gz"
ROOT = Path(__file__).parents[3]
KILLED_EACH = 7  # statements; each try begins at the first one again


def read_release() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(gzip.decompress(RELEASE.read_bytes()))
    return found


def build(connection: SyncConnection, release: dict[str, Any]) -> None:
    """That release's own schema, with its rows."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, release["schema"])
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if rows := release["rows"].get(table.name):
            connection.execute(table.insert(), rows)


def leave(url: str) -> None:
    """An empty database becomes as the earlier release left it."""

    async def leave() -> None:
        db = await Database.open(url)
        await db.write(lambda connection: connection.run_sync(build, read_release()))
        await db.write(set_counters)
        await db.close()

    with asyncio.Runner() as runner:
        runner.run(leave())


@pytest.fixture(scope="session")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "hub.db"
    leave(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def old_template(_postgres: PostgresServer) -> str:
    url = _postgres.create_database()
    leave(url)
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database as the earlier release left it, of each kind in turn."""
    if request.param == "sqlite_url":
        copy_database(request.getfixturevalue("old_file"), tmp_path / "hub.db")
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("_postgres")
    url = postgres.create_database(template=request.getfixturevalue("old_template"))
    yield url
    postgres.drop_database(url)


async def set_counters(connection: Connection) -> None:
    """PostgreSQL counts rows apart from them."""
    if connection.dialect.name != "postgresql":
        return
    counted = (
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND (column_default LIKE 'nextval%' OR is_identity = 'YES')"
    )
    for table, column in await connection.execute(text(counted)):
        # S608: the schema's own names
        query = f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"
        await connection.execute(text(query))


async def go_on(url: str, folder: Path) -> None:
    """What was open when the earlier release stopped is served by this one."""
    rows = read_release()["rows"]
    was_open = {row["id"]: row for row in rows["interaction"] if row["closed_at"] is None}
    db = await Database.open(url)
    await check_schema(db)
    async with open_house(db, folder / "media", load_scripts(LIBRARY, TYPES).scripts) as house:
        house.inbox.stored += 1  # the text that was left undecided
        await house.until_handled()
        open_now = house.dispatcher.state.floor.interactions
        assert set(was_open) <= set(open_now)
        await serve_all(house, was_open)


async def serve_all(house: House, was_open: dict[str, Any]) -> None:
    ada = await house.open("ada")
    (held,) = (row["id"] for row in was_open.values() if row["state"] == "active")
    earlier = [message["text"] for message in ada.find(held)["messages"]]
    assert "Hallå?" in earlier
    said = {"command_id": "later-1", "text": "Tack för ert tålamod"}
    assert not (await house.about("ada", held, "send_message", **said)).code
    assert [message["text"] for message in ada.find(held)["messages"]] == [*earlier, "Tack för ert tålamod"]
    assert not (await house.about("ada", held, "end_interaction", command_id="later-2")).code
    assert not (await house.about("ada", held, "complete_wrap_up", command_id="later-3", disposition="solved")).code
    # the text that was stored and not decided has become work, and so does the next one
    await house.take(replace(write_text("Hej igen"), key="sms:AC1:later", provider_id="later"))
    everything = [words for row in await house.interactions() for words in await house.said(row["id"])]
    assert {"Hallå? 有人吗？", "Hej igen"} <= set(everything)


async def test_the_database_of_an_earlier_release_goes_on(old_url: str, tmp_path: Path) -> None:
    await migrate(old_url)
    await go_on(old_url, tmp_path)


async def test_an_explanation_of_its_offers_is_given_or_not_and_never_fails(old_url: str) -> None:
    """Its journal holds a policy that lacks what this release's router asks for: such offers are not explained."""
    await migrate(old_url)
    db = await Database.open(old_url)
    offers = [OfferId(row["id"]) for row in read_release()["rows"]["offer"]]
    assert len(offers) > 5
    for offer in offers:
        await explain_offer(db, offer)
    await db.close()


async def migrate_through_kills(url: str, step: int) -> int:
    """How many statements there are; each `step`th was the last of a process."""
    command = (sys.executable, "-m", "tests.hub.storage.killed_migration", url, str(step))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return int(out)


async def test_a_migration_that_is_killed_again_and_again_is_begun_again(old_url: str, tmp_path: Path) -> None:
    """At every statement of it: `fault_killed_migration.py`."""
    assert await migrate_through_kills(old_url, KILLED_EACH) > 2 * KILLED_EACH
    await go_on(old_url, tmp_path)


async def test_what_its_scripts_had_learned_of_customers_is_in_their_profiles(old_url: str) -> None:
    (customer, *_) = (row["id"] for row in read_release()["rows"]["customer"])
    row = {"customer": customer, "value": "Österlånggatan 5, 北京", "at": 1, "interaction": "i-1"}
    db = await Database.open(old_url)
    learned = "INSERT INTO profile_value VALUES (:customer, 'street', :value, :at, :interaction)"
    await db.write(lambda connection: connection.execute(text(learned), row))
    await db.close()
    await migrate(old_url)
    db = await Database.open(old_url)
    async with db.read() as connection:
        profile = await connection.scalar(text("SELECT profile FROM customer WHERE id = :customer"), row)
        (past,) = await list_past_values(connection, customer)
    await db.close()
    assert orjson.loads(profile)["street"] == row["value"]
    assert (past.name, past.old, past.new, past.changed_by) == ("street", None, row["value"], "script")
