"""A value that a person or a program gives to an attribute: checked by its type before it is kept.

The rule of this file: what is refused is said in a sentence that names the value's form; screens have their own words
for each code. `AttributePolicy.read` is the same check for what is stored, without words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from hub.clock import list_time_zones
from hub.policies.attributes import MOST, AttributePolicy

LONGEST_TEXT: Final = 2_000  # characters
LONGEST_TEXTS: Final[Mapping[str, int]] = {  # what the customer's row holds, and a name out of its two parts
    "name": 200,
    "given_name": 99,
    "family_name": 99,
    "language": 16,
    "owner": 64,
}
MOST_TEXTS: Final = 50  # of a list
_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """Why a value is not kept. `code`: for screens, which have words for it."""

    code: str
    sentence: str


PROBLEMS: Final[Mapping[str, str]] = {
    "not_a_text": "This must be a text.",
    "too_long": f"This text is too long. A text has at most {LONGEST_TEXT} characters, a name at most 200.",
    "not_a_number": "This must be a number, such as 1250.50.",
    "too_large": "This number is too large.",
    "not_a_date": "This must be a day of the calendar, such as 2026-11-29.",
    "not_a_choice": "This is none of the choices.",
    "not_yes_or_no": "This must be yes or no.",
    "not_a_list": f"This must be a list of at most {MOST_TEXTS} texts.",
    "not_hours": "Hours are written 09:00-17:00.",
    "not_a_time_zone": "This is no time zone: write a name such as Europe/Stockholm or Asia/Shanghai.",
    "not_a_language": "A language is a code such as en or zh-CN.",
    "not_staff": "Nobody of the staff signs in under this name.",
    "needed": "This cannot be empty.",
    "no_attribute": "The policy has no such attribute.",
}


def name_problem(code: str) -> ValueProblem:
    return ValueProblem(code, PROBLEMS[code])


_FORMS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {  # of texts that the hub reads itself
    "contact_hours": ("not_hours", _HOURS.fullmatch),
    "time_zone": ("not_a_time_zone", lambda text: text in list_time_zones()),
    "language": ("not_a_language", _LANGUAGE.fullmatch),
}


def find_value_problem(name: str, attribute: AttributePolicy, value: Any) -> ValueProblem | None:
    """None if the attribute of this name may have the value, as JSON has it. None as a value takes it away."""
    if value is None:
        return None
    match attribute.type, value:
        case ("text", str(text)):
            most = LONGEST_TEXTS.get(name, LONGEST_TEXT)
            code = "not_a_text" if not text.strip() else "too_long" if len(text) > most else ""
        case ("text", _):
            code = "not_a_text"
        case ("number" | "money", int() | float()) if not isinstance(value, bool):
            code = "too_large" if abs(value) > MOST else "not_a_number" if isnan(value) else ""
        case ("number" | "money", _):
            code = "not_a_number"
        case ("list", list(texts)) if all(isinstance(one, str) and one.strip() for one in texts):
            is_long = len(texts) > MOST_TEXTS or any(len(one) > LONGEST_TEXT for one in texts)
            code = "not_a_list" if is_long else ""
        case ("list", _):
            code = "not_a_list"
        case _:
            codes = {"date": "not_a_date", "choice": "not_a_choice", "yes_no": "not_yes_or_no"}
            code = "" if attribute.read(value) is not None else codes[attribute.type]
    refusal, fits = _FORMS.get(name, ("", None))
    if not code and fits is not None and not fits(value):
        code = refusal
    return name_problem(code) if code else None
