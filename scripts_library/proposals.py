"""Proposals: what suits a customer, as a catalogue says it, and which of them a script shows.

The rule of this file: pure. Whether a proposal's rule holds is found elsewhere. What the customer answered before,
the days on which it is valid and its priority decide which of those that fit are shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from scripts_library.condition_parsing import ANY_SEGMENT, parse_condition
from scripts_library.conditions import Condition
from scripts_library.variables import CUSTOMER, VariableType, VariableTypes

PROPOSAL: Final = "proposal."  # before the name of a variable: what the customer answered in this interaction
CONSENT: Final = "consent."
MOST_SHOWN: Final = 3  # at once
MOST_DAYS: Final = 3_650
Reply = Literal["accepted", "declined", "later"]
_AGREED: Final = ("service", "marketing", "recording", "page_trail")  # what customers are asked to agree to


class ProposalTable(BaseModel):
    """`[proposals.savings-plan]` in the head of a catalogue."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    when: Annotated[str, Constraint(max_length=4_000)] = ""
    why: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    priority: Annotated[int, Constraint(ge=-1_000, le=1_000)] = 0
    purpose: Literal["service", "marketing"] = "service"
    valid_from: date | None = None
    valid_until: date | None = None
    declined_days: Annotated[int, Constraint(ge=0, le=MOST_DAYS)] = 180
    later_days: Annotated[int, Constraint(ge=0, le=MOST_DAYS)] = 14
    again_days: Annotated[int, Constraint(ge=0, le=MOST_DAYS)] | None = None
    counts: Annotated[list[Reply], Constraint(min_length=1, max_length=3)] = ["accepted"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A product or action that may be proposed. `when`: who may get it, as its author wrote it; empty: everybody.
    `why`: what the agent reads beside it. The days count from the day of the answer."""

    id: str
    when: str
    why: str = field(compare=False)
    priority: int = 0
    purpose: Literal["service", "marketing"] = "service"  # marketing needs the customer's consent
    valid_from: date | None = None
    valid_until: date | None = None  # the last day
    declined_days: int = 180
    later_days: int = 14  # where the customer named no day
    again_days: int | None = None  # after it was accepted; None: it is not proposed again
    counts: tuple[str, ...] = ("accepted",)  # the answers that are a success
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)

    @property
    def rule(self) -> str:
        """Who may get it, with the consent that its purpose asks for; empty: everybody."""
        if self.purpose != "marketing":
            return self.when
        asked = f"{CONSENT}marketing == true"
        return f"{asked} && ({self.when})" if self.when else asked

    @property
    def variable(self) -> str:
        return name_variable(self.id)


@dataclass(frozen=True, slots=True)
class Suggested:
    """A proposal that a run has shown, and what the customer said. `segment`: whose words were shown; empty:
    everybody's. `before`: their answer of an earlier interaction; `before_at`: when."""

    id: str
    segment: str = ""
    before: str = ""
    before_at: int = 0
    at: int = 0  # microseconds since 1970 UTC: when it was shown
    to: str = ""  # the agent who saw it
    reply: str = ""  # accepted, declined, later; empty: not said yet
    replied_at: int = 0
    by: str = ""  # the agent who noted the reply
    until: str = ""  # the day that the customer named, as 2026-12-24


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer of an earlier interaction. `on`: its day. `until`: the day that the customer named."""

    proposal: str
    reply: str
    on: date
    at: int = 0
    until: date | None = None


def name_variable(proposal_id: str) -> str:
    """The variable of a step's condition: proposal.savings_plan, of the proposal savings-plan."""
    return PROPOSAL + proposal_id.replace("-", "_")


def list_rule_types(types: VariableTypes) -> VariableTypes:
    """What a proposal's rule may name: the customer, and what they agree to."""
    own = {name: kind for name, kind in types.items() if name.startswith(CUSTOMER)}
    return own | {CONSENT + purpose: VariableType.YES_NO for purpose in _AGREED}


def parse_rule(text: str, types: VariableTypes) -> Condition:
    """Which activities and segments there are is known to the policy alone, so any may be named here. Raises
    ConditionError."""
    return parse_condition(text, list_rule_types(types), ANY_SEGMENT, ANY_SEGMENT)


def build_proposal(proposal_id: str, table: ProposalTable, line: int, column: int) -> Proposal:
    given: dict[str, Any] = {name: getattr(table, name) for name in type(table).model_fields}
    return Proposal(**{**given, "id": proposal_id, "counts": tuple(table.counts)}, line=line, column=column)


def find_again(proposal: Proposal, said: Replied) -> date | None:
    """The first day on which it may be proposed again; None: never."""
    days: int | None
    match said.reply:
        case "accepted":
            days = proposal.again_days
        case "declined":
            days = proposal.declined_days
        case _:
            if said.until is not None:
                return said.until
            days = proposal.later_days
    return None if days is None else said.on + timedelta(days=days)


def is_resting(proposal: Proposal, said: Replied | None, today: date) -> bool:
    """Whether the customer's latest answer about it forbids to propose it today."""
    if said is None:
        return False
    again = find_again(proposal, said)
    return again is None or today < again


def is_valid(proposal: Proposal, today: date) -> bool:
    """Whether it may be proposed on this day at all."""
    begun = proposal.valid_from is None or proposal.valid_from <= today
    return begun and not is_over(proposal, today)


def is_over(proposal: Proposal, today: date) -> bool:
    """Whether its last day has passed."""
    return proposal.valid_until is not None and proposal.valid_until < today


def find_latest(said: Iterable[Replied]) -> Mapping[str, Replied]:
    """By proposal: the latest answer."""
    return {one.proposal: one for one in sorted(said, key=lambda one: one.at)}


def choose(
    proposals: Sequence[Proposal], fitting: frozenset[str], said: Iterable[Replied], today: date, most: int
) -> tuple[Proposal, ...]:
    """The best for this customer: the larger priority first, then the order of the catalogue. `fitting`: the ids of
    those whose rule holds. `said`: all answers of the customer, of whatever interaction."""
    latest = find_latest(said)
    open_now = [
        one
        for one in proposals
        if one.id in fitting and is_valid(one, today) and not is_resting(one, latest.get(one.id), today)
    ]
    return tuple(sorted(open_now, key=lambda one: -one.priority)[:most])
