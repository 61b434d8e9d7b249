"""Every script of the library is walked by every role card, in both languages, to its end and to each step."""

from collections.abc import Mapping

import pytest

from scripts_library.branching import Known
from scripts_library.card_parsing import LANGUAGES, Card
from scripts_library.customer_play import Play, answer_step, play
from scripts_library.loader import LIBRARY, Library, load_cards, load_scripts
from scripts_library.outcomes import list_needed
from scripts_library.run import find_outcome, start_run
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Script, Step
from scripts_library.ways import find_reachable
from tests.scripts_library.sample_types import TYPES

CARDS = load_cards()
TURNS = range(12)
FILES = sorted(path.name for path in LIBRARY.glob("*.md"))
# Steps of the library that no card comes to in any turn; each is there for what the cards do not have
NEVER_MET: Mapping[str, frozenset[str]] = {}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_scripts(LIBRARY, TYPES)


def know(card: Card) -> Known:
    listed = {"segments", "products"}
    values = {name: tuple(one.split(", ")) if name in listed else one for name, one in card.role.values.items()}
    numbers = {name: int(one) for name, one in values.items() if isinstance(one, str) and one.isdigit()}
    known = {f"customer.{name}": value for name, value in {**values, **numbers}.items()}
    return Known({**known, "customer.tier": card.role.tier, "customer.name": card.role.names["en"]})


def list_met(played: Play) -> set[str]:
    return {one.step_id for one in played.run.path}


@pytest.mark.parametrize("file", FILES)
def test_every_script_is_walked_to_its_end_and_to_each_step(library: Library, file: str) -> None:
    script = next((one for one in library.scripts if one.file == file), None)
    if script is None:
        assert any(one.file == file for one in library.shared)  # walked in the scripts that use it
        return
    met = set[str]()
    for card in CARDS:
        for turn in TURNS:
            played = play(script, card, turn, know(card))
            assert played.is_over, (card.role.id, turn, played.run.step_id, played.refusal)
            needed = list_needed(script, find_outcome(played.run, script))
            assert set(needed) <= set(played.run.acknowledged), (card.role.id, turn)
            met |= list_met(played)
    assert find_reachable(script) - met == NEVER_MET.get(script.id, frozenset())


@pytest.mark.parametrize("card", CARDS, ids=lambda one: one.role.id)
def test_the_same_customer_takes_the_same_way_in_both_languages(library: Library, card: Card) -> None:
    by_id: dict[str, list[Script]] = {}
    for script in library.scripts:
        by_id.setdefault(script.id, []).append(script)
    assert {len(twins) for twins in by_id.values()} == {len(LANGUAGES)}
    for twins in by_id.values():
        first, second = (play(one, card, 3, know(card)) for one in twins)
        assert first.run.path == second.run.path
        said = {scene.reply.says for played in (first, second) for scene in played.scenes}
        assert len(said) > 1  # each in its own language


def test_a_play_is_the_same_each_time_and_says_what_is_given(library: Library) -> None:
    script = next(one for one in library.scripts if one.file == "cross-sell.en.md")
    angry = next(card for card in CARDS if card.role.id == "angry")
    played = play(script, angry, 0, know(angry))
    assert played == play(script, angry, 0, know(angry))
    assert played.scenes[0].reply.says in angry.role.says["en"].opens
    fields = [given for scene in played.scenes for given in scene.reply.given]
    assert all(given.value and given.shown for given in fields)
    assert answer_step(script, played.run, angry).says in angry.role.says["en"].closes


ROUND = """+++
id = "round"
version = 1
title = "Round"
language = "en"
+++

## ask: Ask

> Do you want it?

- [1] Again -> ask
- [2] No -> end
"""


def test_nobody_goes_round_for_ever() -> None:
    script = parse_script(ROUND, "round.en.md", TYPES)
    for card in CARDS:
        for turn in TURNS:
            played = play(script, card, turn)
            assert (played.is_over, len(played.scenes) <= 3) == (True, True)


def test_a_statement_that_another_way_owes_stops_a_play_instead_of_raising() -> None:
    """A script with a way around what must be said cannot be published; as a draft it is still played."""
    marked = ROUND.replace("+++\n\n##", '[outcomes.sold]\nlabel = "Sold"\nafter = ["ask"]\n+++\n\n##', 1)
    marked = marked.replace("-> end", "-> end: sold").replace("> Do you", "!> Do you")
    script = parse_script(marked, "round.en.md", TYPES)
    played = play(script, CARDS[0])
    assert played.is_over
    assert find_outcome(played.run, script) == "sold"
    silent: tuple[Step, ...] = script.steps
    assert start_run(script).step_id == silent[0].id
