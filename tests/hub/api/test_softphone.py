"""Tokens for agents' browsers: to whom, for what, for how long; and a browser that cannot be a telephone."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis.strategies import from_regex
from twilio.jwt.access_token import AccessToken

from channels.twilio.softphone_tokens import CHECKING, SoftphoneKey, find_browser, name_browser, name_check
from hub.administration.staff_phones import set_number, set_softphone
from hub.app import HubProcess
from hub.open_work.staff import load_staff
from hub.sending.agent_phones import can_answer, find_phone
from hub.sending.may_send import SendRules
from hub.sending.send_rules import build_rules
from hub.sending.spending import Limits
from hub.settings.config import Config, parse
from hub.storage import staff
from hub.toml_files.problems import ConfigErrors
from tests.channel_names import PHONE
from tests.hub.conftest import ROOT
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.house import House
from tests.hub.notices import call
from tests.hub.sending.test_agent_phones import ADAS

in_one_hub = pytest.mark.asyncio(loop_scope="module")
ACCOUNT, KEY, ECHO, SECRET = "AC" + "0" * 32, "SK" + "1" * 32, "AP" + "2" * 32, "a secret of the tests, 32 characters"


class Browser:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self.cookie = ""

    async def ask(self, name: str, path: str, body: Any = None) -> tuple[int, Any]:
        self.cookie = self.cookie or await sign_in(self._url, name)
        headers = {"Cookie": self.cookie}
        method = "GET" if body is None else "POST"
        async with self._session.request(method, f"{self._url}{path}", json=body, headers=headers) as answer:
            assert body is not None or answer.status != 200 or answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.json()


@pytest.fixture(scope="module")
def config(config: Config) -> Config:
    """The demo's, whose calls are heard: without sound there are no softphones."""
    return replace(config, sandbox=replace(config.sandbox, sound=True))


@pytest_asyncio.fixture(loop_scope="module")
async def browser(hub: HubProcess) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(session, hub.url)


def read(token: str, secret: str) -> Mapping[str, Any]:
    """The token's claims, as the provider reads them. Raises if it did not sign it or the time is up."""
    payload: Mapping[str, Any] = AccessToken.from_jwt(token, secret).payload
    return payload


def has_phone_in(told: list[tuple[str, Any]]) -> bool | None:
    """What the desk was told last of its agent's telephone."""
    events = [one["event"] for name, data in told if name == "events" for one in data]
    agents = [event["agent"] for event in events if "agent" in event]
    return agents[-1]["has_phone"] if agents else None


def reveal(config: Config) -> str:
    assert config.channels.phone is not None and config.channels.phone.api_key_secret is not None
    return config.reveal(config.channels.phone.api_key_secret)


@in_one_hub
async def test_an_agent_gets_a_token_for_ten_minutes_of_their_own_incoming_calls(
    config: Config, browser: Browser
) -> None:
    status, told = await browser.ask("ben", "/api/softphone/token")
    assert (status, told["identity"], told["seconds"], told["driver"]) == (200, "ben", 600, "sandbox")
    claims = read(told["token"], reveal(config))
    assert claims["grants"] == {"identity": "ben", "voice": {"incoming": {"allow": True}}}, "no call can be made"
    assert claims["sub"] == "AC00000000000000000000000000000001"
    assert claims["iss"] == "SK00000000000000000000000000000001"


@in_one_hub
async def test_the_token_of_a_check_reaches_the_echo_alone_for_a_minute(config: Config, browser: Browser) -> None:
    status, told = await browser.ask("ben", "/api/softphone/echo-token")
    assert (status, told["identity"], told["seconds"]) == (200, "CHECK_ben", 60)
    application = {"application_sid": "AP00000000000000000000000000000001"}
    claims = read(told["token"], reveal(config))
    assert claims["grants"] == {"identity": "CHECK_ben", "voice": {"outgoing": application}}, "none can be answered"


