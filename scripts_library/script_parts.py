"""The parts of a script, as they are after its file has been read.

The rule of this file: it has plain frozen data without any markup. A text is a sequence of spans, which a screen
draws and never parses. So nothing that comes from a customer's profile can become markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, NamedTuple, NewType

from scripts_library.applies_to import AppliesTo
from scripts_library.conditions import Condition
from scripts_library.proposals import Proposal
from scripts_library.variables import VariableTypes

END: Final = "end"  # the target that ends the script; no step may have this id


# What a consent is for
Purpose = Literal["service", "marketing", "recording", "page_trail"]

# A part of `applies_to`, from what an interaction is about to how it reaches us
HeadPart = Literal[
    "queues",
    "purposes",
    "numbers",
    "segments",
    "stages",
    "tiers",
    "hours",
    "skills",
    "directions",
    "channels",
]
ReasonPart = HeadPart | Literal["when"]  # why a script fits

# How a simulated customer of a role card feels
Mood = Literal["calm", "hurried", "worried", "angry", "curious"]


class FieldType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    AMOUNT = "amount"
    YES_NO = "yes_no"


class KeptIn(StrEnum):
    """Where an answer is kept after the run."""

    INTERACTION = "interaction"
    PROFILE = "profile"
    CONSENT = "consent"  # a yes or no of the customer, for the field's purpose


class WriteBack(StrEnum):
    """When an answer goes into the profile."""

    ALWAYS = "always"
    IF_EMPTY = "if_empty"  # only where the profile holds nothing
    ASK = "ask"  # once the agent has said so


ScriptKind = Literal["script", "sub-script", "questions", "proposals"]


class Place(NamedTuple):
    """Where in its file something stands."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer to a field of type choice."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A typed answer that the agent captures."""

    name: str
    label: str
    type: FieldType
    is_required: bool = False
    kept_in: KeptIn = KeptIn.INTERACTION
    purpose: Purpose | None = None  # only of an answer that is kept as a consent
    write_back: WriteBack = WriteBack.ALWAYS  # only of an answer that is kept in the profile
    options: tuple[Option, ...] = ()  # only for a field of type choice
    options_from: str = ""  # a list of the customer's, whose members may be chosen before the options; "": none
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Score:
    """A sum of points that the answers give. An answer that is not named gives none."""

    name: str
    label: str
    points: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by field, and its answer
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Derived:
    """A text that follows from answers and from what is known: that of the first case that holds."""

    name: str
    label: str
    cases: "tuple[tuple[str, When | None], ...]"  # the last one may have no condition
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a script can end. A *marked* outcome has steps whose statements must be acknowledged before."""

    id: str
    label: str
    after: tuple[str, ...] = ()  # the steps whose statements must be acknowledged
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style. If `variable` is set, the text stands for that variable: in a script it is the
    fallback, in a rendered step it is the value, or the fallback if the variable is not known."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    variable: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Spans


@dataclass(frozen=True, slots=True)
class ItemList:
    items: tuple[Spans, ...]
    is_numbered: bool = False


Block = Paragraph | ItemList


@dataclass(frozen=True, slots=True)
class Guidance:
    """Words that only the agent sees."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words that the agent says or writes to the customer."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class MustSay:
    """A required statement: before going on, the agent must make and acknowledge it, or give a reason why not."""

    id: str  # "<step>.<number>", unique in the script
    blocks: tuple[Block, ...]


class NotSaid(StrEnum):
    """Why a statement was not made. The screens have words for each reason."""

    CUSTOMER_HUNG_UP = "customer_hung_up"
    CUSTOMER_DECLINED = "customer_declined"  # the customer did not want to hear it
    NOT_APPLICABLE = "not_applicable"  # it does not concern this customer: another script was the right one
    OTHER = "other"  # a note gives the reason


@dataclass(frozen=True, slots=True)
class Ask:
    """The place where the agent fills in a field."""

    field: Field


class ActionKind(StrEnum):
    """What a script does on the agent's word."""

    TEXT = "text"  # send words to the customer, where they write
    ATTRIBUTE = "attribute"  # set a value of the profile
    DISPOSITION = "disposition"  # have the wrap-up propose it
    CALLBACK = "callback"  # agree on a call, so many hours from now
    PAUSE_RECORDING = "pause_recording"
    RESUME_RECORDING = "resume_recording"
    START_RECORDING = "start_recording"
    MAIL = "mail"  # as a text, where the customer writes mails, with a subject
    MARK = "mark"  # an activity of the customer, which segments and rules count
    TIER = "tier"  # fix a better tier, for some days
    WEBHOOK = "webhook"  # ask another system, whose answer fills fields of the step


@dataclass(frozen=True, slots=True)
class StepAction:
    """Something that the script does when the agent says so, with a tick or a cross."""

    name: str
    label: str
    kind: ActionKind
    words: tuple[Block, ...] = ()  # of a text or a mail
    subject: tuple[Block, ...] = ()  # of a mail
    attribute: str = ""
    value: str = ""  # of the attribute, the code of the disposition, or the name of the mark, tier or webhook
    after_hours: int = 0  # of a callback
    days: int = 0  # for which the tier is fixed
    why: str = ""  # it is fixed
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Do:
    """The place where the agent has an action done."""

    action: StepAction


