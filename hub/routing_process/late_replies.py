"""The texts that waited until a batch was decided.

The rule of this file: storage is asked only about their customers. What this batch has heard of a customer is newer.
"""

from hub.batch import auto_reply, lookups
from hub.batch.batch import Batch
from hub.storage.database import Database


async def write_late_replies(db: Database, batch: Batch) -> None:
    if not batch.late_replies:
        return
    addresses = {(str(one.channel), one.address) for one, _ in batch.late_replies}
    async with db.read(is_snapshot=False) as conn:
        suppressed, standings = await lookups.load_wishes(conn, addresses)
        fresh = {key: one for key, one in suppressed.items() if key not in batch.writes.suppressed}
        batch.lookups.suppressed |= fresh
        batch.lookups.standings = standings | batch.lookups.standings
    auto_reply.write_late(batch)
