"""Sessions of staff: opaque tokens that can be revoked, expire, and end where nobody uses them.

The rule of this file: the token is shown once, to its owner's cookie; the database keeps its SHA-256. What is told
of a session names it by an id that opens nothing.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

import orjson
from sqlalchemy import ColumnElement, RowMapping, delete, exists, func, insert, select, update

from agent_console.screen_session import ScreenSession
from agent_console.views import StaffView
from hub.clock import Clock
from hub.ids import new_id
from hub.storage import tables
from hub.storage.audit_words import Action
from hub.storage.database import Connection, Database
from hub.storage.staff import audit, end_sessions
from routing.model import SECOND, Micros

COOKIE = "hub_session"
HOST_ONLY = "__Host-"  # a cookie so named browsers take from this very host alone, by https (RFC 6265bis, 4.1.3.2)
KEPT = 90 * 24 * 3600 * SECOND  # how long a session that has ended stays in the database
SLICE = 200


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from. `browser`: as it names itself; `share`: under which name tries from this address
    are counted (`hub.doors.client_address`); `cookies`: the header."""

    address: str = ""
    browser: str = ""
    share: str = ""
    cookies: str = ""


class Sessions:
    def __init__(
        self, db: Database, clock: Clock, hours: int, idle_minutes: int = 0, *, is_cookie_secure: bool = False
    ) -> None:
        """`idle_minutes`: after which a session ends that nobody uses; 0: it lasts its hours."""
        self._db, self._clock = db, clock
        self.prefix = HOST_ONLY if is_cookie_secure else ""  # of every cookie of a sign-in, read and written
        self.cookie = self.prefix + COOKIE
        self._lasts, self.idle = hours * 3600 * SECOND, idle_minutes * 60 * SECOND
        self.told_ended: Callable[[], None] = lambda: None  # called when sessions have ended here

    async def begin(self, staff_id: str, password_hash: str, client: Client) -> str | None:
        """The token of a new session, in the place of the one that the client has; None where `password_hash` is not
        the person's any more, or they are disabled: whoever was looked at a moment ago is not let in after that."""
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        session = {
            "token_hash": hash_token(token),
            "id": new_id("session:"),
            "staff_id": staff_id,
            "address": client.address,
            "browser": client.browser[:320],
            "created_at": now,
            "used_at": now,
            "expires_at": now + self._lasts,
        }
        s, t = tables.staff, tables.staff_session
        is_right = (s.c.id == staff_id) & (s.c.password_hash == password_hash) & s.c.disabled_at.is_(None)
        had = self.token_in(client.cookies)
        end_earlier = update(t).where(t.c.token_hash == hash_token(had))
        end_earlier = end_earlier.values(revoked_at=func.coalesce(t.c.revoked_at, now))

        async def unit(conn: Connection) -> bool:
            if await conn.scalar(select(s.c.id).where(is_right).with_for_update()) is None:
                return False
            if had:
                await conn.execute(end_earlier)
            await conn.execute(insert(t), [session])
            await audit(conn, now, staff_id, "self.sign_in", staff_id, address=client.address)
            return True

        if not await self._db.write(unit):
            return None
        if had:
            self.told_ended()
        return token

    def token_in(self, cookies: str) -> str:
        """The session token in a Cookie header; empty where there is none."""
        try:
            morsel = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    async def find(self, token: str) -> ScreenSession | None:
        """Whose session this token opens, while it lasts and the person is not disabled."""
        if not token:
            return None
        found = await self._read_living(tables.staff_session.c.token_hash == hash_token(token))
        return ScreenSession(found[0]["session_id"], _view(found[0])) if found else None

    async def find_living(self, session_ids: Collection[str]) -> Mapping[str, StaffView]:
        """Those of these sessions that last, each with its person as they are at present."""
        found = await self._read_living(tables.staff_session.c.id.in_(list(session_ids)))
        return {row["session_id"]: _view(row) for row in found}

    async def list_living(self, staff_id: str) -> Sequence[RowMapping]:
        """The person's sessions that last, the one used last first."""
        found = await self._read_living(tables.staff_session.c.staff_id == staff_id)
        return sorted(found, key=lambda row: row["used_at"], reverse=True)

    async def _read_living(self, which: ColumnElement[bool]) -> Sequence[RowMapping]:
        """Those of the sessions that last, each with its person. They are found by their key and judged here: an
        index over all that live would otherwise be read from end to end for one of them."""
        s, t, now = tables.staff, tables.staff_session, self._clock.now()
        session = (t.c.id.label("session_id"), t.c.address, t.c.browser, t.c.created_at, t.c.used_at, t.c.expires_at)
        query = select(*session, t.c.revoked_at, s.c.id, s.c.name, s.c.roles, s.c.language, s.c.disabled_at)
        async with self._db.read() as conn:
            rows = (await conn.execute(query.join(s, t.c.staff_id == s.c.id).where(which))).mappings().all()
            lasting = [
                row
                for row in rows
                if row["revoked_at"] is None and row["disabled_at"] is None and row["expires_at"] > now
            ]
            quiet = {row["id"] for row in lasting if self.idle and row["used_at"] <= now - self.idle}
            if quiet:
                i = tables.interaction
                held = i.c.closed_at.is_(None) & i.c.accepted_at.is_not(None)
                quiet -= set(await conn.scalars(select(i.c.agent_id).where(i.c.agent_id.in_(list(quiet)), held)))
        return [row for row in lasting if row["id"] not in quiet or row["used_at"] > now - self.idle]

    async def note_use(self, uses: Mapping[str, Micros]) -> None:
        """When these sessions were used last, by id."""
        t = tables.staff_session

        async def unit(conn: Connection) -> None:
            for session_id, at in uses.items():
                await conn.execute(update(t).where(t.c.id == session_id, t.c.used_at < at).values(used_at=at))

        await self._db.write(unit)

    async def end_idle(self) -> None:
        """For good: an idle session does not come back to life when its person is given something."""
        if not self.idle:
            return
        t, now = tables.staff_session, self._clock.now()
        idle = (t.c.revoked_at.is_(None)) & (t.c.used_at <= now - self.idle) & (t.c.expires_at > now)
        query = select(t.c.id, t.c.staff_id).where(idle, ~_holds(t.c.staff_id)).order_by(t.c.used_at).limit(SLICE)

        async def unit(conn: Connection) -> None:
            for row in (await conn.execute(query)).all():
                end = update(t).where(t.c.id == row.id, idle, ~_holds(t.c.staff_id)).values(revoked_at=now)
                if (await conn.execute(end)).rowcount:
                    await audit(conn, now, row.staff_id, "session.idle", row.id)

        async with self._db.read() as conn:
            if (await conn.execute(query)).first() is None:
                return
        await self._db.write(unit)

    async def forget_ended(self) -> None:
        """A slice of the sessions that ended long ago."""
        t, long_ago = tables.staff_session, self._clock.now() - KEPT
        old = select(t.c.token_hash).where(t.c.expires_at < long_ago).order_by(t.c.expires_at).limit(SLICE)
        async with self._db.read() as conn:
            hashes = list(await conn.scalars(old))
        if hashes:
            await self._db.write(lambda conn: conn.execute(delete(t).where(t.c.token_hash.in_(hashes))))

    async def end(self, staff_id: str, session_id: str, by: str, action: Action, address: str = "") -> bool:
        """End one session of this person; False where it is no living one of theirs. `action`: for the audit."""
        t, now = tables.staff_session, self._clock.now()
        query = select(t.c.staff_id, t.c.revoked_at).where(t.c.id == session_id).with_for_update()

        async def unit(conn: Connection) -> bool:
            found = (await conn.execute(query)).first()
            if found is None or found.staff_id != staff_id or found.revoked_at is not None:
                return False
            await conn.execute(update(t).where(t.c.id == session_id).values(revoked_at=now))
            subject = session_id if by == staff_id else staff_id
            await audit(conn, now, by, action, subject, address=address, session=session_id)
            return True

        is_ended = await self._db.write(unit)
        if is_ended:
            self.told_ended()
        return is_ended

    async def end_all(self, staff_id: str, by: str, action: Action, address: str = "", *, but: str = "") -> int:
        """End every session of this person but the one of this id; how many that were. `action`: for the audit."""
        now = self._clock.now()

        async def unit(conn: Connection) -> int:
            ended = await end_sessions(conn, staff_id, now, but=but)
            if ended:
                await audit(conn, now, by, action, staff_id, address=address, sessions_ended=ended)
            return ended

        ended = await self._db.write(unit)
        if ended:
            self.told_ended()
        return ended


def _view(row: RowMapping) -> StaffView:
    return StaffView(id=row["id"], name=row["name"], roles=orjson.loads(row["roles"]), language=row["language"])


def _holds(staff_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an interaction is in this agent's hands."""
    i = tables.interaction
    return exists().where(i.c.agent_id == staff_id, i.c.closed_at.is_(None), i.c.accepted_at.is_not(None))


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()  # a cookie is whatever was sent
