"""Where the variables of rules stand in the database.

The rule of this file: a rule that is compiled to SQL finds each variable here, or is not compiled.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, case, func, literal, null, select

from hub.storage.connection import Connection
from hub.storage.consent_columns import consent_column
from hub.storage.customer_tables import attribute, rule_value
from hub.storage.rule_sql import RuleColumns
from hub.storage.tables import customer
from scripts_library.variables import VariableType, VariableTypes

_OF_CUSTOMER = "customer."
CONSENT: Final = "consent."  # before a purpose: the variable that says whether the customer agrees
NO_CHOICES: Final[Mapping[str, Collection[str]]] = {}
NO_LIMITS: Final[Mapping[str, int]] = {}


async def find_columns(
    connection: Connection,
    types: VariableTypes,
    choices: Mapping[str, Collection[str]] = NO_CHOICES,
    limits: Mapping[str, int] = NO_LIMITS,
) -> RuleColumns:
    """The columns of these variables, such as `customer.city`. One without a slot is known of nobody. `choices`: the
    values that some of them offer; any other is not known, though a slot may still have it. `limits`: by purpose, the
    instant up to which a yes has run out."""
    slots = {row.name: row.slot for row in await connection.execute(select(attribute.c.name, attribute.c.slot))}
    columns = {
        name: _column(name.removeprefix(_OF_CUSTOMER), of_type, slots)
        for name, of_type in types.items()
        if not name.startswith(CONSENT)
    }
    for name in types:
        if name.startswith(CONSENT):
            purpose = name.removeprefix(CONSENT)
            columns[name] = consent_column(purpose, limits.get(purpose))
    for name, offered in choices.items():
        columns[name] = case((columns[name].in_([literal(one, Text) for one in sorted(offered)]), columns[name]))
    return {name: (column, types[name]) for name, column in columns.items()}


def _column(name: str, of_type: VariableType, slots: Mapping[str, str]) -> ColumnElement[Any]:
    if name in ("name", "tier", "language"):
        return func.nullif(func.trim(customer.c[name]), "")
    if name in slots:
        return rule_value.c[slots[name]]
    return null().cast(Text if of_type in (VariableType.TEXT, VariableType.LIST) else BigInteger)
