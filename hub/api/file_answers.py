"""A stored file as an answer: whole, or the one part that a Range header asks for.

The rule of this file: nothing here runs on our origin. Every file goes out as a download of a type that no browser
runs; only sound keeps its type, so that our player can play it. A part is read from its first byte to its last: the
rest of the file is not read.

Source: RFC 9110, 13 (conditions) and 14 (ranges). The ETag of a file is its checksum, and it never changes.
"""

import re
from pathlib import Path

from aiohttp import ETag, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from hub.api.routes import refuse
from hub.storage.media import MediaNotFound, MediaStore

PLAYABLE = frozenset({"audio/wav", "audio/mpeg"})
_ONE_RANGE = re.compile(r"bytes=(?=.*[0-9])([0-9]{0,18})-([0-9]{0,18})")
_SAFE_NAME = re.compile(r"[^\w.()\[\] -]")


async def answer_file(
    request: web.BaseRequest, media: MediaStore, ref: str, name: str, content_type: str = ""
) -> web.StreamResponse:
    """`name` and `content_type`: from outside."""
    stored = await media.find(ref)
    try:
        path = await media.find_path(ref)
    except MediaNotFound:
        stored = None
    if stored is None:
        return refuse(404, "not_found")
    plain = _SAFE_NAME.sub("_", name)[:120] or "attachment"
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{plain.encode("ascii", "replace").decode()}"',
        hdrs.CONTENT_TYPE: content_type if content_type in PLAYABLE else "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    checksum = {hdrs.ETAG: f'"{stored.sha256}"'}
    if request.if_match is not None and not _is_named(stored.sha256, request.if_match, weak=False):
        return web.Response(status=412, headers=checksum)
    if request.if_none_match is not None and _is_named(stored.sha256, request.if_none_match, weak=True):
        return web.Response(status=304, headers=checksum)
    return _FileByChecksum(path, stored.sha256, headers)


def is_one_range(asked: str) -> bool:
    """Whether a Range header asks for one part in bytes or is empty. Any other is ignored and the whole file sent:
    other units, several parts, an end before its beginning, the last zero bytes (RFC 9110, 14.1.1 and 14.2)."""
    found = _ONE_RANGE.fullmatch(asked)
    if found is None:
        return not asked
    first, last = found[1], found[2]
    return not last or (int(last) >= int(first) if first else int(last) > 0)


class _FileByChecksum(web.FileResponse):
    """aiohttp names a file by its size and the time of its change, and compares the request's conditions with
    those. So it gets the request without them, and this class has compared them with the checksum."""

    def __init__(self, path: Path, checksum: str, headers: dict[str, str]) -> None:
        super().__init__(path, headers=headers)
        self._checksum = checksum

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        asked, only_if = request.headers.get(hdrs.RANGE, ""), request.headers.get(hdrs.IF_RANGE)
        is_part = asked and is_one_range(asked) and only_if in (None, f'"{self._checksum}"')
        return await super().prepare(request.clone(headers={hdrs.RANGE: asked} if is_part else {}))

    @property
    def etag(self) -> ETag:
        return ETag(value=self._checksum)

    @etag.setter
    def etag(self, value: ETag | str | None) -> None:
        self.headers[hdrs.ETAG] = f'"{self._checksum}"'


def _is_named(checksum: str, etags: tuple[ETag, ...], *, weak: bool) -> bool:
    return any(one.value in ("*", checksum) and (weak or not one.is_weak) for one in etags)
