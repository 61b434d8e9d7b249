"""The wallboard's figures against rows that were counted by hand, on both databases."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent_console.wallboard_views import ServiceLine, WallboardView
from channels.channel import IdentityLevel
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.reports.wallboard_figures import read_board
from hub.screens.desk_feed import read_queue_lines
from hub.storage import tables
from hub.storage.database import Connection, Database
from routing.model import SECOND, Micros
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, NOON, House, OpenDatabase
from tests.hub.notices import GUS, PIA, SAM, agent_joined, call, customer_left, line, text

MIDNIGHT = NOON - 13 * 3600 * SECOND  # in Stockholm, where the policy lives, noon UTC is 13:00


async def board(db: Database, now: Micros) -> WallboardView:
    async with db.read() as conn:
        book = await load_book(conn)
        assert book is not None
        return await read_board(conn, book, now)


def queue_line(view: WallboardView, queue: str, tier: str = "") -> ServiceLine:
    found = next(one for one in view.queues if one.queue == queue)
    return next(one.line for one in found.tiers if one.tier == tier) if tier else found.line


# ---- rows by hand

_numbers = iter(range(1, 1000))


def row(entered: float, **more: Any) -> dict[str, Any]:
    """A closed interaction. Times are in minutes from noon; `answered`, `closed` and `entered` too."""

    def at(minutes: float | None) -> Micros | None:
        return None if minutes is None else NOON + int(minutes * 60) * SECOND

    answered, closed = more.pop("answered", None), more.pop("closed", None)
    entered_at = at(entered)
    return {
        "id": f"i{next(_numbers)}",
        "customer_id": "sam",
        "channel": "sms",
        "queue": "service",
        "tier": "standard",
        "state": "waiting" if closed is None else "closed",
        "entered_at": entered_at,
        "state_at": entered_at,
        "answered_at": at(answered),
        "closed_at": at(closed),
        "closed_as": None if closed is None else ("abandoned" if answered is None else "handled"),
        "in_time": None if answered is None else answered - entered <= 10,
        **more,
    }


@pytest_asyncio.fixture
async def db(database: OpenDatabase) -> AsyncIterator[Database]:
    """A database whose rows nobody but the test writes."""
    db = await database()
    yield db
    await db.close()


async def put(db: Database, *rows: dict[str, Any]) -> None:
    """Each as it is; a column that one of them does not name is empty."""

    async def unit(conn: Connection) -> None:
        for one in rows:
            await conn.execute(tables.interaction.insert(), [one])

    await db.write(unit)


@BOTH
async def test_every_figure_of_a_queue_and_of_its_tiers(db: Database) -> None:
    await put(
        db,
        row(-60, answered=-59, closed=-50),  # in time, 60 s
        row(-50, answered=-38, closed=-30, tier="gold"),  # late, 720 s
        row(-20, answered=-18, closed=-10, tier="gold"),  # in time, 120 s, within the half hour
        row(-25, answered=-11, closed=-5),  # late, 840 s, within the half hour
        row(-30, closed=-20),  # abandoned
        row(-15, closed=-15, closed_as="short_abandoned"),
        row(-14, closed=-14, closed_as="self_served"),  # STOP: nobody was needed
        row(-12),  # waiting, the oldest
        row(-3, state="offered", tier="platinum"),
        row(-2, answered=-1, state="active"),  # in time, 60 s
        row(-9, queue="deposits", channel="webchat"),  # of another queue
    )
    view = await board(db, NOON)
    service = queue_line(view, "service")
    assert (service.waiting, service.oldest_at) == (2, (NOON - 720 * SECOND) // 1000)
    assert (service.answered, service.in_time, service.share_in_time) == (5, 3, 0.6)
    assert service.share_in_time_half_hour == pytest.approx(2 / 3)
    assert service.average_answer_seconds == pytest.approx((60 + 720 + 120 + 840 + 60) / 5)
    assert (service.abandoned, view.short_abandoned) == (1, 1)
    gold, platinum = queue_line(view, "service", "gold"), queue_line(view, "service", "platinum")
    assert (gold.answered, gold.in_time, gold.waiting, gold.oldest_at) == (2, 1, 0, None)
    assert (platinum.waiting, platinum.answered, platinum.share_in_time) == (1, 0, None)
    assert (view.total.waiting, view.total.answered, view.total.abandoned) == (3, 5, 1)
    assert view.waiting_by_channel == {"sms": 2, "webchat": 1}
    assert [one.tier for one in view.queues[0].tiers] == ["platinum", "gold", "standard"]


@BOTH
async def test_the_longest_wait_is_longest_against_the_threshold_of_its_channel(db: Database) -> None:
    """A text of two minutes is no later than a call of one."""
    await put(db, row(-2), row(-1, channel="phone", tier="gold"), row(-120, channel="email", queue="gone"))
    view = await board(db, NOON)
    service = queue_line(view, "service")
    assert (service.oldest_at, service.threshold_seconds) == ((NOON - 60 * SECOND) // 1000, 20)
    assert queue_line(view, "service", "standard").threshold_seconds == 600
    assert (queue_line(view, "cards").oldest_at, queue_line(view, "cards").threshold_seconds) == (None, None)
    assert view.total.threshold_seconds == 20


@BOTH
async def test_who_is_called_back_is_counted_and_hurries_nobody(db: Database) -> None:
    given_back = NOON - 2000 * SECOND
    await put(db, row(-40, channel="phone", given_back_at=given_back), row(-3))
    service = queue_line(await board(db, NOON), "service")
    assert (service.waiting, service.oldest_at) == (2, (NOON - 180 * SECOND) // 1000)
    async with db.read() as conn:
        (line,) = await read_queue_lines(conn, NOON, ["service"])
    assert (line.waiting, line.oldest_at) == (2, (NOON - 180 * SECOND) // 1000)


@BOTH
async def test_a_queue_without_anything_has_no_shares(db: Database) -> None:
    cards = queue_line(await board(db, NOON), "cards")
    assert (cards.waiting, cards.oldest_at, cards.answered, cards.abandoned) == (0, None, 0, 0)
    assert (cards.share_in_time, cards.share_in_time_half_hour, cards.average_answer_seconds) == (None, None, None)


@BOTH
async def test_the_day_is_the_organisations(db: Database) -> None:
    """It begins at midnight in Stockholm, which is 23:00 of the day before in UTC."""
    before, after = -13 * 60 - 1, -13 * 60 + 1
    await put(
        db,
        row(before, answered=before + 0.5, closed=before + 0.9),  # yesterday, all of it
        row(before, answered=after, closed=after + 1),  # answered today
        row(before, closed=after),  # left today
        row(before - 600),  # has waited since yesterday
    )
    service = queue_line(await board(db, NOON), "service")
    assert (service.answered, service.abandoned, service.waiting) == (1, 1, 1)


@BOTH
async def test_the_last_half_hour_goes_back_before_midnight(db: Database) -> None:
    await put(db, row(-13 * 60 - 9, answered=-13 * 60 - 8, closed=-13 * 60 - 5))
    view = await board(db, MIDNIGHT + 600 * SECOND)
    assert queue_line(view, "service").share_in_time_half_hour == 1.0
    assert queue_line(view, "service").answered == 0


@BOTH
async def test_arrivals_are_counted_by_half_hours_of_the_day(db: Database) -> None:
    await put(db, row(-13 * 60), row(-13 * 60 + 29), row(-13 * 60 + 30), row(-1), row(-13 * 60 - 1))
    points = (await board(db, NOON)).arrivals
    assert len(points) == 27  # 26 that are over, and the one that has begun
    assert (points[0].at, points[0].arrivals) == (MIDNIGHT // 1000, 2)
    assert (points[1].arrivals, points[25].arrivals, points[26].arrivals) == (1, 1, 0)
    assert sum(point.arrivals for point in points) == 4


# ---- the hub at work


@BOTH
async def test_what_the_hub_does_is_what_the_board_shows(house: House) -> None:
    held = await hold_text(house)
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hej", PIA), text("Hej", GUS))
    await house.accept_all("ada")
    await house.take(call("CA1", SAM))
    await house.turn(20)
    await house.take(customer_left("CA1"))
    service = queue_line(await board(house.db, house.clock.now()), "service")
    assert (service.answered, service.in_time, service.waiting, service.abandoned) == (3, 3, 0, 1)
    assert queue_line(await board(house.db, house.clock.now()), "service", "platinum").answered == 1


@BOTH
async def test_agents_are_shown_by_what_they_do(house: House) -> None:
    for agent in ("ada", "ben", "cleo", "emre", "fay"):
        await house.seat(agent)
    await house.do("ben", "set_state", state="unavailable", reason="lunch")
    await house.do("fay", "set_state", state="offline")
    doing = {
        agent.id: (agent.doing, agent.state, agent.reason)
        for agent in (await board(house.db, house.clock.now())).agents
    }
    assert doing["ada"] == ("free", "available", "")
    assert doing["ben"] == ("away", "unavailable", "lunch")
    assert doing["fay"] == ("offline", "offline", "")
    assert "tomasz" not in doing  # who takes no interactions
    await house.do("emre", "set_state", state="unavailable", reason="break")
    await house.do("cleo", "set_state", state="unavailable", reason="break")
    await house.take(call("CA1"))
    assert await doing_of(house, "ada") == ("offered", {})
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    assert await doing_of(house, "ada") == ("busy", {"phone": 1})
    await house.take(customer_left("CA1"))
    assert await doing_of(house, "ada") == ("wrap_up", {"phone": 1})
    await house.take(call("CA2"))
    await house.turn(121)
    assert await doing_of(house, "ada") == ("offered", {})
    await house.turn(16)
    assert await doing_of(house, "ada") == ("not_responding", {})


async def test_a_callback_counts_as_waiting_until_an_agent_calls(house: House) -> None:
    await house.take(call("CA1", to_address="+46850005000"))  # of cards, whose calls are given back after ten minutes
    await house.turn(601)
    await house.take(customer_left("CA1"))
    assert (await house.interaction(channel="phone"))["state"] == "waiting"
    shown = await board(house.db, house.clock.now())
    assert (shown.waiting_by_channel["phone"], shown.total.waiting) == (1, 1)
    await house.seat("cleo")
    assert await doing_of(house, "cleo") == ("dialling", {})
    assert (await board(house.db, house.clock.now())).total.waiting == 0


async def test_a_chat_that_is_paused_counts_once_with_its_call(house: House) -> None:
    await house.take(line("Hej", "chat-1", from_address=SAM, identity_level=IdentityLevel.VERIFIED))
    await house.take(call("CA1", SAM))
    shown = await board(house.db, house.clock.now())
    assert (shown.waiting_by_channel["webchat"], shown.waiting_by_channel["phone"]) == (0, 1)


async def doing_of(house: House, agent: str) -> tuple[str, dict[str, int]]:
    found = next(one for one in (await board(house.db, house.clock.now())).agents if one.id == agent)
    return found.doing, found.holds


def test_the_thresholds_are_the_policys(house: House) -> None:
    book: PolicyBook = house.state.book
    assert book.is_in_time("service", "phone", 20 * SECOND)
    assert not book.is_in_time("service", "phone", 20 * SECOND + 1)
    assert book.is_in_time("nowhere", "phone", 0) is None