@pytest.mark.parametrize("path", ["/api/softphone/token", "/api/softphone/echo-token"])
@in_one_hub
async def test_only_agents_get_tokens(hub: HubProcess, browser: Browser, path: str) -> None:
    assert await browser.ask("ines", path) == (403, {"code": "may_not"})
    async with aiohttp.ClientSession() as stranger, stranger.get(hub.url + path) as answer:
        assert answer.status == 401


@in_one_hub
async def test_a_disabled_agent_gets_no_token_and_their_desk_closes(hub: HubProcess, browser: Browser) -> None:
    assert (await browser.ask("fay", "/api/softphone/token"))[0] == 200
    desk = await ScreenConnection.open(hub.url, browser.cookie, "/desk")

    async def unit(conn: Any) -> bool:
        return await staff.disable(conn, "fay", 1)

    assert await hub.db.write(unit)
    assert await browser.ask("fay", "/api/softphone/token") == (401, {"code": "signed_out"})
    await desk.is_closed()
    await desk.close()
    assert await hub.db.write(lambda conn: staff.enable(conn, "fay"))


@in_one_hub
async def test_an_agent_with_a_number_of_their_own_registers_no_browser(hub: HubProcess, browser: Browser) -> None:
    assert await set_number(hub.db, "emre", ADAS, 1, by="emre")
    status, told = await browser.ask("emre", "/api/softphone/token")
    assert (status, told["token"]) == (200, ""), "calls reach him at his number"
    assert await set_number(hub.db, "emre", "", 2, by="emre")
    assert (await browser.ask("emre", "/api/softphone/token"))[1]["token"]


@in_one_hub
async def test_the_hub_knows_whose_desk_is_a_telephone_that_beats_in_calls(hub: HubProcess, browser: Browser) -> None:
    async def has_opened() -> bool:
        async with hub.db.read() as conn:
            return (await load_staff(conn))["emre"].has_opened_softphone

    assert not await has_opened()
    for is_opened in (True, False, True):
        await browser.ask("emre", "/api/softphone/state", {"is_usable": True, "is_opened": is_opened})
        assert await has_opened() is is_opened
    await browser.ask("emre", "/api/softphone/token")
    assert await has_opened()
    await set_number(hub.db, "emre", ADAS, 1, by="emre")
    await browser.ask("emre", "/api/softphone/token")
    assert not await has_opened(), "his desk was given no token, and opens none"
    await set_number(hub.db, "emre", "", 2, by="emre")


@in_one_hub
async def test_a_desk_without_a_microphone_is_offered_no_calls_until_it_has_one(
    hub: HubProcess, browser: Browser
) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, "cleo"), "/desk")
    await desk.ask("resume", {"number": None})
    assert await browser.ask("cleo", "/api/softphone/state", {"is_usable": "perhaps"}) == (
        400,
        {"code": "invalid", "field": "is_usable"},
    )
    for is_usable in (False, True):
        assert (await browser.ask("cleo", "/api/softphone/state", {"is_usable": is_usable}))[0] == 200
        await desk.hears_that(lambda told, has=is_usable: has_phone_in(told) is has)
    await desk.close()


async def say(house: House, *, is_usable: bool) -> None:
    """Ada's desk says whether her browser can be her telephone."""
    assert await set_softphone(house.db, "ada", house.clock.now(), is_usable=is_usable)
    house.inbox.stored += 1
    await house.until_handled()


async def test_the_router_offers_calls_to_those_alone_whose_browser_works(house: House) -> None:
    house.dispatcher._rules = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}))})
    ada = await house.seat("ada")
    await say(house, is_usable=False)
    assert not await set_softphone(house.db, "ada", 1, is_usable=False), "said twice, it is no change"
    await house.take(call("CA1"))
    assert ada.offers == []
    assert ada.shown["agent"]["has_phone"] is False
    await say(house, is_usable=True)
    assert [offer["channel"] for offer in ada.offers] == ["phone"]
    await house.check_restored()


async def test_an_own_number_needs_no_browser(house: House) -> None:
    rules = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}))})
    member = replace(house.dispatcher.state.floor.staff["ada"], phone=ADAS, is_softphone_unusable=True)
    assert (find_phone(rules, member), can_answer(rules, member)) == (ADAS, True)
    without = replace(member, phone="client:ada")
    assert (find_phone(rules, without), can_answer(rules, without)) == ("", False)


