"""One customer waits for a callback and has a call agreed for a time: each is moved, cancelled and made by itself."""

from dataclasses import replace

import pytest

from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.stored_versions import publish_policy
from hub.storage.documents import PolicyPublished
from hub.toml_files.problems import ConfigErrors
from tests.hub.calls.test_appointments import (
    ELEVEN,
    TEN,
    TO_TEN,
    about,
    agree_on_office_hours,
    begin_the_day,
    finish,
    held,
)
from tests.hub.calls.test_callbacks import wish
from tests.hub.house import House
from tests.hub.notices import PIA, agent_joined, call, call_answered, customer_left

AGAIN = 600  # seconds after which a call that came to nothing is tried again


@pytest.fixture
async def both(house: House) -> House:
    """It is Sunday. Pia has pressed the key for a callback, which is made on weekdays, and a call is agreed with her
    for Tuesday at ten. Ada holds a text of hers, and takes nothing else."""
    await agree_on_office_hours(house)
    before = house.state.book.document
    queues = tuple(
        replace(one, callback=replace(one.callback, key="1", message="kept", appointment_key="2", tries=3))
        if one.callback is not None
        else one
        for one in before.queues
    )
    version = await publish_policy(house.db, replace(before, queues=queues), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.do("ada", "set_state", state="unavailable", reason="meeting")
    await house.take(call("CA1", PIA))
    place = await house.host.find_place("CA1")
    assert place is not None and (place.callback_key, place.appointment_key) == ("1", "2")
    await house.take(wish())
    await house.take(customer_left("CA1"))
    assert await about(house, "make_appointment", local_at=TEN, is_mine=False) == ""
    return house


async def test_the_keys_of_both_must_differ(both: House) -> None:
    document = both.state.book.document
    queues = tuple(
        replace(one, callback=replace(one.callback, appointment_key="1")) if one.callback is not None else one
        for one in document.queues
    )
    with pytest.raises(ConfigErrors, match="is the key for a callback too: give it another digit"):
        parse_policy(dump_policy(replace(document, queues=queues)))
    assert parse_policy(dump_policy(document)) == document


async def test_what_is_moved_and_cancelled_leaves_the_callback_where_it_is(both: House) -> None:
    before = await both.interaction(provider_ref="CA1")
    (shown,) = held(both)["appointments"]
    assert await about(both, "move_appointment", appointment_id=shown["id"], local_at=ELEVEN) == ""
    assert await about(both, "cancel_appointment", appointment_id=shown["id"]) == ""
    assert await both.interaction(provider_ref="CA1") == before
    await both.turn(TO_TEN + 3600)
    (row,) = await both.interactions(channel="phone")
    assert (row["state"], row["entered_at"]) == ("waiting", before["entered_at"])
    await begin_the_day(both)


async def test_the_callback_is_served_and_the_agreed_call_stays(both: House) -> None:
    """Pia calls by herself before Tuesday: her call takes the callback's place along and closes it."""
    await finish(both)
    await both.turn(86_400)
    await both.take(call("CA2", PIA))
    await both.do("ada", "set_state", state="available")
    await both.accept("ada")
    await both.take(agent_joined("CA2", "CA-ada"))
    await both.take(customer_left("CA2"))
    assert await about(both, "complete_wrap_up", disposition="solved") == ""
    rows = await both.interactions(channel="phone")
    assert {row["provider_ref"]: row["closed_as"] for row in rows} == {"CA1": "handled", "CA2": "handled"}
    assert [one.address for one in both.floor.appointments.values()] == [PIA]


async def test_who_calls_with_both_open_takes_the_earlier_place_along(both: House) -> None:
    await finish(both)
    await both.turn(TO_TEN)
    await both.take(call("CA2", PIA))
    callback, _, agreed = sorted(await both.interactions(channel="phone"), key=lambda row: row["provider_ref"] or "~")
    assert (callback["provider_ref"], callback["state"], agreed["state"]) == ("CA1", "paused", "waiting")
    await begin_the_day(both)


async def test_two_free_agents_do_not_ring_one_customer_twice(both: House) -> None:
    """Both are due on Tuesday at ten: one is dialled, the other waits until that call is over, and is made then."""
    await finish(both)
    await both.turn(TO_TEN)
    assert [row["state"] for row in await both.interactions(channel="phone")] == ["waiting", "waiting"]
    await both.seat("ada")
    await both.seat("fay")
    await begin_the_day(both)
    (first,) = await both.requests("CallCustomer")
    rows = {row["id"]: row for row in await both.interactions(channel="phone")}
    rung = first.outbox_id.partition(".")[0]
    (other,) = [row for row in rows.values() if row["id"] != rung]
    assert (rows[rung]["state"], other["state"]) == ("dialling", "waiting")
    assert "callback_refused" in await both.said(other["id"], "fact")
    await both.take(call_answered(first.outbox_id))
    await both.take(customer_left("CA-out"))
    await both.turn(AGAIN)
    assert [one.outbox_id.partition(".")[0] for one in await both.requests("CallCustomer")] == [rung, other["id"]]
    await both.check_restored()
