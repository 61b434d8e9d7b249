"""The mails that only tell something and belong to no interaction: when, of what kind, for which mailbox.

The rule of this file: as little of a person as finding such a mail again takes; what it says stays in its raw form.
"""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import bindparam, select

from agent_console.views import StaffView
from agent_console.wire import FiledMail, FiledMailsView
from hub.api.routes import PAGE, Rule, answer, read_before, refuse
from hub.clock import to_millis
from hub.storage import tables
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead

_f = tables.filed_mail
_PAGE_BEFORE = (
    select(_f.c.id, _f.c.at, _f.c.kind, _f.c.our_address, _f.c.address)
    .where(_f.c.id < bindparam("before"))
    .order_by(_f.c.id.desc())
    .limit(PAGE + 1)
)


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
            rows = (await conn.execute(_PAGE_BEFORE, {"before": before})).all()
        ahead = await read_wall_ahead(self._db)
        mails = [
            FiledMail(
                id=row.id,
                at=to_millis(row.at + ahead),
                kind=row.kind,
                our_address=row.our_address,
                from_domain=row.address.rpartition("@")[2],
            )
            for row in rows[:PAGE]
        ]
        return answer(FiledMailsView(mails=mails, has_more=len(rows) > PAGE))
