"""Possible matches are found when a customer becomes known or changes, and are gone with a refusal or a merge."""

from dataclasses import dataclass
from typing import Any

from hub.customers import match_answers
from hub.customers.match_worker import SLICE, MatchWorker
from hub.customers.profile_page import read_mark
from hub.rules.rule_worker import RuleWorker
from hub.storage import customers, possible_matches, rule_due, search_index, tables
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection
from hub.storage.documents import ARRIVALS, CustomersChanged
from hub.storage.relations import Author, Holding, Relation, add_relation, put_holding
from hub.storage.rule_due import ALL
from tests.hub.customers.merges import People
from tests.hub.house import BOTH, House
from tests.hub.rules.conftest import NotingUser

BY = Author(1, "agent", "ada", "page")


@dataclass
class Desk:
    house: House
    people: People
    worker: MatchWorker

    async def add(
        self, customer_id: str, name: str, *addresses: tuple[str, str], account: str = "", is_settled: bool = True
    ) -> None:
        row = StoredCustomer(customer_id, name, "standard", "en", "{}", 1)
        known = [KnownAddress(customer_id, kind, address, "proven") for kind, address in addresses]

        async def unit(conn: Connection) -> None:
            await customers.add(conn, [row], 1)
            await customers.add_addresses(conn, known)
            named = [(one.customer_id, one.kind, one.address) for one in known]
            await search_index.index_fresh(conn, [(customer_id, name, "standard")], named)
            if account:
                holding = Holding(id=f"h-{customer_id}", customer_id=customer_id, product="Card", number=account)
                await put_holding(conn, holding, BY)

        await self.house.db.write(unit)
        if is_settled:
            await self.settle()

    async def mark(self, customer_id: str) -> str:
        """Another one tells an open page to look again."""
        async with self.house.db.read() as conn:
            return await read_mark(conn, customer_id)

    async def settle(self) -> None:
        while await self.worker.work_once():
            pass

    async def see(self, customer_id: str) -> dict[str, list[str]]:
        async with self.house.db.read() as conn:
            one = (await customers.find(conn, [customer_id]))[customer_id]
            found = await match_answers.list_matches(conn, one)
        return {each.customer.id: list(each.reasons) for each in found}

    async def refuse(self, customer_id: str, other_id: str) -> bool:
        unit: Any = lambda conn: match_answers.refuse_match(conn, customer_id, other_id, 9, "ada")  # noqa: E731  # short
        return bool(await self.house.db.write(unit))


async def open_desk(house: House) -> Desk:
    people = await People.open(house.db)
    desk = Desk(house, people, MatchWorker(house.db, house.clock))
    await desk.settle()
    return desk


