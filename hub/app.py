"""The composition root: builds every object by hand, in order, starts them, and stops them in the opposite order.

The rule of this file: wiring only, and boring on purpose. Whoever wants to know what knows what reads it once, from
top to bottom.
"""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import socketio
import structlog
from aiohttp import web

from agent_console.desk import DeskNamespace
from agent_console.wallboard import WallboardNamespace
from agent_console.wire import SampleStaff
from channels.registry import traits_of
from channels.sandbox.sandbox import Sandbox
from channels.webchat.webchat import WebchatChannel
from hub import channel_setup
from hub.access.living_sessions import ENDED, LivingSessions
from hub.access.looks import Looks
from hub.access.reading import DAY, Reading
from hub.access.sessions import Sessions
from hub.access.signing_in import SigningIn
from hub.api.conversations import Conversations
from hub.api.filed_mails import FiledMails
from hub.api.headers import set_headers
from hub.api.operations import Operations
from hub.api.own_phone import OwnPhone
from hub.api.routes import Api, Rule
from hub.api.session_list import SessionList
from hub.api.set_aside import SetAside
from hub.api.sign_in import SignIn
from hub.api.trail import Trail
from hub.api.why import Why
from hub.bus import Bus, LocalBus
from hub.clock import Clock, HubClock
from hub.doors.client_address import ClientAddresses
from hub.doors.connection_deadlines import HeaderDeadline, build_body_deadline, cut_sockets
from hub.doors.input_gate import input_gate
from hub.doors.socket_seats import SocketSeats
from hub.doors.socket_server import SocketServer
from hub.ids import new_id
from hub.metrics import Metrics
from hub.policies.stored_versions import has_policy, publish_policy, read_organisation
from hub.routing_process.dispatcher import Dispatcher
from hub.routing_process.estimating import Estimating
from hub.routing_process.routing_loop import RoutingLoop
from hub.screens.channel_host import ChannelHost
from hub.screens.console_host import ConsoleHost
from hub.screens.desk_feed import DeskFeed
from hub.screens.explaining import Explaining
from hub.screens.periodic import Rounds
from hub.screens.telling import Answers, Teller
from hub.screens.unfinished import Unfinished
from hub.screens.work_lists import WorkLists
from hub.scripts.script_runs import Scripts
from hub.scripts.script_texts import keep_script_texts
from hub.scripts.script_watch import ScriptWatch, tell_problems
from hub.sending.send_rules import build_rules
from hub.settings.config import Config
from hub.storage.database import Database
from hub.storage.desk_presence import Presence
from hub.storage.hub_time import align
from hub.storage.inbox import Inbox
from hub.storage.media import MediaStore
from hub.storage.migrations import check_schema
from scripts_library.loader import LIBRARY, load

log = structlog.get_logger()

STATIC = Path(__file__).parent.parent / "agent_console" / "static"
ARRIVED = "arrived"
CLOSE_SECONDS = 2.0


