"""How often a password may be tried: so many tries at once, and then one more at a fixed interval (`Budget`).

The rule of this file: a try is counted in the database before anything is hashed. So tries at the same instant, at
any process, get no more than tries one after another. A right password gets its try back. Nobody is locked out: when
a name has no tries left, requests without a known device wait in that name's line. `hub.access.turns` orders them by
network, part of the network, address and browser. Requests from a network in which the person has signed in before
have a line and tries of their own. A full line drops a request from its end.

So, at one try every two seconds, the owner of a name gets in: at once from a known device; from a network in which
they have signed in, whatever happens elsewhere; from any other network after one turn, and one more turn for each
network that is first seen after theirs. That is within 30 s while fewer than 14 such networks come. No order can
promise more: only the hash tells a try of the owner from a try of a stranger.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from hub.access.turns import Path, TooManyTries, Turns, path_of
from hub.clock import Clock
from hub.storage import sign_in
from hub.storage.database import Connection, Database, StorageUnavailable
from routing.model import SECOND, Micros

PATIENCE_SECONDS = 25.0  # how long a request waits in line
WAITING_PER_ADDRESS = 4  # for one name; one more request drops one of this address (`_Line.drop`)
WAITING_PER_NAME = 64
WAITING = 500
NAMES_REMEMBERED = 100  # names whose order of turns is remembered while nobody waits
ADDRESSES_TRIED = 8  # at each turn, until one of them has a try left
SLICE = 500


@dataclass(frozen=True, slots=True)
class Budget:
    """`burst` tries at once, and one more `every` so many microseconds."""

    burst: int
    every: Micros


NAME = Budget(10, 2 * SECOND)  # tries of one name by strangers: 43,200 a day
ADDRESS = Budget(40, SECOND // 2)  # tries from one address, of any names
DEVICE = Budget(10, 2 * SECOND)  # tries of one name from a known device: strangers cannot use them up


async def take_try(conn: Connection, key: str, budget: Budget, now: Micros) -> Micros:
    """Count one try. Returns 0, or the microseconds until a try is left: then nothing is counted."""
    return await sign_in.take_try(conn, key, budget.burst, budget.every, now)


async def give_back_tries(conn: Connection, keys: Sequence[tuple[str, Budget]]) -> None:
    for key, budget in keys:
        await sign_in.give_back_try(conn, key, budget.every)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request that waits. `path` ends with its address. `browser` is its User-Agent, which anybody can forge."""

    path: Path
    browser: str
    turn: asyncio.Future[None]

    @property
    def whole_path(self) -> Path:
        return (*self.path, self.browser)


@dataclass(slots=True)
class _Line:
    """The requests that wait to try one name."""

    waiting: list[_Waiting] = field(default_factory=list)
    turns: Turns = field(default_factory=Turns)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def order(self) -> list[Path]:
        """The addresses that wait, in the order of their turns."""
        return self.turns.sort(one.path for one in self.waiting)

    def see(self, one: _Waiting) -> None:
        self.turns.see(one.whole_path)

    def serve(self, address: Path) -> _Waiting | None:
        found = self._find(address, 0)
        self.turns.give(address if found is None else found.whole_path)
        if found is not None:
            self.waiting.remove(found)
        return found

    def count(self, address: Path) -> int:
        return sum(one.path == address for one in self.waiting)

    def drop(self, address: Path) -> None:
        """Refuse one request of this address: of the browser whose turn would be last, the one that has waited
        longest."""
        dropped = self._find(address, -1)
        assert dropped is not None
        _refuse(dropped)
        self.waiting.remove(dropped)

    def _find(self, address: Path, place: int) -> _Waiting | None:
        of_address = [one for one in self.waiting if one.path == address]
        if not of_address:
            return None
        path = self.turns.sort(one.whole_path for one in of_address)[place]
        return next(one for one in of_address if one.whole_path == path)


