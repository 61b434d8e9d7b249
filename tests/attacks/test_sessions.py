"""Sockets that outlive their session: of who signed out, was disabled, lost a role, was idle, or was signed out by
somebody else. None stays open, and none is obeyed.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hub.access.sessions import COOKIE
from hub.administration.staff_changes import disable, enable, reset_password, set_roles
from hub.app import HubProcess
from hub.storage import tables
from hub.storage.database import Connection, Database
from tests.attacks.doors import BOTH
from tests.hub.connected_screens import PASSWORD, ScreenConnection, ScreenRefused, sign_in

pytestmark = [pytest.mark.asyncio(loop_scope="module"), BOTH]

AWAY = {"id": "1", "kind": "set_state", "state": "unavailable", "reason": "break"}


class Browser:
    """Asks over HTTP with the cookie of one sign-in."""

    def __init__(self, url: str, session: aiohttp.ClientSession, cookie: str) -> None:
        self.url, self.session, self.cookie = url, session, cookie

    async def ask(self, path: str, method: str = "GET", **more: object) -> tuple[int, dict]:
        headers = {"Cookie": self.cookie}
        async with self.session.request(method, self.url + path, headers=headers, **more) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module")
async def beside(hub: HubProcess, config) -> AsyncIterator[Database]:
    """The database, as a command from another process has it: the hub hears nothing of what is done there."""
    db = await Database.open(config.database_url, read_connections=1)
    yield db
    await db.close()


async def is_over(screen: ScreenConnection, reason: str = "signed_out") -> None:
    """It was told why, was closed within 5 s, and is not obeyed."""
    async with asyncio.timeout(5):
        await screen.is_closed()
    assert await screen.hears("signed_out") == {"reason": reason}
    await screen.close()


async def is_open(*screens: ScreenConnection) -> None:
    for screen in screens:
        assert (await screen.ask("command", {}))["code"] == "invalid"  # somebody listens
        await screen.close()


async def test_who_signs_out_takes_every_screen_of_that_session_along_and_no_other(
    hub: HubProcess, http: aiohttp.ClientSession
) -> None:
    here, elsewhere = await sign_in(hub.url, "ada"), await sign_in(hub.url, "ada")
    mine = [await ScreenConnection.open(hub.url, here) for _ in range(2)]
    other = await ScreenConnection.open(hub.url, elsewhere)
    assert (await Browser(hub.url, http, here).ask("/api/sign-out", "POST"))[0] == 200
    for screen in mine:
        await is_over(screen)
    with pytest.raises(ScreenRefused, match="signed_out"):
        await ScreenConnection.open(hub.url, here)
    await is_open(other)


async def test_another_password_ends_every_session_of_before(hub: HubProcess, http: aiohttp.ClientSession) -> None:
    cookie = await sign_in(hub.url, "ben")
    screen = await ScreenConnection.open(hub.url, cookie)
    asked = {"name": "ben", "password": PASSWORD, "new_password": "seventeen green bicycles 再见"}
    async with http.post(f"{hub.url}/api/password", json=asked) as answer:
        assert answer.status == 200
    await is_over(screen)
    assert (await Browser(hub.url, http, cookie).ask("/api/me"))[0] == 401


async def test_a_command_on_the_database_disables_and_the_screens_close(
    hub: HubProcess, beside: Database, http: aiohttp.ClientSession
) -> None:
    cookie = await sign_in(hub.url, "dot")
    screens = [await ScreenConnection.open(hub.url, cookie, namespace) for namespace in ("/desk", "/wallboard")]
    assert await disable(beside, "dot", 1, "command line")
    assert (await Browser(hub.url, http, cookie).ask("/api/me"))[0] == 401
    for screen in screens:
        await is_over(screen)
    assert await enable(beside, "dot", 2, "command line")
    assert (await Browser(hub.url, http, cookie).ask("/api/me"))[0] == 401, "the session stays ended"
    await sign_in(hub.url, "dot")


async def test_a_role_that_is_taken_away_closes_what_it_had_opened_and_nothing_else(
    hub: HubProcess, beside: Database
) -> None:
    cookie = await sign_in(hub.url, "dot")
    desk, board = [await ScreenConnection.open(hub.url, cookie, namespace) for namespace in ("/desk", "/wallboard")]
    assert await set_roles(beside, "dot", ["agent"], 1, "command line")
    await is_over(board, "may_not")
    with pytest.raises(ScreenRefused, match="may_not"):
        await ScreenConnection.open(hub.url, cookie, "/wallboard")
    await is_open(desk)
    assert await set_roles(beside, "dot", ["supervisor"], 2, "command line")
    with pytest.raises(ScreenRefused, match="may_not"):
        await ScreenConnection.open(hub.url, cookie)
    assert await set_roles(beside, "dot", ["supervisor", "agent"], 3, "command line")
    await is_open(*[await ScreenConnection.open(hub.url, cookie, namespace) for namespace in ("/desk", "/wallboard")])


async def test_a_socket_whose_session_has_ended_is_not_obeyed_while_it_is_open(
    hub: HubProcess, beside: Database
) -> None:
    """It is asked for the moment the process knows, not when the socket has been closed."""
    cookie = await sign_in(hub.url, "ada")
    screen = await ScreenConnection.open(hub.url, cookie)
    assert (await screen.ask("command", {**AWAY, "state": "available", "reason": ""}))["code"] == ""
    living = hub.living
    ends, living._screens = living._screens, []  # nobody closes sockets
    try:
        assert await disable(beside, "ada", 1, "command line")
        await living.look()
        assert (await screen.ask("command", {**AWAY, "id": "2"}))["code"] == "signed_out"
        assert (await screen.ask("resume", {}))["code"] == "signed_out"
    finally:
        living._screens = ends
    await is_over(screen)
    assert await enable(beside, "ada", 2, "command line")


async def test_a_reset_password_signs_out_everywhere(hub: HubProcess, beside: Database) -> None:
    cookie = await sign_in(hub.url, "cleo")
    screen = await ScreenConnection.open(hub.url, cookie)
    assert await reset_password(beside, "cleo", "no hash at all", 1, "command line")
    await is_over(screen)


async def test_sessions_are_listed_and_ended_singly(hub: HubProcess, http: aiohttp.ClientSession) -> None:
    ada = Browser(hub.url, http, await sign_in(hub.url, "ada"))
    lost = Browser(hub.url, http, await sign_in(hub.url, "ada"))
    screen = await ScreenConnection.open(hub.url, lost.cookie)
    _, found = await lost.ask("/api/me/sessions")
    this = next(session for session in found["sessions"] if session["is_this"])
    assert this["address"] == "127.0.0.1"
    assert "aiohttp" in this["browser"]
    token = next(pair.partition("=")[2] for pair in lost.cookie.split("; ") if pair.startswith(COOKIE))
    assert len(token) > 40
    assert token not in str(found)
    assert (await ada.ask(f"/api/me/sessions/{this['id']}/end", "POST"))[0] == 200
    await is_over(screen)
    assert (await lost.ask("/api/me"))[0] == 401
    assert (await ada.ask(f"/api/me/sessions/{this['id']}/end", "POST"))[0] == 404
    _, found = await ada.ask("/api/me/sessions")
    assert this["id"] not in [session["id"] for session in found["sessions"]]


async def test_all_sessions_are_ended_at_once_but_the_one_that_asks(
    hub: HubProcess, http: aiohttp.ClientSession
) -> None:
    first, *others = [Browser(hub.url, http, await sign_in(hub.url, "emre")) for _ in range(3)]
    screens = [await ScreenConnection.open(hub.url, browser.cookie) for browser in others]
    assert (await first.ask("/api/me/sessions/end", "POST"))[0] == 200
    for screen in screens:
        await is_over(screen)
    assert [session["is_this"] for session in (await first.ask("/api/me/sessions"))[1]["sessions"]] == [True]
    tomasz, dot = [Browser(hub.url, http, await sign_in(hub.url, name)) for name in ("tomasz", "dot")]
    assert (await dot.ask("/api/staff/emre/sessions/end", "POST"))[0] == 403
    assert (await first.ask("/api/me"))[0] == 200
    assert (await tomasz.ask("/api/staff/emre/sessions/end", "POST"))[0] == 200
    assert (await first.ask("/api/me"))[0] == 401
    assert (await tomasz.ask("/api/staff/tomasz/sessions/end", "POST"))[0] == 200
    assert (await tomasz.ask("/api/me"))[0] == 200, "nobody signs themselves out so"
    a = tables.audit
    async with hub.db.read() as conn:
        query = select(a.c.staff_id, a.c.action).where(a.c.subject == "emre", a.c.action.like("%end_session"))
        found = {(row.staff_id, row.action) for row in await conn.execute(query)}
    assert found == {("emre", "self.end_session"), ("tomasz", "staff.end_session")}


async def test_nobody_ends_the_session_of_another_but_an_administrator(
    hub: HubProcess, http: aiohttp.ClientSession
) -> None:
    ada = Browser(hub.url, http, await sign_in(hub.url, "ada"))
    dot = Browser(hub.url, http, await sign_in(hub.url, "dot"))
    tomasz = Browser(hub.url, http, await sign_in(hub.url, "tomasz"))
    _, found = await tomasz.ask("/api/staff/ada/sessions")
    (this, *_) = found["sessions"]
    for path in (f"/api/me/sessions/{this['id']}/end", f"/api/staff/dot/sessions/{this['id']}/end"):
        assert (await tomasz.ask(path, "POST"))[0] == 404
    assert (await dot.ask(f"/api/staff/ada/sessions/{this['id']}/end", "POST"))[0] == 403
    assert (await dot.ask("/api/staff/ada/sessions"))[0] == 403
    assert (await ada.ask("/api/me"))[0] == 200
    for session in found["sessions"]:
        assert (await tomasz.ask(f"/api/staff/ada/sessions/{session['id']}/end", "POST"))[0] == 200
    assert (await ada.ask("/api/me"))[0] == 401
    a = tables.audit
    async with hub.db.read() as conn:
        query = select(a.c.staff_id, a.c.subject, a.c.detail).where(a.c.action == "staff.end_session")
        assert ("tomasz", "ada") in [(row.staff_id, row.subject) for row in await conn.execute(query)]


async def test_an_expired_session_ends_its_screens(hub: HubProcess, beside: Database) -> None:
    cookie = await sign_in(hub.url, "ada")
    screen = await ScreenConnection.open(hub.url, cookie)
    t = tables.staff_session

    async def unit(conn: Connection) -> None:
        await conn.execute(update(t).values(expires_at=1))

    await beside.write(unit)
    await is_over(screen)


async def test_an_idle_session_ends_its_screens_for_good(hub: HubProcess, beside: Database) -> None:
    cookie = await sign_in(hub.url, "ada")
    screen = await ScreenConnection.open(hub.url, cookie)
    t = tables.staff_session

    async def unit(conn: Connection) -> None:
        await conn.execute(update(t).where(t.c.revoked_at.is_(None)).values(used_at=1))

    await beside.write(unit)
    await is_over(screen)
    await hub.living.end_idle()
    async with beside.read() as conn:
        query = select(t.c.id).where(t.c.used_at == 1, t.c.revoked_at.is_(None), t.c.expires_at > 1)
        assert list(await conn.scalars(query)) == []
