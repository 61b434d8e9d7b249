"""A person changes what a customer holds and whom they know.

The rule of this file: as in `profile_editing.py`. What stands under a merged customer stays there, so that an undo
gives it back; what is added stands under the one who stands for all.
"""

from dataclasses import replace

from hub.customers.profile_editing import StaleChange
from hub.storage import customers, profiles, relations
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.relations import HOLDING, Author, Holding, Relation


async def change_holding(conn: Connection, wanted: Holding, seen: int, by: Author, *, keeps_number: bool) -> bool:
    """Add it, or change the one with its id. `seen`: the newest change that the person saw. `keeps_number`: they do
    not see its number, so it stays. False if there is no such customer, or it is another's. Raises StaleChange."""
    ids = await customers.list_same(conn, wanted.customer_id)
    if not ids or not await profiles.lock_customer(conn, ids[0]):
        return False
    stored = await relations.find_holding(conn, wanted.id)
    if stored is None:
        wanted = replace(wanted, customer_id=ids[0])
    elif stored.customer_id not in ids:
        return False
    else:
        since = await profiles.list_past_values(conn, stored.customer_id, limit=1_000, name=HOLDING, after=seen)
        if stale := [one for one in since if (one.new or one.old)["id"] == wanted.id]:
            raise StaleChange(stale)
        number = stored.number if keeps_number else wanted.number
        wanted = replace(wanted, customer_id=stored.customer_id, number=number)
    await relations.put_holding(conn, wanted, by)
    await announce_changes(conn, [ids[0]], by.at)
    return True


async def add_relation(conn: Connection, wanted: Relation, by: Author) -> bool:
    """False if it is there already, if there is no such customer, or if both sides are the same one."""
    sides = [await customers.list_same(conn, one) for one in (wanted.customer_id, wanted.other_id)]
    if not all(sides) or sides[0][0] == sides[1][0]:
        return False
    wanted = replace(wanted, customer_id=sides[0][0], other_id=sides[1][0])
    if not await relations.add_relation(conn, wanted, by):
        return False
    await announce_changes(conn, [wanted.customer_id, wanted.other_id], by.at)
    return True


async def remove_relation(conn: Connection, customer_id: str, relation_id: str, by: Author) -> bool:
    """False if there is no such relation of this customer."""
    for one in await customers.list_same(conn, customer_id):
        if changed := await relations.remove_relation(conn, one, relation_id, by):
            await announce_changes(conn, changed, by.at)
            return True
    return False
