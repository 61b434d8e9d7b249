"""The facts that a placeholder or a condition may name, with their types.

The rule of this file: a script can read only the facts that are listed here. The shell provides the facts that it
knows and leaves out the others. A fact that is missing, blank or of another type counts as *not known*.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FactValue = str | int | Decimal | bool | tuple[str, ...]
Facts = Mapping[str, FactValue]


class FactType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    LIST = "list"  # of texts


FactTypes = Mapping[str, FactType]

FACTS: Final[FactTypes] = MappingProxyType(
    {
        "customer.name": FactType.TEXT,
        "customer.title": FactType.TEXT,
        "customer.family_name": FactType.TEXT,
        "customer.city": FactType.TEXT,
        "customer.since_year": FactType.NUMBER,
        "customer.tier": FactType.TEXT,
        "customer.language": FactType.TEXT,
        "customer.segments": FactType.LIST,
        "customer.products": FactType.LIST,
        "agent.name": FactType.TEXT,
        "interaction.channel": FactType.TEXT,
        "interaction.queue": FactType.TEXT,
        "organisation.name": FactType.TEXT,
    }
)

ANSWER: Final = "answer."  # answer.<field>: only in placeholders, and only for a field of the same script


def find_fact(facts: Facts, name: str, of_type: FactType) -> FactValue | None:
    """Return the fact; None: it is not known."""
    value = facts.get(name)
    match of_type:
        case FactType.TEXT:
            return value if isinstance(value, str) and value.strip() else None
        case FactType.YES_NO:
            return value if isinstance(value, bool) else None
        case FactType.LIST:
            return value if isinstance(value, tuple) and value else None
        case FactType.NUMBER:
            if isinstance(value, Decimal):
                return value if value.is_finite() else None
            return value if isinstance(value, int) and not isinstance(value, bool) else None
