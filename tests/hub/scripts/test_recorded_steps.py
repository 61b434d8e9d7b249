"""A step of a script that no recording may hold: the recording is paused on entering it, and goes on after it."""

from pathlib import Path

import pytest

from channels.channel import RecordingChange
from hub.calls.recording_marks import Mark, list_recordings
from tests.hub.calls.recorded_calls import begun, over, settle, shown
from tests.hub.house import House
from tests.hub.scripts.test_desk_scripts import step, use, write

WRITTEN = """+++
id = "card"
version = 1
title = "Card"
language = "en"
pause_recording = ["number"]
+++

## ask: Ask

-> number

## number: The card's number

> What is its number?

-> close

## close: Close

-> end
"""


async def talking(house: House, tmp_path: Path) -> dict[str, object]:
    write(tmp_path, "card", WRITTEN)
    await use(house, tmp_path)
    held = await begun(house)
    return {"id": held}


async def changes(house: House) -> list[RecordingChange]:
    return [one.change for one in await house.requests("ChangeRecording")]


async def test_the_step_pauses_and_the_next_one_goes_on(house: House, tmp_path: Path) -> None:
    held = await talking(house, tmp_path)
    await step(house, held, "next")
    assert await changes(house) == [RecordingChange.PAUSE]
    assert shown(house, str(held["id"])) == ("pausing", "")
    await settle(house, "ChangeRecording")
    await step(house, held, "next")
    assert await changes(house) == [RecordingChange.PAUSE, RecordingChange.RESUME]
    await step(house, held, "back")
    assert (await changes(house))[-1] is RecordingChange.PAUSE, "also on the way back"


async def test_a_step_that_is_left_before_the_pause_is_confirmed_goes_on_all_the_same(
    house: House, tmp_path: Path
) -> None:
    held = await talking(house, tmp_path)
    await step(house, held, "next")
    await step(house, held, "next")
    pause, resume = await house.requests("ChangeRecording")
    for request in (pause, resume):
        more = {"interaction_id": str(held["id"]), "provider_id": "RE1"}
        await house.take(house.result(request.outbox_id, "phone", "sent", kind="ChangeRecording", **more))
    assert shown(house, str(held["id"])) == ("recording", "")
    said = await house.said(str(held["id"]), "fact")
    assert [one for one in said if one.endswith(("paused", "resumed"))] == ["recording_paused", "recording_resumed"]


async def test_what_the_agent_paused_stays_paused(house: House, tmp_path: Path) -> None:
    held = await talking(house, tmp_path)
    await house.about("ada", str(held["id"]), "pause_recording")
    await settle(house, "ChangeRecording")
    await step(house, held, "next")
    await step(house, held, "next")
    assert await changes(house) == [RecordingChange.PAUSE]


@pytest.mark.parametrize("ends", [True, False])
async def test_pauses_holds_and_steps_are_marks_of_the_recording(house: House, tmp_path: Path, ends: bool) -> None:
    held = await talking(house, tmp_path)
    about = str(held["id"])
    await house.turn(10)
    await house.about("ada", about, "hold_call", on=True)
    await house.turn(5)
    await house.about("ada", about, "hold_call", on=False)
    await step(house, held, "next")
    await settle(house, "ChangeRecording")
    await house.turn(20)
    if ends:
        await house.take(over())
    async with house.db.read() as conn:
        (listed,) = await list_recordings(conn, about)
    marks = {
        (mark.kind, mark.title): (mark.began_ms // 1000, mark.ended_ms and mark.ended_ms // 1000)
        for mark in listed.marks
    }
    end = 35 if ends else None
    assert marks == {
        ("step", "Ask"): (0, 15),
        ("hold", ""): (10, 15),
        ("step", "The card's number"): (15, end),
        ("pause", ""): (15, end),
    }
    assert all(isinstance(mark, Mark) for mark in listed.marks)
