"""What becomes of those whom a queue does not keep waiting, and what they are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from hub.policies.document import (
    ANSWER_SECONDS,
    OverflowPolicy,
    PolicyDocument,
    QueuePolicy,
)
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.opening_hours import find_offsets
from hub.policies.routing_form import build_routing_policy
from hub.policies.stored_versions import publish_policy
from hub.settings.config import load
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from hub.toml_files.problems import ConfigErrors
from routing.hours import is_open
from routing.model import SECOND, ChannelName, Occasion, QueueId
from tests.channel_names import EMAIL, SMS
from tests.hub.house import House
from tests.hub.notices import GUS, SAM, mail, text

FILE = Path(__file__).parents[3] / "config.toml"


@pytest.fixture(scope="module")
def document() -> PolicyDocument:
    return load(FILE, {}).policy_document


async def adopt(house: House, *rules: OverflowPolicy, **queue: Any) -> None:
    """The first queue gets these rules, and whatever else is said of it."""
    before = house.state.book.document
    changed: QueuePolicy = replace(before.queues[0], overflow=rules, **queue)
    version = await publish_policy(
        house.db, replace(before, queues=(changed, *before.queues[1:])), house.clock.now(), "test"
    )
    assert version is not None
    await house.take(PolicyPublished(version))


def unstaffed(action: Literal["auto_reply", "release"], channel: ChannelName, message: str) -> OverflowPolicy:
    return OverflowPolicy(occasion=Occasion.UNSTAFFED, action=action, channels=(channel,), message=message)


async def test_who_writes_when_nobody_is_at_work_is_answered_and_keeps_the_place(house: House) -> None:
    await adopt(
        house,
        OverflowPolicy(occasion=Occasion.UNSTAFFED, action="auto_reply", channels=(SMS,), message="closed"),
    )
    await house.take(text("Hallå, mitt kort är borta", SAM))
    facts = await house.rows(tables.message, tables.message.c.kind == "fact")
    assert [fact["fact"] for fact in facts] == ["entered", "overflow_auto_reply"]
    (answer,) = await house.rows(tables.message, tables.message.c.kind == "agent")
    assert answer["text"].startswith("Thank you for your message.")
    assert (answer["author"], bool(answer["is_automatic"])) == ("Nordpost Bank", True)
    (request,) = await house.rows(tables.outbox)
    assert (request["kind"], request["id"]) == ("TextOut", answer["id"])
    assert (await house.interaction(customer_id="sam"))["state"] == "waiting"
    await house.take(text("STOP", SAM))
    await house.check_restored()


async def test_who_has_said_stop_gets_no_word_from_the_next_queue_either(house: House) -> None:
    to_cards = OverflowPolicy(
        occasion=Occasion.WAITED, after_seconds=600, action="queue", queue="cards", channels=(SMS,)
    )
    await adopt(house, to_cards)
    before = house.state.book.document
    cards = next(queue for queue in before.queues if queue.id == "cards")
    answers = replace(cards, overflow=(unstaffed("auto_reply", SMS, "closed"),))
    queues = tuple(answers if queue.id == "cards" else queue for queue in before.queues)
    version = await publish_policy(house.db, replace(before, queues=queues), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.take(text("Hallå, mitt kort är borta", SAM), text("我的卡丢了", GUS))
    await house.take(text("STOP", SAM))
    await house.turn(700)
    facts = await house.rows(tables.message, tables.message.c.fact == "overflow_auto_reply")
    assert len(facts) == 2
    assert [request.to_address for request in await house.requests("TextOut")] == [GUS]


async def test_a_mail_from_a_machine_is_not_answered_by_one(house: House) -> None:
    await adopt(
        house,
        OverflowPolicy(occasion=Occasion.UNSTAFFED, action="auto_reply", channels=(EMAIL,), message="closed"),
    )
    await house.take(mail("Är inte på plats", is_automatic=True))
    assert await house.rows(tables.message, tables.message.c.kind == "agent") == []
    await house.take(mail("Fråga om räntan"))
    (answer,) = await house.rows(tables.message, tables.message.c.kind == "agent")
    assert answer["subject"] == "Automatic reply"


async def test_who_has_waited_for_too_long_goes_on_to_another_queue(house: House) -> None:
    await adopt(house, OverflowPolicy(occasion=Occasion.WAITED, after_seconds=60, action="queue", queue="cards"))
    await house.take(text("Hallå", SAM))
    await house.turn(61)
    row = await house.interaction(customer_id="sam")
    assert (row["queue"], row["state"]) == ("cards", "waiting")
    await house.check_restored()


async def test_who_is_released_is_told_so_and_the_interaction_is_closed(house: House) -> None:
    await adopt(house, unstaffed("release", SMS, "busy"))
    await house.take(text("Hallå", SAM))
    row = await house.interaction(customer_id="sam")
    assert (row["state"], row["closed_as"]) == ("closed", "failed")
    assert len(await house.rows(tables.outbox)) == 1


# ---- the policy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/Sao_Paulo", "Asia/Shanghai", "Australia/Lord_Howe"])
def test_the_offsets_handed_to_the_router_are_those_of_the_zone(zone: str) -> None:
    offsets = find_offsets(zone)
    for day in range(0, 4 * 365, 5):
        at = datetime(2025, 1, 1, 2, 30, tzinfo=UTC) + timedelta(days=day)
        now = int(at.timestamp()) * SECOND
        offset = [each for since, each in offsets if since <= now][-1]
        assert timedelta(microseconds=offset) == at.astimezone(ZoneInfo(zone)).utcoffset()


def test_opening_hours_are_by_the_clock_on_the_wall(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["queues"][0] |= {"hours": "office", "overflow": [{"occasion": "closed", "action": "release"}]}
    hours = build_routing_policy(parse_policy(data), 1).queues[QueueId("service")].hours
    assert hours is not None
    for when, expected in (
        ("2026-11-23T07:59+01:00", False),
        ("2026-11-23T08:00+01:00", True),
        ("2026-11-23T12:30+01:00", False),
        ("2026-07-06T08:00+02:00", True),
        ("2026-12-24T13:00+01:00", False),
        ("2026-12-25T10:00+01:00", False),
        ("2026-11-22T10:00+01:00", False),
    ):
        assert is_open(hours, int(datetime.fromisoformat(when).timestamp()) * SECOND) is expected


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"occasion": "full", "action": "queue", "limit": 3}, 'queue: is missing: action = "queue" needs it'),
        (
            {"occasion": "full", "limit": 3, "action": "queue", "queue": "service"},
            "queue: must be one of the other queues: cards, deposits",
        ),
        (
            {"occasion": "full", "limit": 3, "action": "queue", "queue": "deposits"},
            "queue: names a queue that does not",
        ),
        ({"occasion": "full", "action": "wait"}, 'limit: is missing: occasion = "full" needs it'),
        ({"occasion": "waited", "action": "wait"}, 'after_seconds: is missing: occasion = "waited" needs it'),
        ({"occasion": "closed", "action": "wait"}, "occasion: needs opening hours: give this queue hours"),
        ({"occasion": "unstaffed", "action": "auto_reply", "channels": ["sms"]}, "message: is missing"),
        ({"occasion": "unstaffed", "action": "release", "message": "无"}, "message: "),
        ({"occasion": "unstaffed", "action": "callback", "channels": ["phone"]}, "message: is missing"),
        ({"occasion": "unstaffed", "action": "voicemail", "message": "busy"}, "channels: must list only phone"),
        (
            {"occasion": "unstaffed", "action": "voicemail", "message": "busy", "channels": ["phone"]},
            "action: needs a callback table in this queue",
        ),
        (
            {
                "occasion": "waited",
                "after_seconds": 9,
                "action": "auto_reply",
                "channels": ["sms"],
                "message": "busy",
            },
            "channels: must leave out sms",
        ),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_named(document: PolicyDocument, rule: Any, problem: str) -> None:
    data = dump_policy(document)
    data["queues"][0]["overflow"] = [rule]
    with pytest.raises(ConfigErrors) as caught:
        parse_policy(data)
    assert any(f"queues[1].overflow[1].{problem}" in str(one) for one in caught.value.problems)


@pytest.mark.parametrize(
    ("callback", "problem"),
    [
        ({"greeting": "nothing"}, "greeting: names a message that does not exist: write one of"),
        ({"greeting": "busy", "key": "1"}, "message: is missing: key needs it"),
        ({"greeting": "busy", "key": "1", "message": "nothing"}, "message: names a message that does not exist"),
        ({"greeting": "busy", "key": "A"}, "key: "),
        ({"greeting": "busy", "hours": "nights"}, "hours: names opening hours that do not exist"),
        ({"greeting": "busy", "hours": "never"}, "hours: are never open"),
        ({"greeting": "busy", "tries": 0}, "tries: "),
        ({"greeting": "busy", "ring_seconds": 500}, "ring_seconds: "),
    ],
)
def test_a_way_of_calling_back_that_makes_no_sense_is_named(
    document: PolicyDocument, callback: Any, problem: str
) -> None:
    data = dump_policy(document)
    data["queues"][0]["callback"] = callback
    data["hours"] = [*data["hours"], {"id": "never", "week": {}}]
    with pytest.raises(ConfigErrors) as caught:
        parse_policy(data)
    assert any(f"queues[1].callback.{problem}" in str(one) for one in caught.value.problems)


def test_how_a_queue_calls_back_comes_through_an_export_and_reaches_the_router(document: PolicyDocument) -> None:
    data = dump_policy(document)
    data["queues"][0] |= {
        "callback": {"greeting": "busy", "hours": "office", "agent_first": True, "ring_seconds": 20, "tries": 4},
        "overflow": [
            {"occasion": "unstaffed", "action": "voicemail", "channels": ["phone"], "message": "busy"},
        ],
    }
    parsed = parse_policy(data)
    assert parse_policy(dump_policy(parsed)) == parsed
    dialling = build_routing_policy(parsed, 1).queues[QueueId("service")].dialling
    assert (dialling.agent_first, dialling.duration, dialling.tries) == (True, (20 + ANSWER_SECONDS) * SECOND, 4)
    assert dialling.hours is not None and not is_open(dialling.hours, 0), "1970-01-01, an hour after midnight"


@pytest.mark.parametrize(
    ("hours", "key"),
    [
        ({"week": {"mon": ["08:00-12:00", "11:00-18:00"]}}, "hours[1].week.mon"),
        ({"week": {"mon": ["08:00-18:00"]}, "days": {"2026-02-30": []}}, "hours[1].days.2026-02-30"),
        ({"week": {"mon": ["08:00-18:00"]}, "time_zone": "Mars/Olympus"}, "hours[1].time_zone"),
    ],
)
def test_hours_that_make_no_sense_are_named(document: PolicyDocument, hours: Any, key: str) -> None:
    data = dump_policy(document) | {"hours": [{"id": "office", **hours}]}
    with pytest.raises(ConfigErrors) as caught:
        parse_policy(data)
    assert [one.key for one in caught.value.problems] == [key]
