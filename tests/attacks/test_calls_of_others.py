"""Agents and supervisors who reach for calls that are not theirs, and callers who say that they are somebody else.

The rule of this file: whoever reaches for a call of others gets a refusal, and the provider is asked for nothing.
"""

from typing import Any

import pytest

from channels.channel import AgentReady
from hub.storage import tables
from tests.hub.calls.test_callbacks import wish
from tests.hub.calls.test_calling_hours import CARDS
from tests.hub.calls.test_parties import with_broker
from tests.hub.house import House
from tests.hub.notices import GUS, agent_joined, agent_left, call, call_answered, customer_left


async def asked_for(house: House) -> int:
    return await house.count(tables.outbox)


async def second_talk(house: House) -> str:
    """Cleo talks with Gus; the interaction."""
    await house.seat("cleo")
    await house.take(call("CA2", GUS))
    held = str((await house.accept("cleo"))["id"])
    await house.take(agent_joined("CA2", "CA-cleo", (await house.requests("ConnectAgent"))[-1].outbox_id))
    return held


@pytest.mark.parametrize("kind", ["hold_party", "mute_party", "drop_party", "swap_parties", "hand_over"])
async def test_a_party_of_another_call_is_no_party_of_ones_own(house: House, kind: str) -> None:
    held, party = await with_broker(house)
    theirs = await second_talk(house)
    before = await asked_for(house)
    more: dict[str, Any] = {"on": True} if kind in ("hold_party", "mute_party") else {}
    assert (await house.about("cleo", theirs, kind, party_id=party, **more)).code == "party_gone"
    version = house.screens["ada"].find(held)["version"]
    answer = await house.ask("cleo", kind, interaction_id=held, version=version, party_id=party, **more)
    assert answer.code == "not_yours"
    assert await asked_for(house) == before
    assert [one["state"] for one in house.screens["ada"].find(held)["call"]["parties"]] == ["present"]


@pytest.mark.parametrize("kind", ["answer_consult", "leave_consult"])
async def test_nobody_answers_for_a_colleague_who_is_asked(house: House, kind: str) -> None:
    held, _ = await with_broker(house)
    for agent in ("ben", "cleo"):
        await house.seat(agent)
    await house.about("ada", held, "consult_colleague", agent_id="ben")
    (consult,) = house.screens["ben"].shown["consults"]
    before = await asked_for(house)
    more = {"accepts": True} if kind == "answer_consult" else {}
    assert (await house.ask("cleo", kind, party_id=consult["party_id"], **more)).code == "party_gone"
    assert await asked_for(house) == before
    assert [one["state"] for one in house.screens["ben"].shown["consults"]] == ["asked"]


async def test_the_command_of_an_agent_about_a_call_that_was_handed_on_is_refused(house: House) -> None:
    held, party = await with_broker(house)
    await house.seat("ben")
    version = house.screens["ada"].find(held)["version"]
    await house.about("ada", held, "consult_colleague", agent_id="ben", takes_over=True)
    (consult,) = house.screens["ben"].shown["consults"]
    await house.do("ben", "answer_consult", party_id=consult["party_id"], accepts=True)
    await house.take(agent_joined("CA1", "CA-ben", consult["party_id"]))
    before = await asked_for(house)
    for kind, more in (("drop_party", {"party_id": party}), ("end_interaction", {}), ("hold_call", {"on": True})):
        answer = await house.ask("ada", kind, interaction_id=held, version=version, **more)
        assert answer.code == "not_yours", kind
    assert await asked_for(house) == before


@pytest.mark.parametrize("address", ["sip:mallory@evil.example", "client:check-mallory", "client:ada", "+46112"])
async def test_whoever_says_that_they_are_no_telephone_is_called_back_by_nobody(house: House, address: str) -> None:
    await house.take(call("CA1", address, to_address=CARDS))
    await house.take(wish())
    await house.take(customer_left("CA1"))
    assert (await house.interaction(provider_ref="CA1"))["call_state"] == "given_back"
    await house.seat("cleo")
    await house.turn(3600)
    assert await house.requests("CallCustomer") == []
    assert "callback_refused" in await house.said((await house.interactions())[0]["id"], "fact")


async def test_a_leg_with_somebody_elses_label_gets_into_no_call(house: House) -> None:
    """A label names one request of one call. Reported of another room, or after its end, it is hung up."""
    held, party = await with_broker(house)
    theirs = await second_talk(house)
    stray = agent_joined("CA2", "CA-stray", (await house.requests("ConnectAgent"))[0].outbox_id)
    await house.take(stray)
    assert [(one.call_id, one.leg_id) for one in await house.requests("HangUp")] == [("CA2", "CA-stray")]
    assert (await house.interaction(id=theirs))["leg_ref"] == "CA-cleo"
    await house.take(agent_left("CA2", "CA-stray", "completed", stray.outbox_id))
    for one in (held, theirs):
        assert (await house.interaction(id=one))["call_state"] == "talking"
    await house.take(agent_joined("CA2", "CA-elsewhere", party))
    (shown,) = house.screens["ada"].find(held)["call"]["parties"]
    assert shown["state"] == "present"
    stored = await house.rows(tables.party, tables.party.c.id == party)
    assert stored[0]["leg_ref"] == "CA-broker", "the party is in the room that it was called for"


async def test_reports_about_requests_that_were_never_made_change_nothing(house: House) -> None:
    held, _ = await with_broker(house)
    for outbox_id in ("", held, f"{held}.", f"{held}.1", f"{held}.1.call", "x", "../x"):
        await house.take(AgentReady(f"phone:AC1:CA66:ready:{outbox_id}", "CA66", outbox_id))
        await house.take(call_answered(outbox_id, f"CA67{outbox_id}"))
    assert house.screens["ada"].find(held)["call"]["state"] == "talking"
    assert (await house.interaction(id=held))["provider_ref"] == "CA1"
