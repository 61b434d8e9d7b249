"""The variables that a placeholder or a condition may name, with their types.

The rule of this file: a script can read only the variables that are listed here, and the customer's attributes, which
the policy declares. The shell provides the values that it knows and leaves out the others. A value that is missing,
blank or of another type counts as *not known*. A list is always known: where nothing is said, there is nothing in it.
"""

from collections.abc import Callable, Iterable, Mapping
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

PURPOSE: Final = "interaction.purpose"  # what the caller chose in a menu; no placeholder says it, since it is a code

# There whatever the policy declares. The attribute "city" is "customer.city" beside them
VARIABLES: Final[VariableTypes] = MappingProxyType(
    {
        "customer.name": VariableType.TEXT,
        "customer.tier": VariableType.TEXT,
        "customer.language": VariableType.TEXT,
        "agent.name": VariableType.TEXT,
        "interaction.channel": VariableType.TEXT,
        "interaction.queue": VariableType.TEXT,
        PURPOSE: VariableType.TEXT,
        "organisation.name": VariableType.TEXT,
        "customer.holdings": VariableType.LIST,  # the products that they hold at present, each once
        "customer.accounts": VariableType.LIST,  # the numbers of what they hold
    }
)

CUSTOMER: Final = "customer."
ANSWER: Final = "answer."  # answer.<field>: only in steps, and only of a field of the same script
HOLDINGS: Final = "customer.holdings"
ACCOUNTS: Final = "customer.accounts"
OF_ACCOUNTS: Final = "customer.products_of_accounts"  # in the order of the accounts; no author writes it
PRODUCT: Final = "product."  # product.<field>: only in steps; of the account that was chosen
DERIVED: Final = "derived."  # derived.<name>: only in steps
OUTCOME: Final = "outcome."  # outcome.<step>: only in steps; with which the sub-script of that step ended
SCORE: Final = "score."  # score.<name>: only in steps; it is always known
SEGMENT: Final = "segment."  # segment.<id>: what in_segment("<id>") asks; no author writes it
_ANY: Final = SEGMENT + "*"
ANY_SEGMENT_TYPES: Final[VariableTypes] = MappingProxyType({_ANY: VariableType.YES_NO})
"""For whoever cannot know which segments there are: each may be named."""


def type_segments(ids: Iterable[str]) -> VariableTypes:
    """The variables of these segments: whether the customer is in them."""
    return {SEGMENT + one: VariableType.YES_NO for one in ids}


def find_type(types: VariableTypes, name: str) -> VariableType | None:
    """The type of the variable; None: it may not be named."""
    found = types.get(name)
    return types.get(_ANY) if found is None and name.startswith(SEGMENT) else found


def find_shown(variables: Variables, name: str) -> VariableValue | None:
    """As `find_variable`, of the type that the value has itself. Yes and no do not fit into a sentence."""
    match variables.get(name):
        case bool() | None:
            return None
        case str():
            return find_variable(variables, name, VariableType.TEXT)
        case tuple():
            return find_variable(variables, name, VariableType.LIST)
        case date():
            return find_variable(variables, name, VariableType.DATE)
        case _:
            return find_variable(variables, name, VariableType.NUMBER)


def find_variable(variables: Variables, name: str, of_type: VariableType) -> VariableValue | None:
    """Return the variable; None: it is not known."""
    return READERS[of_type](variables.get(name))


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _read_yes_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_list(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()


def _read_date(value: object) -> date | None:
    if not isinstance(value, date) or isinstance(value, datetime):
        return None
    return value if EARLIEST <= value < LATEST else None


def _read_number(value: object) -> int | Decimal | None:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


READERS: Final[Mapping[VariableType, Callable[[object], VariableValue | None]]] = MappingProxyType(
    {
        VariableType.TEXT: _read_text,
        VariableType.NUMBER: _read_number,
        VariableType.YES_NO: _read_yes_no,
        VariableType.DATE: _read_date,
        VariableType.LIST: _read_list,
    }
)
"""By type: the value of a variable, or of one that is missing, as conditions compare it; None: it is not known."""
