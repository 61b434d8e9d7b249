"""A family shares a telephone: the agent says which of them it is, and the answer stays bound to the address."""

import orjson

from hub.customers import match_answers
from hub.storage import customers, tables
from tests.channel_names import SMS
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, SAM, call, text


async def name(house: House, interaction_id: str, customer_id: str, reason: str = "") -> str:
    said = {"customer_id": customer_id, "reason": reason}
    return (await house.about("ada", interaction_id, "name_customer", **said)).code


async def list_sharers(house: House, customer_id: str) -> list[list[str]]:
    async with house.db.read() as conn:
        one = (await customers.find(conn, [customer_id]))[customer_id]
        return [[each.id for each in shared.customers] for shared in await match_answers.list_shared(conn, one)]


@BOTH
async def test_who_writes_from_an_address_of_the_family_is_named_and_answered_there(house: House) -> None:
    held = await hold_text(house)  # from Sam's telephone
    assert await list_sharers(house, "sam") == []
    assert await name(house, held["id"], "gus") == "needs_reason" == await name(house, held["id"], "gus", " ?")
    assert house.screens["ada"].find(held["id"])["customer"]["id"] == "sam"
    assert not await name(house, held["id"], "gus", "Says so 本人自称")
    shown = house.screens["ada"].find(held["id"])
    assert (shown["customer"]["id"], shown["customer"]["tier"], shown["tier"]) == ("gus", "gold", "gold")
    assert await list_sharers(house, "sam") == [["sam", "gus"]] == await list_sharers(house, "gus")
    (trail,) = [one for one in await house.rows(tables.audit) if one["action"] == "customer.name"]
    assert (trail["staff_id"], trail["customer_id"], trail["detail"]) == (
        "ada",
        "gus",
        '{"from":"sam","reason":"Says so 本人自称"}',
    )
    await house.take(text("And one more thing", SAM))
    (row,) = await house.interactions(channel=SMS)
    assert (row["customer_id"], row["address"]) == ("gus", SAM)
    messages = await house.rows(tables.message, tables.message.c.interaction_id == held["id"])
    assert {one["customer_id"] for one in messages} == {"gus"}
    shown = house.screens["ada"].find(held["id"])
    await house.do("ada", "send_message", interaction_id=held["id"], version=shown["version"], text="Hej")
    requests = [orjson.loads(one["body"]) for one in await house.rows(tables.outbox) if one["kind"] == "TextOut"]
    assert [one["to_address"] for one in requests] == [SAM]
    assert not await name(house, held["id"], "sam")  # it was Sam after all
    assert house.screens["ada"].find(held["id"])["tier"] == "standard"
    assert not await name(house, held["id"], "gus")
    await house.check_restored()
    await house.check_screens()
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hello again", SAM))
    assert {one["customer_id"] for one in await house.interactions(channel=SMS)} == {"gus", "sam"}


async def test_only_its_holder_names_the_customer_of_a_call_and_only_one_who_is_there(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await house.accept("ada")
    assert await name(house, held["id"], "nobody") == "invalid"
    said = {"customer_id": "gus", "version": held["version"]}
    assert (await house.ask("ada", "name_customer", interaction_id="forged", **said)).code == "unknown_interaction"
    await house.seat("ben")
    assert (await house.ask("ben", "name_customer", interaction_id=held["id"], **said)).code == "not_yours"
    assert not await name(house, held["id"], "sam")
    assert await list_sharers(house, "sam") == []


@BOTH
async def test_who_calls_anonymously_is_named_when_they_say_who_they_are(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1", "anonymous:CA1"))
    held = await house.accept("ada")
    assert (held["customer"]["name"], held["tier"]) == ("", "standard")
    assert await name(house, held["id"], "gus") == "needs_reason"
    assert not await name(house, held["id"], "gus", "Answered the security questions")
    shown = house.screens["ada"].find(held["id"])
    assert (shown["customer"]["id"], shown["customer"]["name"], shown["tier"]) == ("gus", "Gus Moreau", "gold")
    assert (await house.interaction(id=held["id"]))["customer_id"] == "gus"
    assert GUS in {one["address"] for one in shown["customer"]["addresses"]}
    assert "anonymous" not in str(shown["customer"]["addresses"]), "the placeholder is no address of theirs"
    assert await list_sharers(house, "gus") == [], "nor one that they share"
    assert await house.rows(tables.shared_address) == []
    await house.take(call("CA2", "anonymous:CA2"))
    assert (await house.interaction(state="waiting"))["customer_id"] not in ("gus", held["customer"]["id"])
    await house.check_restored()
    await house.check_screens()
