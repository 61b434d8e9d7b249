"""What the trail can say: every action, and every name of what is kept beside one.

The rule of this file: nothing else is written, which the types hold; and the screen has words for each of them, in
every language, which a test holds. Rows of an earlier release may say more.
"""

from enum import StrEnum
from typing import Final, Literal, TypedDict, get_args

# Of work that is in a queue, or was: whoever supervises that queue may see who did it
OfWork = Literal[
    "offer.read",
    "interaction.read",
    "desk.read",
    "conversation.read",
    "message.read",
    "media.read",
    "scripts.read",
    "script.read",
    "explanation.read",
    "candidates.read",
    "waiting.read",
    "held.read",
    "unfinished.read",
    "wallboard.assign_interaction",
    "wallboard.move_interaction",
    "wallboard.boost_interaction",
    "policy.move_interaction",
    "policy.change_tier",
]
OfTheHouse = Literal[
    "inbox.open",
    "self.sign_in",
    "sign_in.failed",
    "self.sign_out",
    "self.change_password",
    "self.end_session",
    "session.idle",
    "staff.end_session",
    "staff.phone",
    "staff.disable",
    "staff.enable",
    "staff.roles",
    "staff.queues",
    "staff.reset_password",
    "wall_clock_set",
]
Action = OfWork | OfTheHouse

OF_WORK: Final[tuple[str, ...]] = get_args(OfWork)
ACTIONS: Final[tuple[str, ...]] = (*OF_WORK, *get_args(OfTheHouse))


class Ground(StrEnum):
    """Why somebody may read a customer's data."""

    HELD = "held"  # they have work of this customer in hand
    OFFERED = "offered"  # it is offered to them
    HELD_LATELY = "held_lately"  # they had this interaction within `security.reading_days`
    QUEUE = "queue"  # in a queue that they serve it is open, or was closed within `security.reading_days`
    SUPERVISED = "supervised"  # it is, or was last, in a queue that they look after, however long ago
    REASON = "reason"  # they said why


Detail = TypedDict(
    "Detail",
    {
        "address": str,  # from which it was done
        "after": list[str],  # roles, queues
        "agent": str,  # who was given it
        "ahead_seconds": float,  # the wall's clock, of the hub's
        "before": list[str],
        "by_seconds": float,
        "from": str,  # a queue, a tier
        "grounds": list[Ground],
        "number": str,  # of a telephone
        "overrides_fit": bool,
        "reason": str,  # as a person wrote it
        "refused": int | None,  # tries that nobody looked at, there being too many
        "seconds": int,  # by which it was moved ahead
        "session": str,
        "sessions_ended": int,
        "to": str,
        "unforeseen": int,  # whether `apply` had not been told where it goes
        "version": int,  # of the policy
        "wrong": int | None,  # tries
    },
    total=False,
)
