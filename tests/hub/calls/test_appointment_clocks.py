"""Agreed calls and callbacks while clocks change: each is made once, none is lost, and nobody is called at night."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.sending.quiet_hours import QuietHours
from hub.storage import lease
from hub.storage.hub_time import mark
from routing.model import SECOND
from scripts_library.loader import Library
from tests.hub.calls.test_appointments import TEN, TO_TEN, about, agree_on_office_hours, begin_the_day, finish
from tests.hub.calls.test_callbacks import adopt, dialled, give_back
from tests.hub.clocks import NOON, HandClock, HandMachine
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import customer_not_reached

HOUR = 3600
NIGHT = QuietHours.read("21:00-08:00")


@pytest.fixture
async def agreed(house: House) -> AsyncIterator[House]:
    """A call is agreed for Tuesday at ten, and nobody is called from nine in the evening to eight."""
    await agree_on_office_hours(house)
    house.dispatcher._rules = replace(house.dispatcher._rules, quiet_hours=NIGHT)
    assert await about(house, "make_appointment", local_at=TEN) == ""
    await finish(house)
    yield house


async def set_wall(house: House, seconds: float) -> None:
    clock, ahead = house.clock, house.state.book.wall_ahead
    assert isinstance(clock, HandClock)
    clock.wall_ahead += int(seconds * SECOND)
    house._wake()
    async with asyncio.timeout(10):
        while house.state.book.wall_ahead == ahead:
            await house._next_batch()
    await house.turn(0)


@pytest.mark.parametrize("step", [5 * HOUR, -5 * HOUR])
async def test_a_clock_that_is_set_and_set_back_makes_one_call_at_the_time_agreed(agreed: House, step: int) -> None:
    await set_wall(agreed, step)
    await set_wall(agreed, -step)
    await agreed.turn(TO_TEN - 60)
    assert await agreed.interactions(channel="phone") == []
    await agreed.turn(120)
    assert len(await agreed.requests("CallCustomer")) == 1
    assert len(await agreed.interactions(channel="phone")) == 1
    await begin_the_day(agreed)


async def test_a_clock_that_jumps_over_the_time_into_the_night_calls_nobody_and_an_agent_decides(
    agreed: House,
) -> None:
    await set_wall(agreed, TO_TEN + 13 * HOUR)  # to Tuesday at 23:00
    assert len(await agreed.interactions(channel="phone")) == 1, "it is not lost"
    await set_wall(agreed, -2 * 24 * HOUR)
    await set_wall(agreed, 2 * 24 * HOUR)
    assert len(await agreed.interactions(channel="phone")) == 1, "and entered once"
    await begin_the_day(agreed)
    assert agreed.screens["ada"].held == []
    await agreed.turn(11 * HOUR)  # to Wednesday at ten
    await begin_the_day(agreed)
    (held,) = agreed.screens["ada"].held
    assert held["is_customer_gone"]
    assert "appointment_missed" in await agreed.said(held["id"], "fact")
    assert await agreed.requests("CallCustomer") == [], "nobody is called who expects it no more"
    await agreed.check_restored()


async def test_a_callback_that_waits_is_not_made_in_a_night_that_came_by_a_step(agreed: House) -> None:
    await agreed.turn(TO_TEN - 60)
    await agreed.do("ada", "set_state", state="unavailable", reason="lunch")
    await agreed.turn(120)
    assert (await agreed.interaction(channel="phone"))["state"] == "waiting"
    await set_wall(agreed, 12.5 * HOUR)
    await agreed.do("ada", "set_state", state="available")
    await agreed.turn(3 * HOUR)
    assert await agreed.requests("CallCustomer") == []
    assert (await agreed.interaction(channel="phone"))["state"] == "waiting"
    await begin_the_day(agreed)


async def test_a_callback_that_was_tried_follows_the_clock_and_keeps_its_tries(house: House) -> None:
    """The second and last try would come two minutes later, at ten in the evening by the clock as it is set."""
    await adopt(house, tries=2, retry_after_seconds=120)
    house.dispatcher._rules = replace(house.dispatcher._rules, quiet_hours=NIGHT)
    held = await give_back(house)
    _, first = await dialled(house)
    await house.take(customer_not_reached(first.outbox_id))
    await set_wall(house, 9 * HOUR)
    await house.turn(5 * HOUR)
    assert await house.requests("CallCustomer") == [first]
    await house.check_restored()
    await set_wall(house, -9 * HOUR)
    await house.turn(1)
    _, second = await house.requests("CallCustomer")
    await house.take(customer_not_reached(second.outbox_id, "CA-second"))
    assert (await house.interaction(id=held))["closed_as"] == "failed", "the first try counts"


@BOTH
@pytest.mark.parametrize("step", [5 * HOUR, -5 * HOUR])
async def test_a_clock_that_is_set_while_no_hub_runs_leaves_an_agreed_call_at_its_time_on_the_wall(
    database: OpenDatabase, tmp_path: Path, library: Library, step: int
) -> None:
    machine = HandMachine()
    async with open_house(await database(), tmp_path, library.scripts, machine) as house:
        await agree_on_office_hours(house)
        assert await about(house, "make_appointment", local_at=TEN) == ""
        await finish(house)
        await lease.renew(house.db, house.epoch, 3600, mark(house.clock))
    machine.step(step)
    machine.turn(60 * SECOND)
    async with open_house(await database(), tmp_path, library.scripts, machine) as house:
        left = NOON + TO_TEN * SECOND - machine.wall()
        await house.turn(left / SECOND - 2)
        assert await house.interactions(channel="phone") == []
        await house.turn(4)
        row = await house.interaction(channel="phone")
        assert abs(row["entered_at"] + house.state.book.wall_ahead - NOON - TO_TEN * SECOND) < SECOND
        await begin_the_day(house)
        await house.check_restored()


async def test_a_call_agreed_before_the_clocks_go_forward_is_made_at_its_hour_after(house: House) -> None:
    await agree_on_office_hours(house)
    await house.turn(110 * 24 * HOUR)  # to Friday 12 March 2027
    await begin_the_day(house)
    assert await about(house, "make_appointment", local_at="2027-03-29T10:00") == ""
    await finish(house)
    (row,) = house.floor.appointments.values()
    await house.turn((row.wall_at - house.clock.now()) // SECOND - 1)
    assert await house.interactions(channel="phone") == []
    await house.turn(3)
    row_ = await house.interaction(channel="phone")
    assert row_["entered_at"] // SECOND % (24 * HOUR) == 8 * HOUR, "ten o'clock in summer is eight UTC"
    await begin_the_day(house)
