"""Rules made ready to be asked of many customers: what they read, their answers, and when time changes one.

The rule of this file: what depends on the rules and the day alone is worked out once a day, and for rules with a
window of hours once for each instant.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from hub.rules.rule_set import Rule, RuleSet, list_kinds, list_variables, reads_consents
from scripts_library.condition_binding import bind
from scripts_library.condition_compiling import compile_answer, compile_next_change
from scripts_library.conditions import Measured
from scripts_library.rule_time import find_date
from scripts_library.variables import Variables, VariableTypes

_MOST_KEPT: Final = 200  # sets of rules that are ready


class CompiledRules:
    """These rules at this instant. `kinds`: of the activities that they count; `names`: of the variables."""

    def __init__(self, rules: Sequence[Rule], of: RuleSet, types: VariableTypes, now: int) -> None:
        self.kinds, self.names, self.reads_consents = list_kinds(rules), list_variables(rules), reads_consents(rules)
        self._answers = [(rule.id, compile_answer(bind(rule.condition, now, of.zone), types)) for rule in rules]
        timed = [rule.condition for rule in rules if rule.is_timed]
        self._find_next = compile_next_change(timed, now, of.zone, types)

    def answer(self, variables: Variables, activities: Measured) -> dict[str, bool | None]:
        """By rule id, in the order of the rules."""
        return {rule_id: answer(variables, activities) for rule_id, answer in self._answers}

    def find_next(self, variables: Variables, activities: Measured, now: int) -> int | None:
        """When time alone may change one of the answers; None: never."""
        return self._find_next(variables, activities, now)


class RuleCompiler:
    def __init__(self, rules: RuleSet, types: VariableTypes) -> None:
        self._rules, self._types = rules, types
        self._now, self._today = 0, find_date(0, rules.zone)
        self._ready: dict[tuple[str, ...], tuple[date | int, CompiledRules]] = {}  # with the time of which they are

    def compile(self, rules: Sequence[Rule], now: int) -> CompiledRules:
        """`rules`: some of the rule set."""
        if now != self._now:
            self._now, self._today = now, find_date(now, self._rules.zone)
        key = tuple([rule.id for rule in rules])
        if key in self._ready:
            of, ready = self._ready[key]
            if of in (now, self._today):
                return ready
        if len(self._ready) >= _MOST_KEPT:
            self._ready.clear()
        ready = CompiledRules(rules, self._rules, self._types, now)
        self._ready[key] = (now if any(rule.has_hours for rule in rules) else self._today, ready)
        return ready
