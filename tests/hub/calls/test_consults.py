"""Consult, transfer to a colleague, conference, leaving: who has the call, who hears whom, and what is refused."""

from typing import Any

import pytest

from hub.storage import tables
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, agent_left, call, customer_left
from tests.hub.sending.test_agent_phones import give_phone

ADA, BEN = "ada", "ben"


async def talking(house: House) -> str:
    """Ada talks with Sam, and Ben is free."""
    await talk(house)
    await house.seat(BEN)
    return str(house.screens[ADA].held[0]["id"])


async def asked(house: House, *, takes_over: bool = False) -> tuple[str, str]:
    """(interaction, party)"""
    held = await talking(house)
    more = {"agent_id": BEN, "note": "Vill byta kort 换卡", "takes_over": takes_over}
    answer = await house.about(ADA, held, "consult_colleague", **more)
    assert not answer.code, answer
    (consult,) = house.screens[BEN].shown["consults"]
    return held, consult["party_id"]


async def consulting(house: House, *, takes_over: bool = False) -> tuple[str, str]:
    held, party_id = await asked(house, takes_over=takes_over)
    await house.do(BEN, "answer_consult", party_id=party_id, accepts=True)
    await house.take(agent_joined("CA1", "CA-ben", party_id))
    return held, party_id


def call_of(house: House, held: str, agent: str = ADA) -> dict[str, Any]:
    return dict(house.screens[agent].find(held)["call"])


def load(house: House, agent: str) -> int:
    return int(house.screens[agent].shown["agent"]["load"])


async def last_hold(house: House) -> bool:
    return bool((await house.requests("HoldCall"))[-1].on)


async def test_a_colleague_is_asked_with_a_card_while_the_customer_hears_music(house: House) -> None:
    held, _ = await asked(house)
    (consult,) = house.screens[BEN].shown["consults"]
    assert (consult["state"], consult["customer_name"], consult["takes_over"]) == ("asked", "Sam Okoye", False)
    card = consult["hand_over"]
    assert (card["giver"], card["note"], card["queue"]) == ("Ada Holm", "Vill byta kort 换卡", "service")
    assert (call_of(house, held)["state"], await last_hold(house)) == ("held", True)
    assert [party["state"] for party in call_of(house, held)["parties"]] == ["asked"]
    assert (load(house, BEN), await house.requests("ConnectParty")) == (100, [])
    await house.check_screens()
    looks = await house.rows(tables.audit, tables.audit.c.action == "offer.read", tables.audit.c.staff_id == BEN)
    assert [row["detail"] for row in looks] == ['{"grounds":["consulted"]}']


async def test_the_colleague_joins_and_the_holder_goes_from_one_to_the_other(house: House) -> None:
    held, party_id = await consulting(house)
    assert [party["state"] for party in call_of(house, held)["parties"]] == ["present"]
    for state, party_state in (("talking", "held"), ("held", "present")):
        assert not (await house.about(ADA, held, "swap_parties", party_id=party_id)).code
        assert call_of(house, held)["state"] == state
        assert [party["state"] for party in call_of(house, held)["parties"]] == [party_state]
        assert house.screens[BEN].shown["consults"][0]["state"] == party_state
    await house.check_screens()


async def test_everybody_is_together_in_a_conference(house: House) -> None:
    held, party_id = await consulting(house)
    assert not (await house.about(ADA, held, "swap_parties", party_id=party_id)).code
    assert not (await house.about(ADA, held, "merge_parties")).code
    assert (call_of(house, held)["state"], call_of(house, held)["parties"][0]["state"]) == ("talking", "present")


async def test_a_warm_transfer_moves_the_call_and_nobody_waits(house: House) -> None:
    held, party_id = await consulting(house)
    assert not (await house.about(ADA, held, "hand_over", party_id=party_id)).code
    assert house.screens[ADA].held == []
    ben = house.screens[BEN].find(held)
    assert (ben["state"], ben["call"]["state"], ben["call"]["parties"]) == ("active", "talking", [])
    assert house.screens[BEN].shown["consults"] == []
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"]
    assert (await last_hold(house), load(house, ADA), load(house, BEN)) == (False, 0, 100)
    await house.check_screens()
    await house.take(agent_left("CA1", "CA-ada", "completed"))
    await house.take(agent_joined("CA1", "CA-ben", party_id))
    assert house.screens[BEN].find(held)["call"]["state"] == "talking", "late reports of both legs"
    await house.take(agent_left("CA1", "CA-ben", "completed", party_id))
    assert house.screens[BEN].find(held)["call"]["state"] == "agent_lost", "the leg is the holder's"