@dataclass(slots=True)
class HubProcess:
    """One running hub. `serve` builds it; `failed` ends when something that must run has stopped."""

    url: str
    port: int
    mail_port: int
    web: web.Application
    rules: Sequence[Rule]
    db: Database
    dispatcher: Dispatcher
    rounds: Rounds
    living: LivingSessions
    sockets: SocketServer
    _stack: contextlib.AsyncExitStack
    _tasks: Sequence[asyncio.Task[None]]

    async def failed(self) -> None:
        """Raises what went wrong in a task that must run for ever."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        await self._stack.aclose()


async def serve(config: Config, *, is_demo: bool = False, clock: Clock | None = None) -> HubProcess:
    """Start a hub with these settings. Raises StorageError, OSError (port in use), ConfigErrors."""
    async with contextlib.AsyncExitStack() as stack:
        process = await _build(config, stack, is_demo, clock or HubClock())
        process._stack = stack.pop_all()
        return process


async def _build(config: Config, stack: contextlib.AsyncExitStack, is_demo: bool, clock: Clock) -> HubProcess:
    name = new_id("p")
    metrics = Metrics()
    listening = _listen(config.server.host, config.server.port)
    stack.callback(listening.close)
    port = listening.getsockname()[1]
    url = config.public_url(port)
    origins = _origins(config, url, port)

    # what is kept
    config.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = await Database.open(config.database_url, observe=metrics.observe_commit)
    stack.push_async_callback(db.close)
    db.lock_file()
    await check_schema(db)
    await align(db, clock)
    inbox, media = Inbox(db), MediaStore(db, config.media_folder, clock.now)
    security = config.security
    sessions = Sessions(
        db, clock, security.session_hours, security.idle_minutes, is_cookie_secure=security.cookie_secure
    )
    living = LivingSessions(sessions, clock)
    if not await has_policy(db):
        await publish_policy(db, config.policy_document, clock.now(), "config.toml")
    library = load(config.scripts_folder or LIBRARY)
    tell_problems(library)
    await keep_script_texts(db, library.scripts)
    organisation = await read_organisation(db)
    scripts = Scripts(library.scripts, organisation=organisation, fallback_language=config.scripts.fallback_language)

    # the sockets and the channels
    unsent = (config.server.unsent_packets, config.server.unsent_bytes)
    server = SocketServer(sorted({*origins, *_widget_origins(config)}), *unsent)
    addresses = ClientAddresses(config.server.trusted_proxies)
    bus = _build_bus(config)
    setup = await channel_setup.build(config, url, port, server, origins, stack, addresses.find_share, clock)
    webchat = next((c for c in setup.channels if isinstance(c, WebchatChannel)), None)

    # what decides, and what tells
    def wake_router() -> None:
        if dispatcher.is_routing.is_set():
            dispatcher.wake()
        elif not isinstance(bus, LocalBus):
            rounds.publish_soon(ARRIVED, name)

    host = ChannelHost(db, inbox, media, clock, wake_router)
    answers = Answers(inbox)
    looks = Looks(db, clock)
    feed = DeskFeed(db, clock, scripts, looks, lambda agent, event: desk.tell_event(agent, event))
    teller = Teller(
        bus=bus,
        process=name,
        feed=feed,
        answers=answers,
        host=host,
        webchat=webchat,
        wake_senders=lambda channels: loop.wake_senders(channels),
    )
    rules = build_rules(config)
    dispatcher = Dispatcher(db, clock, scripts, rules, teller.tell, metrics.observe_batch, host.count_accepting)
    loop = RoutingLoop(
        db=db,
        inbox=inbox,
        clock=clock,
        process=name,
        dispatcher=dispatcher,
        channels=[channel for channel in setup.channels if not traits_of(channel.name).stored_is_sent],
        observe_sent=metrics.observe_sent,
        keep_audit=config.security.audit_days * DAY,
        estimating=Estimating(db, clock, metrics.observe_estimates),
    )
    if not isinstance(bus, LocalBus):
        bus.subscribe(ARRIVED, lambda text: dispatcher.wake())

    # the screens
    presence = Presence(db, inbox, name)
    console = ConsoleHost(
        inbox=inbox,
        sessions=sessions,
        living=living,
        feed=feed,
        hand_over=dispatcher.hand_over,
        answers=answers,
        presence=presence,
        clock=clock,
        origins=origins,
        wake_router=wake_router,
        watched=lambda: rounds.tell_board(),
        heard_typing=lambda agent_id, interaction_id: rounds.tell_typing_to_customer(agent_id, interaction_id),
    )
    desk, wallboard = DeskNamespace(console), WallboardNamespace(console)
    server.register_namespace(desk)
    server.register_namespace(wallboard)
    living.watch(desk, "desk.open")
    living.watch(wallboard, "wallboard.open")
    rounds = Rounds(
        db=db,
        clock=clock,
        bus=bus,
        feed=feed,
        presence=presence,
        living=living,
        desk=desk,
        wallboard=wallboard,
        webchat=webchat,
        script_watch=ScriptWatch(db, scripts, library),
    )
    sessions.told_ended = lambda: rounds.publish_soon(ENDED, "")
    bus.subscribe(ENDED, lambda text: living.wake())
    setup.heard_typing = rounds.tell_typing_to_agent

    # the web
    seats = SocketSeats(
        addresses, console.is_staff, most=config.server.sockets, most_per_address=config.server.sockets_per_address
    )
    samples = _samples(config) if is_demo else []
    signing_in = SigningIn(db, clock, sessions, lambda: read_organisation(db))
    rounds.keep_sign_in(signing_in)
    sign_in = SignIn(
        db=db,
        clock=clock,
        sessions=sessions,
        signing_in=signing_in,
        addresses=addresses,
        organisation=lambda: read_organisation(db),
        samples=samples,
        is_cookie_secure=config.security.cookie_secure,
        wake_router=wake_router,
    )
    reading = Reading(db, clock, looks, config.security.reading_days)
    routes = [
        *sign_in.rules(),
        *SessionList(db, sessions, addresses).rules(),
        *Conversations(db, media, feed, reading, looks).rules(),
        *SetAside(db, inbox, looks, wake_router).rules(),
        *FiledMails(db).rules(),
        *Trail(db).rules(),
        *Why(Explaining(db, clock), WorkLists(db), Unfinished(db, clock), reading).rules(),
        *OwnPhone(db, clock, rules, wake_router).rules(),
    ]
    api = Api(STATIC, sessions, living.note_use, routes, has_sandbox=config.sandbox.enabled)
    app = web.Application(
        client_max_size=config.server.max_body_bytes,
        middlewares=[build_body_deadline(config.server.body_seconds), input_gate, seats.build_door()],
    )
    set_headers(app, is_public=url.startswith("https://"))
    server.attach(app)
    api.mount(app)
    Operations(db, metrics, dispatcher, config.metrics_token).mount(app)
    for route in setup.routes():
        app.router.add_route(route.method, route.path, route.handler)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=config.server.idle_seconds,
        shutdown_timeout=config.server.drain_seconds / 2,  # aiohttp waits twice
    )
    app.on_shutdown.append(lambda _: _end_connections(runner, server, answers, signing_in, setup.sandbox))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await bus.start()
    stack.push_async_callback(bus.stop)
    for channel in setup.channels:  # they stop when the requests under way have their answers
        await channel.start(host)
        stack.push_async_callback(channel.stop)
    tasks = [
        asyncio.create_task(loop.run(), name="routing loop"),
        asyncio.create_task(rounds.run(), name="rounds"),
    ]
    stack.push_async_callback(_finish, tasks, loop, rounds)
    await web.SockSite(runner, listening).start()
    assert runner.server is not None
    rounds.watch_headers(HeaderDeadline(runner.server, config.server.header_seconds))
    stack.push_async_callback(desk.tell_moving)
    log.info("started", url=url, process=name)
    return HubProcess(
        url, port, setup.mail_port, app, api.rules(), db, dispatcher, rounds, living, server, stack, tasks
    )


async def _finish(tasks: Sequence[asyncio.Task[None]], loop: RoutingLoop, rounds: Rounds) -> None:
    """What was accepted is decided and stored before the tasks end."""
    loop.stop()
    rounds.stop()
    _, late = await asyncio.wait(tasks, timeout=10)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _end_connections(
    runner: web.AppRunner,
    server: socketio.AsyncServer,
    answers: Answers,
    signing_in: SigningIn,
    sandbox: Sandbox | None,
) -> None:
    """Those that end only when told to: commands that nobody here will answer, streams, and the sockets of screens
    that were told to move. One that reads nothing is not waited for."""
    answers.stop()
    signing_in.guesses.stop()
    if sandbox is not None:
        sandbox.end_streams()
    if server.eio.sockets:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await server.eio.disconnect()
    await server.shutdown()
    if runner.server is not None:
        cut_sockets(runner.server)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(1024)
    listening.setblocking(False)
    return listening


def _origins(config: Config, url: str, port: int) -> frozenset[str]:
    """Of our own screens."""
    origins = {"/".join(url.split("/")[:3]), *config.server.trusted_origins}
    if config.server.host in ("127.0.0.1", "::1", "localhost"):
        origins |= {f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
    return frozenset(origins)


def _widget_origins(config: Config) -> Sequence[str]:
    return config.channels.webchat.origins if config.channels.webchat else ()


def _build_bus(config: Config) -> Bus:
    if not config.bus.url:
        return LocalBus()
    from hub.redis_bus import RedisBus  # here, because Redis's client takes long to import

    password = config.bus_password
    scheme, _, rest = config.bus.url.partition("://")
    return RedisBus(f"{scheme}://:{password}@{rest}" if password else config.bus.url)


def _samples(config: Config) -> list[SampleStaff]:
    if config.demo is None:
        return []
    password = config.reveal(config.demo.staff_password)
    return [
        SampleStaff(name=person.id, full_name=person.name, password=password, roles=list(person.roles))
        for person in config.demo.staff
        if not {"agent", "supervisor", "administrator"}.isdisjoint(person.roles)  # who has a screen to open
    ]
