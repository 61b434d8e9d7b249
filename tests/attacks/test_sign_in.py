"""What strangers do at the door beside guessing: forge a known device, choose a session, fill tables, race an
administrator. And what must not keep an owner out, nor let a poor password in.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select, update

from hub.access import guesses
from hub.access.failed_tries import ROWS
from hub.access.guesses import NAME
from hub.access.known_devices import DEVICE_COOKIE
from hub.access.sessions import Client
from hub.access.signing_in import _key_of
from hub.access.turns import TooManyTries
from hub.app import HubProcess
from hub.clock import SystemClock
from hub.storage import tables
from hub.storage.database import Connection
from tests.attacks.visitors import beside
from tests.hub.connected_screens import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("whole_budgets")]


async def test_one_address_that_tries_every_name_runs_out_of_tries(hub: HubProcess, visit: Any) -> None:
    spraying = visit()
    names = [f"name-{number}" for number in range(100)]
    answers = Counter(await asyncio.gather(*(spraying.sign_in(name, "Winter2026!") for name in names)))
    assert answers[401] < 60
    assert answers[429] > 0
    assert await visit().sign_in("ada", PASSWORD) == 200


async def test_an_owner_gets_in_from_an_unknown_device_while_strangers_try(
    hub: HubProcess, visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PATIENCE_SECONDS", 25.0)
    storms = [asyncio.create_task(visit().guess("ben", 100, at_once=6)) for _ in range(5)]
    async with asyncio.timeout(60):
        while await hub.db.write(lambda conn: guesses.take_try(conn, "name:ben", NAME, SystemClock().now())) == 0:
            pass  # the name has no tries left
        began = asyncio.get_running_loop().time()
        assert await visit().sign_in("ben", PASSWORD) == 200
        assert asyncio.get_running_loop().time() - began < 30
    for storm in storms:
        storm.cancel()
    await asyncio.gather(*storms, return_exceptions=True)


@pytest.mark.parametrize(
    ("addresses", "names"), [(100, 1), (16, 1), (1, 1), (60, 10)], ids=["botnet", "few", "behind one proxy", "names"]
)
async def test_a_full_line_makes_room_for_whoever_has_not_been_at_it_for_long(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch, addresses: int, names: int
) -> None:
    monkeypatch.setattr(guesses, "PATIENCE_SECONDS", 25.0)
    doors = guesses.Guesses(hub.db, SystemClock())
    lines, refused = doors._lines, asyncio.Event()

    async def guess(number: int) -> None:
        while True:
            with suppress(TooManyTries):
                await doors.take(f"name:{number % names}", f"address:{number % addresses}", "a script")
            refused.set()
            await asyncio.sleep(0.05)

    storm = [asyncio.create_task(guess(number)) for number in range(100 if names == 1 else 600)]
    try:
        async with asyncio.timeout(30):
            while sum(len(line.waiting) for line in lines.values()) < min(4 * addresses, 64 if names == 1 else 500):
                refused.clear()
                await refused.wait()
        address = "address:0" if addresses == 1 else "address:own"  # also where the storm comes from
        async with asyncio.timeout(30):
            await doors.take("name:0" if names == 1 else "name:own", address, "a browser")
    finally:
        for one in storm:
            one.cancel()
        await asyncio.gather(*storm, return_exceptions=True)
        doors.stop()


async def test_a_device_that_is_known_for_one_person_is_a_stranger_to_another(hub: HubProcess, visit: Any) -> None:
    ada, stranger = visit(), visit()
    assert await ada.sign_in("ada", PASSWORD) == 200
    (mine,) = [c for c in ada.session.cookie_jar if c.key.startswith(DEVICE_COOKIE)]
    signing_in = beside(hub)
    find = signing_in._devices.find
    assert await find("ada", f"{mine.key}={mine.value}")
    name, value = await signing_in._devices.make("ben")
    for forged in (
        f"{name}={mine.value}",
        f"{mine.key}={value}",
        f"{mine.key}={mine.value}x",
        f"{mine.key}=a.1.b",
        "",
    ):
        assert await find("ada", forged) == ""
        assert await find("ben", forged) == ""
    await stranger.session.close()


async def test_a_known_device_has_no_endless_tries_either(hub: HubProcess, visit: Any) -> None:
    ada = visit()
    assert await ada.sign_in("ada", PASSWORD) == 200
    answers = await ada.guess("ada", 40)
    assert answers[401] <= guesses.DEVICE.burst + 4
    assert await visit().sign_in("ada", PASSWORD) == 200


async def test_a_right_password_gets_its_try_back(hub: HubProcess, visit: Any) -> None:
    for _ in range(NAME.burst + 5):
        assert await visit("203.0.113.200").sign_in("cleo", PASSWORD) == 200


async def test_names_made_up_fill_no_table(hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    signing_in = beside(hub)
    keys = {_key_of("", f"name {number}") for number in range(20_000)}
    assert len(keys) <= 4096
    for number in range(3000):
        signing_in.failed.add("", f"192.0.2.{number}")
    a = tables.audit
    count = select(func.count()).select_from(a).where(a.c.action == "sign_in.failed")
    async with hub.db.read() as conn:
        before = await conn.scalar(count)
    for _ in range(5):
        await signing_in.failed.write()
    async with hub.db.read() as conn:
        assert await conn.scalar(count) - before <= 31
    assert len(signing_in.failed._counts) <= 1001


async def test_failures_and_successes_are_audited_without_what_was_typed(hub: HubProcess, visit: Any) -> None:
    assert hub.periodic._signing_in is not None
    failed = hub.periodic._signing_in.failed
    failed._counts.clear()  # storms of other tests have used up the room
    failed._rows = ROWS
    visitor = visit("198.51.100.7")
    assert await visitor.sign_in("emre", "Tr0ub4dor&3 typed") == 401
    assert await visitor.sign_in("emre", PASSWORD) == 200
    async with visitor.session.post(f"{hub.url}/api/sign-out", headers={"X-Forwarded-For": "198.51.100.7"}) as answer:
        assert answer.status == 200
    a = tables.audit
    async with asyncio.timeout(60):  # the hub may be writing it at this moment
        by_stranger = select(a.c.id).where(a.c.subject == "emre", a.c.staff_id == "stranger")
        while not await hub.db.write(lambda conn: conn.scalar(by_stranger)):
            await hub.periodic._tidy_sign_in()
    async with hub.db.read() as conn:
        rows = (await conn.execute(select(a).where(a.c.subject == "emre").order_by(a.c.id))).mappings().all()
        ended = (await conn.execute(select(a).where(a.c.action == "self.sign_out"))).mappings().all()
    told = [(row["staff_id"], row["action"]) for row in rows]
    assert ("stranger", "sign_in.failed") in told
    assert ("emre", "self.sign_in") in told
    assert "emre" in [row["staff_id"] for row in ended]
    assert all("198.51.100.7" in row["detail"] for row in rows)
    assert "Tr0ub4dor" not in str(rows)


async def test_a_password_that_is_easy_to_guess_is_refused(hub: HubProcess, visit: Any) -> None:
    for poor in (
        "password1234",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "fay o'brien 2026",
        "FayFayFayFay1!",
        "abcdefghijklmnop",
        "letmeinletmein1",
        "Nordpost Bank 2026",
    ):
        status, answer = await visit().post("/api/password", name="fay", password=PASSWORD, new_password=poor)
        assert (status, answer["code"]) == (400, "guessable_password"), poor
    status, _ = await visit().post(
        "/api/password", name="fay", password=PASSWORD, new_password="tram lantern oboe 81 frost"
    )
    assert status == 200


async def test_who_is_disabled_while_the_password_is_looked_at_is_not_let_in(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing_in = beside(hub)
    verify, s = signing_in._hashing.verify, tables.staff

    async def set_disabled(at: int | None) -> None:
        async def unit(conn: Connection) -> None:
            await conn.execute(update(s).where(s.c.id == "dot").values(disabled_at=at))

        await hub.db.write(unit)

    async def slow(*args: Any, **more: Any) -> bool:
        is_right = await verify(*args, **more)
        await set_disabled(1)
        return is_right

    monkeypatch.setattr(signing_in._hashing, "verify", slow)
    try:
        assert await signing_in.sign_in("dot", PASSWORD, Client()) is None
    finally:
        await set_disabled(None)


async def test_a_new_sign_in_ends_the_session_that_the_browser_had(hub: HubProcess, visit: Any) -> None:
    visitor = visit()
    assert await visitor.sign_in("ada", PASSWORD) == 200
    (old,) = [c.value for c in visitor.session.cookie_jar if c.key == "hub_session"]
    assert await visitor.sign_in("ada", PASSWORD) == 200
    (new,) = [c.value for c in visitor.session.cookie_jar if c.key == "hub_session"]
    assert old != new
    async with visit().session.get(f"{hub.url}/api/me", headers={"Cookie": f"hub_session={old}"}) as answer:
        assert answer.status == 401


async def test_a_session_that_somebody_else_chose_is_none(hub: HubProcess, visit: Any) -> None:
    visitor = visit()
    visitor.session.cookie_jar.update_cookies({"hub_session": "chosen-by-an-attacker"})
    assert await visitor.sign_in("ada", PASSWORD) == 200
    async with visit().session.get(
        f"{hub.url}/api/me", headers={"Cookie": "hub_session=chosen-by-an-attacker"}
    ) as answer:
        assert answer.status == 401
