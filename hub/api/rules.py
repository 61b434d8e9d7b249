"""Who may do what: one table, one function.

The rule of this file: an action that is not in the table is refused to everyone, and a test lists the routes, socket
events and files whose action is missing. HTTP, sockets, counters and files all ask here.
"""

from collections.abc import Mapping
from typing import Final

from agent_console.views import StaffView

AGENT, SUPERVISOR, AUTHOR, ADMINISTRATOR = "agent", "supervisor", "author", "administrator"
EVERYONE: Final = frozenset((AGENT, SUPERVISOR, AUTHOR, ADMINISTRATOR))
_AGENTS: Final = frozenset((AGENT,))
_SUPERVISORS: Final = frozenset((SUPERVISOR,))
_FLOOR: Final = frozenset((AGENT, SUPERVISOR, ADMINISTRATOR))

RULES: Final[Mapping[str, frozenset[str]]] = {
    "self.read": EVERYONE,
    "self.sign_out": EVERYONE,
    "self.read_phone": _AGENTS,
    "self.set_phone": _AGENTS,
    "desk.open": _AGENTS,
    "desk.resume": _AGENTS,
    "desk.typing": _AGENTS,
    "desk.act_here": _AGENTS,
    "desk.set_state": _AGENTS,
    "desk.accept_offer": _AGENTS,
    "desk.decline_offer": _AGENTS,
    "desk.take_next": _AGENTS,
    "desk.send_message": _AGENTS,
    "desk.resend_message": _AGENTS,
    "desk.add_note": _AGENTS,
    "desk.end_interaction": _AGENTS,
    "desk.complete_wrap_up": _AGENTS,
    "desk.hold_call": _AGENTS,
    "desk.transfer_interaction": _AGENTS,
    "desk.advance_script": _AGENTS,
    "desk.settle_statement": _AGENTS,
    "desk.pick_script": _AGENTS,
    "desk.list_scripts": _AGENTS,
    "explanation.read": _FLOOR,
    "estimates.read": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "waiting.read": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "held.read": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "candidates.read": _SUPERVISORS,
    "wallboard.open": frozenset((SUPERVISOR, ADMINISTRATOR)),
    "wallboard.assign_interaction": _SUPERVISORS,
    "wallboard.move_interaction": _SUPERVISORS,
    "wallboard.boost_interaction": _SUPERVISORS,
    "conversation.read": _FLOOR,
    "message.read": _FLOOR,
    "media.read": _FLOOR,
    "inbox.read_set_aside": frozenset((ADMINISTRATOR,)),
    "inbox.read_filed_mails": frozenset((ADMINISTRATOR,)),
    "inbox.run_again": frozenset((ADMINISTRATOR,)),
    "self.read_sessions": EVERYONE,
    "self.end_session": EVERYONE,
    "staff.read": frozenset((ADMINISTRATOR,)),
    "staff.read_sessions": frozenset((ADMINISTRATOR,)),
    "staff.end_session": frozenset((ADMINISTRATOR,)),
    "staff.disable": frozenset((ADMINISTRATOR,)),
    "scripts.reload": frozenset((AUTHOR, ADMINISTRATOR)),
}


def may(principal: StaffView | None, action: str) -> bool:
    if principal is None:
        return False
    return not RULES.get(action, frozenset()).isdisjoint(principal.roles)
