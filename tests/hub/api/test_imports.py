"""Imports over HTTP: a file goes up in parts, is read, looked at, applied and taken back; the trail has each act."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select

from hub.api.customer_exports import SHEET
from hub.app import HubProcess
from hub.storage import customers, import_parts, tables
from hub.storage.import_parts import LARGEST_PART
from hub.storage.profiles import ValueChange, change_profiles
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
FILE = """Customer;手机;Ort;Remarks
sam;;Luleå;x
;+46 70 999 00 11;Malmö;
;12;Lund;
"""


class Office:
    """An administrator at the page of imports."""

    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}

    async def ask(self, path: str, body: Any = None, name: str = "tomasz") -> tuple[int, Any]:
        """`body`: JSON, or the bytes of a part."""
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        headers = {"Cookie": self._cookies[name]}
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        method, url = "GET" if body is None else "POST", f"{self.hub.url}/api/imports{path}"
        async with self._session.request(method, url, headers=headers, **sent) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def upload(self, text: str | bytes, name: str = "base.csv") -> str:
        data = text if isinstance(text, bytes) else text.encode()
        status, begun = await self.ask("", {"name": name, "size": len(data)})
        assert status == 200
        parts = [data[at : at + LARGEST_PART] for at in range(0, len(data), LARGEST_PART)] or [b""]
        for number, part in enumerate(parts):
            assert (await self.ask(f"/{begun['id']}/parts/{number}", part))[0] == 200
        assert await self.ask(f"/{begun['id']}/read", {"parts": len(parts)}) == (200, {})
        return str(begun["id"])

    async def see(self, import_id: str, *states: str) -> Any:
        """As the page asks, until it is in one of these states."""
        async with asyncio.timeout(30):
            while True:
                status, view = await self.ask(f"/{import_id}")
                assert status == 200
                if view["state"] in states:
                    return view
                await asyncio.sleep(0.02)

    async def until_no_part_is_left(self) -> None:
        """The parts of a file go once it is applied, a little later."""
        async with asyncio.timeout(30):
            while True:
                async with self.hub.db.read() as conn:
                    if not await import_parts.is_any_left(conn):
                        return
                await asyncio.sleep(0.02)

    async def city(self, customer_id: str) -> Any:
        async with self.hub.db.read() as conn:
            return orjson.loads((await customers.find(conn, [customer_id]))[customer_id].profile).get("city")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(hub: HubProcess) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(hub, session)


async def test_a_file_is_read_changed_applied_and_taken_back(office: Office) -> None:
    before = await office.city("sam")
    import_id = await office.upload(FILE)
    view = await office.see(import_id, "staged")
    assert (view["columns"], view["targets"]) == (
        ["Customer", "手机", "Ort", "Remarks"],
        ["customer_id", "phone", "", ""],
    )
    assert (view["added"], view["same"], view["refused"]) == (1, 1, 1)
    targets = ["customer_id", "phone", "city", ""]
    assert await office.ask(f"/{import_id}/read", {"parts": 1, "targets": targets, "country": "SE"}) == (200, {})
    view = await office.see(import_id, "staged")
    assert (view["added"], view["changed"], view["form"]) == (1, 1, "CSV, UTF-8, separated by ;")
    assert [(line["line"], line["column"], line["problem"]) for line in view["refused_lines"]] == [
        (4, "手机", "phone")
    ]
    (sam, other) = view["other_lines"]
    assert (sam["customer_id"], sam["name"]) == ("sam", "Sam Okoye")
    assert sam["changes"] == {"city": [before, "Luleå"]}
    assert other["addresses"] == ["+46709990011"]
    assert await office.city("sam") == before
    assert (await office.ask(f"/{import_id}/apply", {}))[0] == 200
    view = await office.see(import_id, "applied")
    assert view["may_take_back"] and await office.city("sam") == "Luleå"
    assert await office.ask(f"/{import_id}/cancel", {}) == (409, {"code": "moved"})
    await office.until_no_part_is_left()
    change = ValueChange(customer_id="sam", name="city", new="Ystad", known="Ystad", at=1, changed_by="agent")
    await office.hub.db.write(lambda conn: change_profiles(conn, [change]))
    assert (await office.ask(f"/{import_id}/take-back", {}))[0] == 200
    view = await office.see(import_id, "taken_back")
    assert await office.city("sam") == "Ystad"
    sam = {"customer_id": "sam", "name": "Sam Okoye", "why": "changed", "names": ["city"]}
    assert (view["stayed"], view["stays"], view["may_take_back"]) == (1, [sam], False)
    a = tables.audit.c
    async with office.hub.db.read() as conn:
        acts = list(await conn.scalars(select(a.action).where(a.subject == import_id).order_by(a.id)))
    assert acts == [
        "imports.upload",
        "imports.read",
        "imports.apply",
        "imports.cancel",
        "imports.take_back",
    ]


async def test_the_columns_can_be_said_where_none_says_whose_line_it_is(office: Office) -> None:
    import_id = await office.upload("Nummer,Ort\n+46709990012,Ystad\n", "other.csv")
    view = await office.see(import_id, "unreadable")
    assert (view["problem"], view["columns"]) == ("whose", ["Nummer", "Ort"])
    assert (await office.ask(f"/{import_id}/read", {"parts": 1, "targets": ["phone", "city"]}))[0] == 200
    assert (await office.see(import_id, "staged"))["added"] == 1
    assert (await office.ask(f"/{import_id}/cancel", {}))[0] == 200
    listed = (await office.ask(""))[1]["imports"]
    assert next(one for one in listed if one["id"] == import_id)["state"] == "cancelled"
    assert await office.ask(f"/{import_id}/apply", {}) == (409, {"code": "moved"})


async def test_what_is_too_large_or_not_whole_is_refused(office: Office) -> None:
    assert await office.ask("", {"name": "a.csv", "size": 10**9}) == (413, {"code": "too_large"})
    _, begun = await office.ask("", {"name": "../../etc/passwd", "size": 3})
    assert (await office.ask(f"/{begun['id']}"))[1]["file_name"] == "passwd"
    assert await office.ask(f"/{begun['id']}/parts/0", b"x" * (LARGEST_PART + 1)) == (413, {"code": "too_large"})
    assert await office.ask(f"/{begun['id']}/parts/1", b"a,b") == (200, {})
    assert await office.ask(f"/{begun['id']}/read", {"parts": 2}) == (409, {"code": "missing"})
    assert (await office.ask(f"/{begun['id']}/read", {"parts": 1, "targets": ["tier"]}))[0] == 400
    assert (await office.ask(f"/{begun['id']}/cancel", {}))[0] == 200


async def test_an_export_says_why_and_is_what_the_import_finds_unchanged(office: Office) -> None:
    cookie = {"Cookie": await sign_in(office.hub.url, "tomasz")}
    url = f"{office.hub.url}/api/customer-exports"
    async with aiohttp.ClientSession(headers=cookie) as session:
        async with session.post(url, json={"reason": " "}) as answer:
            assert answer.status == 400
        async with session.post(url, json={"reason": "for the letters", "segment_id": "none"}) as answer:
            assert answer.status == 404
        async with session.post(url, json={"reason": "for the letters"}) as answer:
            assert (answer.status, answer.content_type) == (200, "text/csv")
            text = await answer.read()
        more = {"ids": ["sam", "pia"], "form": "xlsx"}
        async with session.post(url, json={"reason": "for the letters", **more}) as answer:
            assert (answer.status, answer.content_type) == (200, SHEET)
            assert answer.headers["Content-Disposition"] == 'attachment; filename="customers-all.xlsx"'
            sheet = await answer.read()
    a = tables.audit.c
    async with office.hub.db.read() as conn:
        found = await conn.execute(select(a.subject, a.detail).where(a.action == "customers.export").order_by(a.id))
        trail = [(subject, orjson.loads(detail)["reason"]) for subject, detail in found]
    assert trail == [("all", "for the letters"), ("2 customers", "for the letters")]
    two = await office.see(await office.upload(sheet, "two.xlsx"), "staged", "unreadable")
    assert (two["added"], two["changed"], two["refused"], two["same"]) == (0, 0, 0, 2)
    assert (await office.ask(f"/{two['id']}/cancel", {}))[0] == 200
    view = await office.see(await office.upload(text, "export.csv"), "staged", "unreadable")
    assert (view["added"], view["changed"], view["refused"]) == (0, 0, 0) and view["same"] > 5
    assert (await office.ask(f"/{view['id']}/cancel", {}))[0] == 200
    cookie = {"Cookie": await sign_in(office.hub.url, "ada")}
    async with (
        aiohttp.ClientSession(headers=cookie) as session,
        session.post(url, json={"reason": "for the letters"}) as answer,
    ):
        assert answer.status == 403


async def test_only_administrators_import(office: Office) -> None:
    for name in ("ada", "dot"):
        assert (await office.ask("", None, name))[0] == 403
        assert (await office.ask("", {"name": "a.csv", "size": 1}, name))[0] == 403
