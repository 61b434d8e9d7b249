"""A stored file is flushed, whole, and reached by its ref alone."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.media import MediaNotFound, MediaStore, StoredMedia
from hub.storage.tables import server_key

NOON = 1_795_348_800_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(db: Database, folder: Path) -> MediaStore:
    return MediaStore(db, folder, lambda: NOON)


def list_files(folder: Path) -> list[str]:
    """All that is there, finished or not."""
    return [one.name for one in folder.rglob("*") if one.is_file()]


async def test_a_file_comes_back_byte_by_byte_with_what_is_known_of_it(store: MediaStore) -> None:
    data = "Från Åsa 你好".encode("gb18030") + bytes(range(256))
    stored = await store.store(data, "fråga 你好.eml", "message/rfc822")
    assert await store.read(stored.ref) == data
    assert await store.find(stored.ref) == stored
    assert stored == StoredMedia(
        stored.ref, "fråga 你好.eml", "message/rfc822", len(data), hashlib.sha256(data).hexdigest()
    )


async def test_refs_cannot_be_guessed_and_the_same_bytes_get_two(store: MediaStore) -> None:
    refs = {(await store.store(b"same", "a.txt", "text/plain")).ref for _ in range(5)}
    assert len(refs) == 5
    assert all(len(ref) == 32 for ref in refs)


@pytest.mark.parametrize(
    "ref",
    ["", ".", "..", "../hub.db", "/etc/passwd", "a" * 31, "a" * 33, "a" * 29 + "/..", "a" * 31 + "\n", "a" * 32],
)
async def test_no_ref_leads_out_of_the_folder(store: MediaStore, ref: str) -> None:
    with pytest.raises(MediaNotFound):
        await store.read(ref)


async def test_a_name_from_outside_never_becomes_a_path(store: MediaStore, folder: Path) -> None:
    stored = await store.store(b"x", "../../etc/passwd", "text/plain")
    assert list_files(folder) == [stored.ref]


@pytest.mark.promise("P1")
async def test_file_and_folder_are_flushed_before_the_name_is_given(
    store: MediaStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watch_fsync(descriptor: int) -> None:
        steps.append("flush " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).suffix)
        fsync(descriptor)

    def watch_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "rename", watch_rename)
    await store.store(b"x", "a.txt", "text/plain")
    assert steps == ["flush .part", "rename", "flush "]


@pytest.mark.promise("P12")
async def test_a_disk_that_refuses_leaves_nothing_behind(
    store: MediaStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageUnavailable, match="No space left"):
        await store.store(b"x", "a.txt", "text/plain")
    assert list_files(folder) == []


async def pieces(*data: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for one in data:
        yield one
    if fails:
        raise ConnectionResetError


async def test_a_stream_is_stored_with_the_checksum_of_what_is_on_disk(store: MediaStore) -> None:
    stored = await store.store_stream(pieces(b"RIFF", b"x" * 70_000, b"end"), "call.bin", "application/octet-stream")
    data = await store.read(stored.ref)
    assert (len(data), hashlib.sha256(data).hexdigest()) == (stored.size, stored.sha256)
    assert await store.is_whole(stored.ref, stored.sha256)


async def test_of_a_stream_that_breaks_off_nothing_is_kept(store: MediaStore, folder: Path) -> None:
    with pytest.raises(OSError):
        await store.store_stream(pieces(b"RIFF", fails=True), "call.bin", "application/octet-stream")
    assert list_files(folder) == []


async def test_a_file_that_is_torn_or_gone_is_not_whole(store: MediaStore, folder: Path) -> None:
    stored = await store.store(b"all of it", "call.bin", "application/octet-stream")
    (folder / stored.ref).write_bytes(b"all")
    assert not await store.is_whole(stored.ref, stored.sha256)
    await store.delete(stored.ref)
    await store.delete(stored.ref)
    assert not await store.is_whole(stored.ref, stored.sha256)
    assert await store.find(stored.ref) is None and list_files(folder) == []


async def test_what_has_a_key_takes_the_place_of_what_was_stored_under_it(store: MediaStore, folder: Path) -> None:
    first = await store.store_stream(pieces(b"torn"), "call.wav", "audio/wav", "phone:AC1:RE1")
    again = await store.store_stream(pieces(b"whole"), "call.wav", "audio/wav", "phone:AC1:RE1")
    assert (again.ref, await store.read(again.ref)) == (first.ref, b"whole")
    assert await store.find(first.ref) == again and await store.is_whole(again.ref, again.sha256)
    assert not await store.is_whole(again.ref, first.sha256)
    other = await store.store(b"another", "message.wav", "audio/wav", "phone:AC1:RE2")
    assert {again.ref, other.ref} == {name for name in list_files(folder) if "." not in name}
    assert len(other.ref) == 32 and "RE2" not in other.ref


async def test_the_same_key_gives_another_ref_in_another_hub(store: MediaStore, db: Database, folder: Path) -> None:
    key = "phone:AC1:RE1"
    ref = (await store.store(b"a", "a.txt", "text/plain", key)).ref
    assert (await MediaStore(db, folder, lambda: NOON).store(b"a", "a.txt", "text/plain", key)).ref == ref

    async def forget(connection: Connection) -> None:
        await connection.execute(delete(server_key))

    await db.write(forget)
    assert (await MediaStore(db, folder, lambda: NOON).store(b"a", "a.txt", "text/plain", key)).ref != ref


async def test_two_who_store_the_same_at_once_leave_one_whole_file(store: MediaStore, folder: Path) -> None:
    parts = [b"x" * 70_000] * 5
    both = [store.store_stream(pieces(*parts), "call.bin", "application/octet-stream", "RE1") for _ in range(2)]
    one, two = await asyncio.gather(*both)
    assert one == two and await store.is_whole(one.ref, one.sha256)
    assert list_files(folder) == [one.ref]


async def test_what_a_killed_process_left_unfinished_is_deleted_and_what_is_being_written_stays(
    store: MediaStore, db: Database, folder: Path
) -> None:
    left, written = folder / "unfinished" / "left.part", folder / "unfinished" / "written.part"
    for one in (left, written):
        one.write_bytes(b"half")
    hours_ago = left.stat().st_mtime - 2 * 3600
    os.utime(left, (hours_ago, hours_ago))
    MediaStore(db, folder, lambda: NOON)
    assert list_files(folder) == ["written.part"]
