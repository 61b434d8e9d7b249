"""The columns that tables share: instants, documents, short texts, serial numbers; and the names of constraints.

The rule of this file: one way to write each, so that no table spells it otherwise.
"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Text

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


def at(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def document(name: str, default: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def short(name: str, default: str = "") -> Column[str]:
    return Column(name, String(320), nullable=False, server_default=default)
