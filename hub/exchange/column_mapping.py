"""What the columns of a file mean, and what a cell says.

The rule of this file: a cell that does not fit its column is refused with the reason, and never bent until it fits.
An empty cell says nothing: it changes nothing.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import orjson
import phonenumbers

from hub.exchange import told_activities, told_consents
from hub.exchange.table_files import Cell
from hub.policies.attributes import AttributePolicy

NAME, LANGUAGE, PHONE, MAILBOX, CUSTOMER = "name", "language", "phone", "email", "customer_id"
# what a column may be beside an attribute
FACTS: Final = (CUSTOMER, NAME, LANGUAGE, PHONE, MAILBOX, *told_consents.TARGETS, *told_activities.TARGETS)
SKIP: Final = ""
_KNOWN_AS: Final[Mapping[str, tuple[str, ...]]] = {
    CUSTOMER: ("customer id", "customer", "id", "客户编号", "客户号"),
    NAME: ("name", "full name", "customer name", "姓名", "名字", "客户姓名"),
    LANGUAGE: ("language", "lang", "语言"),
    PHONE: ("phone", "mobile", "telephone", "tel", "cell", "number", "电话", "手机", "手机号", "联系电话"),
    MAILBOX: ("email", "mail", "mailbox", "邮箱", "电子邮件"),
    told_activities.KIND: ("activity", "activity kind", "活动", "活动类型"),
    told_activities.AT: ("activity at", "activity date", "活动日期"),
    told_activities.AMOUNT: ("activity amount", "活动金额"),
    told_activities.LABEL: ("activity label", "活动标签"),
    told_activities.REFERENCE: ("activity reference", "活动流水号"),
}
_ATTRIBUTES_KNOWN_AS: Final[Mapping[str, tuple[str, ...]]] = {  # besides their own names, which come first
    "given_name": ("first name", "forename"),
    "family_name": ("last name", "surname", "姓氏"),
}
_YES: Final = ("yes", "y", "true", "1", "是", "ja", "x")
_NO: Final = ("no", "n", "false", "0", "否", "nej")
_MAILBOX: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST: Final = 320
MOST_PARTS: Final = 100  # of a list
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet would compute


class CellProblem(StrEnum):
    """Why a cell is refused."""

    TOO_LONG = "too_long"
    CHARACTERS = "characters"  # control characters
    COUNTRY = "country"  # a telephone number without its country
    PHONE = "phone"  # no telephone number that can exist
    MAILBOX = "mailbox"
    LANGUAGE = "language"
    NUMBER = "number"
    SEPARATOR = "separator"  # 1,234 is a thousand and more, or one and some
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """`targets`: for each column of the file one of FACTS, an attribute, or SKIP. `country`: of telephone numbers
    that are written without one, as a code of ISO 3166."""

    targets: tuple[str, ...]
    country: str = ""


class CellRefused(Exception):
    """Has one argument, a CellProblem."""


def fingerprint(columns: Sequence[str]) -> str:
    """The same for files with the same header, however it is written."""
    return sha256("\x1f".join(_plain(column) for column in columns).encode()).hexdigest()[:32]


def guess(columns: Sequence[str], attributes: Mapping[str, AttributePolicy]) -> tuple[str, ...]:
    """What columns of these names probably are. One that no name fits is skipped."""
    known = {_plain(word): name for name, words in _ATTRIBUTES_KNOWN_AS.items() for word in words}
    for name, one in attributes.items():
        known |= dict.fromkeys(map(_plain, (name, *one.names.values())), name)
    for fact, words in _KNOWN_AS.items():
        known |= dict.fromkeys(map(_plain, words), fact)
    return tuple(known.get(_plain(one)) or known.get(_plain(re.sub(r"\s*[0-9]$", "", one)), SKIP) for one in columns)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def read_cell(target: str, cell: Cell, attributes: Mapping[str, AttributePolicy], country: str) -> Any:
    """The value as it is stored: an address as in its table, a value as the profile has it. None: the cell is empty.
    Raises CellRefused."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    one = attributes.get(target) if target not in FACTS else None
    if one is not None and one.type == "list":
        return _read_list(cell)
    if isinstance(cell, (list, dict)):
        raise CellRefused(CellProblem.CHARACTERS)
    if isinstance(cell, str):
        has_lines = one is not None and one.type == "text"
        cell = _check_text(cell.removeprefix("'") if _is_neutralised(cell) else cell, has_lines=has_lines)
    if one is not None:
        return _read_value(one, cell)
    text = str(cell)
    if target in told_consents.PURPOSES:
        return _read_yes_no(cell)
    match target:
        case told_consents.AT | told_activities.AT:
            return _read_instant(cell)
        case told_activities.AMOUNT:
            return str(_read_number(cell))
        case told_consents.TEXT:
            if not re.fullmatch(r"[0-9]{1,7}", text) or text == "0":
                raise CellRefused(CellProblem.NUMBER)
            return int(text)
        case "phone":
            return _read_phone(text, country, is_number=isinstance(cell, int))
        case "email":
            if not _MAILBOX.fullmatch(text):
                raise CellRefused(CellProblem.MAILBOX)
            return text.lower()
        case "language":
            if not _LANGUAGE.fullmatch(text) or len(text) > 16:
                raise CellRefused(CellProblem.LANGUAGE)
            return text
    return text


