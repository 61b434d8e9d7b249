"""Beginnings that several tests share, and a whole day in which everything happens once.

The rule of this file: things come about by the way that they really do, by notices and commands.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

from channels.channel import (
    AgentReady,
    AppointmentCancelled,
    AppointmentWished,
    CallbackWished,
    ConsentAnswered,
    DeliveryState,
    MachineAnswered,
)
from hub.policies.stored_versions import publish_policy
from hub.storage.documents import CustomersChanged, PolicyPublished
from tests.hub.calls.calls_of_a_day import choose_a_day, talk_a_day
from tests.hub.calls.recorded_calls import record_a_day
from tests.hub.house import House, Screen
from tests.hub.notices import (
    GUS,
    PIA,
    PIA_MAIL,
    SAM,
    SAM_MAIL,
    STRANGER,
    agent_joined,
    call,
    call_answered,
    chat_left,
    customer_left,
    customer_not_reached,
    line,
    mail,
    opening,
    report,
    text,
    voicemail,
)

A_TUESDAY = "2026-11-24T10:00"


async def hold_text(house: House, agent: str = "ada") -> dict[str, Any]:
    """The agent with Sam's text in hand."""
    await house.seat(agent)
    await house.take(text("Hej"))
    return await house.accept(agent)


async def talk(house: House) -> Screen:
    """Ada with Sam on the line."""
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    await house.take(agent_joined("CA1", "CA-ada"))
    return ada


async def handle_mail(house: House) -> str:
    """Sam's mail, taken by Ada to its end: the interaction."""
    await house.seat("ada")
    await house.take(mail("Hej", SAM_MAIL))
    held = await house.accept("ada")
    await wrap_up(house, "ada", held["id"])
    return str(held["id"])


async def wrap_up(house: House, agent: str, interaction_id: str) -> None:
    """From active to closed, with every statement said that the script has shown."""
    script = house.screens[agent].find(interaction_id)["script"]
    for owed in script["owed"] if script else ():
        said = {"script_id": owed["script_id"], "statement": owed["statement"], "is_said": True}
        assert not (await house.about(agent, interaction_id, "settle_statement", **said)).code
    assert not (await house.about(agent, interaction_id, "end_interaction")).code
    done = await house.about(agent, interaction_id, "complete_wrap_up", disposition="solved")
    assert not done.code


async def live_a_day(house: House) -> AsyncIterator[str]:
    """Says what has just happened, after every step. Each command and each notice is among them."""
    for part in (_write, _mail, _chat, talk_a_day, choose_a_day, _call_back, _steer, _come_and_go, record_a_day):
        async for step in part(house):
            yield step
            await house.turn(1)


async def _write(house: House) -> AsyncIterator[str]:
    ada = await house.open("ada")
    yield "a desk opens"
    await house.do("ada", "set_state", state="available")
    yield "an agent is available"
    await house.do("ada", "act_here")
    yield "this desk acts"
    await house.take(text("Hej"))
    yield "a text is offered"
    await house.do("ada", "decline_offer", offer_id=ada.offers[0]["id"])
    yield "the offer is declined"
    await house.turn(16)
    yield "it is offered again"
    held = (await house.accept("ada"))["id"]
    yield "it is accepted"
    await house.take(text("Är ni där?"))
    yield "the customer goes on"
    await house.open("dot")
    seen = {"interaction_id": held, "version": ada.find(held)["version"]}
    await house.do("dot", "listen_in", way="whisper", **seen)
    await house.do("dot", "say_in", way="whisper", text="Erbjud rabatt 给折扣", **seen)
    await house.do("dot", "stop_listening", **seen)
    yield "a supervisor has whispered"
    await house.about("ada", held, "send_message", text="Välkommen 欢迎")
    yield "the agent answers"
    (out,) = await house.requests("TextOut")
    await house.take(house.result(out.outbox_id, "sms", "unknown", error="no_answer"))
    yield "nobody knows whether it left"
    await house.about("ada", held, "resend_message", message_id=out.outbox_id)
    yield "a person sends it again"
    await house.take(report(out.outbox_id, DeliveryState.DELIVERED))
    yield "it has arrived"
    await house.about("ada", held, "add_note", text="Ring efter 16")
    yield "a note"
    await house.about("ada", held, "keep_consent", address=SAM, purpose="marketing", is_given=True, said="Gärna 好的")
    yield "the customer has agreed to be written to"
    await house.about("ada", held, "name_customer", customer_id="gus", reason="Says so")
    yield "somebody else of the family writes with this telephone"
    await house.about("ada", held, "name_customer", customer_id="sam")
    yield "it was the customer after all"
    await house.take(CustomersChanged(("sam",)))
    yield "somebody elsewhere has changed what is known of the customer"
    script = ada.find(held)["script"]
    field = next(part for part in script["parts"] if part["kind"] == "field")
    shown = {"script_id": script["script_id"], "step_id": script["step_id"]}
    values = {field["name"]: field["options"][0]}
    await house.about("ada", held, "advance_script", **shown, action="answer", values=values)
    yield "an answer in the script"
    await house.about("ada", held, "pick_script", script_id="complaint")
    yield "another script"
    await house.about("ada", held, "pick_script", script_id=script["script_id"])
    yield "back to the first one"
    await house.about("ada", held, "advance_script", **shown, action="choose", choice="2")
    (owed,) = ada.find(held)["script"]["owed"]
    yield "the script shows what must be said"
    said = {"script_id": owed["script_id"], "statement": owed["statement"], "is_said": False}
    await house.about("ada", held, "settle_statement", **said, reason="customer_declined")
    yield "it was not said"
    await house.about("ada", held, "end_interaction")
    yield "the agent ends it"
    await house.take(text("Ett till!"))
    yield "the customer comes back"
    await house.take(text("STOP"))
    yield "the customer says stop"
    await house.about("ada", held, "transfer_interaction", queue="cards", note="Om ett kort")
    yield "it is handed on"
    await house.take(text("START"))
    yield "the customer says start while it waits"
    await house.seat("cleo")
    yield "the next agent comes"
    await house.accept("cleo")
    yield "the next agent takes it"
    await wrap_up(house, "cleo", held)
    yield "it is wrapped up"


