"""The mails that only tell something and belong to no interaction: when, of what kind, for which mailbox.

The rule of this file: as little of a person as finding such a mail again takes; what it says stays in its raw form.
"""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select

from agent_console.views import StaffView
from agent_console.wire import FiledMail, FiledMailsView
from hub.api.routes import PAGE, Rule, answer
from hub.clock import to_millis
from hub.storage import tables
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead


class FiledMails:
    def __init__(self, db: Database) -> None:
        self._db = db

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/mails/filed", "inbox.read_filed_mails", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        f = tables.filed_mail
        query = select(f.c.id, f.c.at, f.c.kind, f.c.our_address, f.c.address).order_by(f.c.id.desc()).limit(PAGE + 1)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
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
