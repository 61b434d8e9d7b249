"""Whose turn it is, whatever strangers do: proved by turns, each two seconds of a clock that the test moves."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from hub.access.guesses import NAME, _Line, _Waiting
from hub.access.turns import TooManyTries, Turns, Turnstile, path_of
from routing.model import SECOND

EVERY_SECONDS = NAME.every / SECOND
BOUND_SECONDS = 30
OWNER = "address:198.51.100.7"
MOST_FRESH = int(BOUND_SECONDS / EVERY_SECONDS) - 1  # networks that come between two turns of the clock, in all


def join(line: _Line, address: str, browser: str = "a script") -> _Waiting:
    one = _Waiting(path_of(address), browser, asyncio.Future())
    line.see(one)
    line.waiting.append(one)
    return one


def fill(line: _Line, address: str, browser: Callable[[], str] = lambda: "a script", waiting: int = 4) -> None:
    """As many wait at this address as may, and the browser of each is of its own."""
    while line.count(path_of(address)) < waiting:
        join(line, address, browser())


def serve(line: _Line) -> _Waiting:
    one = line.serve(line.order()[0])
    assert one is not None
    return one


async def seconds_until_served(line: _Line, owner: _Waiting, storm: Callable[[], None]) -> float:
    """By a clock that moves two seconds a turn; what comes meanwhile comes before each turn."""
    now = 0.0
    while True:
        storm()
        now += EVERY_SECONDS
        if serve(line) is owner:
            return now


def make_addresses(network: int) -> list[str]:
    """Of one provider: many sites, many addresses of each."""
    return [f"address:10.{network}.{site}.{host}" for site in range(4) for host in range(3)]


@pytest.mark.parametrize("networks", [1, 2, 12, 30])
@pytest.mark.parametrize("seed", range(2))
async def test_a_storm_that_has_begun_costs_an_owner_of_another_network_one_turn(networks: int, seed: int) -> None:
    """However many networks, addresses and browsers it has, and however fast it comes again."""
    line, random = _Line(), Random(seed)
    count = iter(range(10**9))

    def storm() -> None:
        for network in range(networks):
            for address in random.sample(make_addresses(network), 1 if networks > 20 else 3):
                fill(line, address, lambda: f"browser {next(count)}")

    storm()
    for _ in range(networks):  # each has had its turn
        serve(line)
        storm()
    assert await seconds_until_served(line, join(line, OWNER), storm) == EVERY_SECONDS


@pytest.mark.parametrize("fresh", range(0, MOST_FRESH + 1, 2))
async def test_each_network_that_comes_after_the_owner_costs_them_one_turn(fresh: int) -> None:
    line = _Line()
    for network in range(30):
        fill(line, make_addresses(network)[0])
    owner, late = join(line, OWNER), iter(range(100, 100 + fresh))

    def storm() -> None:
        for network in late:
            fill(line, make_addresses(network)[0])
            break

    took = await seconds_until_served(line, owner, storm)
    assert took <= (1 + fresh) * EVERY_SECONDS <= BOUND_SECONDS


async def test_endless_addresses_of_one_network_are_one_network() -> None:
    line, fresh = _Line(), iter(range(10**6))

    def storm() -> None:
        for _ in range(10):
            number = next(fresh)
            join(line, f"address:2001:db8:{number % 65_536:x}:{number >> 16:x}::/64")

    storm()
    serve(line)
    assert await seconds_until_served(line, join(line, OWNER), storm) == EVERY_SECONDS


async def test_another_site_of_the_owners_own_provider_costs_one_turn() -> None:
    line = _Line()

    def storm() -> None:
        for host in range(40):
            fill(line, f"address:198.51.7.{host}")

    storm()
    for _ in range(3):
        serve(line)
        storm()
    assert await seconds_until_served(line, join(line, OWNER), storm) == EVERY_SECONDS


def test_networks_are_those_of_providers_and_sites() -> None:
    assert path_of("address:198.51.100.7") == ("198.51.0.0/16", "198.51.100.0/24", "address:198.51.100.7")
    found = path_of("address:2001:db8:1:2::/64")
    assert found == ("2001:db8::/32", "2001:db8:1::/48", "address:2001:db8:1:2::/64")
    assert path_of("address:unnamed") == ("address:unnamed",) * 3


def test_an_order_forgets_those_that_did_nothing_for_longest() -> None:
    turns = Turns()
    for number in range(20_000):
        turns.see((f"network {number}", f"address {number}"))
    assert len(turns._places) <= 5_000


# ---- the seat of the hash


async def test_the_seat_is_given_by_turns_and_not_by_who_asked_first() -> None:
    """200 guesses of one network wait to be hashed; whoever comes from another is next."""
    seat, order, go_on = Turnstile(), list[str](), asyncio.Event()

    async def one(address: str) -> None:
        async with seat.take(path_of(address)):
            await go_on.wait()
            order.append(address)

    storm = [asyncio.create_task(one(f"address:10.1.{n % 9}.{n}")) for n in range(200)]
    await asyncio.sleep(0)
    owner = asyncio.create_task(one(OWNER))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*storm, owner)
    assert order.index(OWNER) == 1


async def test_a_seat_is_passed_on_by_who_leaves_the_line_and_by_who_fails() -> None:
    seat, go_on = Turnstile(), asyncio.Event()

    async def one(*, fails: bool = False) -> None:
        async with seat.take(path_of(OWNER)):
            await go_on.wait()
            if fails:
                raise RuntimeError("a mistake of ours")

    tasks = [asyncio.create_task(one(fails=number == 0)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["RuntimeError", "CancelledError", "NoneType", "NoneType"]
    assert not seat._is_taken


async def test_whoever_is_given_the_seat_as_they_leave_gives_it_on() -> None:
    seat, go_on = Turnstile(), asyncio.Event()

    async def one() -> None:
        async with seat.take(path_of(OWNER)):
            await go_on.wait()

    first, second, third = (asyncio.create_task(one()) for _ in range(3))
    await asyncio.sleep(0)
    go_on.set()
    await first  # the seat has been given to the second, which has not gone on yet
    second.cancel()
    async with asyncio.timeout(30):
        await third


async def test_a_full_line_before_the_seat_gives_up_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.access.turns.WAITING_TO_BE_HASHED", 10)
    seat, go_on = Turnstile(), asyncio.Event()

    async def one(address: str) -> str:
        try:
            async with seat.take(path_of(address)):
                await go_on.wait()
        except TooManyTries:
            return "refused"
        return "hashed"

    storm = [asyncio.create_task(one("address:10.1.1.1")) for _ in range(40)]
    await asyncio.sleep(0)
    owner = asyncio.create_task(one(OWNER))
    await asyncio.sleep(0)
    go_on.set()
    assert await owner == "hashed"
    assert (await asyncio.gather(*storm)).count("hashed") == 10
