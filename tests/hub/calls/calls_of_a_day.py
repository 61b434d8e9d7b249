"""A call with everything that can happen in it once, and a caller in a menu. Parts of `tests.hub.flows.live_a_day`.

The rule of this file: as in `tests.hub.flows`.
"""

from collections.abc import AsyncIterator

from channels.channel import MenuAnswered
from hub.storage.documents import DeskStill
from tests.hub.house import House
from tests.hub.notices import agent_joined, agent_left, call, customer_left, recording


async def talk_a_day(house: House) -> AsyncIterator[str]:
    """Cleo's call, with Dot as her colleague and her supervisor."""
    for agent in ("ada", "dot"):
        await house.do(agent, "set_state", state="unavailable", reason="lunch")
    await house.take(call("CA1"))
    yield "a call is offered"
    held = (await house.accept("cleo"))["id"]
    yield "it is accepted"
    connect = (await house.requests("ConnectAgent"))[-1]
    more = {"interaction_id": held, "provider_id": "CA-cleo"}
    await house.take(house.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    yield "the agent's telephone rings"
    await house.take(agent_left("CA1", "CA-cleo", "no-answer"))
    yield "nobody answers it"
    await house.do("cleo", "set_state", state="available")
    await house.turn(61)
    await house.accept("cleo")
    yield "the agent tries again"
    await house.take(agent_joined("CA1", "CA-cleo-2"))
    yield "they talk"
    await house.take(recording("CA1", house.clock.now()))
    yield "what they say is recorded"
    await house.about("cleo", held, "hold_call", on=True)
    yield "the customer is on hold"
    await house.about("cleo", held, "hold_call", on=False)
    yield "they talk again"
    await house.take(agent_left("CA1", "CA-cleo-2"))
    yield "the agent's line is lost"
    await house.about("cleo", held, "rejoin_call")
    yield "the agent is called again"
    await house.take(agent_joined("CA1", "CA-cleo-again", (await house.requests("ConnectAgent"))[-1].outbox_id))
    yield "and is back"
    await house.take(DeskStill("cleo", held, is_still=True))
    yield "the agent's page stands still"
    await house.take(DeskStill("cleo", held, is_still=False))
    yield "and moves again"
    await house.about("cleo", held, "call_third_party", number="+46701740999")
    yield "somebody outside is called"
    party = (await house.requests("ConnectParty"))[-1].outbox_id
    await house.take(agent_joined("CA1", "CA-broker", party))
    yield "they are in the call"
    await house.about("cleo", held, "mute_party", party_id=party, on=True)
    yield "they are muted"
    await house.about("cleo", held, "hold_party", party_id=party, on=True)
    yield "they are on hold"
    await house.about("cleo", held, "drop_party", party_id=party)
    yield "they are sent away"
    seen = {"interaction_id": held, "version": house.screens["cleo"].find(held)["version"]}
    await house.do("dot", "listen_in", way="monitor", **seen)
    yield "a supervisor is called to listen in"
    ear = (await house.requests("ConnectParty"))[-1].outbox_id
    await house.take(agent_joined("CA1", "CA-dot", ear))
    yield "they hear the call"
    await house.do("dot", "listen_in", way="whisper", **seen)
    yield "they whisper"
    await house.do("dot", "stop_listening", **seen)
    yield "they have heard enough"
    await house.do("dot", "set_state", state="available")
    await house.about("cleo", held, "consult_colleague", agent_id="dot", note="Byter kort 换卡")
    yield "a colleague is asked"
    consult = house.screens["dot"].shown["consults"][0]["party_id"]
    await house.do("dot", "answer_consult", party_id=consult, accepts=True)
    yield "their telephone is called"
    await house.take(agent_joined("CA1", "CA-dot", consult))
    yield "they are in the call"
    await house.about("cleo", held, "swap_parties", party_id=consult)
    yield "the customer is talked to again"
    await house.about("cleo", held, "merge_parties")
    yield "everybody is together"
    await house.do("dot", "leave_consult", party_id=consult)
    yield "the colleague has left"
    await house.about("cleo", held, "consult_colleague", agent_id="dot")
    consult = house.screens["dot"].shown["consults"][0]["party_id"]
    await house.do("dot", "answer_consult", party_id=consult, accepts=True)
    await house.take(agent_joined("CA1", "CA-dot-2", consult))
    await house.about("cleo", held, "hand_over", party_id=consult)
    yield "the colleague has the call"
    await house.about("dot", held, "leave_call")
    yield "they would leave nobody there"
    await house.about("dot", held, "consult_colleague", agent_id="cleo", takes_over=True)
    consult = house.screens["cleo"].shown["consults"][0]["party_id"]
    await house.do("cleo", "answer_consult", party_id=consult, accepts=True)
    await house.take(agent_joined("CA1", "CA-cleo-3", consult))
    yield "it is transferred back"
    seen["version"] = house.screens["cleo"].find(held)["version"]
    await house.do("dot", "listen_in", way="barge", **seen)
    await house.take(agent_joined("CA1", "CA-dot-4", (await house.requests("ConnectParty"))[-1].outbox_id))
    yield "the supervisor speaks to both"
    await house.do("dot", "take_over", **seen)
    yield "and takes the call over"
    await house.take(customer_left("CA1"))
    yield "the customer hangs up"
    await house.about("dot", held, "complete_wrap_up", disposition="solved")
    await house.do("dot", "set_state", state="unavailable", reason="lunch")
    yield "it is wrapped up"
    await house.take(call("CA2"))
    yield "another call is offered"
    await house.take(customer_left("CA2"))
    yield "its customer has gone"


async def choose_a_day(house: House) -> AsyncIterator[str]:
    """A call that a menu serves."""
    arrival = call("CA-menu", to_address="+46850005030", menu="main", language="en")
    await house.take(arrival)
    yield "a caller hears a menu"
    await house.take(MenuAnswered("phone:AC1:CA-menu:menu:1:3", "CA-menu", "main", "3", "en"))
    yield "and an answer"
    await house.take(customer_left("CA-menu"))
    yield "which was enough"
