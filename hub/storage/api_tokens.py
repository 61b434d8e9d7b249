"""Tokens of programs, and the answers that they got lately.

The rule of this file: a token is found by its hash alone. The answer of a request is a row of the transaction of what
the request changed, so that a repeated request changes nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from hub.storage.connection import Connection
from hub.storage.token_tables import api_answer, api_token

_t, _a = api_token.c, api_answer.c


@dataclass(frozen=True, slots=True)
class StoredToken:
    """Instants are hub time. `hash`: SHA-256 of the token, in hexadecimal."""

    id: str
    name: str
    hash: str
    scope: str
    made_by: str
    made_at: int
    expires_at: int
    used_at: int | None = None
    revoked_at: int | None = None

    def is_valid_at(self, now: int) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`answer`: JSON."""

    token_id: str
    request_key: str
    body_hash: str
    status: int
    answer: str
    at: int


async def add(connection: Connection, token: StoredToken) -> None:
    await connection.execute(insert(api_token), [asdict(token)])


async def list_all(connection: Connection) -> Sequence[StoredToken]:
    """The newest first."""
    rows = await connection.execute(select(*_columns()).order_by(_t.made_at.desc(), _t.id))
    return [StoredToken(*row) for row in rows]


async def find(connection: Connection, token_hash: str) -> StoredToken | None:
    row = (await connection.execute(select(*_columns()).where(_t.hash == token_hash))).first()
    return None if row is None else StoredToken(*row)


async def revoke(connection: Connection, token_id: str, now: int) -> bool:
    """False: there is no such token, or it was revoked before."""
    ended = update(api_token).where(_t.id == token_id, _t.revoked_at.is_(None)).values(revoked_at=now)
    return bool((await connection.execute(ended)).rowcount)


async def lock(connection: Connection, token_id: str, now: int) -> bool:
    """Note that it is used; nobody revokes it before this transaction ends. False: it was revoked."""
    used = update(api_token).where(_t.id == token_id, _t.revoked_at.is_(None), _t.expires_at > now)
    return bool((await connection.execute(used.values(used_at=now))).rowcount)


async def find_answer(connection: Connection, token_id: str, request_key: str) -> StoredAnswer | None:
    columns = [_a[one.name] for one in fields(StoredAnswer)]
    row = (
        await connection.execute(select(*columns).where(_a.token_id == token_id, _a.request_key == request_key))
    ).first()
    return None if row is None else StoredAnswer(*row)


async def keep_answer(connection: Connection, answer: StoredAnswer) -> None:
    await connection.execute(insert(api_answer), [asdict(answer)])


async def forget_answers(connection: Connection, token_id: str, before: int) -> None:
    """Delete the older answers of a token."""
    await connection.execute(delete(api_answer).where(_a.token_id == token_id, _a.at < before))


def _columns() -> list[ColumnElement[Any]]:
    return [_t[one.name] for one in fields(StoredToken)]