async def _mail(house: House) -> AsyncIterator[str]:
    first = mail("Mitt lån", PIA_MAIL)
    await house.take(first)
    yield "a mail is offered"
    agent = next(name for name, screen in house.screens.items() if screen.offers)
    held = (await house.accept(agent))["id"]
    yield "it is accepted"
    await house.take(mail("En bilaga till", PIA_MAIL, joins=(f"id:{first.provider_id}",)))
    yield "another one joins it"
    await house.about(agent, held, "send_message", text="Vi återkommer", subject="Ert lån")
    out = (await house.requests("TextOut"))[-1]
    await house.take(house.result(out.outbox_id, "email", "sent", provider_id="<1@nordpost.example>"))
    yield "the answer has left"
    await house.about(agent, held, "end_interaction")
    await house.turn(121)
    yield "the wrap-up ends by itself"
    await house.take(mail("Borta", PIA_MAIL, joins=("id:<1@nordpost.example>",), is_automatic=True))
    yield "an absence note is filed"


async def _chat(house: House) -> AsyncIterator[str]:
    await house.seat("dot")
    await house.take(opening("chat-1"), line("Hej", "chat-1"))
    yield "a chat is offered"
    held = (await house.accept("dot"))["id"]
    yield "it is accepted"
    await house.about("dot", held, "send_message", text="Hej!")
    yield "the agent answers"
    message = house.screens["dot"].find(held)["messages"][-1]
    await house.take(report(message["id"], DeliveryState.READ))
    yield "the customer has read it"
    at = house.state.book.read_local(A_TUESDAY)
    await house.take(AppointmentWished("webchat:chat-1:call:w1", "chat-1", "w1", GUS, at, "sv"))
    (agreed,) = await house.host.list_asked_calls("chat-1")
    await house.take(AppointmentCancelled("webchat:chat-1:cancelled", "chat-1", agreed.id))
    yield "the customer has asked to be called instead, and has taken that back"
    await house.take(ConsentAnswered("webchat:chat-1:consent:k1", "chat-1", "marketing", 1, "en", is_given=True))
    yield "the customer has answered what the page asks"
    await house.take(chat_left("chat-1"))
    yield "the customer leaves"
    await house.take(line("En sak till", "chat-1"))
    yield "the customer comes back"
    await wrap_up(house, "dot", held)
    yield "it is wrapped up"


