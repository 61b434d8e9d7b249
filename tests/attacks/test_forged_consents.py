"""Consents that a page or a sender forges: for another address, another purpose or a text that was never shown."""

from dataclasses import replace

import pytest

from channels.channel import ConsentAnswered
from hub.policies.document import PolicyDocument
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from tests.hub.house import House
from tests.hub.notices import GUS, SAM, line, opening, text
from tests.hub.sample_settings import POLICY

CHAT = "c" * 32


def asking() -> PolicyDocument:
    consents = {name: replace(one, ask_in_chat=name == "marketing") for name, one in POLICY.consents.items()}
    return replace(POLICY, consents=consents)


async def answer(house: House, key: str, **changes: object) -> None:
    notice = ConsentAnswered(f"webchat:{CHAT}:consent:{key}", CHAT, "marketing", 1, "en", is_given=True)
    await house.take(replace(notice, **changes))


@pytest.fixture(autouse=True)
async def _asked(house: House) -> None:
    version = await publish_policy(house.db, asking(), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version), opening(CHAT), line("Hej", CHAT))


async def test_an_answer_counts_for_the_chats_own_address_and_a_text_that_the_policy_asks(house: House) -> None:
    await answer(house, "1", purpose="recording")
    await answer(house, "2", purpose="page_trail")
    await answer(house, "3", version=9)
    await answer(house, "4", language="fr")
    await answer(house, "5", chat_id="d" * 32)
    assert await house.count(tables.consent_entry) == 0
    assert [one.purpose for one in await house.host.list_consent_questions("webchat", CHAT, "claimed", "zh-CN")] == [
        "marketing"
    ]
    await answer(house, "6")
    (row,) = await house.rows(tables.consent_entry)
    assert (row["kind"], row["address"], row["purpose"]) == ("chat", CHAT, "marketing")
    assert (row["source"], row["text_version"], row["language"], row["act"]) == ("widget", 1, "en", "given")
    assert list(await house.host.list_consent_questions("webchat", CHAT, "claimed", "en")) == []
    await answer(house, "7", is_given=False)
    assert list(await house.host.list_consent_questions("webchat", CHAT, "claimed", "en")) == [], "a no is an answer"


async def test_a_start_from_another_number_undoes_no_stop(house: House) -> None:
    await house.take(text("Hej", SAM))
    await house.take(text("STOP", SAM))
    stopped = await house.rows(tables.consent_entry, tables.consent_entry.c.address == SAM)
    assert {row["act"] for row in stopped} == {"withdrawn"}
    await house.take(text("START", GUS))
    await house.take(text(f"START {SAM}", GUS))
    assert await house.rows(tables.consent_entry, tables.consent_entry.c.address == SAM) == stopped
