"""A policy survives every form that it takes: the file, the stored document, the router's own."""

import json
import tomllib
from pathlib import Path

import pytest

from channels.registry import REGISTRY
from channels.traits import Traits
from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy, policy_to_toml
from hub.policies.in_force import PolicyBook
from hub.policies.routing_form import build_routing_policy
from hub.settings.config import load
from hub.toml_files.problems import ConfigErrors
from routing.model import SECOND, AgentChoice, AgentId, ChannelName, Policy, QueueId, Requirement, Ring, TierId
from routing.policy_checks import check
from tests.channel_names import EMAIL, PHONE, WEBCHAT

FILE = Path(__file__).parents[3] / "config.toml"
HOUR = 3_600 * SECOND


@pytest.fixture(scope="module")
def document() -> PolicyDocument:
    return load(FILE, {}).policy_document


@pytest.fixture(scope="module")
def policy(document: PolicyDocument) -> Policy:
    return build_routing_policy(document, version=7)


def test_stored_as_json_and_read_again_it_is_the_same(document: PolicyDocument) -> None:
    assert parse_policy(json.loads(json.dumps(dump_policy(document)))) == document


def test_exported_as_a_file_and_read_again_it_is_the_same(document: PolicyDocument) -> None:
    assert parse_policy(tomllib.loads(policy_to_toml(document))["policy"]) == document


