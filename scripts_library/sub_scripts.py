"""Takes what a script uses from other files into it: the steps of a sub-script, the words of a question, proposals.

The rule of this file: the script that comes out is as if its author had written it all in one file. So its graph, its
proofs and its runs know nothing of files. A step `check` that uses a sub-script becomes the steps `check/ask`,
`check/read` and so on; each end of the sub-script leads where `check` says for that outcome.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from scripts_library.proposals import MOST_SHOWN, Proposal
from scripts_library.script_parts import END, Field, MustSay, Part, Place, Propose, Step, Use, Way
from scripts_library.script_problems import BrokenScript, Report, quoted, suggest

MAX_USES: Final = 30  # in a script
MAX_SHARED: Final = 64_000  # characters of the files that it uses
MAX_ID: Final = 64  # characters of a step's id


@dataclass(frozen=True, slots=True)
class SharedScript:
    """What other scripts may use of a file."""

    file: str
    kind: str
    outcomes: tuple[str, ...]
    steps: tuple[Step, ...]
    pauses: tuple[str, ...] = ()  # the steps that no recording may hold
    texts: tuple[tuple[str, str], ...] = ()  # that it uses itself, with their files
    marked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by outcome: the steps that come before it
    proposals: tuple[Proposal, ...] = ()


Read = Callable[[str, str], SharedScript]  # (text, file); raises `BrokenScript`


@dataclass(frozen=True, slots=True)
class SubScript:
    """A step's use of a sub-script: where each of its outcomes leads; "" stands for all others."""

    step_id: str
    use: Use
    shared: SharedScript
    ways: dict[str, Way]

    def list_pauses(self) -> list[str]:
        return [f"{self.step_id}/{step_id}" for step_id in self.shared.pauses]


