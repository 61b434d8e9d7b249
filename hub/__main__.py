"""The command line: run, demo, check-config, apply, migrate, export-policy, simulate, and the commands about staff
and about a customer's data.

The rule of this file: it says in sentences what went wrong and what to do. Tracebacks are for our own mistakes.
"""

import hub.fast_imports  # noqa: F401  # before all others

# isort: split
import asyncio
import gc
import sys
from pathlib import Path
from typing import Annotated, Literal

import cyclopts

from channels.wording import say_count
from hub.administration import privacy_commands
from hub.administration.customer_commands import add_commands
from hub.administration.import_commands import ImportFailed
from hub.administration.phone_commands import check_phone, look_at_phones, set_phone
from hub.administration.script_commands import add_script_commands, check_folder
from hub.administration.staff_commands import StaffCommands, StaffUnchanged
from hub.administration.token_commands import TokenUnchanged, add_token_commands
from hub.logs import set_up_logs
from hub.policies.document_text import policy_to_toml
from hub.policies.in_force import PolicyBook, PolicyMoves
from hub.policies.menu_picture import draw_menus
from hub.policies.overtaking_bounds import say_bounds
from hub.policies.publishing import apply_policy, say_unserved
from hub.processes.serving import COLLECT, serve
from hub.routing_process.retention import say_terms
from hub.settings.config import Config, load
from hub.settings.demo_data import Role, SampleStaff
from hub.settings.live_settings import is_public
from hub.storage.database import Database, StorageError
from hub.storage.hub_time import read_now
from hub.storage.migrations import migrate as migrate_database
from hub.toml_files.problems import ConfigErrors, Finder, validate
from routing.policy_checks import check
from scripts_library.loader import LIBRARY

gc.enable()  # see hub.fast_imports

cli = cyclopts.App(name="hub", help="The Interaction Hub.")

ConfigPath = Path
DEFAULT = Path("config.toml")


@cli.command
def run(config: ConfigPath = DEFAULT) -> None:
    """Serve, with the settings in CONFIG, until SIGTERM or Ctrl+C."""
    settings = _load(config)
    set_up_logs(settings.log.level, as_json=settings.log.json)
    _exit(serve(settings, is_demo=False))


@cli.command
def demo(config: ConfigPath = DEFAULT) -> None:
    """Serve a demo with sample staff and customers. It upgrades its own database."""
    settings = _load(config)
    if is_public(settings):
        _exit(
            "The demo is only for this machine, but server.host or server.public_url lets others reach it: use `run`."
        )
    if settings.demo is None:
        _exit("The settings have no [demo] table, so nobody could sign in: add it, or use `run`.")
    set_up_logs("warning" if settings.log.level == "info" else settings.log.level, as_json=settings.log.json)
    _exit(serve(settings, is_demo=True))


@cli.command
def check_config(config: ConfigPath = DEFAULT) -> None:
    """List every problem of CONFIG with its key and line."""
    settings = _load(config)
    document = settings.policy_document
    _, problems = check_folder(settings.scripts_folder or LIBRARY, document)
    policy = PolicyBook(1, document).routing
    findings = [f"{config}: policy: {finding}" for finding in check(policy)]
    findings += asyncio.run(look_at_phones(settings))
    findings += [f"scripts: {problem}" for problem in problems]
    for line in (*say_bounds(policy), *say_terms(document, settings.security.audit_days)):
        print(line)
    for finding in findings:
        print(finding)
    said = f"; {say_count(len(findings), 'thing')} to look at" if findings else ""
    print(f"{config} can be used{said}.")


@cli.command
def migrate(config: ConfigPath = DEFAULT) -> None:
    """Upgrade the database to this version's schema. Stop every hub before."""
    settings = _load(config)
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _exit(asyncio.run(_guard(migrate_database(settings.database_url))))


@cli.command
def apply(
    config: ConfigPath = DEFAULT,
    *,
    move: Annotated[
        list[str] | None, cyclopts.Parameter(help="where open work of a queue goes: vip=service, vip/sms=service")
    ] = None,
    move_tier: Annotated[
        list[str] | None, cyclopts.Parameter(help="the new tier of a tier's customers: platinum=gold")
    ] = None,
) -> None:
    """Publish the policy part of CONFIG as a new version; a running hub uses it at once. It is refused while an
    open interaction or a customer has a queue, channel or tier that the new policy lacks, unless a MOVE or
    MOVE-TIER names where they go."""
    settings = _load(config)
    moves = PolicyMoves(_read_pairs("--move", move), _read_pairs("--move-tier", move_tier))
    _exit(asyncio.run(_guard(_apply(settings, moves))))


