"""What the hub shows by itself leaves its row too: offers, what is accepted, a desk that opens, scripts."""

from typing import Any

import orjson
import pytest

from hub.access.looks import AGAIN
from hub.storage import tables
from hub.storage.connection import StorageUnavailable
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, SAM, text


async def looks(house: House, action: str) -> list[tuple[Any, ...]]:
    """Who, at what, of which customer, in which queue, on which grounds."""
    rows = await house.rows(tables.audit, tables.audit.c.action == action)
    names = ("staff_id", "subject", "customer_id", "queue")
    return [(*(row[name] for name in names), orjson.loads(row["detail"])["grounds"]) for row in rows]


@BOTH
async def test_who_is_shown_an_offer_and_takes_it_has_looked_twice(house: House) -> None:
    held = await hold_text(house, "ada")
    customer, queue = held["customer"]["id"], held["queue"]
    assert await looks(house, "offer.read") == [("ada", held["id"], customer, queue, ["offered"])]
    assert await looks(house, "interaction.read") == [("ada", held["id"], customer, queue, ["held"])]
    assert await looks(house, "desk.read") == []  # it was empty when it opened


async def test_an_offer_that_nobody_takes_was_shown_all_the_same(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej 你好", SAM))
    (offer,) = ada.offers
    await house.do("ada", "decline_offer", offer_id=offer["id"])
    shown = await looks(house, "offer.read")
    assert shown[0][0] == "ada"
    assert await looks(house, "interaction.read") == []


@BOTH
async def test_a_desk_that_opens_is_a_look_at_each_customer_on_it_once_a_minute(house: House) -> None:
    held = await hold_text(house, "ada")
    await house.take(text("En till", PIA))
    offered = [offer["interaction_id"] for offer in house.screens["ada"].offers]
    for _ in range(3):
        await house.open("ada")
    seen = await looks(house, "desk.read")
    expected = [(held["id"], ["held"]), *((one, ["offered"]) for one in offered)]
    assert sorted((subject, grounds) for _, subject, _, _, grounds in seen) == sorted(expected)
    assert {(who, bool(customer), bool(queue)) for who, _, customer, queue, _ in seen} == {("ada", True, True)}
    house.clock.at += AGAIN
    await house.open("ada")
    assert [subject for _, subject, *_ in await looks(house, "desk.read")].count(held["id"]) == 2


async def test_a_desk_that_comes_back_for_what_it_missed_is_no_look_anew(house: House) -> None:
    await hold_text(house, "ada")
    screen = await house.close("ada")
    await house.come_back("ada", screen)
    assert await looks(house, "desk.read") == []


async def test_a_desk_whose_looks_could_not_be_stored_shows_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(unit: Any) -> None:
        raise StorageUnavailable("the disk is full")

    await hold_text(house, "ada")
    staff = await house.staff("ada")
    with monkeypatch.context() as broken:
        broken.setattr(house.db, "write", away)
        assert await house.console.resume(staff, None) is None
    answer = await house.console.resume(staff, None)
    assert answer is not None and answer.snapshot is not None
    assert len(await looks(house, "desk.read")) == 1


async def test_another_script_is_a_look_at_what_it_says_to_this_customer(house: House) -> None:
    held = await hold_text(house, "ada")
    listed = await house.feed.list_scripts("ada", held["id"])
    assert listed is not None
    other = next(script.id for script in listed.scripts if not script.is_begun)
    assert (await house.about("ada", held["id"], "pick_script", script_id=other)).code == ""
    assert [(who, subject) for who, subject, *_ in await looks(house, "script.read")] == [("ada", held["id"])]
    assert (await house.about("ada", held["id"], "pick_script", script_id=other)).code == ""  # it is shown already
    assert len(await looks(house, "script.read")) == 1
