"""The desk's socket: sign-in checked on connect, events out by number, commands in one at a time.

The rule of this file: it decides nothing. Whoever connects is asked for by `find_staff`, what they may by `may`,
commands go to `submit`; a command is validated before it is submitted and refused with a code, never an exception.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

import socketio
import structlog
from pydantic import ValidationError

from agent_console.commands import COMMAND, Command, CommandAnswer, refuse_invalid
from agent_console.events import ResumeAnswer, ResumeRequest
from agent_console.rate import Allowance
from agent_console.views import StaffView

log = structlog.get_logger()

COMMANDS_PER_SECOND = 20.0
BURST = 60


class Hub(Protocol):
    """What the desk may ask of the hub."""

    async def find_staff(self, environ: dict[str, Any]) -> StaffView | None:
        """Who the session cookie of this connection belongs to."""

    def may(self, staff: StaffView, action: str) -> bool: ...

    async def desk_opened(self, staff: StaffView) -> None: ...

    async def desk_closed(self, staff: StaffView) -> None: ...

    async def resume(self, staff: StaffView, number: int | None) -> ResumeAnswer | None:
        """None where nobody can say at present."""

    async def submit(self, staff: StaffView, command: Command) -> CommandAnswer: ...

    async def typed(self, staff: StaffView, interaction_id: str) -> None: ...


@dataclass(slots=True)
class Desk:
    staff: StaffView
    allowance: Allowance


class DeskNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    def __init__(self, hub: Hub) -> None:
        super().__init__("/desk")
        self._hub = hub
        self._desks: dict[str, Desk] = {}
        self._open: Counter[str] = Counter()  # desks per agent in this process
        self._unsent: dict[str, list[dict[str, object]]] = {}  # events for the next packet, per agent
        self._tasks: set[asyncio.Task[None]] = set()

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        staff = await self._hub.find_staff(environ)
        if staff is None:
            raise socketio.exceptions.ConnectionRefusedError("signed_out")
        if not self._hub.may(staff, "desk.open"):
            raise socketio.exceptions.ConnectionRefusedError("may_not")
        self._desks[sid] = Desk(staff, Allowance(COMMANDS_PER_SECOND, BURST))
        self._open[staff.id] += 1
        await self.enter_room(sid, room_of(staff.id))
        if self._open[staff.id] == 1:
            await self._hub.desk_opened(staff)

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        desk = self._desks.pop(sid, None)
        if desk is None:
            return
        self._open[desk.staff.id] -= 1
        if self._open[desk.staff.id] <= 0:
            del self._open[desk.staff.id]
            await self._hub.desk_closed(desk.staff)

    async def on_resume(self, sid: str, data: Any = None) -> dict[str, Any]:
        desk = self._desks.get(sid)
        if desk is None or not desk.allowance.take():
            return {"code": "too_fast" if desk else "signed_out"}
        try:
            request = ResumeRequest.model_validate(data or {})
        except ValidationError:
            return {"code": "invalid"}
        answer = await self._hub.resume(desk.staff, request.number)
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
        if not self._hub.may(desk.staff, f"desk.{command.kind}"):
            return CommandAnswer(code="may_not").model_dump()
        return (await self._hub.submit(desk.staff, command)).model_dump()

    async def on_typing(self, sid: str, data: Any = None) -> None:
        desk = self._desks.get(sid)
        interaction_id = data.get("interaction_id") if isinstance(data, dict) else None
        if desk is not None and isinstance(interaction_id, str) and desk.allowance.take():
            await self._hub.typed(desk.staff, interaction_id[:64])

    # ---- what the hub tells -----------------------------------------------------------------------------

    async def tell_event(self, staff_id: str, event: dict[str, object]) -> None:
        """In the next packet: what one decision causes goes out together, since a packet costs more than an event."""
        unsent = self._unsent.setdefault(staff_id, [])
        unsent.append(event)
        if len(unsent) == 1:
            task = asyncio.create_task(self._flush(staff_id), name=f"tell {staff_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _flush(self, staff_id: str) -> None:
        await self.emit("events", self._unsent.pop(staff_id), room=room_of(staff_id))

    async def tell_queues(self, staff_id: str, lines: list[dict[str, Any]]) -> None:
        await self.emit("queues", lines, room=room_of(staff_id))

    async def tell_typing(self, staff_id: str, interaction_id: str) -> None:
        await self.emit("typing", {"interaction_id": interaction_id}, room=room_of(staff_id))

    async def tell_moving(self) -> None:
        """The process is about to stop: desks reconnect, to another one where there is one."""
        await self.emit("moving", {})

    async def sign_out(self, staff_id: str) -> None:
        """Close every desk of this person here."""
        await self.emit("signed_out", {"reason": "signed_out"}, room=room_of(staff_id))
        for sid in [sid for sid, desk in self._desks.items() if desk.staff.id == staff_id]:
            await self.disconnect(sid)


def room_of(staff_id: str) -> str:
    return f"staff:{staff_id}"
