"""The vocabulary of the audit trail: every action, and every name in the detail of an action.

The rule of this file: the types let nothing else be written. A test holds that the screen has words for each, in
every language. Rows of an earlier release may hold others.
"""

from enum import StrEnum
from typing import Final, Literal, TypedDict, get_args

# Actions on work that is or was in a queue: the supervisors of that queue may see them
OfWork = Literal[
    "offer.read",
    "interaction.read",
    "desk.read",
    "conversation.read",
    "customer.read",
    "customer.change",
    "customer.show",
    "consents.read",
    "customer.merge",
    "customer.part",
    "customer.refuse_match",
    "customer.name",
    "message.read",
    "media.read",
    "recordings.read",
    "recording.read",
    "recording.hear",
    "recording.download",
    "scripts.read",
    "script.read",
    "explanation.read",
    "candidates.read",
    "waiting.read",
    "held.read",
    "unfinished.read",
    "appointments.read",
    "wallboard.assign_interaction",
    "wallboard.move_interaction",
    "wallboard.boost_interaction",
    "wallboard.listen_in",
    "wallboard.say_in",
    "wallboard.stop_listening",
    "wallboard.take_over",
    "recording.pause",
    "recording.pause_confirmed",
    "recording.pause_failed",
    "recording.resume",
    "recording.resume_confirmed",
    "recording.resume_failed",
    "policy.move_interaction",
    "policy.change_tier",
    "webhook.call",
    "webhook.drop_answer",
]
OfTheHouse = Literal[
    "inbox.open",
    "customers.search",
    "customers.search_refused",
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
    "customer.erase",
    "customer.export",
    "retention.delete",
    "wall_clock_set",
    "tier.fix",
    "tier.release",
    "segments.read_members",
    "segments.create",
    "segments.change",
    "segments.begin",
    "segments.retire",
    "segments.discard",
    "segments.import",
    "segments.export",
    "scripts.publish",
    "scripts.schedule",
    "scripts.unschedule",
    "scripts.retire",
    "scripts.compare",
    "scripts.end_comparison",
    "scripts.ask_review",
    "scripts.send_back",
    "scripts.discard",
    "customers.export",
    "customers.upsert",
    "policy.change",
    "tokens.make",
    "tokens.revoke",
    "imports.upload",
    "imports.read",
    "imports.apply",
    "imports.cancel",
    "imports.take_back",
]
Action = OfWork | OfTheHouse

OF_WORK: Final[tuple[str, ...]] = get_args(OfWork)
ACTIONS: Final[tuple[str, ...]] = (*OF_WORK, *get_args(OfTheHouse))


class Ground(StrEnum):
    """The ground on which a person may read a customer's data."""

    HELD = "held"  # they have work of this customer in hand
    OFFERED = "offered"  # it is offered to them
    CONSULTED = "consulted"  # a colleague asks them about it
    HELD_LATELY = "held_lately"  # they held this interaction within the last `security.reading_days`
    QUEUE = "queue"  # it is open in a queue that they serve, or was closed there within `security.reading_days`
    SUPERVISED = "supervised"  # they supervise its queue, or its last queue once it is closed; no limit of time
    REASON = "reason"  # they gave a reason


Detail = TypedDict(
    "Detail",
    {
        "address": str,  # the client's address
        "after": list[str],  # roles, queues
        "agent": str,  # the agent who got it
        "ahead_seconds": float,  # of the wall clock, against hub time
        "before": list[str],
        "by_seconds": float,
        "from": str,  # a queue or a tier
        "grounds": list[Ground],
        "kind": str,  # of rows that were kept long enough
        "rows": int,  # how many of them
        "heard": str,  # the id of a hearing; the trail shows which seconds of the recording were played in it
        "number": str,  # of a telephone
        "overrides_fit": bool,
        "reason": str,  # in the person's words
        "refused": int | None,  # tries whose password was not checked, after too many
        "seconds": int,  # the boost
        "sent": list[str],  # the names of what was sent
        "session": str,
        "sessions_ended": int,
        "to": str,
        "unforeseen": int,  # 1 if `apply` did not name where it goes
        "version": int,  # of the policy
        "way": str,  # of listening in: monitor, whisper, barge
        "webhook": str,
        "wrong": int | None,  # tries with a wrong password
    },
    total=False,
)
