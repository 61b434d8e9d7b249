"""Customers whose tier has left the policy become what `apply` was told they become, in the background.

The rule of this file: in small slices (P11). Nothing waits for it: until then `PolicyBook.find_moved_tier` says the
same of the word that a customer carries, and whoever is in contact meanwhile is changed at once.
"""

from hub.policies.stored_versions import load_book
from hub.storage import customers, lease
from hub.storage.customers import TierChange
from hub.storage.database import Connection, Database

SLICE = 200


async def move_customers(db: Database) -> int:
    """Change the next few; call it until it returns 0. Reads nothing but the policy where no tier has ever left."""
    async with db.read(is_slow=True) as conn:
        in_force = await lease.find_policy_in_force(conn)
        book = await load_book(conn, in_force or None)
        moved = {tier: new for tier in book.moves.tiers if (new := book.find_moved_tier(tier))} if book else {}
        gone = [tier for tier, new in moved.items() if new != tier]
        if not gone:
            return 0
        found = await customers.list_of_tiers(conn, gone, SLICE)
    changes = [TierChange(customer_id, tier, moved[tier]) for customer_id, tier in found]

    async def unit(conn: Connection) -> None:
        await customers.change_tiers(conn, changes)

    if changes:
        await db.write(unit)
    return len(changes)
