"""Where the variables of rules stand in the database.

The rule of this file: a rule that is compiled to SQL finds each variable here, or is not compiled.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, func, null, select

from hub.storage.connection import Connection
from hub.storage.customer_tables import attribute, rule_value
from hub.storage.rule_sql import RuleColumns
from hub.storage.tables import customer
from scripts_library.variables import VariableType, VariableTypes

_OF_CUSTOMER = "customer."


async def find_columns(connection: Connection, types: VariableTypes) -> RuleColumns:
    """The columns of these variables, such as `customer.city`. One without a slot is known of nobody."""
    slots = {row.name: row.slot for row in await connection.execute(select(attribute.c.name, attribute.c.slot))}
    return {
        name: (_column(name.removeprefix(_OF_CUSTOMER), of_type, slots), of_type) for name, of_type in types.items()
    }


def _column(name: str, of_type: VariableType, slots: Mapping[str, str]) -> ColumnElement[Any]:
    if name in ("name", "tier", "language"):
        return func.nullif(func.trim(customer.c[name]), "")
    if name in slots:
        return rule_value.c[slots[name]]
    return null().cast(Text if of_type in (VariableType.TEXT, VariableType.LIST) else BigInteger)
