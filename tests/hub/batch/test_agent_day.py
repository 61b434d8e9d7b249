"""An agent's figures of the day, counted as it happens and read again from rows: the same."""

from hub.batch.agent_day import read_days
from hub.storage import tables
from routing.model import SECOND
from tests.hub.notices import PIA, PIA_MAIL, SAM, SAM_MAIL, STRANGER, mail, text
from tests.hub.scenes import hold_text, wrap_up
from tests.hub.stage import BOTH, Stage

HOUR = 3600.0


async def test_the_handle_time_runs_from_accepting_to_the_end_of_the_wrap_up(stage: Stage) -> None:
    held = await hold_text(stage)
    await stage.turn(40)
    await stage.about("ada", held["id"], "end_interaction")
    await stage.turn(20)
    await stage.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    today = stage.screens["ada"].shown["today"]
    assert (today["handled"], today["handle_seconds"]) == (1, 60)
    await stage.check_screens()


@BOTH
async def test_the_time_that_an_agent_was_available_adds_up_over_the_day(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.turn(90)
    await stage.do("ada", "set_state", state="unavailable", reason="break")
    assert ada.shown["today"]["available_seconds"] == 90
    await stage.turn(600)
    await stage.do("ada", "set_state", state="available")
    assert ada.shown["today"]["available_seconds"] == 90
    await stage.turn(30)
    await stage.do("ada", "set_state", state="offline")
    assert ada.shown["today"]["available_seconds"] == 120
    await stage.check_screens()
    await stage.check_restored()


async def test_a_state_that_began_yesterday_counts_from_midnight(stage: Stage) -> None:
    ada = await stage.seat("ada")
    midnight = stage.state.book.day_began_at(stage.clock.at + 86_400 * SECOND)
    await stage.turn((midnight - stage.clock.at) / SECOND + 2 * HOUR)
    await stage.do("ada", "set_state", state="unavailable", reason="lunch")
    assert ada.shown["today"]["available_seconds"] == 2 * HOUR
    await stage.check_screens()


async def test_each_states_beginning_and_end_is_kept(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.turn(90)
    await stage.do("ada", "set_state", state="unavailable", reason="break")
    *_, available = await stage.rows(tables.agent_span)
    assert (available["agent_id"], available["state"]) == ("ada", "available")
    assert (available["ended_at"] - available["began_at"]) // SECOND == 90


async def test_the_figures_of_yesterday_are_not_those_of_today(stage: Stage) -> None:
    held = await hold_text(stage)
    await wrap_up(stage, "ada", held["id"])
    tomorrow = stage.clock.at + 86_400 * SECOND
    async with stage.db.read() as conn:
        assert (await read_days(conn, stage.state.book, stage.clock.at))["ada"].handled == 1
        assert await read_days(conn, stage.state.book, tomorrow) == {}


# ---- what reaches the customer


async def test_the_customers_addresses_are_shown_with_how_sure_we_are(stage: Stage) -> None:
    held = await hold_text(stage)
    assert held["customer"]["addresses"] == [
        {"channel": "phone", "address": SAM, "identity_level": "verified"},
        {"channel": "email", "address": SAM_MAIL, "identity_level": "verified"},
    ]
    await stage.check_screens()


async def test_of_a_stranger_only_the_address_is_known_that_they_came_by(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hej", STRANGER))
    held = await stage.accept("ada")
    assert held["customer"]["addresses"] == [{"channel": "phone", "address": STRANGER, "identity_level": "claimed"}]


async def test_two_interactions_of_one_customer_show_the_same_addresses(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(text("Hej", PIA))
    await stage.accept("ada")
    await stage.take(mail("Mitt kort", PIA_MAIL))
    await stage.accept("ada")
    first, second = (held["customer"]["addresses"] for held in ada.held)
    assert first == second
    assert len(first) == 2
    await stage.check_screens()
