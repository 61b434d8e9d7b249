"""Beginnings that several tests share, and a whole day in which everything happens once.

The rule of this file: things come about by the way that they really do, by notices and commands.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from channels.channel import CallbackWished, DeliveryState
from hub.policies.stored_versions import publish_policy
from hub.storage.documents import PolicyPublished
from tests.hub.notices import (
    GUS,
    PIA,
    PIA_MAIL,
    SAM_MAIL,
    STRANGER,
    agent_joined,
    agent_left,
    call,
    call_answered,
    chat_left,
    customer_left,
    customer_not_reached,
    line,
    mail,
    opening,
    recording,
    report,
    text,
    voicemail,
)
from tests.hub.stage import Screen, Stage


async def hold_text(stage: Stage, agent: str = "ada") -> dict[str, Any]:
    """The agent with Sam's text in hand."""
    await stage.seat(agent)
    await stage.take(text("Hej"))
    return await stage.accept(agent)


async def talk(stage: Stage) -> Screen:
    """Ada with Sam on the line."""
    ada = await stage.seat("ada")
    await stage.take(call("CA1"))
    await stage.accept("ada")
    await stage.take(agent_joined("CA1", "CA-ada"))
    return ada


async def handle_mail(stage: Stage) -> str:
    """Sam's mail, taken by Ada to its end: the interaction."""
    await stage.seat("ada")
    await stage.take(mail("Hej", SAM_MAIL))
    held = await stage.accept("ada")
    await wrap_up(stage, "ada", held["id"])
    return str(held["id"])


async def wrap_up(stage: Stage, agent: str, interaction_id: str) -> None:
    """From active to closed, with every statement said that the script has shown."""
    script = stage.screens[agent].find(interaction_id)["script"]
    for owed in script["owed"] if script else ():
        said = {"script_id": owed["script_id"], "statement": owed["statement"], "is_said": True}
        assert not (await stage.about(agent, interaction_id, "settle_statement", **said)).code
    assert not (await stage.about(agent, interaction_id, "end_interaction")).code
    done = await stage.about(agent, interaction_id, "complete_wrap_up", disposition="solved")
    assert not done.code


async def live_a_day(stage: Stage) -> AsyncIterator[str]:
    """Says what has just happened, after every step. Each command and each notice is among them."""
    for part in (_write, _mail, _chat, _call, _call_back, _steer, _come_and_go):
        async for step in part(stage):
            yield step
            await stage.turn(1)


async def _write(stage: Stage) -> AsyncIterator[str]:
    ada = await stage.open("ada")
    yield "a desk opens"
    await stage.do("ada", "set_state", state="available")
    yield "an agent is available"
    await stage.do("ada", "act_here")
    yield "this desk acts"
    await stage.take(text("Hej"))
    yield "a text is offered"
    await stage.do("ada", "decline_offer", offer_id=ada.offers[0]["id"])
    yield "the offer is declined"
    await stage.turn(16)
    yield "it is offered again"
    held = (await stage.accept("ada"))["id"]
    yield "it is accepted"
    await stage.take(text("Är ni där?"))
    yield "the customer goes on"
    await stage.about("ada", held, "send_message", text="Välkommen 欢迎")
    yield "the agent answers"
    (out,) = await stage.requests("TextOut")
    await stage.take(stage.result(out.outbox_id, "sms", "unknown", error="no_answer"))
    yield "nobody knows whether it left"
    await stage.about("ada", held, "resend_message", message_id=out.outbox_id)
    yield "a person sends it again"
    await stage.take(report(out.outbox_id, DeliveryState.DELIVERED))
    yield "it has arrived"
    await stage.about("ada", held, "add_note", text="Ring efter 16")
    yield "a note"
    script = ada.find(held)["script"]
    field = next(part for part in script["parts"] if part["kind"] == "field")
    shown = {"script_id": script["script_id"], "step_id": script["step_id"]}
    values = {field["name"]: field["options"][0]}
    await stage.about("ada", held, "advance_script", **shown, action="answer", values=values)
    yield "an answer in the script"
    await stage.about("ada", held, "pick_script", script_id="complaint")
    yield "another script"
    await stage.about("ada", held, "pick_script", script_id=script["script_id"])
    yield "back to the first one"
    await stage.about("ada", held, "advance_script", **shown, action="choose", choice="2")
    (owed,) = ada.find(held)["script"]["owed"]
    yield "the script shows what must be said"
    said = {"script_id": owed["script_id"], "statement": owed["statement"], "is_said": False}
    await stage.about("ada", held, "settle_statement", **said, reason="customer_declined")
    yield "it was not said"
    await stage.about("ada", held, "end_interaction")
    yield "the agent ends it"
    await stage.take(text("Ett till!"))
    yield "the customer comes back"
    await stage.take(text("STOP"))
    yield "the customer says stop"
    await stage.about("ada", held, "transfer_interaction", queue="cards", note="Om ett kort")
    yield "it is handed on"
    await stage.take(text("START"))
    yield "the customer says start while it waits"
    await stage.seat("cleo")
    yield "the next agent comes"
    await stage.accept("cleo")
    yield "the next agent takes it"
    await wrap_up(stage, "cleo", held)
    yield "it is wrapped up"