def _is_neutralised(cell: str) -> bool:
    """An export begins what would be a formula with an apostrophe, and so does Excel."""
    return cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULAS


def _check_text(text: str, *, has_lines: bool) -> str:
    """Without spaces around it, and with plain ones in it. Raises CellRefused."""
    text = text.strip()
    if len(text) > LONGEST:
        raise CellRefused(CellProblem.TOO_LONG)
    if text.isprintable():
        return text
    text = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in text)
    if not all(line.isprintable() for line in (text.split("\n") if has_lines else [text])):
        raise CellRefused(CellProblem.CHARACTERS)
    return text


def _read_phone(text: str, country: str, *, is_number: bool) -> str:
    """E.164. Excel drops the plus of a number, so a cell that is one is tried with it."""
    digits = re.sub(r"\D", "", text)
    written = f"+{digits[2:]}" if text.startswith("00") else text
    tried = [written] if written.startswith("+") or country else []
    if is_number and not country:
        tried = [f"+{digits}"]
    if not tried:
        raise CellRefused(CellProblem.COUNTRY)
    try:
        number = phonenumbers.parse(tried[0], country or None)
    except phonenumbers.NumberParseException:
        raise CellRefused(CellProblem.PHONE) from None
    if not phonenumbers.is_possible_number(number) or re.search(r"[A-Za-z]", text):
        raise CellRefused(CellProblem.PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read_list(cell: Cell) -> list[str]:
    if isinstance(cell, str) and _is_neutralised(cell):
        cell = cell.removeprefix("'")
    if isinstance(cell, str) and cell.startswith('["'):
        with suppress(orjson.JSONDecodeError):
            cell = orjson.loads(cell)
    parts = cell if isinstance(cell, list) else re.split(r"[;|、\n]", str(cell))
    if any(not isinstance(part, (str, int, float)) for part in parts):
        raise CellRefused(CellProblem.CHARACTERS)
    if len(parts) > MOST_PARTS:
        raise CellRefused(CellProblem.TOO_LONG)
    texts = [_check_text(str(part), has_lines=False) for part in parts]
    return list(dict.fromkeys(text for text in texts if text))


def _read_value(one: AttributePolicy, cell: Cell) -> Any:
    kept: Any = str(cell)
    match one.type:
        case "number" | "money":
            number = _read_number(cell)
            kept, problem = int(number) if number == int(number) else float(number), CellProblem.NUMBER
        case "date":
            kept, problem = _read_date(cell), CellProblem.DATE
        case "yes_no":
            kept, problem = _read_yes_no(cell), CellProblem.YES_NO
        case "choice":
            by_name = {
                _plain(name): each.value for each in one.choices for name in (each.value, *each.names.values())
            }
            kept, problem = by_name.get(_plain(str(cell))), CellProblem.CHOICE
        case _:
            problem = CellProblem.TOO_LONG
    if kept is None or one.read(kept) is None:
        raise CellRefused(problem)
    return kept


def _read_yes_no(cell: Cell) -> bool:
    word = _plain(str(cell))
    if word not in (*_YES, *_NO):
        raise CellRefused(CellProblem.YES_NO)
    return word in _YES


def _read_number(cell: Cell) -> Decimal:
    """1234.5, 1,234.5, 1.234,5 and 1 234,5. Of 1,234 nobody knows what it is."""
    text = str(cell).replace("\xa0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    text = re.sub(r"^[^\d.,+-]+|[^\d.,]+$", "", text)  # a currency
    if isinstance(cell, bool) or (text.count(",") > 1 and text.count(".") > 1):
        raise CellRefused(CellProblem.NUMBER)
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        raise CellRefused(CellProblem.SEPARATOR)
    comma_is_last = text.rfind(",") > text.rfind(".")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text) or not comma_is_last:
        text = text.replace(",", "")
    else:
        text = text.replace(".", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise CellRefused(CellProblem.NUMBER) from None
    if not number.is_finite():
        raise CellRefused(CellProblem.NUMBER)
    return number


def _read_date(cell: Cell) -> str:
    """2026-11-29, 2026/11/29, 2026年11月29日, 29.11.2026. Of 11/12/2026 nobody knows the month."""
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell)
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    parts = found.groups() if found else None
    if parts is None and (found := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)):
        parts = found.groups()[::-1]
    try:
        return date(*map(int, parts)).isoformat() if parts else _refuse_date()
    except ValueError:
        return _refuse_date()


def _read_instant(cell: Cell) -> str:
    """A day, or 2026-11-29T08:30 with or without an offset."""
    text = str(cell)
    if isinstance(cell, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        with suppress(ValueError):
            return datetime.fromisoformat(text).isoformat()
    return cell.isoformat() if isinstance(cell, datetime) else _read_date(cell)


def _refuse_date() -> str:
    raise CellRefused(CellProblem.DATE)
