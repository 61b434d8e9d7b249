"""What agents ask for: each command done, and each refusal with its code. Scripts have tests of their own."""

from typing import Any, get_args

import pytest

from agent_console.commands import Command
from hub.storage import tables
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.notices import SAM, text

# ---- the agent's own state


async def test_an_agent_comes_goes_and_comes_back(house: House) -> None:
    ada = await house.open("ada")
    for state, reason in (("available", ""), ("unavailable", "lunch"), ("available", ""), ("offline", "")):
        await house.do("ada", "set_state", state=state, reason=reason)
        assert (ada.shown["agent"]["state"], ada.shown["agent"]["reason"]) == (state, reason)


@pytest.mark.parametrize("reason", ["", "nap", "phone_failed"])
async def test_a_reason_is_one_of_the_policys(house: House, reason: str) -> None:
    await house.open("ada")
    answer = await house.ask("ada", "set_state", state="unavailable", reason=reason)
    assert (answer.code, answer.field) == ("invalid", "reason")


async def test_a_wish_to_leave_is_kept_until_the_hands_are_empty(house: House) -> None:
    held = await hold_text(house)
    await house.do("ada", "set_state", state="unavailable", reason="break", after_current=True)
    agent = house.screens["ada"].shown["agent"]
    assert (agent["state"], agent["wish"], agent["wish_reason"]) == ("available", "unavailable", "break")
    await house.about("ada", held["id"], "end_interaction")
    await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")
    agent = house.screens["ada"].shown["agent"]
    assert (agent["state"], agent["reason"], agent["wish"]) == ("unavailable", "break", None)


# ---- offers


async def test_an_offer_is_taken(house: House) -> None:
    held = await hold_text(house)
    ada = house.screens["ada"]
    assert (held["state"], held["channel"], held["customer"]["name"]) == ("active", "sms", "Sam Okoye")
    assert held["script"]["title"]
    assert (ada.offers, ada.shown["agent"]["load"]) == ([], 20)
    owner = await house.rows(tables.participant)
    assert [(row["agent_id"], row["role"], row["left_at"]) for row in owner] == [("ada", "owner", None)]


async def test_an_offer_says_why_it_came(house: House) -> None:
    await house.take(text("Hej"))
    await house.turn(30)
    ada = await house.seat("ada")
    (offer,) = ada.offers
    reason = offer["reason"]
    assert (reason["eligible"], round(reason["waited_seconds"]), reason["head_start_seconds"]) == (1, 30, 43_200)
    assert offer["deadline_at"] - offer["made_at"] == 30_000


async def test_an_offer_that_is_declined_goes_to_the_next_one(house: House) -> None:
    ada, ben = await house.seat("ada"), await house.seat("ben")
    await house.take(text("Hej"))
    (offer,) = ada.offers or ben.offers
    first, second = ("ada", ben) if ada.offers else ("ben", ada)
    await house.do(first, "decline_offer", offer_id=offer["id"])
    assert house.screens[first].offers == []
    assert [o["interaction_id"] for o in second.offers] == [offer["interaction_id"]]


