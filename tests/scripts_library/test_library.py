"""The scripts that come with the hub: whole, in both languages, and the right one for everybody."""

import itertools
import re

import pytest

from scripts_library.checks import check_names
from scripts_library.loader import load_scripts
from scripts_library.rendering import render_current
from scripts_library.run import (
    AcknowledgeStatement,
    RecordAnswer,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_answers,
    get_current_step,
    measure_progress,
    start_run,
)
from scripts_library.script_parts import FieldType
from scripts_library.selection import Subject, rank_scripts, select
from tests.scripts_library.sample_types import TYPES

CHANNELS = ("phone", "sms", "email", "webchat")
QUEUES = ("cards", "deposits", "general")
TIERS = ("platinum", "gold", "standard")
LANGUAGES = ("en", "zh-CN")
PIA = {
    "customer.name": "Pia Lindqvist",
    "customer.title": "Ms",
    "customer.family_name": "Lindqvist",
    "customer.city": "Uppsala",
    "customer.since_year": 2011,
    "customer.tier": "platinum",
    "customer.language": "en",
    "customer.segments": ("traveller",),
    "customer.products": ("Current", "Visa"),
    "agent.name": "Ada",
    "interaction.channel": "phone",
    "interaction.queue": "cards",
    "organisation.name": "Nordbanken",
}


@pytest.fixture(scope="module")
def library(request):
    return load_scripts(request.config.rootpath / "scripts_library" / "library", TYPES)


def test_every_file_is_read_without_a_problem_and_both_languages_match(library):
    assert library.problems == ()
    assert {script.language for script in library.scripts} == set(LANGUAGES)


def test_every_name_is_one_of_the_demonstration(library):
    assert check_names(library.scripts, CHANNELS, QUEUES, TIERS) == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("queue", "tier", "script_id"),
    [
        ("cards", "platinum", "card-lost-platinum"),
        ("cards", "gold", "card-lost"),
        ("cards", "standard", "card-lost"),
        ("deposits", "platinum", "early-withdrawal"),
        ("deposits", "standard", "early-withdrawal"),
        ("general", "platinum", "greeting"),
        ("general", "standard", "greeting"),
        ("a queue of tomorrow", "a tier of tomorrow", "greeting"),
    ],
)
def test_the_right_script_is_chosen(library, language, queue, tier, script_id):
    for channel in CHANNELS:
        script = select(library.scripts, Subject(channel, queue, tier, language), "en")
        assert script is not None
        assert (script.id, script.language) == (script_id, language)


def test_what_agents_pick_by_hand_can_be_picked_everywhere(library):
    for channel, queue, tier in itertools.product(CHANNELS, QUEUES, TIERS):
        ranked = [script.id for script in rank_scripts(library.scripts, Subject(channel, queue, tier, "en"), "en")]
        by_hand = ranked[ranked.index("greeting") + 1 :]
        assert set(by_hand) == BY_HAND | ({"vip-concierge"} if tier == "platinum" else set())


BY_HAND = {
    "abusive-caller",
    "activate",
    "address-change",
    "bereavement",
    "callback",
    "complaint",
    "cross-sell",
    "data-refresh",
    "parcel-late",
    "retention",
    "survey",
    "suspected-fraud",
    "welcome",
    "win-back",
}


def test_each_script_is_worth_its_place(library):
    """At least sixteen, each with six steps, two branches, a captured field, a statement and two examples."""
    english = [script for script in library.scripts if script.language == "en" and script.id != "greeting"]
    assert len(english) >= 16
    for script in english:
        assert len(script.steps) >= 6, script.id
        assert sum(len(step.ways) > 1 for step in script.steps) >= 2, script.id
        assert script.fields, script.id
        assert any(step.statements for step in script.steps), script.id
        assert len(script.examples) >= 2, script.id


