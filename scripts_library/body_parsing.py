"""Reads the lines of a script after its head: steps with their words, fields and ways on.

The rule of this file: each line is read once, and its first characters say of which kind it is. All problems are
reported at their line and column.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from scripts_library.example_parsing import ExampleReader, is_example
from scripts_library.head import Head
from scripts_library.proposals import PROPOSAL
from scripts_library.prose import SourceLine, parse_blocks
from scripts_library.script_parts import (
    END,
    Ask,
    Block,
    Choice,
    Do,
    Field,
    Guidance,
    MustSay,
    Part,
    Place,
    Prompt,
    Propose,
    ShowScore,
    Step,
    StepAction,
    Use,
    Way,
)
from scripts_library.script_problems import BrokenScript, Report, quoted, suggest
from scripts_library.sub_scripts import SharedScript, Shelf, SubScript, check_ways, number_statements
from scripts_library.variables import CUSTOMER, OUTCOME, PURPOSE, VariableType, VariableTypes
from scripts_library.way_parsing import WayReader, is_slug

MAX_LINE: Final = 4_000  # characters in a line
MAX_STEPS: Final = 250
MAX_PARTS: Final = 50  # in a step


class _AnyAttribute(frozenset[str]):
    """Has every variable of a customer, besides its own members."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith(CUSTOMER))


Used = SharedScript | tuple[Part, ...]


def find_used(lines: Sequence[tuple[int, str]], head: Head, shelf: Shelf, report: Report) -> Mapping[int, Used]:
    """What lines like `{{ script: identity }}` take from other files, by line."""
    own = {field.name: field for field in head.fields}
    found: dict[int, Used] = {}
    for number, line in lines:
        text = line.strip()
        kind, colon, rest = text.removeprefix("{{").strip().partition(":")
        if not text.startswith("{{") or not colon or kind.strip() not in ("script", "question", "proposals"):
            continue
        name = rest.removesuffix("}}").strip()
        at = Place(number, max(line.find(name), 0) + 1)
        found[number] = ()
        if not text.endswith("}}"):
            report(number, f"It stands on a line of its own: {{{{ {kind.strip()}: name }}}}.")
        elif kind.strip() == "question":
            found[number] = shelf.find_question(name, at, own)
        elif kind.strip() == "proposals":
            found[number] = shelf.find_proposals(name, at)
        elif head.kind != "script":
            report(number, "A file that others use takes no sub-script in itself, only questions.", at.column)
        else:
            found[number] = shelf.find_sub_script(name, at, own) or ()
    return found


