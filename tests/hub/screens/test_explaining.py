"""Why something waits, as people are told: live from rows, and of the past."""

from pathlib import Path

import pytest

from hub.routing_process.replay import store_start
from hub.screens.explaining import Explaining
from hub.storage import tables
from hub.storage.database import Database
from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.explanations import explain
from routing.model import InteractionId, OfferId
from tests.hub.house import BOTH, House, OpenDatabase
from tests.hub.notices import GUS, PIA, SAM, call, text
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


def explaining(house: House) -> Explaining:
    return Explaining(house.db, house.clock)


async def id_of(house: House, address: str) -> InteractionId:
    return InteractionId((await house.interaction(address=address))["id"])


@BOTH
async def test_what_waits_is_explained_in_both_languages(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1", PIA))
    await house.accept("ada")
    await house.open("ben")
    await house.do("ben", "set_state", state="unavailable", reason="lunch")
    await house.take(text("Hallå", GUS), text("Noch da?", SAM))
    waiting = await id_of(house, SAM)
    view = await explaining(house).explain_now(waiting, "en")
    assert view is not None
    assert (view.position, view.ahead_count, view.eligible) == (2, 1, [])
    codes = {one.agent_id: [each.code for each in one.reasons] for one in view.others}
    assert (codes["ada"], codes["ben"]) == ([NotEligible.NO_ROOM], [NotEligible.UNAVAILABLE])
    texts = {one.name: one.reasons[0].text for one in view.others}
    assert texts["Ben Carter"] == "unavailable (Lunch)"
    assert "1 full" in view.summary and "1 unavailable" in view.summary
    assert "1 full" in view.ahead[0].text
    in_chinese = await explaining(house).explain_now(waiting, "zh-CN")
    assert in_chinese is not None
    assert "1人已满" in in_chinese.summary


@BOTH
async def test_live_it_says_what_the_router_itself_holds(house: House) -> None:
    """The few rows that are read for it say the same as all of them."""
    await house.seat("ada")
    await house.seat("cleo")
    await house.take(call("CA1", PIA), call("CA2", GUS), text("Hallå", SAM))
    for agent in ("ada", "cleo"):
        await house.accept_all(agent)
    await house.take(call("CA3", SAM), call("CA4", "+46701749999"))
    rows = house.state.router.snapshot()
    for row in await house.interactions(state="waiting"):
        view = await explaining(house).explain_now(row["id"], "en")
        whole = explain(house.state.book.routing, rows, row["id"], house.clock.now())
        assert view is not None and whole is not None
        told = {one.agent_id: tuple(each.code for each in one.reasons) for one in view.others}
        assert told == {one.agent_id: tuple(each.code for each in one.reasons) for one in whole.agents}
        assert [one.interaction_id for one in view.ahead] == [one.interaction_id for one in whole.ahead]
        assert view.position == house.state.router.find_place(row["id"]).position


async def test_an_offer_is_explained_with_whom_it_passed_over(house: House) -> None:
    await store_start(house.db, house.clock.now())
    await house.seat("ada")
    await house.seat("ben")
    await house.take(text("我的账户", PIA))
    (offer,) = await house.rows(tables.offer)
    view = await explaining(house).explain_offer(OfferId(offer["id"]), "en")
    assert view is not None and view.decision is not None
    assert (view.decision.agent_id, view.decision.chosen_by) == ("ada", ChosenBy.LONGEST_IDLE)
    assert view.decision.passed_over == {PassedOver.LESS_IDLE: 1}
    assert view.decision.text == "Ada Holm: the longest idle (2 eligible), 1 idle for less long"
    assert [one.agent_id for one in view.eligible] == ["ada", "ben"]
    assert await explaining(house).explain(await id_of(house, PIA), "en") == view
    await house.accept("ada")
    assert await explaining(house).explain(await id_of(house, PIA), "en") == view


async def test_what_is_closed_has_no_explanation(house: House) -> None:
    assert await explaining(house).explain_now(InteractionId("nothing"), "en") is None
    assert await explaining(house).explain_offer(OfferId("nothing.1"), "en") is None
