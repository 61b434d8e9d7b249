"""Tiers over HTTP: their figures, and tiers that supervisors fix, each in the trail."""

import re

import aiohttp
import pytest

from hub.app import HubProcess
from hub.storage import tables
from hub.storage.rule_tables import tier_override
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = "A friend of the house"


async def test_tiers_are_shown_with_their_rules_and_how_many_have_them(hub: HubProcess) -> None:
    headers = {"Cookie": await sign_in(hub.url, "dot")}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{hub.url}/api/tiers") as answer:
        shown = await answer.json()
    assert [(one["id"], one["customers"] > 0, one["minimum_days"]) for one in shown["tiers"]] == [
        ("platinum", True, 0),
        ("gold", True, 0),
        ("standard", True, 0),
    ]
    assert [one["up"] for one in shown["tiers"]] == ["", "", ""]  # the sample policy leaves tiers to people
    assert any("platinum is served before" in line for line in shown["bounds"])


async def test_why_a_customer_has_their_tier_is_a_sentence_in_the_readers_language(hub: HubProcess) -> None:
    one, body = f"{hub.url}/api/customers/sam/tier", {"tier": "gold", "why": WHY}
    said = {}
    async with aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "dot")}) as session:
        async with session.get(one) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "needs_reason")
        async with session.get(one, headers={"Hub-Reason": "She asked"}) as answer:
            told = await answer.json()
            said["before"] = told["sentence"]
            assert (told["may_fix"], [tier["id"] for tier in told["tiers"]]) == (
                True,
                ["platinum", "gold", "standard"],
            )
        async with session.post(f"{one}/fix", json=body) as answer:
            assert (await answer.json())["set_by_name"] == "Dot Mbeki"
        for language in ("en", "zh-CN"):
            async with session.get(f"{one}?language={language}", headers={"Hub-Reason": "She asked"}) as answer:
                said[language] = (await answer.json())["sentence"]
        async with session.post(f"{one}/release") as answer:
            assert answer.status == 200
    assert said["before"] == "Standard, as the customer was recorded: no rule has changed it."
    assert re.fullmatch(f"Gold, fixed by Dot Mbeki on .* until somebody ends it: “{WHY}”", said["en"])
    assert re.fullmatch(f"黄金，由Dot Mbeki于.*固定，直至有人解除：“{WHY}”", said["zh-CN"])


async def test_a_supervisor_fixes_a_tier_and_ends_that_and_the_trail_has_both(hub: HubProcess) -> None:
    one = f"{hub.url}/api/customers/maria/tier"
    async with aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "dot")}) as session:
        for body, status in [
            ({"tier": "silver", "why": WHY}, 400),
            ({"tier": "gold", "why": ""}, 400),
            ({"tier": "gold", "why": WHY, "until_at": 1}, 400),
            ({"tier": "gold", "why": WHY}, 200),
        ]:
            async with session.post(f"{one}/fix", json=body) as answer:
                assert answer.status == status, (body, await answer.text())
        async with session.post(f"{one}/release") as answer:
            assert (answer.status, (await answer.json())["tier"]) == (200, "gold")
        async with session.post(f"{one}/release") as answer:
            assert answer.status == 404
    agent = aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "ada")})
    async with agent, agent.post(f"{one}/fix", json={"tier": "gold", "why": WHY}) as answer:
        assert answer.status == 403
    async with hub.db.read() as connection:
        found = (await connection.execute(tier_override.select())).all()
        trail = (await connection.execute(tables.audit.select().where(tables.audit.c.action.like("tier.%")))).all()
    assert ("maria", "dot", "dot") in [(row.customer_id, row.set_by, row.ended_by) for row in found]
    mine = [row for row in trail if row.customer_id == "maria"]
    assert [row.action for row in mine] == ["tier.fix", "tier.release"]
    assert WHY in mine[0].detail
