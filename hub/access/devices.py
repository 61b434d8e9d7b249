"""Devices that a person has signed in on before: each browser keeps a signed cookie for each of them.

The rule of this file: such a cookie opens nothing. It gives its bearer tries of their own, apart from strangers'. It
names the person and is signed with a key that all processes share; the database keeps the key.
"""

import base64
import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from hub.clock import Clock
from hub.storage import sign_in
from hub.storage.database import Database
from routing.model import SECOND

DEVICE_COOKIE = "hub_device_"  # and which person's: several may share a computer
LASTS_SECONDS = 400 * 24 * 3600  # as long as browsers keep a cookie at most; begun anew at each sign-in
_KEY = "device"


class Devices:
    def __init__(self, db: Database, clock: Clock, prefix: str = "") -> None:
        """`prefix`: of the cookies' names."""
        self._db, self._clock, self._prefix = db, clock, prefix
        self._key = b""

    async def make(self, staff_id: str, device: str = "") -> tuple[str, str]:
        """Name and value of the cookie. `device`: the id that the browser has already; without, a new one."""
        about = f"{device or secrets.token_hex(8)}.{self._clock.now() // SECOND}"
        return self._prefix + name_cookie(staff_id), f"{about}.{await self._sign(staff_id, about)}"

    async def find(self, staff_id: str, cookies: str) -> str:
        """The id of the device that these cookies make known for this person; empty: none."""
        device, _, rest = _read(cookies, self._prefix + name_cookie(staff_id)).partition(".")
        at, _, signature = rest.partition(".")
        expected = await self._sign(staff_id, f"{device}.{at}")
        if not (signature.isascii() and hmac.compare_digest(signature, expected)):
            return ""
        return device if int(at) + LASTS_SECONDS > self._clock.now() // SECOND else ""

    async def _sign(self, staff_id: str, about: str) -> str:
        key = self._key or await self._load_key()
        digest = hmac.digest(key, f"{staff_id}\0{about}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    async def _load_key(self) -> bytes:
        """The one that was stored first, also where two processes look for it at once."""
        async with self._db.read() as conn:
            found = await sign_in.find_key(conn, _KEY)
        if found is None:
            found = await self._db.write(lambda conn: sign_in.make_key(conn, _KEY))
        self._key = found.encode()
        return self._key


def name_cookie(staff_id: str) -> str:
    return DEVICE_COOKIE + hashlib.sha256(staff_id.encode()).hexdigest()[:12]


def _read(cookies: str, name: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
