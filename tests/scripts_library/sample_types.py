"""The variables that the tests of this room may name: those of every hub, and some attributes.

The rule of this file: each type of variable is there.
"""

from scripts_library.variables import VARIABLES, VariableType

TYPES = {
    **VARIABLES,
    "customer.title": VariableType.TEXT,
    "customer.family_name": VariableType.TEXT,
    "customer.city": VariableType.TEXT,
    "customer.since_year": VariableType.NUMBER,
    "customer.segments": VariableType.LIST,
    "customer.products": VariableType.LIST,
    "customer.birthday": VariableType.DATE,
    "customer.is_staff": VariableType.YES_NO,
}
