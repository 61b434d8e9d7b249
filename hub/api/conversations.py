"""A conversation over HTTP: its messages, mails as received, pictures and sound, and the scripts that fit it.

The rule of this file: content from a customer never runs on our origin, and every read needs a ground
(`hub.access.reading`).
"""

from collections.abc import Sequence

import orjson
from aiohttp import web

from agent_console.private_data import Private
from agent_console.views import StaffView
from agent_console.wire import ConversationView
from channels.registry import list_calls
from hub.access.conversation_rights import find_conversation_rights
from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.api.file_answers import answer_file
from hub.api.mail_pictures import show_pictures
from hub.api.routes import PAGE, FindSight, Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason
from hub.batch.transcript import view_message
from hub.clock import to_millis
from hub.screens.desk_feed import DeskFeed
from hub.storage import reading_rights, transcripts
from hub.storage.audit_words import OfWork
from hub.storage.database import Database
from hub.storage.media import MediaStore
from hub.storage.transcripts import MessageParts

LATEST = 2**53  # milliseconds: the largest whole number in JavaScript

# The HTML of a mail was sanitised when it arrived; this policy confines it once more
MAIL_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


class Conversations:
    def __init__(
        self,
        db: Database,
        media: MediaStore,
        feed: DeskFeed,
        reading: Reading,
        looks: Looks,
        find_sight: FindSight,
    ) -> None:
        self._db, self._media, self._feed, self._reading, self._looks = db, media, feed, reading, looks
        self._find_sight = find_sight

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/customers/{id}/conversation", "conversation.read", self._conversation),
            Rule("GET", "/api/interactions/{id}/scripts", "scripts.read", self._scripts_to_pick),
            Rule("GET", "/api/messages/{id}/html", "message.read", self._message_html),
            Rule("GET", "/api/messages/{id}/raw", "message.read", self._message_raw),
            Rule("GET", "/api/messages/{id}/media/{ref}", "media.read", self._media_file),
        ]

    async def _conversation(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id, reason = request.match_info["id"], read_reason(request)
        before = read_before(request)
        if before is None:
            return refuse(400, "invalid", "before")
        async with self._db.read() as conn:
            rights = await find_conversation_rights(conn, self._reading, staff, customer_id, reason)
            reader, ids, is_whole = rights.reader, rights.ids, rights.is_whole
            found = await reading_rights.read_conversation(
                conn, reader, ids, before * 1000, PAGE + 1, is_whole=is_whole
            )
            counts = await reading_rights.count_by_channel(conn, reader, ids, is_whole=is_whole)
        page = found[:PAGE]
        if len(found) > PAGE:  # the next page begins before an instant: keep messages of one instant together
            begins_at = to_millis(found[PAGE].message.at)
            page = [one for one in page if to_millis(one.message.at) != begins_at] or page
        if not ids or (not counts and not is_whole):  # no such customer, or nothing that this person may read
            return refuse(404, "not_found")
        await self._looks.record(rights.list_looks("conversation.read", [one.work for one in page]))
        messages = [view_message(one.message) for one in reversed(page)]
        return answer_json(ConversationView(messages=messages, counts=counts, has_more=len(found) > PAGE))

    async def _scripts_to_pick(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """The scripts that the agent may pick, and why each fits this customer."""
        interaction_id = request.match_info["id"]
        scripts = await self._feed.list_scripts(staff.id, interaction_id)
        if scripts is None or await self._reading.open_interaction(staff, "scripts.read", interaction_id) is None:
            return refuse(404, "not_found")
        return answer_json(scripts)

    async def _open_message(self, request: web.Request, staff: StaffView, action: OfWork) -> MessageParts | None:
        """The message, if this person may read it."""
        message_id = request.match_info["id"]
        is_part = "Range" in request.headers  # a player asks for one recording many times
        reason = read_reason(request)
        standing = await self._reading.open_message(staff, action, message_id, reason, is_repeated=is_part)
        if standing is None:
            return None
        if action == "message.read":  # a mail as it came: it cannot be masked in part
            sight = await self._find_sight(staff, standing.customer_id)
            if sight.hides_kind(Private.FILES):
                return None
        async with self._db.read() as conn:
            return await transcripts.find_parts(conn, message_id)

    async def _message_html(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        message = await self._open_message(request, staff, "message.read")
        if message is None or not message.html:
            return refuse(404, "not_found")
        html = await show_pictures(message.html, orjson.loads(message.media), self._media)
        document = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'
        headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=document, content_type="text/html", headers=headers)

    async def _message_raw(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        message = await self._open_message(request, staff, "message.read")
        if message is None or not message.raw:
            return refuse(404, "not_found")
        return await answer_file(request, self._media, message.raw, "message.eml")

    async def _media_file(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        message, ref = await self._open_message(request, staff, "media.read"), request.match_info["ref"]
        is_call = (
            message is not None and message.channel in list_calls()
        )  # its sound is heard: `hub.api.sound_player`
        attached = orjson.loads(message.media) if message is not None and not is_call else []
        found = next((one for one in attached if one["ref"] == ref), None)
        if found is None:
            return refuse(404, "not_found")
        name, content_type = found.get("name") or "attachment", found.get("content_type", "")
        return await answer_file(request, self._media, ref, name, content_type)


def read_before(request: web.Request) -> int | None:
    """The instant before which a page is asked for, in milliseconds. None: it is no number."""
    try:
        return max(0, min(int(request.query.get("before", LATEST)), LATEST))
    except ValueError:
        return None
