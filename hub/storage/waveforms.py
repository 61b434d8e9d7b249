"""The waveform of a sound file: how loud each of its channels is, from its beginning to its end, as a small picture.

The rule of this file: pure but for the file that it reads, a block at a time, so that a recording of hours needs no
memory. No file makes it raise, except one that is not there: the state says what is wrong with it.

Sources: RIFF and WAVE (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", and
WAVEFORMATEXTENSIBLE); G.711 for the two logarithmic codes.
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import orjson

SOUND: Final = "audio/wav"
WAVEFORM: Final = ".waveform"  # the end of the name of the file beside a sound
BUCKETS: Final = 1000  # of a channel; a sound with fewer samples has one for each
LOUDEST: Final = 127
_BLOCK: Final = 1 << 16  # bytes
_PCM, _A_LAW, _MU_LAW, _EXTENSIBLE = 0x0001, 0x0006, 0x0007, 0xFFFE
_MOST_CHANNELS: Final = 8
_UNKNOWN_LENGTH: Final = (0, 0xFFFFFFFF)  # what writers put who could not go back to the head of the file
_MOST_CHUNKS: Final = 1000  # before the sound


class WaveformState(StrEnum):
    WHOLE = "whole"
    CUT_SHORT = "cut_short"  # the file ends before its sound does; the peaks are of what is there
    EMPTY = "empty"  # no sample
    UNREADABLE = "unreadable"  # no WAVE file, or in a code that is not known here


@dataclass(frozen=True, slots=True)
class Waveform:
    """`peaks`: for each channel the loudest sample of each bucket, from 0 to LOUDEST. All channels have equally many
    buckets, which divide the duration evenly."""

    state: WaveformState
    duration_ms: int = 0
    peaks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Format:
    channels: int
    rate: int  # frames a second
    frame: int  # bytes of one sample of every channel
    highest: int  # the place within a sample of its most significant byte
    loudness: bytes  # of that byte, 0 to LOUDEST


def load_waveform(path: Path) -> Waveform:
    """The waveform of a sound, kept beside it once it is drawn. Blocks, as `draw_waveform` does, and raises the
    same."""
    beside = path.with_suffix(WAVEFORM)
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):  # a cut may have torn it
        kept = orjson.loads(beside.read_bytes())
        peaks = tuple(bytes(one) for one in kept["peaks"])
        return Waveform(WaveformState(kept["state"]), int(kept["duration_ms"]), peaks)
    waveform = draw_waveform(path)
    aside = path.with_suffix(".drawing")
    peaks_said = [list(one) for one in waveform.peaks]
    said = {"state": waveform.state, "duration_ms": waveform.duration_ms, "peaks": peaks_said}
    aside.write_bytes(orjson.dumps(said))
    aside.rename(beside)
    return waveform


def draw_waveform(path: Path) -> Waveform:
    """Blocks: call it in a thread. Each step holds the interpreter for a fraction of a millisecond. Raises
    FileNotFoundError, and other OSErrors of the disk."""
    with path.open("rb") as file:
        size = path.stat().st_size
        try:
            sound, promised, there = _find_sound(file, size)
        except (struct.error, ValueError):
            return Waveform(WaveformState.UNREADABLE)
        frames = there // sound.frame
        if frames == 0:
            return Waveform(WaveformState.CUT_SHORT if promised > there else WaveformState.EMPTY)
        peaks = _measure(file, sound, frames)
    state = WaveformState.CUT_SHORT if promised > there else WaveformState.WHOLE
    return Waveform(state, frames * 1000 // sound.rate, peaks)


def _find_sound(file: BinaryIO, size: int) -> tuple[_Format, int, int]:
    """(format, the sound's bytes as its head promises them, those that are there), with the file at the first of
    them. Raises ValueError and struct.error."""
    riff, _, wave = struct.unpack("<4sI4s", file.read(12))
    if (riff, wave) != (b"RIFF", b"WAVE"):
        raise ValueError("no WAVE file")
    sound: _Format | None = None
    for _ in range(_MOST_CHUNKS):
        name, length = struct.unpack("<4sI", file.read(8))
        begin = file.tell()
        if name == b"fmt ":
            sound = _read_format(file.read(min(length, 64)))
        elif name == b"data":
            if sound is None:
                raise ValueError("the sound comes before its format")
            rest = size - begin
            promised = rest if length in _UNKNOWN_LENGTH else length
            return sound, promised, min(promised, rest)
        file.seek(begin + length + length % 2)
    raise ValueError("no sound")


def _read_format(head: bytes) -> _Format:
    code, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", head)
    if code == _EXTENSIBLE:
        (code,) = struct.unpack_from("<H", head, 24)
    width = bits // 8
    if not (0 < channels <= _MOST_CHANNELS and rate and width and frame == channels * width):
        raise ValueError("no sound can have this format")
    if code == _PCM and width <= 4:
        return _Format(channels, rate, frame, width - 1, _UNSIGNED if width == 1 else _SIGNED)
    if width == 1 and code in (_MU_LAW, _A_LAW):
        return _Format(channels, rate, frame, 0, _FROM_MU_LAW if code == _MU_LAW else _FROM_A_LAW)
    raise ValueError("a code that is not known here")


def _measure(file: BinaryIO, sound: _Format, frames: int) -> tuple[bytes, ...]:
    buckets = min(BUCKETS, frames)
    peaks = [bytearray(buckets) for _ in range(sound.channels)]
    for bucket in range(buckets):
        length = (frames * (bucket + 1) // buckets - frames * bucket // buckets) * sound.frame
        for block in _read_blocks(file, length, sound.frame):
            for channel, of_channel in enumerate(peaks):
                begin = channel * (sound.frame // sound.channels) + sound.highest
                loudest = _find_loudest(block[begin :: sound.frame].translate(sound.loudness))
                of_channel[bucket] = max(of_channel[bucket], loudest)
    return tuple(bytes(one) for one in peaks)


def _find_loudest(left: bytes) -> int:
    """As `max`, in a third of its time: a few samples say what all quieter ones need not be looked at for."""
    loudest = 0
    while left:
        loudest = max(left[:64])
        left = left.translate(None, _UP_TO[loudest])
    return loudest


def _read_blocks(file: BinaryIO, length: int, frame: int) -> Iterator[bytes]:
    """Whole frames, at most a block of them at a time."""
    while length > 0:
        block = file.read(min(length, _BLOCK // frame * frame))
        if len(block) < frame:
            return  # somebody cuts the file while it is read
        yield block[: len(block) // frame * frame]
        length -= len(block)


def _expand_mu_law(byte: int) -> int:
    """The magnitude of 16 bits (G.711, table 2a)."""
    byte = ~byte & 0xFF
    return (((byte & 0x0F) << 3) + 0x84 << ((byte & 0x70) >> 4)) - 0x84


def _expand_a_law(byte: int) -> int:
    """The magnitude of 16 bits (G.711, table 1a)."""
    byte ^= 0x55
    segment, step = (byte & 0x70) >> 4, (byte & 0x0F) << 4
    return step + 8 if segment == 0 else step + 0x108 << segment - 1


_UP_TO: Final = tuple(bytes(range(level + 1)) for level in range(256))
_SIGNED: Final = bytes(byte if byte < 128 else 255 - byte for byte in range(256))
_UNSIGNED: Final = bytes(min(abs(byte - 128), LOUDEST) for byte in range(256))
_FROM_MU_LAW: Final = bytes(_expand_mu_law(byte) >> 8 for byte in range(256))
_FROM_A_LAW: Final = bytes(_expand_a_law(byte) >> 8 for byte in range(256))