class Shelf:
    """The shared files that one script may use, read when they are asked for. `language`: of the script."""

    def __init__(self, texts: Mapping[str, str], language: str, read: Read, report: Report) -> None:
        self._texts, self._language, self._read_text, self._report = texts, language, read, report
        self._read: dict[str, SharedScript | None] = {}
        self.uses: list[Use] = []
        self.fields: dict[str, Field] = {}  # that the script gets from them
        self.proposals: dict[str, Proposal] = {}  # of the catalogues from which it proposes something

    @property
    def used_texts(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for file, shared in self._read.items():
            if shared is not None:
                found.update({file: self._texts[file], **dict(shared.texts)})
        return list(found.items())

    def find_sub_script(self, name: str, at: Place, own: Mapping[str, Field]) -> SharedScript | None:
        """None: it cannot be used, which is reported."""
        shared = self._find(name, "sub-script", at)
        if shared is not None and self._take(Use(name, "", at), shared.steps, own):
            return shared
        return None

    def find_question(self, name: str, at: Place, own: Mapping[str, Field]) -> tuple[Part, ...]:
        """The words and fields of `bank/question`. Empty: it cannot be used, which is reported."""
        file_id, _, step_id = name.partition("/")
        shared = self._find(file_id, "questions", at)
        if shared is None:
            return ()
        step = next((one for one in shared.steps if one.id == step_id), None)
        if step is None:
            hint = suggest(step_id, [one.id for one in shared.steps])
            self._report(at.line, f"There is no question {quoted(step_id)} in {shared.file}.{hint}", at.column)
            return ()
        return step.parts if self._take(Use(file_id, step_id, at), [step], own) else ()

    def find_proposals(self, words: str, at: Place) -> tuple[Part, ...]:
        """What `{{ proposals: offers, 2 }}` shows. Empty: it cannot be used, which is reported."""
        name, comma, number = (one.strip() for one in words.partition(","))
        if comma and number not in map(str, range(1, MOST_SHOWN + 1)):
            words = f"A step shows from 1 to {MOST_SHOWN} proposals: write {{{{ proposals: {name}, 2 }}}}."
            self._report(at.line, words, at.column)
            return ()
        shared = self._find(name, "proposals", at)
        if shared is None or not self._take(Use(name, "", at), (), {}):
            return ()
        self.proposals |= {one.id: one for one in shared.proposals}
        return (Propose(name, int(number or MOST_SHOWN), shared.proposals, shared.steps),)

    def _find(self, script_id: str, kind: str, at: Place) -> SharedScript | None:
        file = f"{script_id}.{self._language}.md"
        if file not in self._texts:
            known = [one.partition(".")[0] for one in self._texts]
            words = f"There is no file {file} to take this from.{suggest(script_id, known)}"
            self._report(at.line, words, at.column)
            return None
        if file not in self._read and sum(map(len, dict(self.used_texts).values())) > MAX_SHARED:
            self._report(at.line, f"What a script uses of other files has at most {MAX_SHARED} characters in all.")
            return None
        if file not in self._read:
            try:
                self._read[file] = self._read_text(self._texts[file], file)
            except BrokenScript as broken:
                self._read[file] = None
                self._report(at.line, f"{file} is broken: {broken.problems[0]}", at.column)
        shared = self._read[file]
        if shared is not None and shared.kind != kind:
            words = f'{file} cannot be used here: its head does not say kind = "{kind}".'
            self._report(at.line, words, at.column)
            return None
        return shared

    def _take(self, use: Use, steps: Sequence[Step], own: Mapping[str, Field]) -> bool:
        self.uses.append(use)
        if len(self.uses) > MAX_USES:
            self._report(use.at.line, f"A script uses at most {MAX_USES} sub-scripts, questions and catalogues.")
            return False
        for asked in (one for step in steps for one in step.fields):
            known = own.get(asked.name, self.fields.get(asked.name, asked))
            if known != asked:
                words = (
                    f"brings the field {quoted(asked.name)}, which this script has with other words or another type"
                )
                self._report(use.at.line, f"{quoted(use.id)} {words}.", use.at.column)
                return False
            if asked.name not in own:
                self.fields[asked.name] = asked
        return True


def number_statements(step_id: str, parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts with the ids that statements have in this step."""
    numbered: list[Part] = []
    statements = 0
    for part in parts:
        statements += isinstance(part, MustSay)
        numbered.append(replace(part, id=f"{step_id}.{statements}") if isinstance(part, MustSay) else part)
    return tuple(numbered)


def expand(steps: Sequence[Step], subs: Mapping[str, SubScript], report: Report) -> tuple[Step, ...]:
    """The steps with those of the sub-scripts in the place of the steps that use them."""
    first = {step_id: f"{step_id}/{sub.shared.steps[0].id}" for step_id, sub in subs.items()}
    found: list[Step] = []
    for step in steps:
        sub = subs.get(step.id)
        if sub is None:
            found.append(_lead(step, lambda way: way._replace(target=first.get(way.target, way.target))))
            continue
        if step.parts:
            words = f"The step {quoted(step.id)} is a sub-script: put its own words and fields into a step before it."
            report(step.line, words)
        found.extend(_adopt(step, sub, first, report))
    return tuple(found)


def _adopt(step: Step, sub: SubScript, first: Mapping[str, str], report: Report) -> Iterable[Step]:
    for one in sub.shared.steps:
        step_id = f"{step.id}/{one.id}"
        if len(step_id) > MAX_ID:
            report(
                step.line, f"The id {quoted(step_id)} is longer than {MAX_ID} characters: shorten {quoted(step.id)}."
            )

        def lead(way: Way) -> Way:
            if way.target != END:
                return way._replace(target=f"{step.id}/{way.target}", at=sub.use.at)
            to = sub.ways.get(way.outcome) or next(iter(sub.ways.values()))
            after = tuple(f"{step.id}/{one}" for one in sub.shared.marked.get(way.outcome, ()))
            target, ended = first.get(to.target, to.target), way.outcome
            return way._replace(target=target, outcome=to.outcome, at=to.at, after=after, ended=ended)

        yield _lead(replace(one, id=step_id, parts=number_statements(step_id, one.parts), line=step.line), lead)


def _lead(step: Step, lead: Callable[[Way], Way]) -> Step:
    ways = [lead(way) for way in step.ways]
    choices = tuple(
        replace(choice, target=way.target, outcome=way.outcome, at=way.at, after=way.after, ended=way.ended)
        for choice, way in zip(step.choices, ways, strict=False)
    )
    return replace(step, choices=choices, exits=tuple(ways[len(choices) :]))


def check_ways(sub: SubScript, report: Report) -> None:
    """Each outcome of a sub-script leads somewhere, and nothing else does."""
    outcomes = sub.shared.outcomes
    for outcome in outcomes if sub.ways else ():
        if outcome not in sub.ways and "" not in sub.ways:
            words = f"The outcome {quoted(outcome)} of {quoted(sub.use.id)} leads nowhere"
            report(sub.use.at.line, f"{words}: write - [{outcome}] -> step-id.", sub.use.at.column)
    for outcome, way in sub.ways.items():
        if outcome and outcome not in outcomes:
            words = f"{quoted(sub.use.id)} has no outcome {quoted(outcome)}.{suggest(outcome, outcomes)}"
            report(way.at.line, words, way.at.column)
    if not sub.ways:
        report(
            sub.use.at.line, f"After {quoted(sub.use.id)} the script goes on: write -> step-id.", sub.use.at.column
        )
