"""The whole hub under load, beside a bare skeleton of the same shape: `make bench`, `python -m tests.bench PART...`.

The rule of this file: parts in their order, then one table of all figures, then the same as JSON. Each part runs
alone too, with hubs of its own, each in a process of its own; the load stands in this process, so that its CPU is not
the hub's. Figures are of one machine: compare the ratios.
"""

import argparse
import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.bench import (
    agent_scripts,
    chat_messages,
    customer_import,
    customer_segments,
    customers,
    full_queue,
    idle_sockets,
    sandbox_calls,
    simulated_year,
    told_activities,
    two_edges,
    waiting_memory,
    webhook_flood,
    whole_path,
)
from tests.bench.bench_house import ROOT
from tests.bench.figures import Report, print_table, say_machine, write_json
from tests.bench.running import Run
from tests.bench.sizes import FULL, TINY
from tests.postgres_server import start_postgres

PARTS = {
    "a": webhook_flood,
    "b": whole_path,
    "c": full_queue,
    "d": chat_messages,
    "e": waiting_memory,
    "year": simulated_year,
    "sockets": idle_sockets,
    "edges": two_edges,
    "phone": sandbox_calls,
    "customers": customers,
    "segments": customer_segments,
    "scripts": agent_scripts,
    "import": customer_import,
    "activities": told_activities,
}
WHOLE = (
    "a",
    "b",
    "c",
    "d",
    "e",
    "phone",
    "customers",
    "segments",
    "scripts",
    "import",
    "year",
)  # what `make bench` measures
ON_POSTGRESQL = ("a", "b", "c", "edges", "customers", "segments", "import", "activities")


OTHERS = {  # programs of their own, which print their figures themselves
    "router": ("tests/bench/bench_routing.py",),
    "theory": ("tests/bench/bench_simulator.py", "theory"),
    "storage": ("tests/bench/bench_storage.py",),
    "days": ("-m", "pytest", "-q", "-s", "tests/routing/test_real_day.py", "tests/routing/test_estimates.py"),
}


def main() -> None:
    asked = _read_arguments()
    if others := [name for name in asked.parts if name in OTHERS]:
        for name in others:
            subprocess.run([sys.executable, *OTHERS[name]], check=True, cwd=ROOT)
        asked.parts = [name for name in asked.parts if name in PARTS]
        if not asked.parts:
            return
    began = time.monotonic()
    print(say_machine(), flush=True)
    with contextlib.ExitStack() as stack:
        servers: dict[str, int] = {}
        if asked.postgresql:
            server = stack.enter_context(start_postgres(is_durable=True))
            database, new_database = f"PostgreSQL {server('SHOW server_version').split()[2]}", server.create_database
            servers["PostgreSQL"] = server.pid
        else:
            database, new_database = f"SQLite {sqlite3.sqlite_version}, synchronous=FULL", str
        report = Report(f"{database}, {asked.edges} edges" if asked.edges else database)
        for name in asked.parts or (ON_POSTGRESQL if asked.postgresql else WHOLE):
            started = time.monotonic()
            print((PARTS[name].__doc__ or "").splitlines()[0], flush=True)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-"))
            sizes = TINY if asked.tiny else replace(FULL, imported=asked.imported)
            run = Run(Path(folder), report, sizes, new_database, edges=asked.edges, servers=servers)
            asyncio.run(PARTS[name].measure(run))
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
    print_table(report.figures, report.remarks)
    write_json(asked.json, report.figures, report.remarks)
    print(f"{asked.json}, {time.monotonic() - began:.0f} s in all")


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    every = (*PARTS, *OTHERS)
    known = f"{' '.join(every)}; without any {' '.join(WHOLE)}, on PostgreSQL {' '.join(ON_POSTGRESQL)}"
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*every, []], help=known)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("--edges", type=int, default=0, help="of each hub, on PostgreSQL")
    parser.add_argument("--imported", type=int, default=FULL.imported, help="rows of the file that is imported")
    parser.add_argument("--json", type=Path, default=ROOT / ".cache" / "bench.json", help="the file that is written")
    parser.add_argument("--tiny", action="store_true", help="a few of everything: shows that the measuring works")
    asked = parser.parse_args()
    if asked.edges and not asked.postgresql:
        parser.error("edges need PostgreSQL: add --postgresql")
    return asked


if __name__ == "__main__":
    main()
