"""The graph of a script: which steps can be reached, which lead to the end, and how long the longest way is.

The rule of this file: every function takes time that is linear in steps and choices. `checks.py` reports unknown
targets.
"""

from collections.abc import Mapping
from functools import lru_cache

from scripts_library.conditions import list_variables
from scripts_library.script_parts import END, Script, Step, When
from scripts_library.variables import ANSWER, DERIVED, SCORE

_OWN = (ANSWER, DERIVED, SCORE)  # what an agent decides


def find_reachable(script: Script) -> frozenset[str]:
    """Return the steps that can be reached from the first one."""
    ways = _ways(script)
    return _spread({script.steps[0].id}, ways) - {END}


def find_ending(script: Script) -> frozenset[str]:
    """Return the steps from which the end can be reached."""
    sources: dict[str, list[str]] = {}
    for step_id, targets in _ways(script).items():
        for target in targets:
            sources.setdefault(target, []).append(step_id)
    return _spread({END}, {target: tuple(steps) for target, steps in sources.items()}) - {END}


@lru_cache(maxsize=1_000)
def measure_longest(script: Script) -> Mapping[str, int]:
    """Return, for each step that can be reached, how many steps its longest way to the end has, itself included. A
    way is not followed back to a step that it came from, so a loop counts once."""
    ways = _ways(script)
    longest: dict[str, int] = {}
    on_the_way: set[str] = set()
    edge = [(script.steps[0].id, iter(ways[script.steps[0].id]))]
    on_the_way.add(script.steps[0].id)
    while edge:
        step_id, targets = edge[-1]
        target = next((one for one in targets if one in ways and one not in longest and one not in on_the_way), None)
        if target is not None:
            on_the_way.add(target)
            edge.append((target, iter(ways[target])))
            continue
        edge.pop()
        on_the_way.remove(step_id)
        longest[step_id] = 1 + max((longest.get(one, 0) for one in ways[step_id]), default=0)
    return longest


def find_surely_ending(script: Script) -> frozenset[str]:
    """Return the steps from which an agent can come to the end whatever is known of the customer. A choice whose
    condition asks for the customer alone may be closed to them, and a way with such a condition may be forced on
    them; a condition that asks for an answer is in their hands."""
    steps = {step.id: step for step in script.steps}
    sources: dict[str, list[str]] = {}
    for step in script.steps:
        for target in step.targets:
            sources.setdefault(target, []).append(step.id)
    sure = {END}
    edge = [END]
    while edge:
        for step_id in sources.get(edge.pop(), ()):
            if step_id not in sure and _is_sure(steps[step_id], sure):
                sure.add(step_id)
                edge.append(step_id)
    return frozenset(sure - {END})


def _is_sure(step: Step, sure: set[str]) -> bool:
    if step.choices:
        return any(way.target in sure for way in step.ways if way.when is None or _is_in_hand(way.when))
    if any(way.when is not None and _is_in_hand(way.when) for way in step.exits):
        return any(way.target in sure for way in step.exits)
    return all(way.target in sure for way in step.exits)


def _is_in_hand(when: When) -> bool:
    return any(name.startswith(_OWN) for name in list_variables(when.condition))


def list_automatic_ways(script: Script) -> dict[str, tuple[str, ...]]:
    """Return, for each step that nobody sees, the steps of that kind to which it may lead."""
    automatic = {step.id for step in script.steps if step.is_automatic}
    return {
        step.id: tuple(target for target in step.targets if target in automatic)
        for step in script.steps
        if step.id in automatic
    }


def _ways(script: Script) -> dict[str, tuple[str, ...]]:
    return {step.id: step.targets for step in script.steps}


def _spread(start: set[str], ways: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return everything that can be reached from `start`."""
    reached = set(start)
    edge = list(start)
    while edge:
        for target in ways.get(edge.pop(), ()):
            if target not in reached:
                reached.add(target)
                edge.append(target)
    return frozenset(reached)
