"""The data of signing in: how far the tries are used up, and the secrets that all processes share.

The rule of this file: a try is counted in one statement. So tries at the same instant get no more than tries one
after another.
"""

import secrets
from collections.abc import Collection

from sqlalchemy import bindparam, delete, func, select, text, update

from hub.storage.connection import Connection
from hub.storage.tables import server_key, sign_in_budget

# PostgreSQL's lock on counting: without it, transactions that take rows in different orders could deadlock
ONE_AFTER_ANOTHER = 0x68756273

_b = sign_in_budget.c
_TAKE = text(
    "INSERT INTO sign_in_budget (key, full_at) VALUES (:key, :now + :every) ON CONFLICT (key) DO UPDATE SET full_at ="
    " CASE WHEN sign_in_budget.full_at > :now THEN sign_in_budget.full_at ELSE :now END + :every"
    " WHERE sign_in_budget.full_at <= :now + :span RETURNING full_at"
).bindparams(*(bindparam(name, type_=_b.full_at.type) for name in ("now", "every", "span")))
_MAKE_KEY = text("INSERT INTO server_key (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING")


async def lock_counting(connection: Connection) -> None:
    """Until the end of the transaction no other transaction counts. SQLite has only one writer."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(ONE_AFTER_ANOTHER)))


async def take_try(connection: Connection, key: str, burst: int, every: int, now: int) -> int:
    """Count one try. Returns 0, or the microseconds until a try is left: then nothing is counted. A key has
    `burst` tries at once, and gets one more every `every` microseconds."""
    span = (burst - 1) * every
    if (await connection.execute(_TAKE, {"key": key, "now": now, "every": every, "span": span})).first() is not None:
        return 0
    full_at = await connection.scalar(select(_b.full_at).where(_b.key == key))
    return max(int(full_at or 0) - span - now, 1)


async def give_back_try(connection: Connection, key: str, every: int) -> None:
    """Give back one try that was counted."""
    await connection.execute(update(sign_in_budget).where(_b.key == key).values(full_at=_b.full_at - every))


async def list_full(connection: Connection, before: int, limit: int) -> list[str]:
    """The keys of budgets that were full again before an instant: at most `limit`, the oldest first."""
    query = select(_b.key).where(_b.full_at < before).order_by(_b.full_at).limit(limit)
    return list(await connection.scalars(query))


async def forget_full(connection: Connection, keys: Collection[str], now: int) -> None:
    """Delete those of these budgets that are still full at this instant."""
    await connection.execute(delete(sign_in_budget).where(_b.key.in_(keys), _b.full_at < now))


async def find_key(connection: Connection, name: str) -> str | None:
    """The secret of this name, as text; None if it does not exist yet."""
    found: str | None = await connection.scalar(select(server_key.c.value).where(server_key.c.name == name))
    return found


async def make_key(connection: Connection, name: str) -> str:
    """The secret of this name; created if it does not exist. If two processes create it at once, both get the
    first."""
    await connection.execute(_MAKE_KEY, {"name": name, "value": secrets.token_hex(32)})
    return await find_key(connection, name) or ""
