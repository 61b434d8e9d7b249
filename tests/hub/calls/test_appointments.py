"""Calls that were agreed for a time: made, moved, cancelled, due; by the wall clock, and after a restart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from hub.policies.document import CallbackPolicy
from hub.policies.opening_hours import HoursPolicy
from hub.policies.stored_versions import publish_policy
from hub.sending.may_send import SendRules
from hub.sending.quiet_hours import QuietHours
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from tests.hub.calls.test_callbacks import MESSAGES
from tests.hub.house import House
from tests.hub.notices import PIA, call, call_answered, customer_left, text

# The house begins on Sunday 22 November 2026 at 12:00 UTC, 13:00 in Stockholm, the organisation's zone
TEN, ELEVEN = "2026-11-24T10:00", "2026-11-24T11:00"
OFFICE = HoursPolicy(id="office_calls", week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",)))
TO_TEN = 1 * 86_400 + 21 * 3600  # seconds from the house's beginning to Tuesday at ten


@pytest.fixture
async def agreed(house: House) -> AsyncIterator[House]:
    await agree_on_office_hours(house)
    yield house


async def agree_on_office_hours(house: House) -> None:
    """The house calls back in office hours, and Ada holds a text of Pia's."""
    house.dispatcher._rules = SendRules(call_numbers=("+46850005000",))
    before = house.state.book.document
    callback = CallbackPolicy(greeting="greeting", hours="office_calls")
    queues = tuple(replace(one, callback=callback if one.takes_calls else None) for one in before.queues)
    promise = replace(before.dispositions[0], code="promised", promises_callback=True)
    document = replace(
        before,
        queues=queues,
        dispositions=(*before.dispositions, promise),
        messages=(*(one for one in before.messages if one not in MESSAGES), *MESSAGES),
        hours=(*before.hours, OFFICE),
    )
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.seat("ada")
    await house.take(text("Ring mig på tisdag klockan tio", PIA))
    await house.accept("ada")


def held(house: House) -> dict[str, Any]:
    return house.screens["ada"].held[0]


async def about(house: House, kind: str, **fields: Any) -> str:
    return (await house.about("ada", held(house)["id"], kind, **fields)).code


async def begin_the_day(house: House) -> None:
    """The figures of the day before yesterday are nobody's."""
    house.floor.today.clear()
    await house.open("ada")


async def finish(house: House) -> None:
    assert await about(house, "end_interaction") == ""
    assert await about(house, "complete_wrap_up", disposition="solved") == ""


async def test_a_call_is_agreed_shown_moved_and_cancelled(agreed: House) -> None:
    assert await about(agreed, "make_appointment", local_at=TEN, note="About the parcel") == ""
    (shown,) = held(agreed)["appointments"]
    assert (shown["local_at"], shown["agent_id"], shown["note"]) == (TEN, "ada", "About the parcel")
    await agreed.check_restored()
    assert await about(agreed, "move_appointment", appointment_id=shown["id"], local_at=ELEVEN) == ""
    assert [one["local_at"] for one in held(agreed)["appointments"]] == [ELEVEN]
    await agreed.check_restored()
    assert await about(agreed, "cancel_appointment", appointment_id=shown["id"]) == ""
    assert held(agreed)["appointments"] == []
    assert await about(agreed, "cancel_appointment", appointment_id=shown["id"]) == "unknown_appointment"
    said = await agreed.said(held(agreed)["id"], "fact")
    assert said[-3:] == ["appointment_made", "appointment_moved", "appointment_cancelled"]
    await agreed.turn(TO_TEN + 7200)
    assert await agreed.interactions(channel="phone") == []
    await agreed.check_restored()


async def test_at_its_time_it_is_an_interaction_with_its_place_first_for_the_agent_promised(agreed: House) -> None:
    assert await about(agreed, "make_appointment", local_at=TEN) == ""
    await finish(agreed)
    await agreed.seat("fay")
    await agreed.turn(TO_TEN - 1)
    assert await agreed.interactions(channel="phone") == []
    await agreed.turn(1)
    row = await agreed.interaction(channel="phone")
    assert (row["customer_id"], row["address"], row["entered_at"]) == ("pia", PIA, agreed.state.book.read_local(TEN))
    assert (row["agent_id"], row["state"]) == ("ada", "dialling")
    (dialled,) = await agreed.requests("CallCustomer")
    await agreed.take(call_answered(dialled.outbox_id))
    assert held(agreed)["call"]["state"] == "connecting"
    await begin_the_day(agreed)
    await agreed.check_restored()
    assert [one["ended_at"] is not None for one in await agreed.rows(tables.appointment)] == [True]


