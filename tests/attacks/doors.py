"""What the attacks share: both databases, what no input may hold, and a socket that speaks frames by hand.

The rule of this file: data and plain talk; what has to come of it stands in the tests.
"""

import asyncio
from urllib.parse import urlsplit

import pytest

BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres_url)],
    indirect=True,
    scope="module",
)
UNFIT_TEXTS = {"nul": "Grüß\0 Gott", "surrogate": "half a smile \ud83d"}
TOO_LARGE = [2**63, -(2**63) - 1, 10**40]
STAFF = {"agent": "ada", "supervisor": "dot", "author": "ines", "administrator": "tomasz"}


async def send_raw(url: str, request: bytes) -> int:
    """The status that these bytes are answered with, on a connection of their own; 0 where it is closed instead."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(60):
            writer.write(request)
            await writer.drain()
            line = await reader.readline()
    except ConnectionError:
        return 0
    finally:
        writer.transport.abort()
    return int(line.split()[1]) if line.startswith(b"HTTP/") else 0
