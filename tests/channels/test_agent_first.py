"""An agent calls out: their telephone first, then the person's, and who answered is told while they talk."""

import wave
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler

from channels.channel import (
    AgentReady,
    BringAgent,
    CallAnswered,
    CallCustomer,
    ChannelError,
    DetectMachine,
    HangUp,
    LegJoined,
    LegLeft,
    LegRole,
    MachineAnswered,
    ReachAgent,
)
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import MACHINE, READY, READY_KEY, READY_STATUS, RINGING, RINGING_TONE
from tests.channels.contract import MemoryHub, serve
from tests.channels.provider_file import read_openapi
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house, until
from tests.channels.test_phone import build_call
from tests.channels.twilio_cast import HUB_PHONE, build_account, post_signed

REQUEST = "i1.5"


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
async def client(hub: MemoryHub) -> AsyncIterator[TestClient]:
    phone = PhoneChannel(PhoneSettings(build_account()), hub)
    client = await serve(phone)
    yield client
    await client.close()
    await phone.stop()


def of(kind: type) -> object:
    return lambda notices: any(isinstance(one, kind) for one in notices)


async def reach(house: SandboxHouse) -> str:
    """Ada hears the ringing; the id of her leg."""
    receipt = await house.phone.send(ReachAgent(REQUEST, "client:ada", HUB_PHONE))
    notices = await house.hub.wait_until(of(AgentReady))
    (ready,) = [one for one in notices if isinstance(one, AgentReady)]
    assert (ready.leg_id, ready.outbox_id) == (receipt.provider_id, REQUEST)
    return receipt.provider_id


async def call(house: SandboxHouse, detect: DetectMachine = DetectMachine.LATER) -> str:
    request = CallCustomer(f"{REQUEST}.call", PIA.phone, HUB_PHONE, "", "en", 40, detect)
    house.hub.requests[request.outbox_id] = request
    return (await house.phone.send(request)).provider_id


async def test_the_agent_is_in_the_room_before_the_person_answers_and_both_talk_at_once(house: SandboxHouse) -> None:
    leg_id = await reach(house)
    call_id = await call(house)
    await house.phone.send(BringAgent(f"{REQUEST}.room", call_id, leg_id, REQUEST))
    notices = await house.hub.wait_until(of(LegJoined))
    (joined,) = [one for one in notices if isinstance(one, LegJoined)]
    assert (joined.call_id, joined.leg_id, joined.role, joined.outbox_id) == (call_id, leg_id, LegRole.AGENT, REQUEST)
    await house.post(f"/customers/{PIA.id}/call/answer")
    notices = await house.hub.wait_until(
        lambda notices: any(isinstance(one, LegJoined) and one.role is LegRole.CUSTOMER for one in notices)
    )
    assert [one.outbox_id for one in notices if isinstance(one, CallAnswered)] == [f"{REQUEST}.call"]
    said = (await house.get(f"/customers/{PIA.id}"))["call"]["transcript"]
    assert [one for one in said if one["kind"] in ("say", "music")] == [], "neither words nor music come first"
    assert not [one for one in notices if isinstance(one, MachineAnswered)], "a person is no machine"


@pytest.mark.parametrize(("detect", "may_speak"), [(DetectMachine.LATER, False), (DetectMachine.BEEP, True)])
async def test_a_machine_is_told_while_the_call_goes_on(
    house: SandboxHouse, detect: DetectMachine, may_speak: bool
) -> None:
    leg_id = await reach(house)
    await house.add_fault("leg", "machine")
    call_id = await call(house, detect)
    await house.phone.send(BringAgent(f"{REQUEST}.room", call_id, leg_id, REQUEST))
    notices = await house.hub.wait_until(of(MachineAnswered))
    (machine,) = [one for one in notices if isinstance(one, MachineAnswered)]
    assert (machine.call_id, machine.outbox_id, machine.may_speak) == (call_id, f"{REQUEST}.call", may_speak)
    assert [one.outbox_id for one in notices if isinstance(one, CallAnswered)] == [f"{REQUEST}.call"]


async def test_each_request_has_only_what_the_providers_file_knows(corpora: Path) -> None:
    sent: list[tuple[str, set[str]]] = []

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/2010-04-01") and request.method == "POST":
            sent.append((request.path, set(await request.post())))
        return await handler(request)

    async with build_sandbox_house([note]) as house:
        leg_id = await reach(house)
        call_id = await call(house, DetectMachine.BEEP)
        await house.phone.send(BringAgent(f"{REQUEST}.room", call_id, leg_id, REQUEST))
    openapi = read_openapi(corpora)
    calls = "/2010-04-01/Accounts/{AccountSid}/Calls"
    forms = [openapi.form(f"{calls}.json"), openapi.form(f"{calls}.json"), openapi.form(f"{calls}/{{Sid}}.json")]
    assert len(sent) == len(forms)
    for (path, names), form in zip(sent, forms, strict=True):
        assert names <= set(form["properties"]), path
    assert {"AsyncAmd", "AsyncAmdStatusCallback", "MachineDetection"} <= sent[1][1]


