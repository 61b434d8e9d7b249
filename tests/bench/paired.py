"""Two commits side by side: `python -m tests.bench.paired BASE` gives both the same load at the same moments.

The rule of this file: a figure is a ratio of two hubs that ran together, so that whatever else the machine does slows
both alike; of several such pairs the median counts, and their quartiles say how far it can be trusted. `compare.py`
measures one after the other, which takes a quiet machine.
"""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from tests.bench.bench_house import ROOT
from tests.bench.chat_messages import CHATS_EACH, open_chats, say_at
from tests.bench.compare import check_out
from tests.bench.desks import Floor
from tests.bench.figures import Report, say_machine
from tests.bench.running import Load, Run, open_session
from tests.bench.sizes import FULL, TINY, Sizes
from tests.bench.webhook_flood import flood_with_webhooks
from tests.bench.whole_path import WholePath
from tests.postgres_server import start_postgres

Measure = Callable[[], Awaitable[Load]]  # one side's part of a pair


def main() -> None:
    asked = _read_arguments()
    print(say_machine(), flush=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-paired-")))
        base = stack.enter_context(check_out(asked.base, folder / "base"))
        new_database: Callable[[], str] = str
        if asked.postgresql:
            new_database = stack.enter_context(start_postgres(is_durable=True)).create_database
        run = Run(folder, Report(""), TINY if asked.tiny else FULL, new_database, edges=asked.edges)
        pairs = asyncio.run(measure_pairs(run, (base, ROOT), asked))
    print_pairs(pairs)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.paired", description=__doc__)
    parser.add_argument("base", help="a commit, or what names one")
    parser.add_argument("--load", choices=LOADS, default="interactions")
    parser.add_argument("--rate", type=int, default=50, help="a second, for each of the two")
    parser.add_argument("--seconds", type=float, default=4, help="of each pair")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("--edges", type=int, default=0, help="of each hub, on PostgreSQL")
    parser.add_argument("--tiny", action="store_true", help="a few of everything: shows that the measuring works")
    return parser.parse_args()


async def measure_pairs(run: Run, codes: Sequence[Path], asked: argparse.Namespace) -> list[tuple[Load, Load]]:
    """Pairs of (base, here). The first of them, in which both import what they need, is left out."""
    async with AsyncExitStack() as stack:
        kind = LOADS[asked.load]
        base, here = [
            await stack.enter_async_context(kind(run, code, asked.rate, asked.seconds, run.sizes)) for code in codes
        ]
        pairs = []
        for number in range(asked.pairs + 1):
            ours, theirs = await asyncio.gather(here(), base())
            if number:
                pairs.append((theirs, ours))
                print(_say_pair(theirs, ours), flush=True)
        return pairs


def print_pairs(pairs: Sequence[tuple[Load, Load]]) -> None:
    for name in ("cpu", "p50", "p99"):
        sides = [[getattr(load, name) for load in side] for side in zip(*pairs, strict=True)]
        ratios = sorted(ours / theirs for theirs, ours in zip(*sides, strict=True))
        low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        base, here = map(statistics.median, sides)
        told = f"{base:8.2f} -> {here:8.2f} ms"
        print(f"{name}: {told}, here/base {statistics.median(ratios):.3f} (quartiles {low:.3f} to {high:.3f})")


def _say_pair(base: Load, here: Load) -> str:
    faults = "".join(f"  {side}: {load.fault}" for side, load in (("base", base), ("here", here)) if load.fault)
    return f"  CPU {base.cpu:.2f} and {here.cpu:.2f} ms: {here.cpu / base.cpu:.3f}{faults}"


# ---- the loads: each opens one side, and gives what measures its part of a pair


@asynccontextmanager
async def _work_through(run: Run, code: Path, rate: int, seconds: float, sizes: Sizes) -> AsyncIterator[Measure]:
    """An SMS from its webhook over offer, accept and reply to closed, at a steady rate."""
    async with _open_path(run, code, sizes) as path:
        yield partial(path.load, rate, seconds)


@asynccontextmanager
async def _work_singly(run: Run, code: Path, rate: int, seconds: float, sizes: Sizes) -> AsyncIterator[Measure]:
    """The same one after the other, as many as the rate would bring. No batch has company, however slow the machine
    is, so this is the steadiest figure."""
    async with _open_path(run, code, sizes) as path:

        async def work() -> Load:
            loads = [await path.load(1, 1, lines=1) for _ in range(max(int(rate * seconds), 1))]
            p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("p50", "p99"))
            return Load(rate, statistics.fmean(load.cpu for load in loads), p50, p99)

        yield work


@asynccontextmanager
async def _open_path(run: Run, code: Path, sizes: Sizes) -> AsyncIterator[WholePath]:
    async with run.hub(sizes.agents, code=code) as house, open_session() as session:
        floor = Floor(house, session, works=True)
        await floor.open(range(sizes.agents))
        await floor.set_state("available")
        yield WholePath(house, floor)
        await floor.close()


@asynccontextmanager
async def _talk(run: Run, code: Path, rate: int, seconds: float, sizes: Sizes) -> AsyncIterator[Measure]:
    """A message in a chat that an agent holds."""
    agents = -(-sizes.chats // CHATS_EACH)
    async with run.hub(agents, code=code) as house, open_session() as session:
        floor, chats = await open_chats(house, session, agents, sizes.chats)
        yield partial(say_at, house.hub, chats, [desk.heard for desk in floor.desks], rate, seconds)
        await floor.close()
        await asyncio.gather(*(chat.close() for chat in chats))


@asynccontextmanager
async def _flood(run: Run, code: Path, rate: int, seconds: float, sizes: Sizes) -> AsyncIterator[Measure]:
    """Webhooks, as fast as they are taken: `rate` and `seconds` only say how many. Nobody works on them."""
    async with run.hub(1, code=code) as house:
        taken = 0

        async def flood() -> Load:
            nonlocal taken
            number = max(int(rate * seconds), 10)
            found = await flood_with_webhooks(house, number, first=taken)
            taken += number
            return Load(found.decided, found.cpu, 1e3 / found.decided, 1e3 / found.stored)

        yield flood


LOADS = {"interactions": _work_through, "single": _work_singly, "chat": _talk, "flood": _flood}


if __name__ == "__main__":
    main()
