"""Conditions: what they mean, what is refused when they are written, and that nothing surprises when they run."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts_library.condition_parsing import MAX_DEPTH, parse_condition
from scripts_library.condition_tokens import MAX_LENGTH, ConditionError
from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Contains,
    Facts,
    Has,
    Not,
    OneOf,
    Operator,
    evaluate,
    matches,
)
from scripts_library.variables import VariableType
from tests.scripts_library.drawn_conditions import draw_trees
from tests.scripts_library.sample_types import TYPES as SAMPLE

PIA = {
    "customer.name": "Pia Lindqvist",
    "customer.tier": "platinum",
    "customer.since_year": 2011,
    "customer.city": "  ",
    "customer.segments": ("traveller", "数字优先"),
    "customer.products": (),
}

TYPES = {**SAMPLE, "customer.value": VariableType.NUMBER}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('customer.tier == "platinum"', True),
        ("customer.tier == 'platinum'", True),
        ('customer.tier != "platinum"', False),
        ('customer.tier in ["gold", "platinum"]', True),
        ('customer.tier in ["gold"]', False),
        ("customer.since_year < 2011", False),
        ("customer.since_year <= 2011", True),
        ("customer.since_year > 2010.5", True),
        ("customer.since_year >= 2012", False),
        ("customer.since_year in [2010, 2011]", True),
        ("customer.since_year == 2011.0", True),
        ('"数字优先" in customer.segments', True),
        ('"vip" in customer.segments', False),
        ('"card" in customer.products', False),
        ("has(customer.tier)", True),
        ("has(customer.city)", False),
        ("has(customer.products)", False),
        ('customer.city == "Uppsala"', None),
        ('customer.city != "Uppsala"', None),
        ('!(customer.city == "Uppsala")', None),
        ('customer.city in ["Uppsala"]', None),
        ('customer.city == "Uppsala" || customer.tier == "platinum"', True),
        ('customer.city == "Uppsala" || customer.tier == "gold"', None),
        ('customer.city == "Uppsala" && customer.tier == "gold"', False),
        ('!("vip" in customer.products)', True),
        ('customer.tier == "gold" || customer.since_year > 0 && !has(customer.city)', True),
        ('(customer.tier == "gold" || customer.since_year > 0) && has(customer.city)', False),
        ("!!has(customer.tier)", True),
    ],
)
def test_a_condition_means_what_it_says_about_pia(text, holds):
    assert evaluate(parse_condition(text, TYPES), Facts(PIA), TYPES) is holds


def test_nothing_known_makes_every_comparison_and_its_negation_unknown():
    for text in ('customer.tier != "x"', "customer.since_year < 9999", 'customer.city in ["a"]'):
        assert evaluate(parse_condition(text, TYPES), Facts({}), TYPES) is None
        assert evaluate(parse_condition(f"!({text})", TYPES), Facts({}), TYPES) is None
        assert not matches(parse_condition(f"!({text})", TYPES), Facts({}), TYPES)


def test_a_variable_of_another_type_counts_as_not_known():
    strange = {"customer.tier": 3, "customer.since_year": True, "customer.segments": "traveller"}
    for text in ("has(customer.tier)", "has(customer.since_year)", '"traveller" in customer.segments'):
        assert not matches(parse_condition(text, TYPES), Facts(strange), TYPES)
    assert not matches(
        parse_condition("customer.since_year < 1", TYPES), Facts({"customer.since_year": Decimal("NaN")}), TYPES
    )


def test_other_variables_may_be_given_their_types():
    condition = parse_condition("customer.is_staff == true && customer.value >= -0.5", TYPES)
    assert matches(condition, Facts({"customer.is_staff": True, "customer.value": Decimal("-0.5")}), TYPES)
    assert not matches(condition, Facts({"customer.is_staff": False, "customer.value": Decimal(1)}), TYPES)
    assert not matches(condition, Facts({"customer.is_staff": 1, "customer.value": Decimal(1)}), TYPES)


def test_and_binds_closer_than_or_and_not_binds_closest():
    assert parse_condition('!has(customer.city) && has(customer.tier) || "a" in customer.segments', TYPES) == AnyOf(
        (
            AllOf((Not(Has("customer.city")), Has("customer.tier"))),
            Contains("customer.segments", "a"),
        )
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The name of a variable is missing"),
        ('customer.tyre == "x"', 'Did you mean "customer.tier"?'),
        ("customer.tier == 3", "is a text"),
        ('customer.since_year == "2011"', "is a number"),
        ("customer.since_year == true", "is a number"),
        ('customer.since_year in ["2011"]', "is a number"),
        ('customer.tier < "gold"', "cannot be compared with <"),
        ('customer.segments == "traveller"', 'write "..." in customer.segments'),
        ('customer.segments in ["traveller"]', 'write "..." in customer.segments'),
        ('"gold" in customer.tier', "is not a list"),
        ("3 in customer.segments", "is not a list"),
        ('"gold" == customer.tier', "name first"),
        ("customer.tier in []", "is missing before"),
        ('customer.tier in ["gold"', '"]" is missing'),
        ('customer.tier = "gold"', 'Equality is written "=="'),
        ('customer.tier == "gold" & has(customer.city)', '"And" is "&&"'),
        ('customer.tier == "gold" | has(customer.city)', '"Or" is "||"'),
        ('customer.tier == "gold" has(customer.city)', "|| is missing before it"),
        ("customer.tier == “gold”", "straight quotes"),
        ('customer.tier == "gold', "does not end"),
        (r'customer.tier == "go\"ld"', "backslash"),
        ("customer.tier", "A comparison like =="),
        ("customer.tier == customer.city", "is missing before"),
        ("has(customer.tier", '")" is missing'),
        ("has(3)", "The name of a variable is missing"),
        ("has(has(customer.tier))", '"has" is not known'),
        ("size(customer.segments) > 1", '"size" is not known'),
        ("__import__('os')", "is not known"),
        ("answer.sum > 3", "is not known"),
        ("(" * (MAX_DEPTH + 1) + "has(customer.tier)" + ")" * (MAX_DEPTH + 1), "at most 16 nested"),
        ("!" * (MAX_DEPTH + 1) + "has(customer.tier)", "at most 16 nested"),
        (" " * (MAX_LENGTH + 1), "at most"),
        ("customer.since_year == 1e9", "|| is missing before it"),
        ("customer.since_year == ١", "has no meaning"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_written(text, words):
    with pytest.raises(ConditionError) as error:
        parse_condition(text, TYPES)
    assert words in str(error.value)


TEXT_VARIABLES = st.sampled_from(sorted(name for name, kind in TYPES.items() if kind is VariableType.TEXT))
LIST_VARIABLES = st.sampled_from(sorted(name for name, kind in TYPES.items() if kind is VariableType.LIST))
TEXTS = st.text(alphabet="abé金 |&()", max_size=4)
NUMBERS = st.integers(-9999, 9999) | st.decimals("-99", "99", places=2)
EQUALITY = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
LEAVES = st.one_of(
    st.builds(Has, TEXT_VARIABLES | LIST_VARIABLES),
    st.builds(Compare, TEXT_VARIABLES, EQUALITY, TEXTS),
    st.builds(Compare, st.just("customer.since_year"), st.sampled_from(Operator), NUMBERS),
    st.builds(OneOf, TEXT_VARIABLES, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    st.builds(Contains, LIST_VARIABLES, TEXTS),
)
TREES = draw_trees(LEAVES, 6)
KNOWN = st.dictionaries(
    st.sampled_from(sorted(TYPES)),
    TEXTS | NUMBERS | st.booleans() | st.lists(TEXTS, max_size=3).map(tuple) | st.none(),
)


def in_words(condition):
    match condition:
        case Has(variable):
            return f"has({variable})"
        case Compare(variable, operator, value):
            return f"{variable} {operator} {literal(value)}"
        case OneOf(variable, values):
            return f"{variable} in [{', '.join(map(literal, values))}]"
        case Contains(variable, text):
            return f"{literal(text)} in {variable}"
        case Not(part):
            return f"!({in_words(part)})"
        case AllOf(parts):
            return " && ".join(f"({in_words(part)})" for part in parts)
        case AnyOf(parts):
            return " || ".join(f"({in_words(part)})" for part in parts)


def literal(value):
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(TREES)
def test_a_condition_written_down_is_read_as_the_same_condition(tree):
    text = in_words(tree)
    if len(text) <= MAX_LENGTH:
        assert parse_condition(text, TYPES) == tree


@given(TREES, KNOWN)
def test_the_negation_of_a_condition_has_the_other_answer_and_of_unknown_unknown(tree, variables):
    answer = evaluate(tree, Facts(variables), TYPES)
    assert evaluate(Not(tree), Facts(variables), TYPES) is (None if answer is None else not answer)


@given(st.text(max_size=60) | st.text(alphabet="has()!&|=<>[]\"', .custoertin10", max_size=60))
def test_any_text_is_a_condition_or_a_condition_error(text):
    try:
        condition = parse_condition(text, TYPES)
    except ConditionError:
        return
    assert evaluate(condition, Facts(PIA), TYPES) in (True, False, None)
