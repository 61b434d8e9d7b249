"""Text messages, from a customer's phone to a desk and back."""

import asyncio

import pytest

from tests.flows.cast import Cast

LOST = "Jag har tappat mitt kort! 我的卡丢了"


@pytest.mark.promise("P5")
async def test_a_text_reaches_a_desk_with_the_script_and_the_answer_reaches_the_phone(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text(LOST)
    offer = await ada.is_offered()
    assert (offer["channel"], offer["tier"], offer["customer_name"]) == ("sms", "standard", "Sam Okoye")
    assert offer["made_at"] - offer["entered_at"] < 1000 < offer["deadline_at"] - offer["made_at"]
    held = await ada.accept()
    assert held["customer"]["attributes"]["city"] == ["Stockholm"]
    assert held["script"]["title"] == offer["script_title"] != ""
    await ada.sees(held["id"], LOST, kind="customer", author="Sam Okoye")
    await ada.reply(held["id"], "Vi spärrar det genast. 我们马上处理。")
    await ada.sees(held["id"], "Vi spärrar det genast. 我们马上处理。", delivery="delivered")
    text = await sam.gets_text("Vi spärrar det genast. 我们马上处理。")
    assert text["from"] == cast.provider.sms_number
    await ada.wrap_up(held["id"], note="Kort spärrat")
    await ada.until(lambda screen: screen["agent"]["load"] == 0 and screen["today"]["handled"] == 1)


async def test_what_the_customer_writes_next_comes_to_the_same_desk(cast: Cast) -> None:
    ada, gus = await cast.desk("ada"), cast.customer("gus")
    await gus.text("Hej")
    held = await ada.accept()
    await gus.text("Är ni där?")
    await ada.sees(held["id"], "Är ni där?")
    await ada.about(held["id"], "end_interaction")
    await ada.holds(held["id"], state="wrap_up")
    await gus.text("Ett till!")  # within the wrap-up: it goes on
    await ada.holds(held["id"], state="active")
    await ada.sees(held["id"], "Ett till!")
    assert len(ada.screen["interactions"]) == 1


@pytest.mark.promise("P2")
async def test_a_delivery_that_comes_ten_times_at_once_is_one_message_and_one_offer(cast: Cast) -> None:
    ada, provider = await cast.desk("ada"), cast.provider
    form = provider.sms("+46701740301", "Bara en gång 一次")
    statuses = await asyncio.gather(*(provider.post("/channels/sms/inbound", form) for _ in range(10)))
    assert statuses == [200] * 10
    held = await ada.accept()
    assert await provider.post("/channels/sms/inbound", form) == 200
    await cast.customer("gus").text("Nästa")  # after it nothing of the first is under way any more
    await ada.until(lambda screen: screen["offers"] and screen["offers"][0]["customer_name"] == "Gus Moreau")
    assert [event["kind"] for event in ada.seen].count("offer_made") == 2
    words = [m["text"] for m in ada.screen["interactions"][0]["messages"] if m["kind"] == "customer"]
    assert words == ["Bara en gång 一次"]
    told = await cast.get(f"/api/customers/{held['customer']['id']}/conversation", ada.cookie)
    assert told["counts"] == {"sms": 1}


async def test_stop_is_obeyed_before_anyone_reads_it(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Fråga")
    held = await ada.accept()
    await sam.text("STOP")
    await ada.sees(held["id"], "STOP")
    refused = await ada.ask("send_message", interaction_id=held["id"], version=held["version"], text="Hej?")
    assert refused["code"] != ""
    assert await sam.texts_received() == []


@pytest.mark.promise("P7")
async def test_a_reply_whose_answer_was_lost_is_settled_by_its_report_and_not_sent_again(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await cast.add_fault("rest", "drop_after")  # the provider took it; its answer never came
    await ada.reply(held["id"], "Hej Sam")
    await ada.sees(held["id"], "Hej Sam", delivery="delivered")
    await sam.gets_text("Hej Sam")


@pytest.mark.promise("P7")
async def test_a_reply_of_which_nobody_knows_waits_for_a_person(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await cast.add_fault("rest", "drop")  # cut: it may have been taken
    message = await ada.reply(held["id"], "Hej Sam 你好")
    await ada.sees(held["id"], "Hej Sam 你好", delivery="unknown")
    assert await sam.texts_received() == []
    await ada.about(held["id"], "resend_message", message_id=message["id"])
    await ada.sees(held["id"], "Hej Sam 你好", delivery="delivered")
    await sam.gets_text("Hej Sam 你好")


async def test_a_reply_that_was_surely_not_taken_is_tried_again(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await cast.add_fault("rest", "429")
    await ada.reply(held["id"], "Strax")
    await ada.sees(held["id"], "Strax", delivery="delivered")
    await sam.gets_text("Strax")


async def test_a_reply_that_cannot_be_delivered_says_so(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    held = await ada.accept()
    await cast.add_fault("text", "undelivered")
    await ada.reply(held["id"], "Hör du mig?")
    failed = await ada.sees(held["id"], "Hör du mig?", delivery="failed")
    assert failed["error"] != ""


async def test_a_picture_comes_with_the_text(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    file = {"name": "kvitto.png", "content_type": "image/png", "base64": "iVBORw0KGgo="}
    await sam.text("Mitt kvitto", media=[file])
    held = await ada.accept()
    (medium,) = (await ada.sees(held["id"], "Mitt kvitto"))["media"]
    assert medium["content_type"] == "image/png"
    async with cast.session.get(cast.house.url + medium["url"], headers={"Cookie": ada.cookie}) as answer:
        assert (answer.status, await answer.read()) == (200, b"\x89PNG\r\n\x1a\n")
    assert await is_refused_without_sign_in(cast, medium["url"])


async def is_refused_without_sign_in(cast: Cast, url: str) -> bool:
    async with cast.session.get(cast.house.url + url) as answer:
        return answer.status == 401
