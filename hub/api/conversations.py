"""What was said: conversations, mails as they came, pictures and sound, and the scripts to say it by.

The rule of this file: nothing that a customer sent runs on our origin.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import func, select

from agent_console.views import StaffView
from agent_console.wire import ConversationView
from hub.api.routes import PAGE, Rule, answer, refuse
from hub.clock import to_millis
from hub.desk_feed import DeskFeed
from hub.mail_pictures import show_pictures
from hub.storage import tables
from hub.storage.database import Database
from hub.storage.media import MediaStore
from hub.transcript import view_message

LATEST = 2**53  # milliseconds: the largest whole number that a screen can say
_ONE_RANGE = re.compile(r"bytes=(?=.*[0-9])([0-9]{0,18})-([0-9]{0,18})")
PLAYABLE = frozenset({"audio/wav", "audio/mpeg"})
_SAFE_NAME = re.compile(r"[^\w.()\[\] -]")

# HTML of a mail: sanitised on the way in, and boxed in here once more
MAIL_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


class Conversations:
    def __init__(self, db: Database, media: MediaStore, feed: DeskFeed) -> None:
        self._db, self._media, self._feed = db, media, feed

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/customers/{id}/conversation", "conversation.read", self._conversation),
            Rule("GET", "/api/interactions/{id}/scripts", "desk.list_scripts", self._scripts_to_pick),
            Rule("GET", "/api/messages/{id}/html", "message.read", self._message_html),
            Rule("GET", "/api/messages/{id}/raw", "message.read", self._message_raw),
            Rule("GET", "/api/media/{ref}", "media.read", self._media_file),
        ]

    async def _conversation(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id = request.match_info["id"]
        try:
            before = max(0, min(int(request.query.get("before", LATEST)), LATEST))
        except ValueError:
            return refuse(400, "invalid", "before")
        m, i = tables.message, tables.interaction
        page_query = select(m).where(m.c.customer_id == customer_id, m.c.at < before * 1000)
        page_query = page_query.order_by(m.c.at.desc(), m.c.seq.desc()).limit(PAGE + 1)  # as the index has them
        count_query = select(i.c.channel, func.count()).where(i.c.customer_id == customer_id).group_by(i.c.channel)
        async with self._db.read() as conn:
            rows = (await conn.execute(page_query)).mappings().all()
            counts = {row[0]: row[1] for row in await conn.execute(count_query)}
        page = rows[:PAGE]
        if len(rows) > PAGE:  # the next page begins before an instant: what shares one is not torn apart
            page = [row for row in page if to_millis(row["at"]) != to_millis(rows[PAGE]["at"])] or page
        messages = [view_message(dict(row)) for row in reversed(page)]
        return answer(ConversationView(messages=messages, counts=counts, has_more=len(rows) > PAGE))

    async def _scripts_to_pick(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        scripts = await self._feed.list_scripts(staff.id, request.match_info["id"])
        return refuse(404, "not_found") if scripts is None else answer(scripts)

    async def _find_message(self, request: web.Request, column: Any) -> str:
        async with self._db.read() as conn:
            found = await conn.scalar(select(column).where(tables.message.c.id == request.match_info["id"]))
        return found or ""

    async def _message_html(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        html = await self._find_message(request, tables.message.c.html)
        if not html:
            return refuse(404, "not_found")
        attached = orjson.loads(await self._find_message(request, tables.message.c.media))
        html = await show_pictures(html, attached, self._media)
        headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
        document = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'
        return web.Response(text=document, content_type="text/html", headers=headers)

    async def _message_raw(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        ref = await self._find_message(request, tables.message.c.raw)
        return await self._download(ref, "message.eml") if ref else refuse(404, "not_found")

    async def _media_file(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        ref = request.match_info["ref"]
        m = tables.media
        async with self._db.read() as conn:
            row = (await conn.execute(select(m.c.name, m.c.content_type).where(m.c.ref == ref))).first()
        if row is None:
            return refuse(404, "not_found")
        asked = request.headers.get("Range", "")
        return await self._download(ref, row.name or "attachment", row.content_type, asked)

    async def _download(self, ref: str, name: str, content_type: str = "", asked: str = "") -> web.StreamResponse:
        """Always a download: nothing that a customer sent runs on our origin. Only sound keeps its type, to be played
        within a page of ours. A part of it is sent where a part is asked for (RFC 9110, Range): players begin in the
        middle, and some play nothing without. `asked`: the Range."""
        path = await self._media.find_path(ref)
        plain = _SAFE_NAME.sub("_", name)[:120] or "attachment"
        disposition = f'attachment; filename="{plain.encode("ascii", "replace").decode()}"'
        headers = {
            "Content-Disposition": disposition,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        shown = content_type if content_type in PLAYABLE else "application/octet-stream"
        if not is_one_range(asked):
            return web.Response(body=await self._media.read(ref), headers={**headers, "Content-Type": shown})
        return web.FileResponse(path, headers={**headers, "Content-Type": shown})


def is_one_range(asked: str) -> bool:
    """Whether a Range asks for one part in bytes, or nothing in particular. All else is ignored, and the whole sent:
    other units, several parts, an end before its beginning (RFC 9110, 14.1.1 and 14.2)."""
    found = _ONE_RANGE.fullmatch(asked)
    return not asked or (found is not None and not (found[1] and found[2] and int(found[2]) < int(found[1])))
