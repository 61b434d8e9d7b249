"""Gives customers whose tier the policy lacks the tier that `hub apply` named for them, in the background.

The rule of this file: it works in small slices (P11), and nothing waits for it. Until a customer is changed,
`PolicyBook.find_moved_tier` gives the new tier, and a customer who gets in touch meanwhile is changed at once.
"""

from hub.policies.stored_versions import load_book
from hub.storage import customers, lease
from hub.storage.customers import TierChange
from hub.storage.database import Connection, Database

SLICE = 200


async def move_customers(db: Database) -> int:
    """Change the next few customers and return how many; call it until it returns 0. If no tier was ever removed, it
    reads the policy alone."""
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
