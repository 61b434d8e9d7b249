"""A start is short: it imports nothing that it does not need."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a hub on SQLite, alone, with nothing to migrate or to simulate, has no use for: it was a third of a start
NEEDLESS = {
    "alembic",
    "asyncpg",
    "hub.redis_bus",
    "hub.simulation",
    "hub.storage.postgres",
    "pygments",
    "redis",
    "rich",
    "sqlalchemy.orm",
    "valkey",
}


def run(code: str) -> str:
    """What a fresh Python prints."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_a_start_imports_nothing_that_it_does_not_need() -> None:
    imported = set(json.loads(run("import json, sys, hub.__main__; print(json.dumps(sorted(sys.modules)))")))
    assert imported & NEEDLESS == set()


def test_a_second_start_has_nothing_to_migrate(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.db"
    migrating = f"import asyncio, sys; from hub.storage.migrations import migrate; asyncio.run(migrate({url!r}))"
    assert run(f"{migrating}; print('alembic' in sys.modules)") == "True\n"
    assert run(f"{migrating}; print('alembic' in sys.modules)") == "False\n"


def test_what_was_left_out_can_be_imported_where_it_is_needed_and_garbage_is_collected() -> None:
    code = "import hub.__main__, gc; from hub.redis_bus import RedisBus; print(RedisBus.__name__, gc.isenabled())"
    assert run(code) == "RedisBus True\n"
