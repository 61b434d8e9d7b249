"""What a supervisor reads of each statement: its words, and when it was shown and said, by whom, at which second."""

from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from agent_console.recorded import SoundView, StatementView
from channels.channel import RecordingReported
from hub.policies.attributes import list_variable_types
from hub.policies.masking import MaskingPolicy
from hub.scripts.statement_proofs import list_proven
from hub.storage import script_runs
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, call
from tests.hub.scripts.binding import FIRST, bind, settle
from tests.hub.scripts.binding import SECOND as OTHER
from tests.hub.scripts.test_desk_scripts import step


@pytest_asyncio.fixture(autouse=True)
async def bound(house: House, tmp_path: Path) -> None:
    await bind(house, tmp_path)


async def read(house: House, held: str, recording_ref: str = "RE1") -> list[StatementView]:
    async with house.db.read() as conn:
        stored = await script_runs.list_of(conn, held)
    types = list_variable_types(house.state.book.attributes)
    return list_proven(stored, types, {"ada": "Ada Holm"}, recording_ref)


async def answer(house: House) -> str:
    """Ada's call, at the step with two statements, 20 seconds into its recording."""
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    began_at = house.clock.now() - 20 * SECOND
    await house.take(RecordingReported("phone:AC1:RE1:in-progress", "CA1", "RE1", began_at))
    assert not (await step(house, held, "choose", choice="1")).code
    return str(held["id"])


@BOTH
async def test_each_statement_has_its_proofs_with_the_second(house: House) -> None:
    held = await answer(house)
    await house.turn(10)
    await settle(house, {"id": held}, FIRST)
    await house.turn(5)
    note = "She called again from +46701740301"
    await settle(house, {"id": held}, OTHER, is_said=False, reason="other", note=note)
    first, second = await read(house, held)
    assert (first.text, first.title, first.version, first.is_owed) == (
        "Dear customer, it costs 5.",
        "Binding",
        1,
        False,
    )
    assert [(one.kind, one.by, one.second) for one in first.proofs] == [
        ("shown", "Ada Holm", 20),
        ("acknowledged", "Ada Holm", 30),
    ]
    assert [(one.kind, one.second, one.reason, one.note) for one in second.proofs] == [
        ("shown", 20, None, ""),
        ("not_said", 35, "other", note),
    ]
    elsewhere = await read(house, held, "RE2")
    assert [one.second for view in elsewhere for one in view.proofs] == [None] * 4, "it is not in that recording"
    masked = replace(house.state.book.document, masking=MaskingPolicy(texts_seen_by=("administrator",)))
    sight = replace(house.state.book, document=masked).see_as(["supervisor"])
    view = SoundView(
        state="missing",
        duration_ms=0,
        peaks=[],
        marks=[],
        statements=[first, second],
        may_hear=True,
        may_download=False,
    )
    shown = sight.mask(view)
    assert "+46701740301" not in shown.model_dump_json(), "what an agent wrote is masked as any text"


async def test_what_is_still_owed_says_so(house: House) -> None:
    held = await answer(house)
    assert [(one.is_owed, len(one.proofs)) for one in await read(house, held)] == [(True, 1), (True, 1)]
    assert await read(house, "unknown") == []
