"""Merging as a weapon: people who are at work with us, ids that are nobody's, names that are code, and very many."""

from functools import partial

import pytest

from hub.customers import match_answers, merging
from hub.customers.likeness import LONGEST, Likeness, compare, list_keys
from hub.customers.merging import Wish
from hub.storage import customers, tables
from hub.storage.address_users import MOST
from hub.storage.customers import StoredCustomer
from hub.storage.database import Connection
from tests.hub.customers.merges import People, refused
from tests.hub.customers.test_merged_work import settle
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS_MAIL, SAM, SAM_MAIL, agent_joined, call, line, mail, opening, text

HOSTILE = [
    "<img src=x onerror=alert(1)> Berg",
    "\u202egreB anna\u202c Berg",
    "Anna\u200b\u200d Berg\ufeff",
    "'; DROP TABLE customer; -- Berg",
    "Ａｎｎａ Ｂｅｒｇ",
    "{{ 7 * 7 }} ${x} Berg",
    "a" * 320,
    "\U0001f1f8\U0001f1ea Z͑ͫ̓ͪ̂ͫ̽a̴l̷g̸o̶",
]


@BOTH
async def test_a_live_call_text_mail_and_chat_go_on_over_a_merge_and_its_undo(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    await house.take(text("Hej"), mail("Hej", SAM_MAIL), opening("chat-1"), line("Hej", "chat-1"))
    people = await People.open(house.db)
    merge_id = await people.merge("gus", "sam")
    await settle(house)
    await house.take(text("Och så", SAM), mail("Och så", GUS_MAIL), line("Och så", "chat-1"))
    rows = await house.interactions()
    assert {row["address"]: row["customer_id"] for row in rows}[SAM] == "sam"
    assert sum(row["address"] == SAM for row in rows) == 2  # the call and the text, each goes on
    (held,) = [one for one in ada.held if one["channel"] == "phone"]
    assert held["customer"]["id"] == "gus"
    await house.check_restored()
    await people.undo(merge_id)
    await settle(house)
    assert {row["address"]: row["customer_id"] for row in await house.interactions()} == {
        row["address"]: row["customer_id"] for row in rows
    }
    (held,) = [one for one in ada.held if one["channel"] == "phone"]
    assert held["customer"]["id"] == "sam"
    await house.check_restored()
    await house.check_screens()


async def test_nobody_is_merged_into_themselves_in_a_circle_or_into_nobody(house: House) -> None:
    people = await People.open(house.db)
    await people.merge("gus", "sam")
    await people.merge("pia", "gus")
    for winner, loser in (("gus", "pia"), ("sam", "pia"), ("sam", "gus"), ("sam", "sam"), ("pia", "sam")):
        assert await refused(people.merge(winner, loser)) in ("same", "merged"), (winner, loser)
    for forged in ("nobody", "", "pia\x00", "' OR ''='", "pia%"):
        assert await refused(people.merge("maria", forged)) == "unknown"
        assert await refused(people.merge(forged, "maria")) == "unknown"
    assert await people.list_same("sam") == {"pia", "gus", "sam"}


async def test_a_version_that_nobody_saw_merges_nothing(house: House) -> None:
    people = await People.open(house.db)
    for versions in ({}, {"gus": 1}, {"gus": 99, "sam": 1}, {"gus": -1, "sam": 2**62}):
        wish = Wish("gus", "sam", versions)
        unit = partial(merging.merge, wish=wish, merge_id="g1", now=5, by="ada", book=people.book)
        code = await refused(house.db.write(unit))
        assert code == "stale"
    assert await people.list_same("gus") == {"gus"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_has_short_keys_and_is_compared_like_any_other(name: str) -> None:
    keys = list_keys(Likeness("a", [name]))
    assert all(len(key) <= LONGEST and key.isprintable() for key in keys)
    compare(Likeness("a", [name]), Likeness("b", ["Anna Berg"]))


@BOTH
async def test_ten_thousand_who_share_a_telephone_are_a_short_question(house: House) -> None:
    async def unit(conn: Connection) -> None:
        rows = [StoredCustomer(f"n{number:05}", "Anna Berg", "standard", "sv", "{}", 1) for number in range(10_000)]
        await customers.add(conn, rows, 1)
        shared = [{"kind": "phone", "address": SAM, "customer_id": one.id, "since": 1} for one in rows]
        await conn.execute(tables.shared_address.insert(), shared)

    await house.db.write(unit)
    async with house.db.read() as conn:
        sam, one = (await customers.find(conn, ["sam", "n00001"])).values()
        for each in (sam, one):
            (shown,) = await match_answers.list_shared(conn, each)
            assert len(shown.customers) <= MOST and shown.customers[0].id == "sam"