@pytest.mark.promise("P4")
async def test_an_offer_that_is_not_answered_goes_to_the_next_one_at_its_deadline(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    (offer,) = ada.offers
    before = await house.interaction(customer_id="sam")
    await house.turn(29.9)
    assert ada.offers == [offer]
    await house.turn(0.2)
    assert (ada.offers, ada.shown["agent"]["state"]) == ([], "not_responding")
    assert (await house.ask("ada", "accept_offer", offer_id=offer["id"])).code == "offer_gone"
    after = await house.interaction(customer_id="sam")
    assert (after["state"], after["rank_at"], after["rank_sequence"]) == (
        "waiting",
        before["rank_at"],
        before["rank_sequence"],
    )


@pytest.mark.parametrize("kind", ["accept_offer", "decline_offer"])
async def test_an_offer_of_somebody_else_or_of_nobody_is_refused(house: House, kind: str) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    await house.seat("ben")
    assert (await house.ask("ben", kind, offer_id=ada.offers[0]["id"])).code == "not_yours"
    assert (await house.ask("ben", kind, offer_id="i0123456789.1")).code == "offer_gone"
    assert (await house.ask("ben", kind, offer_id="nonsense")).code == "offer_gone"


async def test_who_is_no_agent_commands_nothing(house: House) -> None:
    await house.open("ada")
    assert (await house.ask("tomasz", "set_state", state="available")).code == "may_not"


# ---- what every command about an interaction asks first

ABOUT: list[tuple[str, dict[str, Any]]] = [
    ("send_message", {"text": "Hej"}),
    ("resend_message", {"message_id": "m1"}),
    ("add_note", {"text": "Not"}),
    ("end_interaction", {}),
    ("complete_wrap_up", {"disposition": "solved"}),
    ("hold_call", {"on": True}),
    ("rejoin_call", {}),
    ("pause_recording", {}),
    ("resume_recording", {}),
    ("make_appointment", {"local_at": "2026-11-24T10:00"}),
    ("move_appointment", {"appointment_id": "a1", "local_at": "2026-11-24T10:00"}),
    ("cancel_appointment", {"appointment_id": "a1"}),
    ("call_third_party", {"number": "+46701740999"}),
    ("hold_party", {"party_id": "p", "on": True}),
    ("mute_party", {"party_id": "p", "on": True}),
    ("drop_party", {"party_id": "p"}),
    ("consult_colleague", {"agent_id": "ben"}),
    ("swap_parties", {"party_id": "p"}),
    ("merge_parties", {}),
    ("hand_over", {"party_id": "p"}),
    ("leave_call", {}),
    ("transfer_interaction", {"queue": "cards"}),
    ("advance_script", {"script_id": "greeting", "step_id": "x", "action": "next"}),
    ("settle_statement", {"script_id": "greeting", "statement": "hand-over.1", "is_said": True}),
    ("pick_script", {"script_id": "complaint"}),
    ("name_customer", {"customer_id": "gus"}),
    ("keep_consent", {"address": SAM, "purpose": "marketing", "is_given": True}),
]


@pytest.mark.promise("P6")
async def test_a_screen_that_is_behind_cannot_act(house: House) -> None:
    held = await hold_text(house)
    for kind, fields in ABOUT:
        answer = await house.ask("ada", kind, interaction_id=held["id"], version=held["version"] - 1, **fields)
        assert (kind, answer.code) == (kind, "stale")


async def test_what_another_agent_holds_is_not_yours(house: House) -> None:
    held = await hold_text(house)
    await house.open("ben")
    for kind, fields in ABOUT:
        answer = await house.ask("ben", kind, interaction_id=held["id"], version=held["version"], **fields)
        assert (kind, answer.code) == (kind, "not_yours")


async def test_what_is_only_offered_is_not_yours_yet(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    offered = ada.offers[0]["interaction_id"]
    version = (await house.interaction(id=offered))["version"]
    for kind, fields in ABOUT:
        answer = await house.ask("ada", kind, interaction_id=offered, version=version, **fields)
        assert (kind, answer.code) == (kind, "not_yours")


async def test_what_is_closed_or_never_was_is_unknown(house: House) -> None:
    await house.open("ada")
    for kind, fields in ABOUT:
        answer = await house.ask("ada", kind, interaction_id="i0123456789", version=1, **fields)
        assert (kind, answer.code) == (kind, "unknown_interaction")


# ---- the same command again


@pytest.mark.promise("P2")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [("send_message", {"text": "Hej"}), ("end_interaction", {}), ("complete_wrap_up", {"disposition": "solved"})],
)
async def test_the_same_command_again_has_the_same_answer_and_one_effect(
    house: House, kind: str, fields: dict[str, Any]
) -> None:
    held = await hold_text(house)
    about = {"interaction_id": held["id"], "version": held["version"], **fields}
    first = await house.ask("ada", kind, command_id="once", **about)
    events = len(house.screens["ada"].seen)
    again = await house.ask("ada", kind, command_id="once", **about)
    assert again == first
    assert len(house.screens["ada"].seen) == events


@pytest.mark.promise("P2")
async def test_two_agents_may_choose_the_same_id(house: House) -> None:
    await house.open("ada")
    await house.open("ben")
    for agent in ("ada", "ben"):
        await house.ask(agent, "set_state", state="available", command_id="1")
        assert house.screens[agent].shown["agent"]["state"] == "available"


def test_every_command_is_tried_here() -> None:
    members = get_args(get_args(Command)[0])
    kinds = {get_args(member.model_fields["kind"].annotation)[0] for member in members}
    alone = {"set_state", "act_here", "accept_offer", "decline_offer", "take_next", "call_out"}
    alone |= {"answer_consult", "leave_consult"}  # tests/hub/calls/test_consults.py
    alone |= {"move_agreed_call", "cancel_agreed_call"}  # tests/hub/calls/test_agreed_calls.py
    untried = kinds - {kind for kind, _ in ABOUT} - alone
    assert not untried, f"add {sorted(untried)} to ABOUT, with their fields: each is refused about what is not held"
