"""Ties: two scripts that are equally specific, and may both apply to one interaction.

The rule of this file: nobody can say which of the two an agent gets, so the author says it, with `priority` or with a
part that sets them apart. Scripts that agents pick by hand tie with none.
"""

from collections.abc import Iterable

from scripts_library.script_parts import Script
from scripts_library.script_problems import ScriptProblem, quoted
from scripts_library.selection import PARTS, is_by_hand, measure_specificity

MANY = ("segments", "skills")  # of which a customer or an agent may have several


class Ties:
    """The scripts in use by how specific they are, to find what a script ties with."""

    def __init__(self) -> None:
        self._alike: dict[tuple[object, ...], list[Script]] = {}

    def add(self, script: Script) -> None:
        self._alike.setdefault(_key(script), []).append(script)

    def find(self, script: Script) -> Script | None:
        """Return the first script with which this one ties; None: there is none."""
        if is_by_hand(script):
            return None
        return next((one for one in self._alike.get(_key(script), ()) if _may_both_apply(one, script)), None)


def say_tie(script: Script, other: Script) -> ScriptProblem:
    """Return the problem of a script that ties with one in use."""
    words = (
        f"This script and {quoted(other.id)} ({other.file}) are equally specific, and both may apply to one"
        " interaction. Give one of them a larger `priority`, or a part in [applies_to] that sets them apart."
    )
    return ScriptProblem(script.file, 1, 1, words)


def find_ties(scripts: Iterable[Script]) -> tuple[ScriptProblem, ...]:
    """Return the problem of each script that ties with one before it."""
    ties, problems = Ties(), []
    for script in scripts:
        if (other := ties.find(script)) is not None:
            problems.append(say_tie(script, other))
        ties.add(script)
    return tuple(problems)


def _key(script: Script) -> tuple[object, ...]:
    """Return what two scripts have in common that tie. A script of another language never competes, because the
    language comes first. Of two that name one queue each, it is the same queue: so thousands are compared in no
    time."""
    parts = [getattr(script.applies_to, part) for part in PARTS if part not in MANY]
    alone = tuple(part[0] if len(part) == 1 else "" for part in parts)
    return (script.language.casefold().partition("-")[0], measure_specificity(script), alone)


def _may_both_apply(one: Script, other: Script) -> bool:
    """Whether no part excludes the other: two conditions in `when` are not compared."""
    if one.id == other.id:
        return False
    for part in PARTS:
        here, there = set(getattr(one.applies_to, part)), set(getattr(other.applies_to, part))
        if part not in MANY and here and there and here.isdisjoint(there):
            return False
    return True
