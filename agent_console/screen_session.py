"""Who is behind a screen's socket: a person, through one of their sign-ins.

The rule of this file: a socket lives no longer than its session. It is asked for with every command, since roles and
sessions end while sockets are open.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from agent_console.views import StaffView


@dataclass(frozen=True, slots=True)
class ScreenSession:
    id: str
    staff: StaffView  # as they were when the socket opened


class NobodyKnows(Exception):
    """Whether the session lives cannot be said at present: do not obey, and do not sign out either."""


class SessionKeeper(Protocol):
    """What every screen asks the hub about who is behind it."""

    async def find_session(self, environ: dict[str, Any]) -> ScreenSession | None:
        """The session that the cookie of this connection belongs to."""

    async def find_living(self, session: ScreenSession, *, is_act: bool = True) -> StaffView | None:
        """The person with the roles that they have at present; None once the session has ended. `is_act`: they have
        just done something, which no screen does by itself. Raises NobodyKnows."""

    def may(self, staff: StaffView, action: str) -> bool: ...