class Guesses:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._is_stopping = False

    async def take_known(self, key: str) -> None:
        """Count a try from a known device, whose tries strangers cannot use up; wait for one if none is left.
        Raises TooManyTries, StorageUnavailable."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self._is_stopping:
                    wait = await self._db.write(lambda conn: self._count(conn, [(key, DEVICE)]))
                    if not wait:
                        return
                    await asyncio.sleep(min(wait / SECOND, 0.5))
        raise TooManyTries

    async def take(self, name: str, address: str, browser: str = "") -> None:
        """Wait for the turn of this request, then count its try of this name. Raises TooManyTries,
        StorageUnavailable."""
        if self._is_stopping:
            raise TooManyTries
        line = self._line(name)
        one = _Waiting(path_of(address), browser, asyncio.get_running_loop().create_future())
        line.see(one)
        line.waiting.append(one)
        self._make_room(line, one.path)
        line.joined.set()
        if line.task is None or line.task.done():
            line.task = asyncio.create_task(self._serve(name, line), name="tries of one name")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await one.turn
        except TimeoutError:
            raise TooManyTries from None
        finally:
            if one in line.waiting:
                line.waiting.remove(one)

    def stop(self) -> None:
        """Refuse all requests that wait, and all later ones."""
        self._is_stopping = True
        for line in self._lines.values():
            for one in line.waiting:
                _refuse(one)

    async def forget_full(self) -> None:
        """Delete a slice of the budgets that are full again: a full budget needs no row."""
        async with self._db.read() as conn:
            keys = await sign_in.list_full(conn, self._clock.now() - SECOND, SLICE)
        if keys:
            late = self._clock.now()
            await self._db.write(lambda conn: sign_in.forget_full(conn, keys, late))

    def _line(self, name: str) -> _Line:
        line = self._lines.setdefault(name, _Line())
        self._lines.move_to_end(name)
        if len(self._lines) > NAMES_REMEMBERED:
            idle = next((key for key, other in self._lines.items() if not other.waiting and other is not line), None)
            if idle is not None:
                del self._lines[idle]
        return line

    def _make_room(self, line: _Line, address: Path) -> None:
        """Drop a request if too many wait: of one address, for one name, or in all."""
        if line.count(address) > WAITING_PER_ADDRESS:
            line.drop(address)
        elif len(line.waiting) > WAITING_PER_NAME:
            line.drop(line.order()[-1])
        elif sum(len(other.waiting) for other in self._lines.values()) > WAITING:
            longest = max(self._lines.values(), key=lambda other: len(other.waiting))
            longest.drop(longest.order()[-1])

    async def _serve(self, name: str, line: _Line) -> None:
        while line.waiting:
            line.joined.clear()
            order = line.order()[:ADDRESSES_TRIED]
            try:
                address, wait = await self._db.write(partial(self._take, name=name, order=order))
            except StorageUnavailable as error:
                for one in line.waiting:
                    if not one.turn.done():
                        one.turn.set_exception(error)
                line.waiting.clear()
                return
            if address is None:
                try:
                    async with asyncio.timeout(min(wait / SECOND, 1.0)):
                        await asyncio.sleep(min(wait / SECOND, 0.05))
                        await line.joined.wait()
                except TimeoutError:
                    pass
                continue
            served = line.serve(address)
            if served is not None and not served.turn.done():
                served.turn.set_result(None)
            else:  # the request has gone meanwhile
                await self.give_back([(name, NAME), (address[-1], ADDRESS)])

    async def _take(self, conn: Connection, name: str, order: Sequence[Path]) -> tuple[Path | None, Micros]:
        """Count a try of this name, and of the first of these addresses that has one left. Returns that address
        and 0, or None and the microseconds to wait."""
        if wait := await self._count(conn, [(name, NAME)]):
            return None, wait
        for address in order:
            if not await self._count(conn, [(address[-1], ADDRESS)]):
                return address, 0
        await give_back_tries(conn, [(name, NAME)])
        return None, ADDRESS.every

    async def _count(self, conn: Connection, keys: Sequence[tuple[str, Budget]]) -> Micros:
        await sign_in.lock_counting(conn)
        waits = [await take_try(conn, key, budget, self._clock.now()) for key, budget in keys]
        return max(waits)

    async def give_back(self, keys: Sequence[tuple[str, Budget]]) -> None:
        """Give back these tries: the password was right, or the request had gone."""

        async def unit(conn: Connection) -> None:
            await sign_in.lock_counting(conn)
            await give_back_tries(conn, keys)

        await self._db.write(unit)


def _refuse(one: _Waiting) -> None:
    if not one.turn.done():
        one.turn.set_exception(TooManyTries())
