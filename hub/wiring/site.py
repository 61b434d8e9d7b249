"""Builds the web server: every route, the action that each route needs, and the limits that hold for all.

The rule of this file: it lists the routes of the hub. A channel brings its own routes.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import socketio
from aiohttp import web

from agent_console.wire import SampleStaff
from channels.sandbox.sandbox import Sandbox
from hub.access.reading import Reading
from hub.access.recording_hearings import Hearings
from hub.access.shown_values import ShownValues
from hub.access.signing_in import SigningIn
from hub.api.agreed_calls import AgreedCalls
from hub.api.answer_headers import set_headers
from hub.api.call_options import CallOptions
from hub.api.conversations import Conversations
from hub.api.customer_consents import CustomerConsents
from hub.api.customer_data import CustomerData
from hub.api.customer_exports import CustomerExports
from hub.api.customer_matches import CustomerMatches
from hub.api.customer_merges import CustomerMerges
from hub.api.customer_search import CustomerSearch
from hub.api.customer_upserts import CustomerUpserts
from hub.api.customers import Customers
from hub.api.filed_mails import FiledMails
from hub.api.imports import Imports
from hub.api.operations import Operations
from hub.api.own_phone import OwnPhone
from hub.api.policy_changes import PolicyChanges
from hub.api.practice import Practice
from hub.api.proven_statements import Statements
from hub.api.receiver_list import ReceiverList
from hub.api.recording_list import RecordingList
from hub.api.routes import Api, Rule
from hub.api.script_comparisons import ScriptComparisons
from hub.api.script_editing import ScriptEditing
from hub.api.script_figures import ScriptFigures
from hub.api.script_notes import ScriptNotes
from hub.api.script_pages import ScriptPages
from hub.api.script_previews import ScriptPreviews
from hub.api.segments import Segments
from hub.api.session_list import SessionList
from hub.api.set_aside import SetAside
from hub.api.sign_in import SignIn
from hub.api.softphone import Softphone
from hub.api.sound_player import SoundPlayer
from hub.api.tiers import Tiers
from hub.api.trail import Trail
from hub.api.value_showing import ValueShowing
from hub.api.why import Why
from hub.doors.client_address import ClientAddresses
from hub.doors.connection_deadlines import build_body_deadline, cut_sockets
from hub.doors.input_gate import input_gate
from hub.doors.socket_seats import SocketSeats
from hub.doors.socket_server import SocketServer
from hub.policies.stored_versions import read_organisation
from hub.screens.call_receivers import Receivers
from hub.screens.explaining import Explaining
from hub.screens.telling import Answers
from hub.screens.unfinished import Unfinished
from hub.screens.work_lists import WorkLists
from hub.settings.config import Config
from hub.wiring.channels import Setup
from hub.wiring.listening import Shared
from hub.wiring.routing import Routing
from hub.wiring.screens import Screens
from hub.wiring.storage import Storage

STATIC = Path(__file__).parents[2] / "agent_console" / "static"
CLOSE_SECONDS = 2.0


@dataclass(slots=True)
class Site:
    app: web.Application
    runner: web.AppRunner
    rules: Sequence[Rule]
    _is_stopping: bool = False

    def say_goodbye(self) -> None:
        """From here on each answer ends its connection: whoever keeps one would find it closed in the end, in the
        middle of a request."""
        self._is_stopping = True

    async def end_connection(self, request: web.Request, response: web.StreamResponse) -> None:
        if self._is_stopping:
            response.force_close()


def build_site(
    shared: Shared,
    storage: Storage,
    setup: Setup,
    routing: Routing,
    screens: Screens,
    sockets: SocketServer,
    addresses: ClientAddresses,
    is_demo: bool,
) -> Site:
    config, db, clock, sessions = shared.config, storage.db, shared.clock, storage.sessions
    server, wake_router = config.server, shared.signals.arrived
    seats = SocketSeats(
        addresses, screens.console.is_staff, most=server.sockets, most_per_address=server.sockets_per_address
    )
    signing_in = SigningIn(db, clock, sessions, partial(read_organisation, db))
    screens.periodic.watch_sign_in(signing_in)
    sign_in = SignIn(
        db=db,
        clock=clock,
        sessions=sessions,
        signing_in=signing_in,
        addresses=addresses,
        organisation=partial(read_organisation, db),
        samples=_samples(config) if is_demo else [],
        is_cookie_secure=config.security.cookie_secure,
        wake_router=wake_router,
    )
    reading = Reading(db, clock, routing.looks, config.security.reading_days)
    shown = ShownValues(db, clock)
    pages = Customers(db, clock, reading, routing.looks, routing.pages, wake_router)
    routes = [
        *sign_in.rules(),
        *SessionList(db, sessions, addresses).rules(),
        *Conversations(db, storage.media, routing.feed, reading, routing.looks, shown.find_sight).rules(),
        *Statements(db, reading, routing.looks).rules(),
        *pages.rules(),
        *ValueShowing(db, clock, reading, routing.looks, pages.build_opened).rules(),
        *CustomerMatches(db, clock, reading, routing.looks).rules(),
        *CustomerData(db, config.media_folder).rules(),
        *CustomerMerges(db, clock, reading, routing.looks, wake_router).rules(),
        *Segments(db, clock, routing.looks).rules(),
        *ScriptPages(db, clock, storage.published, config.scripts).rules(),
        *ScriptEditing(db, clock, storage.published, wake_router, four_eyes=config.scripts.four_eyes).rules(),
        *ScriptNotes(db, clock).rules(),
        *Practice(db, clock, storage.published).rules(),
        *ScriptPreviews(db, clock, storage.published, reading).rules(),
        *ScriptFigures(db, clock).rules(),
        *ScriptComparisons(db, clock, storage.published, wake_router).rules(),
        *CustomerExports(db, routing.looks).rules(),
        *CustomerUpserts(db, clock, wake_router).rules(),
        *Imports(db, clock, routing.looks).rules(),
        *CustomerConsents(db, clock, reading).rules(),
        *Tiers(db, clock, reading, partial(shared.signals.stored, False)).rules(),
        *PolicyChanges(db, clock, partial(shared.signals.stored, False)).rules(),
        *SoundPlayer(db, storage.media, Hearings(db, clock, reading, routing.looks)).rules(),
        *RecordingList(db, reading).rules(),
        *CustomerSearch(db, clock, reading, routing.looks).rules(),
        *SetAside(db, storage.inbox, routing.looks, wake_router).rules(),
        *FiledMails(db).rules(),
        *Trail(db).rules(),
        *Why(Explaining(db, clock), WorkLists(db), Unfinished(db, clock), reading).rules(),
        *AgreedCalls(db, reading, routing.looks).rules(),
        *CallOptions(routing.rules, storage.scripts).rules(),
        *OwnPhone(db, clock, routing.rules, wake_router, setup.say_code).rules(),
        *ReceiverList(Receivers(db, clock)).rules(),
        *Softphone(db, clock, setup.softphones, wake_router).rules(),
    ]
    api = Api(
        STATIC,
        sessions,
        storage.living.note_use,
        routes,
        shown.find_sight,
        has_sandbox=config.sandbox.enabled,
        sound_hosts=_sound_hosts(setup),
    )
    app = web.Application(
        client_max_size=server.max_body_bytes,
        middlewares=[build_body_deadline(server.body_seconds), input_gate, seats.build_door()],
    )
    set_headers(app, is_public=shared.address.url.startswith("https://"))
    sockets.attach(app)
    api.mount(app)
    operations = Operations(db, shared.metrics, routing.dispatcher, shared.bus, config.metrics_token)
    operations.mount(app)
    if shared.metrics.is_shared:
        screens.periodic.watch_metrics(operations.measure)
    for route in setup.routes():
        app.router.add_route(route.method, route.path, route.handler)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=server.idle_seconds,
        shutdown_timeout=server.drain_seconds / 2,  # aiohttp waits twice
    )
    app.on_shutdown.append(lambda _: _end_connections(runner, sockets, routing.answers, signing_in, setup.sandbox))
    site = Site(app, runner, api.rules())
    app.on_response_prepare.append(site.end_connection)
    return site


def _sound_hosts(setup: Setup) -> str:
    """Where pages connect for the sound of calls: the sandbox's, or the provider's, whose library also fetches."""
    if setup.softphones is not None and not setup.softphones.is_sandbox:
        return "https://*.twilio.com wss://*.twilio.com"
    return setup.sound_url


def _samples(config: Config) -> list[SampleStaff]:
    if config.demo is None:
        return []
    password = config.reveal(config.demo.staff_password)
    return [
        SampleStaff(name=person.id, full_name=person.name, password=password, roles=list(person.roles))
        for person in config.demo.staff
    ]


async def _end_connections(
    runner: web.AppRunner,
    server: socketio.AsyncServer,
    answers: Answers,
    signing_in: SigningIn,
    sandbox: Sandbox | None,
) -> None:
    """End what would not end by itself: commands that this process will not answer, streams, and the sockets of
    screens that were told to connect elsewhere. A client that has stopped reading is cut off."""
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
