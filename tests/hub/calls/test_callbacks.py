"""Customers who have given their line back: called inside their hours, for an agent who is held, some times over."""

from dataclasses import replace
from typing import Any

import pytest

from channels.channel import After, CallbackWished, CallCustomer
from hub.policies.document import CallbackPolicy, MessagePolicy, OverflowPolicy
from hub.policies.opening_hours import HoursPolicy
from hub.policies.stored_versions import publish_policy
from hub.sending.may_send import SendRules
from hub.sending.spending import Limits
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from routing.model import Occasion
from tests.channel_names import PHONE
from tests.hub.house import House, Screen
from tests.hub.notices import PIA, agent_joined, call, call_answered, customer_left, customer_not_reached

MESSAGES = (
    MessagePolicy(
        id="kept", texts={"en": "We keep your place and call you back.", "zh-CN": "我们会按顺序给您回电。"}
    ),
    MessagePolicy(id="greeting", texts={"en": "You asked us to call.", "zh-CN": "您要求我们回电。"}),
)
FROM_TWO_TO_FOUR = HoursPolicy(id="afternoons", week={"sun": ("14:00-16:00",)}, time_zone="Etc/UTC")  # now it is noon


async def adopt(house: House, occasion: Occasion = Occasion.UNSTAFFED, **callback: Any) -> None:
    """Who calls the queue "service" and cannot be kept waiting is called back."""
    before = house.state.book.document
    limit = 50 if occasion is Occasion.FULL else 0
    rule = OverflowPolicy(occasion=occasion, action="callback", channels=(PHONE,), message="kept", limit=limit)
    hours = {"hours": "office"} if occasion is Occasion.CLOSED else {}
    queue = replace(
        before.queues[0], overflow=(rule,), callback=CallbackPolicy(greeting="greeting", **callback), **hours
    )
    document = replace(
        before,
        queues=(queue, *before.queues[1:]),
        messages=(*(one for one in before.messages if one not in MESSAGES), *MESSAGES),
        hours=(*(one for one in before.hours if one != FROM_TWO_TO_FOUR), FROM_TWO_TO_FOUR),
    )
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


async def give_back(house: House, sender: str = PIA) -> str:
    """A caller who is to be called back, and whose line has ended; the interaction's id."""
    await house.take(call("CA1", sender))
    await house.take(customer_left("CA1"))
    return str((await house.interactions())[-1]["id"])


async def dialled(house: House) -> tuple[Screen, CallCustomer]:
    """Ada is at work, and somebody is called for her."""
    ada = await house.seat("ada")
    return ada, (await house.requests("CallCustomer"))[-1]


async def test_the_caller_hears_that_the_place_is_kept_and_the_end_of_the_line_is_no_leaving(house: House) -> None:
    await adopt(house)
    await house.take(call("CA1", PIA))
    (told,) = await house.requests("Speak")
    assert (told.text, told.then) == ("We keep your place and call you back.", After.END)
    await house.take(customer_left("CA1"))
    row = await house.interaction(customer_id="pia")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert await house.said(row["id"], "fact") == ["entered", "overflow_callback"]
    assert await house.requests("HangUp") == []
    await house.check_restored()


