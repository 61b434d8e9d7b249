"""Splits the text of a condition into its words, and the error that says where a condition is wrong.

The rule of this file: the time is linear in the length, and the length is bounded. A column counts characters, from
1.
"""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from scripts_library.script_problems import ScriptsError, quoted

MAX_LENGTH: Final = 4_000  # characters


class ConditionError(ScriptsError):
    """The text is not a condition. The message says why; `column` says where, from 1."""

    def __init__(self, words: str, column: int) -> None:
        super().__init__(words)
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # name, number, text or sign; after the last token: end
    text: str
    column: int


# Matching takes linear time: the alternatives begin with different characters, and each repeats one class.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?)
      | (?P<text>"[^"\\]*"|'[^'\\]*')
      | (?P<sign>&&|\|\||[=!<>]=|[<>!()\[\],])""",
    re.VERBOSE,
)


def split_condition(text: str) -> list[Token]:
    """Raises `ConditionError`."""
    if len(text) > MAX_LENGTH:
        words = f"A condition has at most {MAX_LENGTH:,} characters, this one has {len(text):,}."
        raise ConditionError(words, MAX_LENGTH + 1)
    tokens = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            _refuse_character(text, at)
        if found.lastgroup != "space":
            tokens.append(Token(str(found.lastgroup), found.group(), at + 1))
        at = found.end()
    tokens.append(Token("end", "the end", len(text) + 1))
    return tokens


def _refuse_character(text: str, at: int) -> NoReturn:
    character = text[at]
    if character in "\"'":
        raise ConditionError("A text in quotes does not end, or has a backslash in it.", at + 1)
    if character in "“”‘’":
        raise ConditionError(f'Write straight quotes ("), not {character}.', at + 1)
    advice = {"=": ' Equality is written "==".', "&": ' "And" is "&&".', "|": ' "Or" is "||".'}.get(character, "")
    raise ConditionError(f"{quoted(character)} has no meaning in a condition.{advice}", at + 1)
