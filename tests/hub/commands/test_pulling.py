"""Taking the next: the head of the order, by an agent who may, without an offer."""

from hub.storage import tables
from routing.model import SECOND
from tests.hub.notices import GUS, PIA, SAM, call, line, opening, text
from tests.hub.stage import BOTH, Stage


async def away(stage: Stage, agent: str) -> None:
    await stage.open(agent)
    await stage.do(agent, "set_state", state="unavailable", reason="paperwork")


@BOTH
async def test_an_agent_who_is_away_takes_the_first_by_rank_and_has_it_with_all_that_was_said(stage: Stage) -> None:
    await away(stage, "ada")
    await stage.take(text("Hej", SAM), text("Hallå", GUS), text("你好 Hallå?", PIA))
    await stage.turn(5)
    await stage.do("ada", "take_next")
    (held,) = stage.screens["ada"].shown["interactions"]
    assert (held["customer"]["name"], held["state"], held["reason"]["chosen_by"]) == (
        "Pia Lindqvist",
        "active",
        "pulled",
    )
    assert [message["text"] for message in held["messages"] if message["kind"] == "customer"] == ["你好 Hallå?"]
    assert stage.screens["ada"].shown["agent"]["state"] == "unavailable"
    await stage.check_screens()


async def test_the_next_one_is_the_first_that_this_agent_has_room_for(stage: Stage) -> None:
    await away(stage, "ada")
    await stage.take(call("CA1", PIA), text("Hej", SAM))
    await stage.do("ada", "take_next")
    await stage.take(call("CA2", GUS))
    assert (await stage.ask("ada", "take_next")).code == "nothing_to_take"  # a call fills the hands


async def test_where_nothing_waits_there_is_nothing_to_take(stage: Stage) -> None:
    await away(stage, "ada")
    assert (await stage.ask("ada", "take_next")).code == "nothing_to_take"
    assert (await stage.ask("tomasz", "take_next")).code == "may_not"


async def test_what_a_queue_only_offers_is_not_taken(stage: Stage) -> None:
    await away(stage, "ada")
    await stage.take(opening("chat-1"), line("Ett lån?", "chat-1"))  # enters "deposits"
    await stage.turn(61)  # until the last ring is open
    assert (await stage.ask("ada", "take_next")).code == "offered_only"


async def test_of_two_who_take_the_next_at_once_one_has_it(stage: Stage) -> None:
    await away(stage, "ada")
    await away(stage, "ben")
    await stage.take(text("Hej", SAM))
    await stage.do("ada", "take_next", command_id="take-1")
    await stage.do("ada", "take_next", command_id="take-1")  # the same command
    assert (await stage.ask("ben", "take_next")).code == "nothing_to_take"
    (offer,) = await stage.rows(tables.offer)
    assert (offer["agent_id"], offer["ended_as"], offer["deadline_at"] > offer["made_at"] + SECOND) == (
        "ada",
        "accepted",
        True,
    )


async def test_who_takes_a_call_is_called_where_that_is_allowed(stage: Stage) -> None:
    await away(stage, "ada")
    await stage.take(call("CA1", PIA))
    await stage.do("ada", "take_next")
    (request,) = await stage.requests("ConnectAgent")
    assert request.agent_address == "client:ada"
