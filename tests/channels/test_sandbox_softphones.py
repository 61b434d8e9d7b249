"""A softphone of the sandbox that is rung while it is in a call, as the provider rings one that allows it."""

from channels.channel import ConnectAgent
from channels.twilio.softphone_tokens import name_browser
from tests.channels.test_sandbox_sound import AGENT, ALL, HUB_PHONE, SoundHouse
from tests.channels.test_sandbox_sound import sound as sound  # a fixture


async def test_a_call_that_is_accepted_takes_the_place_of_the_one_that_is_heard(sound: SoundHouse) -> None:
    customer, agent = await sound.call(), await sound.register("ada", AGENT)
    first, calls = await sound.connect(agent), sound.house.sandbox._calls.by_sid
    await sound.house.phone.send(ConnectAgent("again", sound.call_id, "client:ada", HUB_PHONE))
    second = await agent.accept()
    await sound.until(lambda: calls[first].is_over and not calls[second].is_over)
    assert (await agent.until_told("ended"))["call"] == first
    await customer.until_hears(AGENT, among=ALL)


async def test_an_agent_whose_name_has_a_hyphen_is_rung_by_the_identity_of_their_token(sound: SoundHouse) -> None:
    await sound.call()
    agent = await sound.register(name_browser("ada-lena"), AGENT)
    await sound.house.phone.send(ConnectAgent("lena", sound.call_id, "client:ada-lena", HUB_PHONE))
    assert await agent.accept()
