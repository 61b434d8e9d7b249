"""Web chat over a real Socket.IO server and client, with a hub that keeps the notices it accepts."""

from collections.abc import AsyncIterator

import pytest
import socketio

from channels.channel import (
    ChatLeft,
    ChatOpened,
    DeliveryReported,
    IdentityLevel,
    MessageReceived,
    WaitingPlace,
)
from channels.webchat.identity import Identity, sign_identity
from channels.webchat.webchat import WebchatChannel, WebchatSettings
from tests.channels.contract import ChannelContract, MemoryHub
from tests.channels.webchat_house import NOW, SITE, WebchatHouse, open_house


class TestWebchatIsAChannel(ChannelContract):
    @pytest.fixture
    def channel(self, hub: MemoryHub) -> WebchatChannel:
        server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, cors_allowed_origins=[SITE])
        return WebchatChannel(
            WebchatSettings(secret="s3", origins=(SITE,)), hub, server, clock=lambda: 0.0, wall=lambda: NOW
        )


@pytest.fixture
async def house() -> AsyncIterator[WebchatHouse]:
    async with open_house() as house:
        yield house


async def test_an_open_page_makes_no_work_until_something_is_said(house: WebchatHouse) -> None:
    sam = await house.visit()
    opened = await sam.ask("open", {"language": "zh-CN", "page": "/cards", "name": "Sam 奥科耶"})
    assert (opened["state"], opened["messages"], opened["position"]) == ("", [], None)
    assert await sam.ask("leave") == {"ok": True}
    assert house.hub.notices == {}
    assert await sam.ask("say", {"id": "m1", "text": "您好,我想取出定期存款。"}) == {"id": "m1", "ok": True}
    chat_id = opened["chat_id"]
    assert list(house.hub.notices) == [f"webchat:{chat_id}:opened", f"webchat:{chat_id}:m1"]
    (opening,) = house.hub.find(ChatOpened)
    assert (opening.language, opening.page, opening.name_claimed) == ("zh-CN", "/cards", "Sam 奥科耶")
    assert (opening.address, opening.identity_level) == (chat_id, IdentityLevel.CLAIMED)
    (said,) = house.hub.find(MessageReceived)
    assert (said.text, said.from_address, said.chat_id) == ("您好,我想取出定期存款。", chat_id, chat_id)


@pytest.mark.promise("P1")
async def test_what_could_not_be_stored_is_not_acknowledged_and_may_be_said_again(house: WebchatHouse) -> None:
    pia = await house.visit()
    await pia.ask("open")
    house.hub.is_away = True
    assert await pia.ask("say", {"id": "m1", "text": "Hello"}) == {"code": "try_again"}
    house.hub.is_away = False
    assert (await pia.ask("say", {"id": "m1", "text": "Hello"}))["ok"] is True
    assert len(house.hub.notices) == 2  # opened, said


@pytest.mark.promise("P2")
async def test_the_same_message_twice_is_one_also_over_another_connection(house: WebchatHouse) -> None:
    pia = await house.visit()
    opened = await pia.ask("open")
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.socket.disconnect()
    again = await house.visit()
    await again.ask("open", {"chat_id": opened["chat_id"], "token": opened["token"]})
    await again.ask("say", {"id": "m1", "text": "Hello"})
    assert len(house.hub.notices) == 2  # opened, said


async def test_a_reload_finds_the_chat_its_place_and_what_was_missed(house: WebchatHouse) -> None:
    gus = await house.visit()
    opened = await gus.ask("open")
    chat = {"chat_id": opened["chat_id"], "token": opened["token"]}
    await gus.ask("say", {"id": "m1", "text": "Où est ma carte ?"})
    await gus.socket.disconnect()
    house.hub.places[chat["chat_id"]] = WaitingPlace(2, "fr")
    await house.answer(chat["chat_id"], "It left on Monday.")

    again = await house.visit()
    reopened = await again.ask("open", {**chat, "after": 1})
    assert (reopened["state"], reopened["position"], reopened["has_more"]) == ("waiting", 2, False)
    assert reopened["chat_id"] == chat["chat_id"]
    assert [(line["number"], line["text"]) for line in reopened["messages"]] == [(2, "It left on Monday.")]


async def test_a_long_chat_is_read_in_pages(house: WebchatHouse) -> None:
    gus = await house.visit()
    opened = await gus.ask("open")
    for count in range(105):
        house.hub.add(opened["chat_id"], f"m{count}", "customer", "…")
    chat = {"chat_id": opened["chat_id"], "token": opened["token"]}
    pages = [await gus.ask("open", {**chat, "after": after}) for after in (0, 100)]
    assert [(len(page["messages"]), page["has_more"]) for page in pages] == [(100, True), (5, False)]


