"""The pictures of a mail, put into its HTML.

The rule of this file: a picture becomes part of the page itself. So showing it fetches nothing and needs no
permission: the frame that shows a mail has no cookies. A file is put in only if its first bytes are those of a
picture and it is not too large; all others stay attachments.

Source: RFC 2392 (cid), RFC 2397 (data).
"""

import asyncio
import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.storage.media import MediaNotFound, MediaStore

LARGEST: Final = 2_000_000  # bytes of one picture
MOST: Final = 8_000_000  # characters of all pictures of a mail, as data URLs; one shown twice counts twice

# A whole tag as the sanitiser writes it, so that neither text nor a value looks like a tag
_TAG: Final = re.compile(r'<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")*>')
_SOURCE: Final = re.compile(r' src="cid:(\d{1,3})"')


async def show_pictures(html: str, attached: Sequence[Mapping[str, Any]], store: MediaStore) -> str:
    """`html`: as the sanitiser wrote it. In it `cid:N` means `attached[N]`, the media of the message's row."""
    wanted = {int(number) for tag in _TAG.findall(html) for number in _SOURCE.findall(tag)}
    pictures: dict[int, str] = {}
    for number in sorted(wanted):
        if number < len(attached) and attached[number]["size"] <= LARGEST:
            source = await _read(attached[number]["ref"], store)
            if source:
                pictures[number] = source
    return _put_in(html, pictures) if pictures else html


def find_type(data: bytes) -> str:
    """The type of a picture that a browser draws without running anything, by its first bytes; "" for all others."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


async def _read(ref: str, store: MediaStore) -> str:
    try:
        data = await store.read(ref)
    except MediaNotFound:
        return ""
    kind = find_type(data)
    if not kind or len(data) > LARGEST:
        return ""
    return await asyncio.to_thread(lambda: f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _put_in(html: str, pictures: Mapping[int, str]) -> str:
    left = MOST

    def place(source: re.Match[str]) -> str:
        nonlocal left
        picture = pictures.get(int(source[1]), "")
        if not picture or len(picture) > left:
            return source[0]
        left -= len(picture)
        return f' src="{picture}"'

    return _TAG.sub(lambda tag: _SOURCE.sub(place, tag[0]), html)
