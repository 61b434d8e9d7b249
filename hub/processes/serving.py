"""Serves with the settings of a hub until a signal: in one process, or in one that routes and its edges.

The rule of this file: it says in sentences what keeps a hub from serving.

With edges, the first process routes, sends and watches over timers, and nobody reaches it but the edges: its
interpreter is the router's alone. The edges take in webhooks, mails, screens and widgets, hand over what they took in
at a socket in a folder of this hub alone, and never take the lease. If the routing process dies it starts again under
its old id, so that it takes its own lease at once. Meanwhile the edges take in.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvloop

from channels.mail.email import MailPortTaken
from hub import app as hub_app
from hub.administration.live_people import DemoPeopleLeft, refuse_demo_people
from hub.administration.sample_base.moves import sow_moves
from hub.administration.sample_base.seeding import sow, sow_activities
from hub.administration.sample_base.segments import sow_segments
from hub.administration.seeding import seed_demo
from hub.clock import SystemClock
from hub.ids import new_id
from hub.logs import name_process
from hub.metrics import count_starts, forget_process, share_metrics
from hub.policies.stored_versions import has_policy, publish_policy
from hub.processes.edge_doors import EdgeDoors
from hub.processes.supervisor import READY, Child, StartFailed, Supervisor
from hub.settings.config import Config
from hub.storage.database import Database, StorageError
from hub.storage.migrations import migrate
from hub.storage.rule_due import forget_waits
from hub.wiring.listening import Doors, ProcessRole

SWITCH_SECONDS = (
    0.001  # so long, not five times, does the loop wait for a thread that reads a file or parses a script
)
# Thousands of open interactions are not garbage: old objects are looked at rarely. Young ones are
# looked at often, a few at a time: 20,000 at once held the loop for 5 to 9 ms.
COLLECT = (1_000, 50, 400)


def serve(settings: Config, *, is_demo: bool) -> str | None:
    """Serve until SIGTERM or Ctrl+C. Returns an error message, or None."""
    try:
        asyncio.run(_prepare(settings, is_demo))
    except (StorageError, DemoPeopleLeft) as error:
        return str(error)
    if settings.server.edges:
        return _supervise(settings, is_demo)
    ready = partial(_greet, settings, is_demo)
    return uvloop.run(_serve(settings, is_demo, ready))


async def _prepare(settings: Config, is_demo: bool) -> None:
    if not is_demo:
        await refuse_demo_people(settings)
        return
    assert settings.demo is not None
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    await migrate(settings.database_url)
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        db.lock_file()  # sowing takes minutes: nobody else begins meanwhile, and the log of SQLite is cut back
        password = settings.reveal(settings.demo.staff_password)
        now = SystemClock().now()
        await seed_demo(db, settings.demo, password, settings.policy_document, now)
        if settings.demo.sample_customers:
            stages = {one.id: one.stage for one in settings.demo.customers}
            await sow_activities(db, stages, now)
            await sow(db, settings.policy_document, settings.demo.sample_customers, now)
            if not await has_policy(db):
                await publish_policy(db, settings.policy_document, now, "config.toml")
            owners = [one.id for one in settings.demo.staff if "administrator" in one.roles]
            await sow_segments(db, owners[0] if owners else "", now)
            await sow_moves(db, now)
        await db.write(forget_waits)
    finally:
        await db.close()


# ---- several processes


def _supervise(settings: Config, is_demo: bool) -> str | None:
    import hub.redis_bus  # noqa: F401  # once, before the processes part; a hub without edges may need none

    with contextlib.ExitStack() as stack:
        try:
            doors = EdgeDoors(settings)
        except (MailPortTaken, OSError) as error:
            return _say_taken(settings, error)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-metrics-")))
        share_metrics(folder, "supervisor")
        starts = count_starts()
        meeting = folder / "router"
        roles = [ProcessRole("routing", meeting=meeting)]
        roles += [
            ProcessRole(f"edge-{number + 1}", may_route=False, meeting=meeting)
            for number in range(settings.server.edges)
        ]

        def prepare(name: str) -> None:
            starts.labels(name).inc()
            if name != roles[0].name:
                doors.open(name)

        def clear(name: str, pause: float) -> None:
            forget_process(name)
            if pause:
                doors.close(name)

        supervisor = Supervisor(
            [Child(role.name, partial(_be, settings, is_demo, role, doors, folder)) for role in roles],
            on_ready=lambda: _greet(settings, is_demo, settings.public_url(doors.port)),
            on_start=prepare,
            on_death=clear,
            on_stop=doors.close_all,
        )
        gc.freeze()  # the processes share the pages of what is there already
        try:
            return None if supervisor.run() else "Not every process ended in time: see the log."
        except StartFailed as failed:
            return str(failed)


def _be(
    settings: Config, is_demo: bool, role: ProcessRole, doors: EdgeDoors, folder: Path, lifeline: socket.socket
) -> int:
    """One of the processes, until its lifeline ends."""
    if not role.may_route:
        role = replace(role, id=new_id("p"))  # its screens and chats are not those of the one that died
    name_process(role.name)
    share_metrics(folder, role.name)
    ready = lambda url: lifeline.sendall(READY)  # noqa: E731  # one line, used once
    problem = uvloop.run(_serve(settings, is_demo, ready, role, doors.keep(role.name), lifeline))
    if problem:
        print(f"{role.name}: {problem}", file=sys.stderr)
    return int(problem is not None)


# ---- one process


async def _serve(
    settings: Config,
    is_demo: bool,
    ready: Callable[[str], object],
    role: ProcessRole | None = None,
    doors: Doors | None = None,
    lifeline: socket.socket | None = None,
) -> str | None:
    """Returns an error message, or None when it was told to end: by a signal, or by its lifeline. A process with a
    lifeline leaves the signals to its supervisor, who knows which process must end after which, also where a service
    manager sends the signal to all of them."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set if lifeline is None else lambda: None)
    if lifeline is not None:
        lifeline.setblocking(False)
        cut = asyncio.create_task(loop.sock_recv(lifeline, 1))
        cut.add_done_callback(lambda _: stopping.set())
    try:
        process = await hub_app.serve(settings, is_demo=is_demo, role=role, doors=doors)
    except StorageError as error:
        return str(error)
    except (MailPortTaken, OSError) as error:
        return _say_taken(settings, error)
    gc.freeze()  # objects made at the start live as long as the process: collections can skip them
    gc.set_threshold(*COLLECT)
    sys.setswitchinterval(SWITCH_SECONDS)
    ready(process.url)
    failed = asyncio.create_task(process.failed())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait([failed, stopped], return_when=asyncio.FIRST_COMPLETED)
    try:
        if failed.done():
            failed.result()  # the traceback, loudly
            return "The hub stopped, because a task that must run for ever has ended."
    finally:
        failed.cancel()
        stopped.cancel()
        await process.stop()
    return None


def _say_taken(settings: Config, error: Exception) -> str:
    if isinstance(error, MailPortTaken):
        return f"Cannot listen for mail on {error}. HUB_MAIL_PORT changes it."
    assert isinstance(error, OSError)
    return f"Cannot listen on {settings.server.host}:{settings.server.port}: {error.strerror}. HUB_PORT changes it."


def _greet(settings: Config, is_demo: bool, url: str) -> None:
    print(f"The Interaction Hub runs at {url}")
    if is_demo and settings.demo is not None:
        password = settings.reveal(settings.demo.staff_password)
        print(f"  customers' devices  {url}/sandbox")
        print(f"  agents' desk        {url}/desk")
        print(f"  wallboard           {url}/wallboard")
        print(f"  sign in as (all with the password {password})")
        for person in settings.demo.staff:
            print(f"    {person.id:10}  {', '.join(person.roles):20}  {person.name}")
        print("  Ctrl+C ends it.")
    sys.stdout.flush()
