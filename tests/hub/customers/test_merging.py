"""Merging and its undo: what the one who stands for both knows, and that both come back as they were."""

import asyncio
from random import Random
from typing import Any

from hub.customers import merging
from hub.customers.merging import Wish
from hub.storage import erasing
from hub.storage.database import Connection
from tests.hub.customers.merges import HAPPENS, People, refused
from tests.hub.house import BOTH, House

EXAMPLES = {"sqlite": 60, "postgresql": 6}
STEPS = 14


async def test_each_value_follows_its_rule_and_an_undo_brings_both_back(house: House) -> None:
    people = await People.open(house.db)
    lin = await people.add("Lin Wei", tier="standard", city="Malmö", products=["Loan"])
    wei = await people.add("Wei Lin", tier="gold", city="Lund", products=["Card", "Loan"], note="hard of hearing")
    await people.change(lin, "city", "Malmö centre")  # newer than what the other side says
    await people.change(wei, "do_not_call", True)
    await people.change(lin, "do_not_call", False)
    before = await people.read(lin), await people.read(wei)
    merge_id = await people.merge(lin, wei)
    assert await people.read(lin) == {
        "name": "Lin Wei",  # nobody has said either lately: the one who stays
        "tier": "gold",  # the better
        "language": "en",
        "city": "Malmö centre",  # the newest by history
        "products": ["Loan", "Card"],  # of both
        "note": "hard of hearing",  # the only one
        "do_not_call": True,  # the stricter, though older
    }
    assert await people.list_same(wei) == {lin, wei} and await people.find_head(wei) == lin
    undone = await people.undo(merge_id)
    assert (await people.read(lin), await people.read(wei)) == before
    assert undone.parted == (wei,) and undone.stays == {}
    assert await people.list_same(wei) == {wei} and await people.list_same(lin) == {lin}


async def test_a_chosen_value_wins_and_what_a_person_changed_since_stays_and_is_named(house: House) -> None:
    people = await People.open(house.db)
    lin, wei = await people.add("Lin", city="Malmö", note="a"), await people.add("Wei", city="Lund", note="b")
    merge_id = await people.merge(lin, wei, {"city": "loser", "name": "loser"})
    assert (await people.read(lin))["city"] == "Lund" and (await people.read(lin))["name"] == "Wei"
    await people.change(lin, "city", "Ystad")
    await people.change(wei, "title", "Dr")  # an old screen still names the one who was merged
    undone = await people.undo(merge_id)
    assert {name: row.new for name, row in undone.stays.items()} == {"city": "Ystad", "title": "Dr"}
    assert undone.back == {"name": "Lin"}
    assert await people.read(lin) == {
        "name": "Lin",
        "tier": "standard",
        "language": "en",
        "city": "Ystad",
        "note": "a",
        "title": "Dr",
    }
    assert (await people.read(wei))["city"] == "Lund"


async def test_a_stranger_who_is_merged_makes_no_prospect_of_a_customer(house: House) -> None:
    people = await People.open(house.db)
    gus, stranger, other = await people.add("Gus", stage="established"), await people.add(""), await people.add("")
    for one in (stranger, other):
        await people.change(one, "stage", "prospect")  # newer than what is known of Gus
    await people.merge(gus, stranger)
    assert (await people.read(gus))["stage"] == "established"
    await people.merge(other, gus)
    assert (await people.read(other))["stage"] == "established"


async def test_a_tier_that_a_rule_moved_after_the_merge_stays(house: House) -> None:
    people = await People.open(house.db)
    lin, wei = await people.add("Lin", "standard"), await people.add("Wei", "gold")
    merge_id = await people.merge(lin, wei)
    await people.set_tier(lin, "platinum")
    await people.undo(merge_id)
    assert ((await people.read(lin))["tier"], (await people.read(wei))["tier"]) == ("platinum", "gold")


async def test_what_cannot_be_merged_is_refused_and_nothing_is_written(house: House) -> None:
    people = await People.open(house.db)
    lin, wei, ming = [await people.add(name) for name in ("Lin", "Wei", "Ming")]
    assert await refused(people.merge(lin, lin)) == "same"
    assert await refused(people.merge(lin, "nobody")) == "unknown"
    assert await refused(people.merge(lin, wei, {"shoe_size": "loser"})) == "invalid"
    first = await people.merge(lin, wei)
    assert await refused(people.merge(lin, wei)) == "same"
    assert await refused(people.merge(wei, lin)) == "same"
    assert await refused(people.merge(wei, ming)) == "merged"
    assert await refused(people.merge(ming, wei)) == "merged"
    await people.undo(first)
    assert await refused(people.undo(first)) == "undone"
    assert await refused(people.undo("m0")) == "unknown"
    assert await people.list_same(lin) == {lin}


async def test_who_is_merged_is_not_erased_in_part(house: House) -> None:
    people = await People.open(house.db)
    lin, wei = await people.add("Lin"), await people.add("Wei")
    merge_id = await people.merge(lin, wei)
    for one in (lin, wei):
        async with house.db.read() as conn:
            assert await erasing.find_hindrance(conn, one) == "merged"
    await people.undo(merge_id)
    async with house.db.read() as conn:
        assert await erasing.find_hindrance(conn, wei) == ""


