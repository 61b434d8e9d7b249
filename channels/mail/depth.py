"""Whether HTML can be given to the sanitiser: its time grows with the square of how deep elements nest.

The rule of this file: err on the deep side, in linear time. An opening tag counts wherever it stands; a closing tag
only where the HTML standard's tokeniser would see it and its tree builder obey it.

Source: HTML Living Standard, 13.2.5 (tokenisation), 13.2.4.2 (scope) and 13.2.6.4.7 (end tags).
"""

import re
from typing import Final

MAX_DEPTH: Final = 200
MAX_TAGS: Final = 100_000
MAX_REFERENCES: Final = 50_000  # "&amp;" and the like: their number counts by its square, too


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENING: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
_TOKEN: Final = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <!\[CDATA\[.*?(?:\]\]>|\Z)
      | <(?:[!?]|/(?![a-zA-Z]))[^>]*+
      | <(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)
        (?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>"'][^\s>]*+)?+)?+)*+""",
    re.VERBOSE | re.DOTALL,
)
# Elements that close themselves or each other nest no deeper, however often they are opened.
_FLAT: Final = _words(
    "area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th thead tr wbr"
)
_RAW_TEXT: Final = _words("iframe noembed noframes plaintext script style textarea title xmp")
_SCOPES: Final = _words("applet caption html marquee math object svg table template")


def is_reasonable(source: str) -> bool:
    """Whether the sanitiser will be done with it in a second or so."""
    if source.count("&") > MAX_REFERENCES or source.count("<") > 2 * MAX_TAGS:
        return False
    open_elements: list[str] = []
    raw_text, tags = "", 0
    for token in _TOKEN.finditer(source):
        tags += 1
        name = (token["name"] or "").lower()
        if token["end"] and name == (raw_text or name):
            raw_text = ""
            _close(open_elements, name)
        hidden = _OPENING.findall(token[0])  # one is the tag itself; others may come to light in the tree builder
        if not token["end"] and not raw_text and name in _RAW_TEXT:
            raw_text = name
        open_elements.extend(each.lower() for each in hidden if each.lower() not in _FLAT)
        tags += len(hidden)
        if len(open_elements) > MAX_DEPTH or tags > MAX_TAGS:
            return False
    return True


def _close(open_elements: list[str], name: str) -> None:
    """Close what lies within the same scope; an element left open in between stays, to be on the deep side."""
    for n in range(len(open_elements) - 1, -1, -1):
        if open_elements[n] == name:
            del open_elements[n]
            return
        if open_elements[n] in _SCOPES:
            return
