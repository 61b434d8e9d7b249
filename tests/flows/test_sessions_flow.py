"""A session ends in one process: every screen of it ends in the other, and none is obeyed there any more.

The rule of this file: two whole hubs on one PostgreSQL and one Valkey. Each screen gives command after command until
it is cut off: what is still open might be obeyed.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hub.storage import tables
from hub.storage.database import Connection, Database
from tests.flows.cable import Cable
from tests.flows.customers import eventually
from tests.flows.desk import Desk
from tests.flows.house import SeededServer, WholeHouse
from tests.flows.line import Line, LineCut
from tests.flows.process_starter import ProcessStarter
from tests.flows.test_cluster_flow import Cluster, open_cluster

PROMISED_SECONDS = 5.0
PAUSE_SECONDS = 0.1  # between two commands of a screen, which may give ten a second
NEW_PASSWORD = "seventeen green bicycles 再见"
REASONS = ("lunch", "meeting")
End = Callable[["Person"], Awaitable[object]]


@dataclass
class Screen:
    """`told` is why it was closed."""

    line: Line
    namespace: str
    told: list[str] = field(default_factory=list)
    is_obeyed: bool = False

    @classmethod
    async def open(cls, house: WholeHouse, cookie: str, namespace: str = "/desk") -> "Screen":
        told: list[str] = []
        line = Line(namespace, ("signed_out",), lambda event, data: told.append(data["reason"]))
        await line.connect(house.url, Cookie=cookie)
        return cls(line, namespace, told)

    async def command_until_cut(self) -> None:
        for number in range(1_000):
            away = {"kind": "set_state", "state": "unavailable", "reason": REASONS[number % 2]}
            give = {"kind": "assign_interaction", "interaction_id": "nothing", "version": 1, "agent_id": "ada"}
            what = away if self.namespace == "/desk" else give
            try:
                answer = await self.line.ask("command", {"id": uuid.uuid4().hex, **what})
            except LineCut:
                return
            if answer["code"] in ("", "unknown_interaction"):  # it was looked for
                self.is_obeyed = True
            await asyncio.sleep(PAUSE_SECONDS)


@dataclass
class Person:
    """Somebody signed in once at the first hub, with screens of that session at both."""

    name: str
    cookie: str
    cluster: Cluster
    screens: list[Screen]

    @classmethod
    async def arrive(cls, cluster: Cluster, name: str, *namespaces: str) -> "Person":
        cookie = await cluster.cast.cookie(name)
        screens = [await Screen.open(cluster.one, cookie)] if "/desk" in namespaces else []
        screens += [await Screen.open(cluster.two, cookie, namespace) for namespace in namespaces]
        return cls(name, cookie, cluster, screens)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.cluster.cast.post(path, self.cookie, body)

    async def _are_obeyed(self) -> bool:
        return all(screen.is_obeyed for screen in self.screens)

    async def is_out(self, end: End, reason: str = "signed_out") -> None:
        """What `end` ends, ends at both hubs in time."""
        commanding = [asyncio.create_task(screen.command_until_cut()) for screen in self.screens]
        await eventually(self._are_obeyed)
        await end(self)
        _, late = await asyncio.wait(commanding, timeout=PROMISED_SECONDS)
        for task in late:
            task.cancel()
        assert not late, f"{self.name}: {len(late)} screens are open, and may be obeyed"
        for screen in self.screens:
            assert screen.told == [reason], f"{self.name} at {screen.namespace}"
            with pytest.raises(LineCut):
                await Screen.open(self.cluster.two, self.cookie, screen.namespace)
        for screen in self.screens:
            await screen.line.close()


async def sign_out(person: Person) -> None:
    await person.post("/api/sign-out")


async def change_password(person: Person) -> None:
    asked = {"name": person.name, "password": person.cluster.one.password, "new_password": NEW_PASSWORD}
    async with person.cluster.cast.session.post(f"{person.cluster.one.url}/api/password", json=asked) as answer:
        assert answer.status == 200, await answer.text()


async def be_disabled(person: Person) -> None:
    await person.cluster.cast.post(
        f"/api/staff/{person.name}/disable", await person.cluster.cast.cookie("tomasz"), {}
    )


async def be_signed_out_by_an_administrator(person: Person) -> None:
    cookie = await person.cluster.cast.cookie("tomasz")
    found = await person.cluster.cast.get(f"/api/staff/{person.name}/sessions", cookie)
    for session in found["sessions"]:
        await person.cluster.cast.post(f"/api/staff/{person.name}/sessions/{session['id']}/end", cookie, {})


async def expire(person: Person) -> None:
    """Its hours are over for every process at the same instant."""
    t = tables.staff_session
    database = await Database.open(person.cluster.one.settings["database"]["url"], read_connections=1)

    async def unit(conn: Connection) -> None:
        await conn.execute(update(t).where(t.c.staff_id == person.name).values(expires_at=1))

    await database.write(unit)
    await database.close()


async def lose_the_role(cluster: Cluster, name: str, left: str) -> None:
    """By a command beside the hubs, which nobody tells them of."""
    await cluster.one.command_beside("roles", name, left)


async def test_a_word_over_the_bus_ends_every_screen_at_once(
    process_starter: ProcessStarter, seeded_server: SeededServer, valkey_url: str, tmp_path: Path
) -> None:
    """It is the bus: the second hub never looks for itself."""
    ends = {
        "ada": sign_out,
        "ben": change_password,
        "cleo": be_signed_out_by_an_administrator,
        "dot": be_disabled,
    }
    listener = open_cluster(
        process_starter, seeded_server, valkey_url, tmp_path, second="tests.flows.hub_that_only_listens"
    )
    async with listener as cluster:
        people = {name: await Person.arrive(cluster, name, "/desk") for name in ends}
        people["dot"].screens.append(await Screen.open(cluster.two, people["dot"].cookie, "/wallboard"))
        await asyncio.gather(*(people[name].is_out(end) for name, end in ends.items()))


@pytest.mark.promise("P9")
async def test_without_the_bus_every_screen_ends_in_time_by_looking(
    process_starter: ProcessStarter, seeded_server: SeededServer, bus: tuple[Cable, str], tmp_path: Path
) -> None:
    """And what an agent held who is none any more is offered to the next one in the same time."""
    cable, bus_url = bus
    ends = {"ada": sign_out, "ben": change_password, "cleo": expire, "emre": be_disabled}
    async with open_cluster(process_starter, seeded_server, bus_url, tmp_path) as cluster:
        people = {name: await Person.arrive(cluster, name, "/desk") for name in ends}
        fay = await cluster.desk("fay", cluster.two)
        assert await cluster.provider(cluster.one).send_sms("+46701740301", "Hej 你好") == 200
        held = await fay.accept()
        desk = await cluster.desk("dot", cluster.one)
        dot = await Person.arrive(cluster, "dot", "/wallboard")
        await cable.cut()
        await asyncio.gather(
            *(people[name].is_out(end) for name, end in ends.items()),
            dot.is_out(lambda person: lose_the_role(cluster, "dot", "agent"), "may_not"),
            goes_on_to(desk, held["id"], lambda: lose_the_role(cluster, "fay", "author")),
        )
        assert await cluster.provider(cluster.one).send_sms("+46701740302", "Hej igen") == 200
        await desk.until(lambda screen: len(screen["offers"]) == 2)  # by a role that dot still has


async def goes_on_to(desk: Desk, interaction_id: str, lose: Callable[[], Awaitable[None]]) -> None:
    await lose()
    began = time.monotonic()
    assert (await desk.is_offered())["interaction_id"] == interaction_id
    assert time.monotonic() - began < PROMISED_SECONDS
