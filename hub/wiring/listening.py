"""The address of a process, and what all its parts share.

The rule of this file: it opens the ports. It builds no part that answers requests.
"""

import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.bus import Bus, LocalBus
from hub.clock import Clock
from hub.ids import new_id
from hub.metrics import Metrics
from hub.settings.config import Config
from hub.signals import Signals

QUEUE: Final = 1024  # of connections that wait to be let in


@dataclass(frozen=True, slots=True)
class Doors:
    """What a process of several gets: the hub's port, and its own sockets there, which listen. None: nobody reaches
    it that way."""

    port: int
    web: socket.socket | None = None
    mail: socket.socket | None = None


@dataclass(frozen=True, slots=True)
class ProcessRole:
    """What a process does. By default it is alone and does everything."""

    name: str = "hub"  # in logs, health and metrics
    may_route: bool = True
    id: str = field(default_factory=lambda: new_id("p"))  # of no other process that runs
    meeting: Path | None = None  # the socket at which the process that routes listens to its edges; None: it has none

    @property
    def has_edges(self) -> bool:
        """Whether it routes for edges."""
        return self.may_route and self.meeting is not None

    @property
    def is_edge(self) -> bool:
        return not self.may_route and self.meeting is not None


@dataclass(frozen=True, slots=True)
class ListeningAddress:
    """The address of the hub. `origins`: the origins of our own screens. `web`: None if this process is not reached.
    `mail`: the sockets on which it takes mail; None if the email channel opens its own."""

    web: socket.socket | None
    mail: Sequence[socket.socket] | None
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
    role: ProcessRole

    @property
    def process(self) -> str:
        return self.role.id


def listen(config: Config, stack: contextlib.AsyncExitStack) -> ListeningAddress:
    """The address of a process that is alone. Raises OSError if the port is taken."""
    door = open_door(config.server.host, config.server.port)
    stack.callback(door.close)
    return _find_address(config, door.getsockname()[1], door, None)


def listen_at(config: Config, doors: Doors) -> ListeningAddress:
    """The address of one process of several."""
    return _find_address(config, doors.port, doors.web, (doors.mail,) if doors.mail else ())


def open_door(host: str, port: int, *, is_one_of_several: bool = False) -> socket.socket:
    """A socket that listens. Several on one port share what comes in evenly: the kernel gives each new connection to
    one of them. Raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_one_of_several:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
        listening.listen(QUEUE)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def _find_address(
    config: Config, port: int, web: socket.socket | None, mail: Sequence[socket.socket] | None
) -> ListeningAddress:
    url = config.public_url(port)
    return ListeningAddress(web, mail, port, url, _origins(config, url, port))


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
