"""A policy that takes an attribute from scripts, or gives it another type, is refused and names each of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.policies.attributes import AttributePolicy
from hub.policies.document import PolicyDocument
from hub.policies.publishing import apply_policy
from hub.policies.used_attributes import AttributeInUse
from tests.hub.house import House
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


async def publish(house: House, document: PolicyDocument, scripts: Path) -> int | None:
    return await apply_policy(house.db, document, house.clock.now(), "test", scripts=scripts)


async def test_an_attribute_that_a_script_reads_keeps_its_type(house: House, tmp_path: Path) -> None:
    (tmp_path / "tall.en.md").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "other.en.md").write_text("broken before", encoding="utf-8")
    assert await publish(house, declare(height="number"), tmp_path) == 2
    with pytest.raises(AttributeInUse) as caught:
        await publish(house, declare(height="list"), tmp_path)
    assert str(caught.value).splitlines() == [
        "The policy was not published: scripts use attributes that it lacks or that have another type in it.",
        '  tall.en.md:6: `when`, character 23: "customer.height" is a list: write "..." in customer.height.',
        "Keep customer.height as before, or change these scripts first.",
    ]
    with pytest.raises(AttributeInUse, match=r'md:6: `when`, character 23: "customer\.height" is not known'):
        await publish(house, declare(), tmp_path)


async def test_what_no_script_reads_may_change(house: House, tmp_path: Path) -> None:
    (tmp_path / "tall.en.md").write_text(SCRIPT, encoding="utf-8")
    assert await publish(house, declare(height="number", width="number"), tmp_path) == 2
    assert await publish(house, declare(height="money", width="date"), tmp_path) == 3
