"""Text messages: whose they are, what they join, and the words that are obeyed before anyone reads them."""

import pytest

from hub.storage import tables
from tests.hub.flows import wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import OUR_NUMBER, PIA, SAM, STRANGER, text


async def test_a_stranger_becomes_a_customer_of_the_default_tier(house: House) -> None:
    await house.take(text("Hej! 你好", STRANGER))
    interaction = await house.interaction(address=STRANGER)
    (address,) = await house.rows(tables.address, tables.address.c.address == STRANGER)
    (customer,) = await house.rows(tables.customer, tables.customer.c.id == interaction["customer_id"])
    assert (interaction["state"], interaction["queue"], interaction["tier"]) == ("waiting", "service", "standard")
    assert (address["kind"], address["identity_level"], address["customer_id"]) == (
        "phone",
        "claimed",
        customer["id"],
    )
    assert (interaction["subject"], interaction["language"]) == ("Hej! 你好", "en")
    assert await house.said(interaction["id"]) == ["Hej! 你好"]
    assert await house.said(interaction["id"], "fact") == ["entered"]


@pytest.mark.parametrize("spelled", [PIA, "+46 70 174 01 01", "+46(0)70-1740101"])
async def test_a_known_customer_is_found_however_the_number_is_spelled(house: House, spelled: str) -> None:
    await house.take(text("Hej", spelled))
    interaction = await house.interaction(customer_id="pia")
    assert (interaction["tier"], interaction["address"]) == ("platinum", PIA)
    assert await house.count(tables.customer) == 12


async def test_the_next_text_joins_the_open_interaction_also_in_the_same_delivery(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Ett", STRANGER), text("Två", STRANGER))
    held = await house.accept("ada")
    await house.take(text("Tre", STRANGER))
    assert [m["text"] for m in ada.find(held["id"])["messages"] if m["kind"] == "customer"] == ["Ett", "Två", "Tre"]
    assert len(await house.interactions(address=STRANGER)) == 1


async def test_a_text_during_the_wrap_up_makes_it_active_again(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    assert not (await house.about("ada", held["id"], "end_interaction")).code
    assert ada.find(held["id"])["state"] == "wrap_up"
    await house.take(text("Ett till!"))
    assert ada.find(held["id"])["state"] == "active"
    assert "customer_returned" in await house.said(held["id"], "fact")
    await house.turn(600)  # its wrap-up limit is no longer counted
    assert ada.find(held["id"])["state"] == "active"


async def test_a_text_after_the_end_is_another_interaction_of_the_same_customer(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hej igen"))
    first, second = await house.interactions(customer_id="sam")
    assert (first["closed_as"], second["state"]) == ("handled", "offered")


async def test_a_long_text_is_a_subject_of_its_first_words(house: House) -> None:
    await house.take(text("Jag undrar\n\n" + "över mitt kort " * 10))
    subject = (await house.interaction(customer_id="sam"))["subject"]
    assert subject.startswith("Jag undrar över mitt kort")
    assert len(subject) <= 80
    assert subject.endswith("…")


@BOTH
async def test_a_nul_is_replaced_and_what_only_looks_like_one_is_not(house: House) -> None:
    await house.take(text("före\0efter \\u0000 \\\0 slut"))
    held = await house.interaction(customer_id="sam")
    assert await house.said(held["id"]) == ["före\ufffdefter \\u0000 \\\ufffd slut"]
    await house.seat("ada")
    await house.accept("ada")
    assert not (await house.about("ada", held["id"], "send_message", text="Hej\0 Sam")).code
    assert await house.said(held["id"], "agent") == ["Hej\ufffd Sam"]


# ---- STOP and START


@pytest.mark.parametrize("words", ["STOP", " Stop. ", "ｓｔｏｐ", "退订", "Unsubscribe!"])
async def test_stop_closes_the_number_and_is_no_work_for_anyone(house: House, words: str) -> None:
    await house.take(text(words))
    interaction = await house.interaction(customer_id="sam")
    assert (interaction["state"], interaction["closed_as"]) == ("closed", "self_served")
    assert await house.said(interaction["id"]) == [words]
    assert await house.count(tables.suppression, tables.suppression.c.address == SAM) == 1
    assert house.state.router.snapshot().interactions == ()


async def test_start_opens_the_number_again_and_what_comes_next_is_work(house: House) -> None:
    await house.take(text("STOP"), text("START"))
    assert await house.count(tables.suppression) == 0
    await house.take(text("Jo, en fråga"))
    assert [row["state"] for row in await house.interactions(customer_id="sam")] == ["closed", "closed", "waiting"]


async def test_start_of_someone_who_never_stopped_is_a_word_like_any_other(house: House) -> None:
    await house.take(text("Yes"))
    assert (await house.interaction(customer_id="sam"))["state"] == "waiting"


async def test_a_sentence_with_stop_in_it_is_no_stop(house: House) -> None:
    await house.take(text("Please stop my card"))
    assert (await house.interaction(customer_id="sam"))["state"] == "waiting"
    assert await house.count(tables.suppression) == 0


async def test_stop_in_an_open_interaction_is_shown_and_nothing_more_goes_out(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await house.take(text("STOP"))
    said = [one["text"] for one in ada.find(held["id"])["messages"] if one["kind"] == "customer"]
    assert said[-1] == "STOP"
    refused = await house.about("ada", held["id"], "send_message", text="Hej?")
    assert refused.code == "customer_said_stop"
    await house.take(text("START"))
    assert not (await house.about("ada", held["id"], "send_message", text="Hej?")).code


async def test_stop_during_the_wrap_up_asks_for_no_more_work(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    await house.take(text("STOP"))
    assert ada.find(held["id"])["state"] == "wrap_up"
    assert await house.count(tables.suppression) == 1


async def test_a_text_to_any_of_our_numbers_is_answered_from_that_number(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej", to_address="+46850005001"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "send_message", text="Hej!")
    (out,) = await house.requests("TextOut")
    assert (out.to_address, out.from_address, out.text) == (SAM, "+46850005001", "Hej!")
    assert out.from_address != OUR_NUMBER
