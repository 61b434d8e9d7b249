"""Statements of SQLAlchemy Core that are compiled once and then given to the driver: for statements of every batch.

The rule of this file: it gives the same SQL, values and errors as `Connection.execute`. It skips the work that
SQLAlchemy repeats for each execution, which takes longer than SQLite takes for the statement. Parameters are text,
numbers, booleans and None: the drivers take these unchanged.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from sqlalchemy import BinaryExpression, ColumnElement, Dialect, Executable, Table, bindparam, insert, text
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import Boolean, String

from hub.storage.connection import Connection

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    """The statement in one dialect. `convert`: columns whose values the driver returns in another form."""

    text: str
    values_of: Callable[[Mapping[str, Any]], Row]
    fields_of: Callable[[Any], Row]  # as `values_of`, for an object with these attributes
    convert: tuple[tuple[int, Callable[[Any], Any]], ...]


class Prepared:
    """`Prepared(statement)`, with a bound parameter for each value."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        self.statement: Any = statement
        self._columns = columns
        self._forms: dict[str, _Form] = {}

    async def fetch(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows, each with its values in the order of the columns."""
        return await connection.run_sync(self._fetch, parameters)

    async def execute(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Returns how many rows were changed."""
        return await connection.run_sync(self._execute, parameters)

    async def execute_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each row, in order."""
        if rows:
            await connection.run_sync(self._execute_all, rows)

    async def execute_for_each(self, connection: Connection, objects: Collection[object]) -> None:
        """Execute once for each object, in order. Its attributes are the parameters that are left open."""
        if objects:
            await connection.run_sync(self._execute_all, objects, are_objects=True)

    def _fetch(self, connection: SyncConnection, parameters: Mapping[str, Any]) -> list[Row]:
        form = self._form(connection)
        values = form.values_of(parameters)
        rows: list[Row]
        if connection.dialect.name == "sqlite":
            rows = _run(connection, form.text, values).fetchall()
        else:
            rows = [tuple(row) for row in connection.exec_driver_sql(form.text, values)]
        return [_converted(row, form.convert) for row in rows] if form.convert else rows

    def _execute(self, connection: SyncConnection, parameters: Mapping[str, Any]) -> int:
        form = self._form(connection)
        values = form.values_of(parameters)
        if connection.dialect.name == "sqlite":
            return _run(connection, form.text, values).rowcount
        return connection.exec_driver_sql(form.text, values).rowcount

    def _execute_all(self, connection: SyncConnection, rows: Collection[Any], *, are_objects: bool = False) -> None:
        form = self._form(connection)
        pick = form.fields_of if are_objects else form.values_of
        values = [pick(row) for row in rows]
        if connection.dialect.name == "sqlite":
            _run(connection, form.text, values, many=True)
        else:
            connection.exec_driver_sql(form.text, values)

    def _form(self, connection: SyncConnection) -> _Form:
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = self._compile(connection)
        return form

    def _compile(self, connection: SyncConnection) -> _Form:
        dialect = connection.dialect
        compiled = self._statement_in(dialect).compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)
        names = compiled.positiontup or []
        said = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        given = {name: value for name, value in said.items() if value is not None}
        processors = (
            (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for place, column in enumerate(compiled._result_columns)
        )
        convert = tuple((place, made) for place, made in processors if made)
        return _Form(str(compiled), _picker(names, given), _attributes(names, given), convert)

    def _statement_in(self, dialect: Dialect) -> Any:
        return self.statement


class Bulk(Prepared):
    """One statement over any number of rows, which may return rows. The rows travel as one JSON document.

    `Bulk("INSERT INTO t (a, b) SELECT value->>0, CAST(value->>1 AS BIGINT) FROM {rows} WHERE true ...")`. Each row
    is a list; `value->>n` is its n-th member as text. Without `WHERE true` SQLite would read a following ON
    CONFLICT as the condition of a join. (SQLAlchemy would compile a VALUES of many rows again for every number of
    rows.)
    """

    def __init__(self, sql: str, in_postgres: str = "") -> None:
        """`in_postgres`: the statement there, if it is another one."""
        super().__init__(text(sql.format(rows="json_each(:rows)")))
        in_postgres = in_postgres or sql
        self._in_postgres = text(in_postgres.format(rows="json_array_elements(CAST(:rows AS json)) AS t(value)"))

    async def fetch_for(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[Row]:
        return await self.fetch(connection, {"rows": orjson.dumps(rows).decode()})

    async def execute_for(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        return await self.execute(connection, {"rows": orjson.dumps(rows).decode()})

    def _statement_in(self, dialect: Dialect) -> Any:
        return self._in_postgres if dialect.name == "postgresql" else self.statement


class _texts_in(ColumnElement[str]):
    """A list, given as one JSON parameter, as a subquery."""

    inherit_cache = False

    def __init__(self, name: str) -> None:
        self.parameter = bindparam(name, type_=String)


@compiles(_texts_in, "sqlite")
def _in_sqlite(element: _texts_in, compiler: Any, **options: Any) -> str:
    values = compiler.process(element.parameter, **options)
    return f"(SELECT value FROM json_each({values}))"  # noqa: S608  # the name of a bound parameter


@compiles(_texts_in, "postgresql")
def _in_postgres(element: _texts_in, compiler: Any, **options: Any) -> str:
    return f"(SELECT json_array_elements_text(CAST({compiler.process(element.parameter, **options)} AS json)))"


class _IsOneOf(BinaryExpression[bool]):
    inherit_cache = False


@compiles(_IsOneOf, "sqlite")
def _one_of_in_sqlite(element: _IsOneOf, compiler: Any, **options: Any) -> str:
    return " IN ".join(compiler.process(side, **options) for side in (element.left, element.right))


@compiles(_IsOneOf, "postgresql")
def _one_of_in_postgres(element: _IsOneOf, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(side, **options) for side in (element.left, element.right))
    return f"{column} = ANY (ARRAY{values})"


def is_one_of(column: ColumnElement[str], values: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a text is among the few that a subquery gives.

    Said to PostgreSQL as an array: of a subquery it expects hundreds of values, joins with it, and may read the whole
    table for that. Each member of an array is looked up in the column's index.
    """
    return _IsOneOf(column, values, custom_op("IN", is_comparison=True), type_=Boolean())


def is_among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """The condition that a text is in the list given as parameter `name` by `among`."""
    return is_one_of(column, _texts_in(name))


def among(keys: Collection[str]) -> str:
    return orjson.dumps(list(keys)).decode()


def prepare_insert(table: Table, columns: Sequence[str] | None = None) -> Prepared:
    """An INSERT for rows with exactly these columns; by default with all of the table's."""
    return Prepared(insert(table), columns or [column.name for column in table.columns])


def _run(connection: SyncConnection, sql: str, values: Any, *, many: bool = False) -> sqlite3.Cursor:
    if not connection.in_transaction():
        connection.begin()
    raw: Any = connection.connection.driver_connection
    try:
        cursor: sqlite3.Cursor = (raw.executemany if many else raw.execute)(sql, values)
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            sql, values, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    return cursor


def _picker(names: Sequence[str], given: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Row]:
    """A function from parameters by name to values in order. `given`: values that the statement itself has."""
    if given or len(names) < 2:  # with one name, itemgetter would return a value instead of a tuple
        return lambda parameters: tuple([parameters[n] if n in parameters else given[n] for n in names])
    return itemgetter(*names)


def _attributes(names: Sequence[str], given: Mapping[str, Any]) -> Callable[[Any], Row]:
    """As `_picker`, from an object."""
    if given or len(names) < 2:
        return lambda one: tuple([given[n] if n in given else getattr(one, n) for n in names])
    return attrgetter(*names)


def _converted(row: Row, convert: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    values = list(row)
    for place, processor in convert:
        values[place] = processor(values[place])
    return tuple(values)
