"""Customers whose tier has left the policy become what `apply` was told they become, in the background.

The rule of this file: in small slices (P11). Nothing waits for it: until then `PolicyBook.find_moved_tier` says the
same of the word that a customer carries, and whoever is in contact meanwhile is changed at once.
"""

from sqlalchemy import bindparam, select, update

from hub.policies.stored_versions import load_book
from hub.storage import tables
from hub.storage.database import Connection, Database

SLICE = 200
_c = tables.customer
_CHANGE = (
    update(_c).where(_c.c.id == bindparam("b_id"), _c.c.tier == bindparam("b_old")).values(tier=bindparam("new"))
)


async def move_customers(db: Database) -> int:
    """Change the next few; call it until it returns 0. Reads nothing but the policy where no tier has ever left."""
    async with db.read(is_slow=True) as conn:
        in_force = await conn.scalar(select(tables.lease.c.policy_version))
        book = await load_book(conn, in_force or None)
        gone = [tier for tier in book.moves.tiers if book.find_moved_tier(tier) not in (None, tier)] if book else []
        if book is None or not gone:
            return 0
        found = (await conn.execute(select(_c.c.id, _c.c.tier).where(_c.c.tier.in_(gone)).limit(SLICE))).all()
    changes = [{"b_id": row.id, "b_old": row.tier, "new": book.find_moved_tier(row.tier)} for row in found]

    async def unit(conn: Connection) -> None:
        await conn.execute(_CHANGE, changes)

    if changes:
        await db.write(unit)
    return len(changes)
