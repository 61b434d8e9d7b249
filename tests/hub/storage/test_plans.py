"""No statement of a running hub reads a table that grows from end to end, on either database, its start included."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import aiohttp
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from hub.access.rules import EVERYONE
from hub.calls.recording_marks import list_recordings
from hub.customers import match_answers
from hub.customers.match_worker import MatchWorker
from hub.exchange import import_preparing, importing, taking_back
from hub.exchange.exporting import write_csv
from hub.exchange.import_lines import Known, Source
from hub.exchange.import_worker import ImportWorker
from hub.exchange.importing import begin_applying, begin_taking_back, finish
from hub.exchange.upserting import read_customers, upsert
from hub.reports.script_figure_page import read_figures
from hub.routing_process.replay import store_start
from hub.routing_process.retention import delete_expired
from hub.routing_process.routing_loop import forget_slice, list_prunes
from hub.scripts import step_notes
from hub.settings.config import Config
from hub.storage import (
    activities,
    address_users,
    api_tokens,
    consents,
    customer_search,
    customers,
    given_proposals,
    hearings,
    import_leaving,
    lease,
    possible_matches,
    recording_rows,
    script_comparisons,
    script_facts,
    script_notes,
    script_runs,
    search_index,
    sessions,
)
from hub.storage.address_users import NamedInteraction
from hub.storage.api_tokens import StoredAnswer, StoredToken
from hub.storage.customers import TierChange
from hub.storage.database import Connection, Database
from hub.storage.given_proposals import StoredProposal
from hub.storage.hearings import Hearing
from hub.storage.script_notes import ScriptNote
from hub.storage.sign_in import forget_full, list_full
from hub.storage.told_estimates import StoredEstimate
from hub.storage.told_estimates import put as put_estimates
from routing.model import DAY
from scripts_library.loader import Library
from tests.hub.calls.recorded_calls import publish, record_a_day
from tests.hub.conftest import start
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.exchange.imported_files import staged
from tests.hub.house import House, open_house
from tests.hub.notices import text
from tests.hub.plans import FORGET, Statements, fill_sql, listening, scans_in_postgres, scans_in_sqlite
from tests.hub.routing_process.test_random_days import Day
from tests.seeded import copy_database

ROWS = 100_000
STEPS = 200


async def live(url: str, config: Config, folder: Path, library: Library) -> Statements:
    """A day of everything that can be decided, and then a whole hub with its screens open."""
    with listening() as statements:
        async with open_house(await Database.open(url), folder / "media", library.scripts) as house:
            await _record_something(house)
            day = Day(house, seed=5)
            for step in range(STEPS):
                await day.step()
                if step == STEPS // 2:
                    assert await store_start(house.db, house.clock.now())
            assert await store_start(house.db, house.clock.now() + DAY)
            await house.take(text("Hej"))
            await _look_for_customers(house.db)
            await _look_for_the_same(house)
            await _say_what_does_not_fit(house)
            await _propose(house)
            await _import_and_export(house, folder)
            old = StoredEstimate(next(iter(house.floor.interactions)), 1, 1, wait=None, first_wait=None)
            await house.db.write(lambda conn: put_estimates(conn, [old], []))
            heard = Hearing("heard", 1, "dot", old.interaction_id, "ref", "audio/wav")
            await house.db.write(lambda conn: hearings.add(conn, heard))
            await house.db.write(lambda conn: hearings.add_spans(conn, heard.id, [(0, 1000)]))
            async with house.db.read() as conn:
                assert await hearings.find(conn, heard.id) == heard
                assert await hearings.find_spans(conn, [heard.id]) == {heard.id: [(0, 1000)]}
            await forget_some(house.db, house.state.latest_now)
            await lease.release(house.db, house.epoch)
        hub = await start(config)
        cookie = await sign_in(hub.url, "dot")
        desk = await ScreenConnection.open(hub.url, cookie, "/desk")
        wallboard = await ScreenConnection.open(hub.url, cookie, "/wallboard")
        await desk.ask("resume", {"number": None})
        await wallboard.hears("board")
        await desk.hears("queues")
        await look_around(hub.url, cookie, await sign_in(hub.url, "tomasz"))
        await desk.close()
        await wallboard.close()
        await hub.stop()
    return statements


async def _record_something(house: House) -> None:
    """A recording from its beginning to the end of its sound, by a policy that lasts no longer."""
    before = house.state.book.document
    async for _ in record_a_day(house):
        pass
    late = house.clock.now() + 91 * DAY
    async with house.db.read() as conn:
        (expired,) = await recording_rows.list_expired(conn, late, 2)
    assert await delete_expired(house.db, house.media, late) == 1
    async with house.db.read() as conn:
        assert await list_recordings(conn, expired.interaction_id)
    await publish(house, before)


async def _look_for_customers(db: Database) -> None:
    """As if a few fitted, and as if thousands did."""
    for most in (1_500, 0):
        with patch.object(customer_search, "MOST_CANDIDATES", most):
            for asked in ("Pia", "pia 4060 x", "+46701740605"):
                async with db.read(is_slow=True) as conn:
                    await customer_search.find(conn, asked, ["platinum", "standard"], 20)
    async with db.read() as conn:
        await script_runs.list_of_customer(conn, ["pia", "sam"], 1)
    assert await search_index.index_some(db) == 0
    await db.write(lambda conn: search_index.index_customers(conn, ["pia"]))
    await db.write(lambda conn: customers.change_tiers(conn, [TierChange("pia", "platinum", "platinum")]))


async def _look_for_the_same(house: House) -> None:
    """Who may be one person with somebody who has just changed, and who shares an address."""
    db, worker = house.db, MatchWorker(house.db, house.clock)
    await db.write(lambda conn: search_index.index_customers(conn, ["gus"]))
    assert await worker.work_once()
    named = NamedInteraction(next(iter(house.floor.interactions)), "gus", "phone", "+46701740301", 1, "ada")
    await db.write(lambda conn: address_users.name_interactions(conn, [named]))
    async with db.read() as conn:
        gus = (await customers.find(conn, ["gus"]))["gus"]
        await match_answers.list_matches(conn, gus)
        assert await match_answers.list_shared(conn, gus)
    await db.write(lambda conn: possible_matches.note_parted(conn, "gus", "sam", 1, "ada"))
    await db.write(lambda conn: possible_matches.forget_open(conn, "gus"))


async def _say_what_does_not_fit(house: House) -> None:
    """An agent notes a step twice; an author reads that, and the figures, and settles it."""
    first = next(iter(house.floor.interactions))
    note = ScriptNote(
        interaction_id=first,
        script_id="greeting",
        script_version=1,
        language="en",
        step_id="greet",
        written_by="ada",
        written_at=1,
        words="too long",
    )
    for _ in range(2):
        await house.db.write(lambda conn: script_notes.put(conn, note))
    async with house.db.read() as conn:
        (kept,) = await step_notes.list_notes(conn, "greeting")
        assert await script_notes.count_open(conn, "greeting") == {"greet": 1}
        await read_figures(conn, "greeting", 0, house.clock.now())
        assert await script_facts.list_compared(conn, "none", 1) == []
        assert await script_comparisons.list_running(conn) == []
        assert await script_comparisons.find_running(conn, "greeting") is None
        assert await script_comparisons.list_of(conn, "greeting", 1) == []
    assert await house.db.write(lambda conn: script_notes.settle(conn, "greeting", kept.id, "", "ines", 1))


async def _propose(house: House) -> None:
    """A script proposes something, and what was said to it is read for the next time, for pages and for authors."""
    first = next(iter(house.floor.interactions))
    row = StoredProposal(
        first, "plan", "products", "Plan", "lost", 1, "en", 1, "ada", "later", 2, "ada", "2026-12-24"
    )
    await house.db.write(lambda conn: given_proposals.put(conn, [row]))
    async with house.db.read() as conn:
        await given_proposals.list_replies(conn, ["sam"])
        await given_proposals.list_of_customer(conn, ["sam"], 10)
        assert await given_proposals.count_replies(conn, "products") == {"plan": {"later": 1}}


async def _import_and_export(house: House, folder: Path) -> None:
    """Customers who are added and changed by a file, one of them with open work and one who changes meanwhile; all of
    it taken back; everybody written into a file; and a program that brings somebody with a token."""
    db, document = house.db, house.state.book.document
    one = await staged(db, document, folder / "customers.csv")
    one = await begin_applying(db, one.id)
    known = Known(document, house.clock.now())
    one = await importing._step(db, one, known)
    await db.write(lambda conn: import_preparing.prepare_again(conn, one.id, ["pia"], known))
    assert (await finish(db, one.id, document, house.clock.now)).state == "applied"
    async for _ in write_csv(db, house.state.book, house.state.book.see_as(EVERYONE)):
        pass
    one = await taking_back.step(db, await begin_taking_back(db, one.id), known)
    await db.write(lambda conn: taking_back._prepare_again(conn, one, ["pia"]))
    await db.write(lambda conn: activities.take_back(conn, one.id, 1))
    await db.write(lambda conn: consents.take_back_import(conn, one.id, 1))
    await db.write(lambda conn: import_leaving.show_again(conn, ["pia"], []))
    assert (await finish(db, one.id, document, house.clock.now)).state == "taken_back"
    worker = ImportWorker(db, house.clock, lambda: None, lambda: False)
    while await worker.forget_slice():
        pass
    token = StoredToken("t1", "shop", "hash", "customers.upsert", "tomasz", 1, 2)
    lines = read_customers([{"phone": "+46705550001", "name": "Bo"}], document, 1)

    async def upsert_once(conn: Connection) -> None:
        await api_tokens.add(conn, token)
        assert await api_tokens.find(conn, "hash") == token
        assert await api_tokens.lock(conn, "t1", 1)
        await api_tokens.list_all(conn)
        assert await api_tokens.find_answer(conn, "t1", "key") is None
        await upsert(conn, Source("api", "t1", "shop"), lines, known)
        await api_tokens.keep_answer(conn, StoredAnswer("t1", "key", "hash", 200, "{}", 1))
        await api_tokens.forget_answers(conn, "t1", 1)
        assert await api_tokens.revoke(conn, "t1", 1)

    await db.write(upsert_once)


async def forget_some(db: Database, before: int) -> None:
    """A slice of each table whose old rows are deleted. Each has some here, so that all of its statements are met."""
    for prune, _ in list_prunes(keep_audit=0):
        assert await forget_slice(db, prune, before) > 0, prune.__module__
    async with db.read() as conn:
        hashes = await sessions.list_expired(conn, before, 1)
        keys = await list_full(conn, before, 1)
    await db.write(lambda conn: sessions.forget(conn, [*hashes, "none"]))
    await db.write(lambda conn: forget_full(conn, [*keys, "none"], before))


async def look_around(url: str, supervisor: str, administrator: str) -> None:
    """Everything that is read over HTTP."""
    for path in (
        "customers/sam/conversation",
        "customers/sam/statements",
        "customers?q=sam",
        "queues/service/waiting",
        "agents/ada/held",
        "in-hand",
        "unfinished",
        "recordings",
        "recordings?before=1",
        "estimates",
    ):
        assert await get(f"{url}/api/{path}", supervisor) in (200, 404), path
    for path in (
        *(
            "interactions/i/scripts",
            "interactions/i/explanation",
            "interactions/i/candidates",
            "offers/o/explanation",
        ),
        *("messages/m/html", "messages/m/raw", "messages/m/media/x", "mails/filed", "inbox/set-aside"),
        *("messages/m/sounds/x", "messages/m/sounds/x/file", "hearings/h/sound"),
        *("recordings/i.r", "recordings/i.r/file"),
        *("receivers?channel=phone", "receivers?channel=sms"),
        *("me", "me/phone", "me/sessions", "staff", "staff/ada/sessions"),
    ):
        for cookie in (administrator, supervisor):
            assert await get(f"{url}/api/{path}", cookie) in (200, 403, 404), path
    for query in ("", "?staff=dot", "?customer=sam", "?action=waiting.read", "?day=2026-11-22", "?queue=service"):
        for cookie in (administrator, supervisor):
            assert await get(f"{url}/api/audit{query}", cookie) == 200, query
    for query in ("", "?before=90000"):
        assert await get(f"{url}/api/mails/filed{query}", administrator) == 200, query


async def get(url: str, cookie: str) -> int:
    async with aiohttp.ClientSession(headers={"Cookie": cookie}) as session, session.get(url) as answer:
        return answer.status


async def test_sqlite_finds_every_row_by_a_key(
    config: Config, seeded_file: Path, tmp_path: Path, library: Library
) -> None:
    config.data_folder.mkdir(parents=True)
    path = config.data_folder / "hub.db"
    copy_database(seeded_file, path)
    statements = await live(f"sqlite:///{path}", config, tmp_path, library)
    assert len(statements.seen) > 100
    scans = scans_in_sqlite(path, statements)
    assert not scans, "\n".join(scans)


@pytest.mark.postgres_url
async def test_postgres_finds_every_row_by_a_key_where_there_are_many(
    config: Config,
    _postgres: Callable[[str], str],
    seeded_postgres_url: str,
    tmp_path: Path,
    library: Library,
) -> None:
    """Where it has not yet counted the values of the tables, as after a restored copy or in a sudden flood, it plans
    the lists of keys that each batch reads; else every statement."""
    config.data_folder.mkdir(parents=True, exist_ok=True)
    name = make_url(seeded_postgres_url).database
    _postgres(f"\\c {name}\n" + "\n".join(fill_sql(ROWS)))
    in_postgres = replace(config, database=replace(config.database, url=seeded_postgres_url))
    statements = await live(seeded_postgres_url, in_postgres, tmp_path, library)
    of_keys = statements.that_say("json_array_elements")
    assert len(statements.seen) > 100
    assert len(of_keys.seen) > 10
    engine = create_async_engine(make_url(seeded_postgres_url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        scans = await scans_in_postgres(connection, statements)
    await engine.dispose()
    _postgres(f"\\c {name}\n{FORGET}")
    async with engine.connect() as connection:
        scans += await scans_in_postgres(connection, of_keys)
    await engine.dispose()
    assert not scans, "\n".join(scans)
