"""Who comes back: ahead by the policy's rules, to the agent who knows them, or to the place they had."""

from dataclasses import replace
from typing import Any

import pytest

from channels.channel import IdentityLevel
from hub.batch.returning import Earlier, find_boost, find_place, find_preferred
from hub.open_work.floor import Customer
from hub.policies.document import BoostPolicy, PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.in_force import look_back_seconds
from hub.policies.overtaking_bounds import say_bounds
from hub.policies.stored_versions import publish_policy
from hub.storage.documents import PolicyPublished
from hub.toml_files.problems import ConfigErrors
from routing.model import SECOND, InteractionId
from tests.channel_names import PHONE, SMS
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.notices import GUS, PIA, SAM, call, chat_left, customer_left, line, opening, text

REPEAT = BoostPolicy(when="repeat", within_seconds=3_600, seconds=120)
HOUR = 3_600 * SECOND


async def adopt(house: House, document: PolicyDocument) -> None:
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


def with_queue(house: House, **changes: Any) -> PolicyDocument:
    before = house.state.book.document
    return replace(before, queues=(replace(before.queues[0], **changes), *before.queues[1:]))


async def finish(house: House, agent: str, interaction_id: str) -> None:
    await house.about(agent, interaction_id, "end_interaction")
    await house.about(agent, interaction_id, "complete_wrap_up", disposition="solved")


def routed(house: House, interaction_id: str) -> Any:
    return house.state.router.find_interaction(InteractionId(interaction_id))


async def test_a_customer_who_comes_back_within_the_hour_is_moved_ahead_and_the_offer_says_so(house: House) -> None:
    await adopt(house, replace(house.state.book.document, boosts=(REPEAT,)))
    first = await hold_text(house)
    await finish(house, "ada", first["id"])
    await house.take(text("Det gick inte ändå", SAM))
    (offer,) = house.screens["ada"].offers
    assert offer["reason"]["boost_seconds"] == 120
    await house.check_restored()


async def test_a_customer_who_comes_back_is_offered_to_the_agent_who_knows_them(house: House) -> None:
    await adopt(house, with_queue(house, preferred_seconds=30))
    ben = await house.seat("ben")
    await house.take(text("Hej", SAM))
    await house.accept("ben")
    await finish(house, "ben", ben.held[0]["id"])
    await house.seat("fay")
    await house.take(text("Hej igen", SAM))
    (offer,) = ben.offers
    assert offer["reason"]["chosen_by"] == "preferred"


async def test_who_rings_again_after_dropping_out_has_the_old_place(house: House) -> None:
    await house.take(call("CA1", SAM), call("CA2", GUS))
    sam, gus = [routed(house, one["id"]) for one in await house.interactions()]
    await house.take(customer_left("CA1"))
    house.clock.at += 60 * SECOND
    await house.take(call("CA3", SAM))
    again = routed(house, (await house.interactions(provider_ref="CA3"))[0]["id"])
    assert (again.entered_at, again.sequence) == (sam.entered_at, sam.sequence)
    assert again.sequence < gus.sequence
    await house.take(customer_left("CA2"))
    house.clock.at += 600 * SECOND
    await house.take(call("CA4", GUS))
    late = routed(house, (await house.interactions(provider_ref="CA4"))[0]["id"])
    assert late.entered_at == house.state.latest_now
    await house.check_restored()


async def test_a_chat_that_was_opened_before_its_first_line_keeps_the_old_place_in_storage_too(house: House) -> None:
    before = house.state.book.document
    queues = tuple(replace(queue, return_seconds=600) for queue in before.queues)
    await adopt(house, replace(before, queues=queues))
    known = {"from_address": SAM, "identity_level": IdentityLevel.VERIFIED}
    await house.take(line("Hej, är ni där?", "chat-1", **known))
    (first,) = await house.interactions()
    await house.take(chat_left("chat-1"))
    house.clock.at += 60 * SECOND
    await house.take(opening("chat-2", address=SAM, identity_level=IdentityLevel.VERIFIED))
    await house.take(line("Där är jag igen 又来了", "chat-2", **known))
    again = await house.interaction(provider_ref="chat-2")
    assert again["entered_at"] == routed(house, again["id"]).entered_at == first["entered_at"]
    await house.check_restored()


