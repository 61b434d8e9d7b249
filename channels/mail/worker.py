"""The process that parses mails: `python -m channels.mail.worker MEMORY_BYTES CPU_SECONDS`.

The rule of this file: this process holds nothing worth stealing and cannot run away. Its memory and its processor
time per mail are limited, it cannot write files, and its environment has no secrets. `reader.py` starts it, speaks
with it over its standard streams, and kills it if it is late. It ends when its parent ends.

Both directions: eight bytes of length, then so many bytes. In: a raw mail. Out, pickled: a `ParsedMail`, or a `str`
that says why there is none. When the process is ready, it sends one empty `str` unasked.
"""

import os
import pickle
import resource
import sys
from typing import BinaryIO

from channels.mail.parsing import ParsedMail, UnreadableMail, parse_mail


def main() -> None:
    memory_bytes, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    os.nice(5)  # a mail may wait for the desks; the desks never wait for a mail
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _write(answers, "")
    while head := requests.read(8):
        raw = requests.read(int.from_bytes(head, "big"))
        _allow_cpu(cpu_seconds)
        _write(answers, _read(raw))


def _read(raw: bytes) -> ParsedMail | str:
    try:
        return parse_mail(raw)
    except UnreadableMail as error:
        return str(error)
    except MemoryError:
        return "it takes too much memory"
    except Exception as error:  # a stranger's bytes may raise any error
        return f"it makes the parser fail ({type(error).__name__})"


def _allow_cpu(seconds: int) -> None:
    """Let the system end the process after so much processor time, even if the parent has gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _write(stream: BinaryIO, answer: ParsedMail | str) -> None:
    data = pickle.dumps(answer, protocol=5)
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


if __name__ == "__main__":
    main()