async def test_the_owner_of_the_interaction_is_the_one_who_has_it(house: House) -> None:
    held, party_id = await consulting(house)
    assert not (await house.about(ADA, held, "hand_over", party_id=party_id)).code
    p = tables.participant.c
    owners = await house.rows(tables.participant, p.interaction_id == held, p.role == "owner")
    assert sorted((row["agent_id"], row["left_at"] is None) for row in owners) == [(ADA, False), (BEN, True)]


async def test_a_transfer_to_a_colleague_is_theirs_as_soon_as_they_are_in_the_call(house: House) -> None:
    held, _ = await consulting(house, takes_over=True)
    assert (house.screens[ADA].held, house.screens[BEN].find(held)["state"]) == ([], "active")
    assert (await last_hold(house), load(house, ADA)) == (False, 0)


@pytest.mark.parametrize("takes_over", [True, False])
async def test_a_colleague_who_declines_leaves_the_call_with_its_giver(house: House, takes_over: bool) -> None:
    held, party_id = await asked(house, takes_over=takes_over)
    await house.do(BEN, "answer_consult", party_id=party_id, accepts=False)
    assert (call_of(house, held)["parties"], house.screens[BEN].shown["consults"]) == ([], [])
    state = "talking" if takes_over else "held"
    assert (call_of(house, held)["state"], load(house, BEN)) == (state, 0), "who only asked may ask somebody else"
    assert (await last_hold(house)) is not takes_over
    assert "party_unreached" in await house.said(held, "fact")


async def test_a_colleague_who_does_not_answer_in_time_leaves_the_call_with_its_giver(house: House) -> None:
    held, _ = await asked(house, takes_over=True)
    await house.turn(21)
    assert (call_of(house, held)["parties"], house.screens[BEN].shown["consults"], load(house, BEN)) == ([], [], 0)
    assert (call_of(house, held)["state"], await last_hold(house)) == ("talking", False), "the giver is heard again"


async def test_a_colleague_whose_telephone_is_not_reached_leaves_the_call_with_its_giver(house: House) -> None:
    held, party_id = await asked(house, takes_over=True)
    await house.do(BEN, "answer_consult", party_id=party_id, accepts=True)
    await house.take(agent_left("CA1", "CA-ben", "no-answer", party_id))
    assert (call_of(house, held)["parties"], load(house, BEN)) == ([], 0)
    assert (house.screens[ADA].find(held)["state"], call_of(house, held)["state"]) == ("active", "talking")


async def test_a_colleague_whose_desk_is_lost_is_in_the_call_no_more(house: House) -> None:
    held, _ = await consulting(house)
    await house.close(BEN)
    await house.turn(31)
    assert call_of(house, held)["parties"] == []
    assert "CA-ben" in [one.leg_id for one in await house.requests("HangUp")]


async def test_a_consulted_colleague_leaves_by_themselves(house: House) -> None:
    held, party_id = await consulting(house)
    await house.do(BEN, "leave_consult", party_id=party_id)
    assert (call_of(house, held)["parties"], load(house, BEN)) == ([], 0)
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ben"]


async def test_the_customer_who_hangs_up_frees_everybody(house: House) -> None:
    held, _ = await consulting(house)
    await house.take(customer_left("CA1"))
    assert house.screens[ADA].find(held)["state"] == "wrap_up"
    assert (house.screens[BEN].shown["consults"], load(house, BEN)) == ([], 0)


async def test_the_holder_leaves_to_the_colleague_without_ending(house: House) -> None:
    held, _ = await consulting(house)
    assert not (await house.about(ADA, held, "leave_call")).code
    assert (house.screens[ADA].held, house.screens[BEN].find(held)["call"]["state"]) == ([], "talking")


async def test_a_holder_who_hangs_up_a_telephone_of_their_own_leaves_the_call_to_the_colleague(house: House) -> None:
    held, _ = await consulting(house)
    await give_phone(house, ADA, "+46701749001")
    await house.take(agent_left("CA1", "CA-ada", "completed"))
    assert house.screens[BEN].find(held)["call"]["state"] == "talking"


async def test_the_holder_leaves_the_customer_with_somebody_outside(house: House) -> None:
    held = await talking(house)
    assert (await house.about(ADA, held, "leave_call")).code == "nobody_stays"
    assert not (await house.about(ADA, held, "call_third_party", number="+46701740999")).code
    (request,) = await house.requests("ConnectParty")
    await house.take(agent_joined("CA1", "CA-broker", request.outbox_id))
    assert not (await house.about(ADA, held, "leave_call")).code
    assert house.screens[ADA].find(held)["state"] == "wrap_up"
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-ada"], "the customer talks on"
    (stay,) = await house.requests("UpdateParty")
    assert (stay.leg_id, stay.ends_room) == ("CA-broker", True)
    await house.take(house.result(stay.outbox_id, "phone", "failed", kind="UpdateParty", interaction_id=held))
    assert "CA1" in [one.leg_id for one in await house.requests("HangUp")], "nobody is left in silence"


