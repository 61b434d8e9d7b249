"""Calls: waiting, talking, hold, hang-up from either end, and transfer."""

import itertools

from tests.flows.cast import Cast
from tests.flows.customers import eventually


async def test_a_call_waits_is_answered_held_and_ended_by_the_customer(cast: Cast) -> None:
    pia = cast.customer("pia")
    await pia.call()
    await pia.hears("say", "You are next")
    await pia.hears("music")
    ada = await cast.desk("ada")
    offer = await ada.is_offered()
    assert (offer["channel"], offer["tier"], offer["customer_name"]) == ("phone", "platinum", "Pia Lindqvist")
    held = await ada.accept()
    assert held["script"] is not None
    await ada.talks(held["id"])
    await pia.call_is(**{"with": ["client:ada"], "is_on_hold": False})
    await ada.about(held["id"], "hold_call", on=True)
    await pia.call_is(is_on_hold=True)
    await ada.about(held["id"], "hold_call", on=False)
    await pia.call_is(is_on_hold=False)
    await pia.hang_up()
    over = await ada.holds(held["id"], state="wrap_up", is_customer_gone=True)
    assert over["call"]["state"] == "over"
    await ada.wrap_up(held["id"], note="Allt klart")
    await ada.until(lambda screen: screen["agent"]["load"] == 0)


async def test_a_caller_hears_their_place_before_the_long_music(cast: Cast) -> None:
    """Also where the hub is asked for it before it has decided."""
    gus, sam = cast.customer("gus"), cast.customer("sam")
    await sam.call()
    await gus.call()
    await gus.hears("say", "You are next")
    await sam.hears("say", "You are n")  # next, until gus has come
    for customer in (gus, sam):
        heard = (await customer.devices())["call"]["transcript"]
        until_told = itertools.takewhile(lambda one: "You are n" not in one["text"], heard)
        assert "music" not in {one["kind"] for one in until_told}


async def test_the_agent_ends_the_call(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.call()
    held = await ada.accept()
    await ada.talks(held["id"])
    await ada.about(held["id"], "end_interaction")
    await sam.call_is(is_over=True, status="completed")
    await ada.wrap_up(held["id"])


async def test_a_caller_who_hangs_up_first_takes_the_offer_away_at_once(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.call()
    offer = await ada.is_offered()
    await sam.hang_up()
    await ada.told("offer_ended", offer_id=offer["id"], end="withdrawn")  # before it could expire
    assert ada.screen["offers"] == []
    assert (await ada.ask("accept_offer", offer_id=offer["id"]))["code"] != ""
    await ada.until(lambda screen: screen["agent"]["state"] == "available" and screen["agent"]["load"] == 0)


async def test_a_call_is_handed_on_and_the_next_agent_sees_what_was_said(cast: Cast) -> None:
    fay, gus = await cast.desk("fay"), cast.customer("gus")
    await gus.call()
    held = await fay.accept()
    await fay.talks(held["id"])
    emre = await cast.desk("emre", is_available=False)
    await fay.about(held["id"], "transfer_interaction", queue="deposits", note="Vill låna 贷款")
    await fay.until(lambda screen: screen["interactions"] == [])

    async def hears_the_place() -> bool:
        """After the agent has left: like anyone who waits."""
        kinds = [(one["kind"], one["text"]) for one in (await gus.devices())["call"]["transcript"]]
        held = kinds.index(("hold", "")) if ("hold", "") in kinds else len(kinds)
        return any(kind == "say" and "You are next." in text for kind, text in kinds[held:])

    await eventually(hears_the_place)
    await emre.go_available()
    offer = await emre.is_offered()
    assert (offer["interaction_id"], offer["queue"]) == (held["id"], "deposits")
    taken = await emre.accept()
    await emre.sees(taken["id"], "Vill låna 贷款", kind="note", author="Fay O’Brien")
    await gus.call_is(**{"with": ["client:emre"], "is_on_hold": False})
    await emre.wrap_up(taken["id"])
    await gus.call_is(is_over=True)


async def test_who_hands_a_call_on_before_their_own_phone_was_called_is_not_in_it(cast: Cast) -> None:
    fay, emre, gus = await cast.desk("fay"), await cast.desk("emre", is_available=False), cast.customer("gus")
    await gus.call()
    offer = await fay.is_offered()
    await cast.add_fault("rest", "slow", seconds=1.5)
    await fay.do("accept_offer", offer_id=offer["id"])
    held = await fay.holds(offer["interaction_id"])
    await fay.about(held["id"], "transfer_interaction", queue="deposits", note="Vill låna 贷款")
    await emre.go_available()
    await emre.accept()
    await emre.talks(held["id"])
    await gus.call_is(**{"with": ["client:emre"], "is_on_hold": False})
    await emre.wrap_up(held["id"])
    await gus.call_is(is_over=True)


async def test_an_agent_whose_phone_does_not_answer_gives_the_call_back(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await cast.add_fault("leg", "no-answer")
    await sam.call()
    offer = await ada.is_offered()
    await ada.do("accept_offer", offer_id=offer["id"])
    await ada.until(lambda screen: screen["agent"]["state"] == "unavailable" and not screen["interactions"])
    fay = await cast.desk("fay")
    again = await fay.is_offered()
    assert (again["interaction_id"], again["entered_at"]) == (offer["interaction_id"], offer["entered_at"])
    await fay.accept()
    await sam.call_is(**{"with": ["client:fay"], "is_on_hold": False})
