"""Problems of a script file, in words for its author, and the errors of this room.

The rule of this file: a problem names its file, line and column, and says what to write instead.

Errors: `ScriptsError` is the root, and this room raises nothing else.
  `BrokenScript`      the text is not a script; it has every problem that was found
  `ConditionError`    condition_tokens.py: a condition cannot be parsed, or its types do not match
  `BadWebhookAnswer`  webhook_parts.py: an answer does not fit a field of the script
  `PlaceholderError`  placeholders.py: a placeholder cannot be read
  `RunError`          run.py: the current step does not allow an action; it has a code
  `StoredRunError`    run.py: stored data is not a script run
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

MAX_PROBLEMS: Final = 100  # per file; more are not collected
_LONGEST_NAME: Final = 64


class Severity(StrEnum):
    ERROR = "error"  # the file is not used
    WARNING = "warning"  # the script is used as it is


@dataclass(frozen=True, slots=True, order=True)
class ScriptProblem:
    file: str
    line: int  # from 1
    column: int  # in characters, from 1
    text: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class ScriptsError(Exception):
    """The root of everything that this room raises."""


class BrokenScript(ScriptsError):
    """The text is not a script. `problems` has every problem that was found, in the order of the file."""

    def __init__(self, problems: Sequence[ScriptProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Report:
    """Collects the problems of one file, each once. With `MAX_PROBLEMS` of them the reading ends: `BrokenScript`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: set[ScriptProblem] = set()

    def __call__(self, line: int, text: str, column: int = 1) -> None:
        self._problems.add(ScriptProblem(self._file, line, column, text))
        if len(self._problems) == MAX_PROBLEMS:
            raise BrokenScript(self.problems())

    def problems(self) -> tuple[ScriptProblem, ...]:
        return tuple(sorted(self._problems))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "..."?' if `name` is close to a known name, or else an empty text."""
    close = get_close_matches(name[:_LONGEST_NAME], list(known), n=1, cutoff=0.65)
    return f' Did you mean "{close[0]}"?' if close else ""


def quoted(text: str) -> str:
    """Return the author's words in quotes, shortened to 64 characters."""
    return f'"{text}"' if len(text) <= _LONGEST_NAME else f'"{text[:_LONGEST_NAME]}…"'
