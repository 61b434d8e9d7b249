"""An import is seen by one switch: whoever looks finds nothing of it or all, at whichever statement it is cut."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from hub.exchange import importing
from hub.exchange.column_mapping import ColumnMapping
from hub.exchange.importing import Wish, begin_applying, begin_taking_back, cancel, finish, stage
from hub.policies.document import PolicyDocument
from hub.storage import customers, imports
from hub.storage.customer_tables import profile_change, rule_value
from hub.storage.database import Database
from hub.storage.import_tables import import_ready as ready_table
from hub.storage.imports import ImportMoved
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.search_tables import customer_search
from tests.hub.exchange.imported_files import read, staged
from tests.hub.house import BOTH

HEADER = "Name,Mobile,E-mail,City,Value\n"
FEW = HEADER + "Pia Berg,+46701740101,,Uppsala,\n王小明,+86 138 1234 5678,wang@post.example,北京,12\n"
STATEMENTS = {"execute", "scalar", "scalars", "fetch_sql", "execute_sql", "execute_long_sql", "execute_sql_for_all"}
MOST = 200
EXAMPLES = {"sqlite": 20, "postgresql": 3}
STEPS = 12


class Cut(Exception):
    """The process is gone."""


class Cutting:
    """A connection whose statement with a certain number is never carried out."""

    def __init__(self, connection: Any, cuts: "Cuts") -> None:
        self._connection, self._cuts = connection, cuts

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in STATEMENTS:
            return found

        async def run(*arguments: Any, **more: Any) -> Any:
            self._cuts.count()
            return await found(*arguments, **more)

        return run


class Cuts:
    """Cuts each write of a database at one statement, or between its commit and what follows."""

    def __init__(self, db: Database, at: int, patch: pytest.MonkeyPatch) -> None:
        self._at, self._number = at, 0
        for name in ("write", "write_long"):
            patch.setattr(db, name, self._cut(getattr(db, name)))

    def _cut(self, write: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        async def run(unit: Callable[[Any], Awaitable[Any]]) -> Any:
            result = await write(lambda conn: unit(Cutting(conn, self)))
            self.count()
            return result

        return run

    def count(self) -> None:
        self._number += 1
        if self._number >= self._at:  # nothing follows it either
            raise Cut

    @property
    def is_reached(self) -> bool:
        return self._number >= self._at


async def run_cut(db: Database, at: int, patch: pytest.MonkeyPatch, work: Callable[[], Awaitable[Any]]) -> bool:
    """Whether it was cut."""
    with patch.context() as cutting:
        cuts = Cuts(db, at, cutting)
        with suppress(Cut):
            await work()
        return cuts.is_reached


async def find_state(db: Database, import_id: str) -> str:
    async with db.read() as conn:
        one = await imports.find(conn, import_id)
    return "" if one is None else one.state


@BOTH
async def test_an_import_that_is_cut_at_any_statement_is_seen_whole_or_not_at_all(
    db: Database, document: PolicyDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it goes on, or is thrown away."""
    before, whole, seen = await read(db), None, set()
    for number in range(1, MOST):
        one = await staged(db, document, tmp_path / "base.csv", FEW)

        async def apply(import_id: str = one.id) -> None:
            await begin_applying(db, import_id)
            await finish(db, import_id, document, lambda: 6)

        was_cut = await run_cut(db, number, monkeypatch, apply)
        state = await find_state(db, one.id)
        seen.add(state)
        if state in ("staged", "applying"):
            assert await read(db) == before
            if number % 2:
                await cancel(db, one.id)
                assert await read(db) == before
                continue
            if state == "staged":
                await begin_applying(db, one.id)
        else:
            assert await read(db) != before
            assert whole is None or await read(db) == whole
        assert (await finish(db, one.id, document, lambda: 6)).state == "applied"
        whole = whole or await read(db)
        assert await read(db) == whole
        async with db.read() as conn:
            assert not list(await conn.scalars(select(ready_table.c.customer_id)))
        await begin_taking_back(db, one.id)
        assert (await finish(db, one.id, document, lambda: 7)).state == "taken_back"
        assert await read(db) == before
        if not was_cut:
            assert {"staged", "applying", "following", "applied"} <= seen
            return
    raise AssertionError("an import of two lines has fewer statements")


