"""The process that parses mails: `python -m channels.mail.worker MEMORY_BYTES CPU_SECONDS`.

The rule of this file: it holds nothing worth stealing and cannot run away. It has a limit of memory, a limit of
processor time per mail, may write no file, and gets an environment without secrets; `reader.py` starts it,
speaks with it over its standard streams, and kills it when it is late. It ends when its parent does.

Both ways: eight bytes of length, then that many bytes. In: a raw mail. Out: pickled, a `ParsedMail`, or a `str`
saying why there is none; one empty `str` comes unasked when it is ready.
"""

import os
import pickle
import resource
import sys
from typing import BinaryIO

from channels.mail.parsing import ParsedMail, UnreadableMail, parse_mail


def main() -> None:
    memory_bytes, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    os.nice(5)  # a mail may wait a little for the desks; the desks never for a mail
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
    except Exception as error:  # nobody can foresee what a stranger's bytes do to a parser
        return f"it makes the parser fail ({type(error).__name__})"


def _allow_cpu(seconds: int) -> None:
    """Past it the system ends the process: that also holds when the parent is no longer there to do so."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _write(stream: BinaryIO, answer: ParsedMail | str) -> None:
    data = pickle.dumps(answer, protocol=5)
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


if __name__ == "__main__":
    main()
