"""A year of 450,000 calls with 20 agents, simulated: what `python -m hub simulate tests/bench/year.toml` takes.

The rule of this file: the command itself, from its start to its end. `bench_simulator.py` has the long runs against
theory, and the router alone.
"""

import asyncio
import os
import resource
import sys
import time

from tests.bench.aims import YEAR
from tests.bench.bench_house import CODE, ROOT
from tests.bench.running import Run


async def measure(run: Run) -> None:
    command = ("-m", "hub", "simulate", str(ROOT / "tests/bench/year.toml"), "--config", str(CODE / "config.toml"))
    environ = {**os.environ, "PYTHONPATH": str(CODE)}
    pipe = asyncio.subprocess.PIPE
    began, worked = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=CODE, env=environ, stdout=pipe, stderr=pipe
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    note = f"the year is played on {os.cpu_count()} processors at once"
    run.report.add("year", "450,000 calls simulated in", seconds, "s", aim=YEAR, note=note)
    work = used.ru_utime + used.ru_stime - worked.ru_utime - worked.ru_stime
    run.report.add("year", "450,000 calls simulated: CPU of all processes", work, "s")
