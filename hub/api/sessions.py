"""Staff sign in: Argon2id passwords, opaque tokens that can be revoked.

The rule of this file: the token is shown once, to its owner's cookie; the database keeps its SHA-256. A wrong name
costs as much time as a wrong password.
"""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

import argon2
import orjson
from sqlalchemy import ColumnElement, RowMapping, delete, exists, insert, select, update

from agent_console.screen_session import ScreenSession
from agent_console.views import StaffView
from hub import views
from hub.clock import Clock
from hub.floor_storage import make_member
from hub.ids import new_id
from hub.storage import tables
from hub.storage.database import Connection, Database
from hub.storage.staff import audit, end_sessions
from routing.model import SECOND, Micros

COOKIE = "hub_session"
SHORTEST_PASSWORD = 12  # NIST SP 800-63B asks for length and for nothing else
FAILURES, FAILURES_SECONDS = 8, 60  # per sign-in name; then it is refused unchecked for a while
KEPT = 90 * 24 * 3600 * SECOND  # how long a session that has ended stays in the database
SLICE = 200
MOST_NAMES = 1000  # tried in vain and remembered, before the older ones are forgotten

# OWASP's setting of Argon2id for servers: 19 MiB, two passes, one lane. RFC 9106's own (64 MiB, four lanes) took 0.4
# s of CPU a sign-in, and a shift of 200 begins within a minute.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_HASHING = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class SignedIn:
    staff: StaffView
    token: str


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: the address, and how the browser names itself."""

    address: str = ""
    browser: str = ""


NOBODY = Client()


class TooManyFailures(Exception):
    """The name was tried too often: wait a minute."""


class FirstPasswordMustChange(Exception):
    """Name and password are right, but the password is the one-time first one: choose another."""


class PoorPassword(Exception):
    """Too short, or the same again."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Sessions:
    def __init__(self, db: Database, clock: Clock, hours: int, idle_minutes: int = 0) -> None:
        """`idle_minutes`: after which a session ends that nobody uses; 0: it lasts its hours."""
        self._db, self._clock = db, clock
        self._lasts, self.idle = hours * 3600 * SECOND, idle_minutes * 60 * SECOND
        self.told_ended: Callable[[], None] = lambda: None  # called when sessions have ended here
        self._failures: dict[str, deque[Micros]] = {}
        self._decoy: str | None = None

    async def sign_in(self, name: str, password: str, client: Client = NOBODY) -> SignedIn | None:
        """A new session, or None. Raises TooManyFailures, FirstPasswordMustChange."""
        row = await self._check(name, password)
        if row is None:
            return None
        if row["must_change_password"]:
            raise FirstPasswordMustChange
        return await self._begin(row, client)

    async def change_password(
        self, name: str, password: str, new_password: str, client: Client = NOBODY
    ) -> SignedIn | None:
        """The password becomes the new one, every other session of this person ends, and a new one begins; None where
        name and password do not go together. Raises TooManyFailures, PoorPassword."""
        if len(new_password) < SHORTEST_PASSWORD or new_password == password:
            raise PoorPassword
        row = await self._check(name, password)
        if row is None:
            return None
        async with _HASHING:
            password_hash = await asyncio.to_thread(hash_password, new_password)
        s, now = tables.staff, self._clock.now()
        change = update(s).where(s.c.id == row["id"], s.c.password_hash == row["password_hash"])
        change = change.values(password_hash=password_hash, must_change_password=False)

        async def unit(conn: Connection) -> bool:
            if not (await conn.execute(change)).rowcount:  # it was changed or reset meanwhile
                return False
            await end_sessions(conn, row["id"], now)
            await audit(conn, now, row["id"], "self.change_password", row["id"], address=client.address)
            return True

        if not await self._db.write(unit):
            return None
        self.told_ended()
        return await self._begin(row, client)

    async def _check(self, name: str, password: str) -> RowMapping | None:
        """The person, if the password is theirs."""
        name, now = name.strip().casefold(), self._clock.now()
        self._refuse_many(name, now)
        s = tables.staff
        query = select(s).where(s.c.sign_in_name == name, s.c.disabled_at.is_(None))
        async with self._db.read() as conn:
            row = (await conn.execute(query)).mappings().first()
        is_right = await self._verify(row["password_hash"] if row else None, password)
        if row is None or not is_right:
            self._failures.setdefault(name, deque(maxlen=FAILURES)).append(now)
            return None
        self._failures.pop(name, None)
        return row

    async def _begin(self, row: RowMapping, client: Client) -> SignedIn:
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        session = {
            "token_hash": hash_token(token),
            "id": new_id("session:"),
            "staff_id": row["id"],
            "address": client.address,
            "browser": client.browser[:320],
            "created_at": now,
            "used_at": now,
            "expires_at": now + self._lasts,
        }

        async def unit(conn: Connection) -> None:
            await conn.execute(insert(tables.staff_session), [session])
            await audit(conn, now, row["id"], "self.sign_in", row["id"], address=client.address)

        await self._db.write(unit)
        return SignedIn(views.view_staff(make_member(row)), token)

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

    async def end(self, staff_id: str, session_id: str, by: str, action: str, address: str = "") -> bool:
        """End one session of this person; False where it is no living one of theirs. `action`: for the audit."""
        t, now = tables.staff_session, self._clock.now()
        end = update(t).where(t.c.id == session_id, t.c.staff_id == staff_id, t.c.revoked_at.is_(None))

        async def unit(conn: Connection) -> bool:
            if not (await conn.execute(end.values(revoked_at=now))).rowcount:
                return False
            subject = session_id if by == staff_id else staff_id
            await audit(conn, now, by, action, subject, address=address, session=session_id)
            return True

        is_ended = await self._db.write(unit)
        if is_ended:
            self.told_ended()
        return is_ended

    def _refuse_many(self, name: str, now: Micros) -> None:
        lately = now - FAILURES_SECONDS * SECOND
        if len(self._failures) > MOST_NAMES:
            self._failures = {tried: failures for tried, failures in self._failures.items() if failures[-1] > lately}
        failures = self._failures.get(name)
        if failures and len(failures) == FAILURES and failures[0] > lately:
            raise TooManyFailures

    async def _verify(self, password_hash: str | None, password: str) -> bool:
        async with _HASHING:
            if password_hash is None:
                self._decoy = self._decoy or await asyncio.to_thread(hash_password, secrets.token_hex())
            return await asyncio.to_thread(is_password, password_hash or self._decoy or "", password)


def is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _view(row: RowMapping) -> StaffView:
    return StaffView(id=row["id"], name=row["name"], roles=orjson.loads(row["roles"]), language=row["language"])


def _holds(staff_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an interaction is in this agent's hands."""
    i = tables.interaction
    return exists().where(i.c.agent_id == staff_id, i.c.closed_at.is_(None), i.c.accepted_at.is_not(None))


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()  # a cookie is whatever was sent


def token_in(cookies: str) -> str:
    """The session token in a Cookie header; empty where there is none."""
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
