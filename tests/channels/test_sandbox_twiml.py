"""The sandbox carries out TwiML from a hub that answers as each test needs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.sandbox.sandbox import Sandbox
from tests.channels.contract import serve
from tests.channels.sandbox_house import PIA, ManualTime, build_settings, until


class ScriptedHub:
    """Answers each path with TwiML, and remembers what came."""

    def __init__(self, documents: dict[str, str]) -> None:
        self.documents = documents
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.held: dict[str, asyncio.Event] = {}  # paths whose answer waits

    async def answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.path, form or dict(request.query)))
        if request.path in self.held:
            await self.held[request.path].wait()
        document = self.documents.get(request.path)
        if document is None:
            return web.Response(status=204)
        return web.Response(text=f"<Response>{document}</Response>", content_type="text/xml")

    def find(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form in self.asked if asked == path]


@pytest.fixture
async def bench() -> AsyncIterator[tuple[ScriptedHub, TestClient, ManualTime]]:
    hub, time = ScriptedHub({}), ManualTime()
    app = web.Application()
    app.router.add_route("*", "/hub/{rest:.*}", hub.answer)
    server = TestServer(app)
    await server.start_server()
    sandbox = Sandbox(
        build_settings(
            str(server.make_url("")).rstrip("/"),
            voice_path="/hub/voice",
            voice_status_path="/hub/status",
            sms_path="/hub/sms",
        ),
        time.sleep,
    )
    await sandbox.start()
    client = await serve(sandbox)
    yield hub, client, time
    await sandbox.stop()
    await client.close()
    await server.close()


async def dial(client: TestClient) -> None:
    async with client.post(f"/sandbox/api/customers/{PIA.id}/call", json={}) as answer:
        assert answer.status == 201


async def show(client: TestClient) -> Any:
    async with client.get(f"/sandbox/api/customers/{PIA.id}") as answer:
        return (await answer.json())["call"]


async def finish(client: TestClient, time: ManualTime) -> Any:
    """The call, once it is over."""
    async with asyncio.timeout(60):
        while not (call := await show(client))["is_over"]:
            time.advance(30)
        return call


async def test_documents_lead_from_one_to_the_next(bench: tuple[ScriptedHub, TestClient, ManualTime]) -> None:
    hub, client, time = bench
    hub.documents = {
        "/hub/voice": '<Say>One</Say><Pause length="2"/><Redirect>menu</Redirect><Say>never</Say>',
        "/hub/menu": '<Play loop="2">/m/a.wav</Play><Say language="zh-CN">二</Say><Hangup/><Say>never</Say>',
    }
    await dial(client)
    call = await finish(client, time)
    assert [(s["kind"], s["text"]) for s in call["transcript"]] == [
        ("answered", ""), ("say", "One"), ("music", "a.wav"), ("say", "二"), ("ended", "completed"),
    ]  # fmt: skip
    assert [form["CallStatus"] for form in hub.find("/hub/voice") + hub.find("/hub/menu")] == [
        "ringing",
        "in-progress",
    ]
    await until(lambda: hub.find("/hub/status"))
    (status,) = hub.find("/hub/status")
    assert (status["CallStatus"], status["CallbackSource"]) == ("completed", "call-progress-events")


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_a_rejected_call_is_never_answered(
    bench: tuple[ScriptedHub, TestClient, ManualTime], reason: str, status: str
) -> None:
    hub, client, time = bench
    hub.documents = {"/hub/voice": f'<Reject reason="{reason}"/>'}
    await dial(client)
    call = await finish(client, time)
    assert (call["status"], call["answered_at"]) == (status, None)


async def recording(client: TestClient, time: ManualTime) -> None:
    async with asyncio.timeout(60):
        while all(spoken["kind"] != "record" for spoken in (await show(client))["transcript"]):
            time.advance(1)


async def test_keys_and_words_are_gathered(bench: tuple[ScriptedHub, TestClient, ManualTime]) -> None:
    hub, client, time = bench
    hub.documents = {
        "/hub/voice": '<Gather numDigits="2" action="/hub/keys"><Say>Press two keys</Say></Gather><Say>never</Say>',
        "/hub/keys": '<Gather input="speech dtmf" action="/hub/words"/>',
        "/hub/words": '<Gather timeout="3"/><Record action="/hub/record"/>',
        "/hub/record": "<Hangup/>",
    }
    path = f"/sandbox/api/customers/{PIA.id}/call"

    async def listening(times: int) -> None:
        async with asyncio.timeout(60):
            while [s["kind"] for s in (await show(client))["transcript"]].count("gather") < times:
                pass

    await dial(client)
    await listening(1)
    for digits in ("4", "2"):
        await client.post(path + "/digits", json={"digits": digits})
    await listening(2)
    await client.post(path + "/say", json={"text": "我的包裹"})
    await until(lambda: hub.find("/hub/words"))
    assert hub.find("/hub/keys")[0]["Digits"] == "42"
    assert hub.find("/hub/words")[0]["SpeechResult"] == "我的包裹"
    await recording(client, time)
    await client.post(path + "/say", json={"text": "我的包裹丢了"})
    call = await finish(client, time)
    assert call["status"] == "completed"
    (record,) = hub.find("/hub/record")
    assert record["RecordingSid"].startswith("RE") and record["RecordingDuration"] == "1"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Sing>La</Sing>", "12200"),
        ("<Say>not closed", "12100"),
        ('<Pause length="long"/>', "12200"),
        ("<Dial><Number>+46701740602</Number></Dial>", "12200"),
        ("<Dial><Conference startConferenceOnEnter='maybe'>room</Conference></Dial>", "12200"),
        ("<Redirect>/hub/voice</Redirect>", "12300"),
        ("<Redirect>http://127.0.0.1:9/</Redirect>", "11205"),
    ],
)
async def test_instructions_that_the_provider_would_refuse_end_the_call_with_its_words(
    bench: tuple[ScriptedHub, TestClient, ManualTime], document: str, code: str
) -> None:
    hub, client, time = bench
    hub.documents = {"/hub/voice": document}
    await dial(client)
    call = await finish(client, time)
    (problem,) = [s["text"] for s in call["transcript"] if s["kind"] == "problem"]
    assert problem.startswith(code)
    assert "an application error has occurred" in call["transcript"][-2]["text"]


async def test_only_sounds_are_allowed_while_waiting(bench: tuple[ScriptedHub, TestClient, ManualTime]) -> None:
    hub, client, time = bench
    hub.documents = {
        "/hub/voice": '<Dial><Conference startConferenceOnEnter="false" waitUrl="/hub/wait">room</Conference></Dial>',
        "/hub/wait": "<Gather/>",
    }
    await dial(client)
    async with asyncio.timeout(60):
        while not any(s["text"].startswith("13238") for s in (await show(client))["transcript"]):
            pass
    hub.documents["/hub/wait"] = "<Say>Soon</Say>"
    async with asyncio.timeout(60):
        while not any(s["text"] == "Soon" for s in (await show(client))["transcript"]):
            time.advance(16)


async def test_a_hub_that_is_not_there_is_tried_twice_and_the_customer_hears_the_provider() -> None:
    time = ManualTime()
    sandbox = Sandbox(build_settings("http://127.0.0.1:9"), time.sleep)
    client = await serve(sandbox)
    await dial(client)
    call = await finish(client, time)
    assert call["status"] == "failed"
    assert any(s["text"].startswith("11205") for s in call["transcript"])
    await sandbox.stop()
    await client.close()


async def test_events_of_a_room_arrive_in_order_however_slow_the_hub_is(
    bench: tuple[ScriptedHub, TestClient, ManualTime],
) -> None:
    hub, client, _ = bench
    room = '<Conference statusCallback="/hub/room" statusCallbackEvent="join leave">room</Conference>'
    hub.documents = {"/hub/voice": f"<Dial>{room}</Dial>"}
    hub.held["/hub/room"] = asyncio.Event()
    await dial(client)
    await until(lambda: hub.find("/hub/room"))
    await client.post(f"/sandbox/api/customers/{PIA.id}/call/hangup", json={})
    await until(lambda: hub.find("/hub/status"))
    assert [form["StatusCallbackEvent"] for form in hub.find("/hub/room")] == ["participant-join"]
    hub.held["/hub/room"].set()
    await until(lambda: len(hub.find("/hub/room")) == 2)
    assert [(form["StatusCallbackEvent"], form["SequenceNumber"]) for form in hub.find("/hub/room")] == [
        ("participant-join", "1"),
        ("participant-leave", "2"),
    ]


async def test_a_customer_may_hang_up_before_the_hub_has_answered(
    bench: tuple[ScriptedHub, TestClient, ManualTime],
) -> None:
    hub, client, _ = bench
    hub.held["/hub/voice"] = asyncio.Event()
    await dial(client)
    await until(lambda: hub.find("/hub/voice"))
    await client.post(f"/sandbox/api/customers/{PIA.id}/call/hangup", json={})
    await until(lambda: hub.find("/hub/status"))
    assert hub.find("/hub/status")[0]["CallStatus"] == "canceled"
    hub.held["/hub/voice"].set()
    assert (await show(client))["status"] == "canceled"


async def test_who_waits_long_is_asked_for_again_without_end(
    bench: tuple[ScriptedHub, TestClient, ManualTime],
) -> None:
    hub, client, time = bench
    hub.documents = {
        "/hub/voice": '<Dial><Conference waitUrl="/hub/wait">room</Conference></Dial>',
        "/hub/wait": "<Say>Soon</Say><Redirect/>",
    }
    await dial(client)
    for asked in range(1, 61):
        await until(lambda asked=asked: len(hub.find("/hub/wait")) == asked)
        while len(hub.find("/hub/wait")) == asked:
            time.advance(1)
            await asyncio.sleep(0)
    assert {s["kind"] for s in (await show(client))["transcript"]} == {"answered", "say"}
