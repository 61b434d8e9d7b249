"""What no database stores is refused once, at every door, with a code and a field; every command is answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from yarl import URL

from hub.app import HubProcess
from hub.doors.input_gate import LARGEST, Unfit, find_unfit, find_unfit_text, read_json
from hub.settings.config import Config
from hub.settings.demo_data import SampleStaff
from hub.storage import tables
from hub.storage.inbox import Inbox
from hub.toml_files.problems import Finder, validate
from tests.attacks.doors import BOTH, STAFF, TOO_LARGE, UNFIT_TEXTS
from tests.hub.connected_screens import ScreenConnection, sign_in

in_one_hub = pytest.mark.asyncio(loop_scope="module")
each_text = pytest.mark.parametrize("text", UNFIT_TEXTS.values(), ids=UNFIT_TEXTS)
NOTE = {"kind": "add_note", "id": "n1", "interaction_id": "i1", "version": 1, "text": "Ringde 王先生"}
BOOST = {"kind": "boost_interaction", "id": "b1", "interaction_id": "i1", "version": 1, "reason": "x", "seconds": 1}

# ---- the judgement

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST - 1, LARGEST) | st.floats(-1e18, 1e18) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=60, derandomize=True)
@given(VALUES)
def test_what_a_database_stores_is_let_through(value: Any) -> None:
    text = json.dumps(value)
    assert (find_unfit(read_json(text)) is None) is ("\\u0000" not in text.replace("\\\\", ""))


@each_text
def test_a_character_that_cannot_be_stored_is_named_by_its_field(text: str) -> None:
    assert find_unfit({"a": [1, {"b": text}]}) == Unfit("bad_character", "a.1.b")
    assert find_unfit({"a": {text: 1}}) == Unfit("bad_character", "a")
    assert find_unfit_text([("q", text)], 100) == Unfit("bad_character", "q")


@pytest.mark.parametrize("number", [*TOO_LARGE, float("nan"), float("inf"), 1e19])
def test_a_number_beyond_64_bits_is_named_by_its_field(number: float) -> None:
    assert find_unfit({"a": [number]}) == Unfit("bad_number", "a.0")
    assert find_unfit_text([("q", "9" * 30)], 100) == Unfit("bad_number", "q")


def test_a_number_of_more_digits_than_python_reads_is_answered() -> None:
    for digits in ("9" * 5_000, "-" + "9" * 5_000, "0" * 5_000 + "9" * 19):
        assert find_unfit_text([("q", digits)], 10_000) == Unfit("bad_number", "q")
    assert find_unfit_text([("q", "0" * 5_000 + "7")], 10_000) is None


def test_the_largest_numbers_and_the_deepest_nesting_are_judged() -> None:
    assert find_unfit([LARGEST, -LARGEST - 1]) is None
    deep: list[Any] = ["\0"]
    for _ in range(100_000):
        deep = [deep]
    assert find_unfit(deep) is not None


@each_text
def test_a_person_whose_name_cannot_be_stored_is_not_added(text: str) -> None:
    data = {"id": "zoe", "name": text, "roles": ["agent"], "language": "en"}
    person, problems = validate(SampleStaff, data, Finder())
    assert person is None
    assert [str(problem) for problem in problems] == ["name: has a character that the hub cannot store: take it out"]


# ---- every door of a whole hub


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(hub: HubProcess) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@BOTH
@in_one_hub
@each_text
async def test_before_the_sign_in_a_name_that_cannot_be_stored_is_refused(
    hub: HubProcess, stranger: aiohttp.ClientSession, no_traceback: None, text: str
) -> None:
    for path in ("/api/sign-in", "/api/password"):
        body = json.dumps({"name": text, "password": "x", "new_password": "y"})
        async with stranger.post(hub.url + path, data=body, headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, await answer.json()) == (400, {"code": "bad_character", "field": "name"})


@BOTH
@in_one_hub
async def test_paths_and_queries_are_judged_before_they_are_looked_up(hub: HubProcess, no_traceback: None) -> None:
    cookie = {"Cookie": await sign_in(hub.url, STAFF["supervisor"])}
    async with aiohttp.ClientSession(headers=cookie) as session:
        for method, path, code in [
            ("GET", "/api/messages/m/media/%00", "bad_character"),
            ("GET", "/api/customers/%00/conversation", "bad_character"),
            ("GET", "/assets/%00", "bad_character"),
            ("GET", "/%00", "bad_character"),
            ("GET", "/api/customers/pia/conversation?before=%00", "bad_character"),
            ("GET", f"/api/customers/pia/conversation?before={2**63}", "bad_number"),
            ("POST", f"/api/inbox/{2**63}/run-again", "bad_number"),
            ("GET", f"/api/messages/{'x' * 201}/raw", "too_long"),
            ("POST", f"/api/staff/{'x' * 201}/disable", "too_long"),
        ]:
            async with session.request(method, URL(hub.url + path, encoded=True)) as answer:
                assert (answer.status, (await answer.json())["code"]) == (400, code), path
        for before in (-(2**63), "-1", "1_0"):
            async with session.get(f"{hub.url}/api/customers/pia/conversation?before={before}") as answer:
                assert answer.status == 404, before  # nothing was ever said


@BOTH
@in_one_hub
async def test_a_cookie_that_is_no_text_is_nobodys(
    hub: HubProcess, stranger: aiohttp.ClientSession, no_traceback: None
) -> None:
    async with stranger.get(f"{hub.url}/api/me", headers={"Cookie": 'hub_session="\udcff\udcfe"'}) as answer:
        assert answer.status == 401


@BOTH
@in_one_hub
@each_text
async def test_a_staff_command_that_cannot_be_stored_is_answered_with_its_field(
    hub: HubProcess, no_traceback: None, text: str
) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["agent"]))
    wall = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["supervisor"]), "/wallboard")
    refused = {"code": "bad_character", "field": "text"}
    assert await desk.ask("command", {**NOTE, "text": text}) == refused
    assert await desk.ask("command", {**NOTE, "id": text}) == {**refused, "field": "id"}  # never answered once
    assert await desk.ask("command", {**NOTE, text: 1}) == {**refused, "field": ""}
    assert await wall.ask("command", {**BOOST, "reason": text}) == {**refused, "field": "reason"}
    assert await desk.ask("command", NOTE) != refused
    for screen in (desk, wall):
        await screen.close()


@BOTH
@in_one_hub
@pytest.mark.parametrize("number", TOO_LARGE, ids=["above", "below", "far above"])
async def test_a_version_beyond_64_bits_is_answered_with_its_field(
    hub: HubProcess, no_traceback: None, number: int
) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["agent"]))
    assert await desk.ask("command", {**NOTE, "version": number}) == {"code": "bad_number", "field": "version"}
    assert await desk.ask("resume", {"number": number}) == {"code": "bad_number", "field": "number"}
    await desk.close()


@BOTH
@in_one_hub
@each_text
async def test_a_visitor_is_told_what_cannot_be_stored(hub: HubProcess, no_traceback: None, text: str) -> None:
    page = await ScreenConnection.open(hub.url, "", "/webchat")
    assert "chat_id" in await page.ask("open", {})
    assert await page.ask("say", {"id": "m1", "text": text}) == {"code": "bad_character", "field": "text"}
    assert (await page.ask("say", {"id": "m1", "text": "Grüß Gott"}))["ok"]
    await page.close()


@in_one_hub
async def test_an_event_is_answered_also_when_its_handling_raises(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["agent"]))

    async def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("hub.screens.console_host.ConsoleHost.submit", fail)
    monkeypatch.setattr("hub.screens.console_host.ConsoleHost.resume", fail)
    assert await desk.ask("command", NOTE) == {"code": "failed"}
    assert await desk.ask("resume", {}) == {"code": "failed"}
    monkeypatch.undo()
    assert "snapshot" in await desk.ask("resume", {})
    await desk.close()


@in_one_hub
@pytest.mark.parametrize("event", ["connect", "disconnect", "on_connect", "erase", "__init__", ""])
@pytest.mark.parametrize("namespace", ["/desk", "/wallboard", "/webchat"])
async def test_an_event_that_nobody_knows_changes_nothing_and_is_answered(
    hub: HubProcess, no_traceback: None, namespace: str, event: str
) -> None:
    cookie = await sign_in(hub.url, STAFF["agent" if namespace == "/desk" else "supervisor"])
    screen = await ScreenConnection.open(hub.url, cookie, namespace)
    assert (await screen.ask(event, {"HTTP_COOKIE": "x"}))["code"] in ("invalid", "bad_request")
    if namespace == "/desk":
        assert "snapshot" in await screen.ask("resume", {})
    await screen.close()


@BOTH
@in_one_hub
async def test_a_text_with_a_nul_from_the_provider_is_kept_with_the_character_replaced(
    hub: HubProcess, config: Config, stranger: aiohttp.ClientSession, no_traceback: None
) -> None:
    sms = config.channels.sms
    assert sms is not None
    sid = "SM" + "0" * 31 + "7"
    form = {
        "MessageSid": sid,
        "AccountSid": sms.account_sid,
        "From": "+46701740603",
        "To": sms.numbers[0],
        "Body": "före\0efter",
        "NumMedia": "0",
        "FromCity": "Malm\0",
    }
    path = "/channels/sms/inbound"
    signature = RequestValidator(config.reveal(sms.auth_token)).compute_signature(hub.url + path, form)
    async with stranger.post(hub.url + path, data=form, headers={"X-Twilio-Signature": signature}) as answer:
        assert answer.status == 200
    async with asyncio.timeout(60):
        while await Inbox(hub.db).count_pending():
            await asyncio.sleep(0)
    kept = select(func.count()).select_from(tables.message).where(tables.message.c.text == "före\ufffdefter")
    async with hub.db.read() as conn:
        assert await conn.scalar(kept) == 1
