"""All rules that are asked about customers, by what they read.

The rule of this file: a change of a customer concerns the rules that read what changed, and no other. Rules of one
group are asked together, because one decision needs all their answers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Final

from hub.storage.activities import NAME
from hub.storage.consents import NAME as CONSENTS
from hub.storage.rule_columns import CONSENT
from hub.storage.rule_due import ALL
from scripts_library.condition_binding import depends_on_time
from scripts_library.conditions import Condition, Contains, DaysSince, DaysUntil, Measure, list_leaves
from scripts_library.variables import CUSTOMER

_MOST_KEPT: Final = 200  # sets of changed names whose rules are remembered


@dataclass(frozen=True)  # without slots: it remembers what it has found out of its condition
class Rule:
    """`id`: of one rule for good, such as tier:gold:up. `group`: rules that are asked together; empty: it alone.
    `is_counted`: its owner asks all customers about it where it is new, so no round is needed for that."""

    id: str
    condition: Condition  # as it was parsed, not bound
    group: str = ""
    may_fall_due: bool = False  # something beside the condition may make its group due with time
    is_counted: bool = False

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names as `mark_due` takes them: city, tier, activity/payment."""
        return frozenset(list_names(self.condition))

    @cached_property
    def is_timed(self) -> bool:
        return self.may_fall_due or depends_on_time(self.condition) or reads_consents([self])

    @cached_property
    def has_hours(self) -> bool:
        return any(
            isinstance(operand := getattr(leaf, "operand", None), Measure)
            and operand.window is not None
            and operand.window.unit == "hour"
            for leaf in list_leaves(self.condition)
        )


class RuleSet:
    """Rules in the order in which they are asked."""

    def __init__(self, rules: Sequence[Rule], zone: tzinfo) -> None:
        self.rules = tuple(rules)
        self.zone = zone
        self._groups: dict[str, list[int]] = defaultdict(list)
        self._readers: dict[str, set[int]] = defaultdict(set)
        for place, rule in enumerate(self.rules):
            self._groups[rule.group or rule.id].append(place)
            for name in rule.reads:
                self._readers[name].add(place)
        self._affected: dict[frozenset[str], tuple[Rule, ...]] = {}

    @cached_property
    def timed(self) -> tuple[Rule, ...]:
        """Those whose answers may change with time alone, with their groups."""
        return self._whole_groups(place for place, rule in enumerate(self.rules) if rule.is_timed)

    def find_affected(self, changed: frozenset[str]) -> tuple[Rule, ...]:
        """The rules to ask after these names have changed; without names, those that time may have changed."""
        if ALL in changed:
            return self.rules
        if not changed:
            return self.timed
        found = self._affected.get(changed)
        if found is None:
            found = self._whole_groups(place for name in changed for place in self._readers.get(name, ()))
            if len(self._affected) >= _MOST_KEPT:
                self._affected.clear()
            self._affected[changed] = found
        return found

    def _whole_groups(self, places: Iterable[int]) -> tuple[Rule, ...]:
        groups = {self.rules[place].group or self.rules[place].id for place in places}
        return tuple(self.rules[place] for place in sorted({p for group in groups for p in self._groups[group]}))


def list_names(condition: Condition) -> Iterable[str]:
    """What the condition reads: variables without `customer.`, kinds of activities, and purposes of consents."""
    for leaf in list_leaves(condition):
        operand = leaf.variable if isinstance(leaf, Contains) else leaf.operand
        if isinstance(operand, DaysSince | DaysUntil):
            operand = operand.of
        if isinstance(operand, str):
            is_consent = operand.startswith(CONSENT)
            yield CONSENTS + operand.removeprefix(CONSENT) if is_consent else operand.removeprefix(CUSTOMER)
        else:
            yield NAME + operand.kind


def list_kinds(rules: Iterable[Rule]) -> frozenset[str]:
    """The kinds of activities that these rules count."""
    return frozenset(name.removeprefix(NAME) for rule in rules for name in rule.reads if name.startswith(NAME))


def reads_consents(rules: Iterable[Rule]) -> bool:
    """Whether one of them may change its answer because a customer agrees, takes that back, or a yes runs out."""
    return any(name.startswith(CONSENTS) for rule in rules for name in rule.reads)


def list_variables(rules: Iterable[Rule]) -> Collection[str]:
    """The names of the variables that these rules read, without `customer.`"""
    return frozenset(name for rule in rules for name in rule.reads if not name.startswith(NAME))
