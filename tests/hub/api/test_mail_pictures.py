"""The pictures that came with a mail, shown where it has them."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.api.mail_pictures import LARGEST, MOST, find_type, show_pictures
from hub.storage.media import MediaStore
from tests.hub.house import NOON, OpenDatabase

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHOWN = f' src="data:image/png;base64,{base64.b64encode(PNG).decode()}"'


@pytest.fixture
async def store(database: OpenDatabase, tmp_path: Path) -> AsyncIterator[MediaStore]:
    db = await database()
    yield MediaStore(db, tmp_path / "media", lambda: NOON)
    await db.close()


async def keep(store: MediaStore, data: bytes, content_type: str = "image/png") -> dict[str, Any]:
    stored = await store.store(data, "a.png", content_type)
    return {"ref": stored.ref, "name": "a.png", "content_type": content_type, "size": stored.size}


async def test_a_picture_of_the_mail_is_shown_in_its_place(store: MediaStore) -> None:
    attached = [await keep(store, b"%PDF", "application/pdf"), await keep(store, PNG)]
    html = '<p>Hej</p><img alt="Logo" src="cid:1"><img data-remote-src="https://x.example/a.png">'
    assert await show_pictures(html, attached, store) == html.replace(' src="cid:1"', SHOWN)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (PNG + b"\0" * LARGEST, "image/png"),
        (b"", "image/png"),
    ],
)
async def test_what_is_no_safe_picture_is_not(store: MediaStore, data: bytes, said: str) -> None:
    html = '<img src="cid:0">'
    assert await show_pictures(html, [await keep(store, data, said)], store) == html


async def test_what_is_not_there_leaves_its_place(store: MediaStore) -> None:
    gone = {"ref": "x" * 32, "name": "", "content_type": "image/png", "size": 1}
    html = '<img src="cid:0"><img src="cid:7"><img src="cid:999">'
    assert await show_pictures(html, [gone], store) == html


async def test_neither_text_nor_another_value_is_taken_for_a_picture(store: MediaStore) -> None:
    attached = [await keep(store, PNG)]
    html = '<p>say src="cid:0"</p><img alt="&quot; src=&quot;cid:0&quot;" src="cid:0"><p>&lt;img src="cid:0"&gt;</p>'
    assert (await show_pictures(html, attached, store)).count("data:image/png") == 1


async def test_a_picture_shown_often_fills_no_memory(store: MediaStore) -> None:
    attached = [await keep(store, PNG + b"\0" * 1_000_000)]
    shown = await show_pictures('<img src="cid:0">' * 1_000, attached, store)
    assert len(shown) < MOST + 100_000
    assert 1 < shown.count("data:image/png") < 10


def test_a_picture_is_known_by_its_first_bytes() -> None:
    heads = (b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WAVE", b"BM", b"\x89PNG")
    assert [find_type(head) for head in heads] == ["image/jpeg", "image/gif", "image/webp", "", "", ""]