async def _mail(stage: Stage) -> AsyncIterator[str]:
    first = mail("Mitt lån", PIA_MAIL)
    await stage.take(first)
    yield "a mail is offered"
    agent = next(name for name, screen in stage.screens.items() if screen.offers)
    held = (await stage.accept(agent))["id"]
    yield "it is accepted"
    await stage.take(mail("En bilaga till", PIA_MAIL, joins=(f"id:{first.provider_id}",)))
    yield "another one joins it"
    await stage.about(agent, held, "send_message", text="Vi återkommer", subject="Ert lån")
    out = (await stage.requests("TextOut"))[-1]
    await stage.take(stage.result(out.outbox_id, "email", "sent", provider_id="<1@nordpost.example>"))
    yield "the answer has left"
    await stage.about(agent, held, "end_interaction")
    await stage.turn(121)
    yield "the wrap-up ends by itself"
    await stage.take(mail("Borta", PIA_MAIL, joins=("id:<1@nordpost.example>",), is_automatic=True))
    yield "an absence note is filed"


async def _chat(stage: Stage) -> AsyncIterator[str]:
    await stage.seat("dot")
    await stage.take(opening("chat-1"), line("Hej", "chat-1"))
    yield "a chat is offered"
    held = (await stage.accept("dot"))["id"]
    yield "it is accepted"
    await stage.about("dot", held, "send_message", text="Hej!")
    yield "the agent answers"
    message = stage.screens["dot"].find(held)["messages"][-1]
    await stage.take(report(message["id"], DeliveryState.READ))
    yield "the customer has read it"
    await stage.take(chat_left("chat-1"))
    yield "the customer leaves"
    await stage.take(line("En sak till", "chat-1"))
    yield "the customer comes back"
    await wrap_up(stage, "dot", held)
    yield "it is wrapped up"


async def _call(stage: Stage) -> AsyncIterator[str]:
    for agent in ("ada", "dot"):
        await stage.do(agent, "set_state", state="unavailable", reason="lunch")
    await stage.take(call("CA1"))
    yield "a call is offered"
    held = (await stage.accept("cleo"))["id"]
    yield "it is accepted"
    connect = (await stage.requests("ConnectAgent"))[-1]
    more = {"interaction_id": held, "provider_id": "CA-cleo"}
    await stage.take(stage.result(connect.outbox_id, "phone", "sent", kind="ConnectAgent", **more))
    yield "the agent's telephone rings"
    await stage.take(agent_left("CA1", "CA-cleo", "no-answer"))
    yield "nobody answers it"
    await stage.do("cleo", "set_state", state="available")
    await stage.turn(61)
    await stage.accept("cleo")
    yield "the agent tries again"
    await stage.take(agent_joined("CA1", "CA-cleo-2"))
    yield "they talk"
    await stage.take(recording("CA1", stage.clock.now()))
    yield "what they say is recorded"
    await stage.about("cleo", held, "hold_call", on=True)
    yield "the customer is on hold"
    await stage.about("cleo", held, "hold_call", on=False)
    yield "they talk again"
    await stage.take(customer_left("CA1"))
    yield "the customer hangs up"
    await stage.about("cleo", held, "complete_wrap_up", disposition="solved")
    yield "it is wrapped up"
    await stage.take(call("CA2"))
    yield "another call is offered"
    await stage.take(customer_left("CA2"))
    yield "its customer has gone"


