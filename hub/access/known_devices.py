"""Known devices: browsers on which a person has signed in. A browser keeps one signed cookie for each such person.

The rule of this file: a device cookie signs nobody in. It gives its browser tries of its own, apart from the tries of
strangers. It is bound to one person and signed with a key that all processes share; the database stores the key.
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

DEVICE_COOKIE = "hub_device_"  # and a hash of the person's id: people may share a computer
LASTS_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie; each sign-in starts it again
_KEY = "device"


class KnownDevices:
    def __init__(self, db: Database, clock: Clock, prefix: str = "") -> None:
        """`prefix` stands before the names of the cookies."""
        self._db, self._clock, self._prefix = db, clock, prefix
        self._key = b""

    async def make(self, staff_id: str, device: str = "") -> tuple[str, str]:
        """Name and value of the cookie. `device`: the id that the browser already has; empty makes a new id."""
        about = f"{device or secrets.token_hex(8)}.{self._clock.now() // SECOND}"
        return self._prefix + name_cookie(staff_id), f"{about}.{await self._sign(staff_id, about)}"

    async def find(self, staff_id: str, cookies: str) -> str:
        """The id of this person's known device, as these cookies prove it. Empty if they prove none."""
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
        """The key that was stored first, even if two processes ask for it at the same time."""
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
