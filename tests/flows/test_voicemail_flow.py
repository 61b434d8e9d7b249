"""Callers who leave a message when nobody is there, and the agent who hears it and calls back."""

import io
import wave
from typing import Any

from tests.flows.cast import OpenCast
from tests.flows.house import repository_settings

TONE = {"en": "Please leave a message after the tone.", "zh-CN": "请在提示音后留言。"}
GREETING = {"en": "This is Nordpost Bank. You left us a message.", "zh-CN": "这里是北邮银行，您给我们留言了。"}
WORDS = "我的银行卡丢了，请尽快给我回电话，谢谢。"


def with_voicemail() -> dict[str, Any]:
    """The sample policy, whose first queue asks for a message where nobody is at work."""
    policy = repository_settings()["policy"]
    first, *others = policy["queues"]
    rule = {"occasion": "unstaffed", "action": "voicemail", "channels": ["phone"], "message": "tone"}
    queue = {**first, "overflow": [rule], "callback": {"greeting": "greeting", "agent_first": True}}
    messages = [*policy["messages"], {"id": "tone", "texts": TONE}, {"id": "greeting", "texts": GREETING}]
    return {"queues": [queue, *others], "messages": messages}


async def test_a_message_is_left_heard_and_answered_by_a_call(open_cast: OpenCast) -> None:
    cast = await open_cast(policy=with_voicemail())
    lin, sam = cast.customer("lin"), cast.customer("sam")
    await lin.call()
    await lin.hears("say", TONE["zh-CN"])
    await lin.hears("record")
    await lin.say(WORDS)
    await lin.hang_up()
    await sam.call()
    await sam.hears("record")
    await sam.hang_up()  # without a word
    ada = await cast.desk("ada")
    offer = await ada.is_offered()
    assert (offer["customer_name"], offer["is_callback"]) == ("林嘉怡", True)
    held = await ada.accept()
    (file,) = [file for message in held["messages"] for file in message["media"]]
    hearings = f"{cast.house.url}{file['url']}/hearings"
    async with cast.session.post(hearings) as answer:
        assert answer.status == 401, "only staff may hear it"
    cookie = {"Cookie": await cast.cookie("ada")}
    async with cast.session.post(hearings, headers=cookie) as answer:
        opened = await answer.json()
    async with cast.session.get(cast.house.url + opened["url"], headers=cookie) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        with wave.open(io.BytesIO(await answer.read())) as sound:
            assert sound.getnframes() / sound.getframerate() == len(WORDS) // 12
    await lin.call_is(direction="incoming", status="ringing")
    await lin.answer()
    await lin.hears("say", GREETING["zh-CN"])
    await ada.talks(held["id"])
    await ada.wrap_up(held["id"])
    await ada.until(lambda screen: screen["agent"]["load"] == 0)
    assert ada.screen["offers"] == [], "who said nothing is not called"
