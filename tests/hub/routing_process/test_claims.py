"""A request is claimed in the transaction that stores it, and is not lost where nobody knows of that transaction."""

import asyncio

import pytest

from hub.storage.sqlite import SqliteWriter
from tests.hub.house import House
from tests.hub.notices import GUS, SAM, text
from tests.hub.routing_process.test_sender import Slow, listen, until


async def test_a_reply_is_stored_and_claimed_in_one_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.seat("ada")
    await house.take(text("Hej"))
    await house.accept("ada")
    commits, commit = list[None](), SqliteWriter.commit

    async def count(self: SqliteWriter) -> None:
        commits.append(None)
        await commit(self)

    async with listen(house) as post:
        slow = Slow()
        task = post.start(slow)
        await until(lambda: not house.senders["sms"].has_rung.is_set())
        with monkeypatch.context() as patched:
            patched.setattr(SqliteWriter, "commit", count)
            await post.reply("Hej")
            await slow.began.wait()
        task.cancel()
        slow.may_end.set()
        await asyncio.gather(task, return_exceptions=True)
        await house.until_handled()
    assert len(commits) == 1


@pytest.mark.promise("P7")
@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_reply_of_whose_commit_nobody_knows_leaves_once(
    house: House, monkeypatch: pytest.MonkeyPatch, is_stored: bool
) -> None:
    """It is claimed in that commit, so it may stand as under way with nobody who carries it out."""
    commit = SqliteWriter.commit

    async def lose_the_answer(self: SqliteWriter) -> None:
        monkeypatch.setattr(SqliteWriter, "commit", commit)
        await (commit(self) if is_stored else self.rollback())
        raise OSError("the disk is gone")

    await house.seat("ada")
    for customer in (SAM, GUS):
        await house.take(text("Hej", customer))
        await house.accept("ada")
    async with listen(house) as post:
        task = post.start()
        monkeypatch.setattr(SqliteWriter, "commit", lose_the_answer)
        message = await post.reply("Hej")
        house.feed.look("ada")  # a batch of whose commit nobody knows is told to nobody
        await until(lambda: any(m["id"] == message for held in house.screens["ada"].held for m in held["messages"]))
        await post.later(0)
        await post.becomes(message, "delivered")
        await post.has_nothing_to_do()
        assert post.arrived() == ["Hej"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await house.until_handled()
