"""Activities that a program or a file tells of: payments, visits and whatever else rules count.

The rule of this file: an activity is told whole or refused with the field that is wrong. Contacts are counted by the
hub itself, and nobody tells it of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agent_console.token_views import ToldActivity
from hub.exchange.told_consents import read_instant
from hub.policies.activity_kinds import COUNTED_BY_HUB
from hub.policies.document import PolicyDocument
from hub.storage.activities import NewActivity, encode_amount

ACTIVITIES: Final = "activities"  # the field of a customer
# What a column of a file may be: one activity stands in a line, beside whose it is
KIND, AT, AMOUNT, LABEL = "activity", "activity_at", "activity_amount", "activity_label"
REFERENCE: Final = "activity_reference"
TARGETS: Final = (KIND, AT, AMOUNT, LABEL, REFERENCE)
_FIELD_OF: Final = {"kind": KIND, "at": AT, "amount": AMOUNT, "label": LABEL, "reference": REFERENCE}
MOST: Final = 100  # of one request: one short write (P11)
MOST_AMOUNT: Final = 10**12  # more than that is a mistake, and sums of them stay within 64 bits

_TOLD: Final = TypeAdapter(list[ToldActivity])


class ActivityRefused(Exception):
    """`problems`: the field, such as activities.2.at, and a code."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("refused")
        self.problems = problems


def read_activities(given: Any, document: PolicyDocument, now: int) -> list[ToldActivity]:
    """Raises ActivityRefused."""
    try:
        told = _TOLD.validate_python(given)
    except ValidationError as error:
        places = dict.fromkeys(".".join(map(str, (ACTIVITIES, *one["loc"]))) for one in error.errors())
        raise ActivityRefused([(place, "invalid") for place in places]) from None
    problems = [
        (f"{ACTIVITIES}.{number}.{name}", code)
        for number, one in enumerate(told)
        for name, code in _find_problems(one, document, now)
    ]
    if problems:
        raise ActivityRefused(problems)
    return told


def build_activity(one: ToldActivity, customer_id: str, document: PolicyDocument) -> NewActivity:
    """Of one that was read without a problem."""
    return NewActivity(
        customer_id=customer_id,
        kind=one.kind,
        at=read_instant(one.at, document),
        label=one.label,
        amount=one.amount,
        reference=one.reference,
    )


def read_cells(facts: dict[str, Any], document: PolicyDocument, now: int) -> dict[str, Any] | None:
    """Take the cells of an activity out of those of a line: the activity as it is staged, with `at` in microseconds
    and `amount` as it is stored; None: the line tells of none. Raises ActivityRefused: the target of a column, and a
    code."""
    cells = {field: facts.pop(target) for field, target in _FIELD_OF.items() if target in facts}
    if not cells:
        return None
    if missing := [name for name in ("kind", "at") if name not in cells]:
        raise ActivityRefused([(_FIELD_OF[missing[0]], "activity_missing")])
    cells["kind"] = _find_kind(cells["kind"], document)
    try:
        one = ToldActivity.model_validate(cells)
    except ValidationError as error:
        places = [_FIELD_OF[str(found["loc"][0])] for found in error.errors()]
        raise ActivityRefused([(place, "too_long") for place in places]) from None
    if problems := [(_FIELD_OF[name], _CODES.get(code, code)) for name, code in _find_problems(one, document, now)]:
        raise ActivityRefused(problems)
    staged = build_activity(one, "", document)
    return {
        "kind": staged.kind,
        "said_at": one.at,
        "at": staged.at,
        "amount": encode_amount(staged.amount),
        "label": staged.label,
        "reference": staged.reference,
    }


# As the pages of imports call them
_CODES: Final[Mapping[str, str]] = {
    "unknown_kind": "activity_kind",
    "counted_by_hub": "activity_counted",
    "no_amount": "activity_amount",
    "in_future": "activity_in_future",
}


def _find_kind(said: str, document: PolicyDocument) -> str:
    """By its id, or by its name in any language."""
    for kind, one in document.all_activities.items():
        if said.casefold() in (kind, *(name.casefold() for name in one.names.values())):
            return kind
    return said


def _find_problems(one: ToldActivity, document: PolicyDocument, now: int) -> Iterator[tuple[str, str]]:
    kind = document.all_activities.get(one.kind)
    if kind is None:
        yield "kind", "unknown_kind"
    elif one.kind in COUNTED_BY_HUB:
        yield "kind", "counted_by_hub"
    elif one.amount is not None and not kind.has_amount:
        yield "amount", "no_amount"
    try:
        if read_instant(one.at, document) > now:
            yield "at", "in_future"
    except (ValueError, OverflowError):
        yield "at", "date"
    if one.amount is not None and not _fits(one.amount):
        yield "amount", "number"
    for name in ("label", "reference"):
        if not (getattr(one, name) or "").isprintable():
            yield name, "characters"


def _fits(amount: Decimal) -> bool:
    try:
        encode_amount(amount)
    except (ValueError, OverflowError):
        return False
    return abs(amount) <= MOST_AMOUNT
