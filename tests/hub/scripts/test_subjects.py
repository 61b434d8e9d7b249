"""What decides the script beside customer and queue: why we call, and what the agent can do."""

from pathlib import Path

from hub.administration.script_commands import check_folder
from tests.hub.calls.test_callbacks import adopt, dialled, give_back
from tests.hub.calls.test_menu_choices import dial, row_of
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import customer_left
from tests.hub.sample_settings import POLICY
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


@BOTH
async def test_what_a_caller_chose_in_the_menu_chooses_their_script(house: House, folder: Path) -> None:
    cards, when = 'purposes = ["cards"]', 'channels = ["phone"]\n'
    await use_all(house, folder, cards=cards, savings='purposes = ["savings"]', other=when)
    ada = await house.seat("ada")
    caller = await dial(house)
    await caller.answer("2")  # another menu
    await caller.answer("1")
    assert (await row_of(house))["purpose"] == "savings"
    await house.take(customer_left("CA1"))
    caller = await dial(house, call_id="CA2")
    await caller.answer("1")
    held = await house.accept("ada")
    script = script_of(house, held)
    assert (script["script_id"], script["why"]) == ("cards", [{"part": "purposes", "value": "cards"}])
    assert {"code": "cards", "names": {"en": "Cards", "zh-CN": "银行卡"}} in ada.shown["policy"]["purposes"]
    await house.check_screens()
    await house.check_restored()
    await house.dispatcher._restore()  # as another process does that takes over
    assert house.floor.interactions[held["id"]].purpose == "cards"


ASKED = """+++
id = "lost"
version = 1
title = "Lost"
language = "en"
when = 'interaction.purpose == "cards"'
+++

## decide: Decide

-> cards if interaction.purpose == "cards"
-> other

## cards: Cards

> It is about your card, then.

-> end

## other: Other

> What is it about?

-> end
"""


async def test_conditions_ask_what_a_caller_chose(house: House, folder: Path) -> None:
    write(folder, "lost", ASKED)
    await use_all(house, folder, other='channels = ["phone"]')
    await house.seat("ada")
    await (await dial(house)).answer("1")
    held = await house.accept("ada")
    assert (script_of(house, held)["script_id"], script_of(house, held)["step_id"]) == ("lost", "cards")
    assert script_of(house, held)["why"] == [{"part": "when", "value": ""}]
    await wrap_up(house, "ada", held["id"])
    await house.open("ada")
    await (await dial(house, call_id="CA2")).answer("0")  # it has no purpose
    assert script_of(house, await house.accept("ada"))["script_id"] == "other"


def test_a_purpose_that_no_menu_has_is_named_and_no_sentence_says_one(tmp_path: Path) -> None:
    write(tmp_path, "a", PLAIN.format(id="a", applies_to='purposes = ["cadrs"]'))
    write(
        tmp_path,
        "b",
        PLAIN.format(id="b", applies_to="").replace("Hello.", '{{ interaction.purpose | fallback: "x" }}'),
    )
    said = {str(one) for one in check_folder(tmp_path, POLICY)[1]}
    assert 'a.en.md:1:1: There is no purpose "cadrs". Did you mean "cards"?' in said
    assert any(one.startswith("b.en.md:13:") and "not a variable that a script may use" in one for one in said), said


async def test_whoever_is_called_back_is_met_by_the_script_of_callbacks(house: House, folder: Path) -> None:
    await use_all(house, folder, back='purposes = ["callback"]', other='channels = ["phone"]')
    await adopt(house)
    held = await give_back(house)
    ada, _ = await dialled(house)
    script = ada.find(held)["script"]
    assert (script["script_id"], script["why"]) == ("back", [{"part": "purposes", "value": "callback"}])
    await house.check_screens()
