"""Whose turn it is, at the desks of a running hub."""

import asyncio

import pytest

from tests.flows.cast import Cast, OpenCast
from tests.flows.desk import BUSY_SECONDS, Desk
from tests.flows.house import repository_settings


def head_starts(**seconds: int) -> dict[str, object]:
    """The policy's tiers with other head starts on the phone, and nobody boosted."""
    tiers = repository_settings()["policy"]["tiers"]
    for tier in tiers:
        tier["head_start_seconds"]["phone"] = seconds[tier["id"]]
    return {"tiers": tiers, "boosts": []}


async def served_next(desk: Desk) -> str:
    held = await desk.accept()
    await desk.wrap_up(held["id"])
    return str(held["customer"]["name"])


async def test_a_better_tier_that_comes_later_is_offered_first(cast: Cast) -> None:
    for name in ("sam", "gus", "pia"):
        await cast.customer(name).call()
    in_turn = ["Pia Lindqvist", "Gus Moreau", "Sam Okoye"]
    await cast.waiting(*in_turn)
    fay = await cast.desk("fay")
    assert [await served_next(fay) for _ in range(3)] == in_turn


async def test_a_standard_customer_is_not_starved(open_cast: OpenCast) -> None:
    """A head start is the time that one is treated as having waited: half a minute counts for less than a minute."""
    cast = await open_cast(policy=head_starts(platinum=30, gold=30, standard=60))
    for name in ("pia", "sam"):
        await cast.customer(name).call()
    await cast.waiting("Sam Okoye", "Pia Lindqvist")
    fay = await cast.desk("fay")
    assert await served_next(fay) == "Sam Okoye"


@pytest.mark.promise("P4")
async def test_an_offer_that_nobody_answers_goes_to_the_next_and_keeps_its_place(open_cast: OpenCast) -> None:
    cast = await open_cast(policy={"timing": {"offer_seconds": {"phone": 1}}})
    ada, ben = await cast.desk("ada"), await cast.desk("ben")
    await cast.customer("sam").call()
    first = (await ada.told("offer_made"))["offer"]
    await ada.told("offer_ended", offer_id=first["id"], end="expired")
    await ada.until(lambda screen: screen["agent"]["state"] == "not_responding")
    second = (await ben.told("offer_made"))["offer"]
    assert second["interaction_id"] == first["interaction_id"]
    assert second["entered_at"] == first["entered_at"]
    assert 0 <= second["made_at"] - first["deadline_at"] < 1000 * (1 + BUSY_SECONDS)


async def test_a_declined_offer_goes_to_the_next(cast: Cast) -> None:
    ada, ben = await cast.desk("ada"), await cast.desk("ben")
    await cast.customer("sam").call()
    offer = await ada.is_offered()
    await ada.do("decline_offer", offer_id=offer["id"])
    assert (await ben.is_offered())["interaction_id"] == offer["interaction_id"]
    assert (await ada.ask("accept_offer", offer_id=offer["id"]))["code"] != ""


@pytest.mark.promise("P3")
async def test_of_two_who_want_the_same_one_gets_it(cast: Cast) -> None:
    """Two desks of one agent accept at the same moment, and a colleague tries, too."""
    ada, too, ben = await cast.desk("ada"), await cast.desk("ada"), await cast.desk("ben")
    await cast.customer("sam").call()
    offer = await ada.is_offered()
    answers = await asyncio.gather(*(desk.ask("accept_offer", offer_id=offer["id"]) for desk in (ada, too, ben)))
    assert sorted(answer["code"] == "" for answer in answers) == [False, False, True]
    await ada.until(lambda screen: len(screen["interactions"]) == 1)
    await too.until(lambda screen: len(screen["interactions"]) == 1)
    assert ben.screen["interactions"] == []
    assert [event["kind"] for event in ada.seen].count("interaction_added") == 1


@pytest.mark.promise("P5")
async def test_many_who_wait_are_with_the_agents_as_soon_as_these_come(cast: Cast) -> None:
    numbers = [f"+4670174900{n:02}" for n in range(12)]
    for number in numbers:
        assert await cast.provider.send_sms(number, "Hej") == 200
    await cast.waiting(*numbers)
    desks = [await cast.desk(name) for name in ("ada", "ben", "fay")]
    for desk, count in zip(desks, (5, 5, 2), strict=True):  # 20 points each
        await desk.until(lambda screen, count=count: len(screen["offers"]) == count)
    offers = [offer["interaction_id"] for desk in desks for offer in desk.screen["offers"]]
    assert len(offers) == len(set(offers)) == 12
