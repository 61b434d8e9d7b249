"""`python -m hub api-token`: a token is printed once, opens the door until it is revoked, and is in the trail."""

from pathlib import Path
from typing import Any

import cyclopts
import pytest
from sqlalchemy import select

from hub.administration.program_tokens import hash_token
from hub.administration.token_commands import (
    TokenUnchanged,
    add_token_commands,
    list_and_say,
    make_and_say,
    revoke_and_say,
)
from hub.settings.config import load
from hub.storage import api_tokens, tables
from hub.storage.api_tokens import StoredToken
from hub.storage.database import Database
from routing.model import DAY
from tests.seeded import copy_database


@pytest.fixture
def url(seeded_file: Path, tmp_path: Path) -> str:
    copy_database(seeded_file, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


async def find(url: str, text: str) -> StoredToken | None:
    db = await Database.open(url, read_connections=1)
    async with db.read() as conn:
        found = await api_tokens.find(conn, hash_token(text))
    await db.close()
    return found


async def trail(url: str) -> list[tuple[str, str, str]]:
    a = tables.audit.c
    db = await Database.open(url, read_connections=1)
    async with db.read() as conn:
        rows = await conn.execute(select(a.staff_id, a.action, a.subject).where(a.action.startswith("tokens.")))
        found = [(row[0], row[1], row[2]) for row in rows]
    await db.close()
    return found


async def test_a_token_is_printed_once_listed_without_it_and_revoked(url: str) -> None:
    assert "api-token make NAME" in await list_and_say(url)
    text, said = (await make_and_say(url, " Web shop ", 30)).split("\n")
    one = await find(url, text)
    assert one is not None
    assert (one.name, one.scope, one.made_by) == ("Web shop", "customers.upsert", "command line")
    assert one.expires_at - one.made_at == 30 * DAY
    assert one.is_valid_at(one.made_at)
    assert one.id in said
    assert "not shown again" in said
    listed = await list_and_say(url)
    assert listed.startswith(f"{one.id}  Web shop: valid until ")
    assert listed.endswith("never used")
    assert text not in listed
    assert await revoke_and_say(url, one.id) == f"The token {one.id} of Web shop opens nothing from now on."
    ended = await find(url, text)
    assert ended is not None
    assert not ended.is_valid_at(one.made_at)
    assert ": revoked " in await list_and_say(url)
    assert await trail(url) == [("command line", f"tokens.{what}", one.id) for what in ("make", "revoke")]


async def test_what_cannot_be_done_is_said_and_is_not_in_the_trail(url: str) -> None:
    for name, days in (("", 30), ("x" * 101, 30), ("shop", 0), ("shop", 731)):
        with pytest.raises(TokenUnchanged, match="1 to 730 days"):
            await make_and_say(url, name, days)
    with pytest.raises(TokenUnchanged, match="No token has the id k1"):
        await revoke_and_say(url, "k1")
    text, _ = (await make_and_say(url, "shop", 1)).split("\n")
    one = await find(url, text)
    assert one is not None
    await revoke_and_say(url, one.id)
    with pytest.raises(TokenUnchanged, match="of shop was revoked before"):
        await revoke_and_say(url, one.id)
    assert len(await trail(url)) == 2


def test_the_commands_are_there_under_their_names() -> None:
    cli, done = cyclopts.App(name="hub"), list[str]()

    def note(work: Any) -> None:
        done.append(work.cr_code.co_name)
        work.close()

    add_token_commands(cli, load, note)
    for words in (["make", "shop", "--days", "7"], ["list"], ["revoke", "k1"]):
        cli(["api-token", *words], result_action="return_value")
    assert done == ["make_and_say", "list_and_say", "revoke_and_say"]
