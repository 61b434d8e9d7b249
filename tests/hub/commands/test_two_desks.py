"""An agent with two desks open: one acts, the other is told so and refused, wherever they are connected."""

import asyncio

import pytest
import socketio.exceptions

from hub.app import HubProcess
from hub.storage import tables
from tests.hub.connected_screens import SECONDS, ScreenConnection, sign_in
from tests.hub.house import BOTH, House
from tests.hub.notices import text

in_one_hub = pytest.mark.asyncio(loop_scope="module")


@BOTH
async def test_the_newest_opened_acts_and_the_other_is_refused_until_it_takes_over(house: House) -> None:
    ada = await house.open("ada")
    await house.do("ada", "act_here", desk="first")
    await house.do("ada", "set_state", state="available", desk="first")
    await house.do("ada", "act_here", desk="second")
    assert ada.shown["acting_desk"] == "second"
    await house.take(text("Hej"))
    offer = {"offer_id": ada.offers[0]["id"]}
    assert (await house.ask("ada", "accept_offer", desk="first", **offer)).code == "other_desk"
    assert (await house.ask("ada", "set_state", state="offline", desk="")).code == "other_desk"
    assert ada.offers, "what was refused changed nothing"
    await house.do("ada", "act_here", desk="first")
    assert (await house.ask("ada", "accept_offer", desk="second", **offer)).code == "other_desk"
    await house.do("ada", "accept_offer", desk="first", **offer)
    assert [row["desk"] for row in await house.rows(tables.acting_desk)] == ["first"]


async def test_a_desk_that_wakes_up_does_not_take_over_by_itself(house: House) -> None:
    await house.open("ada")
    await house.do("ada", "act_here", desk="laptop")
    asleep = await house.close("ada")
    await house.open("ada")
    await house.do("ada", "act_here", desk="desk")
    await house.come_back("ada", asleep)
    assert asleep.shown["acting_desk"] == "desk"
    assert (await house.ask("ada", "set_state", state="available", desk="laptop")).code == "other_desk"


async def test_taking_over_is_asked_for_once_whatever_is_sent_again(house: House) -> None:
    """The answer was lost, and another desk took over meanwhile: the command that comes again is the same one."""
    await house.open("ada")
    await house.do("ada", "act_here", desk="first", command_id="take-1")
    await house.do("ada", "act_here", desk="second", command_id="take-2")
    await house.do("ada", "act_here", desk="first", command_id="take-1")
    assert house.floor.acting_desks == {"ada": "second"}


async def test_whoever_takes_the_routing_over_knows_which_desk_acts(house: House) -> None:
    await house.open("ada")
    await house.do("ada", "act_here", desk="first")
    await house.dispatcher._restore()  # as another process does
    assert (await house.ask("ada", "set_state", state="available", desk="second")).code == "other_desk"
    assert house.floor.acting_desks == {"ada": "first"}


async def test_where_no_desk_has_asked_to_act_each_is_obeyed(house: House) -> None:
    await house.open("ada")
    await house.do("ada", "set_state", state="available")
    await house.do("ada", "set_state", state="offline", desk="first")


async def test_an_agent_s_desk_does_not_hinder_another_agent(house: House) -> None:
    for agent in ("ada", "cleo"):
        await house.open(agent)
    await house.do("ada", "act_here", desk="first")
    await house.do("cleo", "set_state", state="available", desk="second")


async def open_as(hub: HubProcess, cookie: str, desk: object) -> ScreenConnection:
    connection = ScreenConnection("/desk")
    try:
        await connection._socket.connect(
            hub.url,
            headers={"Cookie": cookie, "Origin": hub.url},
            namespaces=["/desk"],
            transports=["websocket"],
            wait_timeout=SECONDS,
            auth={"desk": desk},
        )
    except socketio.exceptions.ConnectionError:
        await connection.close()
        raise
    return connection


@in_one_hub
async def test_which_desk_asks_is_known_by_its_socket(hub: HubProcess) -> None:
    cookie = await sign_in(hub.url, "ada")
    first, second = await asyncio.gather(open_as(hub, cookie, "first"), open_as(hub, cookie, "second"))
    state = {"kind": "set_state", "state": "available"}
    for one in (first, second):
        assert (await one.ask("resume", {}))["snapshot"]["acting_desk"] in ("", "first")
        assert (await one.ask("command", {"id": f"act-{id(one)}", "kind": "act_here"}))["code"] == ""
    assert (await first.ask("command", {"id": "1", **state}))["code"] == "other_desk"
    assert (await second.ask("command", {"id": "2", **state}))["code"] == ""
    again = await open_as(hub, cookie, "first")
    assert (await again.ask("resume", {}))["snapshot"]["acting_desk"] == "second"
    assert (await again.ask("command", {"id": "3", **state}))["code"] == "other_desk"
    nameless = await open_as(hub, cookie, "\0 no id" * 99)
    assert (await nameless.ask("command", {"id": "4", **state}))["code"] == "other_desk"
    for one in (first, second, again, nameless):
        await one.close()
