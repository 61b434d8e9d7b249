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
from tests.hub.notices import GUS, SAM, call, text
from tests.hub.stage import BOTH, Stage


def test_what_left_an_hour_ago_is_forgotten() -> None:
    left = LastHour()
    for at, customer in ((0, "sam"), (1, "sam"), (2, "gus")):
        left.add(at, customer)
    assert (left.count(HOUR - 1), left.count_to("sam", HOUR - 1), left.count_to("pia", HOUR - 1)) == (3, 2, 0)
    assert (left.count(HOUR), left.count_to("sam", HOUR)) == (2, 1)
    assert (left.count(HOUR + 2), left.count_to("gus", HOUR + 2)) == (0, 0)


def test_a_customers_cap_and_that_of_all_hold_apart() -> None:
    limits, left = Limits(most=3, most_per_customer=2), LastHour()
    refusals = []
    for customer in ("sam", "sam", "sam", "gus", "gus"):
        refusals.append(may_spend(limits, left, SAM, customer, 0))
        if refusals[-1] is None:
            left.add(0, customer)
    assert refusals == [None, None, Refusal.CUSTOMER_CAP_REACHED, None, Refusal.CAP_REACHED]


@pytest.fixture
def texts(stage: Stage) -> Iterator[Stage]:
    """Three texts an hour, and two to each customer."""
    stage.dispatcher._rules = SendRules(limits={SMS: Limits(most=3, most_per_customer=2)})
    yield stage


async def reply(stage: Stage, customer: str) -> str:
    """Ada answers the customer; how the hub answers her."""
    held = next(one for one in stage.screens["ada"].held if one["address"] == customer)
    return (await stage.about("ada", held["id"], "send_message", text="Hej")).code


async def test_an_agent_is_told_why_a_text_too_many_does_not_leave_and_may_send_it_later(texts: Stage) -> None:
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
async def test_what_has_left_is_known_again_after_a_restart(texts: Stage) -> None:
    await texts.seat("ada")
    await texts.take(text("Hej"))
    await texts.accept("ada")
    assert await reply(texts, SAM) == ""
    await texts.turn(3000)
    assert await reply(texts, SAM) == ""
    for at, count in ((texts.clock.at, 2), (texts.clock.at + HOUR // 2, 1), (texts.clock.at + HOUR, 0)):
        async with texts.db.read() as conn:
            left = (await restore(conn, at)).floor.left[SMS]
        assert (left.count(at), left.count_to("sam", at)) == (count, count)


# ---- calls


async def give_phone(stage: Stage, agent: str, phone: str) -> None:
    (row,) = await stage.rows(tables.staff, tables.staff.c.id == agent)
    profile = orjson.dumps({**orjson.loads(row["profile"]), "phone": phone}).decode()

    async def unit(conn: Connection) -> None:
        await conn.execute(update(tables.staff).where(tables.staff.c.id == agent).values(profile=profile))

    await stage.db.write(unit)
    await stage.take(StaffChanged(agent))


async def accept(stage: Stage) -> str:
    """Ada accepts what is offered; how the hub answers her."""
    (offer,) = stage.screens["ada"].offers
    return (await stage.ask("ada", "accept_offer", offer_id=offer["id"])).code


async def test_an_agent_on_a_telephone_abroad_is_not_called(stage: Stage) -> None:
    stage.dispatcher._rules = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}))})
    await give_phone(stage, "ada", "+4791234567")
    await stage.seat("ada")
    await stage.take(call("CA1"))
    assert stage.screens["ada"].offers == [], "they are not offered calls at all"
    assert await stage.requests("CallAgent") == []


@pytest.mark.parametrize(("phone", "codes"), [("+46701749001", ["", "cap_reached"]), ("client:ada", ["", ""])])
async def test_calls_over_the_telephone_network_are_counted(stage: Stage, phone: str, codes: list[str]) -> None:
    stage.dispatcher._rules = SendRules(limits={PHONE: Limits(most=1)})
    await give_phone(stage, "ada", phone)
    await stage.seat("ada")
    answers = []
    for number in (1, 2):
        await stage.take(call(f"CA{number}"))
        answers.append(await accept(stage))
        for held in stage.screens["ada"].held:
            await stage.about("ada", held["id"], "end_interaction")
            await stage.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    assert answers == codes


def test_an_hour_of_messages_takes_few_bytes_each_and_is_forgotten() -> None:
    left = LastHour()
    for number in range(10_000):
        left.add(number, f"c{number:020x}")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(10_000, 50_000):
        left.add(number, f"c{number:020x}")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 40_000 < 50
    assert left.count(50_000) == 50_000
    assert left.count_to(f"c{4711:020x}", 50_000) == 1
    assert left.count_to(f"c{4711:020x}", HOUR + 4711) == 0
    assert left.count(HOUR + 49_999) == 0
