"""Lists every problem of a file that a person wrote at once, each with its key and line.

The rule of this file: a problem says what to change and never repeats the value, which may be a secret.
A key is written as in the file, with the elements of a list counted from 1: `policy.tiers[2].order`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from channels.wording import say_error
from hub.doors.input_gate import find_unfit
from hub.toml_files.toml_lines import Key, find_lines

T = TypeVar("T")
MOST_NAMES: Final = 12  # that a problem lists
_adapters: Final = dict[type, TypeAdapter[Any]]()
_UNFIT = {
    "bad_character": "has a character that the hub cannot store: take it out",
    "bad_number": "is a number too large to store",
}


class Section:
    """Base of the frozen dataclasses that are read from a file: unknown keys are errors, nothing is converted."""

    __slots__ = ()
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Problem:
    key: str
    what: str
    line: int | None = None  # None if the data came from no file

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{self.key}: {self.what}" if self.key else f"{line}{self.what}"


class ConfigErrors(Exception):
    """The settings cannot be used. `problems` has them all, in the order of the file."""

    def __init__(self, problems: Sequence[Problem], name: str = "settings") -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(f"{name}: {problem}" for problem in self.problems))


class Finder:
    """Turns (key, what) into problems with their lines. Without a text the problems have no line."""

    def __init__(self, text: str = "") -> None:
        self._lines = find_lines(text)

    def problem(self, key: Key, what: str) -> Problem:
        near = next((key[:n] for n in range(len(key), 0, -1) if key[:n] in self._lines), ())
        return Problem(write_key(key), what, self._lines.get(near))


def adapter_of(kind: type[T]) -> TypeAdapter[T]:
    """Built once: for the whole policy that takes 17 ms."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def write_key(key: Key) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")


def validate(kind: type[T], data: Mapping[str, Any], finder: Finder, at: Key = ()) -> tuple[T | None, list[Problem]]:
    """Return (`data` as a `kind`, no problems), or (None, all problems). `at`: the key of the data in the file."""
    if unfit := find_unfit(data):
        key = tuple(int(part) if part.isdecimal() else part for part in unfit.field.split("."))
        return None, [finder.problem((*at, *key), _UNFIT[unfit.code])]
    try:
        # Through JSON: strict mode then takes a list for a tuple and a text for an enum member, not "8080" for 8080.
        return adapter_of(kind).validate_json(json.dumps(data, default=str)), []
    except ValidationError as error:
        found: dict[Key, list[str]] = {}
        for detail in error.errors():
            key = _clip(detail["loc"], data)
            found.setdefault(key, []).append(say_error(detail))
        return None, [finder.problem(at + key, ", or ".join(dict.fromkeys(whats))) for key, whats in found.items()]


def say_unknown(one: str, known: Iterable[str]) -> str:
    """What is wrong with a name that nothing has. `one`: what it should name, such as "a queue"."""
    names = list(known)
    listed = (
        f"write one of {', '.join(names[:MOST_NAMES])}{', ...' * (len(names) > MOST_NAMES)}, or " if names else ""
    )
    return f"names {one} that {'do' if one.endswith('s') else 'does'} not exist: {listed}add it"


def say_misplaced(owner: str, is_given: bool) -> str:
    """A value and its owner, another setting of the same table, stand together or not at all."""
    return f"works only with {owner}: add that, or take this away" if is_given else f"is missing: {owner} needs it"


def find_repeated(table: str, name: str, values: Iterable[object]) -> Iterator[tuple[Key, str]]:
    """A problem for each element of the list `table` whose `name` repeats the value of an earlier element."""
    seen: set[object] = set()
    for n, value in enumerate(values):
        if value in seen:
            yield (table, n, name), "repeats an earlier one: change it, or take this one away"
        seen.add(value)


def _clip(loc: Key, data: Any) -> Key:
    """The part of pydantic's location that stands in the file: pydantic adds names of types and branches."""
    for n, part in enumerate(loc):
        match data:
            case {} if part in data:
                data = data[part]
            case list() if isinstance(part, int):
                data = data[part]
            case {}:
                return loc[: n + 1]
            case _:
                return loc[:n]
    return loc
