"""Scripts ask for live segments: by what is counted of this customer, and nobody retires what a script asks for."""

from typing import Any

import pytest

from hub.policies.segment_rules import SegmentRefused
from hub.rules.rule_worker import RuleWorker
from hub.scripts import script_publishing
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_publishing import NotPublished, Wished, publish_texts, retire_script
from hub.scripts.script_sketch import sketch_script
from hub.segments.segment_counting import SegmentCounter
from hub.segments.segment_user import SegmentUser
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.rules.asking import learn, make_segment
from tests.hub.sample_settings import TYPES
from tests.hub.scripts.test_published_scripts import settle as settle_scripts

GIFT = """+++
id = "gift"
version = {version}
title = "A gift"
language = "en"
priority = 100
when = 'in_segment("loyal")'
+++

## hello: Hello

> Hello.

- [1] Wrap it in gold -> bye if in_segment("rich")
- [2] Wrap it -> bye

## bye: Goodbye

> Goodbye.

-> end
"""


def write(version: int = 1, **others: str) -> Wished:
    source = GIFT.format(version=version)
    for segment, other in others.items():
        source = source.replace(segment, other)
    return Wished(file="gift.en.md", source=source, written_by=("ada",))


class Counted:
    """Counts the segments of a house as its worker does."""

    def __init__(self, house: House) -> None:
        user = SegmentUser()
        idle = [SegmentCounter(house.db, house.clock, user).work_once]
        self.worker = RuleWorker(house.db, house.clock, [user], work_idle=idle)
        self.house = house

    async def settle(self) -> None:
        for _ in range(200):
            self.worker._look_at = 0
            if not await self.worker.work_once():
                await self.house.until_heard()
                return
        raise AssertionError("somebody is always due")


async def publish(house: House, *wished: Wished) -> None:
    await publish_texts(house.db, wished, house.clock.now(), "ada", "Why not")
    await settle_scripts(house)


def choices_of(house: House, held: dict[str, Any]) -> list[str]:
    script = house.screens["ada"].find(held["id"])["script"]
    return [script["script_id"], *(one["key"] for one in script["choices"])]


@BOTH
async def test_a_customer_of_the_segment_gets_the_script_and_its_choice(house: House) -> None:
    changes = await make_segment(house, "loyal", "customer.value_now > 100")
    await make_segment(house, "rich", "customer.value_now > 100000")
    counted = Counted(house)
    await publish(house, write())
    held = await hold_text(house)
    assert choices_of(house, held)[0] != "gift", "nobody was asked yet: it is not known"
    await house.check_screens()
    await wrap_up(house, "ada", held["id"])
    await learn(house, "sam", value_now=500)
    await counted.settle()
    held = await hold_text(house)
    assert choices_of(house, held) == ["gift", "2"]
    await learn(house, "sam", value_now=500000)
    await counted.settle()
    assert choices_of(house, held) == ["gift", "1", "2"], "whoever enters is known at once"
    await house.check_screens()
    await house.check_restored()
    for segment in ("loyal", "rich"):
        with pytest.raises(SegmentRefused, match=r"Scripts name it \(gift\.en\.md\): publish versions without it"):
            await changes.retire(segment, "ada")
    await publish(house, write(2, rich="loyal"))
    await changes.retire("rich", "ada")
    await house.until_heard()
    assert choices_of(house, held) == ["gift", "2"], "of a retired segment nothing is known"
    assert await retire_script(house.db, "gift", house.clock.now(), "ada", "over")
    await settle_scripts(house)
    await changes.retire("loyal", "ada")
    await house.until_heard()
    await house.check_screens()


@BOTH
async def test_a_segment_that_is_not_live_is_named_with_its_place(house: House) -> None:
    changes = await make_segment(house, "loyal", "customer.value_now > 100")
    await make_segment(house, "rich", "customer.value_now > 100000", is_live=False)
    said = "gift.en.md:14:44: There is no live segment"
    with pytest.raises(NotPublished) as caught:
        await publish(house, write())
    assert said in str(caught.value)
    published = PublishedScripts(house.db, house.scripts, TYPES)
    rules = await published.find_rules()
    sketch = sketch_script(write().source, "gift.en.md", rules)
    again = sketch_script(write().source, "gift.en.md", await published.find_rules())
    assert again is sketch, "a text is read once, though its check and its preview are asked for one after the other"
    assert [(one.line, one.column) for one in sketch.problems] == [(14, 44)], "the editor says it as well"
    await changes.begin("rich", "ada")
    await publish(house, write())
    assert await published.find_rules() is not rules
    assert not sketch_script(write().source, "gift.en.md", await published.find_rules()).problems


@BOTH
async def test_a_segment_that_is_retired_meanwhile_stops_the_publication(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = await make_segment(house, "loyal", "customer.value_now > 100")
    await make_segment(house, "rich", "customer.value_now > 100000")
    real, seen = script_publishing.check_wished, []

    def check(*given: Any) -> Any:
        seen.append(1)
        return real(*given)

    monkeypatch.setattr(script_publishing, "check_wished", check)
    store = script_publishing._store

    async def store_late(*given: Any) -> None:
        if len(seen) == 1:
            await changes.retire("rich", "ada")
        await store(*given)

    monkeypatch.setattr(script_publishing, "_store", store_late)
    with pytest.raises(NotPublished, match='no live segment "rich"'):
        await publish(house, write())
    assert len(seen) == 2
