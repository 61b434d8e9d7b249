"""What was said, read over HTTP: in pages, by those who may, and never as something that runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio

from channels.channel import Media, MessageReceived
from hub.api.routes import PAGE
from hub.app import HubProcess
from hub.settings.config import Config
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from hub.storage.media import MediaStore
from tests.hub.connected_screens import sign_in
from tests.hub.house import NOON
from tests.hub.notices import GUS, GUS_MAIL, PIA, PIA_MAIL, mail, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Office:
    """The hub's API as different people reach it."""

    def __init__(self, hub: HubProcess, media: Path, session: aiohttp.ClientSession) -> None:
        self.hub, self.media, self._session = hub, media, session
        self._cookies: dict[str, str] = {}

    async def take(self, *notices: MessageReceived) -> None:
        """In one batch, so that they share an instant."""
        inbox = Inbox(self.hub.db)
        await inbox.put([Arrival(n.key, type(n).__name__, ARRIVALS.encode(n), 1) for n in notices])
        self.hub.dispatcher.wake()
        async with asyncio.timeout(10):
            while await inbox.count_pending():
                await asyncio.sleep(0)

    async def get(self, path: str, name: str = "ada", **more: str) -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        if name and name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        headers = {"Cookie": self._cookies.get(name, ""), **more}
        async with self._session.get(self.hub.url + path, headers=headers) as answer:
            return answer.status, answer.headers, await answer.read()

    async def conversation(self, customer: str, before: int | None = None) -> dict[str, Any]:
        query = "" if before is None else f"?before={before}"
        status, _, body = await self.get(f"/api/customers/{customer}/conversation{query}")
        assert status == 200
        return dict(orjson.loads(body))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(hub: HubProcess, config: Config) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(hub, config.media_folder, session)


async def test_all_channels_are_one_conversation_in_the_order_of_time(office: Office) -> None:
    await office.take(text("Ett sms", PIA))
    await office.take(mail("Ett mejl", PIA_MAIL))
    told = await office.conversation("pia")
    said = [m["text"] for m in told["messages"] if m["kind"] == "customer"]
    assert said == ["Ett sms", "Ett mejl"]
    assert told["counts"] == {"sms": 1, "email": 1}
    assert not told["has_more"]


async def test_page_after_page_gives_everything_once(office: Office) -> None:
    """Also where a page ends in the middle of what shares an instant."""
    words = [f"Nummer {n} 第{n}条" for n in range(3 * PAGE)]
    for n in range(0, len(words), 7):
        await office.take(*(text(one, GUS) for one in words[n : n + 7]))
    seen: list[str] = []
    before = None
    while True:
        told = await office.conversation("gus", before)
        assert len(told["messages"]) <= PAGE
        seen = [m["text"] for m in told["messages"] if m["kind"] == "customer"] + seen
        if not told["has_more"]:
            break
        before = told["messages"][0]["at"]
    assert seen == words


@pytest.mark.parametrize("before", [str(2**63 - 1), "-1", "0"])
async def test_an_instant_that_never_was_gives_a_page_all_the_same(office: Office, before: str) -> None:
    status, _, _ = await office.get(f"/api/customers/pia/conversation?before={before}")
    assert status == 200
    status, _, body = await office.get("/api/customers/pia/conversation?before=yesterday")
    assert (status, body) == (400, b'{"code": "invalid", "field": "before"}')


@pytest.mark.parametrize(
    "path", ["/api/customers/pia/conversation", "/api/messages/m/html", "/api/messages/m/media/x"]
)
async def test_who_works_with_no_customers_reads_nothing(office: Office, path: str) -> None:
    assert (await office.get(path, "ines"))[0] == 403
    assert (await office.get(path, ""))[0] == 401


async def test_the_html_of_a_mail_is_boxed_in(office: Office) -> None:
    await office.take(mail("Hej", GUS_MAIL, html="<p>Hej <b>då</b> 你好</p>"))
    message = (await office.conversation("gus"))["messages"][-1]
    status, headers, body = await office.get(message["html_url"])
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "<p>Hej <b>då</b> 你好</p>".encode() in body


async def test_a_file_is_a_download_whatever_it_calls_itself(office: Office) -> None:
    store = MediaStore(office.hub.db, office.media, lambda: NOON)
    stored = await store.store(b"<script>alert(1)</script>", 'räkning "2"\r\n.html', "text/html")
    medium = Media(stored.ref, 'räkning "2"\r\n.html', "text/html", stored.size)
    await office.take(mail("Fil", GUS_MAIL, media=(medium,)))
    message = next(m for m in (await office.conversation("gus"))["messages"] if m["text"] == "Fil")
    status, headers, body = await office.get(message["media"][0]["url"])
    assert (status, body) == (200, b"<script>alert(1)</script>")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].isprintable()


@pytest.mark.parametrize(
    ("asked", "status", "part", "where"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("seconds=0-1", 200, b"0123456789", None),
        ("bytes=" + "9" * 400 + "-", 200, b"0123456789", None),
    ],
)
async def test_sound_is_sent_in_parts_where_a_part_is_asked_for(
    office: Office, asked: str, status: int, part: bytes, where: str | None
) -> None:
    stored = await MediaStore(office.hub.db, office.media, lambda: NOON).store(
        b"0123456789", "message.wav", "audio/wav"
    )
    medium = Media(stored.ref, "message.wav", "audio/wav", stored.size)
    await office.take(mail(f"Ljud {stored.ref}", GUS_MAIL, media=(medium,)))
    message = next(m for m in (await office.conversation("gus"))["messages"] if m["text"] == f"Ljud {stored.ref}")
    more = {"Range": asked} if asked else {}
    got, headers, body = await office.get(message["media"][0]["url"], **more)
    assert (got, headers.get("Content-Range")) == (status, where)
    assert body == part or status == 416
    if status != 416:
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("audio/wav", "nosniff")
        assert headers["Content-Disposition"].startswith("attachment; ")
        assert headers["Content-Length"] == str(len(part))


@pytest.mark.parametrize("path", ["/api/messages/m1/media/m", "/api/messages/m1/html", "/api/messages/m1/raw"])
async def test_what_is_not_there_is_not_found(office: Office, path: str) -> None:
    assert (await office.get(path))[0] == 404


async def test_a_mail_is_shown_with_the_pictures_that_came_with_it(office: Office) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    stored = await MediaStore(office.hub.db, office.media, lambda: NOON).store(png, "logo.png", "image/png")
    medium = Media(stored.ref, "logo.png", "image/png", stored.size)
    await office.take(mail("Bild", GUS_MAIL, html='<p>Bild</p><img src="cid:0">', media=(medium,)))
    message = next(m for m in (await office.conversation("gus"))["messages"] if m["text"] == "Bild")
    status, headers, body = await office.get(message["html_url"])
    assert (status, b'<img src="data:image/png;base64,' in body) == (200, True)
    policy = headers["Content-Security-Policy"]
    assert "img-src data:;" in policy and "default-src 'none'" in policy
