"""Taking an import back is seen by one switch: whoever looks finds all of it or nothing, wherever it is cut."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from hub.exchange import taking_back
from hub.exchange.import_lines import Known
from hub.exchange.importing import begin_applying, begin_taking_back, cancel, finish
from hub.policies.document import PolicyDocument
from hub.storage import customer_search, customers, exports, import_leaving, imports, profiles
from hub.storage.columns import metadata
from hub.storage.database import Connection, Database
from hub.storage.import_tables import import_ready as ready_table
from hub.storage.imports import ImportMoved, StoredImport
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.standing_customers import count_standing
from hub.storage.tables import customer
from hub.storage.tier_moves import TierOverride, fix_tier
from tests.hub.customers.merges import People
from tests.hub.exchange.imported_files import read, staged
from tests.hub.exchange.test_import_switch import FEW, MOST, find_state, run_cut
from tests.hub.house import BOTH

WANG, PIA = ("phone", "+8613812345678"), "pia"


async def see(db: Database) -> Any:
    """What readers find: the base, the export, a count, whose an address is, who is behind each id."""
    async with db.read() as conn:
        listed = [one.customer.name for one in await exports.list_slice(conn, "", 99, None, [])]
        number = await conn.scalar(count_standing())
        owners = await customers.find_owners(conn, [WANG, ("phone", "+46701740101")])
        everybody = list(await conn.scalars(select(customer.c.id)))
        known = {one.name for one in (await customers.find(conn, everybody)).values()}
        hits = [one.customer_id for one in await customer_search.find(conn, "王小明", ["standard"], 9)]
        shown = await customers.find(conn, hits)  # as the page does
    return await read(db), sorted(listed), number, sorted(owners), known, len(shown)


async def put_in(db: Database, document: PolicyDocument, path: Path, text: str = FEW) -> StoredImport:
    one = await staged(db, document, path, text)
    await begin_applying(db, one.id)
    return await finish(db, one.id, document, lambda: 6)


async def prepare(db: Database, document: PolicyDocument, one: StoredImport) -> StoredImport:
    """Until the switch is next."""
    one = await begin_taking_back(db, one.id)
    while True:
        async with db.read() as conn:
            if not await imports.list_lines_before(conn, one.id, one.at_line, 1):
                return one
        one = await taking_back.step(db, one, Known(document, 7))


@BOTH
async def test_taking_back_that_is_cut_at_any_statement_is_seen_whole_or_not_at_all(
    db: Database, document: PolicyDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it goes on, or the import stays; then nothing is left of either."""
    before, seen = await see(db), set()
    for number in range(1, MOST):
        one = await put_in(db, document, tmp_path / "base.csv")
        whole = await see(db)
        assert whole != before

        async def take_back(import_id: str = one.id) -> None:
            await begin_taking_back(db, import_id)
            await finish(db, import_id, document, lambda: 7)

        was_cut = await run_cut(db, number, monkeypatch, take_back)
        state = await find_state(db, one.id)
        seen.add(state)
        if state in ("applied", "taking_back"):
            assert await see(db) == whole
            if state == "taking_back" and number % 2:
                assert (await cancel(db, one.id)).state == "applied"
                assert await see(db) == whole
                state = "applied"
            if state == "applied":
                await begin_taking_back(db, one.id)
        else:
            assert await see(db) == before
            with pytest.raises(ImportMoved):
                await cancel(db, one.id)
        assert (await finish(db, one.id, document, lambda: 7)).state == "taken_back"
        assert await see(db) == before
        async with db.read() as conn:
            assert not list(await conn.scalars(select(ready_table.c.customer_id)))
            assert not list(await conn.scalars(select(customer.c.id).where(customer.c.merged_into == "")))
        if not was_cut:
            assert {"applied", "taking_back", "leaving", "taken_back"} <= seen
            return
    raise AssertionError("an import of two lines has fewer statements")


async def change_city(conn: Connection) -> None:
    by_hand = ValueChange(customer_id=PIA, name="city", new="Falun", known="Falun", at=7, changed_by="agent")
    await change_profiles(conn, [by_hand])


