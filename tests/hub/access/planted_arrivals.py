"""Arrivals that nobody could handle, with what must not reach everybody: for the matrix of exits."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import func, insert, select

from hub.storage import tables
from hub.storage.database import Database


async def plant_arrivals(
    db: Database, values: Mapping[str, Any], of_sam: tuple[str, str, str], seen: str
) -> dict[str, str]:
    """An agent's answers, a customer's words, and half a row, set aside; returns their ids. `values`: by the type of
    a hidden attribute. `of_sam`: his number, mailbox and card. `seen`: what may be shown."""
    number, mailbox, card = of_sam
    answers = {f"secret_{kind}": str(value) for kind, value in values.items()} | {"field": f"canary {card}"}
    bodies = {
        "answers": orjson.dumps({"command": {"kind": "advance_script", "values": answers, "name": seen}}).decode(),
        "words": orjson.dumps({"from_address": number, "text": f"{card} of {mailbox}"}).decode(),
        "broken": '{"values": {"secret_text": "canary words"',
    }
    row: dict[str, Any] = {"received_at": 1, "tries": 3, "handled_at": 1, "state": tables.SET_ASIDE}
    row |= {"kind": "command", "problem": "ValueError: canary words are no choice"}
    async with db.read() as conn:
        last = int(await conn.scalar(select(func.max(tables.inbox.c.id))) or 0)
    rows = [
        {**row, "id": last + place, "key": key, "body": body} for place, (key, body) in enumerate(bodies.items(), 1)
    ]
    await db.write(lambda conn: conn.execute(insert(tables.inbox), rows))
    return {one["key"]: str(one["id"]) for one in rows}