async def test_if_the_agent_promised_is_away_a_colleague_calls(agreed: House) -> None:
    assert await about(agreed, "make_appointment", local_at=TEN) == ""
    await finish(agreed)
    await agreed.do("ada", "set_state", state="offline")
    await agreed.seat("fay")
    await agreed.turn(TO_TEN)
    assert (await agreed.interaction(channel="phone"))["agent_id"] == "fay"
    await begin_the_day(agreed)


async def test_it_has_its_place_from_its_time_if_the_hub_was_away_then(agreed: House) -> None:
    assert await about(agreed, "make_appointment", local_at=TEN) == ""
    await finish(agreed)
    await agreed.turn(TO_TEN + 3600)
    assert (await agreed.interaction(channel="phone"))["entered_at"] == agreed.state.book.read_local(TEN)
    await begin_the_day(agreed)


@pytest.mark.parametrize(
    ("local_at", "code"),
    [
        ("2026-11-22T12:59", "no_such_time"),
        ("2027-03-24T10:00", "no_such_time"),
        ("2026-11-24T08:59", "outside_hours"),
        ("2026-11-24T17:00", "outside_hours"),
        ("2026-11-28T10:00", "outside_hours"),  # a Saturday
    ],
)
async def test_only_a_time_at_which_the_queue_calls_is_agreed(agreed: House, local_at: str, code: str) -> None:
    assert await about(agreed, "make_appointment", local_at=local_at) == code
    assert held(agreed)["appointments"] == []
    assert await about(agreed, "make_appointment", local_at=TEN) == ""
    (shown,) = held(agreed)["appointments"]
    assert await about(agreed, "move_appointment", appointment_id=shown["id"], local_at=local_at) == code
    assert [one["local_at"] for one in held(agreed)["appointments"]] == [TEN]


async def test_nothing_is_agreed_in_quiet_hours(agreed: House) -> None:
    agreed.dispatcher._rules = replace(agreed.dispatcher._rules, quiet_hours=QuietHours.read("09:30-10:30"))
    assert await about(agreed, "make_appointment", local_at=TEN) == "quiet_hours"
    assert await about(agreed, "make_appointment", local_at=ELEVEN) == ""


async def test_a_disposition_that_promises_a_callback_needs_a_time_and_makes_the_call(agreed: House) -> None:
    assert await about(agreed, "end_interaction") == ""
    wrap_up = {"disposition": "promised"}
    refused = await agreed.about("ada", held(agreed)["id"], "complete_wrap_up", **wrap_up)
    assert (refused.code, refused.field) == ("required", "callback_at")
    assert await about(agreed, "complete_wrap_up", **wrap_up, callback_at="2026-11-28T10:00") == "outside_hours"
    assert await about(agreed, "complete_wrap_up", **wrap_up, callback_at=TEN) == ""
    (row,) = await agreed.rows(tables.appointment)
    assert (row["customer_id"], row["agent_id"], row["ended_at"]) == ("pia", "ada", None)
    await agreed.check_restored()


async def test_what_is_agreed_already_keeps_the_promise(agreed: House) -> None:
    assert await about(agreed, "make_appointment", local_at=TEN) == ""
    assert await about(agreed, "end_interaction") == ""
    assert await about(agreed, "complete_wrap_up", disposition="promised") == ""


async def test_a_call_agreed_in_a_call_is_made_to_the_number_of_the_call(agreed: House) -> None:
    await finish(agreed)
    await agreed.take(call("CA1", "+46701740301"))
    await agreed.accept("ada")
    assert await about(agreed, "make_appointment", local_at=TEN, is_mine=False) == ""
    (row,) = await agreed.rows(tables.appointment)
    assert (row["address"], row["agent_id"]) == ("+46701740301", "")
    await agreed.take(customer_left("CA1"))


def test_the_time_is_by_the_clock_of_the_organisation_when_the_clocks_change(agreed: House) -> None:
    book = agreed.state.book
    for local, utc_hour in (("2026-10-24T10:00", 8), ("2026-10-26T10:00", 9), ("2027-03-29T10:00", 8)):
        assert book.read_local(local) // 3_600_000_000 % 24 == utc_hour
        assert book.write_local(book.read_local(local)) == local
    assert book.write_local(book.read_local("2027-03-28T02:30")) == "2027-03-28T03:30", "an hour that is left out"
