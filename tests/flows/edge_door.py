"""A way to one edge of a hub: connections to this port end at the edge of that name.

The rule of this file: which process takes a connection is the kernel's choice, so the way asks on each new connection
who answers there, and tries again until it is the edge.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Self


class EdgeDoor:
    def __init__(self, port: int, hub_port: int, edge: str) -> None:
        self._port, self._hub_port, self._edge = port, hub_port, edge
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()
        self.asked = 0  # connections that have said something, which the edge's kernel has

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._let_in, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hub_reader, hub_writer = await self._find_edge()
        except OSError:
            writer.close()
            return
        for pouring in (_pour(reader, hub_writer, self._count), _pour(hub_reader, writer)):
            task = asyncio.create_task(pouring)
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    def _count(self) -> None:
        self.asked += 1

    async def _find_edge(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        others = []  # kept open until the right one is found, so that the kernel turns to another process
        try:
            while True:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
                if await ask_who(reader, writer) == self._edge:
                    return reader, writer
                others.append(writer)
        finally:
            for other in others:
                other.close()


async def ask_who(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """The name of the process at the other end of this connection, which stays open."""
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")
    header = await reader.readuntil(b"\r\n\r\n")
    (length,) = (int(line.split(b":")[1]) for line in header.lower().split(b"\r\n") if b"content-length" in line)
    return str(json.loads(await reader.readexactly(length))["process"])


async def find_processes(port: int, connections: int) -> list[str]:
    """Who takes so many connections, opened one after the other and all open at once."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    try:
        return [await ask_who(*each) for each in opened]
    finally:
        for _, writer in opened:
            writer.close()


async def _pour(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, on_first: Callable[[], None] = lambda: None
) -> None:
    try:
        is_first = True
        while data := await source.read(65_536):
            target.write(data)
            if is_first:
                on_first()
            is_first = False
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()
