"""Role cards are read whole, in both languages, and each mistake is named with its line."""

import pytest

from scripts_library.card_parsing import LANGUAGES, MAX_CARD, parse_card
from scripts_library.loader import ROLE_CARDS, load_cards
from scripts_library.script_problems import BrokenScript

GOOD = (ROLE_CARDS / "angry.md").read_text(encoding="utf-8")


def find_problems(text: str, file: str = "angry.md") -> list[tuple[int, str]]:
    with pytest.raises(BrokenScript) as caught:
        parse_card(text, file)
    return [(one.line, one.text) for one in caught.value.problems]


def line_of(text: str, begin: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith(begin))


def test_every_card_of_the_library_is_sound_and_speaks_both_languages() -> None:
    cards = load_cards()
    assert len(cards) >= 4
    assert len({card.role.mood for card in cards}) == len(cards)
    for card in cards:
        assert set(card.role.says) == set(card.role.titles) == set(card.about) == set(LANGUAGES)
        assert all(card.about.values())


@pytest.mark.parametrize(
    ("before", "after", "begin", "words"),
    [
        ('mood = "angry"', 'mood = "cross"', "mood", '"mood" does not fit'),
        ("objects = 3", "objects = 99", "objects", '"objects" does not fit'),
        ('mood = "angry"\n', "", "+++", '"mood" is missing'),
        ("objects = 3", "object = 3", "object", '"object" is not known in a role card'),
        ('opens = ["This', 'open = ["This', "[says.en]", "is missing"),
        ("objects = 3", "objects = = 3", "objects", "cannot be read as TOML"),
        ("## zh-CN", "## sv", "## sv", "The parts of the body"),
        ("[values]", '[choices]\nbridge = "1"\n\n[values]', "+++", "belongs to a script and its step"),
    ],
)
def test_a_mistake_is_named_with_its_line(before: str, after: str, begin: str, words: str) -> None:
    broken = GOOD.replace(before, after, 1)
    assert broken != GOOD
    assert any(line == line_of(broken, begin) and words in text for line, text in find_problems(broken))


def test_a_card_without_one_language_or_of_another_name_is_refused() -> None:
    without = GOOD[: GOOD.index("[says.zh-CN]")] + GOOD[GOOD.index("+++\n\n## en") :]
    assert find_problems(without) == [(1, '`says` is missing in "zh-CN".')]
    assert find_problems(GOOD, "other.md") == [(1, "`id` belongs to angry.md, and this is other.md.")]


@pytest.mark.parametrize(
    "text", ["", "x", "+++\n", "+++\n+++", "x" * (MAX_CARD + 1), "+++\na = " + "[" * 9_000 + "\n+++"]
)
def test_what_is_no_card_is_refused(text: str) -> None:
    assert find_problems(text)
