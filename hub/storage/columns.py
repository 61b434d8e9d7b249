"""Columns that tables share: instants, documents, short texts, serial numbers; and the names of constraints.

The rule of this file: one way to write each column, so that all tables write it alike.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Integer, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# States of calls whose customers still choose in a menu, and wait for nobody. `hub.call_lifecycle` names them
CALLS_IN_MENU = ("menu", "served")

# SQLite has fast appends only for INTEGER PRIMARY KEY: it alone is the row's own number
Serial = BigInteger().with_variant(Integer, "sqlite")


def only(condition: ColumnElement[bool]) -> dict[str, Any]:
    """For a partial index over the rows that meet this condition: each database has its own keyword for it."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def at(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def document(name: str, default: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def short(name: str, default: str = "") -> Column[str]:
    return Column(name, String(320), nullable=False, server_default=default)
