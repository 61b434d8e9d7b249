"""The order of turns among strangers: by network, then by part of the network, address and browser.

The rule of this file: at each level, members that have had no turn come first, the newest of them before the others.
Then comes the member whose latest turn is longest ago. So more addresses, browsers or tries do not give a stranger
more turns: only networks that are first seen later go before a network that has had no turn. The order uses no clock,
so this bound holds at any pace of turns.
"""

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

REMEMBERED: Final = 5_000  # paths of all levels; beyond it, those unused for longest are forgotten
WAITING_TO_BE_HASHED: Final = 500

Path = tuple[str, ...]


class TooManyTries(Exception):
    """The password was not checked: try again in a few seconds."""


def path_of(address: str) -> Path:
    """The path of an address: its provider's network (16 bits of IPv4, 32 of IPv6), its site's network (24, 48),
    and the address itself. A text that is no address, or a network wider than a site's, counts as a network of its
    own."""
    try:
        network = ipaddress.ip_network(address.removeprefix("address:"), strict=False)
    except ValueError:
        return address, address, address
    wide, narrow = (16, 24) if network.version == 4 else (32, 48)
    if network.prefixlen < narrow:
        return address, address, address
    return str(network.supernet(new_prefix=wide)), str(network.supernet(new_prefix=narrow)), address


def site_of(address: str) -> Path:
    """The provider's and the site's network of this address."""
    return path_of(address)[:2]


class Turns:
    """The order of paths."""

    def __init__(self) -> None:
        self._places: OrderedDict[Path, tuple[int, int]] = OrderedDict()  # (latest turn, first seen)
        self._count = 0

    def see(self, path: Path) -> None:
        self._note(path, is_turn=False)

    def give(self, path: Path) -> None:
        self._note(path, is_turn=True)

    def sort(self, paths: Iterable[Path]) -> list[Path]:
        """Each path once, in the order of turns."""
        return sorted(dict.fromkeys(paths), key=self._rank)

    def _note(self, path: Path, *, is_turn: bool) -> None:
        for end in range(len(path), 0, -1):
            self._count += 1
            turn, seen = self._places.get(path[:end], (0, self._count))
            self._places[path[:end]] = (self._count if is_turn else turn, seen)
            self._places.move_to_end(path[:end])
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)

    def _rank(self, path: Path) -> list[tuple[int, int]]:
        places = [self._places.get(path[:end], (0, 0)) for end in range(1, len(path) + 1)]
        return [(turn, -seen) for turn, seen in places]


class Turnstile:
    """A seat for one at a time. Those who wait get it in the order of turns. A full line refuses its last."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._waiting: list[tuple[Path, asyncio.Future[None]]] = []
        self._is_taken = False

    @asynccontextmanager
    async def take(self, path: Path) -> AsyncIterator[None]:
        """Raises TooManyTries."""
        self._turns.see(path)
        if self._is_taken:
            await self._wait(path)
        self._is_taken = True
        self._turns.give(path)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, path: Path) -> None:
        one = (path, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if len(self._waiting) > WAITING_TO_BE_HASHED:
            self._pick(-1).set_exception(TooManyTries())
        try:
            await one[1]
        except asyncio.CancelledError:
            if one in self._waiting:
                self._waiting.remove(one)
            elif one[1].done() and not one[1].cancelled() and one[1].exception() is None:
                self._pass_on()  # the seat has just been given to this request
            raise

    def _pass_on(self) -> None:
        self._is_taken = bool(self._waiting)
        if self._waiting:
            self._pick(0).set_result(None)

    def _pick(self, place: int) -> "asyncio.Future[None]":
        """Take a request out of the line. `place`: 0 for the next turn, -1 for the last."""
        path = self._turns.sort(path for path, _ in self._waiting)[place]
        found = next(one for one in self._waiting if one[0] == path)
        self._waiting.remove(found)
        return found[1]
