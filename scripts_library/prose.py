"""Parses light Markdown into blocks: paragraphs, bulleted and numbered lists; **bold**, *italic*, placeholders.

The rule of this file: the text is read in one pass, and nothing is dropped. The one regular expression looks for the
next character that may be markup. Whatever is not markup is text, and so is HTML. A backslash before * { or another
backslash makes the character plain text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from scripts_library.placeholders import OPENING, PlaceholderError, find_end, parse_placeholder
from scripts_library.script_parts import Block, ItemList, Paragraph, Span, Spans


class SourceLine(NamedTuple):
    number: int  # in the file
    text: str
    column: int = 1  # in the file, of the text's first character


_MARK: Final = re.compile(r"[\\{}*]")
Complain = Callable[[int, str, int], None]  # (line, text, column)


def parse_blocks(lines: Sequence[SourceLine], allowed: Collection[str], complain: Complain) -> tuple[Block, ...]:
    """Return the blocks of these lines. `allowed` has the variables that placeholders may name."""
    blocks: list[Block] = []
    for marker, passages in groupby(_split_passages(lines), key=lambda passage: passage.marker):
        texts = [parse_spans(passage.lines, allowed, complain) for passage in passages]
        said = tuple(spans for spans in texts if spans)
        if marker is None:
            blocks.extend(Paragraph(spans) for spans in said)
        elif said:
            blocks.append(ItemList(said, is_numbered=marker == "1"))
    return tuple(blocks)


@dataclass(frozen=True, slots=True)
class _Passage:
    """The lines of one paragraph (without a marker) or of one list item (marker "-", or "1" for any number)."""

    marker: str | None
    lines: list[SourceLine]


def _split_passages(lines: Sequence[SourceLine]) -> list[_Passage]:
    passages: list[_Passage] = []
    is_open = False
    for number, line, column in lines:
        marker, text = _split_marker(line)
        found = SourceLine(number, text, column + len(line.rstrip()) - len(text))
        if not text:
            is_open = False
        elif marker is not None or not is_open:
            passages.append(_Passage(marker, [found]))
            is_open = True
        elif passages[-1].marker is not None and not line[0].isspace():  # a line that continues an item is indented
            passages.append(_Passage(None, [found]))
        else:
            passages[-1].lines.append(found)
    return passages


def _split_marker(line: str) -> tuple[str | None, str]:
    text = line.strip()
    if text.startswith(("- ", "* ")):
        return "-", text[2:].strip()
    digits, dot, _ = text[:4].partition(". ")
    if dot and digits.isascii() and digits.isdigit():
        return "1", text[len(digits) + 2 :].strip()
    return None, text


def parse_spans(lines: Sequence[SourceLine], allowed: Collection[str], complain: Complain) -> Spans:
    """Return the spans of these lines. A line break in the source does not break the text."""
    text, starts = _join(lines)
    offsets = [offset for offset, _ in starts]

    def complain_at(offset: int, words: str) -> None:
        start, line = starts[bisect_right(offsets, offset) - 1]
        complain(line.number, words, line.column + max(offset - start, 0))

    spans: list[Span] = []
    plain: list[str] = []
    bold_at = italic_at = -1  # where the style began; -1: it is off
    at = 0

    def flush() -> None:
        if plain:
            spans.append(Span("".join(plain), is_bold=bold_at >= 0, is_italic=italic_at >= 0))
            plain.clear()

    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ("*", "{", "\\"):
            plain.append(text[at + 1])
            at += 2
        elif text.startswith(OPENING, at):
            flush()
            end = find_end(text, at)
            try:
                found = parse_placeholder(text[at:end], allowed)
                spans.append(Span(found.fallback, bold_at >= 0, italic_at >= 0, found.variable))
            except PlaceholderError as error:
                complain_at(at, str(error))
                plain.append(text[at:end])  # kept as text, so that no other problem follows from this one
            at = end
        elif text.startswith(("{%", "}}"), at):
            complain_at(at, f'"{text[at : at + 2]}" has no meaning here; only {{{{ name | fallback: "..." }}}} has.')
            at += 2
        elif text.startswith("**", at):
            flush()
            bold_at = at if bold_at < 0 else -1
            at += 2
        elif text[at] == "*" and not _stands_alone(text, at):
            flush()
            italic_at = at if italic_at < 0 else -1
            at += 1
        else:
            following = _MARK.search(text, at + 1)
            end = following.start() if following is not None else len(text)
            plain.append(text[at:end])
            at = end
    flush()
    for begin, mark in ((bold_at, "**"), (italic_at, "*")):
        if begin >= 0:
            complain_at(begin, f'"{mark}" begins here and does not end. For a plain star write \\*.')
    return tuple(spans)


def _stands_alone(text: str, at: int) -> bool:
    """Whether a star has spaces on both sides, as in 3 * 4. Such a star is text."""
    return text[at - 1 : at].isspace() and text[at + 1 : at + 2].isspace()


def _join(lines: Sequence[SourceLine]) -> tuple[str, list[tuple[int, SourceLine]]]:
    """Join the lines. Return the text, and for the beginning of each line its offset in the text."""
    pieces: list[str] = []
    starts: list[tuple[int, SourceLine]] = []
    length = 0
    for source in lines:
        line = source.text
        if pieces and not (_is_wide(pieces[-1][-1:]) or _is_wide(line[:1])):
            pieces.append(" ")  # not between Chinese or Japanese characters, which are written without spaces
            length += 1
        starts.append((length, source))
        pieces.append(line)
        length += len(line)
    return "".join(pieces), starts


def _is_wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in ("W", "F")
