"""A hub that is killed in the middle of its writes loses nothing that it had acknowledged."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.storage.database import Database
from hub.storage.inbox import Inbox
from hub.storage.tables import inbox

ROOT = Path(__file__).parents[3]
# Acknowledges each key on its standard output, behind the commit, from sixteen callers at once.
CHILD = """
import asyncio, os, sys
from hub.storage.database import Database
from hub.storage.inbox import Arrival, Inbox

async def main(url, life):
    db = await Database.open(url)
    inbox = Inbox(db)
    async def call(caller):
        number = 0
        while True:
            number += 1
            key = f"sms:{life}:{caller}:{number}"
            await inbox.put([Arrival(key, "MessageReceived", '{"text": "Hej, 你好"}', number)])
            os.write(1, (key + "\\n").encode())
    await asyncio.gather(*(call(caller) for caller in range(16)))

asyncio.run(main(*sys.argv[1:]))
"""


async def live_and_be_killed(url: str, life: int, after: int) -> list[str]:
    """Run a child until it has acknowledged `after` keys, kill it, and return every key that it acknowledged."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHILD,
        url,
        str(life),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    keys = [(await child.stdout.readline()).decode().strip() for _ in range(after)]
    child.send_signal(signal.SIGKILL)
    rest = (await child.stdout.read()).decode()
    await child.wait()
    # a last line without its end was not acknowledged
    return keys + rest.split("\n")[:-1]


@pytest.mark.promise("P1")
async def test_five_kills_lose_no_acknowledged_row(sqlite_url: str) -> None:
    acknowledged: list[str] = []
    for life, after in enumerate((1, 37, 150, 400, 900)):
        acknowledged += await live_and_be_killed(sqlite_url, life, after)
    db = await Database.open(sqlite_url)
    async with db.read() as connection:
        stored = set((await connection.scalars(select(inbox.c.key))).all())
    assert len(acknowledged) >= 1488
    assert set(acknowledged) <= stored
    assert await Inbox(db).count_pending() == len(stored)
    await db.close()
