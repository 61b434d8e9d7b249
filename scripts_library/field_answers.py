"""Reads what an agent typed into a field, by the type of the field.

The rule of this file: an answer of any type is kept as text in one canonical form. So it can be stored, compared and
exported without the script.

    text    as typed, at most 2,000 characters, without space at its ends
    choice  the value of an option
    date    2026-11-22
    number  -12.5
    amount  10000.00, never negative
    yes_no  yes or no
"""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final, assert_never

from scripts_library.script_parts import Field, FieldType

MAX_ANSWER: Final = 2_000
_MAX_DIGITS: Final = 15
_MOST_AMOUNT = Decimal(10) ** (_MAX_DIGITS - 2)  # with its two decimals it can be read again


def parse_field_answer(field: Field, text: str) -> str | None:
    """Return the canonical form of an answer; None: the text is not a valid answer to this field. A number may have
    thousands separators, and the full-width digits and commas of a Chinese keyboard."""
    if len(text) > MAX_ANSWER:
        return None
    words = text.strip()
    match field.type:
        case FieldType.TEXT:
            words = words.replace("\r\n", "\n")
            return words if words and not any(map(_is_control, words)) else None
        case FieldType.CHOICE:
            return words if any(option.value == words for option in field.options) else None
        case FieldType.YES_NO:
            return words if words in ("yes", "no") else None
        case FieldType.DATE:
            return words if _is_date(words) else None
        case FieldType.NUMBER:
            number = _parse_number(words)
            return None if number is None else f"{number.normalize():f}"
        case FieldType.AMOUNT:
            amount = _parse_number(words)
            if amount is None or amount.is_signed() or amount >= _MOST_AMOUNT or amount != round(amount, 2):
                return None
            return f"{amount:.2f}"
        case _:
            assert_never(field.type)


def _is_control(character: str) -> bool:
    """Whether it is a character that no keyboard types: a control character other than a line break or a tab, or half
    of a surrogate pair."""
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs")


def _is_date(words: str) -> bool:
    if len(words) != 10 or words[4] != "-" or words[7] != "-":
        return False  # the standard library also reads forms like 2026-W47-7
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True


def _parse_number(words: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", words[:40])
    sign = "-" if plain.startswith("-") else ""
    whole, point, fraction = plain.removeprefix("-").partition(".")
    groups = whole.split(",")
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    digits = "".join(groups)
    if not (digits.isascii() and digits.isdigit() and len(digits) + len(fraction) <= _MAX_DIGITS):
        return None
    if point and not (fraction.isascii() and fraction.isdigit()):
        return None
    return Decimal(f"{sign}{digits}{point}{fraction}") + 0  # adding 0 turns minus zero into zero


def show_answer(field: Field, answer: str) -> str:
    """Return a canonical answer as it is shown within a sentence."""
    if field.type is FieldType.CHOICE:
        return next((option.label for option in field.options if option.value == answer), answer)
    if field.type is FieldType.AMOUNT:
        return f"{Decimal(answer):,.2f}"
    return answer
