"""Who looks at a clock of the machine, and why it may: everybody else is told the time by `hub.clock`.

The rule of this file: what is stored, compared with what is stored, or told to anybody goes by a clock that a test
can turn. A clock that is never set may say how long something took or is waited for within a process. The wall is
read in `hub/clock.py` alone, and by what stands in for the world outside.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("hub", "channels", "routing", "agent_console", "scripts_library")

TOOK = "how long something took, to pace or measure it"
WAITED = "how long something is waited for, within a process"
WORLD = "the world outside has clocks of its own"
ALLOWED: dict[str, tuple[set[str], str]] = {
    "hub/clock.py": ({"time.time_ns", "time.clock_gettime_ns"}, "the one that asks for all"),
    "hub/storage/lease.py": ({"SQL"}, "leases go by the database's clock: those of machines differ"),
    "hub/metrics.py": ({"time.process_time"}, "how much CPU the process has used"),
    "hub/processes/supervisor.py": ({"time.monotonic"}, WAITED),
    "hub/logs.py": ({"time.monotonic", "TimeStamper"}, "so many lines in a while; people read lines by the wall"),
    "hub/doors/socket_server.py": (
        {"time.monotonic"},
        "lent to python-engineio, which asks the wall",
    ),
    "hub/redis_bus.py": ({"time.monotonic"}, WAITED),
    "hub/doors/connection_deadlines.py": ({"loop.time"}, WAITED),
    "hub/storage/sqlite.py": ({"loop.time", "time.monotonic"}, "how long it waited for a lock, and a commit took"),
    "hub/storage/writer.py": ({"time.monotonic"}, TOOK),
    "hub/routing_process/dispatcher.py": ({"time.monotonic"}, TOOK),
    "hub/routing_process/catch_up.py": ({"time.monotonic"}, TOOK),
    "hub/routing_process/estimating.py": ({"time.monotonic"}, TOOK),
    "hub/exchange/importing.py": ({"time.monotonic"}, TOOK),
    "hub/exchange/sheet_exporting.py": ({"time.monotonic"}, TOOK),
    "hub/rules/rule_worker.py": ({"time.monotonic"}, TOOK),
    "hub/screens/periodic.py": ({"time.monotonic", "loop.time"}, "how long a round took, and a page stood still"),
    "hub/simulation/running.py": ({"time.perf_counter"}, TOOK),
    "hub/simulation/command.py": ({"time.perf_counter"}, TOOK),
    "hub/access/failed_tries.py": ({"loop.time"}, "how many lines of the audit in a while, within a process"),
    "hub/api/customers.py": ({"loop.time"}, WAITED),
    "hub/api/operations.py": ({"loop.time"}, "how old an answer is that is given again, within a process"),
    "hub/access/living_sessions.py": ({"loop.time"}, "how old the latest look is, within a process"),
    "agent_console/desk.py": ({"loop.time"}, "how long a page stood still, of one connection"),
    "agent_console/rate.py": ({"loop.time"}, "so many events in a while, of one connection"),
    "channels/mail/receiving.py": ({"loop.time"}, WAITED),
    "channels/sandbox/call.py": ({"time.time"}, WORLD),
    "channels/sandbox/conference.py": ({"time.time"}, WORLD),
    "channels/sandbox/device_shapes.py": ({"time.time"}, WORLD),
    "channels/sandbox/mail.py": ({"time.time", "datetime.now"}, WORLD),
    "channels/sandbox/messages.py": ({"time.time"}, WORLD),
    "channels/sandbox/recordings.py": ({"time.time"}, WORLD),
    "channels/sandbox/sound/server.py": (
        {"time.time", "loop.time"},
        "a tick each 20 ms; tokens end by the world's",
    ),
    "channels/sandbox/sound/telephone_socket.py": ({"loop.time"}, "so many frames in a while, of one telephone"),
    "channels/sandbox/twiml.py": ({"time.monotonic"}, WAITED),
}

_IN_TIME = re.compile(r"(time|monotonic|perf_counter|process_time|thread_time|clock_gettime)(_ns)?|localtime|gmtime")
_OF_DATES = {"now", "utcnow", "today"}
_IN_SQL = re.compile(r"\bnow\(\)|clock_timestamp|julianday\('now|\bCURRENT_(TIME|DATE)|\bLOCALTIME", re.IGNORECASE)


def find_clocks(source: str) -> set[str]:
    """The clocks that a module asks for the time, as ALLOWED writes them."""
    tree = ast.parse(source)
    dates = {"datetime", "date"}
    return {clock for node in ast.walk(tree) for clock in _find_in(node, dates)}


def _find_in(node: ast.AST, dates: set[str]) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module="time", names=names):
            yield from (f"time.{name.name}" for name in names if _IN_TIME.fullmatch(name.name))
        case ast.Attribute(value=ast.Name(id="time"), attr=attr) if _IN_TIME.fullmatch(attr):
            yield f"time.{attr}"
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=attr) if (
            name in dates and attr in _OF_DATES
        ):
            yield f"{name}.{attr}"
        case ast.Call(
            func=ast.Attribute(
                value=ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name)),
                attr="time",
            )
        ) if name.endswith("loop"):
            yield "loop.time"
        case ast.Attribute(attr="TimeStamper"):
            yield "TimeStamper"
        case ast.Constant(value=str(text)) if _IN_SQL.search(text):
            yield "SQL"


def test_nobody_looks_at_a_clock_who_has_no_reason_to() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts]
    found = {str(path.relative_to(ROOT)): find_clocks(path.read_text(encoding="utf-8")) for path in files}
    asked = {path: clocks for path, clocks in found.items() if clocks}
    assert asked == {path: clocks for path, (clocks, _) in ALLOWED.items()}


@pytest.mark.parametrize(
    ("source", "clock"),
    [
        ("import time\nat = time.time()", "time.time"),
        ("import time\ndef f(clock=time.time): ...", "time.time"),
        ("from time import monotonic_ns", "time.monotonic_ns"),
        ("from datetime import datetime\nat = datetime.now(UTC)", "datetime.now"),
        ("import datetime\nat = datetime.date.today()", "date.today"),
        ("at = asyncio.get_running_loop().time()", "loop.time"),
        ("query = 'SELECT now()'", "SQL"),
        ("at = clock.now()\nday = self.clock.now()\ntime = read()", None),
    ],
)
def test_every_way_of_looking_at_a_clock_is_known(source: str, clock: str | None) -> None:
    assert find_clocks(source) == ({clock} if clock else set())
