"""An agent on a telephone of their own: rung for a call, joined by a key, and nobody's loss without one."""

from tests.flows.cast import Cast
from tests.flows.customers import Customer, eventually
from tests.flows.desk import Desk

ADAS = "+46701749001"


async def give_ada_a_telephone(cast: Cast) -> Desk:
    cookie = await cast.cookie("ada")
    checked = await cast.post("/api/me/phone", cookie, {"number": "+46 70 174 90 01"})
    assert (checked["number"], checked["checking"]) == ("", ADAS)
    adas = await telephone(cast)
    await adas.answer()
    said = (await adas.hears("say", "Type this code at your desk"))["text"]
    code = "".join(character for character in said if character.isdigit())
    assert (await cast.post("/api/me/phone/code", cookie, {"code": code}))["number"] == ADAS
    await adas.hang_up()
    return await cast.desk("ada")


async def telephone(cast: Cast) -> Customer:
    """Ada's, once it rings."""
    adas = cast.customer(ADAS.removeprefix("+"))

    async def look() -> bool:
        async with cast.session.get(adas.base) as answer:
            return answer.status == 200

    await eventually(look)
    return adas


async def test_an_agent_answers_on_their_own_telephone_and_takes_the_call_with_a_key(cast: Cast) -> None:
    ada, pia = await give_ada_a_telephone(cast), cast.customer("pia")
    await pia.call()
    held = await ada.accept()
    adas = await telephone(cast)
    await adas.answer()
    await adas.hears("say", "A call from Pia Lindqvist. Press 1 to take it.")
    await pia.call_is(**{"with": []})
    await adas.press("1")
    await ada.talks(held["id"])
    await pia.call_is(**{"with": [ADAS], "is_on_hold": False})
    await ada.about(held["id"], "hold_call", on=True)
    await pia.call_is(is_on_hold=True)
    await adas.hang_up()  # or their mobile call has dropped
    await ada.until(lambda screen: screen["interactions"][0]["call"]["state"] == "agent_lost_held")
    await pia.call_is(is_over=False, is_on_hold=True)
    await adas.call_is(status="ringing")  # it rings again
    await adas.answer()
    await adas.hears("say", "A call from Pia Lindqvist. Press 1 to take it.")
    await adas.press("1")
    await ada.until(lambda screen: screen["interactions"][0]["call"]["state"] == "held")
    await ada.about(held["id"], "end_interaction")
    await ada.holds(held["id"], state="wrap_up")
    await pia.call_is(is_over=True)
    await ada.wrap_up(held["id"])


async def test_a_telephone_that_is_answered_without_the_key_loses_no_customer(cast: Cast) -> None:
    ada, pia = await give_ada_a_telephone(cast), cast.customer("pia")
    await pia.call()
    offer = await ada.is_offered()
    await ada.do("accept_offer", offer_id=offer["id"])
    adas = await telephone(cast)
    await adas.answer()  # a mailbox
    await adas.hears("say", "A call from Pia Lindqvist")
    await adas.say("Please leave a message after the tone.")
    await adas.hang_up()
    await ada.until(lambda screen: screen["agent"]["reason"] == "phone_failed" and not screen["interactions"])
    await pia.call_is(is_over=False, **{"with": []})
    fay = await cast.desk("fay")
    again = await fay.is_offered()
    assert (again["interaction_id"], again["entered_at"]) == (offer["interaction_id"], offer["entered_at"])
    taken = await fay.accept()
    await fay.sees(taken["id"], "", kind="fact", fact="agent_line_failed")
    await pia.call_is(**{"with": ["client:fay"], "is_on_hold": False})
    heard = (await pia.devices())["call"]["transcript"]
    assert [one["text"] for one in heard if one["kind"] == "joined"] == ["client:fay"]
