"""The wallboard's socket: it sends the whole wallboard when it has changed, at most once a second, and what is
written where its supervisor reads along. It takes a supervisor's commands.

The rule of this file: it decides nothing. It validates a command and asks `may`; `submit` answers when the command is
stored and decided.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

import socketio
from pydantic import ValidationError

from agent_console.commands import BOARD_COMMAND, BoardCommand, CommandAnswer, refuse_invalid
from agent_console.rate import ConnectionAllowance
from agent_console.screen_session import NobodyKnows, ScreenSession, SessionKeeper
from agent_console.views import StaffView

ROOM = "wallboard"
COMMANDS_PER_SECOND = 5.0
BURST = 20


class WallboardHub(SessionKeeper, Protocol):
    async def submit(self, staff: StaffView, command: BoardCommand) -> CommandAnswer: ...

    async def watched(self) -> None:
        """Send the present wallboard, because somebody has just opened it."""


@dataclass(slots=True)
class Watcher:
    session: ScreenSession
    allowance: ConnectionAllowance
    read: dict[str, Any] = field(default_factory=dict)  # what it was shown last of each text, by interaction


class WallboardNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    def __init__(self, hub: WallboardHub) -> None:
        super().__init__("/wallboard")
        self._hub = hub
        self._watchers: dict[str, Watcher] = {}  # by connection

    @property
    def is_watched(self) -> bool:
        return bool(self._watchers)

    def sessions(self) -> Collection[ScreenSession]:
        """Return the session of every wallboard that is connected to this process."""
        return [watcher.session for watcher in self._watchers.values()]

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        session = await self._hub.find_session(environ)
        if session is None:
            raise socketio.exceptions.ConnectionRefusedError("signed_out")
        if not self._hub.may(session.staff, "wallboard.open"):
            raise socketio.exceptions.ConnectionRefusedError("may_not")
        self._watchers[sid] = Watcher(session, ConnectionAllowance(COMMANDS_PER_SECOND, BURST))
        await self.enter_room(sid, ROOM)
        await self._hub.watched()

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        self._watchers.pop(sid, None)

    async def on_command(self, sid: str, data: Any = None) -> dict[str, Any]:
        watcher = self._watchers.get(sid)
        if watcher is None:
            return CommandAnswer(code="signed_out").model_dump()
        if not watcher.allowance.take():
            return CommandAnswer(code="too_fast").model_dump()
        try:
            command = BOARD_COMMAND.validate_python(data)
        except ValidationError as error:
            return refuse_invalid(error).model_dump()
        try:
            staff = await self._hub.find_living(watcher.session)
        except NobodyKnows:
            return CommandAnswer(code="unavailable").model_dump()
        if staff is None or not self._hub.may(staff, "wallboard.open"):
            return CommandAnswer(code="signed_out").model_dump()
        if not self._hub.may(staff, f"wallboard.{command.kind}"):
            return CommandAnswer(code="may_not").model_dump()
        return (await self._hub.submit(staff, command)).model_dump()

    async def tell_board(self, board: dict[str, Any]) -> None:
        await self.emit("board", board, room=ROOM)

    async def tell_read(self, staff_id: str, read: dict[str, Any]) -> None:
        """Show this supervisor's wallboards here what is written where they read along, if that has changed."""
        for sid, watcher in self._watchers.items():
            if watcher.session.staff.id == staff_id and watcher.read.get(read["interaction_id"]) != read:
                watcher.read[read["interaction_id"]] = read
                await self.emit("read_along", read, to=sid)

    async def end_session(self, session_id: str, reason: str) -> None:
        """Close every wallboard of this session in this process. `reason` is signed_out or may_not."""
        for sid in [sid for sid, watcher in self._watchers.items() if watcher.session.id == session_id]:
            await self.emit("signed_out", {"reason": reason}, to=sid)
            await self.disconnect(sid)
