"""A supervisor with two tiny children: `supervised.py CASE`. Each line that a child says has its name, what it does,
its pid and, where it stops, how its line ended.

The rule of this file: a child waits on what happens to it, and never for a while.
"""

import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from hub.logs import set_up_logs
from hub.processes.supervisor import READY, Child, StartFailed, Supervisor

CASE = sys.argv[1]
MOST_SECONDS = 60  # a test that went wrong leaves nothing behind


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def serve(name: str, lifeline: socket.socket) -> int:
    signal.alarm(MOST_SECONDS)
    if CASE == "start fails" and name == "edge":
        say(name, "fails", os.getpid())
        return 3
    say(name, "serves", os.getpid())
    lifeline.sendall(READY)  # last: what the supervisor then does is said after it
    if CASE == "hangs" and name == "edge":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.pause()
    assert lifeline.recv(1) == b""
    say(name, "stops", os.getpid())
    return 0


def main() -> int:
    signal.alarm(MOST_SECONDS)
    set_up_logs("info", as_json=True)
    supervisor = Supervisor(
        [Child(name, lambda lifeline, name=name: serve(name, lifeline)) for name in ("first", "edge")],
        on_ready=lambda: say("supervisor", "ready", os.getpid()),
        find_pause=lambda early: 0.0,
        drain_seconds=0.2 if CASE == "hangs" else 20.0,
    )
    try:
        return 0 if supervisor.run() else 4
    except StartFailed as failed:
        say("supervisor", "failed", failed)
        return 1


if __name__ == "__main__":
    sys.exit(main())
