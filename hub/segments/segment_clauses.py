"""Which part of a definition turned when a customer entered or left its segment.

The rule of this file: it names a part that decides the answer. Among several it prefers one that reads what has
changed, or one that time changes if nothing else did.
"""

from collections.abc import Callable, Sequence
from typing import Final

from hub.rules.rule_set import list_names
from scripts_library.condition_binding import depends_on_time
from scripts_library.condition_writing import write_condition
from scripts_library.conditions import AllOf, AnyOf, Condition, Contains, Not

Holds = Callable[[Condition], bool]
MOST: Final = 200  # characters of a clause


def find_clause(parsed: Condition, written: Condition, holds: Holds, changed: frozenset[str]) -> str:
    """`parsed`: as its author wrote it. `written`: the same with other segments written out, so the two have the same
    shape down to a named segment. `holds`: whether a part that is written out is true of the customer."""
    text = write_condition(_find(parsed, written, holds, changed))
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _find(parsed: Condition, written: Condition, holds: Holds, changed: frozenset[str]) -> Condition:
    if isinstance(parsed, Contains | Not) or not isinstance(parsed, AllOf | AnyOf):
        return parsed
    assert isinstance(written, AllOf | AnyOf)
    pairs = list(zip(parsed.parts, written.parts, strict=True))
    decides = isinstance(parsed, AnyOf) if holds(written) else isinstance(parsed, AllOf)
    if decides:  # one true part makes an AnyOf true, one that is not true keeps an AllOf from it
        wanted = isinstance(parsed, AnyOf)
        pairs = [(one, whole) for one, whole in pairs if holds(whole) is wanted] or pairs
    one, whole = _prefer(pairs, changed)
    return _find(one, whole, holds, changed)


def _prefer(pairs: Sequence[tuple[Condition, Condition]], changed: frozenset[str]) -> tuple[Condition, Condition]:
    for one, whole in pairs:
        if not changed.isdisjoint(list_names(whole)) if changed else depends_on_time(whole):
            return one, whole
    return pairs[0]
