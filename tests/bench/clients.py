"""The load: HTTP and Socket.IO clients that cost little, so that what is measured is the hub.

The rule of this file: real protocols over real sockets; requests are prepared before the clock starts.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from tests.bench.bench_house import ACCOUNT

LINES = 64  # connections of the provider at once


def signed_sms(port: int, token: str, number: int, *, to: str = "+46850005001", text: str = "") -> bytes:
    """A whole HTTP request of the provider, from a customer of its own number."""
    form = {
        "AccountSid": ACCOUNT,
        "Body": text or f"Hej, var är mitt kort? 你好 {number}",
        "From": f"+467{number:08d}",
        "MessageSid": f"SM{number:032x}",
        "NumMedia": "0",
        "To": to,
    }
    return _sign(port, token, "/channels/sms/inbound", form)


def signed_call(port: int, token: str, number: int) -> bytes:
    """A whole HTTP request of the provider: somebody calls."""
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{number:032x}",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": f"+467{number:08d}",
        "To": "+46850005000",
    }
    return _sign(port, token, "/channels/phone/inbound", form)


def _sign(port: int, token: str, path: str, form: dict[str, str]) -> bytes:
    signed = f"http://127.0.0.1:{port}{path}" + "".join(f"{key}{form[key]}" for key in sorted(form))
    digest = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {digest}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One kept HTTP connection: a request, then its answer."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> "Line":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def ask(self, request: bytes) -> int:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await self._reader.readexactly(int(line.split(b":")[1]))
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


async def send_all(port: int, requests: list[bytes], lines: int = LINES) -> int:
    """As fast as the hub takes them; gives how many were not answered 200."""
    left = iter(requests)
    failed = 0

    async def one() -> None:
        nonlocal failed
        line = await Line(port).open()
        for request in left:
            failed += await line.ask(request) != 200
        line.close()

    await asyncio.gather(*(one() for _ in range(lines)))
    return failed


async def send_at(
    port: int,
    requests: list[bytes],
    per_second: float,
    sent: Callable[[int], None],
    lines: int = LINES,
    answered: Callable[[float], None] = lambda seconds: None,
) -> int:
    """At a steady pace, each at its own time whatever became of the one before; gives how many failed. `answered`
    hears how long each waited for its answer, with the wait for a connection."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(lines):
        free.put_nowait(await Line(port).open())
    failed = 0
    tasks = []
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(number: int, request: bytes) -> None:
        nonlocal failed
        due_at = loop.time()
        line = await free.get()
        failed += await line.ask(request) != 200
        answered(loop.time() - due_at)
        free.put_nowait(line)

    for number, request in enumerate(requests):
        await asyncio.sleep(began + number / per_second - loop.time())
        sent(number)
        tasks.append(asyncio.create_task(one(number, request)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return failed


class Socket:
    """A Socket.IO client over one WebSocket: Engine.IO 4, one namespace, acknowledgements, no reconnecting."""

    def __init__(self, session: aiohttp.ClientSession, port: int, namespace: str) -> None:
        self._session, self._port, self._namespace = session, port, namespace
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self.packets = 0  # events and answers that came
        self.on_event: Callable[[str, Any], None] = lambda name, data: None

    async def open(self, cookie: str = "") -> "Socket":
        url = f"ws://127.0.0.1:{self._port}/socket.io/?EIO=4&transport=websocket"
        headers = {"Cookie": cookie} if cookie else {}
        self._ws = await self._session.ws_connect(url, headers=headers, max_msg_size=0, compress=0)
        await self._ws.receive_str()
        await self._ws.send_str(f"40{self._namespace},")
        while not (await self._ws.receive_str()).startswith("40"):
            pass
        self._reading = asyncio.create_task(self._read())
        return self

    async def call(self, name: str, data: Any) -> Any:
        number, self._next = self._next, self._next + 1
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        text = orjson.dumps([name, data]).decode()
        await self._ws.send_str(f"42{self._namespace},{number}{text}")
        return await answer

    async def _read(self) -> None:
        prefix = len(self._namespace) + 3
        async for message in self._ws:
            text = message.data
            self.packets += text.startswith("4")
            if text == "2":
                await self._ws.send_str("3")
            elif text.startswith("42"):
                name, data = orjson.loads(text[prefix:])
                self.on_event(name, data)
            elif text.startswith("43"):
                number, _, rest = text[prefix:].partition("[")
                self._asked.pop(int(number)).set_result(orjson.loads("[" + rest)[0])

    async def close(self) -> None:
        await self._ws.close()
        await asyncio.gather(self._reading, return_exceptions=True)


async def sign_in(session: aiohttp.ClientSession, port: int, name: str, password: str) -> str:
    """The cookie."""
    url = f"http://127.0.0.1:{port}/api/sign-in"
    async with session.post(url, json={"name": name, "password": password}) as response:
        response.raise_for_status()
        return f"hub_session={response.cookies['hub_session'].value}"
