"""An agent whose line is lost while somebody else is in the call, is being called into it, or was a machine."""

from typing import Any

import pytest

from channels.channel import HoldCall
from tests.hub.calls.test_answering_machines import adopt, dialled, give_back, machine
from tests.hub.calls.test_answering_machines import talk as talk_with_called
from tests.hub.calls.test_lost_lines import ADA, holds, rejoin, shown
from tests.hub.flows import talk
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, agent_left

MUSIC, TALK = ("CA1", True, True), ("CA1", False, False)


async def lose_while_a_broker_rings(house: House) -> Any:
    """Ada calls a broker into her call with Sam, and her line is lost before the broker answers. The request for the
    broker."""
    ada = await talk(house)
    assert not (await house.about(ADA, ada.held[0]["id"], "call_third_party", number="+46701740999")).code
    (party,) = await house.requests("ConnectParty")
    await house.take(agent_left("CA1", "CA-ada"))
    assert await holds(house) == [MUSIC]
    return party


@BOTH
async def test_whoever_answers_while_the_customer_hears_music_takes_them_off_it(house: House) -> None:
    party = await lose_while_a_broker_rings(house)
    await house.take(agent_joined("CA1", "CA-broker", party.outbox_id))
    assert (shown(house), await holds(house)) == (("active", "agent_lost"), [MUSIC, TALK])
    await house.take(agent_joined("CA1", "CA-broker", party.outbox_id))
    assert len(await holds(house)) == 2, "told twice"
    await house.take(agent_left("CA1", "CA-broker", "completed", party.outbox_id))
    assert await holds(house) == [MUSIC, TALK, MUSIC]
    await house.check_screens()
    await house.check_restored()


async def test_a_party_who_is_held_or_muted_meanwhile_leaves_the_customer_to_the_music(house: House) -> None:
    party = await lose_while_a_broker_rings(house)
    await house.take(agent_joined("CA1", "CA-broker", party.outbox_id))
    held = house.screens[ADA].held[0]["id"]
    for command in ("mute_party", "hold_party"):
        assert not (await house.about(ADA, held, command, party_id=party.outbox_id, on=True)).code
        assert (await holds(house))[-1] == MUSIC
        assert not (await house.about(ADA, held, command, party_id=party.outbox_id, on=False)).code
        assert (await holds(house))[-1] == TALK


async def test_an_agent_who_is_back_beside_a_party_who_answered_talks_to_both(house: House) -> None:
    party = await lose_while_a_broker_rings(house)
    await house.take(agent_joined("CA1", "CA-broker", party.outbox_id))
    again = await rejoin(house)
    await house.take(agent_joined("CA1", "CA-again", again.outbox_id))
    assert shown(house) == ("active", "talking")
    assert (await house.requests("HoldCall"))[-1].on is False


@pytest.mark.parametrize(("way", "is_heard"), [("monitor", False), ("whisper", False), ("barge", True)])
async def test_a_supervisor_takes_the_customer_off_the_music_if_the_customer_hears_them(
    house: House, way: str, is_heard: bool
) -> None:
    await talk(house)
    await house.seat("dot")
    row = await house.interaction(provider_ref="CA1")
    about = {"interaction_id": row["id"], "version": row["version"]}
    assert not (await house.ask("dot", "listen_in", way=way, **about)).code
    (party,) = await house.requests("ConnectParty")
    await house.take(agent_left("CA1", "CA-ada"))
    await house.take(agent_joined("CA1", "CA-dot", party.outbox_id))
    assert (await holds(house))[-1] == (TALK if is_heard else MUSIC)


async def test_a_customer_whom_the_agent_had_put_on_hold_stays_there(house: House) -> None:
    ada = await talk(house)
    held = ada.held[0]["id"]
    await house.about(ADA, held, "call_third_party", number="+46701740999")
    await house.about(ADA, held, "hold_call", on=True)
    (party,) = await house.requests("ConnectParty")
    await house.take(agent_left("CA1", "CA-ada"), agent_joined("CA1", "CA-broker", party.outbox_id))
    assert shown(house) == ("active", "agent_lost_held")
    assert [hold.on for hold in await house.requests("HoldCall") if isinstance(hold, HoldCall)] == [True]


@pytest.mark.parametrize("on_hold", [False, True])
async def test_a_machine_that_is_found_out_while_the_agents_line_is_lost_keeps_nobody(
    house: House, on_hold: bool
) -> None:
    await adopt(house, tries=2, retry_after_seconds=120)
    held = await give_back(house)
    ada, request = await dialled(house)
    await talk_with_called(house, request.outbox_id)
    if on_hold:
        await house.about(ADA, held, "hold_call", on=True)
    await house.take(agent_left("CA-out", "CA-ada"))
    again = await rejoin(house)
    await house.take(machine(request.outbox_id))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-out"]
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"], row["call_until"]) == ("waiting", "given_back", None)
    assert (ada.held, ada.shown["agent"]["state"], ada.shown["agent"]["load"]) == ([], "available", 0)
    await house.take(agent_joined("CA-out", "CA-again", again.outbox_id))
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-out", "CA-again"], "sent away"
    await house.turn(40)
    assert ada.shown["agent"]["state"] == "available", "the grace is over with the call"
    await house.check_screens()
    await house.check_restored()