async def _call_back(house: House) -> AsyncIterator[str]:
    house.dispatcher._rules = replace(house.dispatcher._rules, call_numbers=("+46850005000",))
    await house.do("cleo", "call_out", to_address=STRANGER, reason="A parcel")
    yield "an agent calls out"
    (reached,) = await house.requests("ReachAgent")
    await house.take(AgentReady("phone:AC1:CA20:ready", "CA20", reached.outbox_id))
    yield "they are on the line, and the customer is called"
    await house.take(call_answered(f"{reached.outbox_id}.call", "CA21"))
    yield "somebody answers"
    await house.take(MachineAnswered("phone:AC1:CA21:machine", "CA21", f"{reached.outbox_id}.call", False))
    yield "it was a machine"
    await house.about("cleo", house.screens["cleo"].held[-1]["id"], "complete_wrap_up", disposition="solved")
    yield "and the call is wrapped up"
    await house.do("cleo", "set_state", state="unavailable", reason="lunch")
    await house.take(call("CA3", to_address="+46850005000"))
    yield "a call waits for cards"
    await house.take(CallbackWished("phone:AC1:CA3:callback:0", "CA3"))
    yield "its customer wants to be called back"
    await house.take(voicemail("CA3"))
    yield "the customer has left a message as well"
    await house.take(customer_left("CA3"))
    yield "the line has ended"
    await house.do("cleo", "set_state", state="available")
    yield "the customer is called"
    request = (await house.requests("CallCustomer"))[-1]
    held = request.outbox_id.partition(".")[0]
    more = {"interaction_id": held, "provider_id": "CA3-1"}
    await house.take(house.result(request.outbox_id, "phone", "sent", kind="CallCustomer", **more))
    yield "the customer's telephone rings"
    await house.take(customer_not_reached(request.outbox_id, "CA3-1", "busy"))
    yield "it is busy"
    await house.turn(601)
    yield "the customer is called again"
    request = (await house.requests("CallCustomer"))[-1]
    await house.take(call_answered(request.outbox_id, "CA3-2"))
    yield "the customer answers"
    await house.take(agent_joined("CA3-2", "CA-cleo-3"))
    yield "they talk"
    for move, cancel in (("move_appointment", "cancel_appointment"), ("move_agreed_call", "cancel_agreed_call")):
        assert not (await house.about("cleo", held, "make_appointment", local_at=A_TUESDAY, note="Om paketet")).code
        yield "they agree on another call"
        about = {"appointment_id": house.screens["cleo"].find(held)["appointments"][0]["id"]}
        own = move == "move_appointment"  # else of the list of agreed calls
        act = partial(house.about, "cleo", held) if own else partial(house.do, "cleo")
        await act(move, **about, local_at="2026-11-24T11:00")
        yield "at another time"
        await act(cancel, **about)
        assert house.screens["cleo"].find(held)["appointments"] == []
        yield "and then on none"
    await wrap_up(house, "cleo", held)
    yield "it is wrapped up"


async def _steer(house: House) -> AsyncIterator[str]:
    await house.do("cleo", "set_state", state="unavailable", reason="meeting")
    await house.take(text("Hallå", PIA), text("Och jag?", GUS))
    yield "texts wait"

    async def steer(kind: str, **fields: Any) -> None:
        row = await house.interaction(address=PIA, closed_at=None)
        await house.do("dot", kind, interaction_id=row["id"], version=row["version"], **fields)

    await steer("boost_interaction", seconds=60, reason="弱势")
    yield "a supervisor lets one go ahead"
    await steer("move_interaction", queue="cards", note="Kort")
    yield "moves it to another queue"
    await steer("assign_interaction", agent_id="ada", overrides_fit=True)
    yield "gives it to an agent"
    await house.accept("ada")
    yield "who takes it"
    await steer("assign_interaction", agent_id="dot", note="Jag tar det")
    yield "and takes it over"
    await wrap_up(house, "dot", house.screens["dot"].held[0]["id"])
    await house.do("ada", "take_next")
    yield "an agent takes the next"
    await wrap_up(house, "ada", house.screens["ada"].held[0]["id"])
    await house.do("cleo", "set_state", state="available")
    yield "it is wrapped up"


async def _come_and_go(house: House) -> AsyncIterator[str]:
    await house.take(text("Hallå?", STRANGER))
    held = (await house.accept("cleo"))["id"]
    await house.do("cleo", "set_state", state="offline", after_current=True)
    yield "an agent wishes to leave"
    await house.do("ada", "set_state", state="available")
    await house.take(text("En annan", "+46701749998"))
    yield "a text is offered"
    await house.turn(31)
    yield "the offer expires"
    document = replace(house.state.book.document, organisation="Nordpost 北邮")
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    yield "a new policy"
    screen = await house.close("cleo")
    yield "a desk is gone"
    await house.come_back("cleo", screen)
    yield "it is back in time"
    screen = await house.close("cleo")
    await house.turn(21)
    yield "it is lost, and so is what it held"
    await house.come_back("cleo", screen)
    assert all(one["id"] != held for one in screen.held)
    yield "it is back too late"
