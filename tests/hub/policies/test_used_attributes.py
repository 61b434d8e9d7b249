"""A policy that takes an attribute from scripts, or gives it another type, is refused and names each of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.policies.activity_kinds import ActivityPolicy
from hub.policies.attributes import AttributePolicy
from hub.policies.document import PolicyDocument
from hub.policies.publishing import apply_policy
from hub.policies.stored_versions import get_newest_book
from hub.policies.used_attributes import AttributeInUse
from hub.policies.webhook_policies import WebhookPolicy
from hub.scripts.script_folders import take_files
from hub.settings.config import parse
from hub.storage import segments
from hub.toml_files.problems import ConfigErrors
from tests.hub.conftest import ROOT
from tests.hub.house import House
from tests.hub.sample_policies import take_on
from tests.hub.sample_settings import POLICY

SCRIPT = """+++
id = "tall"
version = 1
title = "Tall"
language = "en"
when = 'has(customer.city) && customer.height > 190'
+++

## hello: Welcome

> Are you {{ customer.height | fallback: "tall" }}?

-> end
"""


def declare(**types: Any) -> PolicyDocument:
    more = {name: AttributePolicy(type=type_, names={"en": name, "zh-CN": name}) for name, type_ in types.items()}
    return replace(POLICY, attributes={**POLICY.attributes, **more})


async def publish(house: House, document: PolicyDocument) -> int | None:
    version = await apply_policy(house.db, document, house.clock.now(), "test")
    await take_on(house)
    return version


async def publish_script(house: House, folder: Path) -> None:
    (folder / "tall.en.md").write_text(SCRIPT, encoding="utf-8")
    assert await take_files(house.db, folder, house.clock.now(), "test") == ()


async def test_an_attribute_that_a_script_reads_keeps_its_type(house: House, tmp_path: Path) -> None:
    assert await publish(house, declare(height="number")) == 2
    await publish_script(house, tmp_path)
    with pytest.raises(AttributeInUse) as caught:
        await publish(house, declare(height="list"))
    assert str(caught.value).splitlines() == [
        "The policy was not published: scripts use attributes that it lacks or that have another type in it.",
        '  tall.en.md:6:31: `when`, character 23: "customer.height" is a list: write "..." in customer.height.',
        "Keep customer.height as before, or change these scripts first.",
    ]
    with pytest.raises(AttributeInUse, match=r'md:6:31: `when`, character 23: "customer\.height" is not known'):
        await publish(house, declare())


async def test_what_no_script_reads_may_change(house: House, tmp_path: Path) -> None:
    assert await publish(house, declare(height="number", width="number")) == 2
    await publish_script(house, tmp_path)
    assert await publish(house, declare(height="money", width="date")) == 3


async def define(house: House, segment: str, definition: str) -> None:
    await house.db.write(
        lambda connection: segments.add(connection, segment, {"en": segment}, "", definition, None, by="ada", at=1)
    )


async def test_an_attribute_that_a_segment_reads_keeps_its_type_and_the_last_policy_serves(house: House) -> None:
    assert await apply_policy(house.db, declare(height="number"), house.clock.now(), "test") == 2
    await take_on(house)
    await define(house, "tall", "has(customer.city)\n  && customer.height > 190")
    await define(house, "taller", 'in_segment("tall") && customer.height > 200')
    await define(house, "gone", "customer.height > 200")
    await house.db.write(lambda connection: segments.begin(connection, "gone", 2))
    await house.db.write(lambda connection: segments.retire(connection, "gone", 3))
    await define(house, "broken", "customer.height >")
    with pytest.raises(AttributeInUse) as caught:
        await apply_policy(house.db, declare(height="list"), house.clock.now(), "test")
    told = str(caught.value).splitlines()
    assert told[1].startswith('  segment "tall", line 2, character 6: "customer.height" is a list')
    assert told[2].startswith('  segment "taller", line 1, character 23: ')
    assert told[3:] == ["Keep customer.height as before, or change or retire these segments first."]
    with pytest.raises(AttributeInUse, match=r'"tall", line 2, character 6: "customer\.height" is not known'):
        await apply_policy(house.db, declare(), house.clock.now(), "test")
    async with house.db.read() as connection:
        assert (await get_newest_book(connection)).version == 2


async def test_an_activity_that_a_segment_counts_stays(house: House) -> None:
    kinds = {"walk": ActivityPolicy(names={"en": "Walk", "zh-CN": "散步"})}
    assert (
        await apply_policy(
            house.db, replace(POLICY, activities={**POLICY.activities, **kinds}), house.clock.now(), "test"
        )
        == 2
    )
    await define(house, "walkers", 'count("walk", within("30 days")) >= 2')
    with pytest.raises(AttributeInUse, match='segment "walkers", line 1, character 7: ') as caught:
        await apply_policy(house.db, POLICY, house.clock.now(), "test")
    assert 'Keep the activity "walk" as before' in str(caught.value)


RULE = """
[policy.attributes.height]
type = "list"
names = { en = "Height", zh-CN = "身高" }

[[policy.early_warnings]]
id = "tall"
names = { en = "Tall", zh-CN = "高" }
when = "has(customer.city) && customer.height >= 200"
"""


def test_an_attribute_that_a_rule_of_the_policy_reads_is_named_with_its_line_and_column() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8") + RULE
    line = text.splitlines().index('when = "has(customer.city) && customer.height >= 200"') + 1
    with pytest.raises(ConfigErrors) as caught:
        parse(text, ROOT, {})
    (problem,) = caught.value.problems
    assert (problem.line, problem.key.rpartition(".")[2]) == (line, "when")
    assert problem.what.startswith('column 23: "customer.height" is a list')
    parse(
        text.replace('type = "list"\nnames = { en = "Height"', 'type = "number"\nnames = { en = "Height"'), ROOT, {}
    )


CALLING = """+++
id = "calling"
version = 1
title = "Calling"
language = "en"
priority = 800

[fields.state]
label = "State"
type = "text"

[actions.look]
label = "Look it up"
do = "webhook"
webhook = "cards"
+++

## hello: Welcome

{{ action: look }}
{{ field: state }}

-> end
"""


async def test_a_webhook_that_a_script_calls_stays_and_fills_what_it_filled(house: House, tmp_path: Path) -> None:
    cards = WebhookPolicy(fills={"state": "state"}, example={"state": "blocked"})
    unused = WebhookPolicy(sends=("customer.tier",))
    document = replace(POLICY, webhooks={"cards": cards, "unused": unused})
    assert await publish(house, document) == 2
    (tmp_path / "calling.en.md").write_text(CALLING, encoding="utf-8")
    assert await take_files(house.db, tmp_path, house.clock.now(), "test") == ()
    numbered = replace(cards, example={"state": 3})
    for webhooks, words in (
        ({"unused": unused}, 'there is no webhook "cards".'),
        ({"cards": numbered, "unused": unused}, 'the example of the webhook "cards" does not fit the field "state".'),
    ):
        with pytest.raises(AttributeInUse) as caught:
            await publish(house, replace(document, webhooks=webhooks))
        assert f"calling.en.md:12:1: The action `look`: {words}" in str(caught.value)
        assert "Keep cards" in str(caught.value)
    assert await publish(house, replace(document, webhooks={"cards": cards})) == 3, "nobody calls the other one"
