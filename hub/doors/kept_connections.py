"""Connections of the web server that know whether somebody is in the midst of a request.

The rule of this file: a request has begun with its first byte. aiohttp knows of it once its header is whole, and the
bytes before that are in its parser alone (`RequestHandler.data_received`, 3.14).
"""

import asyncio
import select
from collections.abc import Iterable
from typing import cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler


class KeptConnection(RequestHandler):
    __slots__ = ("_is_in_header",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._is_in_header = False
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._is_in_header = self.is_idle()  # else what came made a request whole, or was a part of its body

    def is_in_a_request(self) -> bool:
        """Whether a request is here and not yet whole, or is whole and not yet begun to be answered."""
        request = self._current_request
        return self._is_in_header or bool(self._messages) or (request is not None and not request.content.is_eof())

    def is_silent(self) -> bool:
        """Whether it has never sent a request."""
        return not self._request_count

    def end_if_idle(self) -> None:
        if self.is_idle():
            self.force_close()

    def is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()


class HubSite(web.SockSite):
    """A site whose connections are `KeptConnection`s."""

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server, loop = self._runner.server, asyncio.get_running_loop()
        assert isinstance(server, web.Server)
        self._server = await loop.create_server(
            lambda: KeptConnection(server, loop=loop, **server._kwargs), sock=self._sock, backlog=self._backlog
        )


def list_connections(server: web.Server) -> list[KeptConnection]:
    return cast(list[KeptConnection], server.connections)


def is_anybody_asking(connections: Iterable[KeptConnection]) -> bool:
    """Whether one of these is in a request, or the kernel has bytes of an idle one that the loop has not read. At the
    end of a stream there is something to read too: the loop learns of it in its next turn."""
    looking = select.poll()
    for one in connections:
        if one.is_in_a_request():
            return True
        if one.is_idle() and one.transport is not None:
            looking.register(one.transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(looking.poll(0))
