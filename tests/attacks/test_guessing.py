"""Guessing passwords: at once, from many addresses, through several processes, of names that nobody has too. It
finds no more than guessing one after another, and it keeps no owner out.
"""

import asyncio
from typing import Any

import pytest

from hub.access import guesses, passwords
from hub.access.guesses import DEVICE, NAME, Budget
from hub.access.known_devices import DEVICE_COOKIE
from hub.access.sessions import Client
from hub.access.turns import TooManyTries
from hub.app import HubProcess
from hub.clock import SystemClock
from hub.settings.config import Config
from hub.storage.database import Connection, Database
from routing.model import DAY
from tests.attacks.doors import BOTH
from tests.attacks.visitors import beside
from tests.hub.clocks import HandClock
from tests.hub.connected_screens import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("whole_budgets"), BOTH]


async def test_sixty_guesses_at_once_are_no_more_than_sixty_one_after_another(hub: HubProcess, visit: Any) -> None:
    answers = await visit().guess("ada", 60)
    assert answers[401] + answers[429] == 60
    assert answers[401] <= NAME.burst + 3  # what comes back while four wait in line for 2 s


async def test_every_process_counts_in_the_same_place(hub: HubProcess, config: Config) -> None:
    """Two other processes on the same database: their tries and the hub's are tries of one name."""
    others = [await Database.open(config.database_url, read_connections=1) for _ in range(2)]
    ways = [guesses.Guesses(db, SystemClock()) for db in (hub.db, *others)]

    async def one(number: int) -> bool:
        try:
            await ways[number % 3].take("name:ben", f"address:{number}")
        except TooManyTries:
            return False
        return True

    passed = sum(await asyncio.gather(*(one(number) for number in range(60))))
    for db in others:
        await db.close()
    assert NAME.burst <= passed <= NAME.burst + 3


async def test_an_owner_gets_in_from_a_known_device_whatever_strangers_try(hub: HubProcess, visit: Any) -> None:
    ada, stranger = visit(), visit()
    assert await ada.sign_in("ada", PASSWORD) == 200
    cookie = next(c for c in ada.session.cookie_jar if c.key.startswith(DEVICE_COOKIE))
    assert cookie["httponly"]
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    storm = asyncio.create_task(stranger.guess("ada", 1000, at_once=40))
    await stranger.sign_in("ada", "one more")
    ada.session.cookie_jar.clear(lambda kept: not kept.key.startswith(DEVICE_COOKIE))
    for _ in range(3):  # for whom they wait: test_owners.py
        assert await ada.sign_in("ada", PASSWORD) == 200
    assert not storm.done()
    storm.cancel()
    await asyncio.gather(storm, return_exceptions=True)


async def test_a_known_device_without_tries_left_is_refused_and_not_failed(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()  # ahead of the hub's own, by which it deletes the budgets that are full again
    clock.at = SystemClock().now() + DAY
    way = guesses.Guesses(hub.db, clock)
    for _ in range(DEVICE.burst):
        await way.take_known("name:ada on a device")
    monkeypatch.setattr(guesses, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(TooManyTries):
        await way.take_known("name:ada on a device")


async def test_a_name_that_nobody_has_costs_the_same_work(hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the clock: as many hashes are verified, and as many tries counted."""
    verified: list[str] = []
    counted: list[str] = []
    signing_in, is_right = beside(hub), passwords.is_password

    def verify(password_hash: str, password: str) -> bool:
        if password == "wrong, and costly":
            verified.append(password_hash)
        return is_right(password_hash, password)

    async def take(conn: Connection, key: str, budget: Budget, now: int) -> int:
        if key == "address:192.0.2.9" or key.startswith(("name?", "name:emre")):  # else a storm before it
            counted.append(key.partition(":")[0].partition("?")[0])
        return await count(conn, key, budget, now)

    monkeypatch.setattr(passwords, "is_password", verify)
    costs = []
    count = guesses.take_try
    for name in ("gil", "nobody at all", "emre", "dot"):
        verified.clear()
        assert await signing_in.sign_in(name, "wrong, and costly", Client(share="192.0.2.9")) is None
        costs.append(len(verified))
    assert costs == [1, 1, 1, 1]
    monkeypatch.setattr(guesses, "take_try", take)
    for name in ("emre", "nobody at all"):
        counted.clear()
        assert await signing_in.sign_in(name, "wrong, and costly", Client(share="192.0.2.9")) is None
        assert counted == ["name", "address"]