async def test_when_the_turn_has_come_the_customer_is_called_and_the_agent_sees_whom(house: House) -> None:
    await adopt(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    assert (request.to_address, request.from_address, request.text) == (PIA, "+46850005009", "You asked us to call.")
    assert ada.offers == [], "the customer comes first"
    shown = ada.find(held)
    assert (shown["state"], shown["call"]["state"]) == ("dialling", "dialling")
    assert 33_000 < shown["call"]["deadline_at"] - shown["call"]["since"] < 36_000
    assert shown["script"] is not None
    assert [m["fact"] for m in shown["messages"] if m["kind"] == "fact"][-1] == "dialled"
    await house.check_screens()
    await house.check_restored()

    await house.take(call_answered(request.outbox_id))
    shown = ada.find(held)
    assert (shown["state"], shown["call"]["state"], shown["call"]["deadline_at"]) == ("active", "connecting", None)
    (connect,) = await house.requests("ConnectAgent")
    assert (connect.call_id, connect.agent_address) == ("CA-out", "client:ada")
    await house.take(agent_joined("CA-out", "CA-ada", connect.outbox_id))
    assert ada.find(held)["call"]["state"] == "talking"
    assert await house.requests("HoldCall") == [], "nobody was on hold"
    await house.take(customer_not_reached(request.outbox_id, "CA-out", "completed"))
    assert ada.find(held)["is_customer_gone"]
    await house.about("ada", held, "complete_wrap_up", disposition="solved")
    row = await house.interaction(id=held)
    assert (row["closed_as"], row["agent_id"]) == ("handled", "ada")
    await house.check_screens()


@pytest.mark.parametrize("reason", ["busy", "no-answer", "failed", "canceled"])
async def test_who_does_not_answer_is_called_again_later_from_the_same_place(house: House, reason: str) -> None:
    await adopt(house, retry_after_seconds=120)
    held = await give_back(house)
    before = await house.interaction(id=held)
    ada, request = await dialled(house)
    await house.take(customer_not_reached(request.outbox_id, "CA-out", reason))
    assert (ada.held, ada.shown["agent"]["state"], ada.shown["agent"]["load"]) == ([], "available", 0)
    row = await house.interaction(id=held)
    assert (row["state"], row["entered_at"], row["rank_at"]) == ("waiting", before["entered_at"], before["rank_at"])
    facts = await house.rows(tables.message, tables.message.c.fact == "callback_unanswered")
    assert [fact["data"] for fact in facts] == [f'{{"reason":"{reason}"}}']
    assert await house.requests("HangUp") == [], "it has ended by itself"
    await house.turn(119)
    assert len(await house.requests("CallCustomer")) == 1
    await house.turn(2)
    again = (await house.requests("CallCustomer"))[-1]
    assert again.outbox_id != request.outbox_id
    await house.check_screens()
    await house.check_restored()


async def test_when_the_time_is_up_the_telephone_stops_ringing(house: House) -> None:
    await adopt(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    sent = house.result(
        request.outbox_id, "phone", "sent", kind="CallCustomer", interaction_id=held, provider_id="CA-out"
    )
    await house.take(sent)
    await house.turn(36)
    assert ada.held == []
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-out"]
    await house.take(customer_not_reached(request.outbox_id, "CA-out", "canceled"))
    assert (await house.interaction(id=held))["state"] == "waiting"


async def test_after_the_last_try_it_is_closed_and_its_agent_is_free(house: House) -> None:
    await adopt(house, tries=2, retry_after_seconds=60)
    held = await give_back(house)
    ada, first = await dialled(house)
    await house.take(customer_not_reached(first.outbox_id, "CA-1", "busy"))
    await house.turn(61)
    second = (await house.requests("CallCustomer"))[-1]
    await house.take(customer_not_reached(second.outbox_id, "CA-2", "no-answer"))
    row = await house.interaction(id=held)
    assert (row["state"], row["closed_as"], row["agent_id"]) == ("closed", "failed", None)
    assert (ada.held, ada.shown["today"]["handled"]) == ([], 0)
    assert house.floor.interactions == {}
    await house.check_screens()


@pytest.mark.promise("P2")
async def test_reports_of_an_earlier_attempt_change_nothing(house: House) -> None:
    await adopt(house, retry_after_seconds=60)
    held = await give_back(house)
    ada, first = await dialled(house)
    await house.take(customer_not_reached(first.outbox_id, "CA-1", "busy"))
    await house.turn(61)
    for late in (
        customer_not_reached(first.outbox_id, "CA-late", "no-answer"),
        call_answered(first.outbox_id, "CA-late"),
    ):
        await house.take(late, late)
        assert ada.find(held)["state"] == "dialling"
    assert [one.leg_id for one in await house.requests("HangUp")] == ["CA-late"], "nobody is there to talk to"


async def test_a_call_that_the_provider_refuses_counts_as_unanswered(house: House) -> None:
    await adopt(house)
    held = await give_back(house)
    ada, request = await dialled(house)
    refused = house.result(
        request.outbox_id, "phone", "failed", kind="CallCustomer", interaction_id=held, error="21217"
    )
    await house.take(refused)
    assert ada.held == []
    assert await house.said(held, "fact") == [
        "entered", "overflow_callback", "dialled", "callback_unanswered",
    ]  # fmt: skip


async def test_where_the_agent_comes_first_they_accept_and_then_the_customer_is_called(house: House) -> None:
    await adopt(house, agent_first=True)
    held = await give_back(house)
    ada = await house.seat("ada")
    (offer,) = ada.offers
    assert offer["is_callback"]
    assert await house.requests("CallCustomer") == []
    await house.accept("ada")
    assert ada.find(held)["state"] == "dialling"
    (request,) = await house.requests("CallCustomer")
    await house.take(call_answered(request.outbox_id))
    assert ada.find(held)["state"] == "active"
    await house.check_screens()


async def test_who_calls_again_takes_the_place_along_and_is_not_called_as_well(house: House) -> None:
    await adopt(house, Occasion.FULL, key="1", message="kept")
    await house.take(call("CA1", PIA), wish())
    await house.take(customer_left("CA1"))
    await house.turn(300)
    await house.take(call("CA2", PIA))
    first, second = await house.interactions(customer_id="pia")
    states = {row["provider_ref"]: row["state"] for row in (first, second)}
    assert (states, first["entered_at"]) == ({"CA1": "paused", "CA2": "waiting"}, second["entered_at"])
    ada = await house.seat("ada")
    held = await house.accept("ada")
    assert await house.requests("CallCustomer") == []
    await house.take(agent_joined("CA2", "CA-ada"))
    assert not (await house.about("ada", held["id"], "end_interaction")).code
    assert not (await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")).code
    assert [row["closed_as"] for row in await house.interactions(customer_id="pia")] == ["handled", "handled"]
    assert ada.held == []
    await house.check_screens()


async def test_who_calls_again_and_hangs_up_is_still_called_back(house: House) -> None:
    await adopt(house, Occasion.FULL, key="1", message="kept")
    await house.take(call("CA1", PIA), wish())
    await house.take(customer_left("CA1"))
    await house.take(call("CA2", PIA))
    await house.take(customer_left("CA2"))
    _, request = await dialled(house)
    assert request.to_address == PIA
    await house.check_restored()


# ---- by a key


def wish(call_id: str = "CA1", number: int = 0) -> CallbackWished:
    return CallbackWished(f"phone:AC1:{call_id}:callback:{number}", call_id)


async def test_who_waits_may_wish_to_be_called_back(house: House) -> None:
    await adopt(house, Occasion.FULL, key="1", message="kept")
    await house.take(call("CA1", PIA))
    place = await house.host.find_place("CA1")
    assert place is not None and place.callback_key == "1"
    await house.take(wish())
    place = await house.host.find_place("CA1")
    assert place is not None and place.position is None, "they hear that they are called, not where they stand"
    (told,) = await house.requests("Speak")
    assert (told.text, told.then) == ("We keep your place and call you back.", After.END)
    await house.take(customer_left("CA1"))
    row = await house.interaction(customer_id="pia")
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert await house.said(row["id"], "fact") == ["entered", "callback_wished"]
    _, request = await dialled(house)
    assert request.to_address == PIA
    await house.check_restored()


async def test_a_wish_that_comes_while_an_agent_is_asked_is_no_longer_needed(house: House) -> None:
    await adopt(house, Occasion.FULL, key="1", message="kept")
    ada = await house.seat("ada")
    await house.take(call("CA1", PIA))
    place = await house.host.find_place("CA1")
    assert place is not None and place.callback_key == "", "it is not offered any more"
    await house.take(wish())
    assert (len(ada.offers), await house.requests("Speak")) == (1, [])
    held = await house.accept("ada")
    assert held["call"]["state"] == "connecting"


async def test_a_key_is_offered_only_where_the_queue_says_so_and_to_whom_can_be_called(house: House) -> None:
    await adopt(house, Occasion.FULL)
    await house.take(call("CA1", PIA), wish())
    await adopt(house, Occasion.FULL, key="1", message="kept")
    await house.take(call("CA2", "anonymous:CA2"))
    for call_id in ("CA1", "CA2"):
        place = await house.host.find_place(call_id)
        assert place is not None and place.callback_key == ("1" if call_id == "CA1" else "")
    assert await house.requests("Speak") == [], "without the key it is no wish"


# ---- when, and whether at all


async def test_customers_are_called_inside_their_hours_only(house: House) -> None:
    await adopt(house, hours="afternoons")
    await give_back(house)
    ada = await house.seat("ada")
    await house.turn(2 * 3600 - 10)
    assert await house.requests("CallCustomer") == []
    await house.turn(11)
    assert len(await house.requests("CallCustomer")) == 1
    assert len(ada.held) == 1


async def test_a_closed_queue_calls_nobody_back_at_once_though_an_agent_is_there(house: House) -> None:
    """It is Sunday: an agent who is still available is no reason to ring a customer who is hearing our words."""
    await adopt(house, Occasion.CLOSED, hours="afternoons", tries=1)
    ada = await house.seat("ada")
    held = await give_back(house)
    assert (ada.held, ada.offers) == ([], [])
    assert await house.requests("CallCustomer") == []
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert await house.said(held, "fact") == ["entered", "overflow_callback"], "nobody has tried"
    await house.turn(2 * 3600)
    assert len(await house.requests("CallCustomer")) == 1


async def test_who_cannot_be_called_back_stays_on_the_line_and_is_offered_to_an_agent(house: House) -> None:
    await adopt(house, Occasion.CLOSED, hours="afternoons")
    ada = await house.seat("ada")
    await house.take(call("CA1", "anonymous:CA1"))
    assert (len(ada.offers), await house.requests("Speak")) == (1, [])
    held = await house.accept("ada")
    assert (held["state"], held["call"]["state"]) == ("active", "connecting")
    await house.check_restored()


async def test_a_customer_who_still_hears_our_words_is_not_called(house: House) -> None:
    await adopt(house, tries=1)
    await house.take(call("CA1", PIA))
    await house.seat("ada")
    assert await house.requests("CallCustomer") == []
    await house.turn(61)
    assert len(await house.requests("CallCustomer")) == 1, "the end of the line may go unreported"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(countries=frozenset({"NO"})), "region_not_allowed"),
        (Limits(most=0), "cap_reached"),
        (Limits(most_per_customer=0), "customer_cap_reached"),
    ],
)
async def test_a_call_that_may_not_be_placed_counts_as_unanswered(
    house: House, monkeypatch: pytest.MonkeyPatch, limits: Limits, reason: str
) -> None:
    monkeypatch.setattr(house.dispatcher, "_rules", SendRules(limits={PHONE: limits}))
    await adopt(house)
    held = await give_back(house)
    ada = await house.seat("ada")
    assert await house.requests("CallCustomer") == []
    assert (ada.held, ada.shown["agent"]["load"]) == ([], 0)
    (fact,) = await house.rows(tables.message, tables.message.c.fact == "callback_refused")
    assert fact["data"] == f'{{"reason":"{reason}"}}'
    assert (await house.interaction(id=held))["state"] == "waiting"
    assert ada.kinds().count("interaction_added") == 0


async def test_a_number_that_is_not_to_be_called_is_not_called(house: House) -> None:
    await adopt(house)
    await give_back(house)

    async def unit(conn: Any) -> None:
        row = {"channel": "phone", "address": PIA, "created_at": 1, "cause": "customer"}
        await conn.execute(tables.suppression.insert(), [row])

    await house.db.write(unit)
    await house.seat("ada")
    assert await house.requests("CallCustomer") == []
    (fact,) = await house.rows(tables.message, tables.message.c.fact == "callback_refused")
    assert fact["data"] == '{"reason":"customer_said_stop"}'


async def test_a_call_to_a_customer_counts_among_what_has_left(house: House) -> None:
    await adopt(house)
    await give_back(house)
    await dialled(house)
    assert house.floor.last_hour[PHONE].count_to("pia", house.clock.now()) == 1
    await house.check_restored()
