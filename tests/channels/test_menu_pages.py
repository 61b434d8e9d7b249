"""The menu on the line: pages as TwiML, answers by key and by word, and addresses that nobody can bend."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp.test_utils import TestClient

from channels.channel import (
    AppointmentWished,
    CallArrived,
    ChosenTime,
    LegJoined,
    MenuAnswered,
    MenuPage,
    MenuState,
    MenuTurn,
    MenuWords,
    WaitingPlace,
)
from channels.phone import voice_answers
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import INBOUND, MENU, Rooms
from channels.phone.words import offer_callback
from tests.channels.contract import MemoryHub, serve
from tests.channels.sandbox_house import MING, PIA, SandboxHouse, build_sandbox_house
from tests.channels.test_phone import build_call
from tests.channels.twilio_cast import (
    ACCOUNT_SID,
    AGENT_CALL,
    CALL,
    HUB_PHONE,
    PUBLIC_URL,
    build_account,
    post_signed,
)
from tests.channels.twiml_rules import read_twiml

FIRST = MenuPage(
    (MenuWords("Welcome.", "en"), MenuWords("For cards, press 1.", "en"), MenuWords("中文服务，请按9。", "zh-CN")),
    MenuState("main", "en", 1, 0),
    ("cards", "my card"),
)
CHINESE = MenuPage((MenuWords("欢迎。", "zh-CN"),), MenuState("main", "zh-CN", 2, 0), ("银行卡",))
ANSWER = MenuPage((MenuWords("We are open.", "en"),), MenuState("main", "en", 2, 0), (), is_last=True)
ROOMS = Rooms(PUBLIC_URL)


@pytest.fixture
async def hub() -> MemoryHub:
    hub = MemoryHub()
    hub.first_pages[HUB_PHONE] = FIRST
    hub.turns |= {
        ("main", "1", ""): MenuTurn(None, "1", "en"),
        ("main", "", "my card"): MenuTurn(None, "1", "en"),
        ("main", "3", ""): MenuTurn(ANSWER, "3", "en"),
        ("main", "9", ""): MenuTurn(CHINESE, "9", "en"),
        ("main", "7", ""): MenuTurn(MenuPage(FIRST.words, MenuState("main", "en", 2, 1)), "", "en"),
    }
    return hub


@pytest.fixture
async def client(hub: MemoryHub) -> AsyncIterator[TestClient]:
    channel = PhoneChannel(PhoneSettings(build_account()), hub)
    client = await serve(channel)
    yield client
    await client.close()
    await channel.stop()


def path_of(state: MenuState, call_id: str = CALL) -> str:
    return ROOMS.menu_url(call_id, state).removeprefix(PUBLIC_URL)


async def answer(client: TestClient, path: str, **form: str) -> list[str]:
    """The verbs that follow."""
    answer = await post_signed(client, path, build_call(CallStatus="in-progress", **form))
    assert answer.status == 200
    return [verb.tag for verb in read_twiml(await answer.text())]


async def test_a_call_to_a_number_with_a_menu_is_asked_first(client: TestClient, hub: MemoryHub) -> None:
    twiml = await (await post_signed(client, INBOUND, build_call())).text()
    gather, again = read_twiml(twiml)
    assert gather.attrib == {
        "input": "dtmf speech",
        "numDigits": "1",
        "timeout": "6",
        "speechTimeout": "auto",
        "language": "en-US",
        "hints": "cards,my card",
        "action": ROOMS.menu_url(CALL, FIRST.state),
        "method": "POST",
    }
    assert [(say.text, say.get("language")) for say in gather] == [
        ("Welcome.", "en-US"), ("For cards, press 1.", "en-US"), ("中文服务，请按9。", "zh-CN"),
    ]  # fmt: skip
    assert (again.tag, again.text) == ("Redirect", gather.get("action"))
    (arrival,) = hub.notices.values()
    assert isinstance(arrival, CallArrived) and (arrival.menu, arrival.language) == ("main", "en")


async def test_a_choice_is_stored_before_the_caller_goes_on(client: TestClient, hub: MemoryHub) -> None:
    assert await answer(client, path_of(FIRST.state), Digits="1") == ["Dial"]
    key = f"phone:{ACCOUNT_SID}:{CALL}:menu:1:1"
    assert list(hub.notices.values()) == [MenuAnswered(key, CALL, "main", "1", "en")]


async def test_a_word_counts_like_a_key(client: TestClient, hub: MemoryHub) -> None:
    assert await answer(client, path_of(FIRST.state), SpeechResult="my card", Confidence="0.9") == ["Dial"]
    assert [n.option for n in hub.notices.values() if isinstance(n, MenuAnswered)] == ["1"]


async def test_silence_and_nonsense_are_asked_again_and_store_nothing(client: TestClient, hub: MemoryHub) -> None:
    assert await answer(client, path_of(FIRST.state), Digits="7") == ["Gather", "Redirect"]
    assert not hub.notices
    assert await answer(client, path_of(FIRST.state)) == ["Dial"]  # this hub's third time: a person
    assert [n.option for n in hub.notices.values() if isinstance(n, MenuAnswered)] == [""]


async def test_the_chosen_language_is_listened_to_and_told_the_hub(client: TestClient, hub: MemoryHub) -> None:
    posted = await post_signed(client, path_of(FIRST.state), build_call(Digits="9"))
    gather, _ = read_twiml(await posted.text())
    assert (gather.get("language"), gather.get("hints")) == ("cmn-Hans-CN", "银行卡")
    (chosen,) = hub.notices.values()
    assert isinstance(chosen, MenuAnswered) and (chosen.option, chosen.language) == ("9", "zh-CN")


async def test_after_an_answer_a_silent_caller_hears_goodbye(client: TestClient) -> None:
    posted = await post_signed(client, path_of(FIRST.state), build_call(Digits="3"))
    gather, goodbye, end = read_twiml(await posted.text())
    assert (gather.get("input"), goodbye.text, end.tag) == ("dtmf", "Thank you for calling. Goodbye.", "Hangup")


@pytest.mark.promise("P1")
async def test_a_choice_that_cannot_be_stored_is_taken_along_and_asked_again(
    client: TestClient, hub: MemoryHub
) -> None:
    hub.is_away = True
    posted = await post_signed(client, path_of(FIRST.state), build_call(Digits="1"))
    *_, again = read_twiml(await posted.text())
    query = parse_qs(urlsplit(again.text or "").query)
    assert (again.tag, query["d"], query["t"]) == ("Redirect", ["1"], ["1"])
    hub.is_away = False
    assert await answer(client, (again.text or "").removeprefix(PUBLIC_URL)) == ["Dial"]
    assert [n.option for n in hub.notices.values() if isinstance(n, MenuAnswered)] == ["1"]


async def test_a_hub_that_stays_away_apologises_at_last(client: TestClient, hub: MemoryHub) -> None:
    hub.is_away = True
    path = path_of(FIRST.state)
    for _ in range(voice_answers.MOST_TRIES):
        posted = await post_signed(client, path, build_call(Digits="1"))
        *_, again = read_twiml(await posted.text())
        path = (again.text or "").removeprefix(PUBLIC_URL)
    assert await answer(client, path) == ["Say", "Say", "Hangup"]


GOOD = f"call={CALL}&menu=main&language=en&n=1&m=0"


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"call={AGENT_CALL}&menu=main&language=en&n=1&m=0",
        f"call={CALL}&menu=../../etc&language=en&n=1&m=0",
        f"call={CALL}&menu={'a' * 64}&language=en&n=1&m=0",
        f"call={CALL}&menu=main&language=%00&n=1&m=0",
        f"call={CALL}&menu=main&language=%3Cx%3E&n=1&m=0",
        f"call={CALL}&menu=main&language=en&n=-1&m=0",
        f"call={CALL}&menu=main&language=en&n=1e9&m=0",
        f"call={CALL}&menu=main&language=en&n=999&m=0",
        f"call={CALL}&menu=main&language=en&n=1&m=%D9%A3",
        f"call={CALL}&menu=main&language=en&n=1",
    ],
)
async def test_an_address_that_is_none_of_ours_chooses_nothing(
    client: TestClient, hub: MemoryHub, query: str
) -> None:
    """Also if our provider has signed it: its console takes any address that a person enters."""
    assert await answer(client, f"{MENU}{query and '?'}{query}", Digits="1") == ["Say", "Say", "Hangup"]
    assert not hub.notices and not hub.menu_states


async def test_a_changed_address_does_not_hold_its_signature(client: TestClient, hub: MemoryHub) -> None:
    form = build_call(Digits="1")
    signed = await post_signed(client, f"{MENU}?{GOOD}", form, public_url=f"{PUBLIC_URL}/else")
    assert signed.status == 403
    unsigned = await client.post(f"{MENU}?{GOOD}", data=form)
    assert unsigned.status == 403 and not hub.notices


@pytest.mark.parametrize("said", ["x" * 5000, "<Say>&amp;", "卡" * 300, "1\N{ZERO WIDTH SPACE}"])
async def test_what_a_caller_says_breaks_no_page(client: TestClient, hub: MemoryHub, said: str) -> None:
    await answer(client, path_of(FIRST.state), SpeechResult=said)
    hub.is_away = True
    await answer(client, path_of(FIRST.state), SpeechResult=said)


# ---- on the sandbox's telephone


@pytest.fixture
async def house(hub: MemoryHub) -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        house.hub.first_pages, house.hub.turns = hub.first_pages, hub.turns
        yield house


async def listens(house: SandboxHouse, customer: str) -> None:
    while not house.sandbox._calls.find_latest(f"+{customer}").is_listening:
        await house.get(f"/customers/{customer}")


async def test_a_customer_speaks_to_the_menu_and_waits_in_the_room(house: SandboxHouse) -> None:
    await house.post(f"/customers/{PIA.id}/call")
    await listens(house, PIA.id)
    await house.post(f"/customers/{PIA.id}/call/say", text="my card")
    notices = await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    assert [type(n) for n in notices] == [CallArrived, MenuAnswered, LegJoined]


async def test_a_customer_presses_a_key_and_hears_the_next_page(house: SandboxHouse) -> None:
    await house.post(f"/customers/{MING.id}/call")
    await listens(house, MING.id)
    await house.post(f"/customers/{MING.id}/call/digits", digits="9")
    await house.hub.wait_until(lambda notices: len(notices) == 2)
    await listens(house, MING.id)
    spoken = (await house.get(f"/customers/{MING.id}"))["call"]["transcript"]
    while not any(one["text"] == "欢迎。" for one in spoken):
        spoken = (await house.get(f"/customers/{MING.id}"))["call"]["transcript"]


CONFIRMED = MenuPage((MenuWords("It is agreed. Goodbye.", "en"),), MenuState("main", "en", 4, 0), is_end=True)
TIMES = MenuState("main", "en", 3, 0, place="c.4.1795348800.1795435200")


async def test_a_chosen_time_is_told_the_hub_and_the_line_ends_with_its_words(
    client: TestClient, hub: MemoryHub
) -> None:
    waits = MenuState("main", "en", 4, 0, place="w.4.1795348800.1795435200.4")
    moment = MenuPage((MenuWords("One moment, please.", "en"),), waits, is_moment=True)
    chosen = ChosenTime("4", 1_795_435_200, "deposits")
    hub.turns["main", "1", ""] = MenuTurn(moment, "", "en", chosen)
    hub.turns["main", "", ""] = MenuTurn(moment, "", "en")
    twiml = await (await post_signed(client, path_of(TIMES), build_call(Digits="1"))).text()
    assert [verb.tag for verb in read_twiml(twiml)] == ["Say", "Redirect"], "it is not decided yet: ask again"
    (wish,) = hub.notices.values()
    assert isinstance(wish, AppointmentWished)
    assert (wish.asked_in, wish.wish_id, wish.at, wish.queue) == (CALL, "4", 1_795_435_200_000_000, "deposits")
    again = urlsplit(read_twiml(twiml)[1].text or "")
    assert parse_qs(again.query)["at"] == [waits.place]
    hub.turns["main", "", ""] = MenuTurn(CONFIRMED, "", "en")
    assert await answer(client, path_of(waits)) == ["Say", "Hangup"]
    assert hub.menu_states[-1] == waits
    assert len(hub.notices) == 1


async def test_a_place_that_nobody_wrote_is_an_apology(client: TestClient, hub: MemoryHub) -> None:
    path = path_of(MenuState("main", "en", 3, 0)) + "&at=t%204"
    assert await answer(client, path, Digits="1") == ["Say", "Say", "Hangup"]
    assert not hub.menu_states


async def test_a_caller_who_waits_and_presses_the_key_hears_the_times(client: TestClient, hub: MemoryHub) -> None:
    times = MenuPage((MenuWords("When may we call you?", "en"),), MenuState("-", "en", 1, 0, "t.-.1795348800."))
    hub.turns["-", "", ""] = MenuTurn(times, "", "en")
    place = WaitingPlace(2, "en", callback_key="1", appointment_key="2")
    path = ROOMS.key_url(CALL, 8, place).removeprefix(PUBLIC_URL)
    assert await answer(client, path, Digits="2") == ["Gather", "Redirect"]
    assert await answer(client, path, Digits="9") == ["Dial"]
    assert not hub.notices
    hub.turns["-", "", ""] = MenuTurn(None, "", "en")
    assert await answer(client, path, Digits="2") == ["Dial"], "there are no times, so they wait on"
    assert not hub.notices


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (WaitingPlace(2, "en", appointment_key="2"), "To choose when we call you, press 2. Or stay on the line."),
        (
            WaitingPlace(2, "zh-CN", None, "1", "2"),
            "如需保留位置并由我们给您回电，请按1；如需选择回电时间，请按2，或继续等候。",
        ),
    ],
)
def test_a_caller_who_waits_is_offered_what_there_is(place: WaitingPlace, words: str) -> None:
    assert offer_callback(place).text == words
