"""Who is to be recorded hears so on the way into the room, whichever way that is, and the hub is told which words."""

from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest
from aiohttp.test_utils import TestClient

from channels.channel import (
    Announcement,
    CallAnswered,
    CallArrived,
    CallCustomer,
    MenuAnswered,
    MenuPage,
    MenuState,
    MenuTurn,
    MenuWords,
)
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import ANSWERED, INBOUND, Rooms
from tests.channels.contract import MemoryHub, serve
from tests.channels.test_phone import build_call
from tests.channels.twilio_cast import CALL, HUB_PHONE, PUBLIC_URL, build_account, post_signed

WORDS = "This call is recorded."


@pytest.fixture
async def hub() -> MemoryHub:
    hub = MemoryHub()
    hub.announcements[HUB_PHONE] = Announcement("recorded", MenuWords(WORDS, "en"))
    return hub


@pytest.fixture
async def client(hub: MemoryHub) -> AsyncIterator[TestClient]:
    channel = PhoneChannel(PhoneSettings(build_account()), hub)
    client = await serve(channel)
    yield client
    await client.close()
    await channel.stop()


async def hear(client: TestClient, path: str, **form: str) -> list[tuple[str, str]]:
    """(verb, words) of the answer to a voice webhook."""
    answer = await post_signed(client, path, build_call(To=HUB_PHONE, **form))
    return [(step.tag, step.text or "") for step in ElementTree.fromstring(await answer.text())]


async def test_a_caller_hears_it_before_they_are_in_the_room(client: TestClient, hub: MemoryHub) -> None:
    said, joined = await hear(client, INBOUND)
    assert said == ("Say", WORDS) and joined[0] == "Dial"
    (arrived,) = hub.notices.values()
    assert isinstance(arrived, CallArrived) and arrived.announced == "recorded"


async def test_a_caller_who_chooses_in_a_menu_hears_it_after_their_choice(client: TestClient, hub: MemoryHub) -> None:
    state = MenuState("main", "en", 1, 0)
    hub.first_pages[HUB_PHONE] = MenuPage((MenuWords("Welcome.", "en"),), state)
    hub.turns["main", "1", ""] = MenuTurn(None, "1", "en")
    assert WORDS not in [words for _, words in await hear(client, INBOUND)]
    path = Rooms(PUBLIC_URL).menu_url(CALL, state).removeprefix(PUBLIC_URL)
    said, joined = await hear(client, path, Digits="1")
    assert said == ("Say", WORDS) and joined[0] == "Dial"
    (choice,) = [one for one in hub.notices.values() if isinstance(one, MenuAnswered)]
    assert choice.announced == "recorded"


@pytest.mark.parametrize("is_known", [True, False])
async def test_whom_we_call_hears_it_as_they_answer_and_the_hub_is_told_only_then(
    client: TestClient, hub: MemoryHub, is_known: bool
) -> None:
    if is_known:
        hub.requests["i1.5.call"] = CallCustomer(
            "i1.5.call", HUB_PHONE, HUB_PHONE, WORDS, "en", 25, announced="recorded"
        )
    heard = await hear(client, f"{ANSWERED}?o=i1.5.call", CallStatus="in-progress")
    assert [verb for verb, _ in heard] == (["Say", "Dial"] if is_known else ["Dial"])
    (answered,) = hub.notices.values()
    assert isinstance(answered, CallAnswered) and answered.announced == ("recorded" if is_known else "")
