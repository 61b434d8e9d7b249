"""A way to a server that can be cut and mended."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cable:
    """`listen` opens our end with a handler, `reach` connects to the server's."""

    def __init__(
        self,
        listen: Callable[[Callable[..., Awaitable[None]]], Awaitable[asyncio.Server]],
        reach: Callable[[], Awaitable[Pair]],
    ) -> None:
        self._listen, self._reach = listen, reach
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @classmethod
    def to_port(cls, host: str, port: int, ours: int) -> "Cable":
        return cls(
            lambda carry: asyncio.start_server(carry, "127.0.0.1", ours), lambda: asyncio.open_connection(host, port)
        )

    @classmethod
    def to_socket(cls, server: Path, ours: Path) -> "Cable":
        return cls(lambda carry: asyncio.start_unix_server(carry, ours), lambda: asyncio.open_unix_connection(server))

    async def mend(self) -> None:
        self._server = await self._listen(self._carry)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = self._server
        there, back = await self._reach()
        if self._server is not server:  # cut meanwhile
            writer.transport.abort()
            back.transport.abort()
            return
        self._open |= {writer, back}
        try:
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
        finally:
            self._open -= {writer, back}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
