"""Steps of the tests that ask rules about customers.

The rule of this file: a house is anything that has a database and a clock.
"""

from decimal import Decimal
from typing import Any

from hub.rules.rule_worker import RuleWorker
from hub.segments.segment_changes import SegmentChanges
from hub.segments.segment_files import WrittenSegment
from hub.storage import activities
from hub.storage.activities import NewActivity
from hub.storage.profiles import ValueChange, change_profiles
from scripts_library.variables import VariableValue


async def settle(worker: RuleWorker) -> None:
    """Until nobody is due."""
    for _ in range(200):
        if not await worker.work_once():
            return
    raise AssertionError("somebody is always due")


async def make_segment(house: Any, segment_id: str, definition: str, *, is_live: bool = True) -> SegmentChanges:
    changes = SegmentChanges(house.db, house.clock)
    await changes.create(segment_id, WrittenSegment(names={"en": "One", "zh-CN": "一"}, definition=definition), "ada")
    if is_live:
        await changes.begin(segment_id, "ada")
    return changes


async def happen(house: Any, customer_id: str, kind: str, *ats: int, label: str = "", amount: str = "") -> None:
    """Activities of the customer at these instants; without any, at this one."""
    known = Decimal(amount) if amount else None
    fresh = [
        NewActivity(customer_id=customer_id, kind=kind, at=at, label=label, amount=known)
        for at in ats or (house.clock.now(),)
    ]
    await house.db.write(lambda connection: activities.add(connection, fresh, house.clock.now()))


async def learn(house: Any, customer_id: str, **values: VariableValue | None) -> None:
    """Values of the customer's attributes that are their own JSON: texts, numbers, yes or no."""
    changes = [
        ValueChange(
            customer_id=customer_id, name=name, new=value, known=value, at=house.clock.now(), changed_by="api"
        )
        for name, value in values.items()
    ]
    await house.db.write(lambda connection: change_profiles(connection, changes))
