"""Activities that a program tells of: payments, visits and whatever else rules count.

The rule of this file: an activity is told whole or refused with the field that is wrong. Contacts are counted by the
hub itself, and nobody tells it of them.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agent_console.token_views import ToldActivity
from hub.exchange.told_consents import read_instant
from hub.policies.activity_kinds import COUNTED_BY_HUB
from hub.policies.document import PolicyDocument
from hub.storage.activities import NewActivity, encode_amount

ACTIVITIES: Final = "activities"  # the field of a customer
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
