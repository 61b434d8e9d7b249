"""The list of agreed calls: an agent's own, those of a supervisor's queues, and who may move and cancel them."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.api.agreed_calls import AgreedCalls
from hub.storage import tables
from tests.hub.calls.test_appointments import ELEVEN, TEN, about, agree_on_office_hours, held
from tests.hub.house import House


@pytest.fixture
async def agreed(house: House) -> AsyncIterator[House]:
    """Ada has promised Pia a call."""
    await agree_on_office_hours(house)
    assert await about(house, "make_appointment", local_at=TEN, note="About the parcel") == ""
    yield house


async def read(house: House, name: str) -> list[dict[str, Any]]:
    looks = Looks(house.db, house.clock)
    page = AgreedCalls(house.db, Reading(house.db, house.clock, looks, days=30), looks)
    answer = await page._list(make_mocked_request("GET", "/api/me/agreed-calls"), await house.staff(name))
    assert isinstance(answer, web.Response)
    calls: list[dict[str, Any]] = orjson.loads(answer.text or "")["calls"]
    return calls


async def test_who_promised_it_and_who_supervises_its_queue_read_it_with_the_customers_zone(agreed: House) -> None:
    (own,) = await read(agreed, "ada")
    assert (own["customer_name"], own["local_at"], own["note"]) == ("Pia Lindqvist", TEN, "About the parcel")
    assert (own["time_zones"], own["agent_name"]) == (["Europe/Stockholm"], "Ada Holm")
    assert own["at"] * 1000 == agreed.state.book.read_local(TEN)
    assert [one["id"] for one in await read(agreed, "dot")] == [own["id"]]
    assert await read(agreed, "ben") == [], "it is nobody else's"
    rows = await agreed.rows(tables.audit, tables.audit.c.action == "appointments.read")
    assert [row["staff_id"] for row in rows] == ["ada", "dot"], "each look is a row"


async def test_it_is_moved_and_cancelled_by_them_inside_the_hours_and_by_nobody_else(agreed: House) -> None:
    (one,) = agreed.floor.appointments
    for name in ("dot", "ben"):
        await agreed.seat(name)
    move = {"appointment_id": one, "local_at": ELEVEN}
    assert (await agreed.ask("ben", "move_agreed_call", **move)).code == "unknown_appointment"
    assert (await agreed.ask("ben", "cancel_agreed_call", appointment_id=one)).code == "unknown_appointment"
    refused = await agreed.ask("dot", "move_agreed_call", appointment_id=one, local_at="2026-11-28T10:00")
    assert (refused.code, refused.field) == ("outside_hours", "local_at")
    assert (await agreed.ask("dot", "move_agreed_call", **move)).code == ""
    assert [each["local_at"] for each in held(agreed)["appointments"]] == [ELEVEN], "its holder sees it at once"
    await agreed.check_screens()
    assert (await agreed.ask("ada", "cancel_agreed_call", appointment_id=one)).code == ""
    assert await read(agreed, "ada") == []
    assert (await agreed.said(held(agreed)["id"], "fact"))[-2:] == ["appointment_moved", "appointment_cancelled"]
    assert (await agreed.ask("ada", "cancel_agreed_call", appointment_id=one)).code == "unknown_appointment"
    await agreed.check_restored()
