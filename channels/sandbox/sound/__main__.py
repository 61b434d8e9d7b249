"""The sound process: `python -m channels.sandbox.sound --socket FD --folder PATH`. The sandbox starts it.

The rule of this file: it ends when its standard input does, so it never outlives the sandbox, however that ended.

The first line of standard input is the `TokenCheck` as JSON, since a secret on the command line can be read by
others. Then an order a line comes in, and what happened goes out, a line each.
"""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from asyncio import StreamReader, StreamReaderProtocol
from pathlib import Path

import orjson
import structlog
from aiohttp import web

from channels.sandbox.sound.access_tokens import TokenCheck
from channels.sandbox.sound.control import Happened, read_order, write_line
from channels.sandbox.sound.server import SoundServer

MOST_BYTES = 8 * 1024 * 1024  # of an order: a tune of two minutes has 2.6 MB in base64


def say(happened: Happened) -> None:
    sys.stdout.buffer.write(write_line(happened))
    sys.stdout.buffer.flush()


async def serve(listening: socket.socket, folder: Path) -> None:
    """Return when standard input ends."""
    orders = StreamReader(limit=MOST_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: StreamReaderProtocol(orders), sys.stdin)
    server = SoundServer(TokenCheck(**orjson.loads(await orders.readline())), folder, say)
    runner = web.AppRunner(server.build_app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    mixing = asyncio.create_task(server.mix())
    mixing.add_done_callback(lambda _: orders.feed_eof())
    while line := await orders.readline():
        await server.obey(read_order(line))
    mixing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await mixing  # raises what ended it
    await runner.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m channels.sandbox.sound", description="Mixes the sandbox's calls."
    )
    parser.add_argument("--socket", type=int, required=True, help="the number of the inherited, listening socket")
    parser.add_argument("--folder", type=Path, required=True, help="where recordings are written")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the sandbox's, which then ends this process
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(serve(socket.socket(fileno=arguments.socket), arguments.folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
