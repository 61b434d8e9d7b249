"""What a supervisor reads of each statement: its words, and when it was shown and said, by whom, at which second."""

from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from agent_console.recorded import SoundView, StatementView
from channels.channel import RecordingReported
from hub.policies.attributes import list_variable_types
from hub.policies.masking import MaskingPolicy
from hub.scripts.statement_proofs import list_proven
from hub.storage import reading_rights, script_runs
from hub.storage.reading_rights import ReadableRun, Reader
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, agent_joined, call, text
from tests.hub.scripts.binding import FIRST, bind, complete, end, hold_terms, settle
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


@BOTH
async def test_a_text_has_its_proofs_too_for_whoever_may_read_it(house: House) -> None:
    await house.seat("ben")
    await house.take(text("Hej", PIA))
    await house.accept("ben")  # her script stands at a step where nothing has to be said
    held = await hold_terms(house)
    await settle(house, held, FIRST)
    dot = Reader("dot", ("service",), 0, is_agent=False)

    async def find(reader: Reader, before: int = 2**62, limit: int = 5) -> list[ReadableRun]:
        async with house.db.read() as conn:
            ids = ["pia", "sam"]
            return await reading_rights.read_proven_runs(conn, reader, ids, before, limit, is_whole=False)

    (found,) = await find(dot)
    assert (found.channel, found.work.interaction_id, found.work.closed_at) == ("sms", held["id"], None)
    await settle(house, held, OTHER)
    await end(house, held)
    assert not (await complete(house, held)).code
    await house.turn(60)
    again = await hold_terms(house)
    assert [one.work.interaction_id for one in await find(dot)] == [again["id"], held["id"]]
    (newest,) = await find(dot, limit=1)
    (older,) = await find(dot, newest.began_at)
    assert (older.work.interaction_id, older.work.closed_at is not None) == (held["id"], True)
    assert await find(replace(dot, queues=("cards",))) == []
    types = list_variable_types(house.state.book.attributes)
    first, second = list_proven([older.run], types, {"ada": "Ada Holm"})
    assert [(one.kind, one.by, one.second) for one in first.proofs] == [
        ("shown", "Ada Holm", None),
        ("acknowledged", "Ada Holm", None),
    ]
    assert not second.is_owed


async def test_beside_no_sound_a_proof_has_the_second_of_whichever_recording_ran(house: House) -> None:
    held = await answer(house)
    async with house.db.read() as conn:
        stored = await script_runs.list_of(conn, held)
    shown = list_proven(stored, list_variable_types(house.state.book.attributes), {})
    assert [proof.second for one in shown for proof in one.proofs] == [20, 20]
