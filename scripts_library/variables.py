"""The variables that a placeholder or a condition may name, with their types.

The rule of this file: a script can read only the variables that are listed here. The shell provides the values that
it knows and leaves out the others. A value that is missing, blank or of another type counts as *not known*. A list
is always known: where nothing is said, there is nothing in it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from scripts_library.rule_time import EARLIEST, LATEST

VariableValue = str | int | Decimal | bool | date | tuple[str, ...]
Variables = Mapping[str, VariableValue]


class VariableType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    DATE = "date"
    LIST = "list"  # of texts


VariableTypes = Mapping[str, VariableType]

VARIABLES: Final[VariableTypes] = MappingProxyType(
    {
        "customer.name": VariableType.TEXT,
        "customer.title": VariableType.TEXT,
        "customer.family_name": VariableType.TEXT,
        "customer.city": VariableType.TEXT,
        "customer.since_year": VariableType.NUMBER,
        "customer.tier": VariableType.TEXT,
        "customer.language": VariableType.TEXT,
        "customer.segments": VariableType.LIST,
        "customer.products": VariableType.LIST,
        "agent.name": VariableType.TEXT,
        "interaction.channel": VariableType.TEXT,
        "interaction.queue": VariableType.TEXT,
        "organisation.name": VariableType.TEXT,
    }
)

ANSWER: Final = "answer."  # answer.<field>: only in placeholders, and only for a field of the same script


def find_variable(variables: Variables, name: str, of_type: VariableType) -> VariableValue | None:
    """Return the variable; None: it is not known."""
    value = variables.get(name)
    match of_type:
        case VariableType.TEXT:
            return value if isinstance(value, str) and value.strip() else None
        case VariableType.YES_NO:
            return value if isinstance(value, bool) else None
        case VariableType.LIST:
            return value if isinstance(value, tuple) else ()
        case VariableType.DATE:
            if not isinstance(value, date) or isinstance(value, datetime):
                return None
            return value if EARLIEST <= value < LATEST else None
        case VariableType.NUMBER:
            if isinstance(value, Decimal):
                return value if value.is_finite() else None
            return value if isinstance(value, int) and not isinstance(value, bool) else None
