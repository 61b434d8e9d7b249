"""A policy that takes queues, channels or tiers away is not published while work or customers have them."""

from dataclasses import replace
from typing import Any

import pytest

from hub.storage import tables
from tests.channel_names import SMS
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA_MAIL, call, mail, text
from tests.hub.sample_policies import (
    CARDS_MAIL,
    CARDS_NUMBER,
    apply,
    document,
    refusal,
    take_on,
    wait_for_callback,
    with_queue,
    without_queue,
    without_tier,
)


@BOTH
async def test_what_is_there_is_named_with_what_to_type(house: House) -> None:
    await house.take(mail("Kort", PIA_MAIL, to_address=CARDS_MAIL), mail("Kort", to_address=CARDS_MAIL))
    await house.take(call("CA1", GUS, to_address=CARDS_NUMBER), text("Hej"))
    assert (await refusal(house, without_queue(document(house)))).splitlines() == [
        "The policy was not published: it has no place for this open work or these customers.",
        '  queue "cards", email: 2 open (1 platinum, 1 standard); the policy has no such queue',
        '  queue "cards", phone: 1 open (1 gold); the policy has no such queue',
        "Name the new queue or tier, for example:",
        "  python -m hub apply --move cards=service",
        '"cards" may go to service or deposits.',
    ]


@pytest.mark.parametrize("state", ["offered", "active", "wrap_up"])
async def test_what_an_agent_is_offered_or_has_counts_as_well(house: House, state: str) -> None:
    await house.seat("cleo")
    await house.take(mail("Kort", to_address=CARDS_MAIL))
    if state != "offered":
        held = await house.accept("cleo")
    if state == "wrap_up":
        await house.about("cleo", held["id"], "end_interaction")
    assert (await house.interaction(queue="cards"))["state"] == state
    assert 'queue "cards", email: 1 open' in await refusal(house, without_queue(document(house)))


async def test_a_queue_that_no_longer_takes_a_channel_keeps_the_others(house: House) -> None:
    await house.take(text("Hej"), mail("Hej", PIA_MAIL))
    before = document(house)
    entries = tuple(replace(e, queue="cards") if e.channel == SMS else e for e in before.entries)
    channels = tuple(c for c in before.queues[0].channels if c != SMS)
    after = with_queue(replace(before, entries=entries), "service", channels=channels)
    said = await refusal(house, after)
    assert '  queue "service", sms: 1 open (1 standard); the queue does not take sms' in said.splitlines()
    assert "email" not in said and "--move service=cards" in said
    await apply(house, after, {"service": "cards"})
    await take_on(house)
    assert (await house.interaction(channel="sms"))["queue"] == "cards"
    assert (await house.interaction(channel="email"))["queue"] == "service"


async def test_customers_who_carry_a_tier_count_though_nothing_of_theirs_is_open(house: House) -> None:
    carried = await house.count(tables.customer, tables.customer.c.tier == "platinum")
    assert carried
    said = await refusal(house, without_tier(document(house)))
    assert f'  tier "platinum": 0 open, {carried} customers; the policy has no such tier' in said.splitlines()
    assert "python -m hub apply --move-tier platinum=standard" in said
    assert '"platinum" may become gold or standard.' in said


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        ({"queues": {"cards": "nowhere"}}, 'this policy has no queue "nowhere". It has service and deposits.'),
        ({"queues": {"crads": "service"}}, 'there is no queue "crads".'),
        ({"queues": {"cards": "deposits"}}, '"deposits" does not take sms, and "cards" has 1 open.'),
        ({"queues": {"cards/fax": "service"}}, 'there is no channel "fax". The channels are phone, sms, email'),
        ({"queues": {"service": "deposits"}}, '"service" stays in the policy and keeps its interactions.'),
        ({"tiers": {"bronze": "gold"}}, 'there is no tier "bronze".'),
        ({"tiers": {"gold": "standard"}}, '"gold" stays in the policy'),
    ],
)
async def test_a_move_that_cannot_be_is_refused_in_a_sentence(
    house: House, moves: dict[str, Any], sentence: str
) -> None:
    await house.take(text("Hej"))
    row = await house.interaction(channel="sms")
    await house.ask("dot", "move_interaction", interaction_id=row["id"], version=row["version"], queue="cards")
    assert sentence in await refusal(house, without_queue(document(house)), **moves)


async def test_a_callback_goes_only_where_somebody_calls_back(house: House) -> None:
    await wait_for_callback(house)
    said = await refusal(house, without_queue(document(house)), queues={"cards": "service"})
    assert '"service" has no callback, and in "cards" 1 interaction waits for one.' in said
    said = await refusal(house, without_queue(document(house)))
    assert "--move cards=deposits" in said and '"cards" may go to deposits.' in said
    nobody = with_queue(without_queue(document(house)), "deposits", callback=None, overflow=())
    assert "No queue of this policy calls back" in await refusal(house, nobody)


async def test_a_queue_that_stops_calling_back_counts_its_callbacks(house: House) -> None:
    await wait_for_callback(house)
    after = with_queue(document(house), "cards", callback=None, overflow=())
    said = await refusal(house, after)
    line_ = '  queue "cards", phone to be called back: 1 open (1 platinum); the queue calls nobody back'
    assert line_ in said.splitlines()


async def test_a_policy_that_keeps_all_places_is_published_as_ever(house: House) -> None:
    await house.take(mail("Kort", to_address=CARDS_MAIL))
    assert await apply(house, replace(document(house), organisation="Norrpost")) == 2
