"""Any number of rows in one statement: they travel as one JSON document.

The rule of this file: the SQL between is what both databases understand. SQLAlchemy compiles a multi-row VALUES anew
for every number of rows, and an executemany brings nothing back; this is one prepared statement and returns rows.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text

from hub.storage.connection import Connection, Rows


class Bulk:
    """`Bulk("INSERT INTO t (a, b) SELECT value->>0, CAST(value->>1 AS BIGINT) FROM {rows} WHERE true ...")`.

    Each row is a list; `value->>n` is its n-th member as text. `WHERE true` keeps SQLite from reading an ON CONFLICT
    behind it as the condition of a join.
    """

    def __init__(self, sql: str) -> None:
        self._forms = {
            "sqlite": text(sql.format(rows="json_each(:rows)")),
            "postgresql": text(sql.format(rows="json_array_elements(CAST(:rows AS json)) AS t(value)")),
        }

    async def execute(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> Rows:
        return await connection.execute(self._forms[connection.dialect.name], {"rows": orjson.dumps(rows).decode()})
