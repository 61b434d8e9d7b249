"""Reads the examples at the end of a script: a line `# Example: Name`, perhaps a line `Given: ...`, and a line
`- step: ...` for each step.

The rule of this file: a line says where the script must be, what is answered there and which choice is taken. What a
keyboard of Chinese writes (：；＝［］“”) is understood.
"""

from dataclasses import replace
from typing import Final

from scripts_library.script_parts import END, Example, Move, Place
from scripts_library.script_problems import Report

MAX_EXAMPLES: Final = 50
MAX_GIVEN: Final = 20  # in an example
MAX_MOVES: Final = 500  # in all examples of a script
_WORDS: Final = ("example", "例", "示例")
_GIVEN: Final = ("given", "已知")
_TWINS: Final = str.maketrans("：；＝［］【】（）“”", ':;=[][]()""')  # each as long as what it stands for
_FORM: Final = "An example has lines like - ask: region = world; [1]"


def is_example(text: str) -> bool:
    """Whether this line begins an example."""
    word, colon, _ = text.removeprefix("#").translate(_TWINS).partition(":")
    return bool(colon) and not word.startswith("#") and word.strip().casefold() in _WORDS


class ExampleReader:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._examples: list[Example] = []
        self._moves = 0

    def begin(self, number: int, text: str) -> None:
        """Read the line that begins an example."""
        self._end()
        name = text.translate(_TWINS).partition(":")[2].strip()
        name = text[-len(name) :] if name else ""  # as it is written
        if not name or len(name) > 120:
            self._report(number, "An example has a name of at most 120 characters: # Example: Takes the cover.")
        if len(self._examples) == MAX_EXAMPLES:
            self._report(number, f"A script has at most {MAX_EXAMPLES} examples.")
            self._examples.pop()
        self._examples.append(Example(name, (), at=Place(number)))

    def read(self, number: int, line: str) -> None:
        """Read a line of the example that was begun."""
        text = line.strip()
        if not text:
            return
        at = Place(number, len(line) - len(line.lstrip()) + 1)
        word, colon, rest = text.translate(_TWINS).partition(":")
        if colon and word.strip().casefold() in _GIVEN:
            self._read_given(rest, text, number)
            return
        move = self._read_move(text, at) if text.startswith(("- ", "* ")) else None
        self._moves += 1
        if text[:1] not in "-*":
            self._report(number, f"{_FORM}. A step of the script stands before all examples.", at.column)
        elif move is not None and self._moves <= MAX_MOVES:
            last = self._examples[-1]
            self._examples[-1] = replace(last, moves=(*last.moves, move))
        elif move is not None:
            self._report(number, f"The examples of a script have at most {MAX_MOVES} lines in all.")

    def _read_given(self, plain: str, text: str, number: int) -> None:
        """Read what is known before: `Given: customer.tier = gold; customer.city = Uppsala`."""
        offset, last = len(text) - len(plain), self._examples[-1]
        given: list[tuple[str, str]] = []
        for part in plain.split(";"):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            end = offset + len(part.rstrip())
            offset += len(part) + 1
            if equals and name and value:
                given.append((name, text[end - len(value) : end]))
            elif part.strip():
                self._report(number, "What is known is written Given: customer.tier = gold; customer.city = Uppsala.")
                return
        if last.moves:
            self._report(number, "What is given stands before the steps of an example.")
        elif len(last.given) + len(given) > MAX_GIVEN:
            self._report(number, f"An example gives at most {MAX_GIVEN} values.")
        else:
            self._examples[-1] = replace(last, given=(*last.given, *given))

    def finish(self) -> tuple[Example, ...]:
        self._end()
        return tuple(self._examples)

    def _end(self) -> None:
        if self._examples and not self._examples[-1].moves:
            self._report(self._examples[-1].at.line, f"This example is empty. {_FORM}.")

    def _read_move(self, text: str, at: Place) -> Move | None:
        """Return the move; None: it cannot be read, which is reported."""
        plain = text.translate(_TWINS)
        step_id, colon, rest = (part.strip() for part in plain[2:].partition(":"))
        if step_id == END:
            return Move(END, outcome=rest, at=at)
        answers: list[tuple[str, str]] = []
        choice, offset = "", plain.index(":") + 1 if colon else len(plain)
        for part in plain[offset:].split(";"):
            words, begin = part.strip(), offset + len(part) - len(part.lstrip())
            offset += len(part) + 1
            name, equals, answer = (piece.strip() for piece in words.partition("="))
            if words.startswith("[") and words.endswith("]") and not choice:
                choice = words[1:-1].strip()
            elif equals and name and answer:
                answers.append((name, text[begin + len(words) - len(answer) : begin + len(words)]))
            elif words:
                self._report(at.line, f"This is neither an answer nor one choice. {_FORM}.", at.column + begin)
                return None
        return Move(step_id, tuple(answers), choice, at=at)
