"""What leaves is claimed once, in order, and a crash in between is not guessed about."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from hub.storage import outbox as outbox_module
from hub.storage.database import Database, LeaseLost
from hub.storage.lease import take
from hub.storage.outbox import (
    FAILED,
    SENT,
    UNKNOWN,
    OutboxRow,
    claim,
    finish,
    next_due_at,
    postpone,
    put,
    recover,
)
from hub.storage.tables import outbox

NOON = 1_795_348_800_000_000
Run = Callable[..., Awaitable[Any]]


def text(outbox_id: str, interaction_id: str = "pia-1", channel: str = "sms") -> OutboxRow:
    return OutboxRow(outbox_id, interaction_id, f"m-{outbox_id}", channel, "TextOut", '{"text":"Hej, 你好"}')


async def claimed(db: Database, channel: str = "sms", now: int = NOON, limit: int = 10) -> list[str]:
    return [row.id for row in await claim(db, channel, now, limit)]


async def read_states(db: Database) -> dict[str, str]:
    async with db.read() as connection:
        return {row.id: row.state for row in await connection.execute(select(outbox.c.id, outbox.c.state))}


async def test_a_request_is_claimed_as_it_was_put_and_only_once(db: Database, run: Run) -> None:
    await run(put, [text("a")], NOON)
    assert await claim(db, "sms", NOON, 10) == [
        OutboxRow("a", "pia-1", "m-a", "sms", "TextOut", '{"text":"Hej, 你好"}', tries=1)
    ]
    assert await claim(db, "sms", NOON, 10) == []
    assert await read_states(db) == {"a": "sending"}


async def test_putting_the_same_request_again_changes_nothing(db: Database, run: Run) -> None:
    await run(put, [text("a")], NOON)
    assert await claimed(db) == ["a"]
    await run(finish, "a", SENT, "SM1")
    await run(put, [text("a")], NOON + 1)
    assert await claimed(db) == []


async def test_two_claimers_at_once_share_and_never_both_get_one(db: Database, run: Run) -> None:
    await run(put, [text(f"{number:02}", f"interaction {number}") for number in range(20)], NOON)
    both = await asyncio.gather(*(claimed(db, limit=5) for _ in range(6)))
    assert sorted(outbox_id for ids in both for outbox_id in ids) == [f"{number:02}" for number in range(20)]


async def test_two_hubs_claiming_at_once_never_both_get_one(db: Database, db_url: str, run: Run) -> None:
    await run(put, [text(f"{number:02}", f"interaction {number}") for number in range(20)], NOON)
    other = await Database.open(db_url)
    both = await asyncio.gather(*(claimed(each, limit=3) for _ in range(8) for each in (db, other)))
    assert sorted(outbox_id for ids in both for outbox_id in ids) == [f"{number:02}" for number in range(20)]
    await other.close()


async def test_one_channel_does_not_take_anothers_nor_what_is_not_due(db: Database, run: Run) -> None:
    await run(put, [text("mail", "gus-1", "email")], NOON)
    await run(put, [text("later", "sam-1")], NOON, NOON + 60_000_000)
    assert await claimed(db) == []
    assert await next_due_at(db, "sms") == NOON + 60_000_000
    assert await next_due_at(db, "webchat") is None
    assert await claimed(db, now=NOON + 60_000_000) == ["later"]
    assert await claimed(db, "email") == ["mail"]


async def test_replies_of_one_interaction_leave_in_their_order(db: Database, run: Run) -> None:
    await run(put, [text("second-by-name"), text("first-by-name"), text("gus", "gus-1")], NOON)
    hang_up = OutboxRow("hang-up", "pia-1", None, "sms", "HangUp", "{}")
    await run(put, [hang_up], NOON)
    assert await claimed(db) == ["second-by-name", "gus", "hang-up"]
    await run(postpone, "second-by-name", NOON + 1)
    assert await claimed(db) == []
    assert await claimed(db, now=NOON + 1) == ["second-by-name"]
    await run(finish, "second-by-name", FAILED, "", "21610")
    assert await claimed(db) == ["first-by-name"]


async def test_the_end_of_one_leg_waits_for_that_of_no_other(db: Database, run: Run) -> None:
    """The provider may refuse one for hours, and whoever is on the other hears a call that is over."""
    listener, agent = (OutboxRow(one, "pia-1", None, "phone", "HangUp", "{}") for one in ("listener", "agent"))
    await run(put, [listener, agent], NOON)
    assert await claimed(db, "phone", limit=1) == ["listener"]
    assert await claimed(db, "phone") == ["agent"], "though the first is under way"
    await run(postpone, "listener", NOON + 15_000_000)
    await run(postpone, "agent", NOON + 1_000_000)
    assert await claimed(db, "phone", NOON + 1_000_000) == ["agent"]
    assert await claimed(db, "phone", NOON + 15_000_000) == ["listener"]


async def test_tries_grow_with_each_claim(db: Database, run: Run) -> None:
    await run(put, [text("a")], NOON)
    for expected in (1, 2, 3):
        [row] = await claim(db, "sms", NOON, 1)
        assert row.tries == expected
        await run(postpone, "a", NOON)


@pytest.mark.promise("P7")
async def test_after_a_crash_a_text_is_unknown_and_what_may_be_repeated_is_queued(db: Database, run: Run) -> None:
    hang_up = OutboxRow("hang-up", "pia-1", None, "phone", "HangUp", "{}")
    await run(put, [text("sending"), hang_up, text("queued", "gus-1")], NOON)
    await claim(db, "sms", NOON, 1)
    await claim(db, "phone", NOON, 1)
    assert [row.id for row in await recover(db, {"HangUp"}, NOON)] == ["sending"]
    assert await read_states(db) == {"sending": UNKNOWN, "hang-up": "queued", "queued": "queued"}
    assert await recover(db, {"HangUp"}, NOON) == []


@pytest.mark.promise("P7")
async def test_a_report_settles_what_was_unknown_and_nothing_that_has_ended(db: Database, run: Run) -> None:
    await run(put, [text("a")], NOON)
    await claim(db, "sms", NOON, 1)
    await recover(db, (), NOON)
    assert await run(finish, "a", SENT, "SM1")
    assert not await run(finish, "a", FAILED, "", "late")
    assert await read_states(db) == {"a": SENT}


async def test_what_is_due_is_found_by_a_partial_index(sqlite_url: str) -> None:
    db = await Database.open(sqlite_url)
    statement = str(outbox_module._CLAIM.statement.compile(dialect=sqlite.dialect()))
    arguments = ("sms", NOON, 10, 0, "sending", 1, "sms", 0)  # the last two: of what the customer wishes
    async with db.read() as connection:
        plan = await connection.run_sync(
            lambda sync: sync.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", arguments).all()
        )
    details = [row.detail for row in plan]
    assert "SEARCH outbox USING INDEX ix_outbox_to_do (channel=? AND due_at<?)" in details
    assert "SEARCH earlier USING INDEX ix_outbox_interaction_id (interaction_id=? AND rowid<?)" in details
    await db.close()


async def test_a_router_that_lost_its_lease_claims_nothing(db: Database, run: Run) -> None:
    await run(put, [text("a")], NOON)
    old, new = await take(db, "one", 5), await take(db, "one", 5)
    assert old is not None
    assert new is not None
    with pytest.raises(LeaseLost):
        await claim(db, "sms", NOON, 1, epoch=old.epoch)
    with pytest.raises(LeaseLost):
        await recover(db, (), NOON, epoch=old.epoch)
    assert [row.id for row in await claim(db, "sms", NOON, 1, epoch=new.epoch)] == ["a"]