def test_the_export_says_always_and_open_rings_in_the_files_own_words(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["tiers"][0]["head_start_seconds"]["phone"] = "always"
    always = parse_policy(data)
    assert parse_policy(tomllib.loads(policy_to_toml(always))["policy"]) == always
    assert 'phone = "always"' in policy_to_toml(always)
    assert build_routing_policy(always, 1).tiers[TierId("platinum")].head_start[PHONE] is None


def test_the_router_gets_microseconds_for_every_channel(policy: Policy) -> None:
    assert policy.version == 7
    platinum = policy.tiers[TierId("platinum")]
    assert platinum.order > policy.tiers[TierId("gold")].order > policy.tiers[TierId("standard")].order
    assert platinum.head_start[PHONE] == 24 * HOUR + 300 * SECOND
    assert set(platinum.head_start) == set(policy.points) == set(policy.offer_duration) == set(REGISTRY)
    assert policy.interruptible_by[EMAIL] == (PHONE, WEBCHAT)
    assert policy.interruptible_by[PHONE] == ()
    assert (policy.lone_retry, policy.boost_cap) == (15 * SECOND, 600 * SECOND)


def test_the_router_gets_rings_in_order_with_the_last_one_open(policy: Policy) -> None:
    assert policy.queues[QueueId("deposits")].rings == (
        Ring(Requirement(skills=(("loans", 4),)), 20 * SECOND),
        Ring(Requirement(skills=(("loans", 2),)), 40 * SECOND),
        Ring(Requirement(teams=("front",)), None),
    )
    assert policy.queues[QueueId("service")].rings == (Ring(),)
    assert policy.queues[QueueId("deposits")].offer_duration == {PHONE: 20 * SECOND}
    assert policy.queues[QueueId("cards")].wrap_up_limit == 90 * SECOND
    assert policy.queues[QueueId("service")].wrap_up_limit is None


def test_a_queue_says_whom_it_asks_first(document: PolicyDocument, policy: Policy) -> None:
    assert policy.queues[QueueId("cards")].choice is AgentChoice.MOST_PROFICIENT
    assert policy.queues[QueueId("service")].choice is AgentChoice.LEAST_LOAD
    data = dump_policy(document)
    data["queues"][0] |= {"preferred_seconds": 30, "transfer_restarts": True, "rings": [{"agents": ["cleo", "ada"]}]}
    service = build_routing_policy(parse_policy(data), 1).queues[QueueId("service")]
    assert (service.preferred_duration, service.transfer_restarts) == (30 * SECOND, True)
    assert service.rings == (Ring(Requirement(agents=(AgentId("ada"), AgentId("cleo")))),)


def test_the_same_document_gives_the_same_policy_whatever_the_order_in_the_file(document: PolicyDocument) -> None:
    data = dump_policy(document)
    for tier in data["tiers"]:
        tier["head_start_seconds"] = dict(reversed(tier["head_start_seconds"].items()))
    data["capacity"]["points"] = dict(reversed(data["capacity"]["points"].items()))
    assert repr(build_routing_policy(parse_policy(data), 1)) == repr(build_routing_policy(document, 1))


def test_a_channel_of_which_the_policy_says_nothing_is_as_it_says_of_itself(
    document: PolicyDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = json.loads(json.dumps(dump_policy(document)))
    pigeon = Traits(name="pigeon", names={"en": "Pigeon"}, address_kind="pigeon", points=40, head_start_seconds=600)
    monkeypatch.setitem(REGISTRY, pigeon.name, pigeon)
    book = PolicyBook(7, parse_policy(stored))
    policy, name = book.routing, ChannelName("pigeon")
    assert (policy.points[name], policy.offer_duration[name], name in policy.calls) == (40, 30 * SECOND, False)
    starts = [policy.tiers[TierId(tier)].head_start[name] for tier in ("platinum", "gold", "standard")]
    assert starts == [1200 * SECOND, 600 * SECOND, 0]
    assert book.get_entry(name, "anything").queue == "service"
    assert [queue.id for queue in document.queues if book.takes(queue.id, name, is_to_be_called=False)] == ["service"]
    assert check(policy) == check(build_routing_policy(document, 7))
    assert dump_policy(book.document) == dump_policy(document), "what is stored stays as it was"


def test_what_the_policy_says_of_a_channel_counts(document: PolicyDocument) -> None:
    policy = build_routing_policy(document, 7)
    assert policy.calls == (PHONE,)
    assert document.capacity.points.items() <= policy.points.items()
    said = {channel: seconds * SECOND for channel, seconds in document.timing.offer_seconds.items()}
    assert said.items() <= policy.offer_duration.items()
    for queue in document.queues:
        assert set(queue.channels) <= set(policy.queues[QueueId(queue.id)].channels)


def test_a_call_at_opening_time_is_not_behind_the_nights_mails(policy: Policy) -> None:
    opening = 8 * HOUR
    for caller in policy.tiers.values():
        for writer in policy.tiers.values():
            call, mail = caller.head_start[PHONE], writer.head_start[EMAIL]
            assert call is not None
            assert mail is not None
            assert opening - call < opening - 15 * HOUR - mail  # sent at five in the afternoon before


def test_an_address_leads_to_its_own_entry_or_to_the_channels(document: PolicyDocument) -> None:
    chinese = document.find_entry(PHONE, "+46850005010")
    assert chinese is not None
    assert chinese.requirement.build() == Requirement(languages=("zh-CN",))
    hotline = document.find_entry(PHONE, "+46850005000")
    assert hotline is not None
    assert hotline.queue == "cards"
    other = document.find_entry(PHONE, "+46850009999")
    assert other is not None
    assert (other.queue, other.language, other.address) == ("service", "", "")
    cards = document.find_entry(EMAIL, "Cards@Nordpost.example")
    assert cards is not None
    assert cards.queue == "cards"


def test_a_document_from_a_screen_is_refused_with_every_problem_and_without_lines(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["tiers"][1]["order"] = data["tiers"][0]["order"]
    data["default_tier"], data["tier_rules"] = "nobody", []
    with pytest.raises(ConfigErrors) as caught:
        parse_policy(data)
    assert [str(problem) for problem in caught.value.problems] == [
        "default_tier: names a tier that does not exist: write one of platinum, gold, standard, or add it",
        "tiers[2].order: repeats an earlier one: change it, or take this one away",
    ]


def test_a_requirement_is_sorted_so_that_equal_ones_share_a_lane(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["entries"][0]["requirement"] = {"skills": {"loans": 2, "cards": 1}, "languages": ["sv", "en"]}
    built = parse_policy(data).entries[0].requirement.build()
    assert built == Requirement(skills=(("cards", 1), ("loans", 2)), languages=("en", "sv"))
    assert built.agents == tuple[AgentId, ...]()


def test_a_recording_needs_words_that_the_policy_has_and_a_queue_that_takes_calls(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["queues"][0]["recording"] = {"arriving": {"announcement": "nothing", "keep_days": 90}}
    with pytest.raises(ConfigErrors) as caught:
        parse_policy(data)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("queues[1].recording.arriving.announcement: names a message that does not exist")
    data["queues"][0]["recording"] = {"arriving": {"announcement": "recorded"}, "sideways": {}}
    with pytest.raises(ConfigErrors):
        parse_policy(data)
    data["queues"][0]["recording"] = {"called_out": {"announcement": "recorded", "keep_days": 30}}
    assert parse_policy(data).queues[0].recording["called_out"].keep_days == 30
