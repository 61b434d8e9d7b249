"""Tokens of programs: made, listed and revoked, by an administrator at a screen or at the command line.

The rule of this file: a token is returned once, to whoever made it, and stored as a hash. A change and its line in
the trail are one transaction.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from hub.ids import new_id
from hub.storage import api_tokens
from hub.storage import staff as stored_staff
from hub.storage.api_tokens import StoredToken
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.staff import add_audit_entry
from routing.model import DAY, Micros

SCOPE: Final = "customers.upsert"
PREFIX: Final = "hub_"  # by which people and scanners know a token where it should not be


@dataclass(frozen=True, slots=True)
class MadeToken:
    stored: StoredToken
    text: str  # what the program sends; it is nowhere else


@dataclass(frozen=True, slots=True)
class KnownToken:
    stored: StoredToken
    made_by: str  # a person's name, or who else made it


def hash_token(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def make_token(db: Database, name: str, days: int, now: Micros, by: str) -> MadeToken:
    """`by`: a person's id, or COMMAND_LINE."""
    text = PREFIX + secrets.token_urlsafe(32)
    token = StoredToken(new_id("k"), name, hash_token(text), SCOPE, by, now, now + days * DAY)

    async def unit(conn: Connection) -> None:
        await api_tokens.add(conn, token)
        await add_audit_entry(conn, now, by, "tokens.make", token.id)

    await db.write(unit)
    return MadeToken(token, text)


async def list_tokens(db: Database) -> list[KnownToken]:
    """The newest first."""
    async with db.read() as conn:
        found = await api_tokens.list_all(conn)
        people = {one.id: one.name for one in await stored_staff.list_by_name(conn)}
    return [KnownToken(one, people.get(one.made_by, one.made_by)) for one in found]


async def revoke_token(db: Database, token_id: str, now: Micros, by: str) -> bool:
    """False: there is no such token, or it was revoked before."""

    async def unit(conn: Connection) -> bool:
        is_done = await api_tokens.revoke(conn, token_id, now)
        if is_done:
            await add_audit_entry(conn, now, by, "tokens.revoke", token_id)
        return is_done

    return await db.write(unit)
