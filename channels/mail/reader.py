"""Parses mails in limited processes of their own, outside the event loop.

The rule of this file: whatever a mail does, `read` ends in bounded time with a `ParsedMail` or `UnreadableMail`, and
the next mail is read as usual. A process that is late or has died is replaced. Only plain data is accepted from a
process.
"""

import asyncio
import io
import os
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any, Final

from channels.mail.parsing import ParsedMail, UnreadableMail

_START_SECONDS: Final = 60.0  # enough for a busy machine; a start takes about a fifth of a second
_LARGEST_ANSWER: Final = 256 * 1024 * 1024
_KEPT_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH")  # and nothing else, since settings carry secrets
_HERE: Final = Path(__file__).resolve().parents[2]
_DATA: Final = frozenset(
    {
        ("channels.mail.parsing", "ParsedMail"),
        ("channels.mail.parsing", "Attachment"),
        ("channels.mail.headers", "Mailbox"),
        ("channels.mail.automatic", "Bounce"),
    }
)


class MailReader:
    """At most `processes` mails are parsed at a time, each in at most `seconds` and `memory_bytes`."""

    def __init__(self, *, processes: int, seconds: float, memory_bytes: int) -> None:
        self._slots = asyncio.Semaphore(processes)
        self._processes = processes
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._idle: list[_Worker] = []

    async def start(self) -> None:
        """Start the processes. One that is missing later is started when it is needed."""
        for _ in range(self._processes):
            self._idle.append(await self._start_worker())

    async def stop(self) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def read(self, raw: bytes) -> ParsedMail:
        """Parse a mail. Raises UnreadableMail with the reason, or OSError if no process starts."""
        async with self._slots:
            try:
                return await self._read_once(raw)
            except EOFError:
                pass  # another mail may have killed it before: try once more
            try:
                return await self._read_once(raw)
            except EOFError:
                raise UnreadableMail("it makes the parser die") from None

    async def _read_once(self, raw: bytes) -> ParsedMail:
        worker = self._idle.pop() if self._idle else await self._start_worker()
        try:
            await worker.get_ready()
            answer = await worker.ask(raw, self._seconds)
        except TimeoutError:
            await worker.end()
            raise UnreadableMail(f"it takes longer than {self._seconds:g} s to parse") from None
        except BaseException:
            await worker.end()
            raise
        self._idle.append(worker)
        if isinstance(answer, ParsedMail):
            return answer
        raise UnreadableMail(str(answer))

    async def _start_worker(self) -> "_Worker":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "channels.mail.worker",
            str(self._memory_bytes),
            str(int(self._seconds) + 1),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=_HERE,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            start_new_session=True,  # a Ctrl-C at the terminal goes to the hub alone, which drains first
            limit=1024 * 1024,
        )
        return _Worker(process)


class _Worker:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._is_ready = False

    async def get_ready(self) -> None:
        """Return once the process has loaded its modules. Raises OSError if it does not."""
        if self._is_ready:
            return
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._receive()
        except (TimeoutError, EOFError) as error:
            raise OSError("the process that parses mails does not start") from error
        self._is_ready = True

    async def ask(self, raw: bytes, seconds: float) -> object:
        """Give the process a mail and return its answer. Raises TimeoutError, or EOFError if the process has gone."""
        stdin = self._process.stdin
        assert stdin is not None
        async with asyncio.timeout(seconds):
            try:
                stdin.write(len(raw).to_bytes(8, "big"))
                stdin.write(raw)
                await stdin.drain()
            except ConnectionError as error:
                raise EOFError from error
            return await self._receive()

    async def _receive(self) -> object:
        stdout = self._process.stdout
        assert stdout is not None
        length = int.from_bytes(await stdout.readexactly(8), "big")
        if length > _LARGEST_ANSWER:
            raise EOFError
        return _PlainData(io.BytesIO(await stdout.readexactly(length))).load()

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()  # read to the end, so that the pipes close


class _PlainData(pickle.Unpickler):
    """Makes objects of the classes of a parsed mail, and of no others."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _DATA:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a parsed mail")
        return super().find_class(module, name)
