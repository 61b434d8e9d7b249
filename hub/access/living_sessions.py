"""The sessions behind the open sockets of this process: which of them are living, and when each was used last.

The rule of this file: a socket ends with its session. Another process, or a command on the database, may have ended
the session. So the database is asked every second, and at once when the bus reports an end. A command is checked
against the latest answer, which costs no read. It waits for a fresh answer only if the latest is too old.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from agent_console.screen_session import ScreenSession
from agent_console.views import StaffView
from hub.access.rules import may
from hub.access.sessions import Sessions
from hub.clock import Clock
from hub.storage.database import StorageUnavailable
from routing.model import SECOND, Micros

LIVING_SECONDS = 1.0  # how often the database is asked, with or without a message on the bus
VOUCHED_SECONDS = 3.0  # how long an answer may be used. So commands of an ended session are obeyed for less than 5 s
WRITTEN_EVERY = 60 * SECOND  # the longest interval at which the use of one session is stored
IDLE_SECONDS = 5.0
ENDED = "sessions"  # the topic on the bus

log = structlog.get_logger()


class OpenScreens(Protocol):
    """The desks, or the wallboards, that are open here."""

    def sessions(self) -> Collection[ScreenSession]: ...

    async def end_session(self, session_id: str, reason: str) -> None: ...


class LivingSessions:
    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._screens: list[tuple[OpenScreens, str]] = []
        self._living: Mapping[str, StaffView] = {}
        self._looked_at = float("-inf")  # by the loop's clock, when the answer was asked for
        self._used: dict[str, Micros] = {}
        self._written: dict[str, Micros] = {}
        self._is_woken = False
        self._task: asyncio.Task[None] | None = None

    def watch(self, screens: OpenScreens, action: str) -> None:
        """`action`: what a person must be allowed to do to keep one of these screens open."""
        self._screens.append((screens, action))

    def note_use(self, session_id: str) -> None:
        """The person has done something. `write_use` stores it later, and not each time."""
        self._used[session_id] = self._clock.now()

    async def find(self, session: ScreenSession) -> StaffView | None:
        """The person behind an open socket, with their present roles. None if the session has ended. Raises
        StorageUnavailable if the database must be asked and is away."""
        if asyncio.get_running_loop().time() - self._looked_at > VOUCHED_SECONDS:
            await self.look()
        if session.id in self._living:
            return self._living[session.id]
        found = await self._sessions.find_living([session.id])  # the socket may be younger than the latest look
        return found.get(session.id)

    def wake(self) -> None:
        """Look soon. Calls that come before that look share it."""
        self._is_woken = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_until_quiet(), name="sessions ended")

    async def _look_until_quiet(self) -> None:
        while self._is_woken:
            self._is_woken = False
            with suppress(StorageUnavailable):
                await self.look()

    async def look(self) -> None:
        """Close the sockets whose session has ended or whose person may no longer use such a screen."""
        began = asyncio.get_running_loop().time()
        opened = {session.id for screens, _ in self._screens for session in screens.sessions()}
        self._living = await self._sessions.find_living(opened) if opened else {}
        self._looked_at = began
        for screens, action in self._screens:
            for session in screens.sessions():
                if session.id in opened:
                    await self._judge(screens, action, session)

    async def _judge(self, screens: OpenScreens, action: str, session: ScreenSession) -> None:
        staff = self._living.get(session.id)
        if staff is not None and may(staff, action):
            return
        reason = "signed_out" if staff is None else "may_not"
        log.info("a screen is closed", staff_id=session.staff.id, session_id=session.id, reason=reason)
        await screens.end_session(session.id, reason)

    async def write_use(self) -> None:
        every = min(WRITTEN_EVERY, self._sessions.idle // 10 or WRITTEN_EVERY)
        due = {
            session_id: at for session_id, at in self._used.items() if at - self._written.get(session_id, 0) >= every
        }
        if due:
            await self._sessions.note_use(due)
            self._written.update(due)
        self._used = {session_id: at for session_id, at in self._used.items() if session_id not in due}
        oldest = self._clock.now() - 2 * WRITTEN_EVERY
        self._written = {session_id: at for session_id, at in self._written.items() if at > oldest}

    async def end_idle(self) -> None:
        await self.write_use()
        await self._sessions.end_idle()
        await self._sessions.forget_ended()
