"""The state table of an interaction: what a state may become, and by which cause.

The rules of this file:
1. A pair of state and cause that is not in the table cannot happen: an input that asks for it is rejected as
   `wrong_state`.
2. Closed is final: the table has no pair that starts from it.

`routing/README.md` shows `diagram()`; a test compares the two.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from routing.model import InteractionState


class Cause(StrEnum):
    ENTERED = "entered"
    BEGUN = "begun"  # its agent began it, for example by calling out
    OFFER_MADE = "offer made"
    OFFER_ACCEPTED = "offer accepted"
    OFFER_RETURNED = "offer returned"  # declined, expired, withdrawn, or the agent is gone: it waits at its old place
    CUSTOMER_LEFT = "customer left"
    CUSTOMER_RETURNED = "customer returned"
    ENDED = "ended"  # its agent ended it
    WRAPPED_UP = "wrapped up"  # its agent completed the wrap-up, or the time for it is over
    DIALLED = "dialled"  # the customer of a callback is called, for an agent who was chosen or has accepted
    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # it waits at its old place for the next try
    GAVE_UP = "gave up"  # no tries are left, or no hours in which the customer may be called
    LINKED = "linked"  # the customer waits on another channel as well, and that interaction takes the place
    UNLINKED = "unlinked"  # the interaction that took the place has closed and was not handled
    TRANSFERRED = "transferred"
    HANDED_OVER = "handed over"  # to an agent who was consulted in it
    OVERFLOWED = "overflowed"  # an overflow rule of its queue closed it
    AGENT_LOST = "agent lost"  # its agent is gone; an active call stays active until its customer leaves


# Names of the members: up to Python 3.11, reading a member through its class costs 0.2 us each time.
WAITING: Final = InteractionState.WAITING
PAUSED: Final = InteractionState.PAUSED
DIALLING: Final = InteractionState.DIALLING
OFFERED: Final = InteractionState.OFFERED
ACTIVE: Final = InteractionState.ACTIVE
WRAP_UP: Final = InteractionState.WRAP_UP
CLOSED: Final = InteractionState.CLOSED

TRANSITIONS: Final[Mapping[tuple[InteractionState | None, Cause], InteractionState]] = {
    (None, Cause.ENTERED): WAITING,
    (None, Cause.BEGUN): ACTIVE,
    (WAITING, Cause.OFFER_MADE): OFFERED,
    (WAITING, Cause.TRANSFERRED): WAITING,
    (WAITING, Cause.CUSTOMER_LEFT): CLOSED,
    (WAITING, Cause.OVERFLOWED): CLOSED,
    (WAITING, Cause.DIALLED): DIALLING,
    (WAITING, Cause.GAVE_UP): CLOSED,
    (WAITING, Cause.LINKED): PAUSED,
    (PAUSED, Cause.UNLINKED): WAITING,
    (PAUSED, Cause.WRAPPED_UP): CLOSED,
    (PAUSED, Cause.CUSTOMER_LEFT): CLOSED,
    (DIALLING, Cause.ANSWERED): ACTIVE,
    (DIALLING, Cause.UNANSWERED): WAITING,
    (DIALLING, Cause.AGENT_LOST): WAITING,
    (DIALLING, Cause.GAVE_UP): CLOSED,
    (DIALLING, Cause.CUSTOMER_LEFT): CLOSED,
    (OFFERED, Cause.OFFER_ACCEPTED): ACTIVE,
    (OFFERED, Cause.DIALLED): DIALLING,
    (OFFERED, Cause.OFFER_RETURNED): WAITING,
    (OFFERED, Cause.TRANSFERRED): WAITING,
    (OFFERED, Cause.CUSTOMER_LEFT): CLOSED,
    (ACTIVE, Cause.ENDED): WRAP_UP,
    (ACTIVE, Cause.CUSTOMER_LEFT): WRAP_UP,
    (ACTIVE, Cause.TRANSFERRED): WAITING,
    (ACTIVE, Cause.AGENT_LOST): WAITING,
    (ACTIVE, Cause.UNANSWERED): WAITING,  # a machine had answered, as it turns out
    (ACTIVE, Cause.GAVE_UP): CLOSED,
    (ACTIVE, Cause.HANDED_OVER): ACTIVE,
    (WRAP_UP, Cause.CUSTOMER_RETURNED): ACTIVE,
    (WRAP_UP, Cause.WRAPPED_UP): CLOSED,
    (WRAP_UP, Cause.AGENT_LOST): CLOSED,
}

HELD: Final = frozenset({OFFERED, DIALLING, ACTIVE, WRAP_UP})
"""The states in which an interaction takes points of its agent."""


def find_next(state: InteractionState | None, cause: Cause) -> InteractionState | None:
    """Return the state that `cause` leads to, or None if it cannot happen in this state."""
    return TRANSITIONS.get((state, cause))


def diagram() -> str:
    """Draw the table as a Mermaid state diagram: one arrow for each pair of states, in the order of the table."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, cause), after in TRANSITIONS.items():
        arrows.setdefault((before or "[*]", after), []).append(cause)
    lines = [f"    {before} --> {after}: {', '.join(causes)}" for (before, after), causes in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {CLOSED} --> [*]"])
