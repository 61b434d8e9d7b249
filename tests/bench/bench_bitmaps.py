"""Two ways to keep who is in which segment: a bit of the customer's row, as the hub does, and a compressed bitmap of
each segment (pyroaring). `python tests/bench/bench_bitmaps.py [CUSTOMERS]`, once `pip install pyroaring` was run.

The rule of this file: both have the same members, in one SQLite file, and answer the same questions with the same
numbers. What is decided by these figures stands in hub/storage/README.md.
"""

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pyroaring import BitMap

SEGMENTS, BITS, COLUMNS = 100, 62, 8
CHANGED = 1_000  # customers who turn in one segment each, a transaction for each 25
SHARES = [0.0005, 0.002, 0.01, 0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.02]


def timed(what: str, work: Callable[[], Any], each: int = 1) -> Any:
    began = time.perf_counter()
    result = work()
    print(f"  {what:62} {(time.perf_counter() - began) * 1e3 / each:12.3f} ms", flush=True)
    return result


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rnd = random.Random(1)
    members = [set[int]() for _ in range(SEGMENTS)]
    for n in range(SEGMENTS):
        wanted = int(number * SHARES[n % len(SHARES)])
        members[n].update(rnd.sample(range(number), wanted))
    turning = [(rnd.randrange(number), rnd.randrange(SEGMENTS)) for _ in range(CHANGED)]
    print(f"{number:,} customers, {SEGMENTS} segments, {sum(map(len, members)):,} memberships")
    with tempfile.TemporaryDirectory() as folder, closing(open_file(Path(folder) / "hub.db")) as connection:
        print("one bit of the customer's row")
        timed("write all, from the answers of a scan", lambda: fill_rows(connection, number, members))
        size = connection.execute("SELECT count(*) * 4096 FROM dbstat WHERE name = 'member'").fetchone()[0]
        print(f"  {'stored':62} {size / 1e6:12.1f} MB; in memory nothing but the cache of pages")
        ask = connection.execute
        sizes = timed(
            "count one segment by a scan", lambda: ask(f"SELECT count(*) FROM member WHERE {bit(7)}").fetchone()
        )
        sums = ", ".join(f"sum({bit(n)})" for n in range(SEGMENTS))
        every = f"SELECT {sums} FROM member WHERE {bit(7)}"
        shared = timed("overlap of one with all others", lambda: ask(every).fetchone())
        timed("of one customer: all segments", lambda: [row_of(connection, n) for n in range(1000)], 1000)
        timed("a customer turns in one, stored", lambda: turn_rows(connection, turning), CHANGED)

        print("a compressed bitmap of each segment")
        maps = timed("build all, from the answers of a scan", lambda: [BitMap(sorted(one)) for one in members])
        kept = sum(len(one.serialize()) for one in maps) / 1e6
        print(f"  {'in memory and stored':62} {kept:12.1f} MB, in each process")
        count = timed("count one segment", lambda: len(maps[7]))
        both = timed(
            "overlap of one with all others", lambda: [maps[7].intersection_cardinality(one) for one in maps]
        )
        assert (count, tuple(both)) == (sizes[0], tuple(int(one) for one in shared)), "they differ"
        timed("of one customer: all segments", lambda: [[n in one for one in maps] for n in range(1000)], 1000)
        timed("write all", lambda: store_maps(connection, maps, range(SEGMENTS)))
        timed("read all, at a start", lambda: [BitMap.deserialize(r[0]) for r in ask("SELECT whole FROM map")])
        timed("a customer turns in one, stored", lambda: turn_maps(connection, maps, turning), CHANGED)
        since = {n for n, _ in turning}
        timed("as of a date: undo what changed since", lambda: maps[7] ^ BitMap(since))


def bit(place: int) -> str:
    return f"(bits_{place // BITS + 1} >> {place % BITS} & 1)"


def open_file(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536")
    columns = ", ".join(f"bits_{n + 1} BIGINT NOT NULL DEFAULT 0" for n in range(COLUMNS))
    connection.execute(f"CREATE TABLE member (customer_id VARCHAR(64) PRIMARY KEY, {columns})")
    connection.execute("CREATE TABLE map (segment INTEGER PRIMARY KEY, whole BLOB NOT NULL)")
    return connection


def fill_rows(connection: sqlite3.Connection, number: int, members: list[set[int]]) -> None:
    rows = [[0] * COLUMNS for _ in range(number)]
    for place, some in enumerate(members):
        for one in some:
            rows[one][place // BITS] |= 1 << place % BITS
    connection.execute("BEGIN")
    marks = ", ".join("?" * COLUMNS)
    connection.executemany(
        f"INSERT INTO member VALUES (?, {marks})", ((f"b{n:07}", *row) for n, row in enumerate(rows))
    )
    connection.execute("COMMIT")


def row_of(connection: sqlite3.Connection, number: int) -> Any:
    return connection.execute("SELECT * FROM member WHERE customer_id = ?", (f"b{number:07}",)).fetchone()


def turn_rows(connection: sqlite3.Connection, turning: list[tuple[int, int]]) -> None:
    for at in range(0, len(turning), 25):
        connection.execute("BEGIN")
        for one, place in turning[at : at + 25]:
            column = f"bits_{place // BITS + 1}"
            flip = f"UPDATE member SET {column} = ({column} | ?1) - ({column} & ?1) WHERE customer_id = ?2"
            connection.execute(flip, (1 << place % BITS, f"b{one:07}"))
        connection.execute("COMMIT")


def store_maps(connection: sqlite3.Connection, maps: list[BitMap], which: Any) -> None:
    connection.execute("BEGIN")
    rows = [(n, maps[n].serialize()) for n in which]
    connection.executemany("INSERT INTO map VALUES (?, ?) ON CONFLICT DO UPDATE SET whole = excluded.whole", rows)
    connection.execute("COMMIT")


def turn_maps(connection: sqlite3.Connection, maps: list[BitMap], turning: list[tuple[int, int]]) -> None:
    for at in range(0, len(turning), 25):
        some = turning[at : at + 25]
        for one, place in some:
            (maps[place].discard if one in maps[place] else maps[place].add)(one)
        store_maps(connection, maps, sorted({place for _, place in some}))


if __name__ == "__main__":
    main()
