"""The wait, told on the phone, in a chat and at the desk, and how well it was told."""

from pathlib import Path

import pytest

from channels.channel import CallbackWished
from hub.routing_process.estimating import AGAIN, FRESH, Estimating, round_to_minutes
from hub.screens.channel_host import read_places
from hub.screens.desk_feed import read_queue_lines
from hub.screens.explaining import Explaining
from hub.storage import tables
from hub.storage.database import Connection, Database
from hub.storage.told_estimates import read_outcomes
from routing.estimates import Errors
from routing.model import SECOND, InteractionId
from tests.hub.house import BOTH, House, OpenDatabase
from tests.hub.notices import GUS, PIA, SAM, agent_joined, call, call_answered, customer_left, line, opening, text
from tests.seeded import copy_database

MINUTE = 60 * SECOND


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the house does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


class Published(dict[tuple[str, str], Errors]):
    def observe(self, queue: str, tier: str, errors: Errors) -> None:
        self[queue, tier] = errors


def estimating(house: House, published: Published | None = None) -> Estimating:
    return Estimating(house.db, house.clock, (published if published is not None else Published()).observe)


async def one_agent_on_the_phone(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1", PIA))
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))


@BOTH
async def test_a_caller_is_told_on_entering_how_long_about(house: House) -> None:
    await one_agent_on_the_phone(house)
    await house.take(call("CA2", GUS))
    await house.take(call("CA3", SAM))
    await estimating(house).look()
    second, third = await house.host.find_place("CA2"), await house.host.find_place("CA3")
    assert second is not None and third is not None
    assert (second.position, second.minutes, third.position, third.minutes) == (
        1,
        6,
        2,
        12,
    )  # more of Pia's tier may come
    async with house.db.read() as conn:
        (queue,) = await read_queue_lines(conn, house.clock.now(), ["service"])
    assert queue.expected_minutes == 12
    view = await Explaining(house.db, house.clock).explain(
        InteractionId((await house.interaction(address=SAM))["id"]), "en"
    )
    assert view is not None
    assert view.expected_minutes == 12


@BOTH
async def test_a_chat_is_told_its_minutes_with_its_position(house: House) -> None:
    await one_agent_on_the_phone(house)
    await house.take(opening("chat-1"), line("我的卡丢了", "chat-1"))
    await estimating(house).look()
    async with house.db.read() as conn:
        places = await read_places(conn, house.clock.now())
    position, minutes, _ = places["chat-1"]
    assert position == 1
    assert minutes is not None


async def test_it_is_estimated_again_every_five_seconds_and_no_sooner(house: House) -> None:
    await one_agent_on_the_phone(house)
    await house.take(call("CA2", GUS))
    estimates = estimating(house)
    await estimates.look()
    (first,) = await house.rows(tables.estimate)
    await house.turn(AGAIN / SECOND - 1)
    await estimates.look()
    assert await house.rows(tables.estimate) == [first]
    await house.turn(1)
    await estimates.look()
    (again,) = await house.rows(tables.estimate)
    assert again["at"] > first["at"]
    assert (again["first_at"], again["first_wait"]) == (first["first_at"], first["first_wait"])


async def test_a_text_is_not_estimated(house: House) -> None:
    await one_agent_on_the_phone(house)
    await house.take(text("Hallå", SAM))
    await estimating(house).look()
    assert await house.rows(tables.estimate) == []


async def test_where_nobody_is_at_work_nothing_is_said(house: House) -> None:
    await house.take(call("CA1", PIA))
    await estimating(house).look()
    place = await house.host.find_place("CA1")
    assert place is not None
    assert (place.position, place.minutes) == (1, None)


async def test_the_error_is_published_and_a_bad_one_silences(house: House) -> None:
    await one_agent_on_the_phone(house)
    now = house.clock.now()

    async def remember(conn: Connection) -> None:
        """Twenty-four gold calls of this morning, told one minute, answered after ten."""
        (model,) = (await conn.execute(tables.interaction.select())).mappings().all()
        for number in range(24):
            old = {"id": f"old-{number}", "tier": "gold", "routing": None, "state": "closed", "agent_id": None}
            began = now - 60 * MINUTE
            times = {"entered_at": began, "answered_at": began + 10 * MINUTE, "closed_at": began + 20 * MINUTE}
            row = {**model, **old, **times, "reply_token": None, "provider_ref": f"old-{number}"}
            await conn.execute(tables.interaction.insert(), row)
            told = {"interaction_id": row["id"], "first_at": now - 60 * MINUTE, "first_wait": MINUTE}
            await conn.execute(tables.estimate.insert(), {**told, "at": now - 60 * MINUTE, "position": 1})

    await house.db.write(remember)
    published = Published()
    await house.take(call("CA2", GUS), call("CA3", SAM))
    await estimating(house, published).look()
    assert published["service", "gold"] == Errors(24, 0.9, -0.9)
    gus, sam = await house.host.find_place("CA2"), await house.host.find_place("CA3")
    assert gus is not None and sam is not None
    assert gus.minutes is None
    assert sam.minutes is not None
    (told,) = [one for one in await house.rows(tables.estimate) if one["at"] > now and one["wait"] is None]
    assert told["first_wait"] is not None  # measured all the same: it may become better
    (shown,) = (await Explaining(house.db, house.clock).read_errors()).lines
    assert (shown.tier, shown.count, shown.is_silent) == ("gold", 24, True)


def test_minutes_are_whole_and_never_none_of_them() -> None:
    now = 10**15
    assert [round_to_minutes(wait * SECOND, now, now) for wait in (-5, 0, 60, 61)] == [1, 1, 1, 2]
    assert round_to_minutes(90 * SECOND, now - 40 * SECOND, now) is None  # too old to be told
    assert round_to_minutes(90 * SECOND, now - FRESH, now) == 2
    assert round_to_minutes(None, now, now) is None


async def test_the_wait_of_who_is_called_back_is_neither_told_nor_measured(house: House) -> None:
    """Their line has ended: how long it takes until they are called is no wait that anybody was told of."""
    await one_agent_on_the_phone(house)
    await house.take(call("CA2", GUS, to_address="+46850005000"), call("CA3", SAM))
    await estimating(house).look()
    await house.take(CallbackWished("phone:AC1:CA2:callback:0", "CA2"), customer_left("CA2"))
    await house.turn(3600)
    at = house.clock.now()
    await estimating(house).look()
    (again,) = await house.rows(tables.estimate, tables.estimate.c.at > at)
    assert again["interaction_id"] == (await house.interaction(provider_ref="CA3"))["id"]
    ben = await house.seat("ben")
    assert [held["customer"]["id"] for held in ben.held] == ["gus"]
    (request,) = await house.requests("CallCustomer")
    await house.take(call_answered(request.outbox_id))
    async with house.db.read() as conn:
        assert await read_outcomes(conn, 0, 10) == []
