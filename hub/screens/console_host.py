"""The hub as the screens see it: `agent_console.desk.DeskHub` and `agent_console.wallboard.WallboardHub`.

The rule of this file: a command is stored before its decision or together with it, and the answer follows that
commit. A command id that comes twice is the same command and gets the same answer.
"""

from collections.abc import Awaitable, Callable, Collection
from functools import lru_cache
from typing import Any

import orjson
import structlog
from aiohttp import web

from agent_console.commands import BoardCommand, Command, CommandAnswer
from agent_console.events import ResumeAnswer
from agent_console.screen_session import NobodyKnows, ScreenSession
from agent_console.views import StaffView
from hub.access.living_sessions import LivingSessions
from hub.access.rules import may
from hub.access.sessions import Sessions
from hub.batch.pending import ScreenCommand, WayIn
from hub.clock import Clock
from hub.screens.desk_feed import DeskFeed
from hub.screens.telling import Answers
from hub.storage.database import StorageUnavailable
from hub.storage.desk_presence import Presence
from hub.storage.inbox import Arrival, Inbox
from routing.model import AgentId

log = structlog.get_logger()


class ConsoleHost:
    def __init__(
        self,
        *,
        inbox: Inbox,
        sessions: Sessions,
        living: LivingSessions,
        feed: DeskFeed,
        way_in: WayIn,
        answers: Answers,
        presence: Presence,
        clock: Clock,
        origins: Collection[str],
        wake_router: Callable[[], None],
        watched: Callable[[], Awaitable[None]],
        heard_typing: Callable[[str, str], Awaitable[None]],  # (agent id, interaction id)
    ) -> None:
        self._living = living
        self._inbox, self._sessions, self._feed, self._answers = inbox, sessions, feed, answers
        self._way_in = way_in
        self._presence, self._clock, self._wake_router = presence, clock, wake_router
        self._origins = frozenset(origins)
        self._watched, self._heard_typing = watched, heard_typing

    async def find_session(self, environ: dict[str, Any]) -> ScreenSession | None:
        """The session of a socket. None for a page of another origin, whatever cookie it brings: only the hub serves
        staff screens."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin not in self._origins:
            return None
        return await self._sessions.find(self._sessions.token_in(environ.get("HTTP_COOKIE", "")))

    async def find_living(self, session: ScreenSession, *, is_act: bool = True) -> StaffView | None:
        try:
            staff = await self._living.find(session)
        except StorageUnavailable as error:
            raise NobodyKnows from error
        if staff is not None and is_act:
            self._living.note_use(session.id)
        return staff

    async def is_staff(self, request: web.Request) -> bool:
        return await self._sessions.find(self._sessions.token_in(request.headers.get("Cookie", ""))) is not None

    def may(self, staff: StaffView, action: str) -> bool:
        return may(staff, action)

    async def desk_opened(self, staff: StaffView) -> None:
        self._feed.open(staff.id)
        await self._say_seen(staff.id, is_here=True)

    async def desk_closed(self, staff: StaffView) -> None:
        self._feed.close(staff.id)
        await self._say_seen(staff.id, is_here=False)

    async def _say_seen(self, agent_id: str, *, is_here: bool) -> None:
        try:
            await self._presence.say(agent_id, is_here, self._clock.now())
            self._wake_router()
        except StorageUnavailable:
            log.warning("a desk's coming or going could not be stored: its beats will show it", agent_id=agent_id)

    async def resume(self, staff: StaffView, number: int | None) -> ResumeAnswer | None:
        try:
            return await self._feed.resume(staff.id, number)
        except StorageUnavailable:
            return None

    async def submit(self, staff: StaffView, command: Command | BoardCommand, desk_id: str = "") -> CommandAnswer:
        key = f"command:{staff.id}:{command.id}"
        body = orjson.dumps({"agent_id": staff.id, "desk": desk_id, "command": command.model_dump()})
        try:
            arrival = Arrival(key, "command", body.decode(), self._clock.now())
            stored = await self._way_in.give(arrival, ScreenCommand(AgentId(staff.id), command, desk_id))
            if stored is not None and stored.answer is not None:
                return _read_answer(stored.answer)
            row_id = (await self._inbox.put([arrival]))[0]
            if row_id is None:
                found = await self._inbox.find(key)
                if found is None:
                    return CommandAnswer(code="unavailable")
                if found.answer is not None:
                    return _read_answer(found.answer)
                row_id = found.id
            self._wake_router()
            return await self._answers.wait(row_id, key)
        except StorageUnavailable:
            return CommandAnswer(code="unavailable")

    async def typed(self, staff: StaffView, interaction_id: str) -> None:
        await self._heard_typing(staff.id, interaction_id)

    async def watched(self) -> None:
        await self._watched()


@lru_cache(maxsize=256)
def _read_answer(text: str) -> CommandAnswer:
    """Nearly all answers are the same few."""
    return CommandAnswer.model_validate_json(text)
