"""A cookie that another host of the same domain has set is no session, where the hub is reached by https."""

from typing import Any

import pytest

from hub.access.known_devices import name_cookie
from hub.access.sessions import COOKIE, HOST_ONLY
from hub.app import HubProcess
from tests.hub.connected_screens import PASSWORD, ScreenConnection, ScreenRefused

HOST_COOKIE = HOST_ONLY + COOKIE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def changes() -> dict[str, str]:
    return {"cookie_secure = false": "cookie_secure = true"}


async def test_only_the_cookie_that_this_host_alone_can_set_opens_a_session(hub: HubProcess, visit: Any) -> None:
    ada, thief = visit(), visit()
    body = {"name": "ada", "password": PASSWORD}
    async with ada.session.post(f"{hub.url}/api/sign-in", json=body) as answer:
        assert answer.status == 200
        morsel = answer.cookies[HOST_COOKIE]
        assert (morsel["secure"], morsel["path"], morsel["domain"], morsel["httponly"]) == (True, "/", "", True)
        assert set(answer.cookies) == {HOST_COOKIE, HOST_ONLY + name_cookie("ada")}
    for name, status in ((COOKIE, 401), (HOST_COOKIE, 200)):
        cookie = f"{name}={morsel.value}"
        async with thief.session.get(f"{hub.url}/api/me", headers={"Cookie": cookie}) as answer:
            assert answer.status == status, name
    with pytest.raises(ScreenRefused, match="signed_out"):
        await ScreenConnection.open(hub.url, f"{COOKIE}={morsel.value}")
    cookie = f"{COOKIE}=chosen-by-a-neighbour; {HOST_COOKIE}={morsel.value}"
    await (await ScreenConnection.open(hub.url, cookie)).close()
    async with thief.session.post(f"{hub.url}/api/sign-out", headers={"Cookie": cookie}) as answer:
        gone = answer.cookies[HOST_COOKIE]
        assert (gone.value, gone["secure"], gone["path"]) == ("", True, "/"), "browsers ignore it without"
