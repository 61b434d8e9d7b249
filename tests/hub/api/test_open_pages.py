"""Open pages of customers hear of every change at once, and cost nothing while nothing changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from hub.api import customers
from hub.app import HubProcess
from hub.customers.profile_page import read_mark as read_stored_mark
from hub.screens import open_pages
from hub.screens.open_pages import OpenPages, TooManyPages
from hub.storage.connection import Connection
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from tests.hub.connected_screens import sign_in
from tests.hub.notices import text

HIRO = "+46701740204"

in_one_hub = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def session(hub: HubProcess) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Cookie": await sign_in(hub.url, "ada")}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(hub.url, headers=headers, connector=connector) as session:
        yield session


async def read_mark(session: aiohttp.ClientSession, customer: str, known: str = "") -> str:
    async with session.get(f"/api/customers/{customer}/mark", params={"known": known}) as answer:
        assert answer.status == 200
        return str((await answer.json())["mark"])


async def change(session: aiohttp.ClientSession, customer: str, path: str, **body: object) -> None:
    async with session.post(f"/api/customers/{customer}/{path}", json={"reason": "A test", **body}) as answer:
        assert answer.status == 200


@in_one_hub
async def test_two_hundred_open_pages_read_nothing_until_their_own_customer_changes(
    hub: HubProcess, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "MOST_OF_ONE", 300)
    marks = {one: await read_mark(session, one) for one in ("sam", "zhao")}
    reads = Counter[str]()

    async def count(conn: Connection, customer_id: str) -> str:
        """All that a page reads while it waits."""
        reads[customer_id] += 1
        return await read_stored_mark(conn, customer_id)

    monkeypatch.setattr(customers, "read_mark", count)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(read_mark(session, "sam", marks["sam"])) for _ in range(200)]
        other = group.create_task(read_mark(session, "zhao", marks["zhao"]))
        async with asyncio.timeout(60):
            while reads.total() < 201:
                await asyncio.sleep(0)
            await change(session, "zhao", "changes", version=10**9, changes=[{"name": "city", "value": "Lund"}])
            assert await other != marks["zhao"]
            assert (reads["sam"], sum(one.done() for one in waiting)) == (200, 0)
            await change(session, "sam", "changes", version=10**9, changes=[{"name": "city", "value": "Lund"}])
            assert len({await one for one in waiting} - {marks["sam"]}) == 1


@in_one_hub
async def test_a_message_a_holding_and_a_relation_are_heard_on_every_page_that_shows_them(
    hub: HubProcess, session: aiohttp.ClientSession
) -> None:
    async def put_text() -> None:
        notice = text("Hej", HIRO)
        await Inbox(hub.db).put([Arrival(notice.key, type(notice).__name__, ARRIVALS.encode(notice), 1)])
        hub.dispatcher.wake()

    acts = (
        (put_text, ("hiro",)),
        (lambda: change(session, "hiro", "holdings", product="Card"), ("hiro",)),
        (lambda: change(session, "hiro", "relations", kind="works_for", other_id="zoe"), ("hiro", "zoe")),
    )
    for act, heard in acts:
        marks = {one: await read_mark(session, one) for one in heard}
        waiting = [asyncio.create_task(read_mark(session, one, marks[one])) for one in heard]
        await act()
        async with asyncio.timeout(20):
            assert all(new != old for new, old in zip(await asyncio.gather(*waiting), marks.values(), strict=True))


@in_one_hub
async def test_a_page_is_answered_after_a_while_and_a_stranger_at_once(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "WAIT_SECONDS", 0.01)
    mark = await read_mark(session, "astrid")
    assert await read_mark(session, "astrid", mark) == mark
    monkeypatch.setattr(customers, "WAIT_SECONDS", 1000)
    for path in ("/api/customers/nobody/mark", "/api/customers/nobody/mark?known=abc"):
        async with session.get(path) as answer:
            assert answer.status == 404
    monkeypatch.setattr(open_pages, "MOST_OF_ONE", 0)
    async with session.get("/api/customers/astrid/mark") as answer:
        assert (answer.status, await answer.json()) == (429, {"code": "too_many_pages"})


async def test_a_page_is_woken_for_its_customer_alone_and_for_all_when_the_process_stops() -> None:
    noted: list[tuple[str, bool]] = []
    pages = OpenPages(lambda customer_id, is_open: noted.append((customer_id, is_open)))
    with pages.watch("ada", ("pia", "old-pia")) as changed, pages.watch("ben", ("gus",)) as other:
        pages.wake(["gus", "sam"])
        assert not changed.is_set() and await pages.wait(other, 10)
        pages.wake(["old-pia"])
        assert await pages.wait(changed, 10)
        pages.wake_all()
        assert changed.is_set() and other.is_set()
        pages.close()
        assert not await pages.wait(changed, 10) and not await pages.wait(other, 10)
    assert noted == [
        ("pia", True),
        ("old-pia", True),
        ("gus", True),
        ("gus", False),
        ("pia", False),
        ("old-pia", False),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_pages, "MOST_OF_ONE", 1)
        with pages.watch("ada", ("pia",)), pytest.raises(TooManyPages), pages.watch("ada", ("gus",)):
            pass
