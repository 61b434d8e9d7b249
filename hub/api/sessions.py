"""Staff sign in: Argon2id passwords, opaque tokens that can be revoked.

The rule of this file: the token is shown once, to its owner's cookie; the database keeps its SHA-256. A wrong name
costs as much time as a wrong password.
"""

import asyncio
import hashlib
import secrets
from collections import deque
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

import argon2
from sqlalchemy import RowMapping, insert, select, update

from agent_console.views import StaffView
from hub import views
from hub.clock import Clock
from hub.floor_storage import make_member
from hub.storage import tables
from hub.storage.database import Connection, Database
from routing.model import SECOND, Micros

COOKIE = "hub_session"
SHORTEST_PASSWORD = 12  # NIST SP 800-63B asks for length and for nothing else
FAILURES, FAILURES_SECONDS = 8, 60  # per sign-in name; then it is refused unchecked for a while
MOST_NAMES = 1000  # tried in vain and remembered, before the older ones are forgotten

# OWASP's setting of Argon2id for servers: 19 MiB, two passes, one lane. RFC 9106's own (64 MiB, four lanes) took 0.4
# s of CPU a sign-in, and a shift of 200 begins within a minute.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_HASHING = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class SignedIn:
    staff: StaffView
    token: str


class TooManyFailures(Exception):
    """The name was tried too often: wait a minute."""


class FirstPasswordMustChange(Exception):
    """Name and password are right, but the password is the one-time first one: choose another."""


class PoorPassword(Exception):
    """Too short, or the same again."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Sessions:
    def __init__(self, db: Database, clock: Clock, hours: int) -> None:
        self._db, self._clock, self._lasts = db, clock, hours * 3600 * SECOND
        self._failures: dict[str, deque[Micros]] = {}
        self._decoy: str | None = None

    async def sign_in(self, name: str, password: str) -> SignedIn | None:
        """A new session, or None. Raises TooManyFailures, FirstPasswordMustChange."""
        row = await self._check(name, password)
        if row is None:
            return None
        if row["must_change_password"]:
            raise FirstPasswordMustChange
        return await self._begin(row)

    async def change_password(self, name: str, password: str, new_password: str) -> SignedIn | None:
        """The password becomes the new one, every other session of this person ends, and a new one begins; None where
        name and password do not go together. Raises TooManyFailures, PoorPassword."""
        if len(new_password) < SHORTEST_PASSWORD or new_password == password:
            raise PoorPassword
        row = await self._check(name, password)
        if row is None:
            return None
        async with _HASHING:
            password_hash = await asyncio.to_thread(hash_password, new_password)
        s, t, now = tables.staff, tables.staff_session, self._clock.now()
        change = update(s).where(s.c.id == row["id"]).values(password_hash=password_hash, must_change_password=False)
        revoke = update(t).where(t.c.staff_id == row["id"], t.c.revoked_at.is_(None)).values(revoked_at=now)

        async def unit(conn: Connection) -> None:
            await conn.execute(change)
            await conn.execute(revoke)
            entry = {"at": now, "staff_id": row["id"], "action": "self.change_password", "subject": row["id"]}
            await conn.execute(insert(tables.audit), [entry])

        await self._db.write(unit)
        return await self._begin(row)

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

    async def _begin(self, row: RowMapping) -> SignedIn:
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        session = {
            "token_hash": hash_token(token),
            "staff_id": row["id"],
            "created_at": now,
            "expires_at": now + self._lasts,
        }

        async def unit(conn: Connection) -> None:
            await conn.execute(insert(tables.staff_session), [session])
            entry = {"at": now, "staff_id": row["id"], "action": "self.sign_in", "subject": row["id"]}
            await conn.execute(insert(tables.audit), [entry])

        await self._db.write(unit)
        return SignedIn(views.view_staff(make_member(row)), token)

    async def find(self, token: str) -> StaffView | None:
        """Who this token stands for, while it lasts and the person is not disabled."""
        if not token:
            return None
        s, t = tables.staff, tables.staff_session
        query = select(s).join(t, t.c.staff_id == s.c.id)
        query = query.where(
            t.c.token_hash == hash_token(token),
            t.c.revoked_at.is_(None),
            t.c.expires_at > self._clock.now(),
            s.c.disabled_at.is_(None),
        )
        async with self._db.read() as conn:
            row = (await conn.execute(query)).mappings().first()
        return views.view_staff(make_member(row)) if row else None

    async def sign_out(self, token: str) -> None:
        t = tables.staff_session
        revoke = update(t).where(t.c.token_hash == hash_token(token)).values(revoked_at=self._clock.now())

        async def unit(conn: Connection) -> None:
            await conn.execute(revoke)

        await self._db.write(unit)

    async def disable(self, staff_id: str, by: str) -> Micros | None:
        """From this instant on the person is not let in, and their screens close within seconds; None where there is
        nobody to disable. `by`: whose decision it is."""
        s, t, now = tables.staff, tables.staff_session, self._clock.now()
        disable = update(s).where(s.c.id == staff_id, s.c.disabled_at.is_(None)).values(disabled_at=now)
        revoke = update(t).where(t.c.staff_id == staff_id, t.c.revoked_at.is_(None)).values(revoked_at=now)

        async def unit(conn: Connection) -> bool:
            if (await conn.execute(disable)).rowcount != 1:
                return False
            await conn.execute(revoke)
            entry = {"at": now, "staff_id": by, "action": "staff.disable", "subject": staff_id}
            await conn.execute(insert(tables.audit), [entry])
            return True

        return now if await self._db.write(unit) else None

    async def find_disabled(self, staff_ids: list[str]) -> list[str]:
        """Those of these people whose screens must close."""
        s, t = tables.staff, tables.staff_session
        now = self._clock.now()
        alive = select(t.c.staff_id).where(t.c.revoked_at.is_(None), t.c.expires_at > now)
        query = select(s.c.id).where(s.c.id.in_(staff_ids), s.c.disabled_at.is_(None), s.c.id.in_(alive))
        async with self._db.read() as conn:
            allowed = set(await conn.scalars(query))
        return [staff_id for staff_id in staff_ids if staff_id not in allowed]

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
            return await asyncio.to_thread(_is_right, password_hash or self._decoy or "", password)


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()  # a cookie is whatever was sent


def token_in(cookies: str) -> str:
    """The session token in a Cookie header; empty where there is none."""
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
