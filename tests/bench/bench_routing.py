"""Inputs per second of the router, in the real mix, beside a heap that is only pushed to and popped from (the floor),
and beside a router that sorts and scans all that waits.

Run it with `python tests/bench/bench_routing.py`. Each size is measured in a process of its own, by its CPU time, and
with the garbage collector as `hub run` sets it. Building inputs, decisions, and the rows that changed are included
(`centre.py` says what the mix is). The aims: 100,000 inputs/s at 10,000 waiting; from 100 to 1,000,000 waiting no
slower than the floor gets; under 800 bytes for each one that waits.
"""

import gc
import json
import os
import random
import subprocess
import sys
import time
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from routing.model import AgentProfile, InteractionId
from tests.bench.centre import Centre, Kind, draw_profiles, draw_requirements, list_kinds

COLLECT = (20_000, 20, 50)  # as in hub/__main__.py
WAITING = (100, 10_000, 1_000_000)
SCANNED = (100, 10_000, 100_000)
AGENTS = (10, 1_000, 10_000)
INPUTS = 60_000
LOOKS = 4_000  # decisions whose fan-out is counted, outside the time that is measured
SCAN_SECONDS = 3
MEMORY = 3 << 30  # what the largest size may need, with room to spare


# ---- one size, in a process of its own


def measure_router(waiting: int, agents: int) -> dict[str, Any]:
    centre = Centre()
    before = resident_bytes()
    centre.let_wait(waiting)
    centre.router.take_changes()
    gc.collect()
    each = (resident_bytes() - before) / waiting
    centre.staff(agents, waiting)
    centre.inputs = centre.offered = 0
    began = time.process_time()
    while centre.inputs < INPUTS:
        centre.step()
    seconds = time.process_time() - began
    rates = {"inputs": centre.inputs / seconds, "offers": centre.offered / seconds}
    return {**rates, "bytes": each, **count_fan_out(centre), "aside": share_aside(centre)}


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def count_fan_out(centre: Centre) -> dict[str, Any]:
    """How many groups of agents each decision had to look into: those who serve the lane and have room."""
    live, touched = centre.router._live, []

    def look(interaction_id: InteractionId) -> None:
        lane = live.interactions[interaction_id].lane
        assert lane is not None
        touched.append(sum(bool(group.seats[lane.channel]) for group in lane.groups))

    centre.router.watch_decisions(look)
    stop = centre.inputs + 10 * LOOKS
    while len(touched) < LOOKS and centre.inputs < stop:
        centre.step()
    index = live.index
    mean, most = (sum(touched) / len(touched), max(touched)) if touched else (0.0, 0)
    shown = sum(len(lane.groups) for lane in index._lanes.values()) / len(index._lanes)
    return {"lanes": len(index._lanes), "groups": len(index._groups), "shown": shown, "mean": mean, "most": most}


def share_aside(centre: Centre) -> float:
    """Of those who wait: on hold, or with somebody excluded."""
    waiting = [one for one in centre.router._live.interactions.values() if one.agent_id is None]
    return sum(bool(one.excluded) or one.lane is None for one in waiting) / len(waiting)


def measure_floor(waiting: int) -> float:
    """Pushes and pops per second of a heap of ranks."""
    draw = random.Random(7)
    heap: list[tuple[int, int, int]] = []
    for number in range(waiting):
        heappush(heap, (0, draw.randrange(1 << 40), number))
    began = time.process_time()
    for number in range(INPUTS):
        heappush(heap, (0, draw.randrange(1 << 40), number))
        heappop(heap)
    return 2 * INPUTS / (time.process_time() - began)


def measure_scan(waiting: int) -> float:
    """Offers per second of a router that, for each agent who is free, sorts all that waits and takes the first that
    the agent may have."""
    chance = random.Random(7)
    kinds, profiles = list_kinds(draw_requirements(chance)), draw_profiles(chance)
    rows = [(chance.randrange(1 << 40), number, chance.choice(kinds)) for number in range(waiting)]
    offers = 0
    began = time.process_time()
    while (seconds := time.process_time() - began) < SCAN_SECONDS:
        profile = chance.choice(profiles)
        found = next((row for row in sorted(rows, key=lambda row: row[:2]) if may_take(profile, row[2])), None)
        if found is not None:
            rows.remove(found)
            rows.append((chance.randrange(1 << 40), waiting + offers, found[2]))
            offers += 1
    return offers / seconds


def may_take(profile: AgentProfile, kind: Kind) -> bool:
    queue, _, _, asked = kind
    levels = dict(profile.skills)
    return (
        queue in profile.queues
        and all(levels.get(skill, 0) >= level for skill, level in asked.skills)
        and (not asked.languages or any(one in profile.languages for one in asked.languages))
    )


# ---- the whole table


def measure_apart(*what: object) -> Any:
    command = [sys.executable, __file__, *map(str, what)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def free_memory() -> int:
    said = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(said["MemAvailable"].split()[0]) << 10


def main() -> None:
    began = time.monotonic()
    print(f"{os.cpu_count()} cores, a load of {os.getloadavg()[0]:.1f} as it begins; collector {COLLECT}")
    sizes = [size for size in WAITING if size < WAITING[-1] or free_memory() > MEMORY]
    if len(sizes) < len(WAITING):
        print(f"{WAITING[-1]:,} waiting are left out: under {MEMORY >> 30} GB of memory are free")
    floors = {size: measure_apart("floor", size) for size in sizes}
    print("heap alone: " + ", ".join(f"{rate:,.0f} push and pop/s at {size:,}" for size, rate in floors.items()))
    shape = ("lanes", "groups", "per lane", "fan-out", "at most")
    columns = ("inputs/s", "of floor", "offers/s", "bytes each", "aside", *shape)
    print(f"\n{'waiting':>9} {'agents':>7}" + "".join(f"{name:>11}" for name in columns))
    rates: dict[tuple[int, int], float] = {}
    for size in sizes:
        for agents in AGENTS:
            found = measure_apart("router", size, agents)
            rates[size, agents] = rate = found["inputs"]
            cells = (
                f"{rate:,.0f}",
                f"{rate / floors[size]:.1%}",
                f"{found['offers']:,.0f}",
                f"{found['bytes']:,.0f}" if size >= 10_000 else "",  # of a hundred, pages are larger than rows
                f"{found['aside']:.1%}",
                f"{found['lanes']:,}",
                f"{found['groups']:,}",
                f"{found['shown']:.1f}",
                f"{found['mean']:.1f}",
                f"{found['most']}",
            )
            print(f"{size:>9,} {agents:>7,}" + "".join(f"{cell:>11}" for cell in cells), flush=True)
    print(f"\nFrom {sizes[0]:,} to {sizes[-1]:,} waiting, times as slow:")
    print(f"  {'the floor':16} {floors[sizes[0]] / floors[sizes[-1]]:.2f}")
    for agents in AGENTS:
        print(f"  {f'{agents:,} agents':16} {rates[sizes[0], agents] / rates[sizes[-1], agents]:.2f}")
    print("\nSorting and scanning all that waits, for one agent at a time:")
    for size in SCANNED:
        print(f"  {measure_apart('scan', size):>9,.1f} offers/s at {size:,}", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(*COLLECT)
    match sys.argv[1:]:
        case ["router", waiting, agents]:
            print(json.dumps(measure_router(int(waiting), int(agents))))
        case ["floor", waiting]:
            print(measure_floor(int(waiting)))
        case ["scan", waiting]:
            print(measure_scan(int(waiting)))
        case _:
            main()
