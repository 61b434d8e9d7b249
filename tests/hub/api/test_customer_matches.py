"""Possible matches over HTTP: a ground to see them, one answer that they are two, and a line in the trail."""

from hub.storage import possible_matches
from hub.storage.possible_matches import Pair
from tests.hub.api.test_customer_merges import Counter  # fixture
from tests.hub.api.test_customer_merges import counter as counter
from tests.hub.api.test_customer_merges import pytestmark as pytestmark


async def propose(counter: Counter, one: str, other: str) -> None:
    pair = Pair(*possible_matches.order(one, other), 85, ("same_number", "same_name"), 1)
    await counter.hub.db.write(lambda conn: possible_matches.put_pairs(conn, [pair], []))


async def test_a_maybe_is_shown_with_its_reasons_and_refused_once(counter: Counter) -> None:
    await counter.add("a-1", "Lena Ek", "standard", queue="service")
    await counter.add("b-1", "Ek Lena", "gold")
    await propose(counter, "a-1", "b-1")
    status, shown = await counter.ask("customers/a-1/matches")
    assert status == 200 and shown["shared"] == []
    assert shown["matches"] == [
        {"customer_id": "b-1", "name": "Ek Lena", "tier": "gold", "reasons": ["same_number", "same_name"]}
    ]
    status, shown = await counter.ask("customers/a-1/matches/refuse", body={"other_id": "b-1"})
    assert (status, shown["matches"]) == (200, [])
    assert (await counter.ask("customers/a-1/matches/refuse", body={"other_id": "b-1"}))[0] == 404
    assert ("ada", "customer.refuse_match") in await counter.trail("a-1")


async def test_nobody_without_a_ground_sees_or_refuses_and_forged_ids_are_nobody(counter: Counter) -> None:
    await counter.add("a-2", "Lena Ek", "standard")
    await counter.add("b-2", "Ek Lena", "gold", queue="service")
    await propose(counter, "a-2", "b-2")
    assert (await counter.ask("customers/a-2/matches"))[0] == 403
    assert (await counter.ask("customers/a-2/matches/refuse", body={"other_id": "b-2"}))[0] == 403
    assert (await counter.ask("customers/a-2/matches", "tomasz"))[0] == 403
    for other in ("b-2", "nobody", "a-2\x00", "' OR 1=1 --"):
        assert (await counter.ask("customers/b-2/matches/refuse", body={"other_id": other}))[0] in (400, 404)
    assert (await counter.ask("customers/b-2/matches/refuse", body={}))[0] == 400
    _, shown = await counter.ask("customers/b-2/matches")
    assert [one["customer_id"] for one in shown["matches"]] == ["a-2"]
