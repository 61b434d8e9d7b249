"""The single writer: once, in order, and a poison arrival delays no other."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from channels.channel import IdentityLevel, MessageReceived
from hub.app import HubProcess
from hub.batch.restoring import restore
from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox

pytestmark = pytest.mark.asyncio(loop_scope="module")


def text_of(number: int, text: str = "Mein Konto? 我的账户", sender: str = "+46701740301") -> Arrival:
    said = MessageReceived(
        key=f"sms:AC1:SM{number}",
        from_address=sender,
        to_address="+46850005001",
        text=text,
        identity_level=IdentityLevel.CLAIMED,
        provider_id=f"SM{number}",
    )
    return Arrival(said.key, "MessageReceived", ARRIVALS.encode(said), 1)


class Floor:
    """The hub, asked from outside."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub, self.inbox = hub, Inbox(hub.db)

    async def take(self, *arrivals: Arrival) -> None:
        """Put them into the inbox and return when all that is pending has been handled."""
        for ids in await asyncio.gather(*(self.inbox.put([arrival]) for arrival in arrivals)):
            assert len(ids) == 1
        self.hub.dispatcher.wake()
        async with asyncio.timeout(20):
            while await self.inbox.count_pending():  # it is the database that changes
                await asyncio.sleep(0)

    async def count(self, table: object, *where: object) -> int:
        async with self.hub.db.read() as conn:
            return int(await conn.scalar(select(func.count()).select_from(table).where(*where)))


@pytest_asyncio.fixture(loop_scope="module")
async def floor(hub: HubProcess) -> AsyncIterator[Floor]:
    yield Floor(hub)


@pytest.mark.promise("P2")
async def test_one_delivery_that_comes_ten_times_at_once_is_one_message_and_one_interaction(floor: Floor) -> None:
    await floor.take(*(text_of(1) for _ in range(10)))
    await floor.take(text_of(1))
    assert await floor.count(tables.message, tables.message.c.provider_id == "SM1") == 1
    assert await floor.count(tables.interaction, tables.interaction.c.address == "+46701740301") == 1


async def test_a_second_text_joins_the_open_interaction(floor: Floor) -> None:
    await floor.take(text_of(10, sender="+46701740302"), text_of(11, "Hallå?", sender="+46701740302"))
    assert await floor.count(tables.interaction, tables.interaction.c.address == "+46701740302") == 1


@pytest.mark.promise("P8")
async def test_a_poison_arrival_is_set_aside_and_delays_no_other(floor: Floor) -> None:
    poison = text_of(20)
    body = str(poison.body).replace("sms:", "fax:")  # a channel that nobody knows
    broken = Arrival("fax:1", "MessageReceived", body, 1)
    unreadable = Arrival("x:1", "MessageReceived", "{}", 1)
    await floor.take(broken, unreadable, text_of(21, "and this one?", sender="+46701740303"))
    assert await floor.count(tables.message, tables.message.c.provider_id == "SM21") == 1
    aside = {row.key: why for row, why in await floor.inbox.list_set_aside()}
    assert "fax" in aside["fax:1"]
    assert "cannot be read" in aside["x:1"]


@pytest.mark.promise("P8")
async def test_what_was_set_aside_can_be_run_again(floor: Floor) -> None:
    await floor.take(Arrival("y:1", "MessageReceived", "{}", 1))
    row = next(row for row, _ in await floor.inbox.list_set_aside() if row.key == "y:1")
    assert await floor.inbox.run_again(row.id)
    await floor.take()
    assert any(other.key == "y:1" for other, _ in await floor.inbox.list_set_aside())  # it fails again, and says so


async def test_what_is_stored_gives_the_same_router_again(floor: Floor) -> None:
    await floor.take(*(text_of(30 + n, sender=f"+4670174040{n}") for n in range(5)))
    live = floor.hub.dispatcher.state
    async with floor.hub.db.read() as conn:
        again = await restore(conn, live.latest_now)
    assert again.router.snapshot() == live.router.snapshot()
    assert again.floor.interactions.keys() == live.floor.interactions.keys()
    for key, interaction in again.floor.interactions.items():
        assert interaction == live.floor.interactions[key]


async def test_stop_is_obeyed_before_anyone_reads_it(floor: Floor) -> None:
    await floor.take(text_of(50, " Stop. ", sender="+46701740501"))
    s, i = tables.suppression, tables.interaction
    assert await floor.count(s, s.c.address == "+46701740501") == 1
    assert await floor.count(i, i.c.address == "+46701740501", i.c.closed_as == "self_served") == 1
    await floor.take(text_of(51, "START", sender="+46701740501"))
    assert await floor.count(s, s.c.address == "+46701740501") == 0


@pytest.mark.promise("P1")
async def test_the_writer_flushes_every_commit(floor: Floor) -> None:
    async def unit(conn: Connection) -> object:
        return await conn.run_sync(lambda sync: sync.exec_driver_sql("PRAGMA synchronous").scalar())

    assert await floor.hub.db.write(unit) == 2  # FULL
