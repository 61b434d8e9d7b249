"""The address of a process, and what all its parts share.

The rule of this file: it opens the port. It builds no part that answers requests.
"""

import contextlib
import socket
from dataclasses import dataclass

from hub.bus import Bus, LocalBus
from hub.clock import Clock
from hub.metrics import Metrics
from hub.settings.config import Config
from hub.signals import Signals


@dataclass(frozen=True, slots=True)
class ListeningAddress:
    """The address of this process. `origins`: the origins of our own screens."""

    socket: socket.socket
    port: int
    url: str
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shared:
    config: Config
    address: ListeningAddress
    clock: Clock
    metrics: Metrics
    signals: Signals
    bus: Bus
    process: str


def listen(config: Config, stack: contextlib.AsyncExitStack) -> ListeningAddress:
    host, port = config.server.host, config.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    stack.callback(listening.close)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    listening.setblocking(False)
    port = listening.getsockname()[1]
    url = config.public_url(port)
    return ListeningAddress(listening, port, url, _origins(config, url, port))


def _origins(config: Config, url: str, port: int) -> frozenset[str]:
    origins = {"/".join(url.split("/")[:3]), *config.server.trusted_origins}
    if config.server.host in ("127.0.0.1", "::1", "localhost"):
        origins |= {f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
    return frozenset(origins)


def build_bus(config: Config) -> Bus:
    if not config.bus.url:
        return LocalBus()
    from hub.redis_bus import RedisBus  # here, because Redis's client takes long to import

    password = config.bus_password
    scheme, _, rest = config.bus.url.partition("://")
    return RedisBus(f"{scheme}://:{password}@{rest}" if password else config.bus.url)
