"""Finds the line of each key in a TOML text. `tomllib` does not tell it.

The rule of this file: it reads only text that `tomllib` has accepted. So it checks nothing.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Final

Key = tuple[str | int, ...]  # a path into nested data; list elements count from 0

_WORD: Final = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:\\.|[^"\\])*"|'[^']*'|\#[^\n]*|\n|[^\S\n]+|[\[\]{}=,.]|[^\s\[\]{}=,."'#]+''',
    re.DOTALL,
)


def find_lines(text: str) -> dict[Key, int]:
    """The line on which each key and each element of a list begins. `text` is valid TOML."""
    words: list[tuple[str, int]] = []
    line = 1
    for match in _WORD.finditer(text):
        word = match.group()
        if not (word.startswith("#") or (word.isspace() and word != "\n")):
            words.append((word, line))
        line += word.count("\n")
    return _Reader(words).read()


class _Reader:
    def __init__(self, words: list[tuple[str, int]]) -> None:
        self._words = iter([*words, ("\n", 0)])
        self._word, self._line = next(self._words)
        self._lines: dict[Key, int] = {}
        self._last: dict[Key, int] = {}  # the latest element of each list of tables

    def read(self) -> dict[Key, int]:
        table: Key = ()
        while self._word:
            if self._word == "\n":
                self._step()
            elif self._word == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _step(self) -> str:
        word = self._word
        self._word, self._line = next(self._words, ("", 0))
        return word

    def _header(self) -> Key:
        line, brackets = self._line, 0
        while self._word == "[":
            self._step()
            brackets += 1
        *outer, name = self._name()
        table: Key = ()
        for part in outer:
            table = self._latest((*table, part))
        table = (*table, name)
        if brackets == 2:
            self._lines.setdefault(table, line)
            self._last[table] = self._last.get(table, -1) + 1
        table = self._latest(table)
        self._lines.setdefault(table, line)
        while self._word == "]":
            self._step()
        return table

    def _latest(self, key: Key) -> Key:
        return (*key, self._last[key]) if key in self._last else key

    def _name(self) -> list[str]:
        parts = [self._part()]
        while self._word == ".":
            self._step()
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        word = self._step()
        return str(tomllib.loads(f"part = {word}")["part"]) if word[0] in "\"'" else word

    def _pair(self, table: Key) -> None:
        key, line = table, self._line
        for part in self._name():
            key = (*key, part)
            self._lines.setdefault(key, line)
        self._step()  # the equals sign
        self._value(key)

    def _value(self, key: Key) -> None:
        if self._word == "[":
            for n in self._elements("]"):
                self._lines[(*key, n)] = self._line
                self._value((*key, n))
        elif self._word == "{":
            for _ in self._elements("}"):
                self._pair(key)
        else:
            while self._word not in (",", "]", "}", "\n", ""):
                self._step()

    def _elements(self, closing: str) -> Iterator[int]:
        self._step()
        n = 0
        while self._word != closing:
            if self._word not in (",", "\n"):
                yield n
                n += 1
            else:
                self._step()
        self._step()
