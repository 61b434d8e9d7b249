"""A headless Chromium of the tests' own.

The rule of this file: its profile is fresh, and its microphone hears 440 Hz for ever.
"""

import math
import os
import shutil
import signal
import subprocess
import time
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The headless shell is the same engine without the windows around a page, which cost a second of processor for each
WHOLE = ("chromium", "chromium-browser", "google-chrome")
CHROMIUMS = ("chromium-headless-shell", *WHOLE)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
)


def find_chromium(*programs: str) -> str | None:
    """The first of them that this machine has."""
    return next(filter(None, map(shutil.which, programs)), None)


@contextmanager
def start_chromium(profile: Path, *programs: str) -> Iterator[str]:
    """Gives the address of its debugging port."""
    profile.mkdir(exist_ok=True)
    _write_tone(profile / "microphone.wav", 440)
    own = [f"--user-data-dir={profile}", f"--use-file-for-fake-audio-capture={profile / 'microphone.wav'}"]
    command = [str(find_chromium(*programs)), *_FLAGS, *own, "about:blank"]
    with (profile / "log").open("wb") as log:
        # a group of its own: the command may be a script, and the browser its child
        process = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
    try:
        yield f"http://127.0.0.1:{_read_port(process, profile)}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _write_tone(path: Path, hertz: int) -> None:
    """One second, which goes on without a click where it begins again."""
    rate = 48_000
    samples = array("h", (round(12_000 * math.sin(2 * math.pi * hertz * at / rate)) for at in range(rate)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def _read_port(process: "subprocess.Popen[bytes]", profile: Path) -> str:
    """Chromium writes its port into a file of its profile once it listens."""
    announced, deadline = profile / "DevToolsActivePort", time.monotonic() + 60
    while not (announced.exists() and len(lines := announced.read_text().splitlines()) > 1):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError("Chromium does not start:\n" + (profile / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.02)
    return lines[0]
