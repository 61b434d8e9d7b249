"""Agents' own telephones: who is offered calls, what is called, and what becomes of a customer whom nobody takes."""

import orjson
import pytest
from sqlalchemy import update

from channels.channel import CallAgent
from hub.routing_process.sender import recover
from hub.sending.may_send import SendRules
from hub.sending.spending import Limits
from hub.storage import outbox, tables
from hub.storage.database import Connection
from hub.storage.documents import StaffChanged
from tests.channel_names import PHONE
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, agent_left, call, customer_left

LIVE = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}))}, has_softphones=False)
ADAS = "+46701749001"


async def give_phone(house: House, agent: str, phone: str) -> None:
    (row,) = await house.rows(tables.staff, tables.staff.c.id == agent)
    profile = orjson.dumps({**orjson.loads(row["profile"]), "phone": phone}).decode()

    async def unit(conn: Connection) -> None:
        await conn.execute(update(tables.staff).where(tables.staff.c.id == agent).values(profile=profile))

    await house.db.write(unit)
    await house.take(StaffChanged(agent))


async def go_live(house: House, **phones: str) -> None:
    """The provider has no softphones: whoever is not named here has no telephone."""
    house.dispatcher._rules = LIVE
    for agent in ("ada", "ben", "cleo", "emre", "fay", "dot"):
        await give_phone(house, agent, phones.get(agent, f"client:{agent}"))


async def ring(house: House) -> CallAgent:
    """Ada accepts Sam's call, and her telephone is called."""
    await go_live(house, ada=ADAS)
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    return (await house.requests("CallAgent"))[-1]


async def test_an_agent_without_a_telephone_is_offered_no_calls_and_other_work_as_ever(house: House) -> None:
    await go_live(house)
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    assert ada.offers == []
    assert ada.shown["agent"]["has_phone"] is False
    await give_phone(house, "ada", ADAS)
    assert [offer["channel"] for offer in ada.offers] == ["phone"]
    assert ada.shown["agent"]["has_phone"] is True
    await house.check_screens()
    await house.check_restored()


@pytest.mark.parametrize(
    "phone", ["+4791234567", "+46112", "+46939123456", "whatsapp:+46701749001", "sip:ada@nordpost.example"]
)
async def test_a_number_that_may_not_be_called_is_no_telephone(house: House, phone: str) -> None:
    await go_live(house, ada=phone)
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    assert ada.offers == []


async def test_a_supervisor_cannot_give_a_call_to_who_cannot_answer_it(house: House) -> None:
    await go_live(house)
    await house.seat("dot")
    await house.take(call("CA1"))
    waiting = await house.interaction(provider_ref="CA1")
    fields = {"interaction_id": waiting["id"], "version": waiting["version"], "agent_id": "dot"}
    assert (await house.ask("dot", "assign_interaction", overrides_fit=True, **fields)).code == "no_phone"
    assert await house.requests("CallAgent") == await house.requests("ConnectAgent") == []


async def test_the_agents_own_number_is_called_for_the_call_and_its_key_joins_them(house: House) -> None:
    request = await ring(house)
    held = await house.interaction(provider_ref="CA1")
    assert request == CallAgent(f"{held['id']}.{held['accepted_at']}", "CA1", ADAS, held["our_address"])
    found = await house.host.find_agent_call("CA1", request.outbox_id)
    assert found is not None
    assert (found.language, found.customer_name, found.customer_address) == ("en", "Sam Okoye", held["address"])
    await house.take(agent_joined("CA1", "CA-ada", request.outbox_id))
    assert house.screens["ada"].held[0]["call"]["state"] == "talking"
    assert await house.host.find_agent_call("CA1", request.outbox_id) is None, "a second telephone joins nothing"


@BOTH
@pytest.mark.parametrize("reason", ["completed", "no-answer", "busy"])
async def test_a_customer_whom_the_telephone_did_not_take_waits_on_at_their_place(house: House, reason: str) -> None:
    request = await ring(house)
    before = await house.interaction(provider_ref="CA1")
    await house.take(agent_left("CA1", "CA-ada", reason, request.outbox_id))
    ada = house.screens["ada"]
    assert (ada.held, ada.shown["agent"]["state"], ada.shown["agent"]["reason"]) == (
        [],
        "unavailable",
        "phone_failed",
    )
    after = await house.interaction(provider_ref="CA1")
    assert (after["state"], after["entered_at"], after["is_customer_gone"]) == (
        "waiting",
        before["entered_at"],
        False,
    )
    assert (after["rank_at"], after["rank_sequence"]) == (before["rank_at"], before["rank_sequence"])
    facts = await house.rows(tables.message, tables.message.c.fact == "agent_line_failed")
    assert [orjson.loads(fact["data"])["reason"] for fact in facts] == [
        "not_joined" if reason == "completed" else reason
    ]
    assert all(request.leg_id != "CA1" for request in await house.requests("HangUp")), "the customer is not hung up"
    assert await house.host.find_agent_call("CA1", request.outbox_id) is None
    await house.take(agent_joined("CA1", "CA-ada", request.outbox_id))  # pressed too late after all
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    await house.check_restored()


async def test_a_telephone_that_rings_when_the_agent_ends_the_call_rings_no_longer(house: House) -> None:
    request = await ring(house)
    more = {"interaction_id": request.outbox_id.partition(".")[0], "provider_id": "CA-ada"}
    await house.take(house.result(request.outbox_id, "phone", "sent", kind="CallAgent", **more))
    await house.about("ada", more["interaction_id"], "end_interaction")
    assert sorted(h.leg_id for h in await house.requests("HangUp")) == ["CA-ada", "CA1"]


async def test_a_telephone_that_rings_when_the_customer_hangs_up_rings_no_longer(house: House) -> None:
    request = await ring(house)
    more = {"interaction_id": request.outbox_id.partition(".")[0], "provider_id": "CA-ada"}
    await house.take(house.result(request.outbox_id, "phone", "sent", kind="CallAgent", **more))
    assert await house.host.find_agent_call("CA1", request.outbox_id) is not None
    await house.take(customer_left("CA1"))
    assert [h.leg_id for h in await house.requests("HangUp")] == ["CA-ada"]
    assert await house.host.find_agent_call("CA1", request.outbox_id) is None


@BOTH
async def test_nobody_knows_whether_it_rings_after_a_crash_so_the_call_goes_back_and_nobody_is_rung_twice(
    house: House,
) -> None:
    request = await ring(house)
    (row,) = await outbox.claim(house.db, "phone", house.clock.now(), 1)
    assert row.id == request.outbox_id
    await recover(house.db, house.inbox, house.epoch, house.clock.now())
    await house.until_handled()
    (row_after,) = await house.rows(tables.outbox, tables.outbox.c.kind == "CallAgent")
    assert row_after["state"] == "unknown"
    after = await house.interaction(provider_ref="CA1")
    assert (after["state"], after["is_customer_gone"]) == ("waiting", False)
    assert house.screens["ada"].shown["agent"]["reason"] == "phone_failed"
    assert all(request.leg_id != "CA1" for request in await house.requests("HangUp"))