async def _call_back(stage: Stage) -> AsyncIterator[str]:
    await stage.do("cleo", "set_state", state="unavailable", reason="lunch")
    await stage.take(call("CA3", to_address="+46850005000"))
    yield "a call waits for cards"
    await stage.take(CallbackWished("phone:AC1:CA3:callback:0", "CA3"))
    yield "its customer wants to be called back"
    await stage.take(voicemail("CA3"))
    yield "the customer has left a message as well"
    await stage.take(customer_left("CA3"))
    yield "the line has ended"
    await stage.do("cleo", "set_state", state="available")
    yield "the customer is called"
    request = (await stage.requests("CallCustomer"))[-1]
    held = request.outbox_id.partition(".")[0]
    more = {"interaction_id": held, "provider_id": "CA3-1"}
    await stage.take(stage.result(request.outbox_id, "phone", "sent", kind="CallCustomer", **more))
    yield "the customer's telephone rings"
    await stage.take(customer_not_reached(request.outbox_id, "CA3-1", "busy"))
    yield "it is busy"
    await stage.turn(601)
    yield "the customer is called again"
    request = (await stage.requests("CallCustomer"))[-1]
    await stage.take(call_answered(request.outbox_id, "CA3-2"))
    yield "the customer answers"
    await stage.take(agent_joined("CA3-2", "CA-cleo-3"))
    yield "they talk"
    await wrap_up(stage, "cleo", held)
    yield "it is wrapped up"


async def _steer(stage: Stage) -> AsyncIterator[str]:
    await stage.do("cleo", "set_state", state="unavailable", reason="meeting")
    await stage.take(text("Hallå", PIA), text("Och jag?", GUS))
    yield "texts wait"

    async def steer(kind: str, **fields: Any) -> None:
        row = await stage.interaction(address=PIA, closed_at=None)
        await stage.do("dot", kind, interaction_id=row["id"], version=row["version"], **fields)

    await steer("boost_interaction", seconds=60, reason="弱势")
    yield "a supervisor lets one go ahead"
    await steer("move_interaction", queue="cards", note="Kort")
    yield "moves it to another queue"
    await steer("assign_interaction", agent_id="ada", overrides_fit=True)
    yield "gives it to an agent"
    await stage.accept("ada")
    yield "who takes it"
    await steer("assign_interaction", agent_id="dot", note="Jag tar det")
    yield "and takes it over"
    await wrap_up(stage, "dot", stage.screens["dot"].held[0]["id"])
    await stage.do("ada", "take_next")
    yield "an agent takes the next"
    await wrap_up(stage, "ada", stage.screens["ada"].held[0]["id"])
    await stage.do("cleo", "set_state", state="available")
    yield "it is wrapped up"


async def _come_and_go(stage: Stage) -> AsyncIterator[str]:
    await stage.take(text("Hallå?", STRANGER))
    held = (await stage.accept("cleo"))["id"]
    await stage.do("cleo", "set_state", state="offline", after_current=True)
    yield "an agent wishes to leave"
    await stage.do("ada", "set_state", state="available")
    await stage.take(text("En annan", "+46701749998"))
    yield "a text is offered"
    await stage.turn(31)
    yield "the offer expires"
    document = replace(stage.state.book.document, organisation="Nordpost 北邮")
    version = await publish_policy(stage.db, document, stage.clock.now(), "test")
    assert version is not None
    await stage.take(PolicyPublished(version))
    yield "a new policy"
    screen = await stage.close("cleo")
    yield "a desk is gone"
    await stage.come_back("cleo", screen)
    yield "it is back in time"
    screen = await stage.close("cleo")
    await stage.turn(21)
    yield "it is lost, and so is what it held"
    await stage.come_back("cleo", screen)
    assert all(one["id"] != held for one in screen.held)
    yield "it is back too late"
