"""The desk's socket: it checks the sign-in on connect, sends numbered events, and takes commands one at a time.

The rule of this file: it decides nothing. The hub's `find_session` says who connects, `find_living` whether they are
still signed in, and `may` what they may do. `submit` gets the commands. A command is validated before that, and is
refused with a code, not an exception.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import socketio
import structlog
from pydantic import ValidationError

from agent_console.call_beats import CallBeats
from agent_console.commands import COMMAND, Command, CommandAnswer, refuse_invalid
from agent_console.events import ResumeAnswer, ResumeRequest
from agent_console.rate import ConnectionAllowance
from agent_console.screen_session import NobodyKnows, ScreenSession, SessionKeeper
from agent_console.views import StaffView

log = structlog.get_logger()

COMMANDS_PER_SECOND = 20.0
BURST = 60
DESK_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class DeskHub(SessionKeeper, Protocol):
    """The functions of the hub that the desk calls."""

    async def desk_opened(self, staff: StaffView) -> None: ...

    async def desk_closed(self, staff: StaffView) -> None: ...

    async def resume(self, staff: StaffView, number: int | None) -> ResumeAnswer | None:
        """Return what the desk has missed since event `number`; None: this cannot be found out at present."""

    async def submit(self, staff: StaffView, command: Command, desk_id: str) -> CommandAnswer:
        """Carry the command out. `desk_id` is the id of the desk that sent it."""

    async def typed(self, staff: StaffView, interaction_id: str) -> None: ...


@dataclass(slots=True)
class Desk:
    session: ScreenSession
    id: str  # chosen by the page, and the same after a reconnect; empty: the page has none
    allowance: ConnectionAllowance


class DeskNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    def __init__(self, hub: DeskHub) -> None:
        super().__init__("/desk")
        self._hub = hub
        self._desks: dict[str, Desk] = {}
        self._open: Counter[str] = Counter()  # desks per agent in this process
        self.beats = CallBeats()

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        session = await self._hub.find_session(environ)
        if session is None:
            raise socketio.exceptions.ConnectionRefusedError("signed_out")
        staff = session.staff
        if not self._hub.may(staff, "desk.open"):
            raise socketio.exceptions.ConnectionRefusedError("may_not")
        self._desks[sid] = Desk(session, _desk_id(auth), ConnectionAllowance(COMMANDS_PER_SECOND, BURST))
        self._open[staff.id] += 1
        await self.enter_room(sid, room_of(staff.id))
        if self._open[staff.id] == 1:
            await self._hub.desk_opened(staff)

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        desk = self._desks.pop(sid, None)
        self.beats.forget(sid)
        if desk is None:
            return
        staff = desk.session.staff
        self._open[staff.id] -= 1
        if self._open[staff.id] <= 0:
            del self._open[staff.id]
            await self._hub.desk_closed(staff)

    async def on_resume(self, sid: str, data: Any = None) -> dict[str, Any]:
        desk = self._desks.get(sid)
        if desk is None or not desk.allowance.take():
            return {"code": "too_fast" if desk else "signed_out"}
        try:
            request = ResumeRequest.model_validate(data or {})
        except ValidationError:
            return {"code": "invalid"}
        try:
            staff = await self._find_living(desk, "desk.resume", is_act=False)
        except NobodyKnows:
            return {"code": "unavailable"}
        if staff is None:
            return {"code": "signed_out"}
        answer = await self._hub.resume(staff, request.number)
        return {"code": "unavailable"} if answer is None else answer.model_dump(mode="json")

    async def on_command(self, sid: str, data: Any = None) -> dict[str, Any]:
        desk = self._desks.get(sid)
        if desk is None:
            return CommandAnswer(code="signed_out").model_dump()
        if not desk.allowance.take():
            return CommandAnswer(code="too_fast").model_dump()
        try:
            command = COMMAND.validate_python(data)
        except ValidationError as error:
            return refuse_invalid(error).model_dump()
        try:
            staff = await self._find_living(desk, "desk.open")
        except NobodyKnows:
            return CommandAnswer(code="unavailable").model_dump()
        if staff is None:
            return CommandAnswer(code="signed_out").model_dump()
        if not self._hub.may(staff, f"desk.{command.kind}"):
            return CommandAnswer(code="may_not").model_dump()
        return (await self._hub.submit(staff, command, desk.id)).model_dump()

    async def on_typing(self, sid: str, data: Any = None) -> None:
        desk = self._desks.get(sid)
        interaction_id = data.get("interaction_id") if isinstance(data, dict) else None
        if desk is None or not isinstance(interaction_id, str) or not desk.allowance.take():
            return
        with suppress(NobodyKnows):
            staff = await self._find_living(desk, "desk.typing")
            if staff is not None:
                await self._hub.typed(staff, interaction_id[:64])

    async def on_beat(self, sid: str, data: Any = None) -> None:
        """The page in which a call is heard moves; without an interaction: none is heard there any more."""
        desk = self._desks.get(sid)
        interaction_id = data.get("interaction_id") if isinstance(data, dict) else None
        if desk is None or not isinstance(interaction_id, str) or not desk.allowance.take():
            return
        if not self._hub.may(desk.session.staff, "desk.beat"):
            return
        now, is_lost = asyncio.get_running_loop().time(), data.get("is_lost") is True
        self.beats.note(sid, desk.session.staff.id, interaction_id[:64], is_lost=is_lost, now=now)

    async def _find_living(self, desk: Desk, action: str, *, is_act: bool = True) -> StaffView | None:
        """Return the person behind the desk; None: they are signed out or may not do this any more, and their sockets
        are about to be closed. Raises NobodyKnows."""
        staff = await self._hub.find_living(desk.session, is_act=is_act)
        return staff if staff is not None and self._hub.may(staff, action) else None

    # ---- what the hub tells the desks -----------------------------------------------------------------------------

    async def tell_events(self, staff_id: str, events: list[dict[str, object]]) -> None:
        """Send numbered events in one packet, which costs more than an event."""
        await self.emit("events", events, room=room_of(staff_id))

    async def tell_queues(self, staff_ids: Sequence[str], lines: list[dict[str, Any]]) -> None:
        """Tell these people the same: the packet is made once."""
        await self.emit("queues", lines, room=[room_of(one) for one in staff_ids])

    async def tell_typing(self, staff_id: str, interaction_id: str) -> None:
        await self.emit("typing", {"interaction_id": interaction_id}, room=room_of(staff_id))

    async def tell_moving(self) -> None:
        """Tell all desks that this process is about to stop. They reconnect, to another process if there is one."""
        await self.emit("moving", {})

    def sessions(self) -> Collection[ScreenSession]:
        """Return the session of every desk that is connected to this process."""
        return [desk.session for desk in self._desks.values()]

    async def end_session(self, session_id: str, reason: str) -> None:
        """Close every desk of this session in this process. `reason` is signed_out or may_not."""
        for sid in [sid for sid, desk in self._desks.items() if desk.session.id == session_id]:
            await self.emit("signed_out", {"reason": reason}, to=sid)
            await self.disconnect(sid)


def _desk_id(auth: Any) -> str:
    found = auth.get("desk") if isinstance(auth, dict) else None
    return found if isinstance(found, str) and DESK_ID.fullmatch(found) else ""


def room_of(staff_id: str) -> str:
    return f"staff:{staff_id}"
