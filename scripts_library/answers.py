"""Typed answers: what an agent typed, read as what its field wants.

The rule of this file: an answer is kept as text in one canonical form, whatever its type, so that it can be
stored, compared and exported without knowing the script.

    text    as typed, at most 2,000 characters, no space around it
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

from scripts_library.model import Field, FieldType

MAX_ANSWER: Final = 2_000
_MAX_DIGITS: Final = 15


def parse_answer(field: Field, text: str) -> str | None:
    """The canonical form; None where the text is no answer to this field. Full-width digits and commas, as a
    Chinese keyboard types them, and thousands separators are understood."""
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
            if amount is None or amount.is_signed() or amount != round(amount, 2):
                return None
            return f"{amount:.2f}"
        case _:
            assert_never(field.type)


def _is_control(character: str) -> bool:
    """What no keyboard types: control characters but line breaks and tabs, and halves of surrogate pairs."""
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
    return Decimal(f"{sign}{digits}{point}{fraction}") + 0  # plus nothing: minus zero is zero


def show_answer(field: Field, answer: str) -> str:
    """A canonical answer as words in a sentence."""
    if field.type is FieldType.CHOICE:
        return next((option.label for option in field.options if option.value == answer), answer)
    if field.type is FieldType.AMOUNT:
        return f"{Decimal(answer):,.2f}"
    return answer
