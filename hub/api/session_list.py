"""Where a person is signed in, and the end of one session or of all: one's own, or, for an administrator, anybody's.

The rule of this file: it reads the request; `hub.access.sessions` decides and writes the audit trail. A token is
never shown.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import SessionsView, SessionView, StaffListView, StaffMemberView
from hub.access.sessions import Sessions
from hub.administration.staff_changes import read_people
from hub.api.routes import SESSION_ID, Rule, answer_json, refuse
from hub.clock import to_millis
from hub.doors.client_address import ClientAddresses
from hub.storage.audit_words import Action
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead
from hub.storage.sessions import StoredSession
from routing.model import Micros


class SessionList:
    def __init__(self, db: Database, sessions: Sessions, addresses: ClientAddresses) -> None:
        self._db, self._sessions, self._addresses = db, sessions, addresses

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/me/sessions", "self.read_sessions", self._list_own),
            Rule("POST", "/api/me/sessions/{session}/end", "self.end_session", self._end_own),
            Rule("POST", "/api/me/sessions/end", "self.end_session", self._end_others_own),
            Rule("GET", "/api/staff", "staff.read", self._list_people),
            Rule("GET", "/api/staff/{id}/sessions", "staff.read_sessions", self._list),
            Rule("POST", "/api/staff/{id}/sessions/{session}/end", "staff.end_session", self._end),
            Rule("POST", "/api/staff/{id}/sessions/end", "staff.end_session", self._end_all),
        ]

    async def _list_own(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._view_living(staff.id, request)

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._view_living(request.match_info["id"], request)

    async def _view_living(self, staff_id: str, request: web.Request) -> web.StreamResponse:
        ahead = await read_wall_ahead(self._db)
        return answer_json(_view(await self._sessions.list_living(staff_id), request[SESSION_ID], ahead))

    async def _end_own(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._end_one(request, staff.id, by=staff.id, action="self.end_session")

    async def _end(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._end_one(request, request.match_info["id"], by=staff.id, action="staff.end_session")

    async def _end_one(self, request: web.Request, staff_id: str, by: str, action: Action) -> web.StreamResponse:
        address = self._addresses.find(request)
        is_ended = await self._sessions.end(staff_id, request.match_info["session"], by, action, address)
        return web.json_response({}) if is_ended else refuse(404, "not_found")

    async def _end_others_own(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._end_every_other(request, staff.id, by=staff.id, action="self.end_session")

    async def _end_all(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._end_every_other(request, request.match_info["id"], by=staff.id, action="staff.end_session")

    async def _end_every_other(
        self, request: web.Request, staff_id: str, by: str, action: Action
    ) -> web.StreamResponse:
        """End all but the requester's own."""
        address = self._addresses.find(request)
        await self._sessions.end_all(staff_id, by, action, address, but=request[SESSION_ID])
        return web.json_response({})

    async def _list_people(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        people = [
            StaffMemberView(id=person.id, name=person.name, roles=list(person.roles), is_disabled=person.is_disabled)
            for person in await read_people(self._db)
        ]
        return answer_json(StaffListView(staff=people))


def _view(living: Sequence[StoredSession], own: str, ahead: Micros) -> SessionsView:
    sessions = [
        SessionView(
            id=one.id,
            browser=one.browser,
            address=one.address,
            began_at=to_millis(one.created_at + ahead),
            used_at=to_millis(one.used_at + ahead),
            ends_at=to_millis(one.expires_at + ahead),
            is_this=one.id == own,
        )
        for one in living
    ]
    return SessionsView(sessions=sessions)
