"""The provider's REST API, through its SDK's async calls.

The rule of this file: every failure is raised as `ChannelError`. If the bytes of a request have left and no clear
answer came, its outcome is unknown, and it is never called failed.

The SDK has no base-URL option and its async client ignores its time-out, hence `_Transport`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account import AccountContext

from channels.channel import ChannelError
from channels.twilio.account import TwilioAccount

CONNECT_SECONDS = 5.0
MOST_MEDIA_BYTES = 5 * 1024 * 1024  # the provider's own limit for MMS
PIECE_BYTES = 256 * 1024
IDLE_SECONDS = 4.0  # an older connection may close during a request, whose outcome would then be unknown

# Errors that are about the address and not about us (twilio.com/docs/api/errors).
_CUSTOMER_CODES = frozenset({13224, 13225, 13227, 21211, 21214, 21217, 21610, 21612, 21614, 21635, 21704})
_UNPROCESSED = frozenset({429, 503})  # refused before it was processed; another 5xx may come afterwards
_BUSY = "the provider is busy"
LONGEST_WAIT = 300.0  # seconds; a provider that asks for more is asked again by then


class _Transport:
    """The HTTP client for the SDK, which needs `is_async` and `request`."""

    is_async = True

    def __init__(self, account: TwilioAccount) -> None:
        self._api_url = account.api_url.rstrip("/")
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account.account_sid, account.auth_token)}
        self._timeout = aiohttp.ClientTimeout(
            total=CONNECT_SECONDS + account.timeout_seconds,
            connect=CONNECT_SECONDS,
            sock_connect=CONNECT_SECONDS,
            sock_read=account.timeout_seconds,
        )
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=IDLE_SECONDS)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: object = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
        allow_redirects: bool = False,
    ) -> Response:
        """The SDK calls this with a host and credentials of its own choice."""
        url = self._api_url + urlsplit(uri).path
        query = urlsplit(uri).query or urlencode(params or {}, doseq=True)
        async with self.session.request(
            method,
            f"{url}?{query}" if query else url,
            data=urlencode(data, doseq=True).encode() if data is not None else None,
            headers={**(headers or {}), **self._headers},
            allow_redirects=allow_redirects,
        ) as response:
            if response.status in _UNPROCESSED and (seconds := _read_wait(response.headers.get("Retry-After", ""))):
                raise ChannelError(_BUSY, code=str(response.status), retry=True, after_seconds=seconds)
            return Response(response.status, await response.text(errors="replace"), response.headers)

    async def fetch(self, url: str) -> tuple[bytes, str]:
        async with self.session.get(url, headers=self._headers, max_redirects=3) as response:
            if response.status != 200:
                raise ChannelError("media refused", code=str(response.status))
            data = await response.content.read(MOST_MEDIA_BYTES + 1)
            while len(data) <= MOST_MEDIA_BYTES and (more := await response.content.read(65536)):
                data += more
            if len(data) > MOST_MEDIA_BYTES:
                raise ChannelError("media too large", code="too_large")
            return data, response.content_type

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        """As `fetch`, however long it takes, in pieces. A piece may be waited for as long as an answer."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=self._timeout.sock_read)
        async with self.session.get(url, headers=self._headers, max_redirects=3, timeout=timeout) as response:
            if response.status != 200:
                raise ChannelError("media refused", code=str(response.status))
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                yield piece

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class TwilioClient:
    def __init__(self, account: TwilioAccount) -> None:
        self._transport = _Transport(account)
        self._api_url = account.api_url.rstrip("/") + "/"
        client = Client(account.account_sid, account.auth_token, http_client=self._transport)
        self.account: AccountContext = client.api.v2010.account

    async def fetch_media(self, url: str) -> tuple[bytes, str]:
        """The bytes and content type of a medium of a message. Raises ChannelError.

        Only the API's own address gets our credentials. A webhook may name any other address, and a redirect may lead
        to another host: aiohttp drops the credentials there.
        """
        if not url.startswith(self._api_url):
            raise ChannelError("media at a foreign address", code="foreign_media")
        with provider_errors():
            return await self._transport.fetch(url)

    async def stream_media(self, url: str) -> AsyncIterator[bytes]:
        """As `fetch_media`, for what may be larger, in pieces. All of it has come if nothing is raised. An outcome is
        never unknown: to fetch it again does no harm."""
        if not url.startswith(self._api_url):
            raise ChannelError("media at a foreign address", code="foreign_media")
        try:
            with provider_errors():
                async for piece in self._transport.stream(url):
                    yield piece
        except ChannelError as error:
            is_lasting = error.outcome_known and not error.retry and not error.code.startswith("5")
            raise ChannelError(error.what, code=error.code, retry=not is_lasting) from error

    def find_url(self, uri: str) -> str:
        """The full address of a path that the provider names, as its lists do."""
        return self._api_url + uri.lstrip("/")

    async def close(self) -> None:
        await self._transport.close()


@contextmanager
def provider_errors() -> Iterator[None]:
    """Turn what the SDK and the network raise into ChannelError."""
    try:
        yield
    except (TwilioRestException, TwilioServiceException) as error:
        raise _refused(error.status, str(error.code or error.status)) from error
    except TwilioException as error:  # raised for a list: its text is the answer as it came
        status = next((part.status_code for part in error.args if isinstance(part, Response)), 0)
        if status < 400:
            raise ChannelError("no clear answer", code="no_answer", outcome_known=False) from error
        raise _refused(status, str(status)) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise ChannelError("the provider cannot be reached", code="unreachable", retry=True) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # OSError includes time-outs; ValueError is an answer that is no JSON. All may come after the bytes have left.
        raise ChannelError("no clear answer", code="no_answer", outcome_known=False) from error


def _refused(status: int, code: str) -> ChannelError:
    if status in _UNPROCESSED:
        return ChannelError(_BUSY, code=code, retry=True)
    if status >= 500:
        return ChannelError("the provider failed", code=code, outcome_known=False)
    is_customer = status == 404 or (code.isdecimal() and int(code) in _CUSTOMER_CODES)
    return ChannelError("the provider refused", code=code, whose="customer" if is_customer else "ours")


def _read_wait(text: str) -> float:
    """Seconds of a Retry-After (RFC 9110, 10.2.3). 0 if there is none, or if it is a date: the clocks may differ."""
    return min(float(text), LONGEST_WAIT) if text.isascii() and text.isdecimal() and len(text) < 9 else 0.0
