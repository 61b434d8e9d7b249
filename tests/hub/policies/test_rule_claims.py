"""Rules that claim the same customers, and rules that hold for nobody: found by their form, and never wrongly."""

from decimal import Decimal
from random import Random

import pytest

from hub.policies.rule_claims import implies, is_impossible
from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_parsing import parse_condition
from scripts_library.conditions import Condition, Facts, evaluate
from scripts_library.variables import Variables, VariableType, VariableTypes

TYPES: VariableTypes = {
    "customer.value": VariableType.NUMBER,
    "customer.city": VariableType.TEXT,
    "customer.holds": VariableType.LIST,
}


def parse(text: str) -> Condition:
    return parse_condition(text, TYPES)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("customer.value >= 5000", "customer.value >= 1000"),
        ("customer.value > 5", "customer.value >= 5"),
        ("customer.value == 7", "customer.value > 5"),
        ("customer.value < 3", "customer.value != 4"),
        ('customer.city == "Lund"', 'customer.city in ["Lund", "Malmö"]'),
        ('customer.city in ["Lund", "Ystad"]', '!(customer.city in ["Malmö"])'),
        ("!(customer.value < 5)", "customer.value >= 5"),
        ('"card" in customer.holds', "has(customer.holds)"),
        ("customer.value > 1", "has(customer.value)"),
        ('customer.value > 7 && customer.city == "Lund"', "customer.value > 5"),
        ("customer.value > 7 || customer.value > 8", "customer.value > 5 || customer.value < 1"),
    ],
)
def test_a_rule_that_holds_only_where_another_holds_is_found(narrow: str, wide: str) -> None:
    assert implies(parse(narrow), parse(wide))
    assert not implies(parse(wide), parse(narrow)) or narrow.startswith("!(customer.value")


@pytest.mark.parametrize(
    "text",
    [
        "customer.value > 5 && customer.value < 3",
        "customer.value >= 5 && customer.value < 5",
        'customer.city == "Lund" && customer.city == "Malmö"',
        "has(customer.value) && !has(customer.value)",
        '(customer.value > 5 && customer.value == 2) || (customer.city == "A" && customer.city != "A")',
    ],
)
def test_a_rule_whose_parts_contradict_each_other_is_found(text: str) -> None:
    assert is_impossible(parse(text))


def write(random: Random, depth: int) -> str:
    if depth and random.random() < 0.6:
        sign = random.choice([" && ", " || "])
        text = sign.join(write(random, depth - 1) for _ in range(random.randrange(2, 4)))
        return f"!({text})" if random.random() < 0.2 else f"({text})"
    match random.randrange(6):
        case 0 | 1 | 2:
            text = f"customer.value {random.choice(['<', '<=', '>', '>=', '==', '!='])} {random.randrange(4)}"
        case 3:
            names = random.sample(['"a"', '"b"', '"c"'], random.randrange(1, 3))
            text = f"customer.city in [{', '.join(names)}]"
        case 4:
            text = f'"{random.choice("xy")}" in customer.holds'
        case _:
            text = f"has(customer.{random.choice(['value', 'city', 'holds'])})"
    return f"!({text})" if random.random() < 0.2 else text


def test_what_is_said_of_random_rules_is_true_of_every_customer() -> None:
    everybody: list[Variables] = [
        {
            name: value
            for name, value in (("customer.value", number), ("customer.city", city), ("customer.holds", holds))
            if value is not None
        }
        for number in (
            None,
            Decimal(-1),
            Decimal(0),
            Decimal("0.5"),
            Decimal(1),
            Decimal(2),
            Decimal("2.5"),
            Decimal(4),
        )
        for city in (None, "a", "b", "d")
        for holds in (None, ("x",), ("x", "y"))
    ]
    known, random, found = [Facts(one, ActivityIndex(())) for one in everybody], Random(6), 0

    def hold(condition: Condition) -> list[bool]:
        return [evaluate(condition, facts, TYPES) is True for facts in known]

    for _ in range(400):
        one, other = parse(write(random, 2)), parse(write(random, 1))
        if is_impossible(one):
            found += 1
            assert not any(hold(one)), one
        if implies(one, other):
            found += 1
            assert all(wide or not narrow for narrow, wide in zip(hold(one), hold(other), strict=True)), (one, other)
    assert found > 20