@BOTH
async def test_two_who_become_known_are_compared_by_what_few_have_and_ranked(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming", ("phone", "+46708880001"), ("email", "lin.weiming@a.example"))
    await desk.add("wl", "林伟明", ("phone", "0708880001"), ("email", "lin.weiming@b.example"))
    await desk.add("wm", "Weiming Lin")
    assert await desk.see("lw") == {
        "wl": ["same_number", "same_mailbox", "same_sound"],
        "wm": ["same_name"],
    }
    assert await desk.see("wl") == {"lw": ["same_number", "same_mailbox", "same_sound"], "wm": ["same_sound"]}
    await desk.people.change("wm", "name", "Bo Berg")
    await desk.settle()
    assert set(await desk.see("lw")) == {"wl"} and await desk.see("wm") == {}


@BOTH
async def test_one_who_was_refused_never_comes_again_but_for_a_stronger_reason(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming", ("email", "lin.weiming@a.example"))
    await desk.add("wl", "Weiming Lin")
    assert await desk.refuse("wl", "lw") and not await desk.refuse("lw", "wl")
    assert await desk.see("lw") == {} == await desk.see("wl")
    await desk.people.change("lw", "name", "Lin Wei-Ming")  # a fact that says no more than those before
    await desk.settle()
    assert await desk.see("lw") == {}
    for one in ("lw", "wl"):
        holding = Holding(id=f"h-{one}", customer_id=one, product="Card", number="SE 4711-22")
        await house.db.write(lambda conn, holding=holding: put_holding(conn, holding, BY))
        await desk.settle()
    assert await desk.see("lw") == {"wl": ["same_account", "same_name"]}
    assert await desk.refuse("lw", "wl") and await desk.see("wl") == {}


async def test_a_refusal_holds_for_whoever_is_merged_into_one_of_them_later(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming")
    await desk.add("wl", "Weiming Lin")
    await desk.add("bb", "Bo Berg")
    assert await desk.refuse("lw", "wl")
    merge_id = await desk.people.merge("bb", "lw")
    await desk.settle()
    assert await desk.see("bb") == {} == await desk.see("wl")
    await desk.people.undo(merge_id)
    await desk.settle()
    assert await desk.see("bb") == {} and await desk.see("lw") == {}


@BOTH
async def test_a_merge_takes_the_pair_away_and_its_undo_says_that_they_are_two(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming", ("phone", "+46708880001"))
    await desk.add("wl", "Weiming Lin")
    await desk.add("wm", "Lin Wei Ming")
    merge_id = await desk.people.merge("lw", "wl")
    await desk.settle()
    assert await desk.see("lw") == await desk.see("wl") == {"wm": ["same_name"]}
    assert await desk.see("wm") == {"lw": ["same_name"]}
    await desk.people.undo(merge_id)
    await desk.settle()
    assert await desk.see("lw") == {"wm": ["same_name"]} == await desk.see("wl")
    assert await desk.see("wm") == {"lw": ["same_name"], "wl": ["same_name"]}


async def test_two_who_live_together_are_two(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming")
    await desk.add("wl", "Weiming Lin")
    assert set(await desk.see("lw")) == {"wl"}
    relation = Relation("r1", "lw", "household", "wl")
    await house.db.write(lambda conn: add_relation(conn, relation, BY))
    await desk.settle()
    assert await desk.see("lw") == {}


async def test_a_birthday_makes_a_pair_likelier(house: House) -> None:
    desk = await open_desk(house)
    await desk.add("lw", "Lin Weiming")
    await desk.add("wl", "Weiming Lin")
    for one in ("lw", "wl"):
        await desk.people.change(one, "birthday", "1980-01-01")
    await desk.settle()
    assert await desk.see("lw") == {"wl": ["same_name", "same_birthday"]}


@BOTH
async def test_matching_has_its_slices_while_rules_are_due_and_tells_the_open_page(house: House) -> None:
    desk = await open_desk(house)
    heard: list[str] = []
    matcher = MatchWorker(house.db, house.clock, lambda: heard.append("stored"))
    rules = RuleWorker(house.db, house.clock, [user := NotingUser({"named": 'customer.city == "Malmö"'})])
    while await rules.work_once():
        pass
    both = RuleWorker(house.db, house.clock, [user], work_beside=matcher.work_once)
    crowd = [f"n{number:03}" for number in range(10 * SLICE)]

    async def unit(conn: Connection) -> None:
        await customers.add(conn, [StoredCustomer(each, "", "standard", "sv", "{}", 1) for each in crowd], 1)
        await rule_due.mark_due(conn, {each: {ALL} for each in crowd}, 1)

    await house.db.write(unit)
    await desk.add("lw", "Lin Weiming")
    mark_before = await desk.mark("lw")
    await desk.add("wl", "Weiming Lin", is_settled=False)
    assert await both.work_once()
    assert set(await desk.see("lw")) == {"wl"} and heard == ["stored"]
    assert await desk.mark("lw") != mark_before
    told = [ARRIVALS.decode(row["body"]) for row in await house.rows(tables.inbox)]
    assert CustomersChanged(("lw", "wl")) in told
    async with house.db.read() as conn:
        left = await rule_due.list_due_among(conn, crowd, house.clock.now())
    assert 0 < len(left) < len(crowd)  # the rules had their slice too, and were not done
    while await both.work_once():
        pass
    async with house.db.read() as conn:
        assert not await rule_due.list_due_among(conn, crowd, house.clock.now())


async def test_what_many_have_in_common_says_nothing_and_costs_nothing(house: House) -> None:
    desk = await open_desk(house)

    async def unit(conn: Connection) -> None:
        rows = [StoredCustomer(f"n{number:05}", "Anna Berg", "standard", "sv", "{}", 1) for number in range(10_000)]
        await customers.add(conn, rows, 1)
        await search_index.index_fresh(conn, [(one.id, one.name, one.tier) for one in rows[:30]], [])
        keys = [{"key": "n4711008", "customer_id": one.id} for one in rows]
        keys += [{"key": "p4711008", "customer_id": one.id} for one in rows]
        await conn.execute(tables.match_key.insert(), keys)

    await house.db.write(unit)
    await desk.settle()
    async with house.db.read() as conn:
        assert await possible_matches.find_sharing(conn, ["p4711008", "none"]) == {}
    await desk.add("anna", "Anna Berg", ("phone", "+46704711008"))
    assert await desk.see("anna") == {}
    assert len(await house.rows(tables.possible_match)) < 30 * 10


@BOTH
async def test_a_key_that_a_few_have_names_them_all_and_one_that_one_more_has_names_nobody(house: House) -> None:
    few = [f"n{number:02}" for number in range(possible_matches.COMMON)]

    async def unit(conn: Connection) -> None:
        rows = [StoredCustomer(one, "Anna Berg", "standard", "sv", "{}", 1) for one in (*few, "one more")]
        await customers.add(conn, rows, 1)
        of = {"few": few, "many": [*few, "one more"], "alone": ["n00"]}
        await conn.execute(
            tables.match_key.insert(), [{"key": key, "customer_id": one} for key, some in of.items() for one in some]
        )

    await house.db.write(unit)
    async with house.db.read() as conn:
        found = await possible_matches.find_sharing(conn, ["few", "many", "alone", "none"])
    assert found == {"few": set(few), "alone": {"n00"}}
