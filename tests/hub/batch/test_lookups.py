"""What a batch asks storage for, and what it has in memory."""

from typing import Any

import pytest

from hub.storage import tables
from hub.storage.sqlite import InlineConnection
from tests.hub.house import House
from tests.hub.notices import chat_left, line, opening

CHAT = "chat-mei"


async def test_of_a_message_in_an_open_chat_only_the_delivery_key_is_looked_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.seat("emre")
    await house.take(opening(CHAT), line("您好", CHAT))
    await house.accept("emre")
    asked, fetch = list[str](), InlineConnection.fetch_sql

    async def listen(self: InlineConnection, sql: str, values: Any) -> Any:
        if sql.startswith("SELECT"):
            asked.append(sql)
        return await fetch(self, sql, values)

    with monkeypatch.context() as patched:
        patched.setattr(InlineConnection, "fetch_sql", listen)
        await house.take(line("还有一个问题", CHAT))
    assert {" ".join(sql.split()).partition(" FROM ")[2].split()[0] for sql in asked} == {"inbox"}


async def test_a_chat_that_is_left_and_goes_on_in_one_batch_keeps_its_customer_and_its_numbers(house: House) -> None:
    await house.seat("emre")
    await house.take(opening(CHAT), line("您好", CHAT))
    await house.take(chat_left(CHAT), line("我又来了", CHAT))
    made = await house.rows(tables.interaction)
    assert len(made) == 2
    assert len({one["customer_id"] for one in made}) == 1
    said = await house.rows(tables.message, tables.message.c.kind == "customer")
    assert sorted((one["number"], one["text"]) for one in said) == [(1, "您好"), (2, "我又来了")]
