"""A stored file over HTTP: whole or in one part, named by its checksum, against a plain reading of RFC 9110."""

import os
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.api.file_answers import answer_file
from hub.storage.database import Database
from hub.storage.media import MediaStore, StoredMedia
from tests.hub.house import NOON, OpenDatabase
from tests.sounds import build_wav

DATA = bytes(range(256)) * 4


class Shelf:
    """One stored file and a server that answers with it."""

    def __init__(self, client: "TestClient[web.Request, web.Application]", stored: StoredMedia) -> None:
        self._client, self.stored = client, stored
        self.etag = f'"{stored.sha256}"'

    async def get(self, **headers: str) -> tuple[int, str | None, bytes]:
        """Status, Content-Range and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._client.get("/", headers=named) as answer:
            return answer.status, answer.headers.get("Content-Range"), await answer.read()

    async def headers(self, asked: Mapping[str, str]) -> Mapping[str, str]:
        async with self._client.get("/", headers=asked) as answer:
            return answer.headers


@pytest_asyncio.fixture
async def db(database: OpenDatabase) -> AsyncIterator[Database]:
    db = await database()
    yield db
    await db.close()


@pytest_asyncio.fixture
async def shelf(db: Database, tmp_path: Path) -> AsyncIterator[Shelf]:
    store = MediaStore(db, tmp_path / "media", lambda: NOON)
    stored = await store.store(DATA, "call.mp3", "audio/mpeg")

    async def handle(request: web.Request) -> web.StreamResponse:
        return await answer_file(request, store, stored.ref, stored.name, stored.content_type)

    app = web.Application()
    app.router.add_get("/", handle)
    async with TestClient(TestServer(app)) as client:
        yield Shelf(client, stored)


def answer_by_the_book(asked: str, data: bytes) -> tuple[int, str | None, bytes]:
    """RFC 9110, 14.1.2 and 14.4, for one range of bytes: the status, Content-Range and the bytes."""
    first, last = asked.removeprefix("bytes=").split("-")
    if not first:
        begin, end = max(0, len(data) - int(last)), len(data) - 1
        fits = True
        if int(last) == 0:  # no part fits, and so it may be ignored
            return 200, None, data
    else:
        begin, end = int(first), min(int(last), len(data) - 1) if last else len(data) - 1
        fits = begin < len(data)
        if last and int(last) < begin:  # invalid, and so ignored
            return 200, None, data
    if not fits:
        return 416, f"bytes */{len(data)}", b""
    return 206, f"bytes {begin}-{end}/{len(data)}", data[begin : end + 1]


async def test_every_range_is_answered_by_the_book(shelf: Shelf) -> None:
    dice = random.Random(14)
    edges = [0, 1, len(DATA) - 1, len(DATA), len(DATA) + 1, 10**12]
    for _ in range(400):
        first, last = (str(dice.choice([*edges, dice.randrange(len(DATA))])) for _ in range(2))
        asked = "bytes=" + dice.choice([f"{first}-{last}", f"{first}-", f"-{last}"])
        status, where, body = await shelf.get(Range=asked)
        expected = answer_by_the_book(asked, DATA)
        assert (status, where, body if status != 416 else b"") == expected, asked


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=a-b", "chunks=0-1", "bytes=", "bytes=--1", "bytes=1", "0-1"]
)
async def test_what_is_no_single_range_is_ignored(shelf: Shelf, asked: str) -> None:
    assert await shelf.get(Range=asked) == (200, None, DATA)


async def test_a_part_is_sent_only_of_the_file_that_was_meant(shelf: Shelf) -> None:
    part = (206, f"bytes 2-4/{len(DATA)}", DATA[2:5])
    assert await shelf.get(Range="bytes=2-4", If_Range=shelf.etag) == part
    for other in ('"other"', f"W/{shelf.etag}", "Sun, 29 Nov 2026 12:00:00 GMT", "nonsense"):
        assert await shelf.get(Range="bytes=2-4", If_Range=other) == (200, None, DATA), other
    assert await shelf.get(If_Range=shelf.etag) == (200, None, DATA)


async def test_a_condition_is_compared_with_the_checksum(shelf: Shelf) -> None:
    for same in (shelf.etag, f'"other", W/{shelf.etag}', "*"):
        assert (await shelf.get(If_None_Match=same))[0] == 304, same
    assert (await shelf.get(If_None_Match='"other"'))[0] == 200
    for other in ('"other"', f"W/{shelf.etag}"):
        assert (await shelf.get(If_Match=other))[0] == 412, other
    assert (await shelf.get(If_Match=shelf.etag))[0] == 200
    assert (await shelf.get(If_Modified_Since="Sun, 29 Nov 2099 12:00:00 GMT"))[0] == 200


async def test_the_answer_says_that_it_has_parts_and_what_it_is(shelf: Shelf) -> None:
    for asked, status in ({}, 200), ({"Range": "bytes=0-9"}, 206):
        headers = await shelf.headers(asked)
        assert headers["Accept-Ranges"] == "bytes", status
        assert headers["ETag"] == shelf.etag
        assert headers["Content-Type"] == "audio/mpeg"
        assert headers["Content-Disposition"] == 'attachment; filename="call.mp3"'
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_of_an_hour_only_the_part_is_read(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """115 MB in two channels; the disk holds the beginning alone."""
    store = MediaStore(db, tmp_path / "media", lambda: NOON)
    hour = 3600 * 8000 * 4
    stored = await store.store(build_wav([[1], [1]], length=hour), "call.wav", "audio/wav")
    path = await store.find_path(stored.ref)
    with path.open("r+b") as file:
        file.truncate(44 + hour)
        file.seek(100_000_000)
        file.write(b"in the middle")
    read: list[tuple[int, int]] = []
    sendfile = os.sendfile

    def watch(out: int, given: int, offset: int, count: int) -> int:
        read.append((offset, sent := sendfile(out, given, offset, count)))
        return sent

    async def handle(request: web.Request) -> web.StreamResponse:
        return await answer_file(request, store, stored.ref, stored.name, stored.content_type)

    app = web.Application()
    app.router.add_get("/", handle)
    monkeypatch.setattr(os, "sendfile", watch)
    async with TestClient(TestServer(app)) as client:
        got = await Shelf(client, stored).get(Range="bytes=100000000-100000012")
    assert got == (206, f"bytes 100000000-100000012/{44 + hour}", b"in the middle")
    assert read == [(100_000_000, 13)]
