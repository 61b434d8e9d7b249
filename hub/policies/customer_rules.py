"""The rules of the policy about customers: which tier they have, at which stage they are, and what warns of a loss.

The rule of this file: the rules are data and are checked whole with the policy. One that cannot be read, that nobody
can ever fulfil beside the others, or that reads what it decides, is named with its key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from hub.policies.names import Id, Names
from hub.policies.rule_claims import implies, is_impossible
from hub.toml_files.problems import Section, find_repeated, say_unknown
from hub.toml_files.toml_lines import Key
from scripts_library.condition_parsing import ANY_SEGMENT, parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import AnyOf, Condition, Contains, DaysSince, DaysUntil, list_leaves
from scripts_library.variables import VariableTypes

RuleText = Annotated[str, Field(min_length=1, max_length=4_000)]
Programme = Literal["acquire", "activate", "anti_attrition"]
TIER: Final = "customer.tier"
STAGE: Final = "customer.stage"
SIGN: Final = "customer.early_sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRulePolicy(Section):
    """Who has this tier. The highest tier whose rule holds wins; who fulfils none has the default tier."""

    tier: Id
    up: RuleText  # who enters it
    keeps: RuleText | Literal[""] = ""  # who stays in it, though `up` is no longer true; empty: nobody
    minimum_days: Annotated[int, Field(ge=0, le=3_650)] = 0  # no rule moves a customer who has it for a shorter time


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePolicy(Section):
    """The first stage in the order of the file whose rule holds wins; who fulfils none keeps theirs."""

    id: Literal["prospect", "new", "established", "at_risk", "lapsed"]
    names: Names
    group: Programme
    when: RuleText
    keeps: RuleText | Literal[""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarningPolicy(Section):
    """While it holds, the card shows its name as an early sign, and the customer's work is boosted."""

    id: Id
    names: Names
    when: RuleText
    boost_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSurroundings:
    """What the rules may name."""

    types: VariableTypes
    activity_kinds: Sequence[str]
    tiers: Mapping[str, int]  # their order
    default_tier: str


def check_rules(
    tier_rules: Sequence[TierRulePolicy],
    stages: Sequence[StagePolicy],
    warnings: Sequence[EarlyWarningPolicy],
    around: RuleSurroundings,
    *,
    is_written: bool,
) -> Iterator[tuple[Key, str]]:
    """`is_written`: a person writes them at this moment; a stored policy goes on though one of its rules never
    decides."""
    yield from find_repeated("tier_rules", "tier", [rule.tier for rule in tier_rules])
    yield from find_repeated("stages", "id", [stage.id for stage in stages])
    yield from find_repeated("early_warnings", "id", [warning.id for warning in warnings])
    for n, rule in enumerate(tier_rules):
        if rule.tier not in around.tiers:
            yield ("tier_rules", n, "tier"), say_unknown("a tier", around.tiers)
        elif rule.tier == around.default_tier:
            yield ("tier_rules", n, "tier"), "is the default tier, of whoever fulfils no rule: take this rule away"
    if tier_rules:
        ruled = {rule.tier for rule in tier_rules} | {around.default_tier}
        for n, tier in enumerate(around.tiers):
            if tier not in ruled:
                yield ("tiers", n, "id"), "is reached by no rule: add one to tier_rules, or take the tier away"
    parsed: dict[Key, Condition] = {}
    for key, text in list_texts(tier_rules, stages, warnings).items():
        try:
            parsed[key] = parse_condition(text, around.types, around.activity_kinds, ANY_SEGMENT)
        except ConditionError as error:
            yield key, f"column {error.column}: {error}"
    yield from check_circles(parsed)
    if not is_written:
        return
    for key, condition in parsed.items():
        if is_impossible(condition):
            yield key, "holds for nobody: two of its parts contradict each other"
    ordered = sorted(enumerate(tier_rules), key=lambda one: -around.tiers.get(one[1].tier, 0))
    claims = [(("tier_rules", n, "up"), rule.tier) for n, rule in ordered]
    yield from _check_claims(claims, parsed)
    yield from _check_claims([(("stages", n, "when"), stage.id) for n, stage in enumerate(stages)], parsed)


def list_texts(
    tier_rules: Sequence[TierRulePolicy], stages: Sequence[StagePolicy], warnings: Sequence[EarlyWarningPolicy]
) -> dict[Key, str]:
    """All conditions, by their keys."""
    texts: dict[Key, str] = {}
    for n, rule in enumerate(tier_rules):
        texts |= {("tier_rules", n, "up"): rule.up, ("tier_rules", n, "keeps"): rule.keeps}
    for n, stage in enumerate(stages):
        texts |= {("stages", n, "when"): stage.when, ("stages", n, "keeps"): stage.keeps}
    for n, warning in enumerate(warnings):
        texts[("early_warnings", n, "when")] = warning.when
    return {key: text for key, text in texts.items() if text}


def check_circles(parsed: Mapping[Key, Condition]) -> Iterator[tuple[Key, str]]:
    own = {"tier_rules": TIER, "stages": STAGE, "early_warnings": SIGN}
    reads = {key: set(_list_variables(condition)) for key, condition in parsed.items()}
    for key, names in reads.items():
        if own[str(key[0])] in names:
            yield key, f"reads {own[str(key[0])]}, which it decides itself: take that out"
    by_table = {
        table: set().union(*(names for key, names in reads.items() if key[0] == table)) & {*own.values()}
        for table in own
    }
    for key, names in reads.items():
        for table, decided in own.items():
            if table != key[0] and decided in names and own[str(key[0])] in by_table[table]:
                yield key, f"reads {decided}, whose rules read {own[str(key[0])]}: they would chase each other"


def _list_variables(condition: Condition) -> Iterator[str]:
    for leaf in list_leaves(condition):
        operand = leaf.variable if isinstance(leaf, Contains) else leaf.operand
        if isinstance(operand, DaysSince | DaysUntil):
            operand = operand.of
        if isinstance(operand, str):
            yield operand


def _check_claims(ordered: Sequence[tuple[Key, str]], parsed: Mapping[Key, Condition]) -> Iterator[tuple[Key, str]]:
    """A rule that holds only where earlier ones hold never decides."""
    for place, (key, _) in enumerate(ordered):
        mine = parsed.get(key)
        before = [(first, name) for at, name in ordered[:place] if (first := parsed.get(at)) is not None]
        if mine is None or is_impossible(mine):
            continue
        same = next((name for first, name in before if mine == first), None)
        above = next((name for first, name in before if implies(mine, first)), None)
        if same is not None:
            yield key, f'claims the same customers as "{same}", which comes before it: change one of them'
        elif above is not None:
            what = f'whoever fulfils it fulfils that of "{above}", which comes before it'
            yield key, f"is reached by nobody: {what}"
        elif before and implies(mine, AnyOf(tuple(first for first, _ in before))):
            names = ", ".join(f'"{name}"' for _, name in before)
            yield key, f"is reached by nobody: whoever fulfils it fulfils one of those before it ({names})"
