"""A person who is disabled is out: at the doors at once, at the open screens within seconds, and in the router."""

from collections.abc import AsyncIterator, Collection

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hub.administration.staff_changes import disable, set_roles
from hub.app import HubProcess
from hub.storage import database as storage
from hub.storage import tables
from hub.storage.documents import StaffChanged
from tests.hub.connected_screens import PASSWORD, Connection, sign_in
from tests.hub.notices import call, text
from tests.hub.scenes import hold_text
from tests.hub.stage import Stage

in_one_hub = pytest.mark.asyncio(loop_scope="module")


class Office:
    """Who asks over HTTP, signed in as `name`."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session

    async def post(self, path: str, name: str) -> int:
        cookie = {"Cookie": await sign_in(self.url, name)}
        async with self.session.post(self.url + path, headers=cookie) as answer:
            return answer.status


@pytest_asyncio.fixture(loop_scope="module")
async def office(hub: HubProcess) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(hub.url, session)


@in_one_hub
async def test_only_an_administrator_disables_and_nobody_themselves(office: Office) -> None:
    assert await office.post("/api/staff/ben/disable", "dot") == 403
    assert await office.post("/api/staff/tomasz/disable", "tomasz") == 409
    assert await office.post("/api/staff/nobody/disable", "tomasz") == 404


@in_one_hub
async def test_open_screens_close_by_themselves_and_the_doors_at_once(hub: HubProcess, office: Office) -> None:
    cookie = await sign_in(hub.url, "dot")
    screens = [await Connection.open(hub.url, cookie, namespace) for namespace in ("/desk", "/wallboard")]
    await screens[0].ask("command", {"id": "1", "kind": "set_state", "state": "available"})
    assert await office.post("/api/staff/dot/disable", "tomasz") == 200
    async with office.session.get(f"{hub.url}/api/me", headers={"Cookie": cookie}) as answer:
        assert answer.status == 401
    for screen in screens:
        await screen.is_closed()
        assert await screen.hears("signed_out") == {"reason": "signed_out"}
        await screen.close()
    async with office.session.post(f"{hub.url}/api/sign-in", json={"name": "dot", "password": PASSWORD}) as answer:
        assert answer.status == 401
    async with hub.db.read() as conn:
        a = tables.audit
        entry = (await conn.execute(select(a).where(a.c.action == "staff.disable"))).mappings().one()
        t = tables.staff_session
        alive = await conn.scalars(select(t.c.token_hash).where(t.c.staff_id == "dot", t.c.revoked_at.is_(None)))
        assert list(alive) == []  # nor would one come back to life with her
    assert (entry["staff_id"], entry["subject"]) == ("tomasz", "dot")
    assert await office.post("/api/staff/dot/disable", "tomasz") == 404  # nobody is left to disable


@in_one_hub
async def test_the_others_go_on(hub: HubProcess) -> None:
    ada = await Connection.open(hub.url, await sign_in(hub.url, "ada"))
    assert (await ada.ask("command", {"id": "1", "kind": "set_state", "state": "available"}))["code"] == ""
    assert await ada.hears("queues")
    await ada.close()


async def change(stage: Stage, name: str, roles: Collection[str] = ()) -> None:
    """From here on somebody has these roles alone; without any they are disabled."""
    now = stage.clock.now()
    by = (stage.db, name, roles, now, "test") if roles else (stage.db, name, now, "test")
    assert await (set_roles(*by) if roles else disable(*by))
    stage.inbox.stored += 1  # the word of it to the hub
    await stage.settle()


AGENT_NO_MORE = pytest.mark.parametrize("roles", [(), ("supervisor",)], ids=["disabled", "another role"])


@AGENT_NO_MORE
async def test_what_is_offered_to_who_is_no_agent_any_more_goes_to_the_next_one(stage: Stage, roles) -> None:
    ada = await stage.seat("ada")
    await stage.take(text("Hej"))
    assert len(ada.offers) == 1
    ben = await stage.seat("ben")
    await change(stage, "ada", roles)
    assert (ada.offers, ada.shown["agent"]["state"], len(ben.offers)) == ([], "offline", 1)
    shown = (await stage.console.resume(await stage.staff("ada"), None)).snapshot
    assert shown is not None and shown.staff.id == "ada", "the screen is still there for a moment"
    del stage.screens["ada"]


@AGENT_NO_MORE
async def test_what_who_is_no_agent_any_more_holds_goes_back_at_once(stage: Stage, roles) -> None:
    """Not when the desk has been gone for the grace: nobody may answer the customer meanwhile."""
    held = await hold_text(stage)
    ben = await stage.seat("ben")
    await change(stage, "ada", roles)
    assert stage.screens.pop("ada").held == []
    assert [offer["interaction_id"] for offer in ben.offers] == [held["id"]]


@AGENT_NO_MORE
async def test_no_command_of_who_is_no_agent_any_more_is_obeyed(stage: Stage, roles) -> None:
    """Its desk was let in a moment before, and would be available for what comes next."""
    await stage.seat("ada")
    await change(stage, "ada", roles)
    assert (await stage.ask("ada", "set_state", state="available")).code == "may_not"
    assert (await stage.ask("ada", "act_here", desk="d1")).code == "may_not"
    await stage.take(text("Hej"))
    assert (await stage.interaction(customer_id="sam"))["state"] == "waiting"
    del stage.screens["ada"]


async def test_no_command_of_who_is_no_supervisor_any_more_is_obeyed(stage: Stage) -> None:
    await stage.take(text("Hej"))
    row = await stage.interaction(customer_id="sam")
    boost = {"interaction_id": row["id"], "version": row["version"], "seconds": 60, "reason": "x"}
    await change(stage, "dot", ("agent",))
    assert (await stage.ask("dot", "boost_interaction", **boost)).code == "may_not"
    await change(stage, "dot", ("supervisor",))
    assert (await stage.ask("dot", "boost_interaction", **boost)).code == ""


async def test_an_agent_who_learns_something_is_asked_for_it(stage: Stage) -> None:
    ben = await stage.seat("ben")
    await stage.take(call("CA1", to_address="+46850005010"))  # for who speaks Chinese
    assert ben.offers == []
    s = tables.staff

    async def unit(conn: storage.Connection) -> None:
        profile = orjson.loads(await conn.scalar(select(s.c.profile).where(s.c.id == "ben")))
        profile["routing"]["languages"] = ["en", "zh-CN"]
        await conn.execute(update(s).where(s.c.id == "ben").values(profile=orjson.dumps(profile).decode()))

    await stage.db.write(unit)
    await stage.take(StaffChanged("ben"))
    assert len(ben.offers) == 1
