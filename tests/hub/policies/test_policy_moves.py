"""A policy that takes queues or tiers away and says where each goes; and what comes in between is placed as well."""

from dataclasses import replace
from pathlib import Path

import orjson
from sqlalchemy import select

from hub.batch.one_place import find_misplaced
from hub.policies.customer_tiers import move_customers
from hub.policies.document import OverflowPolicy
from hub.policies.publishing import say_unserved
from hub.policies.stored_versions import add_version, publish_policy
from hub.routing_process.replay import explain_offer
from hub.storage import inbox, tables
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, PolicyPublished
from hub.storage.inbox import Arrival
from routing.misplaced import Misplacement
from routing.model import SECOND, Occasion, OfferId
from scripts_library.loader import Library
from tests.channel_names import WEBCHAT
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import GUS, PIA, PIA_MAIL, call, line, mail, opening, text
from tests.hub.sample_policies import (
    CARDS_MAIL,
    CARDS_NUMBER,
    apply,
    audits,
    document,
    facts,
    take_on,
    wait_for_callback,
    with_queue,
    without_queue,
    without_tier,
)

# -- told where it goes ---------------------------------------------------------------------------------------------


@BOTH
async def test_work_in_every_state_goes_where_it_was_told_to_and_everybody_sees_it(house: House) -> None:
    cleo, ada = await house.seat("cleo"), await house.open("ada")
    await house.take(mail("Ett", PIA_MAIL, to_address=CARDS_MAIL))
    held = (await house.accept("cleo"))["id"]
    await house.take(mail("Två", to_address=CARDS_MAIL))
    (offer,) = cleo.offers
    await house.take(call("CA1", GUS, to_address=CARDS_NUMBER))
    after = without_queue(document(house))
    version = await apply(house, after, {"cards": "service"})
    await take_on(house)
    assert house.state.book.version == version
    assert {row["queue"] for row in await house.interactions()} == {"service"}
    assert cleo.find(held)["queue"] == "service"
    assert cleo.find(held)["state"] == "active", "what is in hand stays there"
    assert offer["id"] not in [one["id"] for one in cleo.offers]
    for row in await house.interactions():
        assert (await facts(house, row["id"]))["moved_by_policy"] == {"from": "cards", "to": "service"}
    assert [(staff, action, detail["unforeseen"]) for staff, action, _, detail in await audits(house)] == [
        ("hub", "policy.move_interaction", 0)
    ] * 3
    await house.do("ada", "set_state", state="available")
    assert sorted(one["customer_name"] for one in (*ada.offers, *cleo.offers)) == ["Gus Moreau", "Sam Okoye"]
    await house.about("cleo", held, "end_interaction")
    assert not (await house.about("cleo", held, "complete_wrap_up", disposition="solved")).code
    await house.check_screens()
    await house.check_restored()