def test_every_chinese_sentence_has_chinese_words_and_no_english_punctuation(library):
    for script in library.scripts:
        body = script.source.split("+++\n")[2] if script.language == "zh-CN" else ""
        for line in body.splitlines():
            spoken = re.sub(r"\{\{.*?\}\}", "", line) if line.startswith((">", "!>")) else ""
            assert not re.search(r"[\u4e00-\u9fff][,;?!]", spoken), f"{script.file}: {line}"
            assert not spoken.strip("> !") or re.search(r"[\u4e00-\u9fff]", spoken), f"{script.file}: {line}"


ANSWERS = {
    FieldType.TEXT: "4471",
    FieldType.DATE: "2026-11-22",
    FieldType.NUMBER: "3",
    FieldType.AMOUNT: "20,000",
    FieldType.YES_NO: "yes",
}


def test_every_script_can_be_walked_to_its_end_by_every_choice(library):
    for script in library.scripts:
        walked, seen = set(), set()
        edge = [start_run(script)]
        while edge:
            run = edge.pop()
            step = get_current_step(run, script)
            walked |= {taken.step_id for taken in run.path}
            decisive = frozenset(item for item in find_answers(run, script).items() if decides(script, item[0]))
            if step is None or (step.id, decisive) in seen:
                continue
            seen.add((step.id, decisive))
            shown = render_current(script, run, PIA)
            assert shown is not None
            assert shown.parts
            assert measure_progress(run, script).remaining > 0
            for statement in step.statements:
                run = advance(run, script, AcknowledgeStatement(statement.id))
            for answers in itertools.product(*(list_answers(script, field) for field in step.fields)):
                answered = run
                for field, answer in zip(step.fields, answers, strict=True):
                    answered = advance(answered, script, RecordAnswer(field.name, answer))
                actions = [TakeChoice(choice.key) for choice in step.choices] or [TakeOnlyWay()]
                edge.extend(advance(answered, script, action) for action in actions)
        assert walked == {step.id for step in script.steps}


def decides(script, name):
    """Whether a condition asks for this answer, or a score counts it."""
    return f"answer.{name}" in script.types or any(name in score.points for score in script.scores)


def list_answers(script, field):
    """One answer, or all kinds of it where it decides how the script goes on."""
    if not decides(script, field.name):
        return [field.options[0].value if field.options else ANSWERS[field.type]]
    if field.type is FieldType.YES_NO:
        return ["yes", "no"]
    return [option.value for option in field.options] or [ANSWERS[field.type], "7"]


def test_the_library_shows_what_scripts_can_do(library):
    fields = {field for script in library.scripts for field in script.fields}
    assert {field.type for field in fields} >= set(FieldType)
    assert {field.kept_in.value for field in fields} == {"interaction", "profile", "consent"}
    statements = [step for script in library.scripts for step in script.steps if step.statements]
    ways = [way for script in library.scripts for step in script.steps for way in step.ways]
    assert any(way.when is not None for way in ways)
    assert any(script.scores for script in library.scripts)
    assert {step.id for step in statements} >= {"block", "agree", "effects", "record"}


def test_platinum_customers_hear_their_name_and_town(library):
    script = select(library.scripts, Subject("phone", "cards", "platinum", "en"), "en")
    assert script is not None
    run = advance(start_run(script), script, RecordAnswer("card_ending", "4471"))
    for action in (
        TakeChoice("1"),
        AcknowledgeStatement("block.1"),
        RecordAnswer("is_travelling", "no"),
        TakeChoice("1"),
    ):
        run = advance(run, script, action)
    step = render_current(script, run, PIA)
    assert step is not None
    spans = [span for part in step.parts for block in getattr(part, "blocks", ()) for span in block.spans]
    text = "".join(span.text for span in spans)
    assert text == (
        "I will send the new card by courier, free of charge for you. Shall I use your address in Uppsala?"
    )
    assert [span.text for span in spans if span.is_bold] == ["free of charge for you"]
