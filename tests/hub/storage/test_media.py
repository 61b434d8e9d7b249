"""A stored file is flushed, whole, and reached by its ref alone."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.storage.database import Database, StorageUnavailable
from hub.storage.media import MediaNotFound, MediaStore, StoredMedia

NOON = 1_795_348_800_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(db: Database, folder: Path) -> MediaStore:
    return MediaStore(db, folder, lambda: NOON)


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
    assert os.listdir(folder) == [stored.ref]


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
    assert os.listdir(folder) == []


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
    assert list(folder.iterdir()) == []


async def test_a_file_that_is_torn_or_gone_is_not_whole(store: MediaStore, folder: Path) -> None:
    stored = await store.store(b"all of it", "call.bin", "application/octet-stream")
    (folder / stored.ref).write_bytes(b"all")
    assert not await store.is_whole(stored.ref, stored.sha256)
    await store.delete(stored.ref)
    await store.delete(stored.ref)
    assert not await store.is_whole(stored.ref, stored.sha256)
    assert await store.find(stored.ref) is None and list(folder.iterdir()) == []