# ---- the settings


@pytest.mark.parametrize(
    ("api_url", "region", "edge"),
    [
        ("https://api.twilio.com", None, ""),
        ("https://api.dublin.ie1.twilio.com", "ie1", "dublin"),
        ("https://api.dublin.ie1.twilio.com.example", None, ""),
    ],
)
def test_a_token_is_for_the_region_in_which_the_hub_calls(api_url: str, region: str | None, edge: str) -> None:
    key = SoftphoneKey(ACCOUNT, KEY, SECRET, api_url, ECHO)
    headers = AccessToken.from_jwt(key.mint("ada"), SECRET).headers
    assert (headers.get("twr"), key.edge, headers["cty"]) == (region, edge, "twilio-fpa;v=1")
    assert SECRET not in repr(key)


@pytest.mark.parametrize("agent_id", ["ada", "ada-lena", "ada_lena", "ada_hlena", "ada__lena", "a-b_c-d", "x" * 63])
def test_a_token_has_an_identity_of_letters_digits_and_underscores(agent_id: str) -> None:
    """The provider takes no others, and agents' names at the sign-in may have hyphens."""
    key = SoftphoneKey(ACCOUNT, KEY, SECRET, "https://api.twilio.com", ECHO)
    for token in (key.mint(agent_id), key.mint_check(agent_id)):
        assert re.fullmatch(r"\w{1,121}", find_identity(token), re.ASCII)
    assert find_browser(f"client:{agent_id}") == f"client:{find_identity(key.mint(agent_id))}"


def find_identity(token: str) -> str:
    return str(read(token, SECRET)["grants"]["identity"])


@given(*[from_regex(r"[a-z][a-z0-9_-]{0,62}", fullmatch=True)] * 2)
def test_two_agents_have_two_identities_and_none_is_that_of_a_check(one: str, other: str) -> None:
    assert (name_browser(one) == name_browser(other)) == (one == other)
    assert name_browser(one) != name_check(other)
    assert not name_browser(one).startswith(CHECKING)


def test_an_own_number_is_called_as_it_is() -> None:
    assert find_browser("+46701749001") == "+46701749001"


def test_without_an_application_there_is_no_check() -> None:
    with pytest.raises(ValueError, match="no application"):
        SoftphoneKey(ACCOUNT, KEY, SECRET, "https://api.twilio.com").mint_check("ada")


def settings(*lines: str) -> str:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("api_key_", "echo_application_sid"))]
    at = kept.index("[channels.phone]") + 1
    return "\n".join((*kept[:at], *lines, *kept[at:]))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([f'api_key_sid = "{KEY}"'], "has no secret: name its place in channels.phone.api_key_secret"),
        (['api_key_secret = { generated = "key" }'], "belongs to no key: write the key's SK..."),
        ([f'echo_application_sid = "{ECHO}"'], "needs an API key"),
        ([f'api_key_sid = "{ACCOUNT}"', 'api_key_secret = { generated = "key" }'], "api_key_sid"),
    ],
)
def test_half_a_key_is_a_problem_of_the_settings(lines: list[str], problem: str) -> None:
    with pytest.raises(ConfigErrors) as found:
        parse(settings(*lines), ROOT, {})
    assert problem in str(found.value)


API_KEY = [f'api_key_sid = "{KEY}"', 'api_key_secret = { env = "K" }']


@pytest.mark.parametrize(("lines", "has"), [([], False), (API_KEY, True)])
def test_a_live_account_has_softphones_if_it_has_an_api_key(lines: list[str], has: bool) -> None:
    text = settings(*lines)
    at = text.index("[channels.phone]")
    text = text[:at] + text[at:].replace('api_base_url = "sandbox"', "", 1)
    text = text.replace('public_url = ""', 'public_url = "http://127.0.0.1:8080"')
    assert build_rules(parse(text, ROOT, {"K": "secret"})).has_softphones is has
