"""Taking the next: the head of the order, by an agent who may, without an offer."""

from hub.storage import tables
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, SAM, call, line, opening, text


async def away(house: House, agent: str) -> None:
    await house.open(agent)
    await house.do(agent, "set_state", state="unavailable", reason="paperwork")


@BOTH
async def test_an_agent_who_is_away_takes_the_first_by_rank_and_has_it_with_all_that_was_said(house: House) -> None:
    await away(house, "ada")
    await house.take(text("Hej", SAM), text("Hallå", GUS), text("你好 Hallå?", PIA))
    await house.turn(5)
    await house.do("ada", "take_next")
    (held,) = house.screens["ada"].shown["interactions"]
    assert (held["customer"]["name"], held["state"], held["reason"]["chosen_by"]) == (
        "Pia Lindqvist",
        "active",
        "pulled",
    )
    assert [message["text"] for message in held["messages"] if message["kind"] == "customer"] == ["你好 Hallå?"]
    assert house.screens["ada"].shown["agent"]["state"] == "unavailable"
    await house.check_screens()


async def test_the_next_one_is_the_first_that_this_agent_has_room_for(house: House) -> None:
    await away(house, "ada")
    await house.take(call("CA1", PIA), text("Hej", SAM))
    await house.do("ada", "take_next")
    await house.take(call("CA2", GUS))
    assert (await house.ask("ada", "take_next")).code == "nothing_to_take"  # a call fills the hands


async def test_where_nothing_waits_there_is_nothing_to_take(house: House) -> None:
    await away(house, "ada")
    assert (await house.ask("ada", "take_next")).code == "nothing_to_take"
    assert (await house.ask("tomasz", "take_next")).code == "may_not"


async def test_what_a_queue_only_offers_is_not_taken(house: House) -> None:
    await away(house, "ada")
    await house.take(opening("chat-1"), line("Ett lån?", "chat-1"))  # enters "deposits"
    await house.turn(61)  # until the last ring is open
    assert (await house.ask("ada", "take_next")).code == "offered_only"


async def test_of_two_who_take_the_next_at_once_one_has_it(house: House) -> None:
    await away(house, "ada")
    await away(house, "ben")
    await house.take(text("Hej", SAM))
    await house.do("ada", "take_next", command_id="take-1")
    await house.do("ada", "take_next", command_id="take-1")  # the same command
    assert (await house.ask("ben", "take_next")).code == "nothing_to_take"
    (offer,) = await house.rows(tables.offer)
    assert (offer["agent_id"], offer["ended_as"], offer["deadline_at"] > offer["made_at"] + SECOND) == (
        "ada",
        "accepted",
        True,
    )


async def test_who_takes_a_call_is_called_where_that_is_allowed(house: House) -> None:
    await away(house, "ada")
    await house.take(call("CA1", PIA))
    await house.do("ada", "take_next")
    (request,) = await house.requests("ConnectAgent")
    assert request.agent_address == "client:ada"
