"""How much may leave within an hour: counted, refused, and known again after a restart."""

import tracemalloc
from collections.abc import Iterator

import orjson
import pytest
from sqlalchemy import update

from hub.batch.restoring import restore
from hub.open_work.recent_counts import HOUR, LastHour
from hub.sending.may_send import SendRules
from hub.sending.refusals import Refusal
from hub.sending.spending import Limits, may_spend
from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.documents import StaffChanged
from tests.channel_names import PHONE, SMS
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, SAM, call, text


def test_what_left_an_hour_ago_is_forgotten() -> None:
    last_hour = LastHour()
    for at, customer in ((0, "sam"), (1, "sam"), (2, "gus")):
        last_hour.add(at, customer)
    at = HOUR - 1
    assert (last_hour.count(at), last_hour.count_to("sam", at), last_hour.count_to("pia", at)) == (3, 2, 0)
    assert (last_hour.count(HOUR), last_hour.count_to("sam", HOUR)) == (2, 1)
    assert (last_hour.count(HOUR + 2), last_hour.count_to("gus", HOUR + 2)) == (0, 0)


def test_a_customers_cap_and_that_of_all_hold_apart() -> None:
    limits, last_hour = Limits(most=3, most_per_customer=2), LastHour()
    refusals = []
    for customer in ("sam", "sam", "sam", "gus", "gus"):
        refusals.append(may_spend(limits, last_hour, SAM, customer, 0))
        if refusals[-1] is None:
            last_hour.add(0, customer)
    assert refusals == [None, None, Refusal.CUSTOMER_CAP_REACHED, None, Refusal.CAP_REACHED]


@pytest.fixture
def texts(house: House) -> Iterator[House]:
    """Three texts an hour, and two to each customer."""
    house.dispatcher._rules = SendRules(limits={SMS: Limits(most=3, most_per_customer=2)})
    yield house


async def reply(house: House, customer: str) -> str:
    """Ada answers the customer; how the hub answers her."""
    held = next(one for one in house.screens["ada"].held if one["address"] == customer)
    return (await house.about("ada", held["id"], "send_message", text="Hej")).code


async def test_an_agent_is_told_why_a_text_too_many_does_not_leave_and_may_send_it_later(texts: House) -> None:
    await texts.seat("ada")
    for customer in (SAM, GUS):
        await texts.take(text("Hej", customer))
        await texts.accept("ada")
    assert [await reply(texts, c) for c in (SAM, SAM, SAM)] == ["", "", "customer_cap_reached"]
    assert [await reply(texts, c) for c in (GUS, GUS)] == ["", "cap_reached"]
    assert len(await texts.requests("TextOut")) == 3
    await texts.turn(3600)
    assert [await reply(texts, c) for c in (SAM, GUS)] == ["", ""]


@BOTH
async def test_what_has_left_is_known_again_after_a_restart(texts: House) -> None:
    await texts.seat("ada")
    await texts.take(text("Hej"))
    await texts.accept("ada")
    assert await reply(texts, SAM) == ""
    await texts.turn(3000)
    assert await reply(texts, SAM) == ""
    for at, count in ((texts.clock.at, 2), (texts.clock.at + HOUR // 2, 1), (texts.clock.at + HOUR, 0)):
        async with texts.db.read() as conn:
            last_hour = (await restore(conn, at)).floor.last_hour[SMS]
        assert (last_hour.count(at), last_hour.count_to("sam", at)) == (count, count)


# ---- calls


async def give_phone(house: House, agent: str, phone: str) -> None:
    (row,) = await house.rows(tables.staff, tables.staff.c.id == agent)
    profile = orjson.dumps({**orjson.loads(row["profile"]), "phone": phone}).decode()

    async def unit(conn: Connection) -> None:
        await conn.execute(update(tables.staff).where(tables.staff.c.id == agent).values(profile=profile))

    await house.db.write(unit)
    await house.take(StaffChanged(agent))


async def accept(house: House) -> str:
    """Ada accepts what is offered; how the hub answers her."""
    (offer,) = house.screens["ada"].offers
    return (await house.ask("ada", "accept_offer", offer_id=offer["id"])).code


async def test_an_agent_on_a_telephone_abroad_is_not_called(house: House) -> None:
    house.dispatcher._rules = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}))})
    await give_phone(house, "ada", "+4791234567")
    await house.seat("ada")
    await house.take(call("CA1"))
    assert house.screens["ada"].offers == [], "they are not offered calls at all"
    assert await house.requests("CallAgent") == []


@pytest.mark.parametrize(("phone", "codes"), [("+46701749001", ["", "cap_reached"]), ("client:ada", ["", ""])])
async def test_calls_over_the_telephone_network_are_counted(house: House, phone: str, codes: list[str]) -> None:
    house.dispatcher._rules = SendRules(limits={PHONE: Limits(most=1)})
    await give_phone(house, "ada", phone)
    await house.seat("ada")
    answers = []
    for number in (1, 2):
        await house.take(call(f"CA{number}"))
        answers.append(await accept(house))
        for held in house.screens["ada"].held:
            await house.about("ada", held["id"], "end_interaction")
            await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert answers == codes


def test_an_hour_of_messages_takes_few_bytes_each_and_is_forgotten() -> None:
    last_hour = LastHour()
    for number in range(10_000):
        last_hour.add(number, f"c{number:020x}")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(10_000, 50_000):
        last_hour.add(number, f"c{number:020x}")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 40_000 < 50
    assert last_hour.count(50_000) == 50_000
    assert last_hour.count_to(f"c{4711:020x}", 50_000) == 1
    assert last_hour.count_to(f"c{4711:020x}", HOUR + 4711) == 0
    assert last_hour.count(HOUR + 49_999) == 0
