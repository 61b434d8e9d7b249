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
from tests.hub.connected_screens import PASSWORD, ScreenConnection, sign_in
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.notices import call, text

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
    screens = [await ScreenConnection.open(hub.url, cookie, namespace) for namespace in ("/desk", "/wallboard")]
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
    ada = await ScreenConnection.open(hub.url, await sign_in(hub.url, "ada"))
    assert (await ada.ask("command", {"id": "1", "kind": "set_state", "state": "available"}))["code"] == ""
    assert await ada.hears("queues")
    await ada.close()


async def change(house: House, name: str, roles: Collection[str] = ()) -> None:
    """From here on somebody has these roles alone; without any they are disabled."""
    now = house.clock.now()
    by = (house.db, name, roles, now, "test") if roles else (house.db, name, now, "test")
    assert await (set_roles(*by) if roles else disable(*by))
    house.inbox.stored += 1  # the word of it to the hub
    await house.until_handled()


AGENT_NO_MORE = pytest.mark.parametrize("roles", [(), ("supervisor",)], ids=["disabled", "another role"])


@AGENT_NO_MORE
async def test_what_is_offered_to_who_is_no_agent_any_more_goes_to_the_next_one(house: House, roles) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    assert len(ada.offers) == 1
    ben = await house.seat("ben")
    await change(house, "ada", roles)
    assert (ada.offers, ada.shown["agent"]["state"], len(ben.offers)) == ([], "offline", 1)
    shown = (await house.console.resume(await house.staff("ada"), None)).snapshot
    assert shown is not None and shown.staff.id == "ada", "the screen is still there for a moment"
    del house.screens["ada"]


@AGENT_NO_MORE
async def test_what_who_is_no_agent_any_more_holds_goes_back_at_once(house: House, roles) -> None:
    """Not when the desk has been gone for the grace: nobody may answer the customer meanwhile."""
    held = await hold_text(house)
    ben = await house.seat("ben")
    await change(house, "ada", roles)
    assert house.screens.pop("ada").held == []
    assert [offer["interaction_id"] for offer in ben.offers] == [held["id"]]


@AGENT_NO_MORE
async def test_no_command_of_who_is_no_agent_any_more_is_obeyed(house: House, roles) -> None:
    """Its desk was let in a moment before, and would be available for what comes next."""
    await house.seat("ada")
    await change(house, "ada", roles)
    assert (await house.ask("ada", "set_state", state="available")).code == "may_not"
    assert (await house.ask("ada", "act_here", desk="d1")).code == "may_not"
    await house.take(text("Hej"))
    assert (await house.interaction(customer_id="sam"))["state"] == "waiting"
    del house.screens["ada"]


async def test_no_command_of_who_is_no_supervisor_any_more_is_obeyed(house: House) -> None:
    await house.take(text("Hej"))
    row = await house.interaction(customer_id="sam")
    boost = {"interaction_id": row["id"], "version": row["version"], "seconds": 60, "reason": "x"}
    await change(house, "dot", ("agent",))
    assert (await house.ask("dot", "boost_interaction", **boost)).code == "may_not"
    await change(house, "dot", ("supervisor",))
    assert (await house.ask("dot", "boost_interaction", **boost)).code == ""


async def test_an_agent_who_learns_something_is_asked_for_it(house: House) -> None:
    ben = await house.seat("ben")
    await house.take(call("CA1", to_address="+46850005010"))  # for who speaks Chinese
    assert ben.offers == []
    s = tables.staff

    async def unit(conn: storage.Connection) -> None:
        profile = orjson.loads(await conn.scalar(select(s.c.profile).where(s.c.id == "ben")))
        profile["routing"]["languages"] = ["en", "zh-CN"]
        await conn.execute(update(s).where(s.c.id == "ben").values(profile=orjson.dumps(profile).decode()))

    await house.db.write(unit)
    await house.take(StaffChanged("ben"))
    assert len(ben.offers) == 1
