"""Statements of SQLAlchemy Core that are compiled once and then given to the driver: for statements of every batch.

The rule of this file: it gives the same SQL, values and errors as `Connection.execute`. It skips the work that
SQLAlchemy repeats for each execution, which takes longer than SQLite takes for the statement. Parameters are text,
numbers, booleans and None: the drivers take these unchanged.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from sqlalchemy import BinaryExpression, ColumnElement, Dialect, Executable, Table, bindparam, insert, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import Boolean, String

from hub.storage.connection import Connection, Row


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
        form = self._form(connection.dialect)
        rows = await connection.fetch_sql(form.text, form.values_of(parameters))
        return [_converted(row, form.convert) for row in rows] if form.convert else rows

    async def execute(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Returns how many rows were changed."""
        form = self._form(connection.dialect)
        return await connection.execute_sql(form.text, form.values_of(parameters))

    async def execute_long(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """As `execute`, for a statement that takes up to seconds: the loop goes on meanwhile."""
        form = self._form(connection.dialect)
        return await connection.execute_long_sql(form.text, form.values_of(parameters))

    async def execute_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each row, in order."""
        if rows:
            form = self._form(connection.dialect)
            await connection.execute_sql_for_all(form.text, [form.values_of(row) for row in rows])

    async def execute_for_each(self, connection: Connection, objects: Collection[object]) -> None:
        """Execute once for each object, in order. Its attributes are the parameters that are left open."""
        if objects:
            form = self._form(connection.dialect)
            await connection.execute_sql_for_all(form.text, [form.fields_of(one) for one in objects])

    def _form(self, dialect: Dialect) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = self._compile(dialect)
        return form

    def _compile(self, dialect: Dialect) -> _Form:
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
