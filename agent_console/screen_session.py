"""The session of a screen's socket: the person behind it, through one of their sign-ins.

The rule of this file: a socket does not outlive its session. Every command checks the session again, because a role
or a session may end while a socket is open.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from agent_console.views import StaffView


@dataclass(frozen=True, slots=True)
class ScreenSession:
    id: str
    staff: StaffView  # as they were when the socket opened


class NobodyKnows(Exception):
    """It cannot be found out at present whether the session lives. Do not obey, but do not sign out either."""


class SessionKeeper(Protocol):
    """The functions of the hub that tell every screen who is behind it."""

    async def find_session(self, environ: dict[str, Any]) -> ScreenSession | None:
        """Return the session of this connection's cookie; None: there is none."""

    async def find_living(self, session: ScreenSession, *, is_act: bool = True) -> StaffView | None:
        """Return the person with their present roles; None: the session has ended. `is_act` says that the person did
        something just now, and not their screen by itself. Raises NobodyKnows."""

    def may(self, staff: StaffView, action: str) -> bool: ...
