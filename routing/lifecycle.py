"""What an interaction's state may become, and because of what: one table.

The rules of this file:
1. A pair that is not in the table does not happen: an input that asks for it is rejected as `wrong_state`.
2. Closed is final: it stands on no left side.

`routing/README.md` shows `diagram()`; a test compares the two.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from routing.model import InteractionState


class Cause(StrEnum):
    ENTERED = "entered"
    OFFER_MADE = "offer made"
    OFFER_ACCEPTED = "offer accepted"
    OFFER_RETURNED = "offer returned"  # declined, expired or its agent lost: back at the old place
    CUSTOMER_LEFT = "customer left"
    CUSTOMER_RETURNED = "customer returned"
    ENDED = "ended"  # by the agent who holds it
    WRAPPED_UP = "wrapped up"  # completed by the agent, or its limit reached
    DIALLED = "dialled"  # a callback, for an agent who fits, or who has accepted it
    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # back at the old place, for the next try
    GAVE_UP = "gave up"  # no tries are left, or no hours in which the customer may be called
    LINKED = "linked"  # the customer waits on another channel as well, which holds the place
    UNLINKED = "unlinked"  # that one has closed without being handled
    TRANSFERRED = "transferred"
    OVERFLOWED = "overflowed"  # by a rule of its queue that closes it
    AGENT_LOST = "agent lost"  # a call stays on its line, so that only text comes back this way
    FAILED = "failed"


_WAITING = InteractionState.WAITING
_PAUSED = InteractionState.PAUSED
_DIALLING = InteractionState.DIALLING
_OFFERED = InteractionState.OFFERED
_ACTIVE = InteractionState.ACTIVE
_WRAP_UP = InteractionState.WRAP_UP
_CLOSED = InteractionState.CLOSED

TRANSITIONS: Final[Mapping[tuple[InteractionState | None, Cause], InteractionState]] = {
    (None, Cause.ENTERED): _WAITING,
    (_WAITING, Cause.OFFER_MADE): _OFFERED,
    (_WAITING, Cause.TRANSFERRED): _WAITING,
    (_WAITING, Cause.CUSTOMER_LEFT): _CLOSED,
    (_WAITING, Cause.OVERFLOWED): _CLOSED,
    (_WAITING, Cause.FAILED): _CLOSED,
    (_WAITING, Cause.DIALLED): _DIALLING,
    (_WAITING, Cause.GAVE_UP): _CLOSED,
    (_WAITING, Cause.LINKED): _PAUSED,
    (_PAUSED, Cause.UNLINKED): _WAITING,
    (_PAUSED, Cause.WRAPPED_UP): _CLOSED,
    (_PAUSED, Cause.CUSTOMER_LEFT): _CLOSED,
    (_PAUSED, Cause.FAILED): _CLOSED,
    (_DIALLING, Cause.ANSWERED): _ACTIVE,
    (_DIALLING, Cause.UNANSWERED): _WAITING,
    (_DIALLING, Cause.AGENT_LOST): _WAITING,
    (_DIALLING, Cause.GAVE_UP): _CLOSED,
    (_DIALLING, Cause.CUSTOMER_LEFT): _CLOSED,
    (_DIALLING, Cause.FAILED): _CLOSED,
    (_OFFERED, Cause.OFFER_ACCEPTED): _ACTIVE,
    (_OFFERED, Cause.DIALLED): _DIALLING,
    (_OFFERED, Cause.OFFER_RETURNED): _WAITING,
    (_OFFERED, Cause.TRANSFERRED): _WAITING,
    (_OFFERED, Cause.CUSTOMER_LEFT): _CLOSED,
    (_OFFERED, Cause.FAILED): _CLOSED,
    (_ACTIVE, Cause.ENDED): _WRAP_UP,
    (_ACTIVE, Cause.CUSTOMER_LEFT): _WRAP_UP,
    (_ACTIVE, Cause.TRANSFERRED): _WAITING,
    (_ACTIVE, Cause.AGENT_LOST): _WAITING,
    (_ACTIVE, Cause.FAILED): _CLOSED,
    (_WRAP_UP, Cause.CUSTOMER_RETURNED): _ACTIVE,
    (_WRAP_UP, Cause.WRAPPED_UP): _CLOSED,
    (_WRAP_UP, Cause.AGENT_LOST): _CLOSED,
    (_WRAP_UP, Cause.FAILED): _CLOSED,
}

HELD: Final = frozenset({_OFFERED, _DIALLING, _ACTIVE, _WRAP_UP})
"""The states in which an interaction takes points of its agent."""


def find_next(state: InteractionState | None, cause: Cause) -> InteractionState | None:
    """The state that `cause` leads to, or None where it cannot happen."""
    return TRANSITIONS.get((state, cause))


def diagram() -> str:
    """The table as a Mermaid state diagram, one arrow per pair of states, in the table's order."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, cause), after in TRANSITIONS.items():
        arrows.setdefault((before or "[*]", after), []).append(cause)
    lines = [f"    {before} --> {after}: {', '.join(causes)}" for (before, after), causes in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {_CLOSED} --> [*]"])
