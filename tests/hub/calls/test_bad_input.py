"""What people ask for in a call that cannot be: a sentence in both languages, and the call goes on as it was.

The rule of this file: after each refusal nobody is held, called or hung up who was not before.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import agent_console
from hub.sending.may_send import SendRules
from hub.sending.spending import Limits
from hub.storage import tables
from tests.channel_names import PHONE
from tests.hub.calls.test_calling_out import SHOWN
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, customer_left

WORDS = Path(agent_console.__file__).parent / "web" / "src" / "desk"
SWEDEN_ALONE = SendRules(
    call_numbers=(SHOWN,), limits={PHONE: Limits(countries=frozenset({"SE"}), ours=frozenset({SHOWN}))}
)
NUMBERS = [
    ("Kalle", "no_number"),
    ("+46", "no_number"),
    ("+4670174099912345678", "no_number"),
    ("0701740999", "no_number"),
    ("+46112", "emergency_number"),
    ("+88213000000", "region_not_allowed"),
    ("+12025550123", "region_not_allowed"),
    ("+8613800138000", "region_not_allowed"),
    (SHOWN, "own_number"),
]
Requests = list[tuple[str, str]]


async def talking(house: House) -> str:
    house.dispatcher._rules = SWEDEN_ALONE
    await talk(house)
    await house.seat("ben")
    return str(house.screens["ada"].held[0]["id"])


async def asked_for(house: House) -> Requests:
    """All that the hub has asked of the provider."""
    rows = await house.rows(tables.outbox)
    return sorted((row["kind"], row["body"]) for row in rows)


def check_is_said(code: str) -> None:
    for language in ("en", "zh-CN"):
        texts = [file.read_text(encoding="utf-8") for file in WORDS.rglob(f"words/{language}.ts")]
        found = [re.search(rf"'refused\.{code}':\s+['\"`](.{{8,}})", text) for text in texts]
        assert any(found), f"the desk has no words for {code} in {language}"


async def refuse(house: House, held: str, code: str, kind: str, agent: str = "ada", **fields: Any) -> None:
    before = await asked_for(house)
    answer = await house.about(agent, held, kind, **fields)
    assert answer.code == code, (kind, fields, answer)
    assert await asked_for(house) == before
    check_is_said(code)


@pytest.mark.parametrize(("number", "code"), NUMBERS)
async def test_a_number_that_cannot_be_dialled_or_may_not_be_is_said_and_the_talk_goes_on(
    house: House, number: str, code: str
) -> None:
    held = await talking(house)
    await refuse(house, held, code, "call_third_party", number=number)
    call = house.screens["ada"].find(held)["call"]
    assert (call["state"], call["parties"]) == ("talking", [])


@pytest.mark.parametrize(("number", "code"), NUMBERS)
async def test_an_agent_who_calls_out_to_such_a_number_is_told_so_and_nothing_is_begun(
    house: House, number: str, code: str
) -> None:
    house.dispatcher._rules = SWEDEN_ALONE
    await house.seat("ada")
    answer = await house.ask("ada", "call_out", to_address=number, reason="A parcel")
    assert answer.code == code
    check_is_said(code)
    assert (house.screens["ada"].held, await house.interactions(), await asked_for(house)) == ([], [], [])
    assert house.screens["ada"].shown["agent"]["load"] == 0


async def leave(house: House, how: str) -> None:
    if how == "offline":
        await house.do("ben", "set_state", state="offline")
    elif how == "desk lost":
        await house.close("ben")
        await house.turn(21)
    elif how == "disabled":
        gone = update(tables.staff).where(tables.staff.c.id == "ben").values(disabled_at=1)
        await house.db.write(lambda conn: conn.execute(gone))
        house.floor.staff.pop("ben")


@pytest.mark.parametrize(
    ("how", "code"), [("offline", "agent_not_open"), ("desk lost", "agent_not_open"), ("disabled", "colleague_gone")]
)
@pytest.mark.parametrize("takes_over", [True, False])
async def test_a_transfer_to_somebody_who_left_keeps_the_customer_with_the_agent(
    house: House, how: str, code: str, takes_over: bool
) -> None:
    held = await talking(house)
    await leave(house, how)
    if how == "disabled":
        house.screens.pop("ben")  # the screens of whoever is disabled are closed
    await refuse(house, held, code, "consult_colleague", agent_id="ben", takes_over=takes_over)
    assert house.screens["ada"].find(held)["call"]["state"] == "talking", "nobody hears music for it"


async def test_somebody_who_leaves_while_they_are_asked_gives_the_call_back_to_its_giver(house: House) -> None:
    held = await talking(house)
    await house.about("ada", held, "consult_colleague", agent_id="ben", takes_over=True)
    await house.close("ben")
    await house.turn(21)
    call = house.screens["ada"].find(held)["call"]
    assert (call["state"], call["parties"]) == ("talking", [])
    assert {"party_left", "party_unreached"} & set(await house.said(held, "fact"))
    await refuse(house, held, "nobody_stays", "leave_call")


async def test_what_is_asked_of_a_call_that_has_ended_is_refused(house: House) -> None:
    held = await talking(house)
    await house.about("ada", held, "call_third_party", number="+46701740999")
    party = (await house.requests("ConnectParty"))[-1].outbox_id
    await house.take(agent_joined("CA1", "CA-broker", party))
    await house.take(customer_left("CA1"))
    for kind, code, fields in (
        ("hold_call", "wrong_state", {"on": True}),
        ("call_third_party", "wrong_state", {"number": "+46701740998"}),
        ("consult_colleague", "wrong_state", {"agent_id": "ben"}),
        ("leave_call", "wrong_state", {}),
        ("merge_parties", "wrong_state", {}),
        ("hold_party", "party_gone", {"party_id": party, "on": True}),
        ("mute_party", "party_gone", {"party_id": party, "on": True}),
        ("drop_party", "party_gone", {"party_id": party}),
    ):
        await refuse(house, held, code, kind, **fields)
    assert house.screens["ada"].find(held)["state"] == "wrap_up"