async def test_what_cannot_be_is_refused_with_its_reason(house: House) -> None:
    held = await talking(house)
    for agent_id, code in (("nobody", "colleague_gone"), ("cleo", "agent_not_open"), (ADA, "bad_value")):
        answer = await house.about(ADA, held, "consult_colleague", agent_id=agent_id)
        assert (answer.code, answer.field) == (code, "agent_id"), agent_id
    await house.take(call("CA2", "+46701740201"))
    assert (await house.about(ADA, held, "consult_colleague", agent_id=BEN)).code == "no_room"
    assert call_of(house, held)["state"] == "talking", "a refused consult holds nobody"
    for kind in ("answer_consult", "leave_consult"):
        more = {"accepts": True} if kind == "answer_consult" else {}
        assert (await house.ask(BEN, kind, party_id="p", **more)).code == "party_gone"


async def test_a_party_who_is_not_in_the_call_yet_gets_nothing(house: House) -> None:
    held, party_id = await asked(house)
    for kind in ("swap_parties", "hand_over"):
        assert (await house.about(ADA, held, kind, party_id=party_id)).code == "wrong_state"
    await house.do(BEN, "answer_consult", party_id=party_id, accepts=True)
    assert (await house.ask(BEN, "answer_consult", party_id=party_id, accepts=True)).code == "wrong_state"


async def test_a_transfer_to_a_queue_shows_the_next_agent_the_card(house: House) -> None:
    held = await talking(house)
    await house.do(ADA, "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about(ADA, held, "transfer_interaction", queue="service", note="Om kort")).code
    (offer,) = house.screens[BEN].offers
    assert (offer["hand_over"]["giver"], offer["hand_over"]["note"]) == ("Ada Holm", "Om kort")
    await house.check_screens()


async def test_the_card_has_what_the_script_captured_and_what_was_said(house: House) -> None:
    held = await talking(house)
    script = house.screens[ADA].find(held)["script"]
    field = next(part for part in script["parts"] if part["kind"] == "field")
    shown = {"script_id": script["script_id"], "step_id": script["step_id"]}
    values = {field["name"]: field["options"][0]}
    assert not (await house.about(ADA, held, "advance_script", **shown, action="answer", values=values)).code
    assert not (await house.about(ADA, held, "consult_colleague", agent_id=BEN)).code
    card = house.screens[BEN].shown["consults"][0]["hand_over"]
    assert {"label": field["label"], "value": field["options"][0]} in card["answers"]
    statements = [part for part in script["parts"] if part["kind"] == "must_say"]
    assert [one["state"] for one in card["statements"]] == ["owed"] * len(statements)


async def test_whoever_is_muted_is_heard_by_the_customer_when_nobody_else_is_left(house: House) -> None:
    held = await talking(house)
    await house.about(ADA, held, "call_third_party", number="+46701740999")
    party = (await house.requests("ConnectParty"))[-1].outbox_id
    await house.take(agent_joined("CA1", "CA-broker", party))
    await house.about(ADA, held, "mute_party", party_id=party, on=True)
    assert not (await house.about(ADA, held, "leave_call")).code
    asked = [(one.is_muted, one.ends_room) for one in await house.requests("UpdateParty")]
    assert (False, True) in asked


async def test_a_colleague_who_was_muted_is_heard_once_they_have_the_call(house: House) -> None:
    held, party = await consulting(house)
    await house.about(ADA, held, "mute_party", party_id=party, on=True)
    assert not (await house.about(ADA, held, "hand_over", party_id=party)).code
    asked = [(one.leg_id, one.is_muted) for one in await house.requests("UpdateParty") if one.is_muted is not None]
    assert sorted(asked) == [("CA-ben", False), ("CA-ben", True)]
    assert call_of(house, held, BEN)["parties"] == []


async def test_a_customer_who_is_left_with_somebody_muted_hears_music_until_the_agent_is_back(house: House) -> None:
    held = await talking(house)
    await house.about(ADA, held, "call_third_party", number="+46701740999")
    party = (await house.requests("ConnectParty"))[-1].outbox_id
    await house.take(agent_joined("CA1", "CA-broker", party))
    await house.about(ADA, held, "mute_party", party_id=party, on=True)
    await house.take(agent_left("CA1", "CA-ada"))
    assert [(one.on, one.is_agent_lost) for one in await house.requests("HoldCall")] == [(True, True)]