async def fix_the_added(conn: Connection) -> None:
    owner = (await customers.find_owners(conn, [WANG]))[WANG].customer_id
    given: dict[str, Any] = {"set_by": "dot", "why": "A friend", "set_at": 7, "until_at": None}
    await fix_tier(conn, TierOverride(id="o", customer_id=owner, tier="gold", **given))


async def write_from_the_new_mailbox(conn: Connection) -> None:
    tables = metadata.tables
    row = {"id": "i1", "customer_id": PIA, "address": "pia@post.example", "channel": "email", "queue": "service"}
    needed = {
        column.name: 0 if "INT" in str(column.type) else ""
        for column in tables["interaction"].columns
        if not column.nullable and column.server_default is None and column.name not in row
    }
    await conn.execute(tables["interaction"].insert(), [{**needed, **row, "closed_at": 7}])


@BOTH
@pytest.mark.parametrize("happen", [change_city, fix_the_added, write_from_the_new_mailbox])
async def test_what_comes_while_the_way_back_is_prepared_stays(
    db: Database, document: PolicyDocument, tmp_path: Path, happen: Any
) -> None:
    text = FEW.replace("+46701740101,,", "+46701740101,pia@post.example,")
    one = await prepare(db, document, await put_in(db, document, tmp_path / "base.csv", text))
    whole = await see(db)
    await db.write(happen)
    with pytest.raises(ImportMoved):  # somebody who looked before would take back what is not the import's any more
        await imports.write_long(db, lambda conn: taking_back._hide(conn, one, Known(document, 7), {}))
    assert await find_state(db, one.id) == "taking_back"
    assert (await see(db))[1:] == whole[1:]
    done = await finish(db, one.id, document, lambda: 8)
    (stays,) = orjson.loads(done.counts)["stays"]
    async with db.read() as conn:
        pia = (await customers.find(conn, [PIA]))[PIA]
        owners = await customers.find_owners(conn, [WANG, ("email", "pia@post.example")])
        past = await profiles.list_past_values(conn, PIA)
    city = orjson.loads(pia.profile)["city"]
    if happen is change_city:
        assert (stays["why"], stays["names"], city, owners) == ("changed", ["city"], "Falun", {})
        assert (past[0].name, past[0].old, past[0].new) == ("name", "Pia Berg", "Pia Lindqvist")
    elif happen is fix_the_added:
        assert (stays["why"], stays["customer"], city) == ("known", stays["customer"], "Göteborg")
        async with db.read() as conn:
            assert stays["customer"] in await customers.find(conn, [stays["customer"]])
    else:
        assert (stays["why"], stays["customer"], list(owners)) == ("address", PIA, [("email", "pia@post.example")])


@BOTH
async def test_whoever_gets_in_touch_in_the_instant_of_the_switch_stays(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    """A batch may have read them just before."""
    one = await prepare(db, document, await put_in(db, document, tmp_path / "base.csv"))
    async with db.read() as conn:
        owner = (await customers.find_owners(conn, [WANG]))[WANG].customer_id
    one = await taking_back.step(db, one, Known(document, 7))
    assert one.state == "leaving"
    given: dict[str, Any] = {"set_by": "dot", "why": "A friend", "set_at": 7, "until_at": None}
    await db.write(lambda conn: fix_tier(conn, TierOverride(id="o", customer_id=owner, tier="gold", **given)))
    async with db.read() as conn:
        assert await import_leaving.find_hidden(conn, [owner]) == {owner}
    await finish(db, one.id, document, lambda: 8)
    async with db.read() as conn:
        found = await customers.find_owners(conn, [WANG, ("email", "wang@post.example")])
        assert {each.customer_id for each in found.values()} == {owner}
        assert len(await customer_search.find(conn, WANG[1], ["standard"], 9)) == 1


@BOTH
async def test_a_merge_while_the_way_back_is_prepared_keeps_them(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    one = await prepare(db, document, await put_in(db, document, tmp_path / "base.csv"))
    async with db.read() as conn:
        owner = (await customers.find_owners(conn, [WANG]))[WANG].customer_id
    people = await People.open(db)
    merge_id = await people.merge(await people.add("Lin"), owner)
    done = await finish(db, one.id, document, lambda: 8)
    assert [each["why"] for each in orjson.loads(done.counts)["stays"]] == ["merged"]
    await people.undo(merge_id)
    assert (await people.read(owner))["name"] == "王小明"
