"""The picture of a sound: how loud each channel is, all along, whatever the file holds."""

import struct
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from hub.storage.database import Database
from hub.storage.media import MediaNotFound, MediaStore
from hub.storage.waveforms import BUCKETS, LOUDEST, Waveform, WaveformState, draw_waveform
from tests.sounds import HEAD, build_wav, tone

NOON = 1_795_348_800_000_000
RATE = 8000


def draw(folder: Path, data: bytes) -> Waveform:
    path = folder / "sound"
    path.write_bytes(data)
    return draw_waveform(path)


def loudest(waveform: Waveform, channel: int = 0) -> list[int]:
    return list(waveform.peaks[channel])


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_a_tone_is_as_high_as_it_is_loud(tmp_path: Path, share: float) -> None:
    waveform = draw(tmp_path, build_wav([tone(440, 4.0, share)]))
    assert (waveform.state, waveform.duration_ms, len(waveform.peaks)) == (WaveformState.WHOLE, 4000, 1)
    assert len(waveform.peaks[0]) == BUCKETS
    assert set(loudest(waveform)) <= {int(share * LOUDEST) - 1, int(share * LOUDEST), int(share * LOUDEST) + 1}


def test_each_channel_has_its_own_peaks_where_its_sound_is(tmp_path: Path) -> None:
    silence = [0] * RATE
    customer, agent = tone(440, 1.0, 0.8) + silence, silence + tone(880, 1.0, 0.4)
    waveform = draw(tmp_path, build_wav([customer, agent]))
    half = BUCKETS // 2
    assert len(waveform.peaks) == 2
    assert min(loudest(waveform)[:half]) > 90 and set(loudest(waveform)[half:]) == {0}
    assert set(loudest(waveform, 1)[:half]) == {0} and 40 < min(loudest(waveform, 1)[half:]) < 60


def test_a_click_of_one_sample_is_seen_at_its_place(tmp_path: Path) -> None:
    samples = [0] * (RATE * 30)
    samples[RATE * 15] = -32768
    waveform = draw(tmp_path, build_wav([samples]))
    assert [n for n, peak in enumerate(loudest(waveform)) if peak] == [BUCKETS // 2]
    assert loudest(waveform)[BUCKETS // 2] == LOUDEST


def test_a_sound_shorter_than_the_picture_has_a_bucket_for_each_sample(tmp_path: Path) -> None:
    waveform = draw(tmp_path, build_wav([[0, 32767, -32768]]))
    assert loudest(waveform) == [0, LOUDEST, LOUDEST]


@pytest.mark.parametrize(
    ("code", "silence", "loud"), [(7, 0xFF, 0x00), (7, 0x7F, 0x80), (6, 0xD5, 0x2A), (6, 0x55, 0xAA)]
)
def test_the_codes_of_the_telephone_network_are_read(tmp_path: Path, code: int, silence: int, loud: int) -> None:
    """G.711 mu-law and A-law: a byte of silence, and one of the loudest there is, in both signs."""
    data = bytes([silence] * 4000 + [loud] * 4000)
    head = struct.pack("<HHIIHH", code, 1, RATE, RATE, 1, 8)
    waveform = draw(tmp_path, build_wav([], head=head, data=data))
    half = BUCKETS // 2
    assert (waveform.state, waveform.duration_ms) == (WaveformState.WHOLE, 1000)
    assert set(loudest(waveform)[:half]) == {0} and min(loudest(waveform)[half:]) > 120


def test_samples_of_other_widths_are_read(tmp_path: Path) -> None:
    eight = draw(tmp_path, build_wav([], head=struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8), data=b"\x80\xff\x00"))
    assert loudest(eight) == [0, 127, 127]
    wide = struct.pack("<HHIIHHHHIH14s", 0xFFFE, 1, RATE, 3 * RATE, 3, 24, 22, 24, 4, 1, bytes(14))
    assert loudest(draw(tmp_path, build_wav([], head=wide, data=b"\0\0\0\xff\xff\x7f"))) == [0, 127]


def test_chunks_before_the_sound_are_passed_over(tmp_path: Path) -> None:
    odd = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    whole = build_wav([tone(440, 1.0, 0.5)])
    assert draw(tmp_path, whole[:12] + odd + whole[12:]) == draw(tmp_path, whole)


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_a_writer_that_did_not_know_the_length_is_read_to_the_end(tmp_path: Path, length: int) -> None:
    waveform = draw(tmp_path, build_wav([tone(440, 1.0, 0.5)], length=length))
    assert (waveform.state, waveform.duration_ms) == (WaveformState.WHOLE, 1000)


def test_a_file_that_is_cut_short_shows_what_is_there(tmp_path: Path) -> None:
    whole = build_wav([tone(440, 2.0, 0.5)])
    waveform = draw(tmp_path, whole[: HEAD + RATE * 2 + 1])  # in the middle of a sample
    assert (waveform.state, waveform.duration_ms) == (WaveformState.CUT_SHORT, 1000)
    assert min(loudest(waveform)) > 50
    assert draw(tmp_path, whole[:HEAD]).state is WaveformState.CUT_SHORT


def _with_format(*fields: int) -> bytes:
    return build_wav([], head=struct.pack("<HHIIHH", *fields), data=bytes(800))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"ID3\x04" + bytes(400),  # an MP3 under a wrong name
        b"<html>Not found</html>" * 20,
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"RIFF\x10\0\0\0WAVE" + b"data" + struct.pack("<I", 4) + bytes(4),  # no format
        b"RIFF\x10\0\0\0WAVE" + (b"junk" + bytes(4)) * 5000,
        _with_format(1, 0, RATE, 0, 0, 16),
        _with_format(1, 1, 0, 0, 2, 16),
        _with_format(1, 2, RATE, 4 * RATE, 2, 16),  # a frame of one channel
        _with_format(1, 65535, RATE, 1, 65534, 8),
        _with_format(3, 1, RATE, 4 * RATE, 4, 32),  # floating point
        _with_format(0x55, 1, RATE, RATE, 1, 8),  # MP3 in WAVE
        _with_format(1, 1, RATE, RATE, 0, 0),
    ],
)
def test_what_is_no_sound_that_is_known_says_so(tmp_path: Path, data: bytes) -> None:
    assert draw(tmp_path, data) == Waveform(WaveformState.UNREADABLE)