async def test_an_agent_who_hangs_up_is_reported_with_the_request_that_called_them(house: SandboxHouse) -> None:
    leg_id = await reach(house)
    await house.phone.send(HangUp("x", leg_id, leg_id))
    notices = await house.hub.wait_until(of(LegLeft))
    (gone,) = [one for one in notices if isinstance(one, LegLeft)]
    assert (gone.leg_id, gone.role, gone.outbox_id) == (leg_id, LegRole.AGENT, REQUEST)
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(BringAgent(f"{REQUEST}.room", leg_id, leg_id, REQUEST))
    assert (raised.value.code, raised.value.retry) == ("no_call", False)


async def test_whoever_answers_an_agents_telephone_presses_a_key_first(client: TestClient, hub: MemoryHub) -> None:
    form = build_call(CallStatus="in-progress", To="+46701749001")
    answer = await post_signed(client, f"{READY}?o={REQUEST}", form)
    told = ElementTree.fromstring(await answer.text())
    assert [step.tag for step in told] == ["Gather", "Say", "Say", "Hangup"]
    assert len(told[0]) == 4, "in both languages, twice"
    assert not hub.notices
    for key, tags in (("2", ["Say", "Say", "Hangup"]), ("1", ["Play", "Redirect"])):
        answer = await post_signed(client, f"{READY_KEY}?o={REQUEST}", {**form, "Digits": key})
        assert [step.tag for step in ElementTree.fromstring(await answer.text())] == tags
    assert [type(one) for one in hub.notices.values()] == [AgentReady]


async def test_a_hub_that_cannot_store_lets_the_agent_go_and_nobody_is_called(
    client: TestClient, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(notices: object) -> None:
        raise RuntimeError("nothing can be stored")

    monkeypatch.setattr(hub, "accept", fail)
    form = build_call(CallStatus="in-progress", To="client:ada")
    answer = await post_signed(client, f"{READY}?o={REQUEST}", form)
    assert [step.tag for step in ElementTree.fromstring(await answer.text())] == ["Hangup"]


async def test_the_agent_hears_a_telephone_ring(client: TestClient) -> None:
    told = ElementTree.fromstring(await (await post_signed(client, RINGING, build_call())).text())
    assert [step.tag for step in told] == ["Play", "Redirect"]
    async with client.get(RINGING_TONE) as answer:
        with wave.open(BytesIO(await answer.read())) as tone:
            assert (tone.getframerate(), tone.getnframes()) == (8000, 5 * 8000)


@pytest.mark.parametrize("answered_by", ["human", "unknown", "", "a word of tomorrow", None])
async def test_a_person_or_nobody_knows_who_is_no_machine(
    client: TestClient, hub: MemoryHub, answered_by: str | None
) -> None:
    found = {} if answered_by is None else {"AnsweredBy": answered_by}
    answer = await post_signed(client, f"{MACHINE}?o={REQUEST}.call", build_call(**found))
    assert (answer.status, len(hub.notices)) == (204, 0)


@pytest.mark.parametrize(
    ("answered_by", "may_speak"),
    [
        ("machine_start", False),
        ("machine_end_beep", True),
        ("machine_end_silence", True),
        ("machine_end_other", True),
        ("fax", False),
    ],
)
async def test_a_machine_or_a_fax_is_told_with_whether_it_records(
    client: TestClient, hub: MemoryHub, answered_by: str, may_speak: bool
) -> None:
    for _ in range(2):  # the provider repeats itself
        await post_signed(client, f"{MACHINE}?o={REQUEST}.call", build_call(AnsweredBy=answered_by))
    (notice,) = hub.notices.values()
    assert isinstance(notice, MachineAnswered)
    assert (notice.outbox_id, notice.may_speak) == (f"{REQUEST}.call", may_speak)


async def test_forms_that_are_not_the_providers_end_the_leg_or_are_refused(
    client: TestClient, hub: MemoryHub
) -> None:
    for path, form in (
        (f"{READY}?o=", build_call()),
        (f"{READY}?o={REQUEST}", {**build_call(), "CallSid": "CA1"}),
        (f"{READY_KEY}?o=", build_call(Digits="1")),
    ):
        answer = await post_signed(client, path, form)
        assert [step.tag for step in ElementTree.fromstring(await answer.text())] == ["Hangup"], path
    for path, form in (
        (f"{READY_STATUS}?o={REQUEST}", {**build_call(), "CallSid": ""}),
        (f"{MACHINE}?o=", build_call(AnsweredBy="fax")),
    ):
        assert (await post_signed(client, path, form)).status == 400, path
    assert not hub.notices


async def test_an_agent_who_is_brought_a_second_time_has_not_left(house: SandboxHouse) -> None:
    """The answer to the first time was lost. The provider reports that the leg has left the room and joined again."""
    leg_id = await reach(house)
    call_id = await call(house, DetectMachine.LATER)
    for _ in range(2):
        await house.phone.send(BringAgent(f"{REQUEST}.room", call_id, leg_id, REQUEST))
        await house.hub.wait_until(of(LegJoined))
    room = house.sandbox._calls.conferences.find(call_id)
    assert room is not None and room.find_leg(leg_id) is not None
    await until(lambda: not house.sandbox._calls._webhooks._last)
    assert [one for one in house.hub.notices.values() if isinstance(one, LegLeft)] == []