async def test_the_place_of_a_chat_that_was_left_for_a_call_stays_with_the_call_alone(house: House) -> None:
    document = house.state.book.document
    await adopt(house, replace(document, queues=tuple(replace(one, return_seconds=600) for one in document.queues)))
    known = {"from_address": PIA, "identity_level": IdentityLevel.VERIFIED}
    await house.take(line("Mitt lån?", "chat-1", **known))
    await house.turn(60)
    await house.take(call("CA1", PIA))
    await house.take(chat_left("chat-1"))
    await house.turn(60)
    await house.take(line("Igen 又来了", "chat-2", **known))
    calling, again = await house.interaction(channel="phone"), await house.interaction(provider_ref="chat-2")
    assert again["entered_at"] > calling["entered_at"]
    assert "place_kept" not in await house.said(again["id"], "fact")


async def test_a_customer_at_risk_is_moved_ahead_by_the_sample_policy(house: House) -> None:
    await house.take(text("Hej", "+46701740103"), text("Hej", PIA))
    ravi, pia = [routed(house, one["id"]) for one in await house.interactions()]
    assert (ravi.boost, pia.boost) == (120 * SECOND, 0)


# ---- what the past is worth -------------------------------------------------------------------------------


def closed(ago: int, **more: Any) -> Earlier:
    fields = {
        "channel": PHONE,
        "queue": "service",
        "agent_id": "ada",
        "closed_at": HOUR * 100 - ago * SECOND,
        "closed_as": "handled",
        "entered_at": HOUR,
        "sequence": 7,
        **more,
    }
    return Earlier(**fields)


def test_boosts_add_up_and_only_what_was_handled_counts(house: House) -> None:
    at_risk = BoostPolicy(when="stage", stage="at_risk", seconds=9)
    document = replace(house.state.book.document, boosts=(REPEAT, at_risk))
    assert look_back_seconds(document) == 3_600
    customer = Customer("ravi", "Ravi", "platinum", "en", {"stage": "at_risk"})
    now = HOUR * 100
    assert find_boost(document, customer, [closed(3_600)], now) == 129 * SECOND
    assert find_boost(document, customer, [closed(3_601)], now) == 9 * SECOND
    assert find_boost(document, customer, [closed(5, closed_as="abandoned")], now) == 9 * SECOND


def test_the_last_agent_is_the_one_who_held_the_newest(house: House) -> None:
    now = HOUR * 100
    assert find_preferred([closed(1, agent_id=None), closed(2, agent_id="ben"), closed(3)], now) == ("ben",)
    assert find_preferred([closed(31 * 86_400)], now) == ()


def test_a_place_is_given_back_to_who_dropped_out_of_this_very_order(house: House) -> None:
    queue = replace(house.state.book.document.queues[0], return_seconds=60)
    now, phone = HOUR * 100, PHONE
    assert find_place(queue, phone, [closed(60, closed_as="abandoned")], now) == (HOUR, 7)
    assert find_place(queue, phone, [closed(61, closed_as="abandoned")], now) is None
    assert find_place(queue, phone, [closed(9)], now) is None
    assert find_place(queue, SMS, [closed(9, closed_as="abandoned")], now) is None
    assert find_place(queue, phone, [closed(9, closed_as="abandoned", queue="cards")], now) is None
    assert find_place(queue, phone, [], now) is None


@pytest.mark.parametrize(
    "boost", [{"when": "repeat", "seconds": 5}, {"when": "stage", "seconds": 5}, {"when": "luck", "seconds": 5}]
)
def test_a_boost_that_says_too_little_is_named(house: House, boost: dict[str, Any]) -> None:
    with pytest.raises(ConfigErrors, match=r"boosts\[1\]"):
        parse_policy({**dump_policy(house.state.book.document), "boosts": [boost]})


def test_the_bound_is_said_for_every_pair_of_tiers(house: House) -> None:
    said = list(say_bounds(house.state.book.routing))
    assert said[0] == "phone: platinum is served before gold up to 13 min later, standard up to 15 min later"
    assert said[2] == "phone: standard is served before platinum up to 5 min later, gold up to 8 min later"
    assert len(said) == 4 * 3
