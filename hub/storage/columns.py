"""The columns that tables share: instants, documents, short texts, serial numbers; and the names of constraints.

The rule of this file: one way to write each, so that no table spells it otherwise.
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

# SQLite gives a rowid alias, and with it fast appends, to INTEGER PRIMARY KEY alone
Serial = BigInteger().with_variant(Integer, "sqlite")


def only(condition: ColumnElement[bool]) -> dict[str, Any]:
    """For an index over the rows of which this is true; each database has a word of its own for it."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def at(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def document(name: str, default: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def short(name: str, default: str = "") -> Column[str]:
    return Column(name, String(320), nullable=False, server_default=default)
