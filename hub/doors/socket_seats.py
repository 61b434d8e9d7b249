"""How many sockets strangers may hold, in all and from one address.

The rule of this file: it counts connections before anyone speaks on them. Staff are let in even if no seat is left:
strangers who fill the seats of an office's address do not keep its staff from work.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.doors.client_address import ClientAddresses
from hub.doors.connection_deadlines import SOCKETS

log = structlog.get_logger()

COME_BACK_SECONDS = "10"


class SocketSeats:
    def __init__(
        self,
        addresses: ClientAddresses,
        is_staff: Callable[[web.Request], Awaitable[bool]],
        *,
        most: int,
        most_per_address: int,
    ) -> None:
        self._addresses, self._is_staff = addresses, is_staff
        self._most, self._most_per_address = most, most_per_address
        self._taken = 0
        self._by_share: Counter[str | None] = Counter()

    def build_door(self) -> Middleware:
        """Middleware: answers 503 if no seat is left at all, 429 if this address has used its share."""

        @web.middleware
        async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path != SOCKETS:
                return await handler(request)
            share = self._addresses.find_share(request)
            is_full = self._taken >= self._most
            has_share = share is not None and self._by_share[share] >= self._most_per_address
            if (is_full or has_share) and not await self._is_staff(request):
                log.warning("no seat for a socket", of="all" if is_full else "one address")
                return _refuse(503 if is_full else 429)
            self._taken += 1
            self._by_share[share] += 1
            try:
                return await handler(request)  # as long as the socket is open: WebSocket is the only transport
            finally:
                self._taken -= 1
                self._by_share[share] -= 1
                if not self._by_share[share]:
                    del self._by_share[share]

        return door


def _refuse(status: int) -> web.StreamResponse:
    headers = {"Retry-After": COME_BACK_SECONDS}
    return web.json_response({"code": "too_many_sockets"}, status=status, headers=headers)
