"""The commands about people: what they change, what they print, and what they say where nothing is to be changed."""

from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from hub.access.sessions import Sessions
from hub.access.signing_in import FirstPasswordMustChange, SigningIn
from hub.administration.staff_commands import StaffCommands, StaffUnchanged
from hub.clock import SystemClock, ThisMachine
from hub.policies.stored_versions import read_organisation
from hub.settings.demo_data import SampleStaff
from hub.storage import lease, tables
from hub.storage.database import Database
from hub.storage.documents import StaffChanged
from hub.storage.lease import ClockMark
from routing.model import DAY
from tests.hub.connected_screens import PASSWORD
from tests.seeded import copy_database


@pytest.fixture
def url(seeded_file: Path, tmp_path: Path) -> str:
    copy_database(seeded_file, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


async def rows(url: str, column, *where) -> list:
    db = await Database.open(url, read_connections=1)
    async with db.read() as conn:
        found = list(await conn.scalars(select(column).where(*where)))
    await db.close()
    return found


async def test_a_reset_password_serves_once_and_ends_every_session(url: str) -> None:
    db = await Database.open(url)
    sessions = Sessions(db, SystemClock(), hours=12)
    signing_in = SigningIn(db, SystemClock(), sessions, lambda: read_organisation(db))
    before = await signing_in.sign_in("ada", PASSWORD)
    assert before is not None
    said = await StaffCommands(url).reset_password("ada")
    password = said.split(" with ")[1].split()[0]
    assert await sessions.find(before.token) is None
    assert await signing_in.sign_in("ada", PASSWORD) is None
    with pytest.raises(FirstPasswordMustChange):
        await signing_in.sign_in("ada", password)
    await db.close()
    details = await rows(url, tables.audit.c.detail, tables.audit.c.action == "staff.reset_password")
    assert [orjson.loads(detail) for detail in details] == [{"sessions_ended": 1}]
    assert password not in "".join(await rows(url, tables.audit.c.detail))


async def test_disable_and_enable_say_what_they_did_and_tell_the_hub(url: str) -> None:
    commands = StaffCommands(url)
    assert "may not sign in" in await commands.disable("ada")
    with pytest.raises(StaffUnchanged, match="Ada Holm is already disabled"):
        await commands.disable("ada")
    assert "enable ada" in await commands.reset_password("ada")
    assert "may sign in again" in await commands.enable("ada")
    with pytest.raises(StaffUnchanged, match="Ada Holm is not disabled"):
        await commands.enable("ada")
    told = await rows(url, tables.inbox.c.body, tables.inbox.c.kind == StaffChanged.__name__)
    assert len(told) == 2
    assert await rows(url, tables.audit.c.staff_id, tables.audit.c.subject == "ada") == ["command line"] * 3


async def test_roles_are_shown_and_set_and_an_agent_of_before_gets_the_queues_back(url: str) -> None:
    commands, profile = StaffCommands(url), tables.staff.c.profile
    before = await rows(url, profile, tables.staff.c.id == "ada")
    assert await commands.roles("ada", []) == "Ada Holm: agent"
    assert (await commands.roles("ada", ["supervisor"])).startswith("Ada Holm: supervisor.")
    assert (await commands.roles("ada", ["supervisor", "agent"])).startswith("Ada Holm: agent, supervisor.")
    assert await rows(url, profile, tables.staff.c.id == "ada") == before
    assert (await commands.roles("tomasz", ["agent"])).startswith("Tomasz")
    assert orjson.loads((await rows(url, profile, tables.staff.c.id == "tomasz"))[0])["routing"]["queues"] == []


async def test_queues_are_shown_and_set_and_a_supervisor_looks_after_them(url: str) -> None:
    commands = StaffCommands(url)
    assert await commands.queues("tomasz", []) == "Tomasz Żak: no queue"
    await commands.roles("tomasz", ["supervisor"])
    assert (await commands.queues("tomasz", ["service", "cards"])).startswith("Tomasz Żak: cards, service.")
    assert (await commands.queues("ada", ["cards"])).startswith("Ada Holm: cards.")
    assert await commands.queues("ada", []) == "Ada Holm: cards"
    profile = orjson.loads((await rows(url, tables.staff.c.profile, tables.staff.c.id == "ada"))[0])
    assert profile["routing"]["queues"] == ["cards"]
    details = await rows(url, tables.audit.c.detail, tables.audit.c.action == "staff.queues")
    assert orjson.loads(details[0]) == {"before": [], "after": ["cards", "service"]}
    told = await rows(url, tables.inbox.c.body, tables.inbox.c.kind == StaffChanged.__name__)
    assert len(told) == 3


async def test_a_name_that_nobody_has_is_said_with_those_that_there_are(url: str) -> None:
    for work in (
        StaffCommands(url).reset_password("adda"),
        StaffCommands(url).enable("adda"),
        StaffCommands(url).disable("adda"),
        StaffCommands(url).roles("adda", []),
    ):
        with pytest.raises(StaffUnchanged, match=r"Nobody has the id adda. The ids are: ada, ben, "):
            await work
    with pytest.raises(StaffUnchanged, match="Somebody already signs in as ada"):
        await StaffCommands(url).add(SampleStaff(id="ada", name="Ada", roles=("agent",), language="en"))


async def test_what_a_command_does_is_in_the_trail_at_its_time_where_the_wall_is_wrong(
    url: str,
) -> None:
    machine = ThisMachine()
    at = machine.wall() - DAY  # hub time: the wall was set a day ahead
    db = await Database.open(url, read_connections=1)
    taken = await lease.take(db, "a hub", 60)
    assert taken is not None
    await lease.renew(db, taken.epoch, 60, ClockMark(at, machine.boot_id, machine.boot()))
    await db.close()
    await StaffCommands(url).disable("ada")
    a = tables.audit.c
    (written,) = await rows(url, a.at, a.action == "staff.disable")
    (disabled,) = await rows(url, tables.staff.c.disabled_at, tables.staff.c.id == "ada")
    assert at <= written == disabled < at + DAY // 2
