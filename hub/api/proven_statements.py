"""What had to be said to a customer, over HTTP, with the proof of each statement, whatever the channel.

The rule of this file: whoever may read a conversation may read this of it, and the look is in the trail as one at the
conversation.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from agent_console.recorded import ProvenView, ProvenWork
from agent_console.views import StaffView
from hub.access.conversation_rights import find_conversation_rights
from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.api.conversations import read_before
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason
from hub.clock import to_millis
from hub.policies.attributes import list_variable_types
from hub.policies.stored_versions import get_newest_book
from hub.scripts.statement_proofs import list_proven
from hub.storage import reading_rights
from hub.storage import staff as staff_rows
from hub.storage.database import Database
from hub.storage.reading_rights import ReadableRun
from routing.model import ChannelName
from scripts_library.variables import ANY_SEGMENT_TYPES, VariableTypes

PAGE: Final = 20  # runs


class Statements:
    def __init__(self, db: Database, reading: Reading, looks: Looks) -> None:
        self._db, self._reading, self._looks = db, reading, looks

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/customers/{id}/statements", "conversation.read", self._show)]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        before = read_before(request)
        if before is None:
            return refuse(400, "invalid", "before")
        async with self._db.read() as conn:
            rights = await find_conversation_rights(
                conn, self._reading, staff, request.match_info["id"], read_reason(request)
            )
            reader, ids, is_whole = rights.reader, rights.ids, rights.is_whole
            counts = await reading_rights.count_by_channel(conn, reader, ids, is_whole=is_whole)
            if not ids or (not counts and not is_whole):
                return refuse(404, "not_found")
            found = await reading_rights.read_proven_runs(
                conn, reader, ids, before * 1000, PAGE + 1, is_whole=is_whole
            )
            book = await get_newest_book(conn)
            people = {one.id: one.name for one in await staff_rows.list_by_name(conn)}
        await self._looks.record(rights.list_looks("conversation.read", [one.work for one in found[:PAGE]]))
        types = {**list_variable_types(book.attributes), **ANY_SEGMENT_TYPES}
        works = await asyncio.to_thread(_view, found[:PAGE], types, people)
        more = to_millis(found[PAGE - 1].began_at) if len(found) > PAGE else None
        return answer_json(ProvenView(works=works, next_before=more))


def _view(found: Sequence[ReadableRun], types: VariableTypes, people: Mapping[str, str]) -> list[ProvenWork]:
    """By interaction, the newest first."""
    by_work: dict[str, list[ReadableRun]] = {}
    for one in found:
        by_work.setdefault(one.work.interaction_id, []).append(one)
    return [
        ProvenWork(
            interaction_id=interaction_id,
            channel=ChannelName(runs[0].channel),
            at=to_millis(min(one.began_at for one in runs)),
            statements=list_proven([one.run for one in runs], types, people),
        )
        for interaction_id, runs in by_work.items()
    ]
