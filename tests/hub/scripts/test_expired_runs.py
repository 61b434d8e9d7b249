"""A run that nobody went on with for long enough begins anew with who takes over; what was said stays said."""

from pathlib import Path
from typing import Any

import pytest

from routing.model import SECOND
from scripts_library.loader import load_scripts
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.sample_settings import TYPES
from tests.hub.scripts.test_desk_scripts import WRITTEN, parts, script_of, step, use, write
from tests.hub.scripts.test_desk_scripts import folder as folder

HOUR = 3_600 * SECOND


async def take_over_after(house: House, folder: Path, hours: float) -> dict[str, Any]:
    """What cleo sees of the script that ada left at its last step so many hours ago."""
    write(folder, "lost", WRITTEN.replace("[applies_to]", "expires_hours = 2\n\n[applies_to]"))
    await use(house, folder)
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "acknowledge", must_say="block.1")
    assert not (await step(house, held, "next")).code
    house.clock.at += round(hours * HOUR)
    await house.about("ada", held["id"], "transfer_interaction", queue="cards")
    await house.seat("cleo")
    taken = await house.accept("cleo")
    await house.check_screens()
    await house.check_restored()
    return taken


async def test_within_its_hours_a_run_goes_on_where_it_stood(house: House, folder: Path) -> None:
    taken = await take_over_after(house, folder, 1.9)
    assert taken["script"]["step_id"] == "close"


async def test_after_its_hours_a_run_begins_anew_and_owes_nothing_that_was_said(house: House, folder: Path) -> None:
    taken = await take_over_after(house, folder, 2.1)
    script = taken["script"]
    assert (script["step_id"], script["can_go_back"], script["owed"]) == ("identify", False, [])
    assert parts(script, "field")[0]["value"] == ""
    await step(house, taken, "choose", agent="cleo", choice="1", values={"card_ending": "0815"})
    assert parts(script_of(house, taken, "cleo"), "must_say")[0]["acknowledged"]


@pytest.mark.parametrize("words", ["expires_hours = 0", "expires_hours = 9_000", 'expires_hours = "2"'])
def test_hours_that_make_no_sense_are_refused(tmp_path: Path, words: str) -> None:
    write(tmp_path, "lost", WRITTEN.replace("[applies_to]", f"{words}\n\n[applies_to]"))
    assert any("`expires_hours` must be" in str(one) for one in load_scripts(tmp_path, TYPES).problems)
