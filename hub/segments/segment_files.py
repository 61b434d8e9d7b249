"""Segments as a TOML file: what an export writes and an import reads.

The rule of this file: what is written is read back as the same segments. Every problem of a file is told at once,
with its line.

    [segments.loyal]
    names = { en = "Ten years with us", zh-CN = "十年老客户" }
    purpose = "A letter on the day"
    definition = 'customer.since_year <= 2016'
    expires = 2027-06-30
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

import tomli_w
from pydantic import Field

from hub.policies.names import Id, Names
from hub.storage.segments import StoredSegment
from hub.toml_files.problems import ConfigErrors, Finder, Problem, Section, validate

_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSegment(Section):
    """What a person asks a segment to be. `expires`: its last day, of UTC."""

    names: Names
    purpose: Annotated[str, Field(max_length=300)] = ""
    definition: Annotated[str, Field(min_length=1, max_length=4_000)]
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File(Section):
    segments: Mapping[Id, WrittenSegment]


def write_export(stored: Sequence[StoredSegment]) -> str:
    tables: dict[str, Any] = {}
    for one in stored:
        table: dict[str, Any] = {"names": dict(one.names), "purpose": one.purpose, "definition": one.definition}
        if (last := find_last_day(one.expires_at)) is not None:
            table["expires"] = last
        tables[one.id] = table
    return tomli_w.dumps({"segments": tables})


def parse_export(text: str) -> Mapping[str, WrittenSegment]:
    """By id. Raises ConfigErrors."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([Problem("", f"is not TOML: {error}")], "segments") from error
    file, problems = validate(_File, data, Finder(text))
    if file is None:
        raise ConfigErrors(problems, "segments")
    return file.segments


def find_end(last_day: date | None) -> int | None:
    """The first instant after this day."""
    if last_day is None:
        return None
    return (last_day.toordinal() + 1 - date(1970, 1, 1).toordinal()) * _DAY


def find_last_day(ends_at: int | None) -> date | None:
    if ends_at is None:
        return None
    return (datetime.fromtimestamp(ends_at / 1e6, UTC) - timedelta(days=1)).date()
