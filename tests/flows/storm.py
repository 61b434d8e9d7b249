"""The kill loop: everybody at work, and the hub killed again and again in the middle of it.

Customers, agents and the providers are in processes that survive; the hub is killed with requests unanswered, half
of the time at the very moment of an acknowledgement, and started again. At the end all is brought to rest and
audited (`tests.flows.accounts`).
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from tests.flows import ledger as people
from tests.flows.accounts import Read, audit, is_settled
from tests.flows.customers import PHONES, Customer, Provider, Widget
from tests.flows.desk import Desk
from tests.flows.house import WholeHouse
from tests.flows.ledger import CHANNELS, Ledger

AGENTS = ("ada", "ben", "cleo", "emre", "fay", "dot")
MAILERS = {"pia": "pia.lindqvist@mail.example", "sam": "sam.okoye@mail.example"}
PROMISES_PER_KILL = 20
SECONDS_PER_KILL = 60.0  # on a machine that does much else besides


class Storm:
    def __init__(self, house: WholeHouse, seed: int, read: Read) -> None:
        """`read` asks the hub's database."""
        self.house, self._read = house, read
        self.rng = random.Random(seed)
        self.ledger = Ledger(self.rng)
        self.kills = 0
        self._struck = asyncio.Event()

    async def run(self, kills: int) -> list[str]:
        """Every promise that was broken, as a sentence."""
        house, ledger = self.house, self.ledger
        await house.start_sandbox()
        await house.start()
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            provider = Provider(session, house)
            desks = [await Desk.open(house.url, name, house.password) for name in AGENTS]
            widgets = [Widget(house.url) for _ in range(4)]
            for line in (*(desk.line for desk in desks), *(widget.line for widget in widgets)):
                stack.push_async_callback(line.close)
            async with asyncio.TaskGroup() as agents:
                at_desks = [agents.create_task(people.work_for_ever(ledger, desk)) for desk in desks]
                async with asyncio.TaskGroup() as customers:
                    for n in range(3):
                        customers.create_task(people.text_for_ever(ledger, provider, f"+467017490{n:02}"))
                    customers.create_task(people.call_for_ever(ledger, provider, "+46701749100"))
                    for address in MAILERS.values():
                        customers.create_task(people.mail_for_ever(ledger, house, address))
                    for widget in widgets:
                        customers.create_task(people.chat_for_ever(ledger, widget))
                    for _ in range(kills):
                        async with asyncio.timeout(SECONDS_PER_KILL):
                            await self._strike()
                    ledger.is_closing = True
                await self._settle()
                for task in at_desks:
                    task.cancel()
            stale = [desk for desk in desks if not await shows_the_truth(desk)]
            at_provider = await count_at_provider(session, house)
        await self._settle()  # the desks and the pages of the chats have gone
        assert house.hub is not None
        stopped_at = time.time_ns() // 1000
        house.hub.signal(signal.SIGTERM)
        assert await house.hub.ended() == 0, house.hub.output[-3000:]
        broken = await asyncio.to_thread(audit, self._read, ledger, at_provider, stopped_at)
        return broken + [f"a screen that is not what is: {desk.describe()}" for desk in stale]

    async def _settle(self) -> None:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(is_settled, self._read):
                await asyncio.sleep(0.05)

    async def _strike(self) -> None:
        """Kill with something unanswered and enough acknowledged; start again."""
        ledger = self.ledger
        ledger.since_start.clear()
        while ledger.since_start.total() < PROMISES_PER_KILL or not all(ledger.since_start[c] for c in CHANNELS):
            await asyncio.sleep(0.005)
        if self.rng.random() < 0.5:
            self._struck.clear()
            ledger.on_promise = self._kill_if_asked
            await self._struck.wait()
        else:
            await ledger.pause(0.05)
            while not ledger.under_way:
                await asyncio.sleep(0)
            self._kill_if_asked()
        await self._come_back()

    async def _come_back(self) -> None:
        assert self.house.hub is not None
        await self.house.hub.ended()
        await self.house.start()

    def _kill(self) -> None:
        assert self.house.hub is not None
        self.house.hub.signal(signal.SIGKILL)

    def _kill_if_asked(self) -> None:
        if self.ledger.under_way:
            self._kill()
            self.kills += 1
            self.ledger.on_promise = None
            self._struck.set()


class StormOverEdges(Storm):
    """Kills one process of a hub with edges at a time, and leaves it to the hub to start it again."""

    _killed = 0

    def _kill(self) -> None:
        self._killed = self.rng.choice(self._list_processes())
        os.kill(self._killed, signal.SIGKILL)

    async def _come_back(self) -> None:
        number = 1 + int(self.house.settings["server"]["edges"])
        while len(processes := self._list_processes()) < number or self._killed in processes:
            await asyncio.sleep(0.01)

    def _list_processes(self) -> list[int]:
        assert self.house.hub is not None
        pid = self.house.hub.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def shows_the_truth(desk: Desk) -> bool:
    """Whether the screen that lived through it all is the one that a new desk would show."""
    if not desk.line.is_up:
        await desk.reconnect()
    return await desk.is_what_a_fresh_one_shows()


async def count_at_provider(session: aiohttp.ClientSession, house: WholeHouse) -> Counter[str]:
    """How often each text was handed over, by the provider's own list and the customers' mailboxes."""
    account = house.settings["channels"]["sms"]["account_sid"]
    signed_in = {"Authorization": aiohttp.encode_basic_auth(account, house.token)}
    found, page = Counter[str](), f"/2010-04-01/Accounts/{account}/Messages.json?PageSize=1000"
    while page:
        async with session.get(house.sandbox_url + page, headers=signed_in) as answer:
            listed = await answer.json()
        found.update(m["body"].strip() for m in listed["messages"] if m["direction"] == "outbound-api")
        page = listed["next_page_uri"]
    for name in PHONES:
        customer = Customer(session, house.sandbox_url, name)
        for mail in await customer.mails_received():
            found[(await customer.read(mail))["text"].strip()] += 1
    return found
