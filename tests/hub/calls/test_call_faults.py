"""Random calls at a provider with faults: in the end every leg is gone, every agent free, no interaction in hand."""

from random import Random
from typing import Any

import pytest

from hub.call_lifecycle import CallState
from hub.storage import tables
from tests.hub.calls.faulty_provider import FaultyProvider
from tests.hub.house import House

AGENTS = ("ada", "ben", "cleo", "emre", "fay", "dot")
CALLS = 75  # of each seed: 300 in all; `fault_calls.py` has ten times as many with the long tests
TICK = 2  # seconds
ON_A_LINE = (CallState.WAITING, CallState.CONNECTING, CallState.TALKING, CallState.HELD)


async def do_something(house: House, chance: Random, agent: str, *, is_over: bool) -> None:
    """One random thing that this agent does at the desk; at the end, whatever finishes their work."""
    shown = house.screens[agent].shown
    for offer in shown["offers"]:
        kind = "decline_offer" if chance.random() < 0.1 else "accept_offer"
        await house.ask(agent, kind, offer_id=offer["id"])
        return
    for consult in shown["consults"]:
        if consult["state"] == "asked" and chance.random() < 0.7:
            await house.ask(
                agent, "answer_consult", party_id=consult["party_id"], accepts=not is_over and chance.random() < 0.8
            )
        elif is_over or chance.random() < 0.05:
            await house.ask(agent, "leave_consult", party_id=consult["party_id"])
        return
    for held in shown["interactions"]:
        await _work(house, chance, agent, held, is_over=is_over)
        return
    if shown["agent"]["state"] != "available":
        await house.ask(agent, "set_state", state="available")


async def _work(house: House, chance: Random, agent: str, held: dict[str, Any], *, is_over: bool) -> None:
    about, parties = held["id"], (held["call"] or {}).get("parties", [])
    if held["state"] == "wrap_up":
        await house.about(agent, about, "complete_wrap_up", disposition="solved")
    elif is_over:
        await house.about(agent, about, "end_interaction")
    elif chance.random() < 0.5:
        free = [one for one in AGENTS if house.screens[one].shown["agent"]["load"] == 0]
        colleague = chance.choice(free or AGENTS)
        ways: list[tuple[str, dict[str, Any]]] = [
            ("hold_call", {"on": held["call"]["state"] == "talking"}),
            ("consult_colleague", {"agent_id": colleague, "takes_over": False}),
            ("consult_colleague", {"agent_id": colleague, "takes_over": True}),
            ("call_third_party", {"number": "+46701740999"}),
            *[("transfer_interaction", {"queue": "service"})][: chance.random() < 0.3],
            ("leave_call", {}),
            *[("end_interaction", {})][: chance.random() < 0.3],
        ]
        if parties:
            party = {"party_id": chance.choice(parties)["id"]}
            ways += [(kind, party) for kind in ("swap_parties", "hand_over", "hand_over", "drop_party")]
            ways += [("merge_parties", {}), ("hold_party", {**party, "on": True})]
        kind, more = chance.choice(ways)
        await house.about(agent, about, kind, **more)


async def run_calls(house: House, seed: int, calls: int) -> None:
    chance = Random(seed)
    provider = FaultyProvider(house, chance)
    for agent in AGENTS:
        await house.seat(agent)
    number, quiet = 0, 0
    while quiet < 60:
        is_over = number >= calls
        quiet += is_over
        for _ in range(0 if is_over else chance.choice((0, 0, 0, 1))):
            number += 1
            provider.call(f"+4670175{number:04}")
        for leg in list(provider.legs.values()):
            ends = 0.3 if is_over else 0.01
            if leg.state != "over" and (leg.id == leg.call_id or not is_over) and chance.random() < ends:
                provider.hang_up(leg.id)
        await provider.pass_time(TICK)
        for agent in chance.sample(AGENTS, 6 if is_over else 4):
            await do_something(house, chance, agent, is_over=is_over)
        await provider.carry_out()
        await house.turn(TICK)
        if provider.now % 60 == 0:
            await provider.list_missed()
            check_offered_once(house)
            check_nobody_listens_unseen(house, provider)
        if is_over and not house.floor.interactions and not provider.is_left_to_others():
            quiet += 10
    assert [leg for leg in provider.legs.values() if leg.state != "over"] == []
    for agent in AGENTS:
        assert house.screens[agent].shown["agent"]["load"] == 0, agent
        assert house.screens[agent].shown["consults"] == []
    i = tables.interaction.c
    assert await house.rows(tables.interaction, i.closed_at.is_(None), i.state != "waiting") == []
    assert await house.rows(tables.party, tables.party.c.ended_at.is_(None)) == []


def check_offered_once(house: House) -> None:
    offered = [offer["interaction_id"] for screen in house.screens.values() for offer in screen.offers]
    held = [one["id"] for screen in house.screens.values() for one in screen.held]
    assert len({*offered, *held}) == len(offered) + len(held)


def check_nobody_listens_unseen(house: House, provider: FaultyProvider) -> None:
    """Whoever is in a room with a customer for more than two looks at the provider's lists is known to the hub,
    unless it has just asked for their end."""
    ending = {leg_id for _, leg_id, state in provider.moves if state == "over"}
    for leg in provider.legs.values():
        call = house.floor.find_by_provider_ref(leg.call_id)
        if leg.state == "present" and leg.id != leg.call_id and call is not None and call.call_state in ON_A_LINE:
            known = {call.leg_ref, *(party.leg_ref for party in call.parties.values()), *ending}
            assert leg.id in known or provider.now - leg.since < 130, leg


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_left_of_random_calls_at_a_provider_with_faults(house: House, seed: int) -> None:
    await run_calls(house, seed, CALLS)
    facts = {row["fact"] for row in await house.rows(tables.message, tables.message.c.kind == "fact")}
    assert facts >= {"consult_asked", "party_joined", "party_unreached", "party_left"}