async def test_a_chat_without_its_token_is_unknown(house: WebchatHouse) -> None:
    pia, thief = await house.visit(), await house.visit()
    opened = await pia.ask("open")
    forged = {"chat_id": opened["chat_id"], "token": "0" * 64}
    assert await thief.ask("open", forged) == {"code": "unknown_chat"}
    assert await thief.ask("say", {"id": "m1", "text": "It is me"}) == {"code": "not_open"}
    await house.answer(opened["chat_id"], "Your code is 4711.")
    assert (await pia.is_told())[0] == "message"
    assert thief.told.empty()


async def test_the_customer_is_told_messages_place_state_and_typing_on_every_page(house: WebchatHouse) -> None:
    pia, second_page = await house.visit(), await house.visit()
    opened = await pia.ask("open")
    chat_id = opened["chat_id"]
    await second_page.ask("open", {"chat_id": chat_id, "token": opened["token"]})
    await house.channel.tell_chat(chat_id, "waiting", 2, minutes=3)
    await house.channel.tell_chat(chat_id, "active", None, number=1, agent_name="Ada")
    await house.channel.tell_typing(chat_id)
    await house.answer(chat_id, "您好,Pia。")
    for page in (pia, second_page):
        assert await page.is_told() == ("position", {"position": 2, "minutes": 3, "number": 0})
        assert await page.is_told() == ("state", {"state": "active", "number": 1, "agent_name": "Ada"})
        assert await page.is_told() == ("typing", {})
        event, line = await page.is_told()
        assert (event, line["number"], line["author_name"], line["text"]) == ("message", 1, "Ada", "您好,Pia。")
        assert (line["message_id"], line["at"]) == ("out-您好,Pia。", int(NOW * 1000))


async def test_a_connection_that_begins_a_new_chat_hears_no_more_of_the_old_one(house: WebchatHouse) -> None:
    pia = await house.visit()
    old, new = await pia.ask("open"), await pia.ask("open")
    assert old["chat_id"] != new["chat_id"]
    await house.channel.tell_typing(old["chat_id"])
    await house.channel.tell_chat(new["chat_id"], "waiting", 1)
    assert (await pia.is_told())[0] == "position"


async def test_delivered_and_read_are_reported_for_the_agents_messages_alone(house: WebchatHouse) -> None:
    pia = await house.visit()
    opened = await pia.ask("open")
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await house.answer(opened["chat_id"], "one")
    await house.answer(opened["chat_id"], "two")
    assert await pia.ask("received", {"after": 0, "number": 2}) == {"ok": True}
    assert await pia.ask("received", {"after": 0, "number": 3, "is_read": True}) == {"ok": True}
    reports = [
        (report.provider_id[-2:], report.outbox_id, report.state) for report in house.hub.find(DeliveryReported)
    ]
    assert reports == [(":2", "out-one", "delivered"), (":2", "out-one", "read"), (":3", "out-two", "read")]


async def test_typing_and_leaving_are_passed_on_once_the_chat_has_begun(house: WebchatHouse) -> None:
    pia = await house.visit()
    chat_id = (await pia.ask("open"))["chat_id"]
    await pia.ask("typing")
    assert house.typing == []
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    await pia.ask("typing")
    await pia.ask("leave")
    assert house.typing == [chat_id]
    assert [left.chat_id for left in house.hub.find(ChatLeft)] == [chat_id]


async def test_a_customer_whom_the_host_site_signed_for_is_verified(house: WebchatHouse) -> None:
    identity = Identity(address="customer:1001", name="Pia Lindqvist", expires_at=int(NOW) + 60)
    pia = await house.visit()
    opened = await pia.ask("open", {"identity": sign_identity("site", identity), "name": "Somebody else"})
    await pia.ask("say", {"id": "m1", "text": "Hello"})
    (opening,) = house.hub.find(ChatOpened)
    assert (opening.address, opening.name_claimed) == ("customer:1001", "Pia Lindqvist")
    assert opening.identity_level is IdentityLevel.VERIFIED
    (said,) = house.hub.find(MessageReceived)
    assert (said.from_address, said.identity_level) == ("customer:1001", IdentityLevel.VERIFIED)
    assert said.chat_id == opened["chat_id"]

    house.wall += 61
    late = await house.visit()
    assert await late.ask("open", {"identity": sign_identity("site", identity)}) == {"code": "identity_refused"}
