"""Texts that scripts share, sub-scripts and questions, and the one text that a run is pinned to.

The rule of this file: a script is stored with every text that it uses, so that a run goes on with the words that it
began with, whatever becomes of those files. A line `+++ shared: identity.en.md` begins such a text.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

SHARED: Final = "+++ shared: "
NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})


def split_source(source: str) -> tuple[str, Mapping[str, str]]:
    """Return a script's own text, and the texts that it uses, by file."""
    own, *rest = source.split("\n" + SHARED)
    parts = (part.partition("\n") for part in rest)
    return own, {file.strip(): text for file, _, text in parts}


def join_source(own: str, texts: Iterable[tuple[str, str]]) -> str:
    """Return the one text from which the script can be made again. `texts`: those that it uses, with their files."""
    return own + "".join(f"\n{SHARED}{file}\n{text}" for file, text in texts)


def is_shared_mark(line: str) -> bool:
    """Whether a line would begin a shared text, so that no author may write it."""
    return line.startswith(SHARED.strip())
