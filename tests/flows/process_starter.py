"""Starts processes in a tenth of a second: it has imported everything once, and forks.

Each child is a process of its own, with its own environment and output, that can be killed like any other; what is
saved is only the two seconds that the imports take. One JSON object a line: on standard input what is asked, on
standard output the answer. When its input ends it kills what it started and ends.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HUB, SANDBOX = "hub.__main__", "channels.sandbox.__main__"


class ProcessStarter:
    """The tests' end of it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.flows.process_starter"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._turn = threading.Lock()

    def start(self, module: str, *arguments: str, output: Path, environ: dict[str, str] | None = None) -> int:
        """The pid of a process that runs `module.main()` with these arguments."""
        asked = {"module": module, "arguments": arguments, "output": str(output), "environ": environ or {}}
        return int(self._ask(asked)["pid"])

    def wait(self, pid: int, seconds: float) -> int | None:
        """Its exit code, negative for a signal; None while it still runs after so long."""
        code: int | None = self._ask({"wait": pid, "seconds": seconds})["code"]
        return code

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)  # it may be about to fork on a busy machine
        self._process.stdout.close()

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def become(asked: dict[str, Any]) -> int:
    """Runs in the child."""
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(old, new)
    os.environ.update(asked["environ"])
    sys.argv = [asked["module"], *asked["arguments"]]
    try:
        returned = importlib.import_module(asked["module"]).main()
    except SystemExit as ended:
        returned = ended.code
    except BaseException:
        traceback.print_exc()
        returned = 1
    return returned if isinstance(returned, int) else int(returned is not None)


def fork(asked: dict[str, Any]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = become(asked)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return pid


def wait(pid: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(0.005)


def main() -> None:
    for module in (HUB, SANDBOX):
        importlib.import_module(module)
    alive: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            code = wait(asked["wait"], asked["seconds"]) if asked["wait"] in alive else 0
            if code is not None:
                alive.discard(asked["wait"])
            answer = {"code": code}
        else:
            alive.add(pid := fork(asked))
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        wait(pid, 5)


if __name__ == "__main__":
    main()
