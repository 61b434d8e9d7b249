"""What a rule may read of a customer: the policy's attributes, the name, tier and language, and what they agree to.

The rule of this file: the types with which a rule is parsed, and the values with which it is asked, stand side by
side. Both come from the policy alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from hub.policies.attributes import VARIABLE_TYPES, AttributePolicy
from hub.policies.consents import ConsentPolicy, Purpose
from hub.storage.consent_columns import NewestWish
from hub.storage.rule_columns import CONSENT
from routing.model import DAY
from scripts_library.variables import CUSTOMER, Variables, VariableType, VariableTypes, VariableValue

_FIXED: Final = ("name", "tier", "language")


def list_rule_types(attributes: Mapping[str, AttributePolicy]) -> VariableTypes:
    """By the name of the variable, such as customer.city."""
    types = {CUSTOMER + name: VARIABLE_TYPES[one.type] for name, one in attributes.items()}
    types |= {CUSTOMER + name: VariableType.TEXT for name in _FIXED}
    return types | {CONSENT + purpose: VariableType.YES_NO for purpose in get_args(Purpose)}


def read_variables(
    attributes: Mapping[str, AttributePolicy],
    fixed: Mapping[str, str],
    profile: Mapping[str, Any],
    of: Collection[str],
) -> Variables:
    """Those of the names `of`, such as city or tier, that are known. `fixed`: name, tier and language."""
    found: dict[str, VariableValue] = {}
    for name in of:
        value: VariableValue | None = None
        if name in _FIXED:
            value = fixed.get(name)
        elif (stored := profile.get(name)) is not None and (attribute := attributes.get(name)) is not None:
            value = attribute.read(stored)
        if value is not None:
            found[CUSTOMER + name] = value
    return found


def read_consents(wishes: Sequence[NewestWish], policies: Mapping[str, ConsentPolicy], now: int) -> Variables:
    """By variable, such as consent.marketing: yes if an address says so, no if none does and one says no. A yes that
    has run out says nothing."""
    found: dict[str, VariableValue] = {}
    for one in wishes:
        if one.act == "withdrawn":
            found.setdefault(CONSENT + one.purpose, False)
        elif (until := _find_end(one, policies)) is None or now < until:
            found[CONSENT + one.purpose] = True
    return found


def list_run_outs(wishes: Sequence[NewestWish], policies: Mapping[str, ConsentPolicy]) -> Iterator[int]:
    """The instants at which a yes runs out."""
    for one in wishes:
        if one.act == "given" and (until := _find_end(one, policies)) is not None:
            yield until


def find_limits(policies: Mapping[str, ConsentPolicy], now: int) -> Mapping[str, int]:
    """By purpose: a yes of this instant or before has run out. Without those that hold for ever."""
    return {name: now - one.runs_out_days * DAY for name, one in policies.items() if one.runs_out_days}


def _find_end(one: NewestWish, policies: Mapping[str, ConsentPolicy]) -> int | None:
    days = policies[one.purpose].runs_out_days if one.purpose in policies else 0
    return one.at + days * DAY if days else None
