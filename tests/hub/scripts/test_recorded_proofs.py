"""Where a call is recorded, the proof of a statement says in which second of the recording it was."""

from pathlib import Path
from typing import Any

import orjson
import pytest_asyncio

from channels.channel import RecordingReported
from hub.storage import tables
from routing.model import SECOND
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, call, customer_left
from tests.hub.scripts.binding import FIRST, bind, settle
from tests.hub.scripts.binding import SECOND as OTHER
from tests.hub.scripts.test_desk_scripts import step


@pytest_asyncio.fixture(autouse=True)
async def bound(house: House, tmp_path: Path) -> None:
    await bind(house, tmp_path)


async def answer(house: House) -> dict[str, Any]:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    return held


def begun(at: int, recording: str = "RE1") -> RecordingReported:
    return RecordingReported(f"phone:AC1:{recording}:in-progress", "CA1", recording, at)


def over(recording: str = "RE1") -> RecordingReported:
    return RecordingReported(f"phone:AC1:{recording}:over", "CA1", recording, None)


async def moments(house: House, held: dict[str, Any]) -> list[tuple[Any, ...]]:
    r = tables.script_run
    (row,) = await house.rows(r, r.c.interaction_id == held["id"])
    proofs = orjson.loads(row["run"])["proofs"]
    said = [(one["statement"], one["kind"], one["moment"]) for one in proofs]
    return [(what, kind, m and (m["recording"], m["second"])) for what, kind, m in said]


@BOTH
async def test_each_proof_names_recording_and_second(house: House) -> None:
    held = await answer(house)
    await house.take(begun(house.clock.now() - 2 * SECOND))
    await house.turn(8)
    await step(house, held, "choose", choice="1")
    await house.turn(30)
    await house.check_restored()
    await house.dispatcher._restore()  # as another process does that takes over
    await settle(house, held, FIRST)
    await house.turn(5)
    await settle(house, held, OTHER, is_said=False, reason="customer_declined")
    assert await moments(house, held) == [
        (FIRST, "shown", ("RE1", 10)),
        (OTHER, "shown", ("RE1", 10)),
        (FIRST, "acknowledged", ("RE1", 40)),
        (OTHER, "not_said", ("RE1", 45)),
    ]


async def test_without_a_recording_there_is_no_second(house: House) -> None:
    held = await answer(house)
    await step(house, held, "choose", choice="1")
    assert {one[2] for one in await moments(house, held)} == {None}


async def test_a_text_is_not_recorded(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1")
    assert {one[2] for one in await moments(house, held)} == {None}


async def test_what_is_settled_once_the_recording_or_the_call_is_over_names_no_second(house: House) -> None:
    held = await answer(house)
    await house.take(begun(house.clock.now()))
    await step(house, held, "choose", choice="1")
    await house.take(over())
    await settle(house, held, FIRST)
    await house.take(begun(house.clock.now(), "RE2"), customer_left("CA1"))
    await settle(house, held, OTHER, is_said=False, reason="customer_hung_up")
    assert [one[2] for one in await moments(house, held)] == [("RE1", 0), ("RE1", 0), None, None]


async def test_the_beginning_that_comes_after_the_end_begins_nothing(house: House) -> None:
    held = await answer(house)
    await house.take(over())
    await house.take(begun(house.clock.now()))
    await step(house, held, "choose", choice="1")
    assert {one[2] for one in await moments(house, held)} == {None}


async def test_the_next_agent_is_recorded_on_with_the_same_call(house: House) -> None:
    held = await answer(house)
    await house.take(begun(house.clock.now() + 60 * SECOND))  # by a clock that is ahead: it began when it was told
    await house.turn(20)
    await step(house, held, "choose", choice="1")
    await house.about("ada", held["id"], "transfer_interaction", queue="cards")
    await house.seat("cleo")
    taken = await house.accept("cleo")
    await house.take(agent_joined("CA1", "CA-cleo"))
    await house.turn(5)
    await settle(house, taken, FIRST, "cleo")
    found = await moments(house, held)
    assert (found[0][2], found[-1]) == (("RE1", 20), (FIRST, "acknowledged", ("RE1", 25)))
