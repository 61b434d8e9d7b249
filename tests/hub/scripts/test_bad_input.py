"""Bad input to scripts in use: said exactly, the last good version keeps serving, and no run breaks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.policies.attributes import AttributePolicy
from hub.policies.publishing import apply_policy
from hub.policies.used_attributes import AttributeInUse
from hub.scripts.script_drafting import DraftChanged, DraftRefused, publish_drafts, retire, save_draft
from hub.scripts.script_folders import take_files
from hub.scripts.script_publishing import (
    NotPublished,
    Wished,
    cancel_scheduled,
    publish_texts,
    retire_script,
)
from hub.storage import script_versions, tables
from routing.model import DAY
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, text
from tests.hub.scripts.test_desk_scripts import script_of, step
from tests.hub.scripts.test_published_scripts import settle, write

HEAD = '+++\n{}id = "{}"\nversion = {}\ntitle = "{}"\nlanguage = "en"\n{}+++\n'
ASK = (
    "\n## ask: Ask\n> When?\n\n{{ field: leaves_on }}\n\n-> bye if has(answer.leaves_on)\n-> bye\n"
    "\n## bye: Goodbye\n> Enjoy {{ answer.leaves_on | fallback: 'it' }}.\n\n-> end\n"
)


def field(kind: str) -> str:
    return f'priority = 100\n[fields.leaves_on]\nlabel = "Leaves on"\ntype = "{kind}"\n'


def journey(version: int, kind: str) -> str:
    return HEAD.format("", "journey", version, "Journey", field(kind)) + ASK


def part(version: int, words: str) -> str:
    head = HEAD.format('kind = "sub-script"\n', "part", version, "Part", '[outcomes.done]\nlabel = "Done"\n')
    return head + f"\n## tell: Tell\n> {words}\n\n-> end: done\n"


WHOLE = HEAD.format("", "whole", 1, "Whole", "priority = 100\n") + (
    "\n## hello: Hello\n> Hello.\n\n-> use\n\n## use: Use\n{{ script: part }}\n\n-> bye\n"
    "\n## bye: Bye\n> Bye.\n\n-> end\n"
)


async def publish(house: House, *sources: str) -> None:
    wished = []
    for source in sources:
        name = source.split('id = "')[1].split('"')[0]
        wished.append(Wished(file=f"{name}.en.md", source=source, written_by=("ada",)))
    await publish_texts(house.db, wished, house.clock.now(), "ada", "Why not")
    await settle(house)


def prompt(house: House, held: dict[str, Any], agent: str = "ada") -> str:
    parts = house.screens[agent].find(held["id"])["script"]["parts"]
    return "".join(
        span["text"] for one in parts if one["kind"] == "prompt" for block in one["blocks"] for span in block["spans"]
    )


@BOTH
async def test_a_field_whose_type_changed_under_live_runs(house: House) -> None:
    await publish(house, journey(1, "text"))
    held = await hold_text(house)
    assert not (await step(house, held, "answer", values={"leaves_on": "on a whim"})).code
    await publish(house, journey(2, "date"))
    assert not (await step(house, held, "next")).code
    assert (script_of(house, held)["version"], prompt(house, held)) == (1, "Enjoy on a whim.")
    await house.check_restored()
    await house.dispatcher._restore()  # as another process does that takes over
    await house.check_screens()
    assert not (await step(house, held, "back")).code
    assert not (await step(house, held, "answer", values={"leaves_on": "some day"})).code
    await house.take(text("Hej", PIA))
    fresh = await house.accept("ada")
    assert script_of(house, fresh)["version"] == 2
    assert (await step(house, fresh, "answer", values={"leaves_on": "some day"})).code == "bad_answer"


@BOTH
async def test_a_sub_script_that_was_retired(house: House) -> None:
    await publish(house, part(1, "The first words"), WHOLE)
    held = await hold_text(house)
    with pytest.raises(NotPublished) as refused:
        await retire_script(house.db, "part", house.clock.now(), "ada", "over")
    assert "whole.en.md:15:12: There is no file part.en.md to take this from." in str(refused.value)
    assert not (await step(house, held, "next")).code
    assert prompt(house, held) == "The first words", "nothing has changed"
    assert await retire_script(house.db, "whole", house.clock.now(), "ada", "over")
    assert await retire_script(house.db, "part", house.clock.now(), "ada", "over")
    await settle(house)
    await house.check_restored()
    assert not (await step(house, held, "back")).code
    assert not (await step(house, held, "next")).code
    assert prompt(house, held) == "The first words", "its run goes on"
    assert not (await step(house, held, "next")).code
    await house.check_screens()
    with pytest.raises(NotPublished, match=r"whole\.en\.md:15:12: There is no file part\.en\.md"):
        await publish(house, WHOLE.replace("version = 1", "version = 2"))


@BOTH
async def test_a_changed_sub_script_is_published_while_runs_are_pinned(house: House) -> None:
    await publish(house, part(1, "The first words"), WHOLE)
    held = await hold_text(house)
    await publish(house, part(2, "The second words"))
    assert not (await step(house, held, "next")).code
    assert prompt(house, held) == "The first words"
    await house.dispatcher._restore()
    assert prompt(house, held) == "The first words"
    await house.check_screens()
    await house.check_restored()
    await house.take(text("Hej", PIA))
    fresh = await house.accept("ada")
    assert script_of(house, fresh)["version"] == 1, "the script that uses it has the version that it had"
    assert not (await step(house, fresh, "next")).code
    assert prompt(house, fresh) == "The second words"
    refs = {row["script"] for row in await house.rows(tables.script_run)}
    assert len(refs) == 2, "each run is pinned to all the words with which it began"


@BOTH
async def test_a_file_saved_half(house: House, tmp_path: Path) -> None:
    whole = journey(1, "text").encode()
    file = tmp_path / "journey.en.md"
    file.write_bytes(whole)
    assert await take_files(house.db, tmp_path, house.clock.now(), "watch") == ()
    await settle(house)
    second = journey(2, "text").replace("When?", "När 何时?").encode()
    cuts = [0, 1, 3, len(second) // 4, len(second) // 2, second.index("何".encode()) + 1, len(second) - 12]
    for cut in cuts:
        file.write_bytes(second[:cut])
        problems = await take_files(house.db, tmp_path, house.clock.now(), "watch")
        assert problems and all(one.file == "journey.en.md" and one.line >= 1 for one in problems), cut
    held = await hold_text(house)
    assert prompt(house, held) == "When?", "the last good version serves"
    file.write_bytes(second)
    assert await take_files(house.db, tmp_path, house.clock.now(), "watch") == ()
    await settle(house)
    assert prompt(house, held) == "When?", "and its run goes on"


@BOTH
async def test_two_people_editing_one_draft(house: House) -> None:
    now = house.clock.now()
    first = await save_draft(house.db, "offer", "en", write(), 0, now, "ada")
    await save_draft(house.db, "offer", "en", write(words="By Ben"), first.revision, now, "ben")
    with pytest.raises(DraftChanged) as changed:
        await save_draft(house.db, "offer", "en", write(words="By Ada"), first.revision, now, "ada")
    assert changed.value.draft is not None
    assert (changed.value.draft.changed_by, changed.value.draft.revision) == ("ben", 2)
    with pytest.raises(DraftChanged):
        await publish_drafts(house.db, "offer", {"en": 1}, "Mine", now, "ada", four_eyes=False)
    async with house.db.read() as conn:
        assert await script_versions.list_of(conn, "offer") == [], "nothing was published"
        saved = await script_versions.find_text(conn, changed.value.draft.script)
    assert saved == write(words="By Ben"), "nothing is lost"


@BOTH
async def test_with_four_eyes_nobody_retires_what_they_wrote(house: House) -> None:
    now = house.clock.now()
    await save_draft(house.db, "offer", "en", write(), 0, now, "ada")
    with pytest.raises(DraftRefused, match="four_eyes"):
        await publish_drafts(house.db, "offer", {"en": 1}, "Mine", now, "ada", four_eyes=True)
    await publish(house, write())
    with pytest.raises(DraftRefused, match="four_eyes"):
        await retire(house.db, "offer", now, "ada", "It is mine", four_eyes=True)
    async with house.db.read() as conn:
        assert [one.state for one in await script_versions.list_of(conn, "offer")] == ["published"]
    assert await retire(house.db, "offer", now, "dot", "It is over", four_eyes=True)
    await settle(house)
    trail = await house.rows(tables.audit, tables.audit.c.action == "scripts.retire")
    assert [row["staff_id"] for row in trail] == ["dot"]


async def test_with_four_eyes_anybody_takes_back_what_is_not_in_force_yet(house: House) -> None:
    now = house.clock.now()
    wished = Wished(file="offer.en.md", source=write(), written_by=("ada",), approved_by="dot")
    await publish_texts(house.db, [wished], now, "dot", "Next week", begins_at=now + 7 * DAY)
    assert await cancel_scheduled(house.db, "offer", now, "ada")
    assert not await cancel_scheduled(house.db, "offer", now, "ada"), "it was taken back already"
    trail = await house.rows(tables.audit, tables.audit.c.action == "scripts.unschedule")
    assert [row["staff_id"] for row in trail] == ["ada"]


@BOTH
async def test_an_attribute_whose_type_changes_under_live_runs_is_refused_with_the_policy(house: House) -> None:
    document = house.state.book.document
    height = AttributePolicy(type="number", names={"en": "Height", "zh-CN": "身高"})
    tall = replace(document, attributes={**document.attributes, "height": height})
    assert await apply_policy(house.db, tall, house.clock.now(), "test")
    source = journey(1, "text").replace("-> bye if has(answer.leaves_on)", "-> bye if customer.height > 200")
    await publish_texts(
        house.db, [Wished(file="journey.en.md", source=source, written_by=("ada",))], house.clock.now(), "ada", "Tall"
    )
    retyped = replace(tall, attributes={**tall.attributes, "height": replace(height, type="text")})
    with pytest.raises(AttributeInUse, match=r"journey\.en\.md:17"):
        await apply_policy(house.db, retyped, house.clock.now(), "test")
    await settle(house)
