"""A merge and its undo while the customers have open work: desks, replies and history follow at once."""

import orjson

from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.storage import consents, customers, reading_rights, tables
from hub.storage.reading_rights import Reader
from tests.channel_names import SMS
from tests.hub.customers.merges import People
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, GUS_MAIL, SAM, call, mail, text

STRANGER = "+46701749911"


async def merge(house: House, winner: str, loser: str) -> str:
    people = await People.open(house.db)
    merge_id = await people.merge(winner, loser)
    await settle(house)
    return merge_id


async def settle(house: House) -> None:
    """The arrival that the merge has stored is handled too."""
    house.inbox.stored += 1
    await house.until_handled()


async def undo(house: House, merge_id: str) -> None:
    people = await People.open(house.db)
    await people.undo(merge_id)
    await settle(house)


@BOTH
async def test_a_reply_stays_bound_to_the_address_that_wrote(house: House) -> None:
    held = await hold_text(house)  # Sam's
    merge_id = await merge(house, "gus", "sam")
    shown = house.screens["ada"].find(held["id"])
    assert (shown["customer"]["id"], shown["customer"]["tier"]) == ("gus", "gold")
    assert {one["address"] for one in shown["customer"]["addresses"]} >= {SAM, GUS}
    await house.take(text("From my other telephone", GUS), text("And from this one", SAM))
    rows = await house.interactions(channel=SMS)
    assert sorted((one["address"], one["customer_id"]) for one in rows) == sorted([(SAM, "sam"), (GUS, "gus")])
    shown = house.screens["ada"].find(held["id"])
    assert [one["text"] for one in shown["messages"] if one["kind"] == "customer"][-1] == "And from this one"
    await house.do("ada", "send_message", interaction_id=held["id"], version=shown["version"], text="Hej")
    requests = [orjson.loads(row["body"]) for row in await house.rows(tables.outbox) if row["kind"] == "TextOut"]
    assert [one["to_address"] for one in requests] == [SAM]
    await undo(house, merge_id)
    assert house.screens["ada"].find(held["id"])["customer"]["id"] == "sam"
    await house.check_restored()
    await house.check_screens()


async def test_who_waits_in_a_call_gets_the_better_tier_and_loses_it_with_the_undo(house: House) -> None:
    await house.take(call("CA1"))
    merge_id = await merge(house, "gus", "sam")
    assert (await house.interaction(customer_id="sam"))["tier"] == "gold"
    await undo(house, merge_id)
    assert (await house.interaction(customer_id="sam"))["tier"] == "standard"


@BOTH
async def test_history_is_read_whole_and_each_side_has_its_own_again(house: House) -> None:
    await house.take(text("Sam one"), text("Gus one", GUS))
    merge_id = await merge(house, "gus", "sam")
    await house.take(text("Sam two"))
    assert await read(house, "gus") == ["Sam two", "Gus one", "Sam one"] == await read(house, "sam")
    await undo(house, merge_id)
    assert (await read(house, "sam"), await read(house, "gus")) == (["Sam two", "Sam one"], ["Gus one"])


@BOTH
async def test_work_of_one_side_opens_both_sides_until_the_undo(house: House) -> None:
    """Also what was said in a queue that the agent does not serve, and the look names the one who stands for both."""
    await house.take(mail("About the card", GUS_MAIL, to_address="cards@nordpost.example"))
    card = await house.interaction(customer_id="gus")
    reading = Reading(house.db, house.clock, Looks(house.db, house.clock), days=30)
    held = await hold_text(house, "fay")  # Sam's; Fay does not serve cards
    fay = await house.staff("fay")
    assert await reading.open_interaction(fay, "explanation.read", card["id"]) is None
    merge_id = await merge(house, "gus", "sam")
    opened = await reading.open_interaction(fay, "explanation.read", card["id"])
    assert opened is not None and (opened.is_held, opened.customer_id) == (True, "gus")
    for either in ("sam", "gus"):
        assert await reading.open_customer(fay, "customer.read", either) == "held"
    await undo(house, merge_id)
    assert await reading.open_interaction(fay, "explanation.read", card["id"]) is None
    assert await reading.open_customer(fay, "customer.read", "gus") is None
    assert await reading.open_customer(fay, "customer.read", "sam") == "held"
    assert (await house.interaction(id=held["id"]))["agent_id"] == "fay"


async def read(house: House, customer_id: str) -> list[str]:
    everything = Reader("dot", ("service",), 0)
    async with house.db.read() as conn:
        ids = await customers.list_same(conn, customer_id)
        found = await reading_rights.read_conversation(conn, everything, ids, 2**62, 50, is_whole=True)
    return [one.message.text for one in found if one.message.kind == "customer"]


@BOTH
async def test_what_a_stranger_agreed_to_comes_with_their_address_and_speaks_for_no_other(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej", STRANGER))
    held = await house.accept("ada")
    stranger = held["customer"]["id"]
    said = {"address": STRANGER, "purpose": "marketing", "is_given": True, "said": "Gärna"}
    assert not (await house.about("ada", held["id"], "keep_consent", **said)).code
    assert await agreed(house, "gus") == set()
    merge_id = await merge(house, "gus", stranger)
    assert await agreed(house, "gus") == {(STRANGER, "marketing", "given")}
    async with house.db.read() as conn:
        standings = await consents.find_standings(conn, [("phone", STRANGER), ("phone", GUS)])
    assert set(standings) == {("phone", STRANGER)}
    withdrawn = {**said, "is_given": False, "said": "Nej tack"}
    assert not (await house.about("ada", held["id"], "keep_consent", **withdrawn)).code
    await undo(house, merge_id)
    assert await agreed(house, "gus") == set()
    assert await agreed(house, stranger) == {(STRANGER, "marketing", "given"), (STRANGER, "marketing", "withdrawn")}
    named = {"customer_id": "gus", "reason": "Says so"}
    assert not (await house.about("ada", held["id"], "name_customer", **named)).code
    assert await agreed(house, "gus") == set(), "who only uses an address has not agreed with it"


async def agreed(house: House, customer_id: str) -> set[tuple[str, str, str]]:
    """What the ledger has of the customer's addresses, as their page shows it."""
    async with house.db.read() as conn:
        known = await customers.list_addresses(conn, await customers.list_same(conn, customer_id))
        entries = await consents.list_entries(conn, {(one.kind, one.address) for one in known})
    return {(one.address, one.purpose, one.act) for one in entries}


async def test_a_contact_and_a_consent_stand_with_the_address_that_wrote(house: House) -> None:
    held = await hold_text(house)  # Sam's
    merge_id = await merge(house, "gus", "sam")
    said = {"address": SAM, "purpose": "marketing", "is_given": True, "said": "Yes"}
    assert not (await house.about("ada", held["id"], "keep_consent", **said)).code
    await wrap_up(house, "ada", held["id"])
    contacts = await house.rows(tables.activity, tables.activity.c.kind == "contact")
    assert [row["customer_id"] for row in contacts] == ["sam"]
    entries = await house.rows(tables.consent_entry, tables.consent_entry.c.interaction_id == held["id"])
    assert {row["customer_id"] for row in entries} == {"sam"}
    await undo(house, merge_id)
