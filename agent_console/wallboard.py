"""The wallboard's socket: the whole board, at most once a second and when it changed.

The rule of this file: it only shows; nothing comes in.
"""

from typing import Any, Protocol

import socketio

from agent_console.views import StaffView

ROOM = "wallboard"


class Hub(Protocol):
    async def find_staff(self, environ: dict[str, Any]) -> StaffView | None: ...

    def may(self, staff: StaffView, action: str) -> bool: ...

    async def watched(self) -> None:
        """Someone new looks: tell them the board as it is."""


class WallboardNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    def __init__(self, hub: Hub) -> None:
        super().__init__("/wallboard")
        self._hub = hub
        self._watchers: dict[str, str] = {}  # connection -> staff id

    @property
    def is_watched(self) -> bool:
        return bool(self._watchers)

    def watchers(self) -> set[str]:
        """The staff ids of those who look."""
        return set(self._watchers.values())

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        staff = await self._hub.find_staff(environ)
        if staff is None:
            raise socketio.exceptions.ConnectionRefusedError("signed_out")
        if not self._hub.may(staff, "wallboard.open"):
            raise socketio.exceptions.ConnectionRefusedError("may_not")
        self._watchers[sid] = staff.id
        await self.enter_room(sid, ROOM)
        await self._hub.watched()

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        self._watchers.pop(sid, None)

    async def tell_board(self, board: dict[str, Any]) -> None:
        await self.emit("board", board, room=ROOM)

    async def sign_out(self, staff_id: str) -> None:
        for sid in [sid for sid, watcher in self._watchers.items() if watcher == staff_id]:
            await self.emit("signed_out", {"reason": "signed_out"}, to=sid)
            await self.disconnect(sid)
