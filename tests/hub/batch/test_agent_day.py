"""An agent's figures of the day, counted as it happens and read again from rows: the same."""

from hub.batch.agent_day import read_days
from hub.storage import tables
from routing.model import SECOND
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, PIA_MAIL, SAM, SAM_MAIL, STRANGER, mail, text

HOUR = 3600.0


async def test_the_handle_time_runs_from_accepting_to_the_end_of_the_wrap_up(house: House) -> None:
    held = await hold_text(house)
    await house.turn(40)
    await house.about("ada", held["id"], "end_interaction")
    await house.turn(20)
    await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    today = house.screens["ada"].shown["today"]
    assert (today["handled"], today["handle_seconds"]) == (1, 60)
    await house.check_screens()


@BOTH
async def test_the_time_that_an_agent_was_available_adds_up_over_the_day(house: House) -> None:
    ada = await house.seat("ada")
    await house.turn(90)
    await house.do("ada", "set_state", state="unavailable", reason="break")
    assert ada.shown["today"]["available_seconds"] == 90
    await house.turn(600)
    await house.do("ada", "set_state", state="available")
    assert ada.shown["today"]["available_seconds"] == 90
    await house.turn(30)
    await house.do("ada", "set_state", state="offline")
    assert ada.shown["today"]["available_seconds"] == 120
    await house.check_screens()
    await house.check_restored()


async def test_a_state_that_began_yesterday_counts_from_midnight(house: House) -> None:
    ada = await house.seat("ada")
    midnight = house.state.book.day_began_at(house.clock.at + 86_400 * SECOND)
    await house.turn((midnight - house.clock.at) / SECOND + 2 * HOUR)
    await house.do("ada", "set_state", state="unavailable", reason="lunch")
    assert ada.shown["today"]["available_seconds"] == 2 * HOUR
    await house.check_screens()


async def test_each_states_beginning_and_end_is_kept(house: House) -> None:
    await house.seat("ada")
    await house.turn(90)
    await house.do("ada", "set_state", state="unavailable", reason="break")
    *_, available = await house.rows(tables.agent_span)
    assert (available["agent_id"], available["state"]) == ("ada", "available")
    assert (available["ended_at"] - available["began_at"]) // SECOND == 90


async def test_the_figures_of_yesterday_are_not_those_of_today(house: House) -> None:
    held = await hold_text(house)
    await wrap_up(house, "ada", held["id"])
    tomorrow = house.clock.at + 86_400 * SECOND
    async with house.db.read() as conn:
        assert (await read_days(conn, house.state.book, house.clock.at))["ada"].handled == 1
        assert await read_days(conn, house.state.book, tomorrow) == {}


# ---- what reaches the customer


async def test_the_customers_addresses_are_shown_with_how_sure_we_are(house: House) -> None:
    held = await hold_text(house)
    assert held["customer"]["addresses"] == [
        {"channel": "phone", "address": SAM, "identity_level": "verified"},
        {"channel": "email", "address": SAM_MAIL, "identity_level": "verified"},
    ]
    await house.check_screens()


async def test_of_a_stranger_only_the_address_is_known_that_they_came_by(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej", STRANGER))
    held = await house.accept("ada")
    assert held["customer"]["addresses"] == [{"channel": "phone", "address": STRANGER, "identity_level": "claimed"}]


async def test_two_interactions_of_one_customer_show_the_same_addresses(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej", PIA))
    await house.accept("ada")
    await house.take(mail("Mitt kort", PIA_MAIL))
    await house.accept("ada")
    first, second = (held["customer"]["addresses"] for held in ada.held)
    assert first == second
    assert len(first) == 2
    await house.check_screens()