@BOTH
async def test_of_two_people_who_merge_at_once_one_is_refused(house: House) -> None:
    people = await People.open(house.db)
    lin, wei, ming = [await people.add(name) for name in ("Lin", "Wei", "Ming")]
    wishes = (
        Wish(lin, wei, {lin: 1, wei: 1}),
        Wish(wei, lin, {lin: 1, wei: 1}),
        Wish(ming, wei, {ming: 1, wei: 1}),
    )

    async def one(number: int, wish: Wish) -> str:
        async def unit(conn: Connection) -> None:
            await merging.merge(conn, wish, f"once{number}", 5, "ada", people.book)

        return await refused(house.db.write(unit))

    codes = await asyncio.gather(*(one(number, wish) for number, wish in enumerate(wishes)))
    assert sorted(codes) == ["", "merged", "same"]


@BOTH
async def test_merges_and_undos_in_any_order_leave_what_a_plain_model_says(house: House) -> None:
    people = await People.open(house.db)
    for seed in range(EXAMPLES["sqlite" if house.db.is_sqlite else "postgresql"]):
        await _one_history(people, Random(seed), seed)


async def _one_history(people: People, random: Random, seed: int) -> None:
    model = Model()
    for name in "abcd":
        values: dict[str, Any] = {"city": random.choice((None, "x", "y"))} if random.random() < 0.7 else {}
        values = {key: value for key, value in values.items() if value is not None}
        tier = random.choice(("standard", "gold"))
        customer_id = await people.add(name, tier, **values)
        model.start[customer_id] = {"name": name, "tier": tier, "language": "en", **values}
    for _ in range(STEPS):
        heads = [one for one in model.start if model.find_head(one) == one]
        in_force = [done[1] for done in model.done if done[0] == "merge" and done[1] not in model.undone]
        step = random.random()
        if step < 0.15:
            one, what = random.choice(list(model.start)), random.choice(HAPPENS)
            await people.happen(one, what)
            model.happened.append((one, what))
        elif step < 0.45:
            one = random.choice(list(model.start))
            name, value = random.choice(("city", "note")), random.choice(("x", "y", "z", None))
            if (await people.read(model.find_head(one))).get(name) == value:
                continue  # to say what is known already is no change
            await people.change(one, name, value)
            model.done.append(("change", model.find_head(one), name, value))
        elif step < 0.75 and len(heads) > 1:
            winner, loser = random.sample(heads, 2)
            known = {*await people.read(winner), *await people.read(loser)}
            chosen = {name: random.choice(("winner", "loser")) for name in known if random.random() < 0.5}
            merge_id = await people.merge(winner, loser, chosen)
            model.done.append(("merge", merge_id, winner, loser, people.merges[merge_id].choices))
        elif in_force:
            merge_id = random.choice(in_force)
            await people.undo(merge_id)
            model.undone.add(merge_id)
        stored = {one: await people.read(one) for one in model.start}
        assert stored == model.replay(), f"seed {seed}: {model.done} without {model.undone}"
        for one in model.start:
            assert await people.list_same(one) == model.list_same(one), f"seed {seed}"
    for one in model.start:
        assert await people.count(one) == model.count(one), f"seed {seed}: {model.happened}"


class Model:
    """Everything that was done, done again from the start without the merges that were undone."""

    def __init__(self) -> None:
        self.start: dict[str, dict[str, Any]] = {}
        self.done: list[tuple[Any, ...]] = []
        self.undone: set[str] = set()
        self.happened: list[tuple[str, str]] = []  # whose, and what

    def replay(self) -> dict[str, dict[str, Any]]:
        values = {one: dict(known) for one, known in self.start.items()}
        for done in self.done:
            match done:
                case ("change", customer_id, name, value):
                    values[customer_id][name] = value
                case ("merge", merge_id, winner, loser, choices) if merge_id not in self.undone:
                    for name, theirs in values[loser].items():
                        mine = values[winner].get(name)
                        if theirs is not None and (mine is None or choices.get(name) == "loser"):
                            values[winner][name] = theirs
        return {one: {name: v for name, v in known.items() if v is not None} for one, known in values.items()}

    def count(self, customer_id: str) -> dict[str, int]:
        """Each activity and each holding, and each address that has said something."""
        same = self.list_same(customer_id)
        mine = [(one, what) for one, what in self.happened if one in same]
        return {
            what: len({one for one, kind in mine if kind == what})
            if what == "consents"
            else sum(kind == what for _, kind in mine)
            for what in HAPPENS
        }

    def find_head(self, customer_id: str) -> str:
        for done in self.done:
            if done[0] == "merge" and done[1] not in self.undone and done[3] == customer_id:
                return self.find_head(done[2])
        return customer_id

    def list_same(self, customer_id: str) -> set[str]:
        head = self.find_head(customer_id)
        return {one for one in self.start if self.find_head(one) == head}
