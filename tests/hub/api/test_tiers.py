"""Tiers over HTTP: their figures, and tiers that supervisors fix, each in the trail."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest

from hub.app import HubProcess
from hub.storage import tables
from hub.storage.rule_tables import tier_override
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = "A friend of the house"


async def ask(hub: HubProcess, staff: str, path: str) -> Any:
    headers = {"Cookie": await sign_in(hub.url, staff)}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{hub.url}/api/{path}") as answer:
        return await answer.json() if answer.status == 200 else answer.status


async def test_tiers_are_shown_with_their_rules_in_words_and_how_many_have_them(hub: HubProcess) -> None:
    shown = await ask(hub, "dot", "tiers?language=en")
    assert [(one["id"], one["customers"] > 0, one["minimum_days"]) for one in shown["tiers"]] == [
        ("platinum", True, 30),
        ("gold", True, 30),
        ("standard", True, 0),
    ]
    first = shown["tiers"][0]
    assert first["up"] == "customer.value_past >= 20000 || customer.value_now >= 5000"
    assert first["up_words"] == "Past value at least EUR 20,000 or Present value at least EUR 5,000"
    assert len(shown["months"]) == 12
    assert (shown["policy"], shown["may_fix"], shown["boost_cap_seconds"]) == (1, True, 600)
    assert shown["head_starts"][0]["head_start_seconds"]["phone"] == 86_700
    chinese = await ask(hub, "tomasz", "tiers?language=zh-CN")
    assert chinese["tiers"][0]["up_words"] == "过往价值不低于 EUR 20,000，或当前价值不低于 EUR 5,000"
    assert (chinese["may_fix"], await ask(hub, "tomasz", "fixed-tiers"), await ask(hub, "ada", "tiers")) == (
        False,
        403,
        403,
    )


async def test_stages_are_shown_in_the_order_of_a_life_with_groups_and_signs(hub: HubProcess) -> None:
    shown = await ask(hub, "dot", "lifecycle?days=30")
    assert [(one["id"], one["group"]) for one in shown["stages"]] == [
        ("prospect", "acquire"),
        ("new", "activate"),
        ("established", "activate"),
        ("at_risk", "anti_attrition"),
        ("lapsed", "anti_attrition"),
    ]
    assert shown["stages"][1]["when_words"] == "days since first “Payment” at most 183"
    assert sum(one["customers"] for one in shown["stages"]) + shown["unknown"] == shown["customers"]
    assert {one["id"]: one["boost_seconds"] for one in shown["warnings"]}["complaints"] == 120
    for odd in ("0", "-1", "x", "99999999", "٣"):
        shown = await ask(hub, "dot", f"lifecycle?days={odd}")
        assert isinstance(shown, dict) and shown["days"] in (1, 90, 365), (odd, shown)


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
        listed = (await ask(hub, "dot", "fixed-tiers"))["tiers"]
        assert [
            (row["customer_id"], row["customer_name"], row["tier"], row["set_by_name"], row["why"]) for row in listed
        ] == [("maria", "María José Núñez", "gold", "Dot Mbeki", WHY)]
        async with session.post(f"{one}/release") as answer:
            assert (answer.status, (await answer.json())["tier"]) == (200, "gold")
        assert (await ask(hub, "dot", "fixed-tiers"))["tiers"] == []
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


async def test_an_administrator_saves_head_starts_as_a_version_of_the_policy(hub: HubProcess) -> None:
    before = await ask(hub, "tomasz", "tiers")
    gold = {tier["id"]: tier for tier in before["head_starts"]}["gold"]
    seconds = gold["head_start_seconds"]["sms"] + 60
    wish = {"policy": before["policy"], "head_starts": {"gold": {"sms": seconds}}, "why": WHY}
    path = f"{hub.url}/api/policy/head-starts"
    supervisor = aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "dot")})
    async with supervisor, supervisor.post(path, json=wish) as answer:
        assert answer.status == 403
    async with aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "tomasz")}) as session:
        for wrong, status, code in [
            ({"why": ""}, 400, "invalid"),
            ({"head_starts": {"silver": {"sms": 1}}}, 400, "invalid"),
            ({"head_starts": {"gold": {"sms": -1}}}, 400, "invalid"),
            ({"policy": before["policy"] - 1}, 409, "changed"),
        ]:
            async with session.post(path, json=wish | wrong) as answer:
                assert (answer.status, (await answer.json())["code"]) == (status, code), wrong
        async with session.post(path, json=wish | {"head_starts": {"gold": {"fax": 1}}}) as answer:
            assert answer.status == 422 and "fax" in (await answer.json())["words"]
        answers = await asyncio.gather(*(session.post(path, json=wish) for _ in range(2)))
        assert sorted(answer.status for answer in answers) == [200, 409], "the second saw an older version"
        after = await ask(hub, "tomasz", "tiers")
        assert after["policy"] == before["policy"] + 1
        starts = {tier["id"]: tier["head_start_seconds"] for tier in after["head_starts"]}
        assert starts["gold"] == gold["head_start_seconds"] | {"sms": seconds}
        back = wish | {"policy": after["policy"], "head_starts": {"gold": gold["head_start_seconds"]}}
        async with session.post(path, json=back) as answer:
            assert answer.status == 200
    async with hub.db.read() as connection:
        c = tables.audit.c
        rows = (await connection.execute(tables.audit.select().where(c.action == "policy.change"))).all()
        a = tables.inbox.c
        told = (await connection.execute(tables.inbox.select().where(a.kind == "PolicyPublished"))).all()
    assert [row.staff_id for row in rows] == ["tomasz", "tomasz"] and WHY in rows[0].detail
    assert len(told) >= 2, "the process that routes takes them into use"
