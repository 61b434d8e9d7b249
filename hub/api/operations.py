"""For those who run the hub: is it alive, can it work, what does it count.

The rule of this file: `/healthz` says that the process answers, `/readyz` that it can commit; neither tells a
stranger anything else. `/metrics` answers this machine alone.
"""

import asyncio

from aiohttp import web
from sqlalchemy import text

from hub.clock import Clock
from hub.dispatcher import Dispatcher
from hub.floor_check import find_misplaced
from hub.metrics import Metrics
from hub.storage.database import Connection, Database, StorageError

READY_SECONDS = 2.0


class Operations:
    def __init__(self, db: Database, metrics: Metrics, dispatcher: Dispatcher, clock: Clock) -> None:
        self._db, self._metrics, self._dispatcher, self._clock = db, metrics, dispatcher, clock

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._show_metrics)

    async def _healthz(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.StreamResponse:
        async def unit(conn: Connection) -> None:
            await conn.execute(text("UPDATE lease SET batch = batch WHERE id = 1"))

        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._db.write(unit)
        except (StorageError, TimeoutError):
            return web.json_response({"ready": False, "why": "the database does not commit"}, status=503)
        return web.json_response({"ready": True, "routing": self._dispatcher.is_routing.is_set()})

    async def _show_metrics(self, request: web.Request) -> web.StreamResponse:
        if request.remote not in ("127.0.0.1", "::1") or "X-Forwarded-For" in request.headers:
            return web.json_response({"code": "may_not"}, status=403)
        is_routing = self._dispatcher.is_routing.is_set()
        state = self._dispatcher.state if is_routing else None
        self._metrics.is_routing.set(is_routing)
        self._metrics.open_interactions.set(len(state.floor.interactions) if state else 0)
        self._metrics.misplaced.set(len(find_misplaced(state.floor, state.router, state.book)) if state else 0)
        return web.Response(body=self._metrics.render(), content_type="text/plain", charset="utf-8")
