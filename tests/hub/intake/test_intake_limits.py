"""What strangers write may be longer than anyone thought: it is cut, and never lost.

PostgreSQL is strict where SQLite is not."""

from tests.hub.house import ON_POSTGRES, House
from tests.hub.notices import PIA_MAIL, line, mail, opening, text

pytestmark = ON_POSTGRES
LONG = "很长 x" * 100


async def test_a_chat_from_a_page_with_a_long_address_in_a_long_language(house: House) -> None:
    page = "https://bank.example/?" + "q" * 478
    language = "zh-Hant-TW-x-" + "a" * 22
    await house.take(opening("chat-1", page=page, language=language, name_claimed=LONG[:200]), line("Hej", "chat-1"))
    await house.seat("dot")
    held = await house.accept("dot")
    assert held["language"].startswith("zh-Hant")
    assert await house.said(held["id"]) == ["Hej"]


async def test_a_mail_with_long_names_and_words(house: House) -> None:
    await house.take(mail(LONG, PIA_MAIL, from_name=LONG, subject=LONG, provider_id=f"<{LONG}@x>", problem=LONG))
    await house.seat("ada")
    held = await house.accept("ada")
    assert held["customer"]["id"] == "pia"
    assert await house.said(held["id"]) == [LONG]


async def test_a_sender_with_an_address_that_is_no_address_any_more_is_nobody(house: House) -> None:
    await house.take(mail("Hej", "x" * 400 + "@mail.example", from_name=LONG))
    await house.seat("ada")
    held = await house.accept("ada")
    assert held["customer"]["name"].startswith("很长")
    assert (await house.about("ada", held["id"], "send_message", text="Hej?")).code == "no_address"
    await house.take(text("Hej", "S" * 400))
    assert len(await house.interactions(channel="sms", state="offered")) == 1