@cli.command
def export_policy(config: ConfigPath = DEFAULT) -> None:
    """Print the policy in force, as the policy part of a config.toml."""
    settings = _load(config)
    _exit(asyncio.run(_guard(_export(settings))))


@cli.command
def export_customer(
    id: str, config: ConfigPath = DEFAULT, *, out: Path = Path("customer.zip"), reason: str = ""
) -> None:
    """Write everything that the hub knows of the customer ID into a zip file: rows as JSON, and all sound and
    attachments. The audit trail says so."""
    settings = _load(config)
    _exit(asyncio.run(_guard(privacy_commands.export_customer(settings, id, out, reason))))


@cli.command
def erase_customer(id: str, config: ConfigPath = DEFAULT, *, reason: str) -> None:
    """Erase everything that the hub knows of the customer ID; figures stay. It cannot be undone. The audit trail
    keeps REASON."""
    _exit(asyncio.run(_guard(privacy_commands.erase_customer(_load(config), id, reason))))


@cli.command
def draw_menu(config: ConfigPath = DEFAULT, *, out: Path = Path("menu.svg")) -> None:
    """Draw the phone menus of CONFIG as a picture (SVG): which number hears which menu, and where each key leads."""
    document = _load(config).policy_document
    try:
        out.write_text(draw_menus(document), encoding="utf-8")
    except OSError as error:
        _exit(f"{out} cannot be written: {error.strerror}. Name another file with --out.")
    print(f"{out} shows {say_count(len(document.menus), 'menu')}.")


@cli.command
def add_staff(
    id: Annotated[str, cyclopts.Parameter(help="the sign-in name, in lower case")],
    name: str,
    role: list[Role],
    *,
    queue: list[str] | None = None,
    skill: list[str] | None = None,
    speaks: list[str] | None = None,
    team: list[str] | None = None,
    language: str = "en",
    phone: Annotated[str, cyclopts.Parameter(help="an agent's own number, e.g. +46701234567")] = "",
    config: ConfigPath = DEFAULT,
) -> None:
    """Add a person, and print their first password, which works once. A SKILL is written cards=4, levels 1 to 5."""
    settings = _load(config)
    pairs = [text.partition("=") for text in skill or ()]
    data = {
        "id": id,
        "name": name,
        "roles": role,
        "language": language,
        "queues": queue or [],
        "skills": {name: int(level) if level.isdecimal() else level for name, _, level in pairs},
        "languages": speaks or [],
        "teams": team or [],
        "phone": check_phone(settings, phone),
    }
    person, problems = validate(SampleStaff, data, Finder())
    if person is None:
        _exit("\n".join(str(problem) for problem in problems))
        return
    unknown = set(person.queues) - {known.id for known in settings.policy_document.queues}
    if unknown:
        _exit(f"No such queue: {', '.join(sorted(unknown))}.")
    _exit(asyncio.run(_guard(StaffCommands(settings.database_url).add(person))))


@cli.command
def staff_phone(
    id: Annotated[str, cyclopts.Parameter(help="the agent's sign-in name")],
    number: Annotated[str, cyclopts.Parameter(help="e.g. +46701234567, or none")],
    config: ConfigPath = DEFAULT,
) -> None:
    """Give an agent a telephone number of their own, on which calls reach them; "none" removes it. A running hub
    uses it at once."""
    settings = _load(config)
    checked = "" if number == "none" else check_phone(settings, number)
    _exit(asyncio.run(_guard(set_phone(settings, id, checked))))


StaffId = Annotated[str, cyclopts.Parameter(help="the sign-in name that was given to add-staff")]


@cli.command
def reset_password(id: StaffId, *, config: ConfigPath = DEFAULT) -> None:
    """Print a one-time password for a person who forgot theirs, and sign them out everywhere."""
    _exit(asyncio.run(_guard(StaffCommands(_load(config).database_url).reset_password(id))))


@cli.command
def enable(id: StaffId, *, config: ConfigPath = DEFAULT) -> None:
    """Let a disabled person sign in again."""
    _exit(asyncio.run(_guard(StaffCommands(_load(config).database_url).enable(id))))


@cli.command
def disable(id: StaffId, *, config: ConfigPath = DEFAULT) -> None:
    """Disable a person: they cannot sign in, and their open screens close within 5 seconds."""
    _exit(asyncio.run(_guard(StaffCommands(_load(config).database_url).disable(id))))


