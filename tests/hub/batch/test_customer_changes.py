"""A customer's row changes elsewhere while they have open work: the floor, the order and the desks follow at once."""

import orjson
from sqlalchemy import update

from hub.batch.customer_changes import learn, take
from hub.batch.lookups import load_addresses, load_customers
from hub.storage import profiles, tables
from hub.storage.changed_customers import MOST, announce_changes
from hub.storage.database import Connection
from hub.storage.documents import ARRIVALS, CustomersChanged
from hub.storage.profiles import ValueChange
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, call, mail, opening, text


async def change(house: House, customer_id: str = "sam", **columns: str) -> None:
    """Another process changes the customer's row, and says so."""

    async def unit(conn: Connection) -> None:
        c = tables.customer
        await conn.execute(update(c).where(c.c.id == customer_id).values(**columns))

    await house.db.write(unit)
    await house.take(CustomersChanged((customer_id,)))


async def change_value(house: House, name: str, new: str | None, customer_id: str = "sam") -> None:
    one = ValueChange(customer_id=customer_id, name=name, new=new, known=new, at=1, changed_by="api")
    await house.db.write(lambda conn: profiles.change_profiles(conn, [one]))
    await house.take(CustomersChanged((customer_id,)))


@BOTH
async def test_open_work_follows_its_customers_row_and_the_desk_shows_it(house: House) -> None:
    held = await hold_text(house)
    addresses = held["customer"]["addresses"]
    await change(house, name="Samuel Okoye 萨姆", language="zh-CN", tier="gold")
    await change_value(house, "city", "Malmö")
    shown = house.screens["ada"].find(held["id"])
    card = shown["customer"]
    assert (card["name"], card["language"], card["tier"]) == ("Samuel Okoye 萨姆", "zh-CN", "gold")
    assert (card["attributes"]["city"], card["addresses"], shown["tier"]) == (["Malmö"], addresses, "gold")
    assert "Samuel Okoye" in str(shown["script"])
    assert "tier_changed" in [message["fact"] for message in shown["messages"]]
    await change_value(house, "city", None)
    assert "city" not in house.screens["ada"].find(held["id"])["customer"]["attributes"]


async def test_a_new_tier_moves_the_customer_in_the_order_while_they_wait(house: House) -> None:
    await house.take(call("CA1", GUS))
    await house.turn(1)
    await house.take(call("CA2"))
    await change(house, tier="platinum")
    waiting = {row["customer_id"]: row for row in await house.interactions(state="waiting")}
    assert waiting["sam"]["tier"] == "platinum"
    ada = await house.seat("ada")
    assert [(offer["customer_name"], offer["tier"]) for offer in ada.offers] == [("Sam Okoye", "platinum")]
    await change(house, "gus", name="Gus")  # the tier stays, so the order does too
    inputs = [orjson.loads(row["input"]) for row in await house.rows(tables.journal)]
    told = [(one["interaction_id"], one["tier"]) for one in inputs if one["class"] == "TierChanged"]
    assert told == [(waiting["sam"]["id"], "platinum")]


async def test_all_work_of_the_customer_changes_together_whoever_has_it(house: House) -> None:
    await hold_text(house, "ada")
    await house.take(mail("Hej", "sam.okoye@mail.example"), call("CA1"), opening("chat-1"))
    await change(house, tier="gold", name="Sam O")
    rows = await house.interactions(customer_id="sam")
    assert len(rows) > 1
    assert {row["tier"] for row in rows} == {"gold"}
    assert {one.customer.name for one in house.floor.interactions.values() if one.customer.id == "sam"} == {"Sam O"}


async def test_a_tier_that_the_policy_lacks_counts_as_its_first(house: House) -> None:
    held = await hold_text(house)
    await change(house, tier="diamond")
    assert house.screens["ada"].find(held["id"])["tier"] == house.state.book.document.default_tier


async def test_who_has_no_open_work_or_is_not_there_costs_no_decision(house: House) -> None:
    held = await hold_text(house)
    before = house.screens["ada"].number
    await house.take(CustomersChanged(("pia", "nobody")))
    assert house.screens["ada"].number == before
    assert house.screens["ada"].find(held["id"])["customer"]["name"] == "Sam Okoye"


async def test_who_gets_in_touch_in_the_same_batch_is_read_as_changed(house: House) -> None:
    async def unit(conn: Connection) -> None:
        c = tables.customer
        await conn.execute(update(c).where(c.c.id == "pia").values(tier="standard"))

    await house.db.write(unit)
    await house.take(CustomersChanged(("pia",)), text("Hej", PIA))
    assert (await house.interaction(customer_id="pia"))["tier"] == "standard"


async def test_a_supervisor_who_listens_sees_the_new_name(house: House) -> None:
    held = await hold_text(house)
    dot = await house.open("dot")
    await house.do("dot", "listen_in", way="monitor", interaction_id=held["id"], version=held["version"])
    await change(house, name="Sam O")
    assert [one["customer_name"] for one in dot.shown["listening"]] == ["Sam O"]


async def test_what_a_batch_learns_outlives_the_row_that_was_read_before_it(house: House) -> None:
    held = await hold_text(house)
    customer = house.floor.interactions[held["id"]].customer
    batch = house.dispatcher._begin()
    async with house.db.read() as conn:
        batch.lookups.changed = await load_customers(conn, ["sam"])
        batch.lookups.addresses = await load_addresses(conn, list(batch.lookups.changed.values()))
    one = ValueChange(customer_id="sam", name="city", new="Lund", known="Lund", at=1, changed_by="script")
    learn(batch, customer, [one])
    take(batch, ["sam"])
    await house.dispatcher._store(batch, [])
    assert customer.profile["city"] == "Lund"
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["city"] == ["Lund"]


async def test_many_customers_are_announced_in_bounded_arrivals(house: House) -> None:
    ids = [f"c{number:04}" for number in range(MOST + 1)]
    await house.db.write(lambda conn: announce_changes(conn, [*ids, ids[0]], house.clock.now()))
    rows = [row for row in await house.rows(tables.inbox) if row["kind"] == "CustomersChanged"]
    told = [ARRIVALS.decode(row["body"]).customer_ids for row in rows]
    assert [one for part in told for one in part] == ids
    assert [len(part) for part in told] == [MOST, 1]
