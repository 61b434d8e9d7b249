"""Which steps a script run has shown, and when: the facts from which the figures of a script are counted.

The rule of this file: what was shown stays noted when the agent goes back, and nothing that was answered is in it.
The facts are written with the run itself, by the same statement, so they cost no other.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import orjson

from routing.model import Micros
from scripts_library.run import ScriptRun

MOST_VISITS: Final = 600  # of one run; what comes after is not counted
How = Literal["start", "on", "back"]


class Visit(NamedTuple):
    """A step from the instant at which it was shown. `step_id`: empty at the end. `how`: the run began here, went on
    here, or came back. A step that nobody sees is visited in the instant in which it is left."""

    step_id: str
    at: Micros
    how: How


def begin_visits(run: ScriptRun, at: Micros) -> tuple[Visit, ...]:
    ids = [*(taken.step_id for taken in run.path), run.step_id or ""]
    return tuple(Visit(one, at, "on" if number else "start") for number, one in enumerate(ids))


def resume_visits(visits: tuple[Visit, ...], run: ScriptRun, at: Micros) -> tuple[Visit, ...]:
    """The visits of a run that goes on where another one stood. `visits`: of the run whose place it takes."""
    return (*visits, Visit(run.step_id or "", at, "back" if visits else "start"))


def add_visits(visits: tuple[Visit, ...], before: ScriptRun, after: ScriptRun) -> tuple[Visit, ...]:
    """The visits after a change of the run, at the instant of its last step."""
    old, new = before.path, after.path
    if (old, before.step_id) == (new, after.step_id) or not visits or len(visits) >= MOST_VISITS:
        return visits
    at = max(after.stepped_at, visits[-1].at)
    if len(new) > len(old) and new[: len(old)] == old:
        ids = [*(taken.step_id for taken in new[len(old) + 1 :]), after.step_id or ""]
        return (*visits, *(Visit(one, at, "on") for one in ids))
    return (*visits, Visit(after.step_id or "", at, "back"))


def write_visits(visits: Sequence[Visit]) -> str:
    """As JSON: the first instant, then how much later each was."""
    first = visits[0].at if visits else 0
    return orjson.dumps(
        [[one.step_id, one.at - first if n else first, one.how] for n, one in enumerate(visits)]
    ).decode()


def read_visits(stored: str) -> tuple[Visit, ...]:
    rows = orjson.loads(stored)
    first = rows[0][1] if rows else 0
    return tuple(Visit(row[0], Micros(row[1] + first if n else first), row[2]) for n, row in enumerate(rows))