def test_a_sound_without_a_sample_is_empty(tmp_path: Path) -> None:
    assert draw(tmp_path, build_wav([[]])) == Waveform(WaveformState.EMPTY)


@pytest.mark.parametrize("at", range(0, HEAD + 8, 3))
def test_no_broken_head_does_harm(tmp_path: Path, at: int) -> None:
    whole = bytearray(build_wav([tone(440, 0.1, 0.5)]))
    for byte in (0x00, 0x7F, 0xFF):
        whole[at] = byte
        assert isinstance(draw(tmp_path, bytes(whole)), Waveform)
    assert isinstance(draw(tmp_path, bytes(whole[:at])), Waveform)


def test_four_hours_in_two_channels_need_no_memory(tmp_path: Path) -> None:
    """460 MB, of which the disk holds the beginning alone: the rest is a hole, and so silence."""
    hours = 4 * 3600 * RATE * 4
    head = build_wav([tone(440, 1.0, 0.5)] * 2, length=hours)
    path = tmp_path / "sound"
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(HEAD + hours)
    tracemalloc.start()
    try:
        waveform = draw_waveform(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (waveform.state, waveform.duration_ms) == (WaveformState.WHOLE, 4 * 3600 * 1000)
    assert loudest(waveform)[0] > 50 and set(loudest(waveform, 1)[1:]) == {0}
    assert most < 1_000_000


async def test_a_sound_is_drawn_when_it_is_stored_and_read_from_beside_it(db: Database, tmp_path: Path) -> None:
    store = MediaStore(db, tmp_path / "media", lambda: NOON)
    stored = await store.store(build_wav([tone(440, 1.0, 0.5)]), "message.wav", "audio/wav")
    beside = tmp_path / "media" / f"{stored.ref}.waveform"
    drawn = await store.load_waveform(stored.ref)
    assert drawn.duration_ms == 1000 and beside.is_file()
    beside.write_bytes(beside.read_bytes().replace(b"1000", b"1234"))
    assert (await store.load_waveform(stored.ref)).duration_ms == 1234, "drawn a second time"
    for torn in (b"", b"{}", b"[]", beside.read_bytes()[:-20]):
        beside.write_bytes(torn)
        assert await store.load_waveform(stored.ref) == drawn


async def test_a_file_that_is_no_sound_has_no_waveform_and_one_that_is_not_there_says_so(
    db: Database, tmp_path: Path
) -> None:
    store = MediaStore(db, tmp_path / "media", lambda: NOON)
    broken = await store.store(b"<html>", "message.wav", "audio/wav")
    assert (await store.load_waveform(broken.ref)).state is WaveformState.UNREADABLE
    with pytest.raises(MediaNotFound):
        await store.load_waveform("a" * 32)


def test_the_tone_of_these_tests_is_a_tone() -> None:
    second = tone(440, 1.0, 0.5)
    assert len(second) == RATE and max(second) == pytest.approx(0.5 * 32767, abs=40)
    assert sum(1 for one, other in pairwise(second) if one < 0 <= other) in (439, 440)
