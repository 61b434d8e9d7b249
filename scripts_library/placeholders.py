"""Reads placeholders: {{ customer.name | fallback: "there" }}. The syntax is that of Liquid's output.

The rule of this file: a placeholder has a listed name and a fallback, and both are required. There are no tags, no
expressions and no other filters. The text is read in one pass without regular expressions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from scripts_library.script_problems import ScriptsError, quoted, suggest

OPENING: Final = "{{"
CLOSING: Final = "}}"
_EXAMPLE: Final = '{{ customer.name | fallback: "there" }}'


@dataclass(frozen=True, slots=True)
class Placeholder:
    variable: str
    fallback: str


class PlaceholderError(ScriptsError):
    """A placeholder cannot be read. The message tells the author why."""


def find_end(text: str, start: int) -> int:
    """Return the index after the closing braces of the placeholder that opens at `start`, or the end of the text.
    Braces inside straight quotes do not count."""
    quote = ""
    for at in range(start + len(OPENING), len(text)):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif text.startswith(CLOSING, at):
            return at + len(CLOSING)
    return len(text)


def parse_placeholder(text: str, allowed: Collection[str]) -> Placeholder:
    """Read a text from its opening to its closing braces. Raises `PlaceholderError`."""
    if not text.endswith(CLOSING) or len(text) < len(OPENING) + len(CLOSING):
        raise PlaceholderError(f"A placeholder does not end. Write {_EXAMPLE}.")
    inside = text[len(OPENING) : -len(CLOSING)]
    name, bar, filters = (part.strip() for part in inside.partition("|"))
    if name.startswith("field:"):
        raise PlaceholderError("A field stands on a line of its own: {{ field: name }}.")
    if name not in allowed:
        raise PlaceholderError(f"{quoted(name)} is not a variable that a script may use.{suggest(name, allowed)}")
    if not bar:
        raise PlaceholderError(f'{quoted(name)} has no fallback. Write {{{{ {name} | fallback: "..." }}}}.')
    return Placeholder(name, _parse_fallback(filters))


def _parse_fallback(filters: str) -> str:
    word, colon, value = (part.strip() for part in filters.partition(":"))
    if word != "fallback" or not colon:
        raise PlaceholderError(f"{quoted(word)} is not known after the bar. Write {_EXAMPLE}.")
    if value[:1] and value[0] in "“”‘’":
        raise PlaceholderError(f"The fallback stands in straight quotes, not curly ones. Write {_EXAMPLE}.")
    if len(value) < 2 or value[0] not in "\"'" or value.find(value[0], 1) != len(value) - 1:
        raise PlaceholderError(f"The fallback is one text in quotes. Write {_EXAMPLE}.")
    return value[1:-1]