async def test_customers_of_a_tier_that_is_gone_count_as_they_were_told_to(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej", PIA))
    held = (await house.accept("ada"))["id"]
    await house.take(mail("Hej", PIA_MAIL))
    await apply(house, without_tier(document(house)), tiers={"platinum": "gold"})
    await take_on(house)
    assert {row["tier"] for row in await house.interactions()} == {"gold"}
    assert (ada.find(held)["tier"], ada.find(held)["customer"]["tier"]) == ("gold", "gold")
    assert (await facts(house, held))["tier_moved_by_policy"] == {"from": "platinum", "to": "gold"}
    row = await house.interaction(channel="email")
    assert orjson.loads(row["routing"])["head_start"] == 7200 * 1_000_000
    await house.check_screens()
    await house.check_restored()


async def test_a_customer_who_comes_later_has_the_tier_that_theirs_became(house: House) -> None:
    await apply(house, without_tier(document(house)), tiers={"platinum": "gold"})
    await take_on(house)
    await house.take(text("Hej", PIA))
    row = await house.interaction(address=PIA)
    assert row["tier"] == "gold"
    (customer,) = await house.rows(tables.customer, tables.customer.c.id == row["customer_id"])
    assert customer["tier"] == "gold"


async def test_customers_who_do_not_come_become_it_in_the_background(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with open_house(await database(), tmp_path, library.scripts) as house:
        carried = await house.count(tables.customer, tables.customer.c.tier == "platinum")
        await apply(house, without_tier(document(house)), tiers={"platinum": "gold"})
        await take_on(house)
        url = f"sqlite:///{house.db._driver.path}"
    db = await Database.open(url, read_connections=1)
    c = tables.customer
    try:
        assert await move_customers(db) == carried
        assert await move_customers(db) == 0
        async with db.read() as conn:
            assert not list(await conn.scalars(select(c.c.id).where(c.c.tier == "platinum")))
    finally:
        await db.close()


async def test_one_word_for_a_channel_and_one_for_the_rest(house: House) -> None:
    await house.take(mail("Kort", to_address=CARDS_MAIL), call("CA1", GUS, to_address=CARDS_NUMBER))
    await apply(house, without_queue(document(house)), {"cards/email": "deposits", "cards": "service"})
    await take_on(house)
    assert (await house.interaction(channel="email"))["queue"] == "deposits"
    assert (await house.interaction(channel="phone"))["queue"] == "service"


async def test_a_move_is_carried_out_by_whoever_routes_next(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    """The hub is killed after `apply` and before it has taken the policy on; meanwhile another one is applied."""
    async with open_house(await database(), tmp_path, library.scripts) as house:
        await house.take(mail("Kort", to_address=CARDS_MAIL))
        before = document(house)
        house.dispatcher.stop()
        await house.routing
        await apply(house, without_queue(before), {"cards": "service"})
        await apply(house, replace(without_queue(before), organisation="Norrpost"))
    async with open_house(await database(), tmp_path, library.scripts) as again:
        row = await again.interaction(channel="email")
        assert (again.state.book.version, row["queue"]) == (3, "service")
        assert (await audits(again))[0][3]["unforeseen"] == 0
        assert find_misplaced(again.floor, again.state.router, again.state.book) == {}
        ada = await again.seat("ada")
        assert len(ada.offers) == 1
        await again.check_restored()


async def test_who_was_moved_to_a_queue_that_goes_next_goes_on_from_there(house: House) -> None:
    await house.take(mail("Kort", to_address=CARDS_MAIL))
    before = document(house)
    house.dispatcher.wake = lambda: None  # the hub looks later
    await apply(house, without_queue(before), {"cards": "deposits"})
    both = without_queue(without_queue(before), "deposits")
    entry = replace(before.entries[0], channel=WEBCHAT, queue="service", address="", language="")
    both = replace(both, entries=(*(e for e in both.entries if e.channel != WEBCHAT), entry))
    await apply(house, both, {"deposits": "service"})
    del house.dispatcher.wake
    house.inbox.stored += 1
    await take_on(house)
    assert (await house.interaction(channel="email"))["queue"] == "service"


async def test_the_same_command_again_says_that_it_is_done(house: House) -> None:
    await house.take(mail("Kort", to_address=CARDS_MAIL))
    after = without_queue(document(house))
    assert await apply(house, after, {"cards": "service"}) == 2
    assert await apply(house, after, {"cards": "service"}) is None
    await take_on(house)
    assert await apply(house, after, {"cards": "service"}) is None
    assert await apply(house, after) is None


async def test_a_replay_goes_through_a_policy_that_moved_work(database: OpenDatabase, house: House) -> None:
    await house.take(mail("Kort", to_address=CARDS_MAIL))
    await apply(house, without_queue(document(house)), {"cards": "service"})
    await take_on(house)
    await house.seat("ada")
    (offer,) = await house.rows(tables.offer)
    past = await explain_offer(house.db, OfferId(offer["id"]))
    assert past is not None
    assert (past.explanation.queue, past.explanation.policy_version) == ("service", 2)


async def test_agents_who_lose_a_queue_are_named(house: House) -> None:
    said = await say_unserved(house.db, without_queue(document(house)))
    assert any(line_.startswith("Cleo") and "served cards, and still serves" in line_ for line_ in said)
    assert await say_unserved(house.db, document(house)) == []


# -- what comes in between ------------------------------------------------------------------------------------------


@BOTH
async def test_work_that_came_between_the_look_and_the_adoption_is_placed_and_that_is_seen(house: House) -> None:
    """It was accepted, and not decided yet, when nothing was open in its queue."""
    late, after = mail("Kort", PIA_MAIL, to_address=CARDS_MAIL), without_queue(document(house))

    async def both(conn: Connection) -> None:
        now = house.clock.now()
        version = await add_version(conn, after, now, "hub apply")
        assert version is not None
        came = Arrival(late.key, "MessageReceived", ARRIVALS.encode(late), now)
        word = Arrival("policy:2", "PolicyPublished", ARRIVALS.encode(PolicyPublished(version)), now)
        await inbox.put(conn, [came, word])

    await house.db.write(both)
    house.inbox.stored += 2
    await house.until_handled()
    row = await house.interaction(channel="email")
    assert row["queue"] == "service"
    assert list(await facts(house, row["id"])) == ["entered", "moved_by_policy"]
    assert [detail["unforeseen"] for *_, detail in await audits(house)] == [1]


@BOTH
async def test_work_in_a_queue_of_which_nobody_said_anything_is_never_stranded(house: House) -> None:
    await house.take(mail("Kort", PIA_MAIL, to_address=CARDS_MAIL), opening("chat-1"))
    await house.take(call("CA1", GUS, to_address=CARDS_NUMBER))
    version = await publish_policy(house.db, without_queue(document(house)), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    rows = {row["channel"]: row for row in await house.interactions()}
    assert {channel: row["queue"] for channel, row in rows.items()} == {
        "email": "service",
        "phone": "service",
        "webchat": "deposits",
    }
    assert (await facts(house, rows["email"]["id"]))["moved_by_policy"] == {"from": "cards", "to": "service"}
    assert [detail["unforeseen"] for *_, detail in await audits(house)] == [1, 1]
    ada = await house.seat("ada")
    assert len(ada.offers) == 1
    await house.check_screens()


async def test_what_falls_due_at_this_very_moment_is_placed_too(house: House) -> None:
    """It goes on to a queue by a rule of the policy that ends, and that queue is gone with it."""
    rule = OverflowPolicy(occasion=Occasion.WAITED, action="queue", queue="cards", after_seconds=30)
    first = with_queue(document(house), "service", overflow=(rule,))
    await apply(house, first)
    await take_on(house)
    await house.take(text("Hej"))
    await apply(house, with_queue(without_queue(document(house)), "service", overflow=()))
    house.clock.at += 31 * SECOND
    await take_on(house)
    row = await house.interaction(channel="sms")
    assert row["queue"] == "service"
    assert list(await facts(house, row["id"])) == ["entered", "overflow_queue", "moved_by_policy"]


async def test_a_chat_in_which_nothing_was_said_yet_enters_with_its_first_words(house: House) -> None:
    await house.take(opening("chat-1"))
    before = document(house)
    entries = tuple(replace(e, queue="service") if e.queue == "deposits" else e for e in before.entries)
    after = without_queue(replace(before, entries=entries), "deposits")
    version = await publish_policy(house.db, after, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    assert (await house.interaction(channel="webchat"))["queue"] == "service"
    await house.take(line("Hej", "chat-1"))
    ada = await house.seat("ada")
    assert len(ada.offers) == 1


async def test_a_callback_of_which_nobody_said_anything_goes_to_a_queue_that_calls_and_waits_for_its_hours(
    house: House,
) -> None:
    held = await wait_for_callback(house)
    version = await publish_policy(house.db, without_queue(document(house)), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    assert (await house.interaction(id=held))["queue"] == "deposits"
    ada = await house.seat("ada")
    assert (ada.offers, ada.held) == ([], [])
    assert await house.requests("CallCustomer") == [], "it is Sunday"


async def test_where_no_queue_calls_back_any_more_an_agent_sees_to_it_and_nobody_is_dialled(house: House) -> None:
    held = await wait_for_callback(house)
    after = with_queue(without_queue(document(house)), "deposits", callback=None, overflow=())
    version = await publish_policy(house.db, after, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    assert "callback_withdrawn" in await facts(house, held)
    ada = await house.seat("ada")
    shown = await house.accept("ada")
    assert (shown["id"], shown["call"]["state"], shown["is_customer_gone"]) == (held, "over", True)
    assert await house.requests("CallCustomer") == await house.requests("ConnectAgent") == []
    assert not (await house.about("ada", held, "end_interaction")).code
    assert not (await house.about("ada", held, "complete_wrap_up", disposition="solved")).code
    assert ada.held == []
    await house.check_screens()


async def test_rows_that_an_earlier_hub_stranded_are_placed_at_the_start(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    async with open_house(await database(), tmp_path, library.scripts) as house:
        await house.take(mail("Kort", to_address=CARDS_MAIL))
        after = without_queue(document(house))
        house.dispatcher.stop()
        await house.routing

        async def strand(conn: Connection) -> None:
            version = await add_version(conn, after, house.clock.now(), "test")
            await conn.execute(tables.lease.update().values(policy_version=version))

        await house.db.write(strand)
    async with open_house(await database(), tmp_path, library.scripts) as again:
        row = await again.interaction(channel="email")
        assert row["queue"] == "service"
        assert (await audits(again))[0][3]["unforeseen"] == 1
        await again.check_restored()


# -- the invariant --------------------------------------------------------------------------------------------------


async def test_the_invariant_sees_what_floor_and_router_do_not_agree_on(house: House) -> None:
    await house.take(text("Hej"), call("CA1", GUS))
    state = house.state
    assert find_misplaced(state.floor, state.router, state.book) == {}
    one, other = state.floor.interactions.values()
    one.queue = "cards"
    assert find_misplaced(state.floor, state.router, state.book) == {one.id: Misplacement.NOT_IN_ONE_PLACE}
    one.queue = "service"
    del state.floor.interactions[other.id]
    assert find_misplaced(state.floor, state.router, state.book) == {other.id: Misplacement.NOT_IN_ONE_PLACE}
    state.floor.interactions[other.id] = other
