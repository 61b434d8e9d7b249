"""Signing in: name and password in, a session out, within the limits on tries.

The rule of this file: a try is counted before anything is hashed, and a right password gets its try back. A name that
nobody has takes the same path as a name that somebody has. The typed text is stored nowhere.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent_console.views import StaffView
from hub.access.failed_tries import FailedTries
from hub.access.guesses import ADDRESS, DEVICE, NAME, Budget, Guesses
from hub.access.known_devices import KnownDevices
from hub.access.passwords import SHORTEST_PASSWORD, Familiarity, Hashing, PoorPassword
from hub.access.sessions import Client, Sessions
from hub.access.turns import Path, TooManyTries, path_of, site_of
from hub.batch import desk_views
from hub.clock import Clock
from hub.open_work.staff import make_member
from hub.storage import staff
from hub.storage.database import Connection, Database
from hub.storage.staff import StoredPerson, add_audit_entry, end_sessions

UNKNOWN_NAMES = 4096  # all unknown names share so many budgets: invented names do not fill the table
UNNAMED = "unnamed"  # one count for all requests whose address has no share of its own
NOBODY = Client()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`device`: name and value of the cookie that makes this browser a known device."""

    staff: StaffView
    token: str
    device: tuple[str, str]


class FirstPasswordMustChange(Exception):
    """Name and password are right, but the password is the one-time first one: choose another."""


@dataclass(frozen=True, slots=True)
class _Right:
    person: StoredPerson
    device: str


class SigningIn:
    def __init__(
        self, db: Database, clock: Clock, sessions: Sessions, organisation: Callable[[], Awaitable[str]]
    ) -> None:
        self._db, self._clock, self._sessions, self._organisation = db, clock, sessions, organisation
        self._hashing, self._devices = Hashing(), KnownDevices(db, clock, sessions.prefix)
        self.guesses, self.failed = Guesses(db, clock), FailedTries(db, clock)

    async def sign_in(self, name: str, password: str, client: Client = NOBODY) -> SignedIn | None:
        """A new session, or None. Raises TooManyTries, FirstPasswordMustChange, StorageUnavailable."""
        right = await self._check(name, password, client)
        if right is None:
            return None
        if right.person.must_change_password:
            raise FirstPasswordMustChange
        return await self._begin(right, right.person.password_hash, client)

    async def change_password(
        self, name: str, password: str, new_password: str, client: Client = NOBODY
    ) -> SignedIn | None:
        """Set the new password, end every session of this person, and begin a new one. None if name and password
        do not match. Raises TooManyTries, PoorPassword, GuessablePassword, StorageUnavailable."""
        if len(new_password) < SHORTEST_PASSWORD or new_password == password:
            raise PoorPassword
        right = await self._check(name, password, client)
        if right is None:
            return None
        person, now = right.person, self._clock.now()
        about = (person.name, person.sign_in_name, await self._organisation())
        password_hash = await self._hashing.hash_new(new_password, about)
        before = person.password_hash

        async def unit(conn: Connection) -> bool:
            if not await staff.set_password(conn, person.id, password_hash, must_change=False, instead_of=before):
                return False  # it was changed or reset meanwhile
            await end_sessions(conn, person.id, now)
            await add_audit_entry(conn, now, person.id, "self.change_password", person.id, address=client.address)
            return True

        if not await self._db.write(unit):
            return None
        self._sessions.on_ended()
        return await self._begin(right, password_hash, client)

    async def _check(self, name: str, password: str, client: Client) -> _Right | None:
        """The person, if name and password match; else None."""
        name = name.strip().casefold()
        async with self._db.read() as conn:
            person = await staff.find_by_sign_in_name(conn, name)
        staff_id = person.id if person else ""
        device = await self._devices.find(staff_id, client.cookies)
        path = path_of(client.share or UNNAMED)
        familiarity = Familiarity.KNOWN if device else await self._find_familiarity(staff_id, path)
        try:
            counted = await self._count(_key_of(staff_id, name), device, familiarity, client)
            hashed = person.password_hash if person else None
            is_right = await self._hashing.verify(hashed, password, familiarity, (*path, name, client.browser[:200]))
        except TooManyTries:
            self.failed.add(staff_id, client.address, is_refused=True)
            raise
        if person is None or not is_right:
            self.failed.add(staff_id, client.address)
            return None
        await self.guesses.give_back(counted)
        return _Right(person, device)

    async def _find_familiarity(self, staff_id: str, path: Path) -> Familiarity:
        """NEAR if a stored session of this person began in the same part of a network."""
        async with self._db.read() as conn:
            known = await staff.find_addresses(conn, staff_id)
        is_near = any(site_of(address) == path[:2] for address in known)
        return Familiarity.NEAR if is_near else Familiarity.STRANGER

    async def _count(
        self, name_key: str, device: str, familiarity: Familiarity, client: Client
    ) -> list[tuple[str, Budget]]:
        if device:
            key = f"{name_key} on {device}"
            await self.guesses.take_known(key)
            return [(key, DEVICE)]
        if familiarity == Familiarity.NEAR:
            name_key += " near"
        address_key = f"address:{client.share or UNNAMED}"
        await self.guesses.take(name_key, address_key, client.browser[:200])
        return [(name_key, NAME), (address_key, ADDRESS)]

    async def _begin(self, right: _Right, password_hash: str, client: Client) -> SignedIn | None:
        """None if the password was changed or the person disabled while the password was being checked."""
        token = await self._sessions.begin(right.person.id, password_hash, client)
        if token is None:
            return None
        device = await self._devices.make(right.person.id, right.device)
        return SignedIn(desk_views.view_staff(make_member(right.person)), token, device)


def _key_of(staff_id: str, name: str) -> str:
    if staff_id:
        return f"name:{staff_id}"
    return f"name?{int(hashlib.sha256(name.encode()).hexdigest(), 16) % UNKNOWN_NAMES}"
