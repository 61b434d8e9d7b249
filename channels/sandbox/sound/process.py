"""The sandbox's end of its sound process: started, told, heard, started again if it dies, stopped.

The rule of this file: the port is bound here before the process runs, so that it is known at once and stays the same.

What is told before the start, or while the process is away, is dropped: after each start `started` is called, and
tells everything that still holds.
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import Final

import orjson
import structlog

from channels.sandbox.sound.access_tokens import TokenCheck
from channels.sandbox.sound.control import Happened, Order, read_happened, write_line

AGAIN_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5.0
BACKLOG: Final = 200

log = structlog.get_logger()


class SoundProcess:
    def __init__(self, host: str, port: int, tokens: TokenCheck) -> None:
        """`port`: 0 is any free one."""
        self._host, self._wanted_port, self._tokens = host, port, tokens
        self._process: Process | None = None
        self._running: asyncio.Task[None] | None = None
        self.port = 0  # once started

    async def start(self, happened: Callable[[Happened], None], started: Callable[[], None]) -> None:
        """Raises OSError if the port is taken."""
        listening = socket.create_server((self._host, self._wanted_port), backlog=BACKLOG)
        self.port = listening.getsockname()[1]
        self._running = asyncio.create_task(self._run(listening, happened, started), name="sandbox sound")

    def tell(self, order: Order) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(write_line(order))

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def _run(
        self, listening: socket.socket, happened: Callable[[Happened], None], started: Callable[[], None]
    ) -> None:
        with listening, TemporaryDirectory(prefix="sandbox-sound-") as folder:
            while True:
                process = await self._start_process(listening, folder)
                try:
                    started()
                    await _hear(process, happened)
                    log.error("sandbox_sound_ended", code=await process.wait())
                finally:
                    self._process = None
                    await _end(process)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _start_process(self, listening: socket.socket, folder: str) -> Process:
        number = listening.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "channels.sandbox.sound", "--socket", str(number), "--folder", folder),
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(number,),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self._process = process
        if process.stdin is not None:
            process.stdin.write(orjson.dumps(asdict(self._tokens), option=orjson.OPT_APPEND_NEWLINE))
        return process


async def _hear(process: Process, happened: Callable[[Happened], None]) -> None:
    """Return when the process has closed its output."""
    while process.stdout is not None and (line := await process.stdout.readline()):
        happened(read_happened(line))


async def _end(process: Process) -> None:
    """It ends when its input does; if it does not, it is killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
