"""The most specific script that applies is chosen, in the customer's language before any other."""

import itertools
from dataclasses import fields, replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts_library.applies_to import AppliesTo
from scripts_library.condition_parsing import parse_condition
from scripts_library.script_parts import Place, Script, Step, Way
from scripts_library.selection import PARTS, Reason, Subject, explain, rank_scripts, select
from tests.scripts_library.sample_types import TYPES


def script(script_id, language="en", priority=0, when="", **applies_to):
    return Script(
        id=script_id,
        version=1,
        language=language,
        title=script_id,
        applies_to=AppliesTo(**applies_to),
        priority=priority,
        when=parse_condition(when, TYPES) if when else None,
        types=TYPES,
        fields=(),
        steps=(Step("a", "A", (), exits=(Way("", "end", "", Place()),)),),
        file=f"{script_id}.{language}.md",
        source="",
    )


PIA = Subject(
    channel="phone",
    queue="cards",
    tier="platinum",
    language="en",
    segments=frozenset({"traveller"}),
    variables={"customer.city": "Uppsala"},
)

EVE = 1_795_880_100_000_000  # 2026-11-28 15:35 UTC
ANY = script("any")
CHANNEL = script("channel", channels=("phone",))
TIER = script("tier", tiers=("platinum",))
WHEN = script("when", when='customer.city == "Uppsala"')
SEGMENT = script("segment", segments=("traveller",))
QUEUE = script("queue", queues=("cards",))
LADDER = (ANY, CHANNEL, TIER, WHEN, SEGMENT, QUEUE)


def names(scripts, subject=PIA, fallback="en"):
    return [chosen.id for chosen in rank_scripts(scripts, subject, fallback)]


def test_what_it_is_about_goes_before_who_it_is_before_how_they_reach_us():
    assert names(LADDER) == ["queue", "segment", "when", "tier", "channel", "any"]


@pytest.mark.parametrize(
    "other",
    [
        {"channels": ("sms", "email")},
        {"queues": ("deposits",)},
        {"tiers": ("gold",)},
        {"segments": ("home owner",)},
        {"when": 'customer.city == "Oslo"'},
        {"queues": ("cards",), "tiers": ("standard",)},
    ],
)
def test_a_script_meant_for_others_does_not_apply(other):
    assert select([script("other", **other)], PIA, "en") is None


def test_a_part_that_names_more_is_less_specific():
    two = script("a-two", queues=("cards", "deposits"))
    assert names([two, QUEUE]) == ["queue", "a-two"]


def test_a_tier_within_a_queue_goes_before_the_queue_alone():
    platinum = script("z-platinum", queues=("cards",), tiers=("platinum",))
    assert names([QUEUE, platinum]) == ["z-platinum", "queue"]
    assert names([QUEUE, platinum], Subject("phone", "cards", "standard", "en")) == ["queue"]


def test_priority_goes_before_everything_but_language():
    assert names([QUEUE, script("campaign", priority=1), script("by-hand", priority=-1, queues=("cards",))]) == [
        "campaign",
        "queue",
        "by-hand",
    ]
    chinese = script("zh", language="zh-CN", priority=9)
    assert names([ANY, chinese]) == ["any"]


def test_what_agents_pick_by_hand_is_listed_and_never_chosen():
    by_hand = script("by-hand", priority=-1)
    assert names([by_hand]) == ["by-hand"]
    assert select([by_hand], PIA, "en") is None
    assert select([by_hand, ANY], PIA, "en") == ANY


NAMED = {
    "queues": "cards",
    "purposes": "callback",
    "numbers": "+46101234567",
    "segments": "traveller",
    "stages": "new",
    "tiers": "platinum",
    "hours": "closed",
    "skills": "mortgages",
    "directions": "outbound",
    "channels": "phone",
}
WHOLE = replace(
    PIA,
    purpose="callback",
    number="+46101234567",
    stage="new",
    hours="closed",
    skills=frozenset({"mortgages", "cards"}),
    direction="outbound",
)


def test_every_part_that_a_head_can_name_is_named_here():
    assert tuple(NAMED) == PARTS
    assert {one.name for one in fields(AppliesTo)} == set(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_met_by_its_fact_alone_and_said_as_the_reason(part):
    named = script("named", **{part: (NAMED[part],)})
    assert names([named, ANY], WHOLE) == ["named", "any"]
    assert explain(named, WHOLE) == (Reason(part, NAMED[part]),)
    assert select([script("other", **{part: ("something else",)})], WHOLE, "en") is None


@pytest.mark.parametrize("part", ["purposes", "numbers", "stages", "hours", "skills", "directions"])
def test_a_fact_that_is_not_known_is_met_by_no_script_that_names_it(part):
    assert names([script("named", **{part: (NAMED[part],)}), ANY], PIA) == ["any"]


def test_what_comes_first_among_the_parts_is_more_specific():
    ladder = [script(part, **{part: (NAMED[part],)}) for part in reversed(PARTS)]
    assert names(ladder, WHOLE) == list(PARTS)


def test_all_reasons_are_said_in_their_order_and_the_condition_too():
    both = script("both", when='customer.city == "Uppsala"', tiers=("gold", "platinum"), queues=("cards",))
    assert explain(both, PIA) == (Reason("queues", "cards"), Reason("tiers", "platinum"), Reason("when", ""))


def test_what_the_reader_may_not_see_is_no_reason():
    named = script("named", segments=("traveller",), queues=("cards",))
    assert explain(named, replace(PIA, segments=frozenset())) == (Reason("queues", "cards"),)


def test_the_customers_language_goes_before_the_more_specific_words():
    sam = Subject("webchat", "deposits", "standard", "zh-CN")
    scripts = [script("deposit", queues=("deposits",)), script("greeting"), script("greeting", language="zh-CN")]
    chosen = rank_scripts(scripts, sam, "en")
    assert [(found.id, found.language) for found in chosen] == [("greeting", "zh-CN"), ("deposit", "en")]


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-cn", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-Hant-HK", "zh-CN"),
        ("en-GB", "en-GB"),
        ("en-US", "en"),
        ("en", "en"),
        ("sv", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language_is_taken(wished, expected):
    scripts = [script("a", language) for language in ("zh-CN", "en-GB", "en", "de")]
    chosen = select(scripts, Subject("phone", "cards", "gold", wished), "en")
    assert chosen is not None
    assert chosen.language == expected


def test_in_no_language_of_theirs_there_is_no_script():
    assert select([script("a", "de")], PIA, "sv") is None


@given(st.permutations(LADDER))
def test_the_order_of_the_files_does_not_matter(scripts):
    assert names(scripts) == names(LADDER)


def test_each_part_more_is_never_less_specific():
    parts = {"channels": ("phone",), "queues": ("cards",), "tiers": ("platinum",), "segments": ("traveller",)}
    for count in range(len(parts)):
        for some in itertools.combinations(parts, count):
            less = script("a", **{name: parts[name] for name in some})
            for name in parts.keys() - set(some):
                more = script("b", **{key: parts[key] for key in (*some, name)})
                assert select([less, more], PIA, "en") is more


def test_a_condition_on_days_is_read_at_the_instant_and_in_the_organisations_zone():
    birthday = script("birthday", when="days_until(customer.birthday) == 1")
    eve = replace(PIA, at=EVE, zone=ZoneInfo("Asia/Shanghai"), variables={"customer.birthday": date(2026, 11, 29)})
    assert select([birthday, ANY], eve, "en") == birthday
    assert select([birthday, ANY], replace(eve, zone=ZoneInfo("Asia/Tokyo")), "en") == ANY  # the day has come there