@cli.command
def roles(id: StaffId, role: list[Role] | None = None, *, config: ConfigPath = DEFAULT) -> None:
    """Show a person's roles. With ROLE, give the person exactly these."""
    _exit(asyncio.run(_guard(StaffCommands(_load(config).database_url).roles(id, list(role or ())))))


@cli.command
def queues(id: StaffId, queue: list[str] | None = None, *, config: ConfigPath = DEFAULT) -> None:
    """Show the queues that an agent serves or a supervisor looks after. With QUEUE, make it exactly these. A
    supervisor of no queue reads no customer's data."""
    settings = _load(config)
    unknown = set(queue or ()) - {known.id for known in settings.policy_document.queues}
    if unknown:
        _exit(f"No such queue: {', '.join(sorted(unknown))}.")
    _exit(asyncio.run(_guard(StaffCommands(settings.database_url).queues(id, list(queue or ())))))


@cli.command
def recount_segments(config: ConfigPath = DEFAULT) -> None:
    """Compare who is in each live segment with what its definition says of every customer. It changes nothing, and a
    hub may run meanwhile; it is a check that should find nothing. Ctrl+C ends it."""
    from hub.administration.recounting import recount_all

    said, is_right = asyncio.run(recount_all(_load(config).database_url))
    print(said) if is_right else _exit(said)


@cli.command
def simulate(
    scenario: Path,
    *,
    config: ConfigPath = DEFAULT,
    compare: Annotated[Path | None, cyclopts.Parameter(help="a config.toml or scenario file to compare with")] = None,
    without: Annotated[str | None, cyclopts.Parameter(help="the tier whose head start is removed")] = None,
    page: Annotated[Path | None, cyclopts.Parameter(help="write an HTML page with charts")] = None,
    json: Annotated[Path | None, cyclopts.Parameter(help="write all figures as JSON")] = None,
    language: Annotated[Literal["en", "zh-CN"], cyclopts.Parameter(help="the page's language")] = "en",
    seed: Annotated[int | None, cyclopts.Parameter(help="a seed instead of the scenario's")] = None,
) -> None:
    """Play SCENARIO in virtual time under the policy of CONFIG, and print service levels, waits, abandonment and
    occupancy with their confidence intervals. hub/simulation/samples/ has scenarios to begin with. No live data is
    read or changed."""
    from hub.simulation import command as simulation

    gc.set_threshold(*COLLECT)
    try:
        print(simulation.simulate(simulation.Wish(scenario, config, compare, without, page, json, language, seed)))
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        _exit(f"{error.filename} cannot be written: {error.strerror}.")


def _read_pairs(option: str, words: list[str] | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words or ():
        old, _, new = word.partition("=")
        if not old or not new:
            _exit(f"{option} {word}: write it as OLD=NEW, for example {option} vip=service.")
        if pairs.setdefault(old, new) != new:
            _exit(f"{option} {word}: another {option} already moves {old} to {pairs[old]}.")
    return pairs


async def _apply(settings: Config, moves: PolicyMoves) -> None:
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        now = await read_now(db)
        version = await apply_policy(db, settings.policy_document, now, "hub apply", moves)
        print(f"Published as version {version}." if version else "The policy in force is already the same.")
        for line in await say_unserved(db, settings.policy_document):
            print(line)
    finally:
        await db.close()


async def _export(settings: Config) -> None:
    from hub.policies.stored_versions import load_book

    db = await Database.open(settings.database_url, read_connections=1)
    try:
        async with db.read() as conn:
            book = await load_book(conn)
        print(policy_to_toml(book.document if book else settings.policy_document), end="")
    finally:
        await db.close()


async def _guard(work: object) -> str | None:
    try:
        said = await work  # type: ignore[misc]  # a coroutine of one of the commands above
        if isinstance(said, str):
            print(said)
    except (StorageError, StaffUnchanged, ImportFailed, TokenUnchanged) as error:
        return str(error)
    return None


def _load(path: Path) -> Config:
    try:
        return load(path)
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        sys.exit(2)


def _exit(problem: str | None) -> None:
    if problem:
        print(problem, file=sys.stderr)
        sys.exit(1)


add_script_commands(cli, _load, lambda work: _exit(asyncio.run(_guard(work))))
add_token_commands(cli, _load, lambda work: _exit(asyncio.run(_guard(work))))
add_commands(cli, _load, lambda work: _exit(asyncio.run(_guard(work))))


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
