"""The texts of the simulation's page stand in both languages, like those of the screens."""

import re
from pathlib import Path

from hub.simulation.page_words import WORDS, say
from hub.simulation.table import unit_of

ROOT = Path(__file__).parents[3]


def test_every_language_has_every_text_with_the_same_values() -> None:
    for words in WORDS.values():
        assert {key: values_of(text) for key, text in words.items()} == {
            key: values_of(text) for key, text in WORDS["en"].items()
        }


def test_every_text_of_the_page_is_used() -> None:
    folder = ROOT / "hub" / "simulation"
    sources = "".join((folder / name).read_text(encoding="utf-8") for name in ("page.py", "command.py"))
    units = {unit_of(value)[1] for value in (1, 1_000, 100_000)}
    used = {name.split(":")[0] for name in re.findall(r'["\']([\w:]+)["\']', sources)} | units
    assert set(WORDS["en"]) - used == set()


def values_of(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)(?:\}|, plural,)", text))


def test_one_of_a_thing_is_counted_as_one() -> None:
    assert say("intervals", "en", batches=1).endswith("over 1 batch.")
    assert say("warm_up", "en", days=1) == ", after 1 day of warm-up"
    assert say("unanswered", "en", count=1_200).startswith("1,200 interactions still waited")
    assert say("warm_up", "zh-CN", days=1) == "，此前预热 1 天"
    counted = re.compile(r"\{(days|count|arrived|batches)\}")
    assert [text for words in WORDS.values() for text in words.values() if counted.search(text)] == []