@dataclass(frozen=True, slots=True)
class ShowScore:
    """The place where the agent sees a score so far, and what makes it up."""

    score: Score


@dataclass(frozen=True, slots=True)
class Propose:
    """The place where the agent sees what suits this customer best, of a catalogue."""

    catalogue: str
    most: int
    proposals: tuple[Proposal, ...]
    words: "tuple[Step, ...]"  # of each proposal, and of proposal/segment


Part = Guidance | Prompt | MustSay | Ask | ShowScore | Do | Propose


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways on. The agent presses `key`, which is one of 1 to 9."""

    key: str
    label: Spans
    target: str
    outcome: str = ""  # only where the target is the end
    at: Place = field(default=Place(), compare=False)  # of the target
    when: "When | None" = None  # the agent sees the choice only where this holds; None: always
    after: tuple[str, ...] = ()  # steps whose statements must be acknowledged: a sub-script ends marked with it
    ended: str = ""  # the outcome with which a sub-script ends here


class When(NamedTuple):
    """The condition of a way on."""

    text: str  # as the author wrote it
    condition: Condition


class Way(NamedTuple):
    """One way on from a step: a choice, or one of the ways that the script takes by itself."""

    key: str  # 1 to 9 of a choice; "" of an only way; ">1", ">2" and so on of several that have conditions
    target: str
    outcome: str
    at: Place  # of the target
    when: When | None = None  # None: always
    after: tuple[str, ...] = ()  # as of a choice
    ended: str = ""  # as of a choice


class Use(NamedTuple):
    """A sub-script or a question that a script takes from another file."""

    id: str  # of the script in that file
    step_id: str = ""  # of the question; "": the whole sub-script
    at: Place = Place()


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a script: its parts in order, and then either choices or `exits`, of which the first whose
    condition holds is taken. A step that has only ways with conditions is *automatic*: nobody sees it."""

    id: str
    title: str
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()
    exits: tuple[Way, ...] = ()  # none if the step has choices; the last one has no condition
    line: int = 0  # its line in the file
    pauses_recording: bool = False  # while the agent is at it, nothing of the call is recorded
    ways: tuple[Way, ...] = field(init=False, compare=False, repr=False)  # the choices in their order, or the exits

    def __post_init__(self) -> None:
        """The ways are asked for many times over, by every check of the graph."""
        chosen = (
            Way(one.key, one.target, one.outcome, one.at, one.when, one.after, one.ended) for one in self.choices
        )
        object.__setattr__(self, "ways", (*chosen, *self.exits))

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part.field for part in self.parts if isinstance(part, Ask))

    @property
    def statements(self) -> tuple[MustSay, ...]:
        return tuple(part for part in self.parts if isinstance(part, MustSay))

    @property
    def is_automatic(self) -> bool:
        """Whether it only decides where to go on."""
        return not self.parts and any(way.when is not None for way in self.exits)

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of the step, each once, in the order of the choices."""
        return tuple(dict.fromkeys(way.target for way in self.ways))


RenderedStep = NewType("RenderedStep", Step)
"""A step whose variables are filled in. Only such a step may be shown."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line of an example: the step where the run must be, and what is done there."""

    step_id: str  # or END
    answers: tuple[tuple[str, str], ...] = ()  # (field, answer) as it is typed
    choice: str = ""  # the key; "": the one way on, or the example stops here
    outcome: str = ""  # only at the end
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """A test of the script that its author wrote: how an agent walks it, and where that leads."""

    name: str
    moves: tuple[Move, ...]
    given: tuple[tuple[str, str], ...] = ()  # (variable, value): what is known before
    at: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Script:
    """One version of one script in one language. The same (id, version, language) always has the same words."""

    id: str
    version: int
    language: str
    title: str
    applies_to: AppliesTo
    priority: int
    when: Condition | None = field(compare=False)  # the policy decides how the text is read
    types: VariableTypes = field(compare=False)  # of the variables that its conditions name
    fields: tuple[Field, ...]
    steps: tuple[Step, ...]  # a run begins with the first; there is at least one
    file: str
    source: str = field(repr=False)  # the file's text and those that it uses: `parse_stored` makes the same of it
    kind: ScriptKind = "script"
    uses: tuple[Use, ...] = ()  # in the order of the text
    outcomes: tuple[Outcome, ...] = ()
    scores: tuple[Score, ...] = ()
    actions: tuple[StepAction, ...] = ()
    derived: tuple[Derived, ...] = ()
    proposals: tuple[Proposal, ...] = ()  # of a catalogue
    examples: tuple[Example, ...] = ()
    expires_hours: int = 0  # after its last step, a run begins anew with who takes over; 0: never
    continue_hours: int = 0  # after its last step, a later interaction may go on with a run; 0: none may

    def __hash__(self) -> int:
        """The text makes the script, and texts remember their hash."""
        return hash((self.file, self.source))

    def find_step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)
