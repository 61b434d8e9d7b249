"""A system that answers webhooks, on this machine: it keeps what it got, and answers as the test says.

The rule of this file: it is a real server, with TLS where a test wants it, and knows nothing of the hub's own code.
"""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
NAME = "receiver.test"  # what its certificate says


@dataclass
class Receiver:
    answer: Answer
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)  # headers and bodies
    has_got: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, body))
        self.has_got.set()
        return await self.answer(request)


def says(value: Any, **more: Any) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(value, **more)

    return answer


def says_bytes(
    body: bytes, status: int = 200, **headers: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=headers)

    return answer


@asynccontextmanager
async def receive(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.05)  # 0 is for ever
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    port = runner.addresses[0][1]
    receiver.url = f"{'https' if tls else 'http'}://{NAME if tls else '127.0.0.1'}:{port}/asked"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def make_certificate(folder: Path, name: str = NAME) -> tuple[Path, Path]:
    """A certificate for this name that vouches for itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    subprocess.run(
        ["openssl", "req", "-x509", *made, "-keyout", str(key), "-out", str(certificate), *named],
        check=True,
        capture_output=True,
    )
    return certificate, key


def serve_as(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
