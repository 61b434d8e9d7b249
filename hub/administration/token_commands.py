"""The command line about tokens of programs: `api-token make`, `api-token list`, `api-token revoke`.

The rule of this file: each works while hubs run, and they follow it at once. A token is printed once and stored
nowhere.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from pydantic import ValidationError

from agent_console.token_views import TokenRequest
from hub.administration.program_tokens import list_tokens, make_token, revoke_token
from hub.settings.config import Config
from hub.storage.api_tokens import StoredToken
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from hub.storage.migrations import check_schema
from hub.storage.staff import COMMAND_LINE
from routing.model import SECOND, Micros

DEFAULT = Path("config.toml")


class TokenUnchanged(Exception):
    """The message is for the person who typed the command."""


def add_token_commands(
    cli: cyclopts.App, load: Callable[[Path], Config], carry_out: Callable[[Awaitable[str]], None]
) -> None:
    """`carry_out` prints what the work says, or why it could not be done."""
    tokens = cyclopts.App(name="api-token", help="Tokens of programs, which add and change customers over HTTP.")
    cli.command(tokens)

    @tokens.command
    def make(
        name: Annotated[str, cyclopts.Parameter(help="what the program is called")],
        *,
        days: Annotated[int, cyclopts.Parameter(help="how long it lasts, at most 730")] = 90,
        config: Path = DEFAULT,
    ) -> None:
        """Make a token for the program NAME and print it, this once. The audit trail says so."""
        carry_out(make_and_say(load(config).database_url, name, days))

    @tokens.command(name="list")
    def list_(*, config: Path = DEFAULT) -> None:
        """List the tokens with their ids, the newest first: until when each lasts, who made it, when it was used."""
        carry_out(list_and_say(load(config).database_url))

    @tokens.command
    def revoke(
        id: Annotated[str, cyclopts.Parameter(help="as `api-token list` has it")], *, config: Path = DEFAULT
    ) -> None:
        """Revoke the token ID: its program is refused from its next request on. The audit trail says so."""
        carry_out(revoke_and_say(load(config).database_url, id))


async def make_and_say(url: str, name: str, days: int) -> str:
    """Raises TokenUnchanged, StorageError."""
    try:
        asked = TokenRequest(name=name, days=days)
    except ValidationError as error:
        raise TokenUnchanged("A program's name has 1 to 100 letters, and a token lasts 1 to 730 days.") from error
    db = await _open(url)
    try:
        made = await make_token(db, asked.name, asked.days, await read_now(db), COMMAND_LINE)
    finally:
        await db.close()
    one = made.stored
    return (
        f"{made.text}\nThis is the token {one.id} of {one.name}, until {_say_day(one.expires_at)}. It is not shown "
        "again: store it where the program reads it."
    )


async def list_and_say(url: str) -> str:
    """Raises StorageError."""
    db = await _open(url)
    try:
        now, known = await read_now(db), await list_tokens(db)
    finally:
        await db.close()
    lines = []
    for one in known:
        stored = one.stored
        used = f"last used {_say_day(stored.used_at)}" if stored.used_at is not None else "never used"
        made = f"made by {one.made_by} {_say_day(stored.made_at)}"
        lines.append(f"{stored.id}  {stored.name}: {_say_state(stored, now)}, {made}, {used}")
    return "\n".join(lines) or "There is no token. To make one: python -m hub api-token make NAME"


async def revoke_and_say(url: str, token_id: str) -> str:
    """Raises TokenUnchanged, StorageError."""
    db = await _open(url)
    try:
        known = {one.stored.id: one.stored for one in await list_tokens(db)}
        if token_id not in known:
            raise TokenUnchanged(f"No token has the id {token_id}. To see them: python -m hub api-token list")
        if not await revoke_token(db, token_id, await read_now(db), COMMAND_LINE):
            raise TokenUnchanged(f"The token {token_id} of {known[token_id].name} was revoked before.")
    finally:
        await db.close()
    return f"The token {token_id} of {known[token_id].name} opens nothing from now on."


async def _open(url: str) -> Database:
    db = await Database.open(url, read_connections=1)
    try:
        await check_schema(db)
    except BaseException:
        await db.close()
        raise
    return db


def _say_state(token: StoredToken, now: Micros) -> str:
    if token.revoked_at is not None:
        return f"revoked {_say_day(token.revoked_at)}"
    until = _say_day(token.expires_at)
    return f"valid until {until}" if token.is_valid_at(now) else f"over since {until}"


def _say_day(at: Micros) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).date().isoformat()
