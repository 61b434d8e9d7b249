"""The command line about customers in bulk: import, taking an import back, export.

The rule of this file: it declares the commands. What they do is in the modules that it calls.
"""

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import cyclopts

from hub.administration import export_commands, import_commands
from hub.administration.import_commands import FileWish
from hub.settings.config import Config

DEFAULT = Path("config.toml")


def add_commands(
    cli: cyclopts.App, load: Callable[[Path], Config], run: Callable[[Coroutine[Any, Any, str | None]], None]
) -> None:
    """`run`: carries a command out, and ends the process with the sentence of its error."""

    @cli.command
    def import_customers(
        file: Path,
        *,
        column: Annotated[
            list[str] | None,
            cyclopts.Parameter(help="what a column is: Mobile=phone, Stadt=city, Remarks= to skip it"),
        ] = None,
        country: Annotated[str, cyclopts.Parameter(help="of telephone numbers without one: SE, CN")] = "",
        dry_run: Annotated[bool, cyclopts.Parameter(help="say what would be added, changed and refused")] = False,
        config: Path = DEFAULT,
    ) -> None:
        """Add and change customers from FILE: CSV, JSON lines or xlsx. A line belongs to the customer with its
        number, mailbox or customer id. An empty cell changes nothing. A running hub goes on meanwhile."""
        pairs = [text.rpartition("=") for text in column or ()]
        wish = FileWish(file, {name: target for name, _, target in pairs}, country.upper(), dry_run)
        run(import_commands.import_customers(load(config).database_url, wish, _say))

    @cli.command
    def take_back_import(id: str, *, config: Path = DEFAULT) -> None:
        """Undo the last import, but for what was changed since."""
        run(import_commands.take_back(load(config).database_url, id, _say))

    @cli.command
    def export_customers(out: Path, *, reason: str, segment: str = "", config: Path = DEFAULT) -> None:
        """Write all customers, or the members of SEGMENT, into the file OUT, which `import-customers` reads
        again: xlsx if it is called so, else CSV. The audit trail keeps REASON."""
        run(export_commands.export_customers(load(config).database_url, out, segment, reason))


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
