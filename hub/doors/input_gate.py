"""The gate for input, at every door: an address, a form, a JSON body, a socket's event, a command line.

The rule of this file: one function judges, `find_unfit`, and it is called before anything else looks at the input.
PostgreSQL stores no NUL, UTF-8 has no lone surrogate, and no database here has a whole number beyond 64 bits. SQLite
stores the first two, so without the gate the answer would depend on the database.

A provider's report passes the gate, because refusing it would lose it: `hub.storage.documents` replaces its NUL.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

LARGEST: Final = 2**63 - 1
LONGEST_PART: Final = 200  # characters of one part of a path: ids and names
LONGEST_VALUE: Final = 2_000  # characters of one value of a query
SHOWN_FIELD: Final = 200
# paths whose handlers read and judge the body themselves: providers' forms, sockets, the sandbox's devices
OTHER_BODIES: Final = ("/channels/", "/socket.io/", "/sandbox/", "/2010-04-01/")

_BAD_CHARACTER = re.compile("[\0\ud800-\udfff]")
_LONG_NUMBER = re.compile(r"([+-]?)0*(\d{19,})")


@dataclass(frozen=True, slots=True)
class Unfit:
    """`code`: bad_character, bad_number, too_long or no_json. `field`: the place, as a dotted path; "" for the
    whole input."""

    code: str
    field: str = ""

    def answer(self) -> dict[str, str]:
        return {"code": self.code, "field": self.field}


def find_unfit(value: object) -> Unfit | None:
    """The first part of a JSON value that some database cannot store, in names as in values. None if all of it
    fits."""
    return None if _fits(value) else _find_place(value)


def _fits(value: object) -> bool:
    """As `find_unfit`, without the place: nearly everything fits, and the places are most of the work."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if kind is str:
            if _BAD_CHARACTER.search(part):
                return False
        elif kind is dict:
            waiting += part
            waiting += part.values()
        elif kind is list or kind is tuple:
            waiting += part
        elif not (kind is bool or part is None or (kind is int and -LARGEST - 1 <= part <= LARGEST)):
            return False  # perhaps: whoever looks for the place decides
    return True


def _find_place(value: object) -> Unfit | None:
    waiting: list[tuple[object, str]] = [(value, "")]  # no recursion: a value may be nested as deep as it likes
    while waiting:
        part, place = waiting.pop()
        match part:
            case str() if _BAD_CHARACTER.search(part):
                return Unfit("bad_character", place)
            case bool() | str() | None:
                pass
            case int() if not -LARGEST - 1 <= part <= LARGEST:
                return Unfit("bad_number", place)
            case float() if not abs(part) < LARGEST:  # also NaN; orjson reads larger integers as floats
                return Unfit("bad_number", place)
            case dict():
                if any(_BAD_CHARACTER.search(name) for name in part if isinstance(name, str)):
                    return Unfit("bad_character", place)
                waiting += [(each, _join(place, str(name))) for name, each in reversed(part.items())]
            case list() | tuple():
                waiting += [(each, _join(place, str(n))) for n, each in reversed([*enumerate(part)])]
            case _:
                pass
    return None


def find_unfit_text(fields: Iterable[tuple[str, str]], longest: int) -> Unfit | None:
    """As `find_unfit`, for names and texts of a path, a query or a form, where a number is written in digits."""
    for name, text in fields:
        if _BAD_CHARACTER.search(name) or _BAD_CHARACTER.search(text):
            return Unfit("bad_character", _show(name))
        if max(len(text), len(name)) > longest:
            return Unfit("too_long", _show(name))
        if _is_beyond(text):
            return Unfit("bad_number", _show(name))
    return None


def _is_beyond(text: str) -> bool:
    """Whether these are the digits of a number beyond 64 bits. Python reads no more than 4,300 digits."""
    number = _LONG_NUMBER.fullmatch(text)
    if number is None:
        return False
    sign, digits = number.groups()
    return len(digits) > len(str(LARGEST)) or not -LARGEST - 1 <= int(sign + digits) <= LARGEST


def read_json(text: str | bytes) -> Any:
    """JSON as a browser writes it. orjson refuses a lone surrogate without saying where; this reads it, so that
    the gate can name its field. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


@web.middleware
async def input_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware of every route: answers 400 with the code and the field. It must run after the body has been
    read."""
    unfit = _find_in_address(request)
    if unfit is None and request.body_exists and not request.path.startswith(OTHER_BODIES):
        unfit = _find_in_body(request.content_type, await request.read())
    return await handler(request) if unfit is None else web.json_response(unfit.answer(), status=400)


def _find_in_address(request: web.Request) -> Unfit | None:
    if _BAD_CHARACTER.search(request.path):
        return Unfit("bad_character", "path")
    if unfit := find_unfit_text(request.match_info.items(), LONGEST_PART):
        return unfit
    return find_unfit_text(request.query.items(), LONGEST_VALUE)


def _find_in_body(content_type: str, body: bytes) -> Unfit | None:
    if content_type == "application/x-www-form-urlencoded":
        return find_unfit_text(parse_qsl(body.decode(errors="surrogateescape"), keep_blank_values=True), len(body))
    if content_type != "application/json":
        return None
    try:
        return find_unfit(read_json(body))
    except (ValueError, RecursionError):
        return Unfit("no_json")


def _join(place: str, name: str) -> str:
    return _show(f"{place}.{name}" if place else name)


def _show(name: str) -> str:
    """A field's name for an answer, with the refused characters replaced."""
    return _BAD_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", name[:SHOWN_FIELD])
