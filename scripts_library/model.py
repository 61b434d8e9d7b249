"""The words of a script: what a file says, once it has been read.

The rule of this file: plain frozen data, and no markup anywhere. Text is a row of spans; a screen draws them and
never parses them, so nothing that comes from a customer's profile can become markup.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

from scripts_library.conditions import Condition

END: Final = "end"  # the target of the last way on; no step may have this id


class FieldType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    AMOUNT = "amount"
    YES_NO = "yes_no"


class KeptIn(StrEnum):
    """Where an answer goes when the run is over."""

    INTERACTION = "interaction"
    PROFILE = "profile"


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
    options: tuple[Option, ...] = ()  # of type choice only


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style. Where `fact` is set the text stands for that fact: its fallback in a
    script, its value in a rendered step."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    fact: str = ""


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
    """For the agent's eyes."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words to say or to write to the customer."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class MustSay:
    """A statement that the agent must make, and acknowledge, before going on; or say why not."""

    id: str  # "<step>.<number>", unique in the script
    blocks: tuple[Block, ...]


class NotSaid(StrEnum):
    """Why a statement was not made. The screens have words for each."""

    CUSTOMER_HUNG_UP = "customer_hung_up"
    CUSTOMER_DECLINED = "customer_declined"  # did not want to hear it
    NOT_APPLICABLE = "not_applicable"  # it does not concern this customer: another script was the right one
    OTHER = "other"  # a note says which


@dataclass(frozen=True, slots=True)
class Ask:
    """Here the agent fills in a field."""

    field: Field


Part = Guidance | Prompt | MustSay | Ask


@dataclass(frozen=True, slots=True)
class Choice:
    """A way on. `key` is what the agent presses: one of 1 to 9."""

    key: str
    label: Spans
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a script: its parts in order, then either choices or one way on."""

    id: str
    title: str
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()
    next_step: str | None = None  # None where there are choices
    line: int = 0  # where it stands in its file

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part.field for part in self.parts if isinstance(part, Ask))

    @property
    def statements(self) -> tuple[MustSay, ...]:
        return tuple(part for part in self.parts if isinstance(part, MustSay))

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it leads, each once, in the order of the choices."""
        ways = [choice.target for choice in self.choices]
        return tuple(dict.fromkeys(ways if self.next_step is None else [*ways, self.next_step]))


RenderedStep = NewType("RenderedStep", Step)
"""A step whose facts are filled in: what a screen may show."""


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """For which interactions a script is meant. An empty part means any."""

    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()  # the customer is in at least one of them


@dataclass(frozen=True, slots=True)
class Script:
    """One version of one script in one language. (id, version, language) never stands for other words."""

    id: str
    version: int
    language: str
    title: str
    applies_to: AppliesTo
    priority: int
    when: Condition | None
    fields: tuple[Field, ...]
    steps: tuple[Step, ...]  # the first one begins; never empty
    file: str
    source: str = field(repr=False)  # the file's text: kept with a run, it gives the same script again

    def find_step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)
