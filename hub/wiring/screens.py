"""Builds the staff's screens, and the tasks that run for them every few seconds.

The rule of this file: a screen hears through signals and gives commands through `ConsoleHost`.
"""

from dataclasses import dataclass
from pathlib import Path

from agent_console.desk import DeskNamespace
from agent_console.wallboard import WallboardNamespace
from hub.doors.socket_server import SocketServer
from hub.screens.console_host import ConsoleHost
from hub.screens.periodic import PeriodicTasks
from hub.scripts.script_watch import ScriptWatch
from hub.storage.desk_presence import Presence
from hub.wiring.listening import Shared
from hub.wiring.routing import Routing
from hub.wiring.storage import Storage
from scripts_library.loader import LIBRARY


@dataclass(frozen=True, slots=True)
class Screens:
    console: ConsoleHost
    desk: DeskNamespace
    periodic: PeriodicTasks


def build_screens(shared: Shared, storage: Storage, routing: Routing, sockets: SocketServer) -> Screens:
    presence = Presence(storage.db, storage.inbox, shared.process)
    console = ConsoleHost(
        inbox=storage.inbox,
        sessions=storage.sessions,
        living=storage.living,
        feed=routing.feed,
        way_in=storage.way_in,
        answers=routing.answers,
        presence=presence,
        clock=shared.clock,
        origins=shared.address.origins,
        wake_router=shared.signals.arrived,
        watched=shared.signals.board_opened,
        heard_typing=shared.signals.agent_types,
    )
    desk, wallboard = DeskNamespace(console), WallboardNamespace(console)
    sockets.register_namespace(desk)
    sockets.register_namespace(wallboard)
    storage.living.watch(desk, "desk.open")
    storage.living.watch(wallboard, "wallboard.open")
    periodic = PeriodicTasks(
        db=storage.db,
        clock=shared.clock,
        bus=shared.bus,
        feed=routing.feed,
        presence=presence,
        living=storage.living,
        desk=desk,
        wallboard=wallboard,
        webchat=routing.webchat,
        pages=routing.pages,
        script_watch=ScriptWatch(storage.db, shared.clock, storage.published, _find_watched(shared)),
        wake_router=shared.signals.arrived,
    )
    return Screens(console, desk, periodic)


def _find_watched(shared: Shared) -> Path | None:
    config = shared.config
    return (config.scripts_folder or LIBRARY) if config.scripts.watch else None
