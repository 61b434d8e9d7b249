"""What customers agree to and take back: the ledger, the gates, and the last look before something leaves."""

import ast
from dataclasses import replace
from typing import Any

import pytest

from hub.open_work.recent_counts import LastHour
from hub.policies.consents import STANDARD_CONSENTS, ConsentPolicy
from hub.sending.consents import Consents, find_consent_refusal
from hub.sending.may_call import CallCounts, Callee, PlannedCall, may_call
from hub.sending.may_send import SendRules
from hub.sending.refusals import Refusal
from hub.storage import consents, tables
from hub.storage.consents import ConsentEntry, Standing
from routing.model import DAY, SECOND
from tests.channel_names import PHONE, SMS
from tests.hub.calls.recorded_calls import publish, record, talk_recorded
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, SAM, agent_joined, call, mail, text
from tests.imports import parse_with

ENTRY = ConsentEntry(kind="phone", address=SAM, purpose="marketing", act="given", source="api", at=1, recorded_at=1)


async def keep(house: House, held: str, purpose: str, *, is_given: bool, address: str = SAM) -> str:
    fields = {"address": address, "purpose": purpose, "is_given": is_given, "said": "said so"}
    return (await house.about("ada", held, "keep_consent", **fields)).code


async def write(house: House, held: str) -> str:
    return (await house.about("ada", held, "send_message", text="Hej")).code


async def ledger(house: House) -> list[dict[str, Any]]:
    return await house.rows(tables.consent_entry)


# ---- what stands


@BOTH
async def test_what_stands_is_the_newest_entry_of_an_address_a_purpose_and_a_channel(house: House) -> None:
    entries = [
        ENTRY,
        replace(ENTRY, act="withdrawn", at=2),
        replace(ENTRY, act="asked", at=3),
        replace(ENTRY, purpose="service", channel="sms", act="withdrawn", at=4),
        replace(ENTRY, address=PIA, at=5),
    ]
    await house.db.write(lambda conn: consents.add(conn, entries))
    async with house.db.read() as conn:
        found = await consents.find_standings(
            conn, {("phone", SAM), ("phone", PIA), ("email", "nobody@mail.example")}
        )
        history = await consents.list_entries(conn, {("phone", SAM)})
    assert found == {
        ("phone", SAM): (Standing("marketing", "", "withdrawn", 2, 1), Standing("service", "sms", "withdrawn", 4, 1)),
        ("phone", PIA): (Standing("marketing", "", "given", 5, 1),),
    }
    assert [one.at for one in history] == [4, 3, 2, 1], "a question takes nothing back, and is kept"


def test_nothing_changes_an_entry_of_the_ledger_but_the_erasure_of_its_customer() -> None:
    """Every statement that names the table in `hub/storage`: it may read, and it may insert."""
    found = set()
    for path, tree in parse_with("(?i)consent_entry", "hub"):
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("update", "delete")
            if named and "consent_entry" in ast.unparse(node):
                found.add(path)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = " ".join(node.value.upper().split())
                if "UPDATE CONSENT_ENTRY" in words or "DELETE FROM CONSENT_ENTRY" in words:
                    found.add(path)
    assert found <= {"hub/storage/erasing.py"}


@pytest.mark.parametrize(
    ("purpose", "standing", "refusal"),
    [
        ("service", None, None),
        ("service", "given", None),
        ("service", "withdrawn", Refusal.CONSENT_WITHDRAWN),
        ("marketing", None, Refusal.NO_CONSENT),
        ("marketing", "given", None),
        ("marketing", "withdrawn", Refusal.CONSENT_WITHDRAWN),
        ("recording", None, None),
        ("page_trail", None, Refusal.NO_CONSENT),
    ],
)
def test_silence_means_what_the_purpose_says(purpose: str, standing: str | None, refusal: Refusal | None) -> None:
    known = Standing(purpose, "", standing, 1, 1) if standing else None
    assert find_consent_refusal(STANDARD_CONSENTS[purpose], known, 2) == refusal


def test_a_yes_runs_out_to_the_second() -> None:
    policy = ConsentPolicy(silence="needs_yes", runs_out_days=365)
    given = Standing("marketing", "", "given", at=10 * DAY, recorded_at=300 * DAY)
    assert find_consent_refusal(policy, given, 375 * DAY - 1) is None
    assert find_consent_refusal(policy, given, 375 * DAY) == Refusal.CONSENT_RAN_OUT


