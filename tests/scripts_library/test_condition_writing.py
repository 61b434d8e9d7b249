"""A condition that is written as text means what it meant."""

import pytest

from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.condition_writing import write_condition
from tests.scripts_library.sample_types import TYPES

KINDS = ("payment", "contact")


@pytest.mark.parametrize(
    "text",
    [
        'customer.city == "Åre" && !("staff" in customer.segments)',
        "!(!(customer.since_year > 2011.5)) || has(customer.city) && !has(customer.birthday)",
        'count("contact/phone", within("30 days")) >= 2 || (days_since(last("payment")) > 60)',
        'sum("payment", not_within("6 months")) < -3.25 && first("payment") != date("2026-01-31")',
        """customer.city in ["a", 'say "b"'] || customer.is_staff == true""",
        'days_until(customer.birthday) in [1, 2] && (customer.city == "x" || customer.city == "y")',
        'in_segment("loyal") && !in_segment("loyal")',
    ],
)
def test_it_is_parsed_to_the_same_condition(text: str) -> None:
    parsed = parse_condition(text, TYPES, KINDS, ["loyal"])
    assert parse_condition(write_condition(parsed), TYPES, KINDS) == parsed


def test_a_segment_that_nobody_knows_is_refused_with_the_one_that_may_be_meant() -> None:
    with pytest.raises(ConditionError, match="Did you mean") as refused:
        parse_condition('has(customer.city) && in_segment("loyl")', TYPES, (), ["loyal", "silent"])
    assert refused.value.column == 34
    with pytest.raises(ConditionError, match="no live segment"):
        parse_condition('in_segment("loyal")', TYPES)
