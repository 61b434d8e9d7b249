"""A prepared statement says what SQLAlchemy would have said, on both databases."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.storage.database import Connection, Database
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert
from hub.storage.tables import staff

ADA = {
    "id": "ada",
    "sign_in_name": "ada",
    "name": "Ada Nyström 李雅",
    "password_hash": "-",
    "must_change_password": True,
    "roles": "[]",
    "language": "sv",
    "profile": "{}",
    "created_at": 1,
    "disabled_at": None,
}
BEN = {**ADA, "id": "ben", "sign_in_name": "ben", "name": "Ben O'Hara", "must_change_password": False}

ADD = prepare_insert(staff)
FIND = Prepared(
    select(staff.c.id, staff.c.name, staff.c.must_change_password)
    .where(is_among(staff.c.id, "ids"))
    .order_by(staff.c.id)
)
RENAME = Prepared(
    update(staff).where(staff.c.id == bindparam("who")).values(name=bindparam("becomes"), language="zh")
)
NAMES = Bulk("SELECT s.name, s.language FROM {rows} JOIN staff s ON s.id = value->>0 ORDER BY s.id")


@dataclass(frozen=True, slots=True)
class Person:
    """More than the statement asks for, and in another order."""

    language: str
    becomes: str
    who: str


@pytest.fixture
async def people(db: Database) -> Database:
    async def unit(connection: Connection) -> None:
        await ADD.execute_all(connection, [ADA, BEN])

    await db.write(unit)
    return db


async def test_rows_come_back_with_the_values_that_went_in(people: Database) -> None:
    async with people.read() as connection:
        rows = await FIND.fetch(connection, {"ids": among(["ben", "ada", 'nobody\'s "id" 無'])})
        usual = (await connection.execute(select(staff.c.must_change_password).order_by(staff.c.id))).scalars().all()
    assert rows == [("ada", "Ada Nyström 李雅", True), ("ben", "Ben O'Hara", False)]
    assert [row[2] for row in rows] == usual
    assert all(type(row[2]) is bool for row in rows)


async def test_an_objects_attributes_are_its_parameters(people: Database) -> None:
    async def unit(connection: Connection) -> None:
        await RENAME.execute_for_each(connection, [Person("sv", "Ada 雅", "ada"), Person("sv", "Ben", "ben")])
        await RENAME.execute_for_each(connection, [])
        await ADD.execute_for_each(connection, [SimpleNamespace(**{**ADA, "id": "cleo", "sign_in_name": "cleo"})])

    await people.write(unit)
    async with people.read() as connection:
        found = await NAMES.fetch_for(connection, [["ada"], ["ben"], ["cleo"]])
    assert found == [("Ada 雅", "zh"), ("Ben", "zh"), (ADA["name"], "sv")]


async def test_an_empty_list_finds_nobody_and_no_row_is_no_statement(people: Database) -> None:
    async with people.read() as connection:
        assert await FIND.fetch(connection, {"ids": among([])}) == []
        await ADD.execute_all(connection, [])


async def test_a_change_counts_its_rows_and_keeps_what_the_statement_brings_itself(people: Database) -> None:
    async def unit(connection: Connection) -> tuple[int, int]:
        return (
            await RENAME.execute(connection, {"who": "ada", "becomes": "Ada Öberg"}),
            await RENAME.execute(connection, {"who": "nobody", "becomes": "?"}),
        )

    assert await people.write(unit) == (1, 0)
    async with people.read() as connection:
        assert await NAMES.fetch_for(connection, [["ada"], ["ben"]]) == [("Ada Öberg", "zh"), ("Ben O'Hara", "sv")]


async def test_what_breaks_a_constraint_is_sqlalchemys_error_and_nothing_is_stored(people: Database) -> None:
    async def unit(connection: Connection) -> None:
        await ADD.execute_all(connection, [{**BEN, "id": "cleo", "sign_in_name": "cleo"}, ADA])

    with pytest.raises(IntegrityError):
        await people.write(unit)
    async with people.read() as connection:
        assert await FIND.fetch(connection, {"ids": among(["cleo"])}) == []


async def test_a_reader_cannot_write(people: Database) -> None:
    async with people.read() as connection:
        with pytest.raises(DBAPIError):
            await RENAME.execute(connection, {"who": "ada", "becomes": "?"})
