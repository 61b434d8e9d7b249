"""Every row of the table of a recording's steps comes about in a hub, by reports, results and commands as they really
come.

The rule of this file: a row has its way here, or it leaves the table.
"""

from collections.abc import Awaitable, Callable

import pytest

from hub import call_lifecycle
from hub.call_lifecycle import RECORDING_TRANSITIONS, RecordingState, RecordingStep
from hub.routing_process.retention import delete_expired
from hub.storage import tables
from routing.model import DAY, SECOND
from tests.hub.calls.recorded_calls import begun, fetched, over, settle, talk_recorded
from tests.hub.calls.test_every_step import leave_a_message
from tests.hub.house import House
from tests.hub.notices import customer_left
from tests.hub.scripts.test_recorded_proofs import begun as report_begin

Way = Callable[[House], Awaitable[object]]
WAYS: dict[tuple[RecordingState, RecordingStep], Way] = {}
S, T = RecordingState, RecordingStep


def way(before: RecordingState, step: RecordingStep) -> Callable[[Way], Way]:
    def add(one: Way) -> Way:
        WAYS[before, step] = one
        return one

    return add


@pytest.mark.parametrize(
    "row", RECORDING_TRANSITIONS, ids=lambda row: f"{row[0] or 'none'}-{row[1]}".replace(" ", "_")
)
async def test_the_step_is_taken(
    house: House, row: tuple[RecordingState, RecordingStep], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    find = call_lifecycle.find_recording_state_after

    def note(before: RecordingState, step: RecordingStep) -> RecordingState | None:
        taken.append((before, step))
        return find(before, step)

    monkeypatch.setattr(call_lifecycle, "find_recording_state_after", note)
    await WAYS[row](house)
    assert row in taken
    await house.check_restored()


def test_no_way_is_left_of_a_row_that_the_table_has_not() -> None:
    assert set(WAYS) <= set(RECORDING_TRANSITIONS)


@way(S.NONE, T.ASKED)
async def ask(house: House) -> str:
    return await talk_recorded(house)


@way(S.NONE, T.FETCHED)
async def leave_a_voicemail(house: House) -> None:
    await leave_a_message(house)


@way(S.ASKED, T.BEGAN)
async def begin(house: House) -> str:
    return await begun(house)


@way(S.ASKED, T.FAILED)
async def fail(house: House) -> None:
    await ask(house)
    await settle(house, "StartRecording", "failed", error="21220")


@way(S.ASKED, T.ENDED)
@way(S.ENDED, T.FAILED)
async def find_nothing_after_the_call(house: House) -> None:
    await ask(house)
    await house.take(customer_left("CA1"))
    await house.turn(61)
    await settle(house, "FetchRecordings", provider_id="")


@way(S.RECORDING, T.PAUSE_ASKED)
async def ask_for_a_pause(house: House) -> str:
    held = await begin(house)
    assert not (await house.about("ada", held, "pause_recording")).code
    return held


@way(S.RECORDING, T.ENDED)
async def end(house: House) -> None:
    await begin(house)
    await house.take(over())


@way(S.PAUSING, T.PAUSED)
async def pause(house: House) -> str:
    held = await ask_for_a_pause(house)
    await settle(house, "ChangeRecording")
    return held


@way(S.PAUSING, T.PAUSE_FAILED)
async def fail_to_pause(house: House) -> None:
    await ask_for_a_pause(house)
    await settle(house, "ChangeRecording", "failed", error="21220")


@way(S.PAUSING, T.RESUME_ASKED)
async def change_ones_mind(house: House) -> None:
    held = await ask_for_a_pause(house)
    assert not (await house.about("ada", held, "resume_recording")).code


@way(S.PAUSING, T.ENDED)
async def end_while_a_pause_is_asked_for(house: House) -> None:
    await ask_for_a_pause(house)
    await house.take(over())


@way(S.PAUSED, T.RESUME_ASKED)
async def ask_to_go_on(house: House) -> str:
    held = await pause(house)
    assert not (await house.about("ada", held, "resume_recording")).code
    return held


@way(S.PAUSED, T.ENDED)
async def end_in_a_pause(house: House) -> None:
    await pause(house)
    await house.take(over())


@way(S.RESUMING, T.RESUMED)
async def go_on(house: House) -> None:
    await ask_to_go_on(house)
    await settle(house, "ChangeRecording")


@way(S.RESUMING, T.RESUME_FAILED)
async def fail_to_go_on(house: House) -> None:
    await ask_to_go_on(house)
    await settle(house, "ChangeRecording", "failed", error="20404")


@way(S.RESUMING, T.PAUSE_ASKED)
async def rather_not_go_on(house: House) -> None:
    held = await ask_to_go_on(house)
    assert not (await house.about("ada", held, "pause_recording")).code


@way(S.RESUMING, T.ENDED)
async def end_while_it_is_to_go_on(house: House) -> None:
    await ask_to_go_on(house)
    await house.take(over())


@way(S.ENDED, T.FETCHED)
async def fetch(house: House) -> None:
    await end(house)
    await house.take(fetched())


@way(S.STORED, T.LOST)
async def lose(house: House) -> None:
    await fetch(house)
    await settle(house, "DeleteRecording", "failed", error="not_stored")


@way(S.STORED, T.EXPIRED)
async def expire(house: House) -> None:
    await fetch(house)
    await settle(house, "DeleteRecording")
    assert await delete_expired(house.db, house.media, house.clock.now() + 89 * DAY) == 0
    assert await delete_expired(house.db, house.media, house.clock.now() + 91 * DAY) == 1


@way(S.FAILED, T.BEGAN)
async def begin_after_all(house: House) -> None:
    await fail(house)
    await house.take(report_begin(house.clock.now() - SECOND))


@way(S.FAILED, T.FETCHED)
async def be_found_after_all(house: House) -> None:
    await fail(house)
    await house.take(customer_left("CA1"), fetched())


async def test_a_legal_hold_keeps_the_sound_of_its_customer_also_after_a_merge(house: House) -> None:
    await fetch(house)
    await settle(house, "DeleteRecording")
    (call,) = await house.rows(tables.interaction)
    (before,) = await house.rows(tables.customer, tables.customer.c.id == call["customer_id"])
    late = house.clock.now() + 91 * DAY

    async def hold(customer_id: str, **change: object) -> None:
        c = tables.customer.c
        update = tables.customer.update().where(c.id == customer_id).values(**change)
        await house.db.write(lambda connection: connection.execute(update))

    await hold(call["customer_id"], profile='{"legal_hold":true}')
    assert await delete_expired(house.db, house.media, late) == 0
    await hold("maria", profile='{"legal_hold":true}')
    await hold(call["customer_id"], profile="{}", merged_into="maria")
    assert await delete_expired(house.db, house.media, late) == 0
    await hold("maria", profile="{}")
    assert await delete_expired(house.db, house.media, late) == 1
    await hold(call["customer_id"], merged_into=None, profile=before["profile"])
