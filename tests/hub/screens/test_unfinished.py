"""What was closed unfinished today: which interactions, whose, which statement; within what a supervisor may see."""

from pathlib import Path

import pytest
import pytest_asyncio

from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.api.why import Why
from hub.reports.wallboard_figures import read_board
from hub.screens.explaining import Explaining
from hub.screens.unfinished import Unfinished
from hub.screens.work_lists import WorkLists
from hub.storage import tables
from hub.storage.database import Database
from routing.model import SECOND
from tests.hub.house import BOTH, House, OpenDatabase
from tests.hub.notices import PIA, call, customer_left, text
from tests.hub.scripts.binding import FIRST, bind, end, hold_terms, settle
from tests.hub.scripts.test_desk_scripts import step
from tests.seeded import copy_database

DAY = 24 * 3600 * SECOND


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the house does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


@pytest_asyncio.fixture(autouse=True)
async def bound(house: House, tmp_path: Path) -> None:
    await bind(house, tmp_path)


async def leave_two(house: House) -> None:
    """Sam's text runs out in Ada's hands; Pia hangs up before anybody of the queue for cards takes her call."""
    held = await hold_terms(house)
    await settle(house, held, FIRST)
    await end(house, held)
    await house.turn(121)
    await house.take(call("CA1", PIA))
    other = await house.accept("ada")
    await step(house, other, "choose", choice="1")
    await house.about("ada", other["id"], "transfer_interaction", queue="cards")
    await house.take(customer_left("CA1"))


@BOTH
async def test_each_names_customer_agent_queue_and_statement(house: House) -> None:
    await leave_two(house)
    view = await Unfinished(house.db, house.clock).list_of({"service", "cards"})
    assert (view.count, view.elsewhere) == (2, 0)
    assert [(one.customer_name, one.queue, one.agent_name, one.is_taken, one.text) for one in view.lines] == [
        ("Pia Lindqvist", "cards", "Ada Holm", False, "Dear Pia Lindqvist, it costs 5. · It is recorded."),
        ("Sam Okoye", "service", "Ada Holm", True, "It is recorded."),
    ]
    async with house.db.read() as conn:
        board = await read_board(conn, house.state.book, house.clock.now())
    assert board.total.counts["unfinished"] == view.count


@BOTH
async def test_of_other_queues_only_the_number_is_told(house: House) -> None:
    await leave_two(house)
    view = await Unfinished(house.db, house.clock).list_of({"cards"})
    assert (view.count, view.elsewhere, [one.customer_name for one in view.lines]) == (1, 1, ["Pia Lindqvist"])
    nothing = await Unfinished(house.db, house.clock).list_of(())
    assert (nothing.count, nothing.elsewhere, nothing.lines) == (0, 2, [])


async def test_tomorrow_the_list_is_empty_and_what_was_handled_is_never_on_it(house: House) -> None:
    await leave_two(house)
    await house.take(text("Hej", PIA))
    await house.turn(61)
    house.clock.at += DAY
    house.screens.clear()  # which show another day from here on
    view = await Unfinished(house.db, house.clock).list_of({"service", "cards"})
    assert (view.count, view.elsewhere, view.lines) == (0, 0, [])


async def test_a_supervisor_opens_their_own_queues_and_each_look_is_a_row(house: House) -> None:
    await leave_two(house)
    reading = Reading(house.db, house.clock, Looks(house.db, house.clock), days=30)
    why = Why(Explaining(house.db, house.clock), WorkLists(house.db), Unfinished(house.db, house.clock), reading)
    dot = await house.staff("dot")
    assert await why._open_queues(dot, "unfinished.read", ["service", "nowhere"]) == {"service"}
    for name in ("ada", "tomasz", "ines"):
        assert await why._open_queues(await house.staff(name), "unfinished.read", ["service"]) == set()
    rows = await house.rows(tables.audit, tables.audit.c.action == "unfinished.read")
    assert [(row["staff_id"], row["subject"]) for row in rows] == [("dot", "service")]
