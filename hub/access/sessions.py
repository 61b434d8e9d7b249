"""Sessions of staff: opaque tokens that can be revoked, that expire, and that end when nobody uses them.

The rule of this file: the token is shown once, to its owner's cookie; the database stores its SHA-256. Screens and
logs name a session by an id that gives no access.

A session is *living* unless it has ended or expired, its person is disabled, or it is idle while its person holds no
interaction.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie

import orjson

from agent_console.screen_session import ScreenSession
from agent_console.views import StaffView
from hub.clock import Clock
from hub.ids import new_id
from hub.storage import interactions, sessions, staff
from hub.storage.audit_words import Action
from hub.storage.database import Connection, Database
from hub.storage.sessions import BegunSession, StoredSession
from hub.storage.staff import add_audit_entry, end_sessions
from routing.model import SECOND, Micros

COOKIE = "hub_session"
HOST_ONLY = (
    "__Host-"  # browsers accept a cookie of this name only from the host itself, by https (RFC 6265bis, 4.1.3.2)
)
FORGOTTEN_AFTER = 90 * 24 * 3600 * SECOND  # a session stays in the database for so long after it expires
SLICE = 200
MOST_VIEWS = 2_000  # people at their screens, who are looked at every second and seldom change


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request. `browser`: its User-Agent. `share`: the name under which tries from this address
    are counted (`hub.doors.client_address`). `cookies`: the Cookie header."""

    address: str = ""
    browser: str = ""
    share: str = ""
    cookies: str = ""


class Sessions:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        hours: int,
        idle_minutes: int = 0,
        *,
        is_cookie_secure: bool = False,
        on_ended: Callable[[], None] = lambda: None,
    ) -> None:
        """`hours`: the longest life of a session. `idle_minutes`: a session that is unused for so long ends; 0:
        only `hours` ends it. `on_ended` is called after sessions have ended."""
        self._db, self._clock = db, clock
        self.prefix = HOST_ONLY if is_cookie_secure else ""  # begins the name of every sign-in cookie
        self.cookie = self.prefix + COOKIE
        self._lasts, self.idle = hours * 3600 * SECOND, idle_minutes * 60 * SECOND
        self.on_ended = on_ended

    async def begin(self, staff_id: str, password_hash: str, client: Client) -> str | None:
        """Begin a session that replaces the one of `client`, if it has one, and return its token. None if the
        person has been disabled, or `password_hash` replaced, since the password was checked."""
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        begun = BegunSession(
            token_hash=hash_token(token),
            id=new_id("session:"),
            staff_id=staff_id,
            address=client.address,
            browser=client.browser[:320],
            created_at=now,
            used_at=now,
            expires_at=now + self._lasts,
        )
        had = self.token_in(client.cookies)

        async def unit(conn: Connection) -> bool:
            if not await staff.lock_right(conn, staff_id, password_hash):
                return False
            if had:
                await sessions.end_by_token(conn, hash_token(had), now)
            await sessions.add(conn, begun)
            await add_audit_entry(conn, now, staff_id, "self.sign_in", staff_id, address=client.address)
            return True

        if not await self._db.write(unit):
            return None
        if had:
            self.on_ended()
        return token

    def token_in(self, cookies: str) -> str:
        """The session token in a Cookie header; empty if there is none."""
        try:
            morsel = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    async def find(self, token: str) -> ScreenSession | None:
        """The session that this token opens. None if it has ended or its person is disabled."""
        if not token:
            return None
        async with self._db.read() as conn:
            found = await self._choose_living(conn, await sessions.find_by_token(conn, hash_token(token)))
        return ScreenSession(found[0].id, _view(found[0])) if found else None

    async def find_living(self, session_ids: Collection[str]) -> Mapping[str, StaffView]:
        """The living sessions among these, each with its person's present data."""
        async with self._db.read() as conn:
            found = await self._choose_living(conn, await sessions.find(conn, session_ids))
        return {one.id: _view(one) for one in found}

    async def list_living(self, staff_id: str) -> Sequence[StoredSession]:
        """The person's living sessions, the last used first."""
        async with self._db.read() as conn:
            found = await self._choose_living(conn, await sessions.list_of(conn, staff_id))
        return sorted(found, key=lambda one: one.used_at, reverse=True)

    async def _choose_living(self, conn: Connection, found: Sequence[StoredSession]) -> Sequence[StoredSession]:
        """The living sessions. The query finds them by key and this method judges them: a condition in the query
        would make the database read the whole index of living sessions for one of them."""
        now = self._clock.now()
        lasting = [
            one for one in found if one.revoked_at is None and one.disabled_at is None and one.expires_at > now
        ]
        quiet = {one.staff_id for one in lasting if self.idle and one.used_at <= now - self.idle}
        if quiet:
            quiet -= await interactions.list_holders(conn, quiet)
        return [one for one in lasting if one.staff_id not in quiet or one.used_at > now - self.idle]

    async def note_use(self, uses: Mapping[str, Micros]) -> None:
        """Store when each of these sessions was used last."""
        await self._db.write(lambda conn: sessions.note_use(conn, uses))

    async def end_idle(self) -> None:
        """End idle sessions for good. Without it, an idle session would be living again once its person gets work."""
        if not self.idle:
            return
        now = self._clock.now()
        used_until = now - self.idle

        async def unit(conn: Connection) -> None:
            for one in await sessions.list_idle(conn, used_until, now, SLICE):
                if await sessions.end_idle(conn, one.id, used_until, now):
                    await add_audit_entry(conn, now, one.staff_id, "session.idle", one.id)

        async with self._db.read() as conn:
            if not await sessions.list_idle(conn, used_until, now, 1):
                return
        await self._db.write(unit)

    async def forget_ended(self) -> None:
        """Delete a slice of the sessions that expired long ago."""
        async with self._db.read() as conn:
            hashes = await sessions.list_expired(conn, self._clock.now() - FORGOTTEN_AFTER, SLICE)
        if hashes:
            await self._db.write(lambda conn: sessions.forget(conn, hashes))

    async def end(self, staff_id: str, session_id: str, by: str, action: Action, address: str = "") -> bool:
        """End one session of this person. False if it is not a living session of theirs. `action`: for the audit
        trail."""
        now = self._clock.now()

        async def unit(conn: Connection) -> bool:
            found = await sessions.lock(conn, session_id)
            if found is None or found.staff_id != staff_id:
                return False
            await sessions.end(conn, session_id, now)
            subject = session_id if by == staff_id else staff_id
            await add_audit_entry(conn, now, by, action, subject, address=address, session=session_id)
            return True

        is_ended = await self._db.write(unit)
        if is_ended:
            self.on_ended()
        return is_ended

    async def end_all(self, staff_id: str, by: str, action: Action, address: str = "", *, but: str = "") -> int:
        """End every session of this person except `but`, and return how many ended. `action`: for the audit trail."""
        now = self._clock.now()

        async def unit(conn: Connection) -> int:
            ended = await end_sessions(conn, staff_id, now, but=but)
            if ended:
                await add_audit_entry(conn, now, by, action, staff_id, address=address, sessions_ended=ended)
            return ended

        ended = await self._db.write(unit)
        if ended:
            self.on_ended()
        return ended


def _view(one: StoredSession) -> StaffView:
    return _make_view(one.staff_id, one.name, one.roles, one.language)


@lru_cache(maxsize=MOST_VIEWS)
def _make_view(staff_id: str, name: str, roles: str, language: str) -> StaffView:
    return StaffView(id=staff_id, name=name, roles=orjson.loads(roles), language=language)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()  # a cookie may hold any text
