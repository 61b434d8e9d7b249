"""From what a supervisor steers: the lists of what waits and what is held, and who could be given it."""

from pathlib import Path

import pytest

from hub.screens.explaining import Explaining
from hub.screens.work_lists import WorkLists
from hub.storage.database import Database
from routing.decisions import NotEligible
from routing.model import InteractionId
from tests.hub.house import BOTH, House, OpenDatabase
from tests.hub.notices import GUS, PIA, SAM, call, customer_left, line, opening, text
from tests.seeded import copy_database


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the house does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


@BOTH
async def test_what_waits_in_a_queue_is_listed_by_rank(house: House) -> None:
    await house.take(text("Hallå", SAM), text("Grüezi", GUS), text("我的账户", PIA))
    view = await WorkLists(house.db).list_waiting("service")
    assert view is not None
    assert [(one.position, one.tier) for one in view.lines] == [(1, "platinum"), (2, "gold"), (3, "standard")]
    assert view.count == 3
    assert await WorkLists(house.db).list_waiting("no such queue") is None


async def test_a_line_tells_the_version_and_the_boost(house: House) -> None:
    await house.take(text("Hallå", SAM))
    row = await house.interaction(address=SAM)
    about = {"interaction_id": row["id"], "version": row["version"]}
    await house.do("dot", "boost_interaction", seconds=120, reason="弱势", **about)
    view = await WorkLists(house.db).list_waiting("service")
    assert view is not None
    (line_,) = view.lines
    assert (line_.version, line_.boost_seconds, line_.state) == (row["version"], 120, "waiting")


@BOTH
async def test_what_an_agent_has_is_listed_offered_held_and_wrapped_up(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hallå", SAM))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    await house.take(text("Grüezi", GUS))
    await house.accept("ada")
    await house.take(text("你好", PIA))
    assert len(ada.offers) == 1
    view = await WorkLists(house.db).list_held("ada")
    assert [(one.customer_name, one.state) for one in view.lines] == [
        ("Sam Okoye", "wrap_up"),
        ("Gus Moreau", "active"),
        ("Pia Lindqvist", "offered"),
    ]
    assert (await WorkLists(house.db).list_held("nobody")).lines == []


@BOTH
async def test_what_all_agents_have_in_hand_is_listed_the_longest_first(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Grüezi", GUS))
    await house.accept("ada")
    await house.turn(5)
    await house.seat("fay")
    await house.take(text("Hallå", SAM))
    await house.accept_all("fay")
    await house.accept_all("ada")
    await house.take(text("你好", PIA))
    lists = WorkLists(house.db)
    view = await lists.list_in_hand(["service"])
    assert [one.customer_name for one in view.lines] == ["Gus Moreau", "Sam Okoye"]
    assert (view.count, view.lines[0].agent_id, {one.state for one in view.lines}) == (2, "ada", {"active"})
    assert (await lists.list_in_hand(["cards"])).lines == (await lists.list_in_hand([])).lines == []
    assert "service" in await lists.list_queues()


@BOTH
async def test_who_could_be_given_it_is_who_the_router_would_take(house: House) -> None:
    """Who needs no override is not refused for want of fit, and who needs one is."""
    for agent in ("ada", "ben", "cleo", "emre", "dot"):
        await house.open(agent)
        await house.do(agent, "set_state", state="unavailable", reason="meeting")
    await house.seat("ada")
    await house.take(call("CA1", PIA))
    await house.accept("ada")
    await house.do("ben", "set_state", state="available")
    await house.take(text("Hallå", GUS))  # Ben is offered it
    await house.take(opening("chat-1"), line("Ett lån? 贷款", "chat-1"))
    for row in await house.interactions():
        view = await Explaining(house.db, house.clock).list_candidates(InteractionId(row["id"]), "en")
        assert view is not None
        agents = {one.agent_id: one.needs_override for one in view.lines}
        assert set(agents) == {"ada", "ben", "cleo", "emre", "dot"} - {row["agent_id"]}
        assert list(agents.values()) == sorted(agents.values())
        for agent, needs_override in agents.items():
            now = await house.interaction(id=row["id"])
            about = {"interaction_id": row["id"], "version": now["version"], "agent_id": agent}
            if now["agent_id"] == agent:
                continue
            answer = await house.ask("dot", "assign_interaction", **about)
            assert answer.code == ("does_not_fit" if needs_override else ""), (row["channel"], agent)


async def test_who_has_gone_home_is_no_candidate_and_the_reasons_are_told(house: House) -> None:
    await house.open("ada")
    await house.do("ada", "set_state", state="unavailable", reason="lunch")
    await house.open("ben")
    await house.take(opening("chat-1"), line("Ett lån? 贷款", "chat-1"))
    (row,) = await house.interactions()
    view = await Explaining(house.db, house.clock).list_candidates(row["id"], "zh-CN")
    assert view is not None
    (ada,) = view.lines
    assert NotEligible.UNAVAILABLE in [one.code for one in ada.reasons]
    assert all(one.text for one in ada.reasons)
    assert await Explaining(house.db, house.clock).list_candidates(InteractionId("nothing"), "en") is None


async def test_a_callback_is_marked_and_shown_with_who_calls(house: House) -> None:
    await house.take(call("CA1", to_address="+46850005000"))  # of cards, whose calls are given back after ten minutes
    await house.turn(601)
    await house.take(customer_left("CA1"))
    view = await WorkLists(house.db).list_waiting("cards")
    assert view is not None
    assert [one.is_callback for one in view.lines] == [True]
    await house.seat("cleo")
    held = await WorkLists(house.db).list_held("cleo")
    assert [one.state for one in held.lines] == ["dialling"]
    why = await Explaining(house.db, house.clock).explain_now(InteractionId(held.lines[0].interaction_id), "en")
    assert why is not None
    assert (why.summary, [one.text for one in why.next]) == (
        "The customer is being called.",
        ["It rings for 35 s at most"],
    )
