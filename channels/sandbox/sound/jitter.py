"""The buffer between a network that is late at times and a listener who hears a frame every 20 ms.

The rule of this file: it never asks a clock. Each `take` is one tick; arrival times are arguments, in seconds.

It begins with two frames in hand. Each time it runs dry it waits for one frame more, up to `MOST`, so that an
unsteady line gets a longer delay and no gaps. After five good seconds it gives a frame of delay back. Frames that
come in a burst may have waited for this process itself, which makes up for the ticks that it missed and takes them
all; only a burst that stays in hand is a delay, and is cut.
"""

from typing import Final

from channels.sandbox.sound.frames import NUMBERS, SECONDS

LEAST: Final = 2  # frames in hand before it begins
MOST: Final = 12
SPARE: Final = 4  # so many beyond the wanted ones are a burst
BURST_TICKS: Final = 10  # after so many ticks with a burst in hand, its oldest are dropped
CALM_TICKS: Final = 250


class JitterBuffer:
    """`jitter` is in seconds. `received` and `lost` count up."""

    def __init__(self) -> None:
        self._frames: dict[int, bytes] = {}
        self._next: int | None = None  # the number to be heard next; None while it waits for enough in hand
        self._highest = -1
        self._wanted, self._calm, self._least_in_hand = LEAST, 0, MOST
        self._crowded = 0  # ticks in a row with a burst in hand
        self._last = b""
        self._transit: float | None = None
        self.received = self.lost = 0
        self._reported = (0, 0)
        self.jitter = 0.0

    @property
    def depth(self) -> int:
        """Frames in hand, each 20 ms of delay."""
        return len(self._frames)

    def take_report(self) -> tuple[int, int, float]:
        """(frames received, frames lost, jitter in seconds) since the last report, for the sender."""
        received, lost = self._reported
        self._reported = self.received, self.lost
        return self.received - received, self.lost - lost, self.jitter

    def put(self, number: int, frame: bytes, arrived_at: float) -> None:
        """`number` has 16 bits, as on the wire."""
        number = self._widen(number)
        self.received += 1
        self._measure(number, arrived_at)
        if self._next is not None and number < self._next:  # too late to be heard
            return
        self._frames[number] = frame
        while len(self._frames) > MOST + SPARE:
            self._drop_oldest()

    def take(self) -> bytes | None:
        """The frame to be heard now. None is silence. A lost frame is replaced once by the one before it."""
        if self._next is None:
            if len(self._frames) < self._wanted:
                return None
            self._next = min(self._frames)
        self._give_delay_back()
        self._cut_burst()
        if not self._frames:
            self._next = None
            self._wanted, self._calm = min(self._wanted + 1, MOST), 0
            return None
        frame = self._frames.pop(self._next, None)
        self._next += 1
        if frame is None:
            self.lost += 1
            frame, self._last = self._last, b""
            return frame or None
        self._last = frame
        return frame

    def _widen(self, number: int) -> int:
        """The number counted on beyond 16 bits."""
        if self._highest < 0:
            self._highest = number
            return number
        ahead = (number - self._highest) % NUMBERS
        wide = self._highest + (ahead if ahead < NUMBERS // 2 else ahead - NUMBERS)
        self._highest = max(self._highest, wide)
        return wide

    def _measure(self, number: int, arrived_at: float) -> None:
        """The interarrival jitter of RFC 3550, section 6.4.1."""
        transit = arrived_at - number * SECONDS
        if self._transit is not None:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit

    def _drop_oldest(self) -> None:
        oldest = min(self._frames)
        del self._frames[oldest]
        if self._next is not None:
            self._next = min(self._frames)

    def _cut_burst(self) -> None:
        most = self._wanted + SPARE
        self._crowded = self._crowded + 1 if len(self._frames) > most else 0
        if self._crowded > BURST_TICKS:
            while len(self._frames) > most:
                self._drop_oldest()

    def _give_delay_back(self) -> None:
        self._least_in_hand = min(self._least_in_hand, len(self._frames))
        self._calm += 1
        if self._calm < CALM_TICKS:
            return
        if self._least_in_hand > LEAST:
            self._wanted = max(self._wanted - 1, LEAST)
            self._drop_oldest()
        self._calm, self._least_in_hand = 0, MOST