def test_a_call_is_asked_for_by_its_purpose_and_a_newer_wish_to_be_called_counts() -> None:
    withdrawn = {("phone", SAM): (Standing("service", "", "withdrawn", 5 * SECOND, 5 * SECOND),)}
    known = Consents(standings=withdrawn)

    def ask(**more: Any) -> Refusal | None:
        planned = PlannedCall(Callee.CUSTOMER, PHONE, SAM, "sam", **more)
        return may_call(SendRules(), planned, {}, CallCounts(LastHour()), 9 * SECOND, 0, known)

    assert ask() == Refusal.CONSENT_WITHDRAWN
    assert ask(asked_at=5 * SECOND) == Refusal.CONSENT_WITHDRAWN
    assert ask(asked_at=5 * SECOND + 1) is None
    assert ask(purpose="marketing") == Refusal.NO_CONSENT


def test_a_stop_in_a_text_closes_texts_and_no_calls() -> None:
    known = Consents(standings={("phone", SAM): (Standing("service", "sms", "withdrawn", 1, 1),)})
    assert known.find_refusal("service", SMS, SAM, 2) == Refusal.CONSENT_WITHDRAWN
    assert known.find_refusal("service", PHONE, SAM, 2) is None


# ---- in a house


@BOTH
async def test_stop_and_start_are_in_the_ledger_with_their_words(house: House) -> None:
    held = (await hold_text(house))["id"]
    await house.take(text("Stop!"))
    await house.take(text("stop"))
    await house.take(text("START"))
    rows = [(row["purpose"], row["act"], row["source"], row["said"]) for row in await ledger(house)]
    assert rows == [
        ("service", "withdrawn", "stop_word", "Stop!"),
        ("marketing", "withdrawn", "stop_word", "Stop!"),
        ("service", "given", "start_word", "START"),
    ]
    facts = await house.said(held, "fact")
    assert facts.count("consent_withdrawn") == 2 and facts.count("consent_given") == 1
    assert await write(house, held) == ""


@BOTH
async def test_an_agent_keeps_what_the_customer_says_and_service_closes_and_opens_replies(house: House) -> None:
    held = (await hold_text(house))["id"]
    assert await keep(house, held, "service", is_given=False) == ""
    assert await write(house, held) == "consent_withdrawn"
    assert await keep(house, held, "service", is_given=True) == ""
    assert await write(house, held) == ""
    (first, _) = await ledger(house)
    assert (first["by_id"], first["source"], first["said"]) == ("ada", "agent", "said so")
    assert (first["customer_id"], first["interaction_id"], first["channel"]) == ("sam", held, "")
    assert await keep(house, held, "service", is_given=False, address=PIA) == "invalid", "somebody else's address"


async def test_marketing_says_nothing_of_replies(house: House) -> None:
    held = (await hold_text(house))["id"]
    assert await keep(house, held, "marketing", is_given=False) == ""
    assert await write(house, held) == ""


async def test_one_address_says_nothing_of_another(house: House) -> None:
    held = (await hold_text(house))["id"]
    await keep(house, held, "service", is_given=False)
    await house.take(mail("Hej"))
    mailed = await house.accept("ada")
    assert (await house.about("ada", mailed["id"], "send_message", text="Hej")).code == ""


# ---- recordings


@BOTH
async def test_nothing_is_recorded_of_a_customer_who_wants_none(house: House) -> None:
    no = replace(ENTRY, purpose="recording", act="withdrawn")
    await house.db.write(lambda conn: consents.add(conn, [no]))
    await record(house)
    await house.seat("ada")
    await house.take(call("CA1", announced="recorded"))
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    assert await house.requests("StartRecording") == []


async def test_a_recording_stops_when_the_customer_takes_it_back_in_the_call(house: House) -> None:
    held = await talk_recorded(house)
    (start,) = await house.requests("StartRecording")
    began = {"kind": "StartRecording", "interaction_id": held, "provider_id": "RE1"}
    await house.take(house.result(start.outbox_id, "phone", "sent", **began))
    assert await keep(house, held, "recording", is_given=False) == ""
    (change,) = await house.requests("ChangeRecording")
    assert change.change == "stop"


async def test_a_yes_in_the_call_begins_the_recording_where_the_policy_waits_for_one(house: House) -> None:
    await record(house)
    document = house.state.book.document
    asks = {**document.consents, "recording": ConsentPolicy(silence="needs_yes")}
    await publish(house, replace(document, consents=asks))
    await house.seat("ada")
    await house.take(call("CA1"))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert await house.requests("StartRecording") == []
    assert await keep(house, held, "recording", is_given=True) == ""
    assert len(await house.requests("StartRecording")) == 1
