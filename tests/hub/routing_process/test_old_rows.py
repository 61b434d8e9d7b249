"""What the policy keeps for some days goes slice by slice; a legal hold keeps it; the trail has the numbers."""

from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from hub.policies.document import RetentionPolicy
from hub.routing_process import retention
from hub.routing_process.retention import OldRows, forget_messages, say_terms
from hub.storage import old_rows, tables
from hub.storage.connection import Connection
from routing.model import DAY
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.sample_settings import POLICY

TERMS = RetentionPolicy(activities_days=10, past_values_days=10, scripts_days=10)


async def plant(house: House, customer_id: str, ages: tuple[int, ...]) -> None:
    """Activities and past values of these ages in days."""
    now = house.clock.now()
    dated: list[dict[str, Any]] = [{"customer_id": customer_id, "at": now - age * DAY} for age in ages]
    past = [{**one, "name": "city", "changed_by": "agent"} for one in dated]
    await house.db.write(
        lambda conn: conn.execute(insert(tables.activity), [{**one, "kind": "payment"} for one in dated])
    )
    await house.db.write(lambda conn: conn.execute(insert(tables.profile_change), past))


async def hold(house: House, customer_id: str) -> None:
    async def unit(conn: Connection) -> None:
        c = tables.customer
        await conn.execute(update(c).where(c.c.id == customer_id).values(profile='{"legal_hold": true}'))

    await house.db.write(unit)


@BOTH
async def test_what_is_older_than_its_days_goes_and_a_legal_hold_keeps_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_rows, "SLICE", 3)  # several slices
    monkeypatch.setattr(retention, "SLICES", 10_000)  # and all of them in one round
    held = str((await hold_text(house))["id"])
    await wrap_up(house, "ada", held)
    await plant(house, "sam", (1, 11, 9, 30))
    await plant(house, "pia", (11, 30))
    await hold(house, "pia")
    a, p = tables.activity, tables.profile_change
    old = OldRows(house.db)
    before = await house.count(tables.script_run)
    assert before > 0
    done = await old.forget(TERMS, house.clock.now())
    assert (done["activities"], done["past_values"]) == (2, 2)
    assert await house.count(a, a.c.customer_id == "pia") == 2
    assert await house.count(p, p.c.customer_id == "pia", p.c.name == "city", p.c.changed_by == "agent") == 2
    assert await house.count(a, a.c.customer_id == "sam", a.c.kind == "payment") == 2
    assert await house.count(tables.script_run) == before, "closed a moment ago"
    due = (await house.rows(tables.rule_due, tables.rule_due.c.customer_id == "sam"))[0]
    assert "activity/payment" in due["changed"]
    house.clock.at += 11 * DAY
    assert (await old.forget(TERMS, house.clock.now()))["scripts"] == 1
    assert {one["run"] for one in await house.rows(tables.script_run)} == {"{}"}, "its steps stay for figures"
    assert await house.count(tables.script_run) == before
    assert "scripts" not in await old.forget(TERMS, house.clock.now()), "once"
    t = tables.audit
    async with house.db.read() as conn:
        query = select(t.c.detail).where(t.c.action == "retention.delete")
        said = [orjson.loads(one) for one in await conn.scalars(query)]
    assert {"kind": "activities", "rows": 2} in said and {"kind": "scripts", "rows": 1} in said
    assert await OldRows(house.db).forget(RetentionPolicy(), house.clock.now() + 999 * DAY) == {}, "kept for good"
    house.screens.clear()  # eleven days passed at once, without the hub


@BOTH
async def test_messages_behind_those_of_a_legal_hold_go_all_the_same(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await wrap_up(house, "ada", held)
    m = tables.message
    other = await house.rows(m, m.c.interaction_id == held)
    closed_at = (await house.interaction(id=held))["closed_at"]
    await hold(house, "sam")
    assert await forget_messages(house.db, house.media, closed_at + 1) == 0
    assert await house.count(m, m.c.interaction_id == held) == len(other)


def test_every_kind_is_named_with_its_term() -> None:
    said = "\n".join(say_terms(POLICY, 400))
    assert "the audit trail and hearings for 400 days" in said
    assert "activities for good" in said
