"""What a person types for an attribute is kept, or refused with a sentence that says its form."""

from typing import Any

import pytest

from hub.policies.attribute_values import LONGEST_TEXT, PROBLEMS, find_value_problem
from hub.policies.attributes import AttributePolicy, ChoicePolicy

NAMES = {"en": "One"}
CHOICES = (ChoicePolicy(value="sms", names=NAMES),)


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("text", "Umeå", ""),
        ("text", None, ""),
        ("text", " ", "not_a_text"),
        ("text", 3, "not_a_text"),
        ("text", "a" * (LONGEST_TEXT + 1), "too_long"),
        ("number", -2.5, ""),
        ("number", True, "not_a_number"),
        ("money", "much", "not_a_number"),
        ("money", float("nan"), "not_a_number"),
        ("number", float("inf"), "too_large"),
        ("number", 10**400, "too_large"),
        ("money", 10**13, "too_large"),
        ("date", "2026-11-29", ""),
        ("date", "2026-02-30", "not_a_date"),
        ("choice", "sms", ""),
        ("choice", "fax", "not_a_choice"),
        ("yes_no", False, ""),
        ("yes_no", "no", "not_yes_or_no"),
        ("list", ["卡", "Loan"], ""),
        ("list", ["a"] * 51, "not_a_list"),
        ("list", ["a", ""], "not_a_list"),
        ("list", "a", "not_a_list"),
    ],
)
def test_a_value_fits_its_type_or_is_refused_by_name(type_: Any, value: Any, code: str) -> None:
    attribute = AttributePolicy(type=type_, names=NAMES, choices=CHOICES if type_ == "choice" else ())
    problem = find_value_problem("one", attribute, value)
    assert (problem.code if problem else "") == code
    assert problem is None or problem.sentence == PROBLEMS[code]


@pytest.mark.parametrize(
    ("name", "good", "bad", "code"),
    [
        ("contact_hours", "09:00-17:30", "9-17", "not_hours"),
        ("contact_hours", "22:00-06:00", "09:00-25:00", "not_hours"),
        ("time_zone", "Asia/Shanghai", "China", "not_a_time_zone"),
        ("language", "zh-CN", "Chinese", "not_a_language"),
        ("language", "zh-Hant-TW", "zh-abcdefgh-abcdefgh", "too_long"),
        ("name", "林" * 200, "林" * 500, "too_long"),
        ("given_name", "a" * 99, "a" * 100, "too_long"),
    ],
)
def test_a_text_that_the_hub_reads_itself_has_a_form(name: str, good: str, bad: str, code: str) -> None:
    attribute = AttributePolicy(type="text", names=NAMES)
    assert find_value_problem(name, attribute, good) is None
    problem = find_value_problem(name, attribute, bad)
    assert problem is not None
    assert problem.code == code
