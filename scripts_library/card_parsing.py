"""Role cards: simulated customers who walk scripts, for previews, for practice and for the tests of the library.

The rule of this file: a card is data. Its words stand in every language, part by part, and a mistake is named with
its line. The body describes the person to whoever practises: a part for each language, under `## en` and so on.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic import Field as Limits
from pydantic.dataclasses import dataclass as checked

from scripts_library.script_parts import Mood
from scripts_library.script_problems import BrokenScript, Report, quoted

MAX_CARD: Final = 16_000  # characters
FENCE: Final = "+++"
LANGUAGES: Final = ("en", "zh-CN")
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=300)]
_Lines = Annotated[tuple[_Words, ...], Limits(min_length=1, max_length=12)]
_CLOSED: Final = ConfigDict(extra="forbid")


@checked(frozen=True, config=_CLOSED)
class Says:
    """What the customer says, in one language: as they begin, as they give an answer, as they agree and object,
    and as they leave."""

    opens: _Lines
    answers: _Lines
    agrees: _Lines
    objects: _Lines
    closes: _Lines


@checked(frozen=True, config=_CLOSED)
class RoleCard:
    """`objects`: to how many choices they say no before they say yes. `answers`: by field of a script, as they are
    typed. `choices`: by step, as `script/step`: the key. `values`: what is known of them, by attribute."""

    id: _Name
    mood: Mood
    titles: Mapping[str, _Words]
    names: Mapping[str, _Words]
    says: Mapping[str, Says]
    objects: Annotated[int, Limits(ge=0, le=20)] = 0
    tier: Annotated[str, StringConstraints(max_length=60)] = ""
    values: Mapping[str, Annotated[str, StringConstraints(max_length=300)]] = field(default_factory=dict)
    answers: Mapping[str, Annotated[str, StringConstraints(max_length=300)]] = field(default_factory=dict)
    choices: Mapping[str, Annotated[str, StringConstraints(max_length=8)]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    role: RoleCard
    about: Mapping[str, str]  # by language: who they are, for whoever practises


_CARD: Final = TypeAdapter(RoleCard)


def parse_card(text: str, file: str) -> Card:
    """Return the card of a text. Raises `BrokenScript` with every problem, each with its line."""
    report = Report(file)
    lines = text.replace("\r\n", "\n").split("\n")
    ends = [number for number, line in enumerate(lines) if line.strip() == FENCE]
    if len(text) > MAX_CARD:
        report(1, f"A role card has at most {MAX_CARD} characters, this one has {len(text)}.")
    elif len(ends) < 2 or ends[0] != 0:
        report(1, f"A role card begins with a head between two lines {FENCE}.")
    else:
        head = _read_head(lines[1 : ends[1]], report)
        about = _read_about(lines[ends[1] + 1 :], ends[1] + 2, report)
        if head is not None:
            _check(head, file, report)
            if not report.problems():
                return Card(head, about)
    raise BrokenScript(report.problems())


def _read_head(lines: list[str], report: Report) -> RoleCard | None:
    try:
        tree = tomllib.loads("\n".join(lines))
        return _CARD.validate_python(tree)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in one["loc"])
            path = one["loc"][:-1] if one["type"] == "missing" else one["loc"]
            report(_find_line(lines, path), f"{quoted(name)} {_describe(one['type'])}.")
    except (ValueError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        report(int(at[1]) + 1 if at else 2, "The head cannot be read as TOML.")
    return None


def _describe(kind: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return "is not known in a role card"
    return "does not fit: see scripts_library/README.md for what may stand there"


def _find_line(lines: list[str], path: tuple[Any, ...]) -> int:
    """The line in the file of the last part of the path in the head, each sought behind the one before."""
    found = 1
    for part in path:
        name = rf"""["']?{re.escape(str(part))}["']?"""
        word = re.compile(rf"^\s*{name}\s*=|^\[(?:.*\.)?{name}\]")
        found = next((at for at, line in enumerate(lines, 2) if at > found and word.search(line)), found)
    return found


def _read_about(lines: list[str], first: int, report: Report) -> dict[str, str]:
    about: dict[str, list[str]] = {}
    language = ""
    for number, line in enumerate(lines, first):
        if line.startswith("## "):
            language = line[3:].strip()
            if language in about or language not in LANGUAGES:
                report(number, f"The parts of the body are ## {' and ## '.join(LANGUAGES)}, each once.")
            about[language] = []
        elif language:
            about[language].append(line)
        elif line.strip():
            report(number, f"The body begins with ## {LANGUAGES[0]}.")
    return {tag: "\n".join(each).strip() for tag, each in about.items()}


def _check(card: RoleCard, file: str, report: Report) -> None:
    if file != f"{card.id}.md":
        report(1, f"`id` belongs to {card.id}.md, and this is {file}.")
    for part, words in _list_spoken(card):
        for language in LANGUAGES:
            if language not in words:
                report(1, f"`{part}` is missing in {quoted(language)}.")
        for language in sorted(set(words) - set(LANGUAGES)):
            report(1, f"`{part}` names {quoted(language)}, and cards are in {' and '.join(LANGUAGES)}.")
    for place in card.choices:
        if place.count("/") < 1:
            report(1, f"{quoted(place)}: a choice belongs to a script and its step, as in cross-sell/bridge.")


def _list_spoken(card: RoleCard) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "titles", card.titles
    yield "names", card.names
    yield "says", card.says
