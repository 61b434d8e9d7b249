"""What every answer says of itself to a browser, and what it does not say to strangers."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpClient

from hub.api.answer_headers import set_headers
from hub.app import HubProcess
from tests.hub.connected_screens import sign_in

in_one_hub = pytest.mark.asyncio(loop_scope="module")
PERSONAL = ("/api/me", "/api/waiting", "/api/customers/c1/conversation", "/api/messages/m1/media/r", "/api/no")
OTHERS = ("/api/me", "/api/nothing", "/healthz", "/widget/hub-chat.js", "/socket.io/")
PAGES = ("/desk", "/wallboard", "/set-aside", "/sign-in", "/sandbox")


async def get(hub: HubProcess, path: str, **headers: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as session, session.get(hub.url + path, headers=headers) as answer:
        await answer.read()
        return answer


@in_one_hub
@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
async def test_every_answer_keeps_its_type_its_address_and_our_versions_to_itself(hub: HubProcess, path: str) -> None:
    headers = (await get(hub, path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Server"] == "hub"
    assert "frame-ancestors '" in headers["Content-Security-Policy"]


@in_one_hub
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_sends_forms_and_connects_to_its_own_host_alone(hub: HubProcess, path: str) -> None:
    headers = (await get(hub, path)).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == policy["connect-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "*" not in headers["Content-Security-Policy"]


@in_one_hub
@pytest.mark.parametrize(
    "path", ["/api/me", "/api/waiting", "/api/customers/c1/conversation", "/api/messages/m1/media/r", "/api/no"]
)
async def test_no_cache_keeps_what_is_personal_and_no_other_site_loads_it(hub: HubProcess, path: str) -> None:
    for cookie in ("", await sign_in(hub.url, "dot")):
        headers = (await get(hub, path, Cookie=cookie)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@in_one_hub
async def test_an_answer_to_what_is_no_request_names_no_version(hub: HubProcess) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(b"GET / HTTP/9.9\r\n\x01\r\n\r\n")
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    assert b"400 Bad Request" in answer
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


@pytest.mark.parametrize("is_public", [True, False])
async def test_browsers_are_held_to_https_where_the_hub_is_reached_by_it(
    aiohttp_client: AiohttpClient, is_public: bool
) -> None:
    app = web.Application()
    set_headers(app, is_public=is_public)
    client = await aiohttp_client(app)
    async with client.get("/") as answer:
        promised = answer.headers.get("Strict-Transport-Security")
    assert promised == ("max-age=31536000; includeSubDomains" if is_public else None)
