"""While the database is away, whoever asks is told when to ask again, and is answered once it is back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from hub.app import HubProcess
from hub.storage.database import Connection, Database, StorageUnavailable
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def refuse_reads(*_: object, **__: object) -> AsyncIterator[Connection]:
    raise StorageUnavailable("the database is away")
    yield


@pytest.mark.parametrize("path", ["/api/staff", "/api/sign-in"])
async def test_a_request_is_told_when_to_come_again(hub: HubProcess, path: str) -> None:
    headers = {"Cookie": await sign_in(hub.url, "tomasz")}
    async with aiohttp.ClientSession() as session:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Database, "read", refuse_reads)
            async with session.get(hub.url + path, headers=headers) as answer:
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) > 0
                assert await answer.json() == {"code": "server"}
        async with session.get(hub.url + path, headers=headers) as answer:
            assert answer.status == 200
