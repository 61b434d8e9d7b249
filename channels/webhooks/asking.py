"""Calls the webhooks that the settings declare: one POST, signed, and no more of the answer than was asked for.

The rule of this file: nobody but the operator chooses where a request goes. No redirect is followed, no proxy and no
cookie is used, the connection is made only to an allowed address, and everything ends by the time limit. Every
request ends in a receipt or in a ChannelError; its code is what the agent is told.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from channels.channel import CallWebhook, ChannelError, Receipt, Request, Route
from channels.webhooks.answer_reading import BadAnswer, read_answer
from channels.webhooks.network_guard import AddressForbidden, GuardedResolver, GuardedSockets, Network
from channels.webhooks.signing import sign

log = structlog.get_logger()

NAME: Final = "webhook"
# What the agent is told
UNKNOWN: Final = "webhook_unknown"
FORBIDDEN: Final = "webhook_forbidden"
UNREACHABLE: Final = "webhook_unreachable"
NO_ANSWER: Final = "webhook_no_answer"
REFUSED: Final = "webhook_refused"
BAD_ANSWER: Final = "webhook_bad_answer"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where a webhook is and how far it is trusted. `tls`: whose certificates count; None: those that the machine
    trusts."""

    url: str
    key: bytes
    time_limit_seconds: float
    most_bytes: int  # of its answer
    networks: tuple[Network, ...] = ()  # beside the public ones
    tls: ssl.SSLContext | None = None


class Webhooks:
    """`wall`: seconds since 1970 UTC. `resolver`: who resolves names; None: the machine."""

    name = NAME

    def __init__(
        self,
        webhooks: Mapping[str, WebhookSettings],
        wall: Callable[[], float],
        resolver: Callable[[], AbstractResolver] = ThreadedResolver,
    ) -> None:
        self._webhooks, self._wall, self._resolver = webhooks, wall, resolver

    def routes(self) -> Sequence[Route]:
        return ()

    async def start(self) -> None:
        """Nothing is open between two requests."""

    async def stop(self) -> None:
        pass

    async def send(self, request: Request) -> Receipt:
        if not isinstance(request, CallWebhook):
            raise ChannelError(
                f"a webhook cannot do {type(request).__name__}", code="unsupported", whose="ours", outcome_known=True
            )
        settings = self._webhooks.get(request.webhook)
        if settings is None:
            raise ChannelError(f"no webhook {request.webhook!r} in the settings", code=UNKNOWN, whose="ours")
        try:
            async with asyncio.timeout(settings.time_limit_seconds):
                body = await self._post(request, settings)
        except TimeoutError as error:
            what = f"{request.webhook}: no answer within {settings.time_limit_seconds} s"
            raise ChannelError(what, code=NO_ANSWER, outcome_known=False) from error
        if not request.wanted:
            return Receipt("")
        try:
            return Receipt("", read_answer(body, request.wanted))
        except BadAnswer as error:
            log.warning("the answer of a webhook does not fit", webhook=request.webhook, why=str(error))
            raise ChannelError(f"{request.webhook}: {error}", code=BAD_ANSWER) from error

    async def _post(self, request: CallWebhook, settings: WebhookSettings) -> bytes:
        """The body of a good answer. Raises ChannelError, or TimeoutError of the time limit."""
        body = request.body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "interaction-hub",
            "accept-encoding": "identity",  # what is small on the way may be huge in memory
            **sign(settings.key, request.outbox_id, int(self._wall()), body),
        }
        try:
            async with (
                self._open(settings) as session,
                session.post(settings.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    log.warning("a webhook refused a request", webhook=request.webhook, status=answer.status)
                    raise ChannelError(f"{request.webhook}: HTTP {answer.status}", code=REFUSED)
                return await _read(answer, settings.most_bytes) if request.wanted else b""
        except (aiohttp.ClientConnectorError, aiohttp.InvalidUrlClientError) as error:
            raise _say_unreached(request, error) from error
        except aiohttp.ClientError as error:  # the bytes have left
            log.warning("a webhook broke off", webhook=request.webhook, error=type(error).__name__)
            raise ChannelError(f"{request.webhook}: {error}", code=NO_ANSWER, outcome_known=False) from error
        except _TooLarge as error:
            log.warning("the answer of a webhook is too large", webhook=request.webhook, most=settings.most_bytes)
            raise ChannelError(f"{request.webhook}: its answer is too large", code=BAD_ANSWER) from error

    def _open(self, settings: WebhookSettings) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._resolver(), settings.networks),
            socket_factory=GuardedSockets(settings.networks),
            ssl=settings.tls if settings.tls is not None else True,
            use_dns_cache=False,
            force_close=True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(),  # the whole has one
        )


class _TooLarge(ValueError):
    pass


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Raises _TooLarge."""
    read = bytearray()
    async for part in answer.content.iter_any():
        read += part
        if len(read) > most:
            answer.close()
            raise _TooLarge
    return bytes(read)


def _say_unreached(request: CallWebhook, error: aiohttp.ClientError) -> ChannelError:
    """Nothing has left: no name, no connection, a certificate of somebody else, or an address that is not allowed."""
    is_forbidden = isinstance(getattr(error, "os_error", None), AddressForbidden) or isinstance(
        error.__cause__, AddressForbidden
    )
    log.warning(
        "a webhook was not reached",
        webhook=request.webhook,
        error=type(error).__name__,
        is_forbidden=is_forbidden,
    )
    code, whose = (FORBIDDEN, "ours") if is_forbidden else (UNREACHABLE, "provider")
    return ChannelError(f"{request.webhook}: {error}", code=code, whose=whose)
