"""One customer's data as a file, and its erasure with a proof: canaries in every table, file, arrival and event."""

import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import String, Table, Text, insert, select, update

from hub.administration.privacy_commands import erase, write_file
from hub.administration.staff_commands import StaffUnchanged
from hub.routing_process.replay import explain_offer
from hub.storage import erasing, tables
from hub.storage.connection import Connection
from hub.storage.erasing import BLANKED, BLANKS, DELETED, KEPT, TREATMENTS
from routing.model import OfferId
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM, SAM_MAIL, text

CANARY = "canary"
OF_THE_HUB = ("customer_search", "script_run", "rule_value", "rule_due")  # rows that it writes by itself
# Text columns of rows that stay, with words of the hub or ids of its own: nothing that a customer said or is called
OWN_WORDS = {
    *("id", "customer_id", "interaction_id", "agent_id", "staff_id", "asked_by", "tier", "channel", "queue", "state"),
    *(
        "direction",
        "our_address",
        "identity_level",
        "call_state",
        "announced",
        "purpose",
        "closed_as",
        "disposition",
        "routing",
    ),
    *("script_id", "ended_as", "decision", "role", "kind", "problem", "action", "subject", "card"),
    *("old", "new", "moved_by", "mover_id", "set_by", "ended_by"),  # of moves between tiers and stages
    *("merged_into", "merged_ids"),
    *("steps", "outcome", "segments", "comparison", "script"),  # of runs: ids of steps, no answers
    *("language", "step_id", "written_by", "settled_by"),  # of what agents say of steps of scripts
    *("old", "new", "moved_by", "mover_id", "set_by", "ended_by"),  # tiers, stages and staff
}


def texts_of(table: Table) -> list[str]:
    return [column.name for column in table.columns if isinstance(column.type, String | Text)]


def test_every_table_has_its_treatment_and_every_text_of_a_row_that_stays_is_blanked_or_our_own() -> None:
    assert set(TREATMENTS) == set(tables.metadata.tables), "say in hub/storage/erasing.py what becomes of its rows"
    left = {
        f"{name}.{column}"
        for name, treatment in TREATMENTS.items()
        for column in texts_of(tables.metadata.tables[name])
        if treatment == BLANKED and column not in BLANKS[name] and column not in OWN_WORDS
    }
    assert left == set()


async def plant(house: House, held: str) -> None:
    """A canary in every text of every table that an erasure touches, in a row of this customer."""
    media = await house.media.store(CANARY.encode() * 9, f"{CANARY}.txt", "text/plain")
    for name, treatment in TREATMENTS.items():
        table = tables.metadata.tables[name]
        if treatment == BLANKED and name in ("customer", "interaction"):
            continue
        if treatment not in (DELETED, BLANKED) or name in ("media", *OF_THE_HUB):
            continue
        if [column.name for column in table.primary_key] == ["customer_id"]:
            continue  # the customer may have their one row already
        row: dict[str, Any] = {}
        for column in table.columns:
            is_text = isinstance(column.type, String | Text)
            if column.name == "customer_id" or column.name == "one_id":
                row[column.name] = "sam"
            elif column.name == "interaction_id":
                row[column.name] = held
            elif column.name == "other_id":
                row[column.name] = "pia"
            elif column.name in ("ended_at", "settled_at", "left_at"):
                row[column.name] = 1
            elif name == "message" and column.name in ("raw", "media"):
                row[column.name] = media.ref if column.name == "raw" else "[]"
            elif is_text and treatment == BLANKED and column.name not in BLANKS[name]:
                row[column.name] = "planted" if column.primary_key or not column.nullable else None
            elif is_text:
                row[column.name] = f"{CANARY} {name}"[: getattr(column.type, "length", None) or 99]
            elif not column.nullable and column.server_default is None and column.autoincrement is not True:
                row[column.name] = 1
        if name == "suppression":
            row["address"] = SAM
        if name == "outbox":
            row["state"] = "sent"
        if name == "audit":
            row["action"] = "conversation.read"
            row["detail"] = orjson.dumps({"reason": CANARY}).decode()
        await house.db.write(lambda conn, table=table, row=row: conn.execute(insert(table), [row]))
    for name in OF_THE_HUB:
        await house.db.write(lambda conn, name=name: plant_in_row_of_hub(conn, name, held))
    for name in ("customer", "interaction"):
        table = tables.metadata.tables[name]
        blanks = {key: CANARY for key in BLANKS[name] if key not in ("profile", "reason", "language")}
        which = table.c.id == ("sam" if name == "customer" else held)
        await house.db.write(
            lambda conn, table=table, blanks=blanks, which=which: conn.execute(
                update(table).where(which).values(blanks)
            )
        )


