"""The graph of a script: which steps can be reached, which lead to the end, and how long the longest way is.

The rule of this file: every function takes time that is linear in steps and choices. `checks.py` reports unknown
targets.
"""

from collections.abc import Mapping
from functools import lru_cache

from scripts_library.script_parts import END, Script


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
