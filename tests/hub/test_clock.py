"""The wall clock of the machine is set, while the hub runs and between two runs: nothing waits for it, nothing comes
early, and what is meant by the calendar follows it. Only clocks of the test are turned."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import update

from agent_console.views import StaffView
from agent_console.wire import AuditView
from hub.api.trail import Trail
from hub.clock import HubClock
from hub.policies.agent_requirements import RingPolicy
from hub.policies.document import CallbackPolicy, OverflowPolicy
from hub.policies.opening_hours import HoursPolicy
from hub.policies.stored_versions import publish_policy
from hub.reports.wallboard_figures import read_board
from hub.routing_process.replay import explain_offer, store_start
from hub.storage import lease, tables
from hub.storage.database import Connection, Database
from hub.storage.desk_presence import find_changes
from hub.storage.documents import PolicyPublished
from hub.storage.hub_time import align, find_now, mark
from hub.storage.lease import ClockMark, StoredClock
from routing.model import DAY, SECOND, Occasion, OfferId
from scripts_library.loader import Library
from tests.channel_names import PHONE, SMS
from tests.hub.clocks import NOON, HandMachine
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import PIA, SAM, call, customer_left, text
from tests.hub.walls import AT_MOST, EACH_STEP, set_wall
from tests.seeded import copy_database

HOUR = 3600.0


@pytest.fixture
def machine() -> HandMachine:
    return HandMachine()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the house does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


@pytest.fixture
async def house(
    database: OpenDatabase, tmp_path: Path, library: Library, machine: HandMachine
) -> AsyncIterator[House]:
    async with open_house(await database(), tmp_path / "media", library.scripts, machine) as house:
        yield house
        await house.check_screens()
        await house.check_restored()
        await check_order(house)


async def check_order(house: House) -> None:
    """Numbered without a gap, and no instant before the one before it."""
    journal = await house.rows(tables.journal)
    assert [row["number"] for row in journal] == list(range(1, len(journal) + 1))
    assert [row["at"] for row in journal] == sorted(row["at"] for row in journal)


async def ends_after(house: House, seconds: float, state: str, **columns: Any) -> None:
    """What is in this state leaves it after so many seconds."""
    since = (await house.interaction(**columns))["state_at"]
    await house.turn(seconds - AT_MOST)
    row = await house.interaction(**columns)
    assert (row["state"], row["state_at"]) == (state, since)
    await house.turn(2 * AT_MOST)
    assert (await house.interaction(**columns))["state_at"] > since


# ---- while it runs ------------------------------------------------------------------------------------------------


@EACH_STEP
async def test_an_offer_and_a_wrap_up_end_at_their_time(house: House, machine: HandMachine, step: float) -> None:
    timing = house.state.book.routing
    await house.seat("ada")
    await house.take(text("Hej", SAM))
    await house.accept("ada")
    held = await house.interaction(customer_id="sam")
    assert not (await house.about("ada", held["id"], "end_interaction")).code
    await house.seat("ben")
    await house.take(text("Hallå", PIA))
    await set_wall(house, machine, step)
    offered = timing.offer_duration[SMS] / SECOND
    await ends_after(house, offered, "offered", customer_id="pia")
    await ends_after(house, timing.wrap_up_limit / SECOND - offered - AT_MOST, "wrap_up", customer_id="sam")


@EACH_STEP
async def test_the_next_ring_opens_at_its_time(house: House, machine: HandMachine, step: float) -> None:
    before = house.state.book.document
    rings = (RingPolicy(agents=("ben",), duration_seconds=30), RingPolicy())
    await adopt(house, replace(before, queues=(replace(before.queues[0], rings=rings), *before.queues[1:])))
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    await set_wall(house, machine, step)
    await ends_after(house, 30, "waiting")


@EACH_STEP
async def test_a_callback_is_tried_again_at_its_time(house: House, machine: HandMachine, step: float) -> None:
    before = house.state.book.document
    rule = OverflowPolicy(occasion=Occasion.UNSTAFFED, action="callback", channels=(PHONE,), message="busy")
    queue = replace(before.queues[0], overflow=(rule,), callback=CallbackPolicy(greeting="busy"))
    await adopt(house, replace(before, queues=(queue, *before.queues[1:])))
    await house.take(call("CA1", PIA))
    await house.take(customer_left("CA1"))
    await house.seat("ada")
    dialling = house.state.book.routing.queues[next(iter(house.state.book.routing.queues))].dialling
    await set_wall(house, machine, step)
    await ends_after(house, dialling.duration / SECOND, "dialling")
    await set_wall(house, machine, -step)
    await ends_after(house, 600 - AT_MOST, "waiting")


async def adopt(house: House, document: Any) -> None:
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


async def test_opening_hours_follow_the_wall(house: House, machine: HandMachine) -> None:
    before = house.state.book.document
    rule = OverflowPolicy(occasion=Occasion.CLOSED, action="release", channels=(SMS,), message="busy")
    at_two = HoursPolicy(
        id="at_two", week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("14:00-16:00",))
    )
    queue = replace(before.queues[0], overflow=(rule,), hours="at_two")
    await adopt(house, replace(before, queues=(queue, *before.queues[1:]), hours=(*before.hours, at_two)))

    async def take(words: str) -> str:
        await house.take(text(words, SAM))
        return str((await house.interactions())[-1]["state"])

    assert await take("at one o'clock") == "closed"
    await set_wall(house, machine, 1.5 * HOUR)
    assert await take("half past two") == "waiting"
    await set_wall(house, machine, -1.5 * HOUR)
    await house.take(text("one o'clock again", PIA))
    assert (await house.interaction(customer_id="pia"))["state"] == "closed"


@pytest.mark.parametrize("step", [0.3, -0.3])
async def test_small_steps_are_followed_once_they_add_up(house: House, machine: HandMachine, step: float) -> None:
    machine.step(step)
    await house.take(text("Hej", SAM))
    assert house.state.book.wall_ahead == 0
    await set_wall(house, machine, step)
    assert abs(house.state.book.wall_ahead / SECOND - 2 * step) < 0.01


@EACH_STEP
async def test_no_desk_is_lost(house: House, machine: HandMachine, step: float) -> None:
    await house.seat("ada")
    machine.step(step)
    machine.turn(3 * SECOND)  # until the next beat
    assert await find_changes(house.db, house.clock.now()) == []
    await house.presence.beat(["ada"], house.clock.now())
    assert await find_changes(house.db, house.clock.now()) == []


async def test_operators_supervisors_and_desks_are_told(house: House, machine: HandMachine) -> None:
    ada = await house.seat("ada")
    await set_wall(house, machine, HOUR)
    (row,) = await house.rows(tables.audit, tables.audit.c.action == "wall_clock_set")
    assert abs(orjson.loads(row["detail"])["by_seconds"] - HOUR) < 0.01
    changed = next(event for event in ada.seen if event["kind"] == "policy_changed")
    assert abs(changed["policy"]["wall_ahead"] - HOUR * 1000) < 10
    async with house.db.read() as conn:
        board = await read_board(conn, house.state.book, house.clock.now())
    assert board.wall_moved is not None
    assert abs(board.wall_moved.by_seconds - HOUR) < 0.01


@BOTH
async def test_a_replay_goes_through_steps_of_the_wall(house: House, machine: HandMachine) -> None:
    await house.seat("ada")
    await set_wall(house, machine, HOUR)
    assert await store_start(house.db, house.clock.now())
    await house.take(text("Hallå", SAM))
    await set_wall(house, machine, -2 * HOUR)
    await house.accept("ada")
    await house.take(text("Hej", PIA))
    offers = sorted(await house.rows(tables.offer), key=lambda row: row["made_at"])
    for offer in offers:
        assert await explain_offer(house.db, OfferId(offer["id"])) is not None
    assert len(offers) == 2


async def test_the_days_figures_are_those_of_the_day_on_the_wall(house: House, machine: HandMachine) -> None:
    await house.seat("ada")
    await house.take(text("Hej", SAM))
    held = (await house.accept("ada"))["id"]
    assert not (await house.about("ada", held, "end_interaction")).code
    assert not (await house.about("ada", held, "complete_wrap_up", disposition="solved")).code
    await set_wall(house, machine, -24 * HOUR)
    assert house.screens["ada"].shown["today"]["handled"] == 1
    assert house.state.book.day_of(house.clock.at) == "2026-11-21"
    await set_wall(house, machine, 48 * HOUR)
    assert house.state.book.day_of(house.clock.at) == "2026-11-23"


async def test_the_trail_is_read_by_the_day_on_the_wall(house: House, machine: HandMachine) -> None:
    await set_wall(house, machine, 3 * 24 * HOUR)
    wall = (house.clock.now() + house.state.book.wall_ahead) // SECOND
    day = datetime.fromtimestamp(wall, ZoneInfo(house.state.book.document.time_zone)).date()
    tomasz = StaffView(id="tomasz", name="Tomasz", roles=["administrator"], language="en")
    request = make_mocked_request("GET", f"/api/audit?action=wall_clock_set&day={day}")
    answer = await Trail(house.db)._list(request, tomasz)
    (line,) = AuditView.model_validate_json(answer.text).lines
    assert line.at / 1000 == pytest.approx(wall, abs=60)


# ---- over a restart -----------------------------------------------------------------------------------------------


async def offer_and_stop(database: OpenDatabase, folder: Path, library: Library, machine: HandMachine) -> Database:
    """A hub with an offer that has just been made, which then ends as the power goes."""
    db = await database()
    async with open_house(db, folder, library.scripts, machine) as house:
        await house.seat("ada")
        await house.take(text("Hej", SAM))
        await lease.renew(db, house.epoch, 3600, mark(house.clock))
    return await database()


@BOTH
@EACH_STEP
async def test_after_a_restart_an_offer_ends_at_its_time(
    database: OpenDatabase, tmp_path: Path, library: Library, step: float
) -> None:
    machine = HandMachine()
    db = await offer_and_stop(database, tmp_path, library, machine)
    machine.step(step)
    machine.turn(5 * SECOND)
    async with open_house(db, tmp_path, library.scripts, machine) as house:
        duration = house.state.book.routing.offer_duration[SMS] / SECOND
        assert house.state.book.wall_ahead / SECOND == pytest.approx(step, abs=0.01)
        await ends_after(house, duration - 5, "offered")
        await check_order(house)
        await house.check_restored()


async def test_a_step_ahead_and_back_before_a_restart_freezes_nothing(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    machine = HandMachine()
    machine.step(HOUR)
    db = await offer_and_stop(database, tmp_path, library, machine)
    machine.step(-HOUR)
    async with open_house(db, tmp_path, library.scripts, machine) as house:
        duration = house.state.book.routing.offer_duration[SMS] / SECOND
        await ends_after(house, duration, "offered")


@BOTH
@EACH_STEP
async def test_on_another_machine_the_databases_clock_decides_where_there_is_one(
    request: pytest.FixtureRequest, database: OpenDatabase, tmp_path: Path, library: Library, step: float
) -> None:
    db = await offer_and_stop(database, tmp_path, library, HandMachine())
    passed = 5.0

    async def wind(conn: Connection) -> None:
        at = tables.lease.c.clock_database_at - int(passed * SECOND)
        await conn.execute(update(tables.lease).values(clock_database_at=at))

    await db.write(wind)
    other = HandMachine("second", wall=NOON + int((step + passed) * SECOND), boot=9 * SECOND)
    async with open_house(db, tmp_path, library.scripts, other) as house:
        duration = house.state.book.routing.offer_duration[SMS] / SECOND
        left = duration - passed if not db.is_sqlite else duration - passed - step
        if left > duration:  # the wall is behind what is stored: time goes on from there
            left = duration
        if left > AT_MOST:
            await ends_after(house, left, "offered")
        else:
            await house.turn(AT_MOST)
            await house.take(text("Hallå", PIA))  # behind what was due at once
            offered_at = (await house.interaction(customer_id="sam"))["state_at"]
            assert offered_at > house.clock.at - 2 * AT_MOST * SECOND
        await check_order(house)


def test_hub_time_goes_on_by_the_best_clock_there_is() -> None:
    machine = HandMachine("this", wall=NOON, boot=100 * SECOND)
    at = NOON - DAY
    same = StoredClock(ClockMark(at, "this", 40 * SECOND), 7 * SECOND, 0, at)
    assert find_now(same, machine) == at + 60 * SECOND
    elsewhere = replace(same, mark=replace(same.mark, boot_id="that"))
    assert find_now(elsewhere, machine) == at + 7 * SECOND
    alone = replace(elsewhere, passed=None)
    assert find_now(alone, machine) == NOON
    assert find_now(replace(alone, wall_ahead=-SECOND), machine) == NOON + SECOND
    assert find_now(replace(alone, latest_now=NOON + DAY), machine) == NOON + DAY
    assert find_now(replace(alone, mark=replace(alone.mark, at=NOON + DAY)), machine) == NOON + DAY
    never = StoredClock(ClockMark(0, "", 0), None, 0, 0)
    assert find_now(never, machine) == NOON


async def test_every_process_of_a_machine_tells_the_same_time(house: House, machine: HandMachine) -> None:
    machine.step(-HOUR)
    await lease.renew(house.db, house.epoch, 3600, mark(house.clock))
    another = HubClock(machine)
    assert house.clock.at - another.now() > 3000 * SECOND
    await align(house.db, another)
    assert abs(house.clock.at - another.now()) < 10


def test_the_clock_of_this_machine_goes_forward_and_is_known_by_its_start() -> None:
    clock = HubClock()
    looks = [clock.now() for _ in range(100)]
    assert looks == sorted(looks)
    assert abs(clock.ahead()) < SECOND
    kept = mark(clock)
    assert kept is not None
    assert 0 < kept.boot_at < kept.at


@EACH_STEP
async def test_a_call_of_an_outage_has_its_times_in_hub_time(house: House, machine: HandMachine, step: float) -> None:
    """The provider's clock counts as the wall clock."""
    await set_wall(house, machine, step)
    now, ahead = house.clock.now(), house.state.book.wall_ahead
    await house.take(call("CA1", began_at=now + ahead - 60 * SECOND, ended_at=now + ahead - 20 * SECOND))
    row = await house.interaction(provider_ref="CA1")
    assert (row["entered_at"], row["closed_at"]) == (now - 60 * SECOND, now - 20 * SECOND)
