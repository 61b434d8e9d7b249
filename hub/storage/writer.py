"""Group commit: all writes that wait go into one transaction, and one flush serves them all.

The rule of this file: a future is resolved only after the commit that made its result durable. No write waits for
others to join: a batch is what arrived while the previous commit ran.

A unit that raises ends the transaction of its batch. Then every unit of that batch runs again in a transaction of its
own, so that only the faulty one fails. So a unit must be safe to run twice, and may await only its connection: while
it waits, all writing waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from hub.storage.connection import Connection, Driver, StorageUnavailable, WriteConnection

Unit = Callable[[Connection], Awaitable[Any]]
Together = Callable[[Connection, Sequence[Any]], Awaitable[Sequence[Any]]]

MOST_WAITING = 20_000  # further writes are refused at once, which is better than late
BATCH_JOBS = 256
BATCH_SECONDS = 0.015  # no further unit begins after this; with the flush it keeps P11's 50 ms
SLOW_SECONDS = 0.5  # a slower batch means a disk or a network in trouble

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    """Either a unit, or one of the items that `together` writes in one call."""

    unit: Unit | None
    together: Together | None
    item: Any
    future: asyncio.Future[Any]


class Writer:
    def __init__(self, driver: Driver, observe: Callable[[int, float], None] | None = None) -> None:
        self._driver = driver
        self._observe = observe
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._link: WriteConnection | None = None
        self._closing = False
        self._task = asyncio.create_task(self._work(), name="storage-writer")

    async def submit(self, unit: Unit | None, together: Together | None = None, item: Any = None) -> Any:
        if self._closing or self._task.done():
            raise StorageUnavailable("the database is closed")
        if len(self._waiting) >= MOST_WAITING:
            raise StorageUnavailable("too many writes wait for the database")
        job = _Job(unit, together, item, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._arrived.set()
        return await job.future

    async def connect(self) -> WriteConnection:
        if self._link is None:
            self._link = await self._driver.connect_writer()
        return self._link

    async def close(self) -> None:
        """Write all waiting jobs, then stop."""
        self._closing = True
        self._arrived.set()
        await self._task
        await self._disconnect()

    async def _work(self) -> None:
        try:
            while not (self._closing and not self._waiting):
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._write_batch()
        finally:
            for job in self._waiting:
                _fail(job, StorageUnavailable("the writer has stopped"))

    async def _write_batch(self) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(BATCH_JOBS, len(self._waiting)))]
        try:
            left = await self._write(jobs)
        except StorageUnavailable as error:
            for job in jobs:
                _fail(job, error)
        except Exception as error:
            if len(jobs) == 1:
                _fail(jobs[0], error)
            else:
                await self._write_each_alone(jobs)
        except BaseException:
            for job in jobs:
                _fail(job, StorageUnavailable("the writer was stopped"))
            raise
        else:
            self._waiting.extendleft(reversed(left))

    async def _write_each_alone(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            try:
                await self._write([job])
            except Exception as error:
                _fail(job, error)

    async def _write(self, jobs: Sequence[_Job]) -> Sequence[_Job]:
        """Write one transaction. Returns the jobs for which there was no time. If it raises, nothing is stored or,
        after a failed commit, nobody knows."""
        began = time.monotonic()
        link = await self._begin()
        done: list[tuple[_Job, Any]] = []
        try:
            steps = _steps(jobs)
            while steps and (not done or time.monotonic() - began < BATCH_SECONDS):
                done += await _run(link.connection, steps.popleft())
        except BaseException as error:
            await self._roll_back(link)
            if self._driver.is_unavailable(error):
                raise StorageUnavailable("the database is away; nothing is stored") from error
            raise
        try:
            await link.commit()
        except BaseException as error:
            await self._disconnect()
            if isinstance(error, Exception):
                raise StorageUnavailable("the commit failed; nobody knows whether it is stored") from error
            raise
        for job, result in done:
            if not job.future.done():
                job.future.set_result(result)
        self._measure(len(done), time.monotonic() - began)
        return [job for step in steps for job in step]

    async def _begin(self) -> WriteConnection:
        try:
            link = await self.connect()
            await link.begin()
        except Exception as error:
            await self._disconnect()
            raise StorageUnavailable("the database is away; nothing is stored") from error
        return link

    async def _roll_back(self, link: WriteConnection) -> None:
        try:
            await link.rollback()
        except Exception:
            await self._disconnect()

    async def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.discard()

    def _measure(self, units: int, seconds: float) -> None:
        if self._observe is not None:
            self._observe(units, seconds)
        if seconds > SLOW_SECONDS:
            log.warning("the database writes slowly", milliseconds=round(seconds * 1000), units=units)


def _steps(jobs: Sequence[_Job]) -> deque[list[_Job]]:
    """The batch in order of arrival. A job with a `together` joins the first job with the same one."""
    steps: dict[object, list[_Job]] = {}
    for job in jobs:
        steps.setdefault(job.together or job, []).append(job)
    return deque(steps.values())


async def _run(connection: Connection, step: list[_Job]) -> list[tuple[_Job, Any]]:
    first = step[0]
    if first.together is None:
        assert first.unit is not None
        return [(first, await first.unit(connection))]
    results = await first.together(connection, [job.item for job in step])
    return list(zip(step, results, strict=True))


def _fail(job: _Job, error: BaseException) -> None:
    if not job.future.done():
        job.future.set_exception(error)
