"""The command line about scripts: `scripts check`, `scripts apply`, `scripts export`.

The rule of this file: `check` reads a folder and no database, so an author can run it anywhere.
"""

import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import cyclopts

from channels.registry import REGISTRY
from channels.wording import say_count
from hub.clock import HubClock
from hub.policies.attributes import FIELD_TYPES, list_variable_types
from hub.policies.document import PolicyDocument
from hub.policies.in_force import PolicyBook
from hub.scripts.catalogue_problems import check_catalogues
from hub.scripts.script_folders import apply_folder, export_folder
from hub.scripts.script_subjects import CALLBACK
from hub.settings.config import Config
from hub.storage.connection import StorageError
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from scripts_library.checks import check_actions, check_kept, check_names
from scripts_library.loader import LIBRARY, Library, load_scripts
from scripts_library.script_parts import Script
from scripts_library.script_problems import ScriptProblem, Severity
from scripts_library.variables import ANY_SEGMENT_TYPES
from scripts_library.webhook_parts import check_webhooks

DEFAULT = Path("config.toml")


class NotExported(StorageError):
    """The text says which file could not be written."""


def add_script_commands(
    cli: cyclopts.App, load: Callable[[Path], Config], carry_out: Callable[[Awaitable[str]], None]
) -> None:
    """`carry_out` prints what the work says, or why it could not be done."""
    scripts = cyclopts.App(name="scripts", help="The scripts of the agents.")
    cli.command(scripts)

    @scripts.command
    def check(folder: Path | None = None, *, config: Path = DEFAULT) -> None:
        """Check each script of FOLDER (of CONFIG, if it is left out) and walk its examples. Every problem has its
        file, line and column; the exit code is 1 if a script cannot be used."""
        settings = load(config)
        library, problems = check_folder(folder or settings.scripts_folder or LIBRARY, settings.policy_document)
        broken = sorted({problem.file for problem in problems if problem.severity is Severity.ERROR})
        examples = sum(len(script.examples) for script in library.scripts)
        said = [str(problem) for problem in problems]
        said += [_say_users(library, shared) for shared in library.shared]
        said += [f"{say_count(len(library.scripts), 'script')} can be used, {say_count(examples, 'example')} walked."]
        sys.stdout.write("\n".join(said) + "\n")
        if broken:
            sys.stderr.write(f"{say_count(len(broken), 'file')} cannot be used: {', '.join(broken)}\n")
            sys.exit(1)

    @scripts.command
    def apply(folder: Path | None = None, *, config: Path = DEFAULT) -> None:
        """Publish each script of FOLDER (of CONFIG, if it is left out) that has a larger version than the published
        one; a running hub uses it from the next interaction on. One broken file, and nothing is published. Where
        CONFIG asks for four eyes, they become drafts, which an author approves."""
        settings = load(config)
        carry_out(_apply(settings, folder or settings.scripts_folder or LIBRARY))

    @scripts.command
    def export(folder: Path, *, config: Path = DEFAULT) -> None:
        """Write the published scripts into FOLDER, byte for byte as they were published."""
        carry_out(_export(load(config), folder))


async def _apply(settings: Config, folder: Path) -> str:
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        done = await apply_folder(db, folder, await read_now(db), four_eyes=settings.scripts.four_eyes)
    finally:
        await db.close()
    said = [f"Published: {name}" for name in done.published]
    said += [f"Waits for another author: {name}" for name in done.handed_in]
    said += [f"Left alone, a larger version is published: {name}" for name in done.left]
    count = len(done.published) + len(done.handed_in)
    return "\n".join([*said, f"{say_count(count, 'script')} of {count + len(done.left) + done.unchanged} were news."])


async def _export(settings: Config, folder: Path) -> str:
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        written = await export_folder(db, folder)
    except OSError as error:
        raise NotExported(f"{error.filename} cannot be written: {error.strerror}.") from error
    finally:
        await db.close()
    return "\n".join([*(f"Written: {name}" for name in written), f"{say_count(len(written), 'file')} written."])


def _say_users(library: Library, shared: Script) -> str:
    users = sorted({user.id for user in library.list_users(shared.id) if user.language == shared.language})
    return f"{shared.file} is used by {', '.join(users) or 'no script'}."


def check_folder(
    folder: Path, policy: PolicyDocument, today: date | None = None
) -> tuple[Library, tuple[ScriptProblem, ...]]:
    """Return the scripts of the folder, and every problem of theirs, under this policy too. `today`: of the
    organisation's calendar; None: by the clock."""
    today = today or date.fromisoformat(PolicyBook(1, policy).day_of(HubClock().now()))
    library = load_scripts(folder, {**list_variable_types(policy.all_attributes), **ANY_SEGMENT_TYPES})
    queues, tiers = [queue.id for queue in policy.queues], [tier.id for tier in policy.tiers]
    purposes = [CALLBACK, *policy.purposes]
    names = check_names(
        library.scripts, list(REGISTRY), queues, tiers, [stage.id for stage in policy.stages], purposes
    )
    kept = check_kept(
        library.scripts,
        {name: FIELD_TYPES[one.type] for name, one in policy.all_attributes.items()},
        {name: [choice.value for choice in one.choices] for name, one in policy.all_attributes.items()},
    )
    shown = {use.id for script in library.scripts for use in script.uses}
    catalogues = check_catalogues(library.shared, library.types, policy.all_activities, shown, today)
    every = (*library.scripts, *library.shared)
    actions = (*check_actions(every, tiers), *check_webhooks(every, policy.all_webhooks))
    return library, (*library.problems, *names, *kept, *actions, *catalogues)
