"""What must hold of the trail after anything that a test of the shell does.

The rule of this file: it knows the desks' events that show a customer for the first time, and nothing of tests.
"""

from collections import Counter

import orjson

from hub.storage import tables
from hub.storage.audit_words import ACTIONS, Detail
from tests.hub.house import House


async def check_trail(house: House) -> None:
    """Whoever was told of an offer or got an interaction has a row for it; and every row says what is known."""
    shown: Counter[tuple[str, str, str]] = Counter()
    for agent, _, event in (event for told in house.told for event in told.events):
        match orjson.loads(event):
            case {"kind": "offer_made", "offer": {"interaction_id": found}}:
                shown[agent, "offer.read", found] += 1
            case {"kind": "interaction_added", "interaction": {"id": found}}:
                shown[agent, "interaction.read", found] += 1
    rows = await house.rows(tables.audit)
    kept = Counter((row["staff_id"], row["action"], row["subject"]) for row in rows)
    assert shown <= kept, shown - kept
    assert all(row["customer_id"] and row["queue"] for row in rows if row["action"] == "interaction.read")
    assert {row["action"] for row in rows} <= set(ACTIONS)
    assert {name for row in rows for name in orjson.loads(row["detail"])} <= Detail.__annotations__.keys()
