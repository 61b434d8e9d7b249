"""Random calls at a provider with faults: in the end every leg is gone, every agent free, no interaction in hand.

The rule of this file: the hub's own sender asks the provider, and each kind of request fails in each way.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import select

from hub.administration.staff_phones import set_number
from hub.call_lifecycle import CallState
from hub.storage import tables
from hub.storage.documents import REQUESTS
from tests.hub.calls.desk_ways import AGENTS, list_ways
from tests.hub.calls.faulty_provider import FAULTS, FaultyProvider
from tests.hub.calls.test_calling_out import RULES
from tests.hub.house import House

CALLS = 75  # of each seed: 300 in all; `fault_calls.py` has ten times as many with the long tests
TICK = 2  # seconds
LOOKS = 130  # seconds: two looks at the provider's lists
ON_A_LINE = (CallState.WAITING, CallState.CONNECTING, CallState.TALKING, CallState.HELD)
WITH_OWN_NUMBER = "emre"
Failed = Counter[tuple[str, str]]


async def do_something(house: House, chance: Random, agent: str, *, is_over: bool) -> None:
    """One random thing that this agent does at the desk; at the end, whatever finishes their work."""
    ways = list_ways(house, agent)
    if is_over:
        ends = ("complete_wrap_up", "end_interaction", "leave_consult", "accept_offer", "set_state", "stop_listening")
        ways = [one for one in ways if one[0] in ends]
    elif chance.random() < 0.5 and not house.screens[agent].offers:
        return
    if ways:
        kind, fields = chance.choice(ways)
        await house.ask(agent, kind, **fields)


async def run_calls(
    house: House, seed: int, calls: int, make: Callable[..., FaultyProvider] = FaultyProvider
) -> Failed:
    chance = Random(seed)
    house.dispatcher._rules = replace(RULES, has_softphones=True)
    await set_number(house.db, WITH_OWN_NUMBER, "+46701749001", house.clock.now(), WITH_OWN_NUMBER)
    house.inbox.stored += 1  # the router is told of it
    provider = make(house, chance)
    for agent in AGENTS:
        await house.seat(agent)
    number, quiet = 0, 0
    silent: dict[str, int] = {}
    while quiet < 150:
        is_over = number >= calls
        quiet += is_over
        provider.is_faulty = quiet < 30
        for _ in range(0 if is_over else chance.choice((0, 0, 0, 1))):
            number += 1
            provider.call(f"+4670175{number:04}")
        for leg in provider.rooms.list_living():
            may_end = leg.state == "present" and (leg.is_customer or not is_over)
            if may_end and chance.random() < (0.3 if is_over else 0.01):
                provider.hang_up(leg.id)
        await provider.pass_time(TICK)
        check_nobody_hears_silence(provider, silent)
        for agent in chance.sample(AGENTS, 6 if is_over else 4):
            await do_something(house, chance, agent, is_over=is_over)
        await provider.carry_out()
        await house.turn(TICK)
        if provider.now % 60 == 0:
            await provider.list_missed()
            check_offered_once(house)
            await check_nobody_listens_unseen(house, provider)
        if quiet > 40 and not house.floor.interactions and not provider.rooms.list_living():
            quiet += 50
    assert provider.rooms.list_living() == []
    for agent in AGENTS:
        assert house.screens[agent].shown["agent"]["load"] == 0, agent
        assert house.screens[agent].shown["consults"] == []
    i = tables.interaction.c
    assert await house.rows(tables.interaction, i.closed_at.is_(None), i.state != "waiting") == []
    assert await house.rows(tables.party, tables.party.c.ended_at.is_(None)) == []
    return provider.failed


def check_offered_once(house: House) -> None:
    offered = [offer["interaction_id"] for screen in house.screens.values() for offer in screen.offers]
    held = [one["id"] for screen in house.screens.values() for one in screen.held]
    assert len({*offered, *held}) == len(offered) + len(held)


def check_nobody_hears_silence(provider: FaultyProvider, silent: dict[str, int]) -> None:
    """No customer is alone with nothing to hear for longer than it takes to find out."""
    now = {
        leg.id
        for leg in provider.rooms.list_living()
        if leg.is_customer and leg.state == "present"
        if provider.rooms.hear(leg) == "silence"
    }
    for leg_id in set(silent) - now:
        del silent[leg_id]
    for leg_id in now:
        assert provider.now - silent.setdefault(leg_id, provider.now) < LOOKS, provider.legs[leg_id]


async def check_nobody_listens_unseen(house: House, provider: FaultyProvider) -> None:
    """Whoever is in a room with a customer for more than two looks at the provider's lists is known to the hub,
    unless it has just asked for their end."""
    x = tables.outbox.c
    async with house.db.read() as conn:
        asked = await conn.scalars(select(x.body).where(x.kind == "HangUp", x.state.in_(["queued", "sending"])))
    ending = {REQUESTS.decode(body).leg_id for body in asked}
    for leg in provider.rooms.list_living():
        call = house.floor.find_by_provider_ref(leg.call_id)
        if leg.state == "present" and not leg.is_customer and call is not None and call.call_state in ON_A_LINE:
            known = {call.leg_ref, *(party.leg_ref for party in call.parties.values()), *ending}
            assert leg.id in known or provider.now - leg.since < LOOKS, leg


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_left_of_random_calls_at_a_provider_with_faults(house: House, seed: int) -> None:
    failed = await run_calls(house, seed, CALLS)
    facts = {row["fact"] for row in await house.rows(tables.message, tables.message.c.kind == "fact")}
    assert facts >= {"consult_asked", "party_joined", "party_unreached", "party_left", "called_out"}
    assert {fault for _, fault in failed} == set(FAULTS)
    kinds = {"ConnectAgent", "ConnectParty", "HangUp", "HoldCall", "UpdateParty", "ReachAgent"}
    assert {kind for kind, _ in failed} >= kinds
