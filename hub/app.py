"""The composition root: builds every part of a process in order, starts them, and stops them in the opposite order.

The rule of this file: it only wires, and it is simple on purpose. Each part is built by one function of `hub/wiring`,
which gets the parts before it. An earlier part calls a later one by a signal.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from hub.access.living_sessions import LivingSessions
from hub.api.routes import Rule
from hub.clock import Clock, HubClock
from hub.doors.client_address import ClientAddresses
from hub.doors.closing import close_door
from hub.doors.connection_deadlines import HeaderDeadline
from hub.doors.kept_connections import HubSite
from hub.doors.socket_server import SocketServer
from hub.metrics import Metrics
from hub.routing_process.dispatcher import Dispatcher
from hub.routing_process.routing_loop import RoutingLoop
from hub.screens.periodic import PeriodicTasks
from hub.settings.config import Config
from hub.signals import Signals
from hub.storage.database import Database
from hub.wiring.channels import Setup, build_channels, build_sockets
from hub.wiring.connections import connect
from hub.wiring.listening import Doors, ProcessRole, Shared, build_bus, listen, listen_at
from hub.wiring.routing import Routing, build_routing
from hub.wiring.screens import Screens, build_screens
from hub.wiring.site import Site, build_site
from hub.wiring.storage import Storage, build_storage

log = structlog.get_logger()


@dataclass(slots=True)
class HubProcess:
    """One running hub. `serve` builds it; `failed` returns when a task that must run for ever has ended."""

    url: str
    port: int
    mail_port: int
    web: web.Application
    rules: Sequence[Rule]
    db: Database
    dispatcher: Dispatcher
    periodic: PeriodicTasks
    living: LivingSessions
    sockets: SocketServer
    _stack: contextlib.AsyncExitStack
    _tasks: Sequence[asyncio.Task[None]]

    async def failed(self) -> None:
        """Returns when a task that must run for ever has ended, and raises its error if there was one."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        await self._stack.aclose()


async def serve(
    config: Config,
    *,
    is_demo: bool = False,
    clock: Clock | None = None,
    role: ProcessRole | None = None,
    doors: Doors | None = None,
) -> HubProcess:
    """Start a hub with these settings, or the process of it that has this role and these doors. Raises StorageError,
    OSError (port in use), ConfigErrors."""
    async with contextlib.AsyncExitStack() as stack:
        role = role or ProcessRole()
        address = listen_at(config, doors) if doors is not None else listen(config, stack)
        metrics = Metrics(role.name)
        shared = Shared(config, address, clock or HubClock(), metrics, Signals(), build_bus(config), role)
        process = await _build(shared, stack, is_demo)
        process._stack = stack.pop_all()
        return process


async def _build(shared: Shared, stack: contextlib.AsyncExitStack, is_demo: bool) -> HubProcess:
    config, address = shared.config, shared.address
    storage = await build_storage(shared, stack)
    sockets = build_sockets(shared)
    addresses = ClientAddresses(config.server.trusted_proxies)
    setup = await build_channels(shared, storage, sockets, addresses, stack)
    routing = build_routing(shared, storage, setup)
    screens = build_screens(shared, storage, routing, sockets)
    connect(shared, storage, routing, screens)
    site = build_site(shared, storage, setup, routing, screens, sockets, addresses, is_demo)
    tasks = await _start(shared, storage, setup, routing, screens, site, stack)
    log.info("started", url=address.url, id=shared.process)
    return HubProcess(
        url=address.url,
        port=address.port,
        mail_port=setup.mail_port,
        web=site.app,
        rules=site.rules,
        db=storage.db,
        dispatcher=routing.dispatcher,
        periodic=screens.periodic,
        living=storage.living,
        sockets=sockets,
        _stack=stack,
        _tasks=tasks,
    )


async def _start(
    shared: Shared,
    storage: Storage,
    setup: Setup,
    routing: Routing,
    screens: Screens,
    site: Site,
    stack: contextlib.AsyncExitStack,
) -> Sequence[asyncio.Task[None]]:
    lines = await _open_lines(shared, storage, routing, stack)
    await site.runner.setup()
    await shared.bus.start()
    stack.push_async_callback(shared.bus.stop)
    for channel in setup.channels:
        await channel.start()
        stack.push_async_callback(channel.stop)
    stack.push_async_callback(site.runner.cleanup)  # before the channels stop: they answer the requests under way
    stack.push_async_callback(close_door, site.runner, shared.address.web)
    tasks = [
        asyncio.create_task(routing.loop.run(), name="routing loop"),
        asyncio.create_task(screens.periodic.run(), name="periodic"),
    ]
    stack.push_async_callback(_finish, tasks, routing.loop, screens.periodic)
    if shared.address.web is not None:
        await HubSite(site.runner, shared.address.web).start()
    assert site.runner.server is not None
    screens.periodic.watch_headers(HeaderDeadline(site.runner.server, shared.config.server.header_seconds))
    stack.push_async_callback(screens.desk.tell_moving)
    stack.callback(routing.pages.close)
    stack.callback(site.say_goodbye)
    return [*tasks, *lines]


async def _open_lines(
    shared: Shared, storage: Storage, routing: Routing, stack: contextlib.AsyncExitStack
) -> Sequence[asyncio.Task[None]]:
    """Open the direct way between edges and the process that routes for them. At the end it is closed after the
    doors: what they have taken in may still be handed over."""
    if routing.edges is not None and shared.role.meeting is not None:
        await routing.edges.open(shared.role.meeting)
        stack.push_async_callback(routing.edges.close)
    if storage.router_line is None:
        return []
    keeping = storage.router_line.run(routing.announcer.tell_here, routing.announcer.look_everywhere)
    task = asyncio.create_task(keeping, name="router line")
    stack.push_async_callback(_cancel, task)
    return [task]


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _finish(tasks: Sequence[asyncio.Task[None]], loop: RoutingLoop, periodic: PeriodicTasks) -> None:
    """Stop the tasks after everything that was accepted is decided and stored, or after 10 s."""
    loop.stop()
    periodic.stop()
    _, late = await asyncio.wait(tasks, timeout=10)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