async def plant_in_row_of_hub(conn: Connection, name: str, held: str) -> None:
    """In the one row that the hub keeps of the customer, or of the interaction, which may be there already."""
    table = tables.metadata.tables[name]
    key, whose = ("interaction_id", held) if name == "script_run" else ("customer_id", "sam")
    words = {one for one in texts_of(table) if not table.c[one].primary_key and one != key}
    if TREATMENTS[name] == BLANKED:
        words &= BLANKS[name].keys()
    canaries = {one: CANARY for one in words if one != "tier"}
    done = await conn.execute(update(table).where(table.c[key] == whose).values(canaries))
    if done.rowcount:
        return
    if name == "script_run":
        script = tables.metadata.tables["script_text"]
        await conn.execute(insert(script), [dict.fromkeys((one.name for one in script.c), "planted")])
    row: dict[str, Any] = {key: whose, **canaries}
    for column in table.c:
        if column.name not in row and not column.nullable and column.server_default is None:
            row[column.name] = "planted" if isinstance(column.type, String | Text) else 1
    await conn.execute(insert(table), [row])


async def find_canaries(house: House, *words: str) -> list[str]:
    """The columns of all tables, also of those that are kept, that hold one of these words, or the canary."""
    found, sought = [], words or (CANARY,)
    for table in tables.metadata.sorted_tables:
        async with house.db.read() as conn:
            for row in (await conn.execute(select(table))).mappings():
                found += [
                    f"{table.name}.{name}" for name, value in row.items() if any(one in str(value) for one in sought)
                ]
    return sorted(set(found))


async def handle(house: House) -> str:
    """Sam's text, taken by Ada and closed."""
    held = str((await hold_text(house))["id"])
    await house.take(text(f"my {CANARY} is blue"))
    assert not (await house.about("ada", held, "add_note", text=f"the {CANARY} again")).code
    await wrap_up(house, "ada", held)
    return held


@BOTH
async def test_after_an_erasure_no_canary_is_left_in_any_table_file_or_free_page(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    held = await handle(house)
    before = await house.interaction(id=held)
    await plant(house, held)
    planted = {one.partition(".")[0] for one in await find_canaries(house)}
    touched = {name for name, treatment in TREATMENTS.items() if treatment != KEPT}
    assert touched - planted == set(), "a table without a canary proves nothing of its erasure"
    folder = house.media._folder
    assert any(CANARY.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    said = await erase(house.db, folder, "sam", "asked for it")
    assert await find_canaries(house) == []
    assert await find_canaries(house, SAM, SAM_MAIL, "Okoye") == [], "nor their own name and addresses"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == []
    after = await house.interaction(id=held)
    figures = ("entered_at", "answered_at", "closed_at", "closed_as", "queue", "tier", "in_time", "agent_id")
    assert {name: after[name] for name in figures} == {name: before[name] for name in figures}
    async with house.db.read() as conn:
        offer = await conn.scalar(select(tables.offer.c.id).where(tables.offer.c.id != "planted"))
    assert await explain_offer(house.db, OfferId(offer)) is not None, "a replay needs no word of a customer"
    assert CANARY not in said + "".join(capfd.readouterr())
    (row,) = await house.rows(tables.audit, tables.audit.c.action == "customer.erase")
    assert (row["subject"], row["staff_id"]) == ("sam", "command line")
    if house.db.is_sqlite:
        path = Path(house.db._driver.path)
        with sqlite3.connect(path) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        assert CANARY.encode() not in path.read_bytes(), "neither in a free page"
        assert Path(f"{path}-wal").stat().st_size == 0
    await house.take(text("Hej igen"))
    assert (await house.interaction(state="offered"))["customer_id"] != "sam", "who writes again is a stranger"
    house.screens.clear()  # their events were taken back: a desk that is connected has seen them


async def test_an_erasure_waits_for_open_work_and_a_legal_hold_and_says_so(house: House) -> None:
    held = (await hold_text(house))["id"]
    folder = house.media._folder
    with pytest.raises(StaffUnchanged, match="has open work"):
        await erase(house.db, folder, "sam", "asked")
    await wrap_up(house, "ada", held)
    c = tables.customer.c
    profile = orjson.dumps({"legal_hold": True}).decode()
    await house.db.write(
        lambda conn: conn.execute(update(tables.customer).where(c.id == "sam").values(profile=profile))
    )
    with pytest.raises(StaffUnchanged, match="legal hold"):
        await erase(house.db, folder, "sam", "asked")
    with pytest.raises(StaffUnchanged, match="no customer nobody"):
        await erase(house.db, folder, "nobody", "asked")


async def test_one_customers_data_is_a_file_with_every_row_and_every_attachment(house: House, tmp_path: Path) -> None:
    held = await handle(house)
    await plant(house, held)
    out = tmp_path / "sam.zip"
    await write_file(house.db, house.media._folder, "sam", out, "asked")
    with zipfile.ZipFile(out) as archive:
        document = orjson.loads(archive.read("data.json"))
        (sound,) = [name for name in archive.namelist() if name.startswith("media/")]
        assert archive.read(sound) == CANARY.encode() * 9
    of_customer = {name for name, how in TREATMENTS.items() if how in (DELETED, BLANKED)} - {"media"}
    assert {name for name, rows in document["tables"].items() if rows} >= of_customer - {
        "rule_value",
        "customer_search",
    }
    assert any(row["text"] == f"my {CANARY} is blue" for row in document["tables"]["message"])
    assert await house.count(tables.audit, tables.audit.c.action == "customer.export") == 1
    assert erasing.SLICE <= 500
