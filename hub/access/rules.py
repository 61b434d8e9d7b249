"""Permissions: which role may do which action. One table, one function.

The rule of this file: an action that is missing from the table is refused to everyone, and a test lists the routes,
socket events and files whose action is missing. HTTP, sockets and files all ask here. A role is not enough to read a
customer's words or a list of waiting customers: that takes a ground too.
"""

from collections.abc import Mapping
from typing import Final

from agent_console.commands import BoardCommand, Command, kinds_of
from agent_console.views import StaffView
from hub.storage.audit_words import Ground
from hub.storage.reading_rights import Reader, Standing

AGENT, SUPERVISOR, AUTHOR, ADMINISTRATOR = "agent", "supervisor", "author", "administrator"
EVERYONE: Final = frozenset((AGENT, SUPERVISOR, AUTHOR, ADMINISTRATOR))
_AGENTS: Final = frozenset((AGENT,))
_SUPERVISORS: Final = frozenset((SUPERVISOR,))

RULES: Final[Mapping[str, frozenset[str]]] = {
    "self.read": EVERYONE,
    "self.sign_out": EVERYONE,
    "self.read_phone": _AGENTS,
    "self.set_phone": _AGENTS,
    "self.use_softphone": _AGENTS,
    "desk.open": _AGENTS,
    "desk.resume": _AGENTS,
    "desk.typing": _AGENTS,
    "desk.beat": _AGENTS,
    **{f"desk.{kind}": _AGENTS for kind in kinds_of(Command)},
    "scripts.read": _AGENTS,
    "scripts.practise": frozenset((AGENT, SUPERVISOR, AUTHOR)),
    "step_note.write": _AGENTS,
    "receivers.read": _AGENTS,
    "explanation.read": _AGENTS | _SUPERVISORS,
    "estimates.read": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "waiting.read": _SUPERVISORS,
    "held.read": _SUPERVISORS,
    "unfinished.read": _SUPERVISORS,
    "appointments.read": _AGENTS | _SUPERVISORS,
    "candidates.read": _SUPERVISORS,
    "wallboard.open": frozenset((SUPERVISOR, ADMINISTRATOR)),
    **{f"wallboard.{kind}": _SUPERVISORS for kind in kinds_of(BoardCommand)},
    "customers.search": frozenset((AGENT, SUPERVISOR, ADMINISTRATOR)),
    "conversation.read": _AGENTS | _SUPERVISORS,
    "customer.read": frozenset((AGENT, SUPERVISOR, ADMINISTRATOR)),
    "customer.erase": frozenset((ADMINISTRATOR,)),
    "customer.export": frozenset((ADMINISTRATOR,)),
    "customer.change": _AGENTS | _SUPERVISORS,
    "customer.show": _AGENTS | _SUPERVISORS,
    "consents.read": _AGENTS | _SUPERVISORS,
    "customer.merge": _AGENTS | _SUPERVISORS,
    "customer.part": _AGENTS | _SUPERVISORS,
    "message.read": _AGENTS | _SUPERVISORS,
    "media.read": _AGENTS | _SUPERVISORS,
    "recordings.read": _SUPERVISORS,
    "recording.read": _AGENTS | _SUPERVISORS,
    "recording.hear": _AGENTS | _SUPERVISORS,
    "recording.download": _AGENTS | _SUPERVISORS,
    "tiers.read": frozenset((SUPERVISOR, AUTHOR, ADMINISTRATOR)),
    "tier.fix": _SUPERVISORS,
    "policy.change": frozenset((ADMINISTRATOR,)),
    "tier.list_fixed": _SUPERVISORS,
    "segments.read": frozenset((SUPERVISOR, AUTHOR, ADMINISTRATOR)),
    "segments.estimate": frozenset((AUTHOR, ADMINISTRATOR)),
    "segments.read_members": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "segments.change": frozenset((AUTHOR, ADMINISTRATOR)),
    "script_files.read": frozenset((AUTHOR, ADMINISTRATOR)),
    "script_files.write": frozenset((AUTHOR,)),
    "script_files.publish": frozenset((AUTHOR,)),
    "tokens.read": frozenset((ADMINISTRATOR,)),
    "tokens.change": frozenset((ADMINISTRATOR,)),
    "customers.export": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "imports.read": frozenset((ADMINISTRATOR,)),
    "imports.change": frozenset((ADMINISTRATOR,)),
    "audit.read": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "inbox.read_set_aside": frozenset((ADMINISTRATOR,)),
    "inbox.read_filed_mails": frozenset((ADMINISTRATOR,)),
    "inbox.open": frozenset((ADMINISTRATOR,)),
    "inbox.run_again": frozenset((ADMINISTRATOR,)),
    "self.read_sessions": EVERYONE,
    "self.end_session": EVERYONE,
    "staff.read": frozenset((ADMINISTRATOR,)),
    "staff.read_sessions": frozenset((ADMINISTRATOR,)),
    "staff.end_session": frozenset((ADMINISTRATOR,)),
    "staff.disable": frozenset((ADMINISTRATOR,)),
}


# Actions that show a customer's data
NEEDS_GROUND: Final = frozenset(
    (
        "conversation.read",
        "consents.read",
        "message.read",
        "media.read",
        "recordings.read",
        "recording.read",
        "recording.hear",
        "recording.download",
        "scripts.read",
        "explanation.read",
        "candidates.read",
        "waiting.read",
        "held.read",
        "unfinished.read",
        "appointments.read",
        "inbox.open",
    )
)

# A reason opens a customer to those who work with customers. An administrator finds them, to erase them
_READERS: Final = frozenset((AGENT, SUPERVISOR))

# A recording is heard by those who hold or held the work, and by its supervisors
_HEARD: Final = frozenset(("recording.hear", "recording.download"))
_GROUNDS_OF_HEARING: Final = frozenset((Ground.HELD, Ground.HELD_LATELY, Ground.SUPERVISED))


def may(principal: StaffView | None, action: str, ground: Ground | None = None) -> bool:
    if action in NEEDS_GROUND and ground is None:
        return False
    if action in _HEARD and ground not in _GROUNDS_OF_HEARING:
        return False
    if ground is Ground.REASON and (principal is None or _READERS.isdisjoint(principal.roles)):
        return False
    return has_role_for(principal, action)


def has_role_for(principal: StaffView | None, action: str) -> bool:
    """The first half of `may`, for callers that do not know yet whose data is read."""
    return principal is not None and not RULES.get(action, frozenset()).isdisjoint(principal.roles)


def find_ground(principal: StaffView, reader: Reader, standing: Standing) -> Ground | None:
    """The strongest ground that this person has for this interaction."""
    if AGENT in principal.roles:
        if standing.is_held:
            return Ground.HELD
        if standing.is_offered:
            return Ground.OFFERED
        if standing.is_consulted:
            return Ground.CONSULTED
        if standing.was_held:
            return Ground.HELD_LATELY
    if standing.closed_at is not None and standing.closed_at <= reader.closed_since:
        return None
    return find_ground_in_queue(principal, reader, standing.queue)


def find_ground_in_queue(principal: StaffView, reader: Reader, queue: str) -> Ground | None:
    if queue not in reader.queues:
        return None
    if SUPERVISOR in principal.roles:
        return Ground.SUPERVISED
    return Ground.QUEUE if AGENT in principal.roles else None
