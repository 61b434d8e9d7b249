"""People who are merged and parted again, for the tests of merging: what a test says of them is what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
from sqlalchemy import select

from hub.customers import merging
from hub.customers.merge_preview import list_belongings
from hub.customers.merging import Choice, MergeRefused, Undoing, Wish
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.storage import activities, consents, customers, merges, profiles
from hub.storage.activities import NewActivity
from hub.storage.consents import ConsentEntry
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.merges import Merge
from hub.storage.profiles import ValueChange
from hub.storage.relations import Author, Holding, put_holding
from hub.storage.tables import customer

_ids = count(1)
HAPPENS = ("activities", "holdings", "consents")


@dataclass
class People:
    """Changes go through the functions that the hub itself uses; the clock ticks with each."""

    db: Database
    book: PolicyBook
    now: int = 1_000
    merges: dict[str, Merge] = field(default_factory=dict)

    @classmethod
    async def open(cls, db: Database) -> "People":
        async with db.read() as conn:
            book = await load_book(conn)
        assert book is not None
        return cls(db, book)

    async def add(self, name: str, tier: str = "standard", **profile: Any) -> str:
        customer_id = f"c{next(_ids)}"
        self.now += 1
        row = StoredCustomer(customer_id, name, tier, "en", orjson.dumps(profile).decode(), 1)
        address = KnownAddress(customer_id, "phone", f"+4670{customer_id[1:]:0>7}", "proven")

        async def unit(conn: Connection) -> None:
            await customers.add(conn, [row], self.now)
            await customers.add_addresses(conn, [address])

        await self.db.write(unit)
        return customer_id

    async def change(self, customer_id: str, name: str, new: Any) -> None:
        self.now += 1
        one = ValueChange(customer_id=customer_id, name=name, new=new, known=None, at=self.now, changed_by="agent")
        await self.db.write(lambda conn: profiles.change_profiles(conn, [one]))

    async def set_tier(self, customer_id: str, tier: str) -> None:
        """As a rule does it, which leaves no row in the history."""
        await self.db.write(lambda conn: customers.set_tiers(conn, {customer_id: tier}))

    async def merge(self, winner: str, loser: str, choices: Mapping[str, Choice] | None = None) -> str:
        self.now += 1
        merge_id = f"m{next(_ids)}"
        async with self.db.read() as conn:
            seen = await merges.find(conn, (winner, loser))
        versions = {one.id: one.version for one in seen.values()}
        wish = Wish(winner, loser, versions, choices or {})
        made = await self.db.write(lambda conn: merging.merge(conn, wish, merge_id, self.now, "ada", self.book))
        self.merges[merge_id] = made
        return merge_id

    async def undo(self, merge_id: str) -> Undoing:
        self.now += 1
        return await self.db.write(lambda conn: merging.undo(conn, merge_id, self.now, "ben", self.book))

    async def happen(self, customer_id: str, what: str) -> None:
        """Something that a customer has beside their values, under the id under which it came in."""
        self.now += 1
        by, now = Author(self.now, "agent", "ada", "page"), self.now

        async def unit(conn: Connection) -> None:
            if what == "activities":
                await activities.add(conn, [NewActivity(customer_id=customer_id, kind="payment", at=now)], now)
            elif what == "holdings":
                await put_holding(conn, Holding(id=f"h{now}", customer_id=customer_id, product=f"Card {now}"), by)
            else:
                (known,) = await customers.list_addresses(conn, [customer_id])
                entry = ConsentEntry(
                    kind=known.kind,
                    address=known.address,
                    purpose="marketing",
                    act="given",
                    source="agent",
                    at=now,
                    recorded_at=now,
                    customer_id=customer_id,
                )
                await consents.add(conn, [entry])

        await self.db.write(unit)

    async def count(self, customer_id: str) -> dict[str, int]:
        """What they have beside their values, with everything of those for whom they stand."""
        async with self.db.read() as conn:
            ids = await customers.list_same(conn, customer_id)
            found = await list_belongings(conn, ids, (), "en", self.now)
        return {one.kind: one.number for one in found if one.kind in HAPPENS}

    async def read(self, customer_id: str) -> dict[str, Any]:
        """Name, tier, language and profile of their own row."""
        c = customer.c
        async with self.db.read() as conn:
            query = select(c.name, c.tier, c.language, c.profile).where(c.id == customer_id)
            row = (await conn.execute(query)).one()
        return {"name": row.name, "tier": row.tier, "language": row.language, **orjson.loads(row.profile)}

    async def find_head(self, customer_id: str) -> str:
        async with self.db.read() as conn:
            return (await customers.find(conn, [customer_id]))[customer_id].id

    async def list_same(self, customer_id: str) -> set[str]:
        async with self.db.read() as conn:
            return set(await customers.list_same(conn, customer_id))


async def refused(awaitable: Any) -> str:
    """The code with which it is refused; empty if it is not."""
    try:
        await awaitable
    except MergeRefused as error:
        return error.code
    return ""
