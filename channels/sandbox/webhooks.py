"""Sends the provider's requests to the hub, signed with the SDK's own validator.

The rule of this file: like the provider's, a request is tried a second time only if no connection was made. Requests
that must arrive in order share the name of that order.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import structlog
from twilio.request_validator import RequestValidator

from channels.sandbox.tasks import Tasks

SECONDS = 15.0  # the provider's own patience
log = structlog.get_logger()


class WebhookFailed(Exception):
    """No usable answer came. `code` is the provider's error code, `what` says it in words."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    content_type: str
    body: bytes


class Webhooks:
    def __init__(self, auth_token: str, tasks: Tasks) -> None:
        self._validator = RequestValidator(auth_token)
        self._tasks = tasks
        self._last: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def request(self, url: str, form: Mapping[str, str], method: str = "POST") -> WebhookAnswer:
        """The hub's 2xx answer. Raises WebhookFailed."""
        data: bytes | None = None
        headers = {"User-Agent": "TwilioProxy/1.1"}
        if method == "GET":
            url += ("&" if "?" in url else "?") + urlencode(form)
            headers["X-Twilio-Signature"] = self._validator.compute_signature(url, {})
        else:
            data = urlencode(form).encode()
            headers["X-Twilio-Signature"] = self._validator.compute_signature(url, form)
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            try:
                return await self._exchange(method, url, data, headers)
            except aiohttp.ClientConnectorError:
                return await self._exchange(method, url, data, headers)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise WebhookFailed(11205, f"HTTP connection failure: {error}") from error

    def report(self, order: str, url: str, form: Mapping[str, str], method: str = "POST") -> None:
        """Send a callback, after the earlier ones of the same order. Nobody waits for the answer."""
        if not url:
            return
        task = self._tasks.spawn(self._report(self._last.get(order), url, form, method), f"callback {order}")
        self._last[order] = task
        task.add_done_callback(lambda done: self._forget(order, done))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _report(
        self, before: asyncio.Task[None] | None, url: str, form: Mapping[str, str], method: str
    ) -> None:
        if before is not None:
            await asyncio.wait((before,))
        try:
            await self.request(url, form, method)
        except WebhookFailed as error:  # the provider only writes it into its own log
            log.warning("sandbox_callback_failed", code=error.code, what=error.what)

    def _forget(self, order: str, done: asyncio.Task[None]) -> None:
        if self._last.get(order) is done:
            del self._last[order]

    async def _exchange(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> WebhookAnswer:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=10),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        async with self._session.request(method, url, data=data, headers=headers) as response:
            body = await response.read()
            if not 200 <= response.status < 300:
                raise WebhookFailed(11200, f"HTTP {response.status}: {body[:200].decode(errors='replace')}")
            return WebhookAnswer(response.content_type, body)
