"""Nobody in who does not belong: sign-in, roles, and a rule on every way in."""

import io
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from hub.access.rules import RULES
from hub.administration.seeding import add_staff
from hub.api.routes import PUBLIC
from hub.app import HubProcess
from hub.settings.config import Config
from hub.settings.demo_data import SampleStaff

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a password for tests only"
PROVIDER = re.compile(r"/channels/.*|/2010-04-01/.*")
OPEN = {
    "/",
    "/desk",
    "/wallboard",
    "/set-aside",
    "/audit",
    "/recordings",
    "/people",
    "/customers",
    "/customers/{id}",
    "/segments",
    "/tiers",
    "/lifecycle",
    "/segments/{id}",
    "/practice",
    "/scripts",
    "/scripts/{id}",
    "/import",
    "/sign-in",
    "/sandbox",
    "/widget/hub-chat.js",
    "/assets",
    "/api/sign-in",
    "/api/password",
    "/api/customer-upserts",  # by a token
}
OPERATIONS = {"/healthz", "/readyz", "/metrics", "/socket.io/"}


@pytest_asyncio.fixture(loop_scope="module")
async def browser_of(hub: HubProcess) -> AsyncIterator["Visitor"]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(session, hub.url)


class Visitor:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def sign_in(self, name: str, password: str = PASSWORD) -> int:
        body = {"name": name, "password": password}
        async with self.session.post(f"{self.url}/api/sign-in", json=body) as response:
            return response.status

    async def status(self, path: str, method: str = "GET", **more: object) -> int:
        async with self.session.request(method, self.url + path, allow_redirects=False, **more) as response:
            return response.status


def paths_of(app: web.Application) -> set[str]:
    return {resource.canonical for resource in app.router.resources()}


async def test_every_route_has_a_rule(hub: HubProcess) -> None:
    rules = {rule.path: rule.action for rule in hub.rules}
    guarded = {path for path, action in rules.items() if action != PUBLIC}
    assert {rules[path] for path in guarded} <= RULES.keys()
    without = {
        path
        for path in paths_of(hub.web) - guarded - OPEN - OPERATIONS
        if not PROVIDER.fullmatch(path) and not path.startswith("/sandbox")
    }
    assert without == set()


async def test_every_guarded_route_turns_a_stranger_away(hub: HubProcess, browser_of: Visitor) -> None:
    for rule in hub.rules:
        if rule.action != PUBLIC:
            assert await browser_of.status(rule.path.replace("{", "").replace("}", ""), rule.method) == 401, rule


async def test_a_right_password_opens_and_signing_out_closes(browser_of: Visitor) -> None:
    assert await browser_of.status("/api/me") == 401
    assert await browser_of.sign_in("ada") == 200
    assert await browser_of.status("/api/me") == 200
    assert await browser_of.status("/api/sign-out", "POST") == 200
    assert await browser_of.status("/api/me") == 401


async def test_a_revoked_token_stays_revoked_in_another_browser(browser_of: Visitor) -> None:
    await browser_of.sign_in("ada")
    stolen = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in browser_of.session.cookie_jar)}
    await browser_of.status("/api/sign-out", "POST")
    assert await browser_of.status("/api/me", headers=stolen) == 401


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser_of: Visitor) -> None:
    body = {"name": "ada", "password": PASSWORD}
    async with browser_of.session.post(f"{browser_of.url}/api/sign-in", json=body) as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(browser_of: Visitor) -> None:
    assert await browser_of.sign_in("ada", "wrong") == 401
    assert await browser_of.sign_in("nobody", PASSWORD) == 401


async def test_a_first_password_serves_once_and_opens_nothing_by_itself(hub: HubProcess, browser_of: Visitor) -> None:
    person = SampleStaff(id="zoe", name="Zoë Ångström 安", roles=("supervisor",), language="en")
    assert await add_staff(hub.db, person, "first password", 1)
    assert not await add_staff(hub.db, person, "first password", 1)  # the name is taken
    assert await browser_of.sign_in("zoe", "first password") == 403
    assert await browser_of.status("/api/me") == 401
    asked = {"name": "zoe", "password": "first password", "new_password": "short"}
    assert await browser_of.status("/api/password", "POST", json=asked) == 400
    asked["new_password"] = "a long one of her own 密码"
    assert await browser_of.status("/api/password", "POST", json={**asked, "password": "guess"}) == 401
    assert await browser_of.status("/api/password", "POST", json=asked) == 200
    assert await browser_of.status("/api/me") == 200
    assert await browser_of.sign_in("zoe", "first password") == 401
    assert await browser_of.sign_in("zoe", asked["new_password"]) == 200


async def test_an_agent_does_not_reach_what_an_administrator_does(browser_of: Visitor) -> None:
    await browser_of.sign_in("ada")
    assert await browser_of.status("/api/inbox/set-aside") == 403
    await browser_of.sign_in("tomasz")
    assert await browser_of.status("/api/inbox/set-aside") == 200


async def test_a_form_of_another_site_signs_nobody_in(browser_of: Visitor) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    body = {"name": "ada", "password": PASSWORD}
    assert await browser_of.status("/api/sign-in", "POST", json=body, headers=foreign) == 403
    assert await browser_of.status("/api/sign-in", "POST", data=body) == 415


async def test_a_page_of_another_site_changes_nothing_for_who_is_signed_in(browser_of: Visitor) -> None:
    await browser_of.sign_in("ada")
    for site in ("cross-site", "same-site"):
        assert await browser_of.status("/api/sign-out", "POST", headers={"Sec-Fetch-Site": site}) == 403
        assert await browser_of.status("/api/me") == 200


async def test_a_password_counts_to_its_last_character_as_it_was_typed(hub: HubProcess, browser_of: Visitor) -> None:
    person = SampleStaff(id="yrsa", name="Yrsa", roles=("supervisor",), language="en")
    assert await add_staff(hub.db, person, "first password", 1)
    chosen = " Tram lantern oboe frost 密码 " * 8 + "x"
    asked = {"name": "yrsa", "password": "first password", "new_password": chosen}
    assert await browser_of.status("/api/password", "POST", json=asked) == 200
    for other in (chosen[:-1], chosen.strip(), chosen.lower(), chosen[:72]):
        assert await browser_of.sign_in("yrsa", other) == 401
    assert await browser_of.sign_in("yrsa", chosen) == 200


async def test_metrics_answer_whoever_shows_their_token_wherever_they_come_from(
    browser_of: Visitor, config: Config
) -> None:
    token = config.metrics_token
    right = {"Authorization": f"Bearer {token}"}
    async with browser_of.session.get(f"{browser_of.url}/metrics", headers=right) as answer:
        assert answer.status == 200
        assert "hub_bus_healthy 1.0" in await answer.text()
    assert await browser_of.status("/metrics", headers={**right, "X-Forwarded-For": "203.0.113.5"}) == 200
    for wrong in ("", "Bearer", "Bearer x", f"Basic {token}", token, f"Bearer {token}x"):
        headers = {"Authorization": wrong} if wrong else {}
        assert await browser_of.status("/metrics", headers=headers) == 401


async def test_a_hub_that_can_commit_is_ready(browser_of: Visitor) -> None:
    assert await browser_of.status("/healthz") == 200
    assert await browser_of.status("/readyz") == 200


async def test_a_body_that_is_too_large_is_refused_with_413(browser_of: Visitor) -> None:
    assert await browser_of.status("/api/sign-in", "POST", data=io.BytesIO(b"x" * 2_000_000)) == 413
