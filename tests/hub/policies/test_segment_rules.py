"""Segments of segments are written out, mean what they say, and cannot go in circles."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policies.segment_rules import MOST_COMPARISONS, SegmentRefused, SegmentRules, hold
from scripts_library.conditions import Compare, Condition, Contains, Facts, Has, Operator, evaluate
from scripts_library.variables import VariableType
from tests.scripts_library.drawn_conditions import draw_trees

TYPES = {
    "customer.city": VariableType.TEXT,
    "customer.value": VariableType.NUMBER,
    "customer.segments": VariableType.LIST,
}
LEAVES = st.one_of(
    st.just(Has("customer.city")),
    st.builds(Compare, st.just("customer.city"), st.just(Operator.EQUAL), st.sampled_from("ab")),
    st.builds(Compare, st.just("customer.value"), st.sampled_from(Operator), st.integers(0, 2)),
    st.builds(Contains, st.just("customer.segments"), st.sampled_from("xy")),
)

CONDITIONS = draw_trees(LEAVES, 8)
CUSTOMERS = st.fixed_dictionaries(
    {},
    optional={
        "customer.city": st.sampled_from("ab"),
        "customer.value": st.integers(0, 2),
        "customer.segments": st.lists(st.sampled_from("xy"), unique=True).map(tuple),
    },
)


@settings(max_examples=200, database=None)
@given(CONDITIONS, CUSTOMERS)
def test_what_is_held_is_true_where_the_condition_is_and_false_elsewhere(
    condition: Condition, known: Mapping[str, object]
) -> None:
    facts = Facts(known)
    assert evaluate(hold(condition), facts, TYPES) is (evaluate(condition, facts, TYPES) is True)


def read(**definitions: str) -> SegmentRules:
    return SegmentRules(TYPES, ["payment"], definitions)


def ask(rules: SegmentRules, segment_id: str, **known: object) -> bool:
    facts = Facts({f"customer.{name}": value for name, value in known.items()})
    return evaluate(rules.rules[segment_id].condition, facts, TYPES) is True


def test_a_segment_of_segments_asks_for_the_other_definition() -> None:
    rules = read(
        rich="customer.value >= 2",
        not_rich='!in_segment("rich")',
        both='in_segment("rich") && !in_segment("not_rich")',
    )
    assert not rules.problems
    assert ask(rules, "rich", value=2) and ask(rules, "both", value=2) and not ask(rules, "not_rich", value=2)
    assert ask(rules, "not_rich") and not ask(rules, "rich")  # who is not known to be rich is not in that segment
    assert rules.list_readers("rich") == ["both", "not_rich"]
    assert rules.rules["both"].names == {"rich", "not_rich"}


def test_a_mark_in_the_profile_counts_as_well() -> None:
    rules = read(marked='"rich" in customer.segments', rich="customer.value >= 2")
    assert ask(rules, "marked", segments=("rich",)) and ask(rules, "marked", value=2) and not ask(rules, "marked")


def test_a_circle_is_refused_with_its_path() -> None:
    rules = read(
        a='in_segment("b")', b='has(customer.city) && in_segment("c")', c='in_segment("a")', d="has(customer.city)"
    )
    assert rules.problems["a"] == "The segments name each other in a circle: a → b → c → a. Take one of them out."
    assert sorted(rules.problems) == ["a", "b", "c"] and list(rules.rules) == ["d"]
    with pytest.raises(SegmentRefused, match="x → x"):
        read().read("x", 'in_segment("x")')


def test_a_mistake_is_told_at_its_column_with_what_was_meant() -> None:
    with pytest.raises(SegmentRefused, match=r"customer\.city") as refused:
        read().read("x", "has(customer.value) && has(customer.ctiy)")
    assert refused.value.column == 28


def test_one_that_grows_beyond_measure_is_refused_at_once() -> None:
    definitions = {"s0": " || ".join(["customer.value > 0"] * 20)}
    for number in range(1, 9):
        definitions[f"s{number}"] = " || ".join([f'in_segment("s{number - 1}")'] * 20)
    began = time.perf_counter()
    rules = read(**definitions)
    assert time.perf_counter() - began < 2  # 20 to the ninth would take years
    assert "s0" in rules.rules and "s8" in rules.problems
    assert str(MOST_COMPARISONS) in rules.problems["s8"]
