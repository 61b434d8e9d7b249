"""What this process brings itself is stored with its decision: once, with its answer, or not at all."""

import asyncio

import orjson
import pytest
from sqlalchemy import insert

from agent_console.commands import COMMAND
from agent_console.views import StaffView
from channels.channel import LegLeft
from hub.batch.pending import HandOver
from hub.storage import tables
from hub.storage.documents import SendResult
from hub.storage.inbox import Arrival
from tests.hub.house import House
from tests.hub.notices import text


def note(interaction: dict[str, object], command_id: str, words: str = "Ringde 王先生") -> dict[str, object]:
    about = {"interaction_id": interaction["id"], "version": interaction["version"]}
    return {"id": command_id, "kind": "add_note", "text": words, **about}


async def submit(house: House, staff: StaffView, document: dict[str, object]) -> str:
    return (await house.console.submit(staff, COMMAND.validate_python(document))).code


async def rows_of(house: House, command_id: str) -> list[tuple[object, ...]]:
    rows = await house.rows(tables.inbox, tables.inbox.c.key == f"command:ada:{command_id}")
    return [(row["state"], row["answer"] is not None) for row in rows]


async def notes(house: House) -> list[str]:
    return [row["text"] for row in await house.rows(tables.message, tables.message.c.kind == "note")]


@pytest.fixture
async def held(house: House) -> dict[str, object]:
    """A text of Sam's, in Ada's hands."""
    await house.seat("ada")
    await house.take(text("Hej"))
    return await house.accept("ada")


@pytest.mark.promise("P1")
async def test_a_command_is_on_disk_with_its_answer_when_it_is_acknowledged(
    house: House, held: dict[str, object]
) -> None:
    assert await submit(house, await house.staff("ada"), note(held, "n1")) == ""
    assert await rows_of(house, "n1") == [(tables.DONE, True)]
    assert await notes(house) == ["Ringde 王先生"]


@pytest.mark.promise("P2")
async def test_the_same_command_ten_times_at_once_and_once_more_is_done_once(
    house: House, held: dict[str, object]
) -> None:
    ada = await house.staff("ada")
    codes = await asyncio.gather(*(submit(house, ada, note(held, "n1")) for _ in range(10)))
    assert [*codes, await submit(house, ada, note(held, "n1"))] == [""] * 11
    assert await notes(house) == ["Ringde 王先生"]


async def test_a_refusal_is_an_answer_too_and_stays_the_same(house: House, held: dict[str, object]) -> None:
    ada, stale = await house.staff("ada"), note({**held, "version": 99}, "n1")
    assert [await submit(house, ada, stale) for _ in range(2)] == ["stale", "stale"]
    assert await rows_of(house, "n1") == [(tables.DONE, True)]


@pytest.mark.promise("P2")
async def test_what_another_process_has_put_into_the_inbox_meanwhile_is_done_once(
    house: House, held: dict[str, object]
) -> None:
    """The row appears between the look and the commit: it becomes the one that was decided."""
    store, document = house.db.write, note(held, "n1")

    async def write_late(unit):
        house.db.write = store
        body = orjson.dumps({"agent_id": "ada", "command": document}).decode()
        row = {"key": "command:ada:n1", "kind": "command", "body": body, "received_at": house.clock.now()}

        async def put(conn):
            await conn.execute(insert(tables.inbox), [row])

        await store(put)
        return await store(unit)

    house.db.write = write_late
    assert await submit(house, await house.staff("ada"), document) == ""
    assert await rows_of(house, "n1") == [(tables.DONE, True)]
    assert await notes(house) == ["Ringde 王先生"]


async def test_a_nul_goes_the_long_way_and_is_replaced(house: House, held: dict[str, object]) -> None:
    assert await submit(house, await house.staff("ada"), note(held, "n1", "Ring\0de")) == ""
    assert await notes(house) == ["Ring\ufffdde"]


async def test_where_nobody_routes_or_the_router_stops_nothing_is_taken() -> None:
    hand_over = HandOver()
    arrival, what = Arrival("sent:x", "SendResult", "{}", 1), LegLeft("k", "CA1", "CA1", "")
    assert await hand_over.give(arrival, what) is None
    hand_over.open()
    given = asyncio.create_task(hand_over.give(arrival, what))
    await asyncio.sleep(0)
    hand_over.refuse_all()
    assert await given is None


def report(number: int) -> tuple[Arrival, SendResult]:
    result = SendResult(f"m{number}", "sms", "TextOut", "i", "sent")
    return Arrival(f"sent:m{number}:1", "SendResult", "{}", 1), result


async def test_a_report_of_a_text_goes_along_with_what_comes_next() -> None:
    hand_over = HandOver()
    hand_over.open()
    arrival, result = report(1)
    hand_over.put([arrival], [result], is_ours=True)
    assert not hand_over.awake.is_set()
    hand_over.put([Arrival("sms:AC1:SM1", "MessageReceived", "{}", 1)], [text("Hej")], is_ours=False)
    assert hand_over.awake.is_set()
    assert len(hand_over.take(hand_over.count(), 0, 50)) == 2


async def test_a_report_alone_is_decided_after_a_moment_and_each_later_one_too() -> None:
    """Also one that comes between the count of a batch and its taking, when the timer has rung already."""
    hand_over = HandOver()
    hand_over.open()
    for number in range(3):
        arrival, result = report(number)
        hand_over.put([arrival], [result], is_ours=True)
        async with asyncio.timeout(30):
            await hand_over.awake.wait()
        hand_over.awake.clear()
        counted = hand_over.count()
        late, its_result = report(100 + number)
        hand_over.put([late], [its_result], is_ours=True)
        taken = hand_over.take(counted, 0, 50)
        assert taken[-1].handed is not None and taken[-1].handed.arrival is arrival
        async with asyncio.timeout(30):
            await hand_over.awake.wait()
        hand_over.awake.clear()
        hand_over.take(hand_over.count(), 0, 50)
