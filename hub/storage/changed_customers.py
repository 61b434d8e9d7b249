"""Tells the routing process whose customers' rows were changed outside of it.

The rule of this file: the arrival is a row of the transaction that changes the customers. So a batch that has read a
row as it was before is followed by one that reads it anew, and nobody need look who has open work.
"""

from collections.abc import Collection
from typing import Final

from hub.ids import new_id
from hub.storage import inbox, interactions
from hub.storage.connection import Connection
from hub.storage.documents import ARRIVALS, CustomersChanged
from hub.storage.inbox import Arrival

MOST: Final = 500  # customers in one arrival


async def announce_changes(connection: Connection, customer_ids: Collection[str], now: int) -> None:
    """Call it in the transaction that changes name, tier, language, profile or addresses of these customers, and wake
    the routing process after the commit. Customers without open work cost it nothing."""
    ids = sorted(set(customer_ids))
    arrivals = [CustomersChanged(tuple(ids[at : at + MOST])) for at in range(0, len(ids), MOST)]
    await inbox.put(
        connection,
        [Arrival(new_id("customers:"), CustomersChanged.__name__, ARRIVALS.encode(one), now) for one in arrivals],
    )


async def announce_open(connection: Connection, now: int) -> None:
    """As `announce_changes`, of everybody with open work: what is known of all customers has changed at once."""
    await announce_changes(connection, await interactions.list_open_customers(connection), now)
