"""What is stored gives the same hub again, after every step; and what cannot be stored leaves no trace."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.registry import REGISTRY
from hub.batch.restoring import restore
from hub.storage import tables
from hub.storage.database import Connection
from scripts_library.loader import Library
from tests.hub.flows import hold_text, live_a_day, talk
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import PIA, SAM, customer_left, text


@BOTH
async def test_rows_give_the_live_router_and_floor_after_every_step_of_a_day(house: House) -> None:
    async for step in live_a_day(house):
        try:
            await house.check_restored()
        except AssertionError as error:
            raise AssertionError(f"after: {step}") from error


@pytest.fixture
def without_texts() -> Iterator[Callable[[], None]]:
    """Takes the line of SMS away; afterwards every line is in its old place."""
    lines = dict(REGISTRY)

    def take_away() -> None:
        del REGISTRY["sms"]

    yield take_away
    REGISTRY.clear()
    REGISTRY.update(lines)


async def test_open_work_of_a_channel_that_has_lost_its_line_is_named(
    house: House, without_texts: Callable[[], None]
) -> None:
    """The code of an adapter was taken away: nothing is lost, and whoever starts the hub is told what to do."""
    await house.take(text("Hej", SAM))
    without_texts()
    with pytest.raises(RuntimeError, match=r"open work of sms.*channels/registry\.py"):
        async with house.db.read() as conn:
            await restore(conn, house.clock.now())


async def change_row(house: House, agent: str) -> None:
    """As another writer would that believes that it routes."""
    a = tables.agent_routing

    async def unit(conn: Connection) -> None:
        await conn.execute(update(a).where(a.c.agent_id == agent).values(version=a.c.version + 1))

    await house.db.write(unit)


@pytest.mark.promise("P3")
@BOTH
async def test_an_agents_row_that_another_has_changed_lets_the_batch_fail_and_begin_anew(house: House) -> None:
    ada = await house.seat("ada")
    await change_row(house, "ada")
    told = len(house.told)
    await house.take(text("Hej"))
    assert len(house.told) == told + 1  # what failed told nothing
    assert ada.kinds()[-2:] == ["offer_made", "agent_changed"]
    assert len(await house.interactions(customer_id="sam")) == 1
    assert len(await house.said((await house.interaction(customer_id="sam"))["id"])) == 1


async def test_arrivals_of_a_batch_that_failed_are_handled_one_by_one_in_their_order(house: House) -> None:
    await house.seat("ada")
    await change_row(house, "ada")
    await house.take(text("Ett"), text("Två"), text("Från Pia", PIA))
    assert await house.said((await house.interaction(customer_id="sam"))["id"]) == ["Ett", "Två"]
    assert await house.said((await house.interaction(customer_id="pia"))["id"]) == ["Från Pia"]


@pytest.mark.promise("P4")
async def test_what_is_due_by_time_survives_such_a_failure_too(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    await change_row(house, "ada")
    await house.turn(31)
    assert (ada.offers, ada.shown["agent"]["state"]) == ([], "not_responding")


@pytest.mark.promise("P4")
async def test_a_hub_that_starts_again_goes_on_where_it_was(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with open_house(await database(), tmp_path, library.scripts) as house:
        await talk(house)
        await house.seat("ben")
        await house.take(text("Hej"))
        number = house.screens["ben"].number
    async with open_house(await database(), tmp_path, library.scripts) as again:
        ada, ben = await again.open("ada"), await again.open("ben")
        assert (ada.held[0]["call"]["state"], ben.number) == ("talking", number)
        await again.take(customer_left("CA1"))
        assert ada.held[0]["state"] == "wrap_up"
        assert len(ben.offers) == 1
        await again.turn(31)  # its deadline, set by the process before
        assert (ben.offers, ben.shown["agent"]["state"]) == ([], "not_responding")
        await again.check_screens()
        await again.check_restored()


@pytest.mark.promise("P4")
async def test_what_became_due_while_nobody_routed_is_done_at_the_start(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with open_house(await database(), tmp_path, library.scripts) as house:
        await hold_text(house)
        await house.take(text("Två", PIA))
        (offer,) = house.screens["ada"].offers
    async with open_house(await database(), tmp_path, library.scripts) as again:
        await again.turn(3600)
        (row,) = await again.rows(tables.offer, tables.offer.c.id == offer["id"])
        assert row["ended_as"] == "expired"
        await again.check_restored()
