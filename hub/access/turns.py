"""Whose turn it is among strangers: a network first, then a part of it, an address, and what uses it.

The rule of this file: at each level, whoever had no turn yet comes first, the newest before the others; then whose
latest turn is longest ago. So who brings more addresses, browsers or tries than others has no more turns than they:
before somebody whose network had none come only networks that are first seen after theirs. It knows no time: that
bound holds at whatever pace turns are given.
"""

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

REMEMBERED: Final = 5_000  # of all levels; beyond, those that did nothing for longest are forgotten
WAITING_TO_BE_HASHED: Final = 500

Path = tuple[str, ...]


class TooManyTries(Exception):
    """Not looked at: try again in a few seconds."""


def path_of(address: str) -> Path:
    """Networks of an address, the widest first, and the address itself: a provider's (16 bits of IPv4, 32 of IPv6)
    and a site's (24, 48). What is no address, or a name of our own for many, is a network of its own."""
    try:
        network = ipaddress.ip_network(address.removeprefix("address:"), strict=False)
    except ValueError:
        return address, address, address
    wide, narrow = (16, 24) if network.version == 4 else (32, 48)
    if network.prefixlen < narrow:
        return address, address, address
    return str(network.supernet(new_prefix=wide)), str(network.supernet(new_prefix=narrow)), address


def site_of(address: str) -> Path:
    """The two networks of this address, IPv6 or IPv4."""
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
        """Each once, whose turn it is first."""
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


class Seat:
    """One seat, where one at a time is at work; who waits for it gets it in the order of turns. A full line gives up
    its end."""

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
                self._pass_on()  # it was theirs a moment ago
            raise

    def _pass_on(self) -> None:
        self._is_taken = bool(self._waiting)
        if self._waiting:
            self._pick(0).set_result(None)

    def _pick(self, place: int) -> "asyncio.Future[None]":
        """Taken out of the line: 0 whose turn it is, -1 whose would be last."""
        path = self._turns.sort(path for path, _ in self._waiting)[place]
        found = next(one for one in self._waiting if one[0] == path)
        self._waiting.remove(found)
        return found[1]
