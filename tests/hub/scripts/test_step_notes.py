"""What an agent says of a step that does not fit: kept with its run, seen by the author, and forgotten in time."""

import pytest

from hub.administration.privacy_commands import erase
from hub.policies.document import RetentionPolicy
from hub.routing_process.retention import OldRows
from hub.scripts.step_notes import NoteRefused, list_notes, note_step
from hub.storage import script_notes, tables
from hub.storage.script_notes import SaidMeanwhile, ScriptNote
from routing.model import DAY, SECOND
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House

SCRIPT, STEP = "greeting", "greet"


async def say(
    house: House, held: str, words: str, agent: str = "ada", step: str = STEP, script: str = SCRIPT
) -> None:
    await note_step(house.db, held, script, step, words, agent, house.clock.now())


async def read(house: House, script: str = SCRIPT) -> list[ScriptNote]:
    async with house.db.read() as conn:
        return await list_notes(conn, script)


@BOTH
async def test_it_is_kept_with_the_version_the_step_the_run_and_who_said_it(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await say(house, held, "  Nobody asks\nthis by text. 没人这样问。 ")
    (note,) = await read(house)
    assert (note.interaction_id, note.script_version, note.language) == (held, 1, "en")
    assert (note.step_id, note.written_by) == (STEP, "ada")
    assert house.floor.interactions[held].entered_at < note.written_at < house.clock.now()
    assert note.words == "Nobody asks this by text. 没人这样问。"
    await house.turn(5)
    await say(house, held, "'; DROP TABLE script_note; --")
    (again,) = await read(house)
    assert (again.id, again.words) == (note.id, "'; DROP TABLE script_note; --")
    assert again.written_at >= note.written_at + 5 * SECOND
    async with house.db.read() as conn:
        assert await script_notes.count_open(conn, SCRIPT) == {STEP: 1}
        assert await script_notes.count_open(conn, "' OR 1=1 --") == {}
    assert await read(house, "\u202egreeting") == []


@BOTH
async def test_an_author_settles_it_once_and_later_words_open_it_again(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await say(house, held, "too long")
    (note,) = await read(house)

    async def settle(script: str = SCRIPT) -> bool:
        return await house.db.write(lambda conn: script_notes.settle(conn, script, note.id, "Shorter", "ines", 7))

    assert not await settle("another")
    assert await settle()
    assert not await settle()
    (settled,) = await read(house)
    assert (settled.settled_by, settled.answer, settled.settled_at) == ("ines", "Shorter", 7)
    await say(house, held, "still too long")
    (again,) = await read(house)
    assert (again.words, again.settled_by, again.settled_at, again.answer) == ("still too long", "", None, "")


@BOTH
async def test_only_who_holds_it_speaks_and_only_of_a_step_that_was_shown(house: House) -> None:
    held = str((await hold_text(house))["id"])
    for code, more in (
        ("required", {"words": " \n "}),
        ("not_held", {"agent": "ben"}),
        ("not_held", {"script": "lost"}),
        ("not_shown", {"step": "no-such-step"}),
        ("not_shown", {"step": "' OR ''='"}),
    ):
        with pytest.raises(NoteRefused, match=code):
            await say(house, held, **{"words": "does not fit", **more})
    await wrap_up(house, "ada", held)
    with pytest.raises(NoteRefused, match="not_held"):
        await say(house, held, "too late")
    assert await house.count(tables.script_note) == 0


@BOTH
async def test_the_agent_before_and_the_agent_after_a_transfer_each_have_their_say(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await say(house, held, "Ada's word")
    await house.seat("cleo")
    assert not (await house.about("ada", held, "transfer_interaction", queue="cards")).code
    await house.accept("cleo")
    await say(house, held, "Cleo's word", "cleo")
    assert [(one.written_by, one.words) for one in await read(house)] == [
        ("cleo", "Cleo's word"),
        ("ada", "Ada's word"),
    ]
    with pytest.raises(NoteRefused, match="not_held"):
        await say(house, held, "Ada once more")


@BOTH
async def test_the_words_go_with_their_customer_and_the_number_stays(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await say(house, held, "Sam is angry")
    await wrap_up(house, "ada", held)
    await erase(house.db, house.media._folder, "sam", "asked for it")
    (note,) = await read(house)
    assert (note.words, note.step_id, note.script_version) == ("", STEP, 1)


@BOTH
async def test_the_words_go_when_the_run_has_been_kept_long_enough(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await say(house, held, "Sam is angry")
    await wrap_up(house, "ada", held)
    house.clock.at += 11 * DAY
    await OldRows(house.db).forget(RetentionPolicy(scripts_days=10), house.clock.now())
    assert [one.words for one in await read(house)] == [""]
    house.screens.clear()  # eleven days passed at once, without the hub


@BOTH
async def test_two_rows_for_one_word_cannot_be(house: House) -> None:
    """As if two desks of one agent said it in the same moment."""
    held = str((await hold_text(house))["id"])
    await say(house, held, "first")
    key = {name: getattr(note_of(held), name) for name in (*script_notes._KEY, "script_version", "language")}

    async def blind(conn: script_notes.Connection) -> None:
        await script_notes._insert(conn, {**key, "written_at": 1, "words": "second"})

    with pytest.raises(SaidMeanwhile):
        await house.db.write(blind)
    assert [one.words for one in await read(house)] == ["first"]


def note_of(interaction_id: str) -> ScriptNote:
    return ScriptNote(
        interaction_id=interaction_id,
        script_id=SCRIPT,
        script_version=1,
        language="en",
        step_id=STEP,
        written_by="ada",
        written_at=1,
        words="once more",
    )
