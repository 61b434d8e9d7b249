"""Calls of an outage become interactions with the times that they really had."""

import pytest

from hub.policies.stored_versions import load_book
from hub.reports.wallboard_figures import read_board
from hub.storage import tables
from routing.model import SECOND
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, SAM, call, customer_left


@BOTH
async def test_a_call_that_ended_in_an_outage_is_abandoned_with_its_own_times_and_counted(house: House) -> None:
    ada = await house.seat("ada")
    now = house.clock.at
    began, ended = now - 900 * SECOND, now - 840 * SECOND
    await house.take(call("CA1", SAM, began_at=began, ended_at=ended))
    row = await house.interaction(provider_ref="CA1")
    assert (row["state"], row["closed_as"], row["call_state"]) == ("closed", "abandoned", "over")
    assert (row["entered_at"], row["ended_at"], row["closed_at"]) == (began, ended, ended)
    assert (row["customer_id"], row["is_customer_gone"]) == ("sam", True)
    assert ada.offers == [] and house.floor.interactions == {}
    messages = await house.rows(tables.message, tables.message.c.interaction_id == row["id"])
    facts = [(one["fact"], one["at"]) for one in messages]
    assert facts == [("entered", began), ("missed", ended)]
    async with house.db.read() as conn:
        book = await load_book(conn)
        assert book is not None
        board = await read_board(conn, book, house.clock.at)
    line = next(one.line for one in board.queues if one.queue == "service")
    assert (line.abandoned, line.waiting) == (1, 0)


@pytest.mark.parametrize(("seconds", "closed_as"), [(4, "short_abandoned"), (12, "abandoned")])
async def test_its_own_length_decides_whether_it_was_short(house: House, seconds: int, closed_as: str) -> None:
    began = house.clock.at - 3600 * SECOND
    await house.take(call("CA1", began_at=began, ended_at=began + seconds * SECOND))
    assert (await house.interaction(provider_ref="CA1"))["closed_as"] == closed_as


async def test_a_caller_who_is_still_on_the_line_has_waited_since_they_called(house: House) -> None:
    """So they are served before a customer of the same tier who called when the hub was back."""
    now = house.clock.at
    await house.take(call("CA1", "+46701749998"))
    await house.take(call("CA2", "+46701749997", began_at=now - 120 * SECOND))
    row = await house.interaction(provider_ref="CA2")
    assert (row["state"], row["entered_at"], row["call_state"]) == ("waiting", now - 120 * SECOND, "waiting")
    ada = await house.seat("ada")
    assert [offer["interaction_id"] for offer in ada.offers] == [row["id"]]
    await house.take(customer_left("CA2"))
    assert (await house.interaction(provider_ref="CA2"))["closed_as"] == "abandoned"


async def test_a_providers_clock_that_is_ahead_dates_nothing_into_the_future(house: House) -> None:
    ahead = house.clock.at + 3600 * SECOND
    await house.take(call("CA1", GUS, began_at=ahead, ended_at=ahead + SECOND), call("CA2", PIA, began_at=ahead))
    for row in (await house.interaction(provider_ref="CA1"), await house.interaction(provider_ref="CA2")):
        assert row["entered_at"] <= house.clock.at and (row["closed_at"] or 0) <= house.clock.at


async def test_a_call_that_its_webhook_had_reported_is_not_closed_by_the_list(house: House) -> None:
    first = call("CA1")
    await house.take(first)
    await house.take(call("CA1", began_at=house.clock.at - 60 * SECOND, ended_at=house.clock.at))
    assert (await house.interaction(provider_ref="CA1"))["state"] == "waiting"
