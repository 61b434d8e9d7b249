"""Whether HTML can be given to the sanitiser, whose time grows with the square of the nesting depth.

The rule of this file: overestimate the depth, in linear time. An opening tag always counts. A closing tag counts only
if the tokeniser of the HTML standard sees it and the tree builder obeys it.

Source: HTML Living Standard, 13.2.5 (tokenisation), 13.2.4.2 (scope) and 13.2.6.4.7 (end tags).
"""

import re
from typing import Final

MAX_DEPTH: Final = 200
MAX_TAGS: Final = 100_000
MAX_REFERENCES: Final = 50_000  # such as "&amp;": the time grows with the square of their number, too


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
# Elements that close themselves or each other. Opening them again nests no deeper.
_FLAT: Final = _words(
    "area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th thead tr wbr"
)
_RAW_TEXT: Final = _words("iframe noembed noframes plaintext script style textarea title xmp")
_SCOPES: Final = _words("applet caption html marquee math object svg table template")


def is_reasonable(source: str) -> bool:
    """Whether the sanitiser needs about a second at most."""
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
        hidden = _OPENING.findall(token[0])  # the first is the tag itself; the tree builder may find more inside it
        if not token["end"] and not raw_text and name in _RAW_TEXT:
            raw_text = name
        open_elements.extend(each.lower() for each in hidden if each.lower() not in _FLAT)
        tags += len(hidden)
        if len(open_elements) > MAX_DEPTH or tags > MAX_TAGS:
            return False
    return True


def _close(open_elements: list[str], name: str) -> None:
    """Close the element in the same scope. Elements left open inside it still count, to overestimate the depth."""
    for n in range(len(open_elements) - 1, -1, -1):
        if open_elements[n] == name:
            del open_elements[n]
            return
        if open_elements[n] in _SCOPES:
            return
