"""Says what is wrong with a value that a person wrote, and what to write instead, in that person's words.

The rule of this file: no sentence shows a regular expression, or the words of the library that checks values. None
repeats the value, which may be a secret. A sentence goes on after the key: "server.port: must be at most 65535".
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import AfterValidator
from pydantic_core import ErrorDetails, PydanticCustomError

NOT_WORDED: Final = "is not a value that this key takes: compare it with the key's description"


def written(pattern: str, says: str) -> AfterValidator:
    """The annotation of a text that matches the whole pattern. `says` completes "must be ...", for the person."""
    form = re.compile(pattern)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise PydanticCustomError("written", "must be {says}", {"says": says})
        return text

    return AfterValidator(check)


def say_error(error: ErrorDetails) -> str:
    """What one error of pydantic says, as a sentence."""
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "written":
            return error["msg"]
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
        case "missing":
            return "is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return "is not a key of this table: correct its spelling, or take it away"
        case "dataclass_type" if context.get("class_name") == "Secret":
            return 'is a secret and never stands in the file: write { env = "NAME" } or { file = "path" }'
        case "dataclass_type" | "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            return "must be a table"
        case "tuple_type" | "list_type":
            return "must be a list"
        case "string_type":
            return "must be a text in quotes"
        case "bool_type" | "bool_parsing":
            return "must be true or false, without quotes"
        case "int_type" | "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number, without quotes"
        case "float_type" | "float_parsing":
            return "must be a number, without quotes"
        case "finite_number":
            return "must be a number that is not infinite"
        case "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return "must be a date, such as 2026-12-24"
        case "base64_decode" | "bytes_type":
            return "must be base64"
        case "json_invalid":
            return "is not readable as JSON"
        case "literal_error" | "enum":
            return f"must be {context['expected']}".replace("''", "empty")
        case _:
            return _say_bound(kind, context)


def say_count(count: int, one: str, several: str = "") -> str:
    """1 day, 1,200 days. `several`: the plural, if it is more than `one` with an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def _say_bound(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than":
            return f"must be more than {_say_number(context['gt'])}"
        case "greater_than_equal":
            return f"must be at least {_say_number(context['ge'])}"
        case "less_than":
            return f"must be less than {_say_number(context['lt'])}"
        case "less_than_equal":
            return f"must be at most {_say_number(context['le'])}"
        case "string_too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_short":
            return f"must have at least {context['min_length']} characters"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_short" if context["min_length"] == 1:
            return "must not be empty: name at least one"
        case "too_short":
            return f"must name at least {context['min_length']}"
        case "too_long":
            return f"must name at most {context['max_length']}"
        case _:
            return NOT_WORDED


def _say_number(bound: float) -> str:
    """1.0 as 1."""
    return str(int(bound) if bound == int(bound) else bound)
