"""For the people who run the hub: whether it is alive, whether it can work, and its metrics.

The rule of this file: `/healthz` says that the process answers, `/readyz` that it can commit; each gives the name of
the process. Neither tells a stranger anything else, and requests in any number try the database at most once a
second. `/metrics` answers a request with its token, from any address: a proxy on this machine forwards requests of
strangers too (RFC 6750).
"""

import asyncio
import hmac

from aiohttp import web

from hub.batch.one_place import find_misplaced
from hub.bus import Bus
from hub.metrics import Metrics
from hub.routing_process.dispatcher import Dispatcher
from hub.storage import lease
from hub.storage.database import Database, StorageError
from routing.model import SECOND

READY_SECONDS = 1.0  # a healthy database commits within this time
FRESH_SECONDS = 1.0  # the outcome of one try answers all requests for so long: it is at most two seconds old


class Operations:
    def __init__(self, db: Database, metrics: Metrics, dispatcher: Dispatcher, bus: Bus, metrics_token: str) -> None:
        """If `metrics_token` is empty, nobody can read the metrics."""
        self._db, self._metrics, self._dispatcher, self._bus = db, metrics, dispatcher, bus
        self._token = metrics_token.encode()
        self._trying: asyncio.Future[bool] | None = None  # one try for all requests that come meanwhile
        self._tried_at = float("-inf")

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._show_metrics)

    async def _healthz(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True, "process": self._metrics.process})

    async def _readyz(self, request: web.Request) -> web.StreamResponse:
        if not await self._commits():
            why = {"ready": False, "why": "the database does not commit", "process": self._metrics.process}
            return web.json_response(why, status=503)
        routing = self._dispatcher.is_routing.is_set()
        return web.json_response({"ready": True, "routing": routing, "process": self._metrics.process})

    async def _commits(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._trying is None or (self._trying.done() and now - self._tried_at >= FRESH_SECONDS):
            self._tried_at = now
            self._trying = asyncio.create_task(self._try(), name="readiness")
        return await asyncio.shield(self._trying)  # the first caller may leave before the others have their answer

    async def _try(self) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await lease.touch(self._db)
        except (StorageError, TimeoutError):
            return False
        return True

    async def _show_metrics(self, request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "surrogatepass")
        is_right = scheme.lower() == "bearer" and hmac.compare_digest(given, self._token)
        if not self._token or not is_right:
            headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
            return web.json_response({"code": "token_missing_or_wrong"}, status=401, headers=headers)
        self.measure()
        text = f"# {self._metrics.process} answers\n".encode() + self._metrics.render()
        return web.Response(body=text, content_type="text/plain", charset="utf-8")

    def measure(self) -> None:
        """Take the measures that nobody tells: for a scrape, or every few seconds where another process answers."""
        is_routing = self._dispatcher.is_routing.is_set()
        state = self._dispatcher.state if is_routing else None
        self._metrics.is_routing.set(is_routing)
        self._metrics.is_bus_healthy.set(self._bus.is_healthy)
        self._metrics.open_interactions.set(len(state.floor.interactions) if state else 0)
        self._metrics.misplaced.set(len(find_misplaced(state.floor, state.router, state.book)) if state else 0)
        self._metrics.wall_ahead.set(state.book.wall_ahead / SECOND if state else 0)
        self._metrics.count_cpu()
