"""A text of a script while it is written: what is wrong with it, and how its steps lead to each other.

The rule of this file: the one parser reads the text. A text with errors is drawn as far as it could be read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scripts_library.checks import check_actions, check_unknowns
from scripts_library.loader import Library, own_text
from scripts_library.outcomes import find_bypasses
from scripts_library.script_parsing import BrokenSketch, read_script
from scripts_library.script_parts import END, Script, Step
from scripts_library.script_problems import BrokenScript, ScriptProblem, Severity
from scripts_library.ties import Ties, say_tie
from scripts_library.ways import find_reachable
from scripts_library.webhook_parts import Webhook, check_webhooks


@dataclass(frozen=True, slots=True)
class Sketch:
    """`script`: as far as it could be read; None: its head could not. `paths`: by problem, the steps of its way."""

    script: Script | None
    problems: tuple[ScriptProblem, ...]
    paths: Mapping[ScriptProblem, tuple[str, ...]]
    reachable: frozenset[str]


class _InForce:
    """A library as a key: the same object is the same library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def __hash__(self) -> int:
        return id(self.library)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InForce) and other.library is self.library


def sketch_script(text: str, file: str, library: Library) -> Sketch:
    """`library`: what is in force, which it may use, and with which it may tie. The last texts are kept: a preview is
    asked for after each check, and after each move."""
    return _sketch(text, file, _InForce(library))


@lru_cache(maxsize=8)
def _sketch(text: str, file: str, in_force: _InForce) -> Sketch:
    library = in_force.library
    script: Script | None
    try:
        shared = {one.file: own_text(one) for one in library.shared if one.file != file}
        script, found = read_script(text, file, library.types, shared)
        problems = [*check_unknowns([script]), *found]
        if script.kind == "script":
            problems += _find_tie(script, library.scripts)
    except BrokenSketch as broken:
        script, problems = (broken.sketch if broken.sketch.steps else None), list(broken.problems)
    except BrokenScript as broken:
        script, problems = None, list(broken.problems)
    if script is not None and file != (named := f"{script.id}.{script.language}.md"):
        words = f"`id` and `language` belong to {named}, and this is {file}."
        problems.append(ScriptProblem(file, 1, 1, words))
    paths = _find_paths(script, problems) if script is not None else {}
    return Sketch(script, tuple(problems), paths, _find_reached(script) if script is not None else frozenset())


def check_named(sketch: Sketch, tiers: Collection[str], webhooks: Mapping[str, Webhook]) -> Sketch:
    """With what is wrong where its actions name a tier or a webhook, as publishing would say it."""
    if sketch.script is None:
        return sketch
    more = (*check_actions([sketch.script], tiers), *check_webhooks([sketch.script], webhooks))
    return replace(sketch, problems=(*sketch.problems, *more))


def _find_reached(script: Script) -> frozenset[str]:
    """The steps of questions and of a catalogue stand in steps of others, so no way leads to them."""
    is_walked = script.kind in ("script", "sub-script")
    return find_reachable(script) if is_walked else frozenset(step.id for step in script.steps)


def list_last_lines(script: Script) -> dict[str, int]:
    """By step: its last line. The last step ends before the first example."""
    ends = sorted([*(step.line for step in script.steps[1:]), *(one.at.line for one in script.examples)])
    whole = own_text(script).count("\n") + 1
    return {step.id: next((end - 1 for end in ends if end > step.line), whole) for step in script.steps}


def say_label(step: Step, key: str) -> str:
    """What a choice says; empty: the way has no choice."""
    return next(("".join(span.text for span in one.label) for one in step.choices if one.key == key), "")


def _find_tie(script: Script, others: Iterable[Script]) -> Sequence[ScriptProblem]:
    ties = Ties()
    for one in others:
        if one.file != script.file:
            ties.add(one)
    other = ties.find(script)
    return () if other is None else (say_tie(script, other),)


def _find_paths(script: Script, problems: Collection[ScriptProblem]) -> dict[ScriptProblem, tuple[str, ...]]:
    """The way around a statement that each problem is about, found by where it stands in the text."""
    ways: dict[tuple[int, int], tuple[str, ...]] = {}
    if all(one.severity is Severity.WARNING for one in problems):
        return {}
    after = {step_id for outcome in script.outcomes for step_id in outcome.after}
    for step_id in after:
        marked = [outcome for outcome in script.outcomes if step_id in outcome.after]
        for _, path in find_bypasses(script, step_id, marked):
            at = path[-1][1].at
            ways[(at.line, at.column)] = (*(step.id for step, _ in path), END)
    return {one: ways[(one.line, one.column)] for one in problems if (one.line, one.column) in ways}
