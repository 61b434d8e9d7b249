"""What a script keeps goes into the profile when it is answered, and every desk that shows the customer follows."""

from pathlib import Path
from typing import Any

from hub.storage import tables
from hub.storage.documents import CustomersChanged
from hub.storage.profiles import ValueChange, change_profiles
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import House
from tests.hub.notices import SAM_MAIL, mail, text
from tests.hub.scripts.test_desk_scripts import WRITTEN, pick, step, use, write
from tests.hub.scripts.test_desk_scripts import by_hand as by_hand
from tests.hub.scripts.test_desk_scripts import folder as folder


async def list_streets(house: House) -> list[dict[str, Any]]:
    return await house.rows(tables.profile_change, tables.profile_change.c.name == "street")


async def test_an_answer_that_is_kept_in_the_profile_is_there_after_the_wrap_up(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "answer", values={"street": "Umeå"})
    await wrap_up(house, "ada", held["id"])
    assert [(row["changer_id"], row["source"]) for row in await list_streets(house)] == [("ada", "lost/block")]
    await house.take(text("Hej igen"))
    again = await house.accept("ada")
    assert again["customer"]["attributes"]["street"] == ["Umeå"]
    await step(house, again, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, again, "answer", values={"street": "Luleå"})
    await wrap_up(house, "ada", again["id"])
    assert [row["old"] for row in await list_streets(house)] == ["null", '"Umeå"']


async def test_the_card_of_every_desk_follows_at_once_what_a_script_learns(house: House) -> None:
    held = await hold_text(house)
    await house.take(mail("Hej", SAM_MAIL))
    other = await house.accept("ada")
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await step(house, held, "answer", values={"street": "Umeå"})).code
    shown = [house.screens["ada"].find(one["id"])["customer"] for one in (held, other)]
    assert [card["attributes"]["street"] for card in shown] == [["Umeå"], ["Umeå"]]
    assert [card["addresses"] for card in shown] == [held["customer"]["addresses"]] * 2
    assert [(row["old"], row["new"]) for row in await list_streets(house)] == [("null", '"Umeå"')]


async def test_what_was_corrected_after_the_answer_stays_at_the_wrap_up(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "answer", values={"street": "Umeå"})
    one = ValueChange(customer_id="sam", name="street", new="Luleå", known="Luleå", at=1, changed_by="agent")
    await house.db.write(lambda conn: change_profiles(conn, [one]))
    await house.take(CustomersChanged(("sam",)))
    await step(house, held, "back")
    await wrap_up(house, "ada", held["id"])
    assert [row["new"] for row in await list_streets(house)] == ['"Umeå"', '"Luleå"']


async def test_answers_of_each_script_that_was_used_reach_the_profile(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await pick(house, held, "moved")
    await step(house, held, "answer", values={"street": "Umeå"})
    await pick(house, held, "lost")
    await wrap_up(house, "ada", held["id"])
    assert [row["new"] for row in await list_streets(house)] == ['"Umeå"']


async def test_an_answer_on_a_way_that_is_gone_back_leaves_the_profile_as_it_was(house: House) -> None:
    await know(house, "Luleå")
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "answer", values={"street": "Umeå"})
    await step(house, held, "answer", values={"street": "Kiruna"})
    assert street_of(house, held) == ["Kiruna"]
    assert not (await step(house, held, "back")).code
    assert street_of(house, held) == ["Luleå"]
    await house.check_screens()
    await house.check_restored()
    await step(house, held, "choose", choice="2")
    await wrap_up(house, "ada", held["id"])
    assert [row["new"] for row in await list_streets(house)] == ['"Luleå"', '"Umeå"', '"Kiruna"', '"Luleå"']


async def test_an_answer_that_is_taken_back_is_taken_out_where_nothing_was_known(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "answer", values={"street": "Umeå"})
    await step(house, held, "answer", values={"street": ""})
    assert [row["new"] for row in await list_streets(house)] == ['"Umeå"', "null"]
    await step(house, held, "answer", values={"street": "Kiruna"})
    assert street_of(house, held) == ["Kiruna"]


async def test_an_answer_that_is_kept_only_if_nothing_is_known_changes_nothing(house: House, folder: Path) -> None:
    write(folder, "lost", WRITTEN.replace('kept_in = "profile"', 'kept_in = "profile"\nwrite_back = "if_empty"'))
    await use(house, folder)
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, held, "answer", values={"street": "Umeå"})
    await step(house, held, "answer", values={"street": "Kiruna"})  # the run's own value, which it may correct
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hej igen"))
    again = await house.accept("ada")
    await step(house, again, "choose", choice="1", values={"card_ending": "4711"})
    await step(house, again, "answer", values={"street": "Luleå"})
    await step(house, again, "back")
    assert [row["new"] for row in await list_streets(house)] == ['"Umeå"', '"Kiruna"']


async def know(house: House, street: str) -> None:
    one = ValueChange(customer_id="sam", name="street", new=street, known=street, at=1, changed_by="agent")
    await house.db.write(lambda conn: change_profiles(conn, [one]))


def street_of(house: House, held: dict[str, Any]) -> list[str]:
    street: list[str] = house.screens["ada"].find(held["id"])["customer"]["attributes"].get("street", [])
    return street