@BOTH
async def test_what_changes_while_it_is_prepared_is_prepared_anew(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    """A person's change of a customer, and an address that is somebody's by now."""
    one = await staged(db, document, tmp_path / "base.csv", FEW)
    one = await begin_applying(db, one.id)
    known = importing.Known(document, 6)
    one = await importing._step(db, one, known)
    by_hand = ValueChange(customer_id="pia", name="note", new="Rings at noon", known=None, at=7, changed_by="agent")
    taken = customers.KnownAddress("gus", "email", "wang@post.example", "claimed")
    await db.write(lambda conn: change_profiles(conn, [by_hand]))
    await db.write(lambda conn: customers.add_addresses(conn, [taken]))
    with pytest.raises(ImportMoved):  # somebody who looked before would show what is not so any more
        await imports.write_long(db, lambda conn: importing._show(conn, one, known))
    assert await find_state(db, one.id) == "applying"
    await finish(db, one.id, document, lambda: 6)
    async with db.read() as conn:
        found = await customers.find(conn, ["pia", "gus"])
        keys = [("phone", "+8613812345678"), ("email", "wang@post.example")]
        owners = {owner.customer.id for owner in (await customers.find_owners(conn, keys)).values()}
    pia = orjson.loads(found["pia"].profile)
    assert (found["pia"].name, pia["city"], pia["note"]) == ("Pia Berg", "Uppsala", "Rings at noon")
    assert (owners, found["gus"].name) == ({"gus"}, "王小明")  # the line is his whose mailbox it is by now


@BOTH
async def test_history_values_and_search_follow_what_the_customers_are_by_then(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    one = await staged(db, document, tmp_path / "base.csv", FEW)
    one = await begin_applying(db, one.id)
    known = importing.Known(document, 6)
    while one.state == "applying":
        one = await importing._step(db, one, known)
    with pytest.raises(ImportMoved):
        await cancel(db, one.id)
    by_hand = ValueChange(customer_id="pia", name="city", new="Falun", known="Falun", at=7, changed_by="agent")
    await db.write(lambda conn: change_profiles(conn, [by_hand]))
    await finish(db, one.id, document, lambda: 8)
    async with db.read() as conn:
        p = profile_change.c
        rows = (await conn.execute(select(p.name, p.old, p.new).where(p.customer_id == "pia"))).all()
        values = (await conn.execute(select(rule_value).where(rule_value.c.customer_id == "pia"))).one()
        names = set(await conn.scalars(select(customer_search.c.name)))
    assert {("name", '"Pia Lindqvist"', '"Pia Berg"'), ("city", '"Göteborg"', '"Uppsala"')} < set(rows)
    assert "Falun" in values and "Uppsala" not in values
    assert {"pia berg", "王小明"} <= names


@BOTH
async def test_two_lines_for_one_customer_are_done_in_their_order(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    before = await read(db)
    text = "Customer id,Name,Value\npia,Pia A,1\npia,,2\npia,Pia B,\n"
    path = tmp_path / "base.csv"
    path.write_text(text)
    mapping = ColumnMapping(("customer_id", "name", "value_now"))
    one = await stage(db, Wish(path, "base.csv", "ada", mapping), document, 5)
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: 6)
    async with db.read() as conn:
        pia = (await customers.find(conn, ["pia"]))["pia"]
    assert (pia.name, orjson.loads(pia.profile)["value_now"]) == ("Pia B", 2)
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: 7)
    assert await read(db) == before


class Model:
    """The base as it ought to be: plain dictionaries."""

    def __init__(self) -> None:
        self.now: dict[str, dict[str, Any]] = {}
        self.undo: dict[str, dict[str, tuple[Any, Any]]] = {}
        self.added: set[str] = set()

    def apply(self, lines: dict[str, dict[str, Any]]) -> None:
        self.undo, self.added = {}, set(lines) - set(self.now)
        for person, values in lines.items():
            their = self.now.setdefault(person, {})
            self.undo[person] = {n: (their.get(n), new) for n, new in values.items() if their.get(n) != new}
            their |= values

    def take_back(self) -> None:
        """Whoever was added is known at their number no more, also if a person has changed them since."""
        for person, changes in self.undo.items():
            if person in self.added:
                del self.now[person]
                continue
            for name, (old, new) in changes.items():
                if self.now[person].get(name) == new:
                    self.now[person] |= {name: old}


async def read_people(db: Database, people: list[str]) -> dict[str, dict[str, Any]]:
    async with db.read() as conn:
        owners = await customers.find_owners(conn, [("phone", one) for one in people])
    found = {}
    for (_, phone), owner in owners.items():
        profile = orjson.loads(owner.customer.profile)
        found[phone] = {name: profile[name] for name in ("city", "note") if profile.get(name) is not None}
    return found


class Story:
    """One base in which things happen by chance, and what it ought to be."""

    def __init__(self, db: Database, document: PolicyDocument, folder: Path, seed: int) -> None:
        self._db, self._document, self._folder = db, document, folder
        self._random, self.model = Random(seed), Model()  # a test
        self._prefix, self._last, self._now = f"+4670{seed:03}", "", 10
        self.people = [f"{self._prefix}{n:04}" for n in range(6)]

    async def step(self) -> str:
        self._now += 10
        what = self._random.choice(("import", "import", "edit", "edit", "undo"))
        if what == "import":
            await self._import()
        elif what == "edit" and self.model.now:
            await self._edit(self._random.choice(sorted(self.model.now)), f"city {self._random.randrange(3)}")
        elif what == "undo" and self._last:
            await begin_taking_back(self._db, self._last)
            await self._finish(self._last)
            self.model.take_back()
            self._last = ""
        return what

    async def _import(self) -> None:
        random = self._random
        lines = {
            one: {name: f"{name} {random.randrange(3)}" for name in ("city", "note") if random.random() < 0.7}
            for one in random.sample(self.people, 3)
        }
        path = self._folder / f"{self._prefix}-{self._now}.csv"
        rows = [f"{one},{their.get('city', '')},{their.get('note', '')}" for one, their in lines.items()]
        path.write_text("\n".join(["Mobile,City,Known", *rows]))
        wish = Wish(path, path.name, "ada", ColumnMapping(("phone", "city", "note")))
        one = await stage(self._db, wish, self._document, self._now)
        if random.random() < 0.2:
            await cancel(self._db, one.id)
            return
        await begin_applying(self._db, one.id)
        await self._finish(one.id)
        self.model.apply(lines)
        self._last = one.id

    async def _edit(self, phone: str, new: str) -> None:
        async with self._db.read() as conn:
            owner = (await customers.find_owners(conn, [("phone", phone)]))["phone", phone]
        given: dict[str, Any] = {"name": "city", "new": new, "known": new, "at": self._now, "changed_by": "agent"}
        change = ValueChange(customer_id=owner.customer.id, **given)
        await self._db.write(lambda conn: change_profiles(conn, [change]))
        self.model.now[phone]["city"] = new

    async def _finish(self, import_id: str) -> None:
        await finish(self._db, import_id, self._document, lambda: self._now)


@BOTH
async def test_imports_undos_and_edits_between_them_are_as_in_a_plain_model(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    async with db.read() as conn:
        number = EXAMPLES[conn.dialect.name]
    for seed in range(number):
        story = Story(db, document, tmp_path, seed)
        for step in range(STEPS):
            what = await story.step()
            now = story.model.now
            expected = {one: {n: v for n, v in their.items() if v is not None} for one, their in now.items()}
            assert await read_people(db, story.people) == expected, (seed, step, what)