class Body:
    """Reads the lines after the head. Successive lines of one kind make one part. `used`: what each line takes from
    another file."""

    def __init__(
        self,
        head: Head,
        report: Report,
        types: VariableTypes,
        used: Mapping[int, Used],
        *,
        is_stored: bool,
    ) -> None:
        self._used = used
        self.subs: dict[str, SubScript] = {}  # by the step that uses it
        self._is_catalogue = head.kind == "proposals"
        self._fields: Mapping[str, Field] = {field.name: field for field in head.fields}
        self._scores = {score.name: ShowScore(score) for score in head.scores}
        self.actions: dict[str, StepAction] = {}
        self._outcomes = [outcome.id for outcome in head.outcomes]
        # Yes or no does not fit into a sentence, nor does a code, so no placeholder may use them.
        in_text = [
            name
            for name, one in types.items()
            if one is not VariableType.YES_NO and not name.startswith((OUTCOME, PROPOSAL, PURPOSE))
        ]
        kind = _AnyAttribute if is_stored else frozenset
        self._variables: frozenset[str] = kind(in_text)
        self._ways = WayReader(report, types, self._outcomes, self._variables, is_stored=is_stored)
        self._report = report
        for name, (action, text, subject) in head.actions.items():
            self.actions[name] = replace(
                action, words=self._parse(action, text), subject=self._parse(action, subject)
            )
        self._steps: list[Step] = []
        self._ids: set[str] = set()  # of the steps
        self._parts: list[Part] = []
        self._choices: list[Choice] = []
        self._kind: type[Guidance] | type[Prompt] | type[MustSay] = Guidance
        self._lines: list[SourceLine] = []
        self._in_examples = False
        self.examples = ExampleReader(report)

    def _parse(self, action: StepAction, text: str) -> tuple[Block, ...]:
        words, own = [SourceLine(action.at.line, one) for one in text.strip().split("\n")], Report("")
        blocks: tuple[Block, ...] = ()
        with suppress(BrokenScript):  # too many problems, of which those that were found are told
            blocks = parse_blocks(words, self._variables, own) if text.strip() else ()
        for problem in own.problems():  # at its table: the text may stand in several lines of the head
            self._report(action.at.line, f"The action `{action.name}`: {problem.text}", action.at.column)
        if text and not blocks and not own.problems():
            self._report(action.at.line, f"The action `{action.name}` has no words to send.", action.at.column)
        return blocks

    def read(self, number: int, line: str) -> None:
        text = line.strip()
        begin = len(line) - len(line.lstrip()) + 1
        if len(line) > MAX_LINE:
            words = f"A line has at most {MAX_LINE} characters, this one has {len(line)}."
            self._report(number, words, MAX_LINE + 1)
        elif text.startswith("#") and is_example(text):
            self._close_step()
            self._in_examples = True
            self.examples.begin(number, text)
        elif text.startswith("#") and self._in_examples:
            self._report(number, "Steps stand before all examples. An example begins with # Example: Name.", begin)
        elif text.startswith("#"):
            self._begin_step(number, text)
        elif self._in_examples:
            self.examples.read(number, line)
        elif not self._steps:
            if text:
                self._report(number, "This stands before the first step. A step begins with ## step-id: Title.")
        elif text.startswith("!>"):
            self._add(MustSay, number, text[2:], begin + 2)
        elif text.startswith(">"):
            self._add(Prompt, number, text[1:], begin + 1)
        elif text.startswith(("->", "→")):
            self._go_on(number, line, text.removeprefix("->").removeprefix("→").strip())
        elif text.startswith(("- [", "* [")):
            self._choose(number, line, text[2:])
        elif text.startswith("{{") and text[2:].lstrip().startswith("field:"):
            self._ask(number, text, begin)
        elif number in self._used:
            self._take_in(number, self._used[number])
        elif text.startswith("{{") and text[2:].lstrip().startswith("score:"):
            self._name_part(number, text, begin, "score", self._scores)
        elif text.startswith("{{") and text[2:].lstrip().startswith("action:"):
            self._name_part(number, text, begin, "action", {name: Do(one) for name, one in self.actions.items()})
        elif text or self._kind is Guidance:
            self._add(Guidance, number, line, 1)
        else:
            self._close_part()  # a blank line ends a prompt

    def finish(self, last_line: int) -> tuple[Step, ...]:
        self._close_step()
        if not self._steps:
            self._report(last_line, "There is no step. A step begins with ## step-id: Title.")
        return tuple(self._steps)

    def _begin_step(self, number: int, text: str) -> None:
        self._close_step()
        words = text.lstrip("#")
        step_id, colon, title = (part.strip() for part in words.replace("：", ":", 1).partition(":"))
        if len(text) - len(words) != 2 or not colon or not title or not self._may_be_id(step_id):
            self._report(number, "A step begins with ## step-id: Title, its id in small letters, digits and hyphens.")
        elif step_id == END:
            self._report(number, f'"{END}" is where every script ends; no step can have this id.')
        elif step_id in self._ids:
            self._report(number, f"There is a step {quoted(step_id)} already.")
        if len(self._steps) == MAX_STEPS:
            self._report(number, f"A script has at most {MAX_STEPS} steps.")
        self._steps = self._steps[:MAX_STEPS]
        self._ids.add(step_id)
        self._steps.append(Step(id=step_id, title=title, parts=(), line=number))

    def _may_be_id(self, text: str) -> bool:
        """In a catalogue, the words for a segment stand under proposal/segment."""
        proposal_id, slash, segment = text.partition("/")
        return is_slug(proposal_id) and (
            not slash or (self._is_catalogue and 0 < len(segment) <= 64 and '"' not in segment)
        )

    def _add(self, kind: type[Guidance] | type[Prompt] | type[MustSay], number: int, line: str, column: int) -> None:
        if kind is not self._kind:
            self._close_part()
            self._kind = kind
        text = line.removeprefix(" ") if kind is not Guidance else line
        self._lines.append(SourceLine(number, text, column + len(line) - len(text)))

    def _close_part(self) -> None:
        kind, lines = self._kind, self._lines
        self._kind, self._lines = Guidance, []
        blocks = parse_blocks(lines, self._variables, self._report)
        if blocks and kind is MustSay:
            self._append(MustSay("", blocks), lines[0].number)
        elif blocks:
            self._append(Prompt(blocks) if kind is Prompt else Guidance(blocks), lines[0].number)
        elif kind is not Guidance:
            self._report(lines[0].number, "There are no words after the >.")

    def _append(self, part: Part, number: int) -> None:
        if len(self._parts) < MAX_PARTS:
            self._parts.append(part)
        else:
            self._report(number, f"A step has at most {MAX_PARTS} parts: make it two steps.")

    def _go_on(self, number: int, line: str, words: str) -> None:
        self._close_part()
        step = self._steps[-1]
        if step.id in self.subs:
            self._lead_on(number, self._ways.read_exit(number, line, words, 0), "")
        elif self._choices:
            self._report(number, "A step has either choices or one way on.")
        elif step.exits and step.exits[-1].when is None:
            self._report(number, "The way before this one has no condition, so this one is never taken.")
        elif (way := self._ways.read_exit(number, line, words, len(step.exits))) is not None:
            self._steps[-1] = replace(step, exits=(*step.exits, way))

    def _choose(self, number: int, line: str, text: str) -> None:
        self._close_part()
        if self._steps[-1].id in self.subs:
            outcome, way = self._ways.read_result(number, line, text)
            self._lead_on(number, way, outcome)
        elif self._steps[-1].exits:
            self._report(number, "A step has either choices or one way on.")
        elif (choice := self._ways.read_choice(number, line, text, self._choices)) is not None:
            self._choices.append(choice)

    def _lead_on(self, number: int, way: Way | None, outcome: str) -> None:
        """Note where the step's sub-script leads with this outcome."""
        ways = self.subs[self._steps[-1].id].ways
        if way is None:
            return
        if way.when is not None:
            self._report(number, "After a sub-script no condition stands: lead to a step that decides.")
        elif outcome in ways:
            self._report(
                number, f"It is said already where {quoted(outcome) if outcome else 'the sub-script'} leads."
            )
        else:
            ways[outcome] = way

    def _take_in(self, number: int, used: Used) -> None:
        """Take in what this line uses of another file."""
        self._close_part()
        step = self._steps[-1]
        if isinstance(used, SharedScript):
            if step.id in self.subs or step.ways or self._choices:
                self._report(number, "A step uses one sub-script, which stands before its ways on.")
                return
            self.subs[step.id] = SubScript(step.id, Use(used.file.partition(".")[0], "", Place(number)), used, {})
            return
        for part in used:
            if isinstance(part, Propose) and any(isinstance(one, Propose) for one in self._parts):
                self._report(number, "A step shows the proposals of one catalogue.")
            elif isinstance(part, Ask) and any(
                isinstance(one, Ask) and one.field == part.field for one in self._parts
            ):
                self._report(number, f"This step asks for {quoted(part.field.name)} already.")
            else:
                self._append(part, number)

    def _name_part(self, number: int, text: str, begin: int, kind: str, known: Mapping[str, Part]) -> None:
        """Read a line that shows a score or an action of the head."""
        self._close_part()
        name = text.removeprefix("{{").strip().removeprefix(f"{kind}:").removesuffix("}}").strip()
        if not text.endswith("}}"):
            self._report(number, f"It stands on a line of its own: {{{{ {kind}: name }}}}.")
        elif name not in known:
            words = f"The head declares no {kind} {quoted(name)}.{suggest(name, known)}"
            self._report(number, words, begin + max(text.find(name), 0))
        else:
            self._append(known[name], number)

    def _ask(self, number: int, text: str, begin: int) -> None:
        self._close_part()
        name = text.removeprefix("{{").strip().removeprefix("field:").removesuffix("}}").strip()
        field = self._fields.get(name)
        if not text.endswith("}}"):
            self._report(number, "A field stands on a line of its own: {{ field: name }}.")
        elif field is None:
            words = f"The head declares no field {quoted(name)}.{suggest(name, self._fields)}"
            self._report(number, words, begin + max(text.find(name), 0))
        elif any(isinstance(part, Ask) and part.field == field for part in self._parts):
            self._report(number, f"This step asks for {quoted(name)} already.")
        else:
            self._append(Ask(field), number)

    def _close_step(self) -> None:
        if self._steps and not self._in_examples:
            self._close_part()
            step, parts = self._steps[-1], number_statements(self._steps[-1].id, self._parts)
            self._ways.check_last(step, self._choices)
            if step.id in self.subs:
                check_ways(self.subs[step.id], self._report)
            self._steps[-1] = replace(step, parts=parts, choices=tuple(self._choices))
        self._parts, self._choices = [], []
