"""Files: raw mails, attachments, recordings. A file is on disk before the row that names it; the row is stored before
any answer.

The rule of this file: a ref is made here, cannot be guessed, and is the only way to a file. A name from outside never
reaches the file system. What is fetched again after a crash has a key of its source's, from which its ref is made: so
it takes the place of what was stored, and nothing is there twice.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import delete, insert, select

from hub.storage.connection import Connection, StorageError, StorageUnavailable
from hub.storage.database import Database
from hub.storage.sign_in import make_key
from hub.storage.tables import media
from hub.storage.waveforms import SOUND, WAVEFORM, Waveform, load_waveform

REF_BYTES: Final = 24
UNFINISHED: Final = "unfinished"  # the folder of files that are being written
_REF = re.compile(r"[A-Za-z0-9_-]{32}")
_LEFT_SECONDS: Final = 3600.0  # a file that nobody has written to for so long is of a process that was killed


class MediaNotFound(StorageError):
    """No file has this ref."""


@dataclass(frozen=True, slots=True)
class StoredMedia:
    ref: str
    name: str
    content_type: str
    size: int  # bytes
    sha256: str


class MediaStore:
    def __init__(self, db: Database, folder: Path, now: Callable[[], int]) -> None:
        """`now`: hub time, in microseconds since 1970."""
        self._db, self._folder, self._now = db, folder, now
        self._drawing = asyncio.Lock()  # one at a time: a recording of an hour costs a second of a processor
        self._secret = ""  # of the refs that are made from keys
        self._unfinished = folder / UNFINISHED
        self._unfinished.mkdir(parents=True, exist_ok=True)
        _delete_left(self._unfinished)
        _flush_folder(folder.parent)

    async def store(self, data: bytes, name: str, content_type: str, key: str = "") -> StoredMedia:
        """Return when the bytes and their row are flushed. What is stored under the same `key` again takes the place
        of the first; without a key each is a file of its own. Raises StorageUnavailable (disk full, database
        away)."""
        ref = await self._make_ref(key)
        try:
            digest = await asyncio.to_thread(self._write, ref, data)
        except OSError as error:
            raise StorageUnavailable(f"a file cannot be written: {error.strerror}") from error
        return await self._keep(StoredMedia(ref, name[:320], content_type[:320], len(data), digest), key)

    async def load_waveform(self, ref: str) -> Waveform:
        """The waveform of a sound. It was drawn when the sound was stored; if that failed, it is drawn here. Raises
        MediaNotFound."""
        path = self._path(ref)
        async with self._drawing:
            try:
                return await asyncio.to_thread(load_waveform, path)
            except FileNotFoundError as error:
                raise MediaNotFound("there is no such file") from error

    async def _draw(self, stored: StoredMedia) -> None:
        if stored.content_type == SOUND:
            with contextlib.suppress(OSError, MediaNotFound):  # the sound is stored; it is drawn when it is looked at
                await self.load_waveform(stored.ref)

    async def store_stream(
        self, chunks: AsyncIterator[bytes], name: str, content_type: str, key: str = ""
    ) -> StoredMedia:
        """As `store`, piece by piece. The file is read again after it was flushed, so the checksum is of what is on
        disk. If `chunks` raises, nothing is kept. Raises StorageUnavailable too where the disk gives back other bytes
        than it took."""
        ref = await self._make_ref(key)
        path, aside, digest, size = self._path(ref), self._name_unfinished(), hashlib.sha256(), 0
        try:
            with _disk():
                file = await asyncio.to_thread(aside.open, "xb")
            try:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    with _disk():
                        await asyncio.to_thread(file.write, chunk)
            finally:
                with _disk():
                    await asyncio.to_thread(_flush_and_close, file)
            with _disk():
                await asyncio.to_thread(aside.rename, path)
                await asyncio.to_thread(_flush_folder, self._folder)
                is_whole = await asyncio.to_thread(_digest, path) == digest.hexdigest()
            if not is_whole:
                raise StorageUnavailable("a file is not on disk as it was written")
        finally:
            aside.unlink(missing_ok=True)
        return await self._keep(StoredMedia(ref, name[:320], content_type[:320], size, digest.hexdigest()), key)

    async def is_whole(self, ref: str, sha256: str) -> bool:
        """Whether the file is there and has this checksum."""
        try:
            return await asyncio.to_thread(_digest, self._path(ref)) == sha256
        except (FileNotFoundError, MediaNotFound):
            return False

    async def delete(self, ref: str) -> None:
        """Delete the file and its waveform, then its row. A second time changes nothing."""
        path = self._path(ref)
        for one in (path, path.with_suffix(WAVEFORM)):
            await asyncio.to_thread(one.unlink, missing_ok=True)
        await asyncio.to_thread(_flush_folder, self._folder)

        async def unit(connection: Connection) -> None:
            await connection.execute(delete(media).where(media.c.ref == ref))

        await self._db.write(unit)

    async def read(self, ref: str) -> bytes:
        """Raises MediaNotFound."""
        path = self._path(ref)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as error:
            raise MediaNotFound("there is no such file") from error

    async def find_path(self, ref: str) -> Path:
        """The path of the file. Raises MediaNotFound."""
        path = self._path(ref)
        if not await asyncio.to_thread(path.is_file):
            raise MediaNotFound("there is no such file")
        return path

    async def find(self, ref: str) -> StoredMedia | None:
        statement = select(media.c.ref, media.c.name, media.c.content_type, media.c.size, media.c.sha256)
        async with self._db.read() as connection:
            row = (await connection.execute(statement.where(media.c.ref == ref))).first()
        return None if row is None else StoredMedia(*row)

    async def _keep(self, stored: StoredMedia, key: str) -> StoredMedia:
        """The row of a file that is on disk, and the waveform of a sound."""
        if key:  # a waveform may be there of what was stored before
            await asyncio.to_thread(self._path(stored.ref).with_suffix(WAVEFORM).unlink, missing_ok=True)
        insert_all = _replace_all if key else _insert_all
        await self._db.write_together(insert_all, {**asdict(stored), "created_at": self._now()})
        await self._draw(stored)
        return stored

    async def _make_ref(self, key: str) -> str:
        if not key:
            return secrets.token_urlsafe(REF_BYTES)
        if not self._secret:
            self._secret = await self._db.write(lambda conn: make_key(conn, "media"))
        digest = hmac.digest(self._secret.encode(), key.encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:REF_BYTES]).decode()

    def _name_unfinished(self) -> Path:
        return self._unfinished / f"{secrets.token_hex(8)}.part"

    def _path(self, ref: str) -> Path:
        if not _REF.fullmatch(ref):
            raise MediaNotFound("there is no such file")
        return self._folder / ref

    def _write(self, ref: str, data: bytes) -> str:
        """Write to a temporary name, flush, rename, and flush the folder: a file under its own name is complete.
        Returns the SHA-256."""
        path, aside = self._path(ref), self._name_unfinished()
        try:
            with aside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        _flush_folder(self._folder)
        return hashlib.sha256(data).hexdigest()


async def _insert_all(connection: Connection, files: Sequence[dict[str, Any]]) -> list[None]:
    await connection.execute(insert(media), files)
    return [None] * len(files)


async def _replace_all(connection: Connection, files: Sequence[dict[str, Any]]) -> list[None]:
    by_ref = {file["ref"]: file for file in files}
    await connection.execute(delete(media).where(media.c.ref.in_(by_ref)))
    await connection.execute(insert(media), list(by_ref.values()))
    return [None] * len(files)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"a file cannot be written: {error.strerror}") from error


def _flush_and_close(file: BinaryIO) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
    finally:
        file.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _delete_left(folder: Path) -> None:
    """Ages are told by the file system's own clock, which a file says that is written here."""
    probe = folder / f"{secrets.token_hex(8)}.part"
    probe.touch()
    before = probe.stat().st_mtime - _LEFT_SECONDS
    probe.unlink()
    for one in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process has finished or deleted it
            if one.stat().st_mtime < before:
                one.unlink()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
