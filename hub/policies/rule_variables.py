"""What a rule may read of a customer: the policy's attributes, and the name, tier and language.

The rule of this file: the types with which a rule is parsed, and the values with which it is asked, stand side by
side. Both come from the policy's attributes alone.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from hub.policies.attributes import VARIABLE_TYPES, AttributePolicy
from scripts_library.variables import CUSTOMER, Variables, VariableType, VariableTypes, VariableValue

_FIXED: Final = ("name", "tier", "language")


def list_rule_types(attributes: Mapping[str, AttributePolicy]) -> VariableTypes:
    """By the name of the variable, such as customer.city."""
    types = {CUSTOMER + name: VARIABLE_TYPES[one.type] for name, one in attributes.items()}
    return types | {CUSTOMER + name: VariableType.TEXT for name in _FIXED}


def read_variables(
    attributes: Mapping[str, AttributePolicy],
    fixed: Mapping[str, str],
    profile: Mapping[str, Any],
    of: Collection[str],
) -> Variables:
    """Those of the names `of`, such as city or tier, that are known. `fixed`: name, tier and language."""
    found: dict[str, VariableValue] = {}
    for name in of:
        value: VariableValue | None = fixed.get(name)
        if name not in _FIXED:
            attribute = attributes.get(name)
            value = attribute.read(profile.get(name)) if attribute is not None else None
        if value is not None:
            found[CUSTOMER + name] = value
    return found
