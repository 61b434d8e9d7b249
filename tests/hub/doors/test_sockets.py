"""The doors of the sockets: who may come in, what is no command, and how fast anyone may ask."""

import asyncio
from typing import Any

import pytest

from agent_console.desk import BURST
from agent_console.rate import ConnectionAllowance
from hub.access.signing_in import SigningIn
from hub.app import HubProcess
from hub.policies.stored_versions import read_organisation
from tests.hub.connected_screens import PASSWORD, ScreenConnection, ScreenRefused, sign_in
from tests.hub.house import House

in_one_hub = pytest.mark.asyncio(loop_scope="module")
_cookies: dict[tuple[str, str], str] = {}  # a sign-in is slow by design


async def cookie_of(hub: HubProcess, name: str) -> str:
    if (hub.url, name) not in _cookies:
        _cookies[hub.url, name] = await sign_in(hub.url, name)
    return _cookies[hub.url, name]


@in_one_hub
@pytest.mark.parametrize("cookie", ["", "hub_session=", "hub_session=guessed", "nonsense; =;"])
@pytest.mark.parametrize("namespace", ["/desk", "/wallboard"])
async def test_a_stranger_does_not_come_in(hub: HubProcess, namespace: str, cookie: str) -> None:
    with pytest.raises(ScreenRefused, match="signed_out"):
        await ScreenConnection.open(hub.url, cookie, namespace)


@in_one_hub
@pytest.mark.parametrize(("name", "namespace"), [("ada", "/wallboard"), ("ines", "/wallboard"), ("tomasz", "/desk")])
async def test_who_has_no_such_screen_does_not_come_in(hub: HubProcess, name: str, namespace: str) -> None:
    with pytest.raises(ScreenRefused, match="may_not"):
        await ScreenConnection.open(hub.url, await cookie_of(hub, name), namespace)


@in_one_hub
@pytest.mark.parametrize(
    "headers", [{}, {"X-Forwarded-Host": "evil.example"}, {"Referer": "https://evil.example"}], ids=str
)
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_page_from_elsewhere_does_not_come_in_with_our_cookie(
    hub: HubProcess, origin: str, headers: dict[str, str]
) -> None:
    cookie = await cookie_of(hub, "ada")
    with pytest.raises(ScreenRefused):
        await ScreenConnection.open(hub.url, cookie, Origin=origin, **headers)
    await (await ScreenConnection.open(hub.url, cookie)).close()


@in_one_hub
@pytest.mark.parametrize(
    ("command", "field"),
    [
        (None, ""),
        ({"kind": "launch_rocket", "id": "1"}, ""),
        ({"kind": "set_state", "id": "1", "state": "sleeping"}, "set_state.state"),
        ({"kind": "set_state", "id": "", "state": "available"}, "set_state.id"),
        ({"kind": "add_note", "id": "1", "interaction_id": "i", "version": 1, "text": "x" * 20_001}, "add_note.text"),
        ({"kind": "add_note", "id": "1", "interaction_id": "i", "version": "one", "text": "x"}, "add_note.version"),
        (
            {"kind": "end_interaction", "id": "1", "interaction_id": "i", "version": 1, "more": 1},
            "end_interaction.more",
        ),
    ],
)
async def test_what_is_no_command_is_refused_with_the_field(hub: HubProcess, command: Any, field: str) -> None:
    ada = await ScreenConnection.open(hub.url, await cookie_of(hub, "ada"))
    assert await ada.ask("command", command) == {"code": "invalid", "field": field}
    assert await ada.ask("resume", {"number": "one"}) == {"code": "invalid"}
    await ada.close()


@in_one_hub
async def test_who_asks_too_fast_is_told_so_and_may_go_on_later(hub: HubProcess) -> None:
    ada = await ScreenConnection.open(hub.url, await cookie_of(hub, "ada"))
    answers = await asyncio.gather(*(ada.ask("command", {}) for _ in range(3 * BURST)))
    codes = [answer["code"] for answer in answers]
    assert codes[:BURST] == ["invalid"] * BURST
    assert "too_fast" in codes
    async with asyncio.timeout(10):
        while (await ada.ask("command", {}))["code"] == "too_fast":
            pass
    await ada.close()


@in_one_hub
async def test_a_packet_that_is_too_large_ends_the_connection_and_nothing_else(hub: HubProcess) -> None:
    ada = await ScreenConnection.open(hub.url, await cookie_of(hub, "ada"))
    await ada.tell("command", {"text": "x" * 300_000})
    await ada.is_closed()
    await ada.close()
    again = await ScreenConnection.open(hub.url, await cookie_of(hub, "ada"))
    assert (await again.ask("resume", {}))["snapshot"] is not None
    await again.close()


async def test_nor_where_the_server_lets_every_page_connect(house: House) -> None:
    """The widget's pages may connect to the same server; they are no screens of ours."""
    signing_in = SigningIn(house.db, house.clock, house.sessions, lambda: read_organisation(house.db))
    signed_in = await signing_in.sign_in("ada", PASSWORD)
    assert signed_in is not None
    ours = {"HTTP_COOKIE": f"hub_session={signed_in.token}"}
    found = await house.console.find_session(ours)
    assert found is not None and found.staff == signed_in.staff
    assert await house.console.find_session({**ours, "HTTP_ORIGIN": "https://shop.example"}) is None


# ---- a bucket of tokens


async def test_an_allowance_is_a_burst_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    allowance = ConnectionAllowance(per_second=2, burst=3)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    now += 0.4
    assert not allowance.take()
    now += 0.1
    assert allowance.take()
    assert not allowance.take()
    now += 3600  # it fills up to the burst, and no further
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


BOOST = {"kind": "boost_interaction", "interaction_id": "i1", "version": 1, "seconds": 60, "reason": "弱势"}


@in_one_hub
async def test_who_may_only_look_at_the_wallboard_does_not_steer(hub: HubProcess) -> None:
    for name, code in (("tomasz", "may_not"), ("dot", "unknown_interaction")):
        wall = await ScreenConnection.open(hub.url, await cookie_of(hub, name), "/wallboard")
        assert (await wall.ask("command", {**BOOST, "id": f"boost-{name}"}))["code"] == code
        await wall.close()


@in_one_hub
@pytest.mark.parametrize(
    ("command", "field"),
    [
        (None, ""),
        ({**BOOST, "id": "1", "kind": "accept_offer"}, ""),  # a desk's
        ({**BOOST, "id": "1", "seconds": -1}, "boost_interaction.seconds"),
        ({**BOOST, "id": "1", "reason": ""}, "boost_interaction.reason"),
        ({**BOOST, "id": "1", "version": None}, "boost_interaction.version"),
    ],
)
async def test_what_is_no_command_of_the_wallboard_is_refused(hub: HubProcess, command: Any, field: str) -> None:
    wall = await ScreenConnection.open(hub.url, await cookie_of(hub, "dot"), "/wallboard")
    assert await wall.ask("command", command) == {"code": "invalid", "field": field}
    await wall.close()


@in_one_hub
async def test_a_wallboard_that_asks_too_fast_is_told_so(hub: HubProcess) -> None:
    wall = await ScreenConnection.open(hub.url, await cookie_of(hub, "dot"), "/wallboard")
    answers = await asyncio.gather(*(wall.ask("command", {}) for _ in range(40)))
    assert {answer["code"] for answer in answers} == {"invalid", "too_fast"}
    await wall.close()
