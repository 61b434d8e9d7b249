"""Filed mails: mails that only inform and belong to no interaction. When each came, its kind, and its mailbox.

The rule of this file: it shows only as much of a person as it takes to find such a mail again. The content stays in
the raw mail.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import FiledMail, FiledMailsView
from hub.api.routes import PAGE, Rule, answer_json, read_before, refuse
from hub.clock import to_millis
from hub.storage import filed_mails
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead


class FiledMails:
    def __init__(self, db: Database) -> None:
        self._db = db

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/mails/filed", "inbox.read_filed_mails", self._list, is_poll=True)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            before = read_before(request)
        except ValueError:
            return refuse(400, "invalid", "before")
        async with self._db.read() as conn:
            found = await filed_mails.list_newest(conn, before, PAGE + 1)
        ahead = await read_wall_ahead(self._db)
        mails = [
            FiledMail(
                id=one.id,
                at=to_millis(one.at + ahead),
                kind=one.kind,
                our_address=one.our_address,
                from_domain=one.address.rpartition("@")[2],
            )
            for one in found[:PAGE]
        ]
        return answer_json(FiledMailsView(mails=mails, has_more=len(found) > PAGE))
