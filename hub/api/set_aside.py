"""Arrivals that could not be handled and were set aside: listed, opened with a reason, and run again.

The rule of this file: its only change is that a row is pending again. The list shows channel, time and problem. An
administrator who gives a reason sees the customer's words in it, as far as the policy shows them to their roles, and
the audit trail stores the reason.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.views import StaffView
from agent_console.wire import OpenSetAsideRequest, SetAsideArrival, SetAsideContent, SetAsideView
from channels.channel import Notice
from hub.access.looks import Look, Looks
from hub.api.routes import PAGE, Rule, answer_json, refuse
from hub.clock import to_millis
from hub.policies.channel_views import view_channels
from hub.policies.masking import HIDDEN, Sight
from hub.policies.stored_versions import load_book
from hub.storage.audit_words import Ground
from hub.storage.database import Database
from hub.storage.inbox import Inbox
from hub.storage.lease import read_wall_ahead

ANSWERS: Final = "values"  # of a command: what an agent typed into the fields of a script
OF_A_CHANNEL = frozenset(kind.__name__ for kind in get_args(Notice))


class SetAside:
    def __init__(self, db: Database, inbox: Inbox, looks: Looks, wake_router: Callable[[], None]) -> None:
        self._db, self._inbox, self._looks, self._wake_router = db, inbox, looks, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/inbox/set-aside", "inbox.read_set_aside", self._set_aside, is_poll=True),
            Rule("POST", "/api/inbox/{id}/open", "inbox.open", self._open),
            Rule("POST", "/api/inbox/{id}/run-again", "inbox.run_again", self._run_again),
        ]

    async def _set_aside(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        rows = await self._inbox.list_set_aside(limit=PAGE + 1)
        ahead = await read_wall_ahead(self._db)
        arrivals = [
            SetAsideArrival(
                id=row.id,
                channel=row.key.partition(":")[0] if row.kind in OF_A_CHANNEL else "",
                kind=row.kind,
                received_at=to_millis(row.received_at + ahead),
                tries=row.tries,
                problem=_without_values(why),
            )
            for row, why in rows[:PAGE]
        ]
        return answer_json(SetAsideView(arrivals=arrivals, channels=view_channels(), has_more=len(rows) > PAGE))

    async def _open(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = OpenSetAsideRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "reason_needed", "reason")
        row_id = _read_id(request)
        body = await self._inbox.read_set_aside(row_id) if row_id is not None else None
        if body is None:
            return refuse(404, "not_found")
        look = Look(staff.id, "inbox.open", str(row_id), grounds=(Ground.REASON,), reason=asked.reason)
        await self._looks.record([look])
        async with self._db.read() as conn:
            book = await load_book(conn)
        sight = book.see_as(staff.roles) if book is not None else None
        if sight is None or sight.hides_nothing:
            return answer_json(SetAsideContent(body=body[0], problem=body[1]))
        return answer_json(SetAsideContent(body=_hide_answers(body[0], sight), problem=_without_values(body[1])))

    async def _run_again(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        row_id = _read_id(request)
        if row_id is None or not await self._inbox.run_again(row_id):
            return refuse(404, "not_found")
        self._wake_router()
        return web.json_response({})


def _hide_answers(body: str, sight: Sight) -> str:
    """The numbers and mailboxes in it are masked as it leaves. What is no JSON cannot be looked through."""

    def show(part: Any) -> Any:
        if isinstance(part, list):
            return [show(one) for one in part]
        if isinstance(part, dict):
            return {
                name: sight.show_answers(one) if name == ANSWERS and isinstance(one, dict) else show(one)
                for name, one in part.items()
            }
        return part

    try:
        return orjson.dumps(show(orjson.loads(body))).decode()
    except orjson.JSONDecodeError:
        return HIDDEN


def _without_values(problem: str) -> str:
    """The problem up to the error's name: the text after it may quote the customer."""
    named = re.match(r".*?\b[A-Z]\w*(?:Error|Exception)\b", problem, re.DOTALL)
    return named[0] if named else problem.partition(":")[0]


def _read_id(request: web.Request) -> int | None:
    text = request.match_info["id"]
    return int(text) if text.isascii() and text.isdecimal() else None
