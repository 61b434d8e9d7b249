"""The sandbox's REST API is held to the provider's own OpenAPI file and SDK."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler

from channels.channel import (
    After,
    CallCustomer,
    ConnectAgent,
    FetchVoicemail,
    HangUp,
    HoldCall,
    LegJoined,
    OpenCall,
    Speak,
    TextOut,
)
from channels.sandbox.call import StatusCallback
from channels.sandbox.faults import KINDS, Fault, Faults
from channels.twilio.client import TwilioClient
from tests.channels.provider_file import OpenApi, read_openapi, wrong_values
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, HUB_SMS, TOKEN, build_account

BASE = "/2010-04-01/Accounts/{AccountSid}"
CREATED = {
    f"{BASE}/Messages.json": {"To": PIA.phone, "From": HUB_SMS, "Body": "Hej"},
    f"{BASE}/Calls.json": {"To": PIA.phone, "From": HUB_PHONE, "Twiml": "<Response><Say>Hej</Say></Response>"},
    f"{BASE}/Conferences/{{ConferenceSid}}/Participants.json": {"To": "client:ada", "From": HUB_PHONE},
}
HEADERS = {
    "Authorization": encode_basic_auth(ACCOUNT_SID, TOKEN),
    "Content-Type": "application/x-www-form-urlencoded",
}


@pytest.fixture
def openapi(corpora: Path) -> OpenApi:
    return read_openapi(corpora)


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


def address(path: str, **parts: str) -> str:
    return path.format(AccountSid=ACCOUNT_SID, **{"ConferenceSid": "room", **parts})


async def post(client: TestClient, path: str, form: Any) -> tuple[int, Any]:
    async with client.post(path, data=urlencode(form, doseq=True).encode(), headers=HEADERS) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", CREATED)
async def test_what_the_providers_file_refuses_the_sandbox_refuses(
    house: SandboxHouse, openapi: OpenApi, path: str
) -> None:
    form = openapi.form(path)
    for name in form["required"]:
        incomplete = {key: value for key, value in CREATED[path].items() if key != name}
        assert (await post(house.client, address(path), incomplete))[0] == 400, name
    tried = 0
    for name, schema in form["properties"].items():
        for value in wrong_values(schema):
            tried += 1
            status, error = await post(house.client, address(path), {**CREATED[path], name: value})
            assert status == 400, (name, value)
            assert set(error) == {"code", "message", "more_info", "status"} and error["status"] == 400
    assert tried > 15
    status, _ = await post(house.client, address(path), CREATED[path])
    assert status == 201


@pytest.mark.parametrize("kind", ["Calls/{Sid}", "Conferences/{Sid}", "Messages/{Sid}", "participant"])
async def test_wrong_updates_are_refused_too(house: SandboxHouse, openapi: OpenApi, kind: str) -> None:
    paths = await make_one_of_each(house)
    template, path = paths[kind]
    for name, schema in openapi.form(template)["properties"].items():
        for value in wrong_values(schema):
            assert (await post(house.client, path, {name: value}))[0] == 400, (name, value)


async def make_one_of_each(house: SandboxHouse) -> dict[str, tuple[str, str]]:
    """(template, address) of a message, a call, a conference and a participant that exist."""
    message = await house.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej"))
    call = (await house.post(f"/customers/{PIA.id}/call"))["sid"]
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    async with house.client.get(address(f"{BASE}/Conferences.json"), headers=HEADERS) as answer:
        room = (await answer.json())["conferences"][0]["sid"]
    participant = f"{BASE}/Conferences/{{ConferenceSid}}/Participants/{{CallSid}}.json"
    return {
        "Messages/{Sid}": (f"{BASE}/Messages/{{Sid}}.json", address(f"{BASE}/Messages/{message.provider_id}.json")),
        "Calls/{Sid}": (f"{BASE}/Calls/{{Sid}}.json", address(f"{BASE}/Calls/{call}.json")),
        "Conferences/{Sid}": (f"{BASE}/Conferences/{{Sid}}.json", address(f"{BASE}/Conferences/{room}.json")),
        "participant": (participant, address(participant, ConferenceSid=room, CallSid=call)),
    }


async def test_every_answer_has_the_providers_shape(house: SandboxHouse, openapi: OpenApi) -> None:
    for template, (path, form) in {t: (address(t), f) for t, f in CREATED.items()}.items():
        status, answer = await post(house.client, path, form)
        openapi.check_answer(template, "post", status, answer)
    async with house.client.get(address(f"{BASE}/Calls.json"), headers=HEADERS) as answer:
        for call in (await answer.json())["calls"]:
            await house.phone.send(HangUp("out-0", "", call["sid"]))
    lists = [f"{BASE}/Messages.json", f"{BASE}/Calls.json", f"{BASE}/Conferences.json"]
    for template in lists:
        async with house.client.get(address(template), headers=HEADERS) as answer:
            openapi.check_answer(template, "get", 200, await answer.json())
    picture = {"name": "kvitto.png", "content_type": "image/png", "base64": "iVBORw0KGgo="}
    sid = (await house.post(f"/customers/{PIA.id}/texts", text="Kvitto", media=[picture]))["sid"]
    media = address(f"{BASE}/Messages/{sid}/Media.json")
    async with house.client.get(media, headers=HEADERS) as answer:
        openapi.check_answer(f"{BASE}/Messages/{{MessageSid}}/Media.json", "get", 200, await answer.json())
    made = await make_one_of_each(house)
    call = house.sandbox._calls.by_sid[made["Calls/{Sid}"][1].rpartition("/")[2].removesuffix(".json")]
    recordings = house.sandbox._calls.recordings
    without_sound = asyncio.get_running_loop().create_future()
    without_sound.set_result(None)
    recordings.end(recordings.begin(call, StatusCallback()), 100, 120, without_sound)
    recordings.begin(call, StatusCallback())
    async with house.client.get(address(f"{BASE}/Calls/{call.sid}/Recordings.json"), headers=HEADERS) as answer:
        listed = await answer.json()
        assert [one["status"] for one in listed["recordings"]] == ["in-progress", "completed"]
        openapi.check_answer(f"{BASE}/Calls/{{CallSid}}/Recordings.json", "get", 200, listed)
    for template, path in made.values():
        async with house.client.get(path, headers=HEADERS) as answer:
            assert answer.status == 200, path
            openapi.check_answer(template, "get", 200, await answer.json())
        status, updated = await post(house.client, path, {})
        openapi.check_answer(template, "post", status, updated)


async def test_what_the_adapters_ask_is_in_the_providers_file(openapi: OpenApi) -> None:
    """Every parameter is known and none that is needed is missing, as it comes over the wire."""
    asked: list[tuple[str, dict[str, list[str]]]] = []
    listed: list[tuple[str, dict[str, str]]] = []

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/2010-04-01/"):
            path = request.path.removeprefix(address(BASE))
            template = re.sub(r"/[A-Z]{2}[0-9a-f]{32}", "/{}", path)
            if request.method == "POST":
                asked.append((template, parse_qs((await request.read()).decode(), keep_blank_values=True)))
            else:
                listed.append((template, dict(request.query)))
        return await handler(request)

    async with build_sandbox_house(middlewares=[record]) as house:
        call = (await house.post(f"/customers/{PIA.id}/call"))["sid"]
        await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
        await house.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej 您好 & +"))
        await house.phone.send(ConnectAgent("out-2", call, "client:ada", HUB_PHONE))
        await house.hub.wait_until(lambda notices: sum(isinstance(n, LegJoined) for n in notices) == 2)
        for on in (True, False):
            await house.phone.send(HoldCall("out-3", call, call, on=on))
        house.hub.open_calls = [OpenCall(call, "CA" + "77" * 16, is_connecting=True)]
        await house.phone.catch_up(since=0)
        await house.sms.catch_up(since=0)
        await house.phone.send(Speak("out-4", call, "Vi har stängt 已下班", "zh-CN", After.RETURN))
        await house.phone.send(HangUp("out-5", call, call))
        await house.phone.send(FetchVoicemail("out-7", call))
        await house.phone.send(CallCustomer("out-6", PIA.phone, HUB_PHONE, "Ni bad oss ringa 您好", "zh-CN", 25))
    templates = {
        "/Messages.json": f"{BASE}/Messages.json",
        "/Calls.json": f"{BASE}/Calls.json",
        "/Calls/{}.json": f"{BASE}/Calls/{{Sid}}.json",
        "/Conferences/{}/Participants.json": f"{BASE}/Conferences/{{ConferenceSid}}/Participants.json",
        "/Conferences/{}/Participants/{}.json": f"{BASE}/Conferences/{{ConferenceSid}}/Participants/{{CallSid}}.json",
    }
    assert {path for path, _ in asked} == set(templates)
    for path, form in asked:
        known = openapi.form(templates[path])
        assert set(known.get("required", ())) <= set(form) <= set(known["properties"])
        for name, values in form.items():
            wrong = set(map(str, wrong_values(known["properties"][name])))
            assert not wrong & set(values), (path, name)
    lists = {
        "/Messages.json": f"{BASE}/Messages.json",
        "/Calls.json": f"{BASE}/Calls.json",
        "/Calls/{}.json": f"{BASE}/Calls/{{Sid}}.json",
        "/Calls/{}/Recordings.json": f"{BASE}/Calls/{{CallSid}}/Recordings.json",
        "/Conferences.json": f"{BASE}/Conferences.json",
        "/Conferences/{}/Participants.json": f"{BASE}/Conferences/{{ConferenceSid}}/Participants.json",
    }
    assert {path for path, _ in listed} == set(lists)
    for path, query in listed:
        assert set(query) <= openapi.query(lists[path]), path


async def test_the_door_opens_with_the_accounts_credentials_only(house: SandboxHouse) -> None:
    path = address(f"{BASE}/Messages.json")
    for headers in ({}, {"Authorization": encode_basic_auth(ACCOUNT_SID, "wrong")}, {"Authorization": "é"}):
        async with house.client.get(path, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    other = path.replace(ACCOUNT_SID, "AC" + "ff" * 16)
    for missing in (other, address(f"{BASE}/Messages/SM{'0' * 32}.json"), address(f"{BASE}/Conferences/room.json")):
        async with house.client.get(missing, headers=HEADERS) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, 20404)
    async with house.client.post(path, json={}, headers={"Authorization": HEADERS["Authorization"]}) as answer:
        assert answer.status == 415


async def test_the_sdk_pages_through_everything_once(house: SandboxHouse) -> None:
    for number in range(7):
        await house.sms.send(TextOut(f"out-{number}", PIA.phone, HUB_SMS, f"nummer {number}"))
    client = TwilioClient(build_account(house.url))
    listed = [message.body async for message in await client.account.messages.stream_async(page_size=3)]
    assert listed == [f"nummer {number}" for number in reversed(range(7))]
    page = await client.account.messages.page_async(page_size=3)
    assert [message.body for message in page] == ["nummer 6", "nummer 5", "nummer 4"]
    await house.sms.send(TextOut("out-7", PIA.phone, HUB_SMS, "nummer 7"))  # moves nothing on the next page
    assert [message.body for message in await page.next_page_async()] == ["nummer 3", "nummer 2", "nummer 1"]
    assert await client.account.messages.list_async(to="+46700000099") == []
    await client.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("DateSent>=2026-01-01", 1),
        ("DateSent<=2026-01-01", 0),
        ("DateSent=2020-01-01", 0),
        ("DateSent>=2999-01-01T00:00:00Z", 0),
        ("DateSent<=2999-01-01T00:00:00%2B02:00", 1),
    ],
)
async def test_lists_are_filtered_by_date(house: SandboxHouse, query: str, found: int) -> None:
    await house.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej"))
    async with house.client.get(address(f"{BASE}/Messages.json?{query}"), headers=HEADERS) as answer:
        assert len((await answer.json())["messages"]) == found


@pytest.mark.parametrize("query", ["DateSent=soon", "PageSize=x", "PageSize=0", "Page=-1"])
async def test_a_list_asked_for_wrongly_is_refused(house: SandboxHouse, query: str) -> None:
    async with house.client.get(address(f"{BASE}/Messages.json?{query}"), headers=HEADERS) as answer:
        assert answer.status == 400


async def test_a_conference_is_changed_and_ended_over_rest(house: SandboxHouse) -> None:
    paths = await make_one_of_each(house)
    _, participant = paths["participant"]
    for form, key, value in (
        ({"Muted": "true"}, "muted", True),
        ({"Hold": "true"}, "hold", True),
        ({"EndConferenceOnExit": "false"}, "end_conference_on_exit", False),
        ({"Coaching": "true", "CallSidToCoach": "CA" + "11" * 16}, "coaching", True),
    ):
        status, answer = await post(house.client, participant, form)
        assert (status, answer[key]) == (200, value)
    legs = participant.rpartition("/")[0] + ".json"
    for query, found in (("?Hold=true", 1), ("?Hold=false", 0), ("?Muted=true&Coaching=true", 1)):
        async with house.client.get(legs + query, headers=HEADERS) as answer:
            assert len((await answer.json())["participants"]) == found
    status, room = await post(house.client, paths["Conferences/{Sid}"][1], {"Status": "completed"})
    assert (room["status"], room["reason_conference_ended"]) == ("completed", "conference-ended-via-api")


async def test_texts_and_calls_can_be_deleted_and_redacted(house: SandboxHouse) -> None:
    paths = await make_one_of_each(house)
    _, message = paths["Messages/{Sid}"]
    assert (await post(house.client, message, {"Body": ""}))[1]["body"] == ""
    _, call = paths["Calls/{Sid}"]
    async with house.client.delete(call, headers=HEADERS) as answer:
        assert answer.status == 409
    assert (await post(house.client, call, {"Status": "completed"}))[1]["status"] == "completed"
    assert (await post(house.client, call, {"Status": "completed"}))[1]["code"] == 21220
    for path in (message, call):
        async with house.client.delete(path, headers=HEADERS) as answer:
            assert answer.status == 204
        async with house.client.get(path, headers=HEADERS) as answer:
            assert answer.status == 404


async def test_a_call_under_way_follows_new_instructions(house: SandboxHouse) -> None:
    _, call = (await make_one_of_each(house))["Calls/{Sid}"]
    form = {"Twiml": "<Response><Say>Goodbye</Say><Hangup/></Response>"}
    assert (await post(house.client, call, form))[0] == 200
    assert (await post(house.client, call, {"Twiml": "<Nonsense/>"}))[1]["code"] == 12102


def test_a_fault_is_used_up_in_order() -> None:
    faults = Faults()
    faults.add(Fault("rest", "429", 2))
    faults.add(Fault("rest", "500"))
    faults.add(Fault("smtp", "451"))
    taken = [faults.take("rest") for _ in range(4)]
    assert [fault.kind if fault else None for fault in taken] == ["429", "429", "500", None]
    assert [fault.where for fault in faults.list()] == ["smtp"]
    for where, kinds in KINDS.items():
        for kind in kinds:
            assert Fault(where, kind).kind == kind
    for wrong in (("rest", "sing"), ("moon", "500")):
        with pytest.raises(ValueError, match="there is no fault"):
            Fault(*wrong)
