"""A caller on the sandbox's telephone chooses a language and a queue in the menu; the agent sees what was chosen."""

from tests.flows.cast import Cast

MENU_NUMBER = "+46850005030"


async def test_a_caller_speaks_and_presses_their_way_to_the_right_agent(cast: Cast) -> None:
    sam = cast.customer("sam")
    cleo = await cast.desk("cleo")
    ada = await cast.desk("ada")
    await sam.call(MENU_NUMBER)
    await sam.hears("say", "For cards and payments, press 1.")
    await sam.hears("say", "中文服务，请按9。")
    await sam.say("Chinese, please")
    await sam.hears("say", "银行卡与支付，请按1。")
    await sam.press("1")
    offer = await cleo.is_offered()
    assert offer["queue"] == "cards"
    assert ada.screen["offers"] == [], "she speaks no Chinese"
    held = await cleo.accept()
    chosen = [one["data"] for one in held["messages"] if one["fact"] == "menu_chosen"]
    assert [one["key"] for one in chosen] == ["9", "1"]
    await cleo.talks(held["id"])
    await sam.hang_up()


async def test_a_caller_who_heard_the_answer_needs_nobody(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.call(MENU_NUMBER)
    await sam.hears("gather")
    await sam.press("3")
    await sam.hears("say", "from Monday to Thursday")
    await sam.hears("say", "Thank you for calling. Goodbye.")
    await sam.call_is(is_over=True, status="completed")
    assert ada.screen["offers"] == []
