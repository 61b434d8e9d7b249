"""What decides the script beside customer and queue: why we call, and what the agent can do."""

from pathlib import Path

from tests.hub.calls.test_callbacks import adopt, dialled, give_back
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import list_scripts, script_of, use, write

PLAIN = """+++
id = "{id}"
version = 1
title = "{id}"
language = "en"

[applies_to]
{applies_to}
+++

## hello: Hello

> Hello.

-> end
"""


async def use_all(house: House, folder: Path, **applies_to: str) -> None:
    for name, part in applies_to.items():
        write(folder, name, PLAIN.format(id=name, applies_to=part))
    await use(house, folder)


async def test_an_agent_gets_the_script_of_their_skill(house: House, folder: Path) -> None:
    ada = house.state.floor.staff["ada"].profile
    skills = sorted(skill for skill, _ in ada.skills)
    able = 'tiers = ["standard"]\nskills = ["{}"]'
    await use_all(house, folder, able=able.format(skills[0]), unable=able.format('juggling", "riding'))
    held = await hold_text(house)
    script = script_of(house, held)
    why = [{"part": "tiers", "value": "standard"}, {"part": "skills", "value": skills[0]}]
    assert (script["script_id"], script["why"]) == ("able", why)
    assert [one.id for one in await list_scripts(house, held)] == ["able", "lost"]
    await house.check_screens()
    await house.check_restored()


async def test_whoever_is_called_back_is_met_by_the_script_of_callbacks(house: House, folder: Path) -> None:
    await use_all(house, folder, back='purposes = ["callback"]', other='channels = ["phone"]')
    await adopt(house)
    held = await give_back(house)
    ada, _ = await dialled(house)
    script = ada.find(held)["script"]
    assert (script["script_id"], script["why"]) == ("back", [{"part": "purposes", "value": "callback"}])
    await house.check_screens()
