"""Who starts the processes of a hub: what dies comes back, and all end together."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.processes.supervisor import MOST_PAUSE_SECONDS, find_pause

SCRIPT = Path(__file__).with_name("supervised.py")


class Supervised:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def read(self) -> tuple[str, str, str]:
        """Who, what, and a pid or why."""
        assert self.process.stdout is not None
        name, what, more = self.process.stdout.readline().strip().split(" ", 2)
        return name, what, more

    def read_start(self) -> dict[str, int]:
        """The pid of each, once all are ready."""
        said = [self.read() for _ in range(3)]
        assert [one[:2] for one in said] == [("first", "serves"), ("edge", "serves"), ("supervisor", "ready")]
        return {name: int(pid) for name, _, pid in said}

    def read_rest(self) -> list[tuple[str, str]]:
        assert self.process.stdout is not None
        words = [line.split() for line in self.process.stdout]
        return [(line[0], line[1]) for line in words]


@contextmanager
def supervise(case: str = "") -> Iterator[Supervised]:
    command = [sys.executable, str(SCRIPT), case]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Supervised(process)
        finally:
            process.kill()  # its children end with it


@pytest.mark.promise("P10")
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_all_end_at_a_signal_and_the_first_that_the_others_need_ends_last(told: signal.Signals) -> None:
    with supervise() as supervised:
        supervised.read_start()
        supervised.process.send_signal(told)
        assert supervised.read_rest() == [("edge", "stops"), ("first", "stops")]
        assert supervised.process.wait() == 0


@pytest.mark.parametrize("name", ["first", "edge"])
def test_what_dies_starts_again_and_the_others_live_on(name: str) -> None:
    with supervise() as supervised:
        pids = supervised.read_start()
        for _ in range(3):
            os.kill(pids[name], signal.SIGKILL)
            who, what, pid = supervised.read()
            assert (who, what) == (name, "serves") and int(pid) != pids[name]
            pids[name] = int(pid)
        supervised.process.send_signal(signal.SIGTERM)
        assert supervised.read_rest() == [("edge", "stops"), ("first", "stops")]
        assert supervised.process.wait() == 0


def test_a_start_that_fails_ends_everything_and_names_who_failed() -> None:
    with supervise("start fails") as supervised:
        assert supervised.read()[:2] == ("first", "serves")
        assert supervised.read()[:2] == ("edge", "fails")
        assert supervised.read()[:2] == ("first", "stops")
        assert supervised.read()[2] == "edge did not start (exit code 3), so the hub ends."
        assert supervised.process.wait() == 1


def test_no_process_outlives_its_supervisor() -> None:
    with supervise() as supervised:
        supervised.read_start()
        supervised.process.kill()
        assert sorted(supervised.read_rest()) == [("edge", "stops"), ("first", "stops")]


@pytest.mark.promise("P10")
def test_a_process_that_hangs_is_killed_when_the_time_is_over() -> None:
    with supervise("hangs") as supervised:
        supervised.read_start()
        supervised.process.send_signal(signal.SIGTERM)
        assert supervised.read_rest() == [("first", "stops")]
        assert supervised.process.wait() == 4


def test_the_pause_grows_while_a_process_dies_again_and_again() -> None:
    pauses = [find_pause(early) for early in range(12)]
    assert pauses[:6] == [0, 0, 1, 2, 4, 8]
    assert pauses == sorted(pauses) and pauses[-1] == MOST_PAUSE_SECONDS
