"""A page in which a call is heard and that stands still: the customer hears words, supervisors see it, and the call
goes on as the page moves again."""

from typing import Any

import pytest

from hub.calls.lost_lines import TALKS
from hub.reports.wallboard_figures import read_board
from hub.storage.calls_and_chats import HeardCall, list_heard_calls
from hub.storage.documents import DeskStill
from tests.hub.calls.test_consults import consulting
from tests.hub.calls.test_lost_lines import ADA, BEN, GRACE, holds, rejoin, shown
from tests.hub.flows import talk
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, agent_left
from tests.hub.sending.test_agent_phones import ring


async def stand_still(house: House, *, moves: bool = False, agent: str = ADA) -> None:
    held = house.screens[ADA].held[0]["id"]
    await house.take(DeskStill(agent, held, is_still=not moves))


async def facts(house: House) -> list[str]:
    held = house.screens[ADA].held[0]["id"]
    return [fact for fact in await house.said(held, "fact") if fact.startswith("agent_")]


async def on_the_wallboard(house: House) -> Any:
    async with house.db.read() as conn:
        board = await read_board(conn, house.state.book, house.clock.now())
    return next(one.doing for one in board.agents if one.id == ADA)


async def heard(house: House) -> list[HeardCall]:
    """The calls whose pages a hub that begins would wait for."""
    async with house.db.read() as conn:
        return await list_heard_calls(conn, TALKS)


@BOTH
async def test_a_call_is_heard_in_a_page_while_its_agents_leg_is_in_the_room(house: House) -> None:
    held = (await talk(house)).held[0]["id"]
    assert await heard(house) == [HeardCall(ADA, held)]
    await house.about(ADA, held, "hold_call", on=True)
    assert await heard(house) == [HeardCall(ADA, held)]
    await house.take(agent_left("CA1", "CA-ada"))
    assert await heard(house) == []


@BOTH
async def test_the_customer_hears_words_and_supervisors_see_it_until_the_page_moves_again(house: House) -> None:
    await talk(house)
    await stand_still(house)
    assert (shown(house), await holds(house)) == (("active", "agent_lost"), [("CA1", True, True)])
    assert await on_the_wallboard(house) == "line_lost"
    assert await house.requests("HangUp") == [], "its leg may be heard again at any time"
    await house.check_screens()
    await house.check_restored()
    await stand_still(house)  # told again
    await stand_still(house, moves=True)
    assert (shown(house), await holds(house)) == (("active", "talking"), [("CA1", True, True), ("CA1", False, False)])
    assert await on_the_wallboard(house) == "busy"
    assert await facts(house) == ["agent_page_still", "agent_line_back"]
    await stand_still(house, moves=True)
    await house.turn(GRACE + 5)
    assert shown(house) == ("active", "talking"), "the grace is over with the call that goes on"
    await house.take(agent_left("CA1", "CA-ada"))
    assert shown(house) == ("active", "agent_lost"), "and the leg is still the agent's"
    await house.check_screens()
    await house.check_restored()


async def test_a_page_that_stays_still_gives_the_customer_back_and_its_leg_is_hung_up(house: House) -> None:
    await talk(house)
    await stand_still(house)
    await house.turn(GRACE)
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    assert house.screens[ADA].shown["agent"]["reason"] == "line_lost"


async def test_a_leg_that_ends_meanwhile_is_called_again_as_ever(house: House) -> None:
    await talk(house)
    await stand_still(house)
    await house.take(agent_left("CA1", "CA-ada"))
    await stand_still(house, moves=True)
    assert shown(house) == ("active", "agent_lost"), "nothing is heard there"
    request = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    assert shown(house) == ("active", "talking")


async def test_an_agent_who_was_called_again_and_whose_page_stands_still_then_is_back_alike(house: House) -> None:
    await talk(house)
    await house.take(agent_left("CA1", "CA-ada"))
    request = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", request.outbox_id))
    await stand_still(house)
    await stand_still(house, moves=True)
    assert shown(house) == ("active", "talking")
    assert await house.requests("HangUp") == []


async def test_a_customer_whom_the_agent_had_put_on_hold_stays_there(house: House) -> None:
    await talk(house)
    await house.about(ADA, house.screens[ADA].held[0]["id"], "hold_call", on=True)
    await stand_still(house)
    assert shown(house) == ("active", "agent_lost_held")
    await stand_still(house, moves=True)
    assert (shown(house), await holds(house)) == (("active", "held"), [("CA1", True, False)])


async def test_a_consulted_colleague_is_no_holder_and_an_agents_own_telephone_needs_no_page(house: House) -> None:
    await consulting(house)
    before = shown(house)
    await stand_still(house, agent=BEN)
    assert shown(house) == before


@pytest.mark.parametrize("is_still", [True, False])
async def test_a_talk_on_the_agents_own_telephone_goes_on_without_a_page(house: House, is_still: bool) -> None:
    request = await ring(house)
    await house.take(agent_joined("CA1", "CA-ada", request.outbox_id))
    await stand_still(house, moves=not is_still)
    assert shown(house) == ("active", "talking")


async def test_what_is_told_of_a_call_that_is_over_changes_nothing(house: House) -> None:
    ada = await talk(house)
    held = ada.held[0]["id"]
    assert not (await house.about(ADA, held, "end_interaction")).code
    await house.take(DeskStill(ADA, held, is_still=True), DeskStill(ADA, "nowhere", is_still=True))
    assert shown(house) == ("wrap_up", "over")
