"""The page's API: a customer's four devices, and the mail that they exchange with the hub."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP

from channels.channel import CallCustomer, TextOut
from channels.sandbox.feed import MOST_UNREAD, Feed
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxLine
from tests.channels.sandbox_house import HUB_MAIL, MING, PIA, SandboxHouse, build_sandbox_house, build_settings
from tests.channels.twilio_cast import HUB_PHONE, HUB_SMS


class MailDoor:
    """The hub's SMTP door, as customers' mails find it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusal:
            return self.refusal
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 stored"


@pytest.fixture
async def door() -> AsyncIterator[tuple[MailDoor, int]]:
    door, connections = MailDoor(), []

    def connect() -> SMTP:
        connections.append(SMTP(door, enable_SMTPUTF8=True))
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    yield door, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()


@pytest.fixture
async def house(door: tuple[MailDoor, int]) -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house(hub_smtp_port=door[1]) as house:
        yield house


async def answer_by_mail(house: SandboxHouse, subject: str, text: str, **headers: str) -> None:
    """A mail of the hub to Pia."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Kundtjänst <{HUB_MAIL}>", PIA.email, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p>", subtype="html")
    mail.add_attachment("räkning".encode(), maintype="text", subtype="plain", filename="räkning 2026.txt")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=house.sandbox.smtp_port, start_tls=False)


async def ask(house: SandboxHouse, method: str, path: str, **more: Any) -> tuple[int, Any]:
    async with house.client.request(method, "/sandbox/api" + path, **more) as answer:
        return answer.status, await answer.json()


async def test_the_page_learns_who_is_there(house: SandboxHouse) -> None:
    everybody = await house.get("/customers")
    assert everybody["hub"] == {"phone": HUB_PHONE, "lines": [], "sms": HUB_SMS, "mail": HUB_MAIL}
    assert [customer["name"] for customer in everybody["customers"]] == ["Pia Lindström", "王大明"]
    assert everybody["customers"][1] == {
        "id": "8613800138000",
        "name": "王大明",
        "phone": MING.phone,
        "email": MING.email,
        "language": "zh-CN",
    }
    devices = await house.get(f"/customers/{MING.id}")
    assert devices == {"customer": everybody["customers"][1], "call": None, "texts": [], "mails": []}


async def test_a_customer_chooses_which_of_our_numbers_to_call() -> None:
    lines = (SandboxLine(HUB_PHONE), SandboxLine("+46850005010", {"en": "Service", "zh-CN": "服务"}, "zh-CN"))
    async with build_sandbox_house(lines=lines) as house:
        shown = (await house.get("/customers"))["hub"]["lines"]
        assert shown[1] == {
            "number": "+46850005010",
            "names": {"en": "Service", "zh-CN": "服务"},
            "language": "zh-CN",
        }
        first = await house.post(f"/customers/{PIA.id}/call")
        other = await house.post(f"/customers/{MING.id}/call", to="+46850005010")
        assert (first["to"], other["to"]) == (HUB_PHONE, "+46850005010")


async def test_a_customer_writes_a_mail_with_an_attachment(house: SandboxHouse, door: tuple[MailDoor, int]) -> None:
    file = {
        "name": "kvitto Söder.txt",
        "content_type": "text/plain",
        "base64": base64.b64encode("köp".encode()).decode(),
    }
    written = await house.post(
        f"/customers/{PIA.id}/mails", subject="Mitt paket är borta 包裹", text="Hej,\nvar är det?", attachments=[file]
    )
    (mail,) = door[0].mails
    assert (mail["Subject"], mail["To"]) == ("Mitt paket är borta 包裹", HUB_MAIL)
    assert mail["From"].addresses[0].display_name == "Pia Lindström"
    assert mail["Message-ID"] == written["message_id"]
    body = mail.get_body()
    assert body is not None and body.get_content().split() == ["Hej,", "var", "är", "det?"]
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "kvitto Söder.txt"
    listed = (await house.get(f"/customers/{PIA.id}/mails"))["mails"]
    assert [(m["folder"], m["subject"], m["is_read"]) for m in listed] == [("sent", "Mitt paket är borta 包裹", True)]
    assert "text" not in listed[0]


async def test_a_customer_reads_the_answer_and_replies_into_the_same_conversation(
    house: SandboxHouse, door: tuple[MailDoor, int]
) -> None:
    asked = await house.post(f"/customers/{PIA.id}/mails", subject="Paketet", text="Var är det?")
    await answer_by_mail(
        house,
        "Re: Paketet",
        "Det kommer i morgon.",
        In_Reply_To=asked["message_id"],
        References=asked["message_id"],
        Message_ID="<m1@hub.example>",
        Reply_To="service+token42@hub.example",
    )
    sent, came = (await house.get(f"/customers/{PIA.id}/mails"))["mails"]
    assert (came["folder"], came["from"], came["from_name"]) == ("inbox", HUB_MAIL, "Kundtjänst")
    assert (came["answers"], came["is_read"]) == (sent["id"], False)
    whole = await house.get(f"/customers/{PIA.id}/mails/{came['id']}")
    assert (whole["text"].strip(), whole["is_read"]) == ("Det kommer i morgon.", True)
    assert "<p>Det kommer i morgon.</p>" in whole["html"]
    (attachment,) = whole["attachments"]
    assert (attachment["name"], attachment["size"]) == ("räkning 2026.txt", len("räkning".encode()))
    path = f"/sandbox/api/customers/{PIA.id}/mails/{came['id']}/attachments"
    async with house.client.get(f"{path}/1") as download:
        assert await download.read() == "räkning".encode()
        assert download.headers["Content-Disposition"].startswith("attachment;")
    for number in ("0", "2", "x"):
        assert (await house.client.get(f"{path}/{number}")).status == 404

    replied = await house.post(f"/customers/{PIA.id}/mails", answers=came["id"], text="Tack!")
    reply = door[0].mails[1]
    assert (reply["To"], reply["Subject"]) == ("service+token42@hub.example", "Re: Paketet")
    assert reply["In-Reply-To"] == "<m1@hub.example>"
    assert reply["References"].split() == [asked["message_id"], "<m1@hub.example>"]
    assert replied["answers"] == came["id"]
    body = reply.get_body()
    assert body is not None
    text = body.get_content()
    assert text.startswith("Tack!") and "> Det kommer i morgon." in text


async def test_a_mail_that_the_hub_refuses_is_not_in_the_mailbox(
    house: SandboxHouse, door: tuple[MailDoor, int]
) -> None:
    door[0].refusal = "451 4.3.0 not stored"
    status, error = await ask(house, "POST", f"/customers/{PIA.id}/mails", json={"subject": "Hej", "text": "Hallå?"})
    assert (status, error["error"]) == (502, "hub_refused")
    assert "not stored" in error["detail"]
    assert (await house.get(f"/customers/{PIA.id}/mails"))["mails"] == []


@pytest.mark.parametrize(("kind", "code"), [("451", 451), ("550", 550)])
async def test_the_customers_mail_server_refuses_on_request(house: SandboxHouse, kind: str, code: int) -> None:
    await house.add_fault("smtp", kind)
    with pytest.raises(aiosmtplib.SMTPResponseException) as raised:
        await answer_by_mail(house, "Hej", "Hej")
    assert raised.value.code == code
    assert (await house.get(f"/customers/{PIA.id}/mails"))["mails"] == []


async def test_a_mail_may_be_stored_without_its_250_being_heard(house: SandboxHouse) -> None:
    await house.add_fault("smtp", "drop_after")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await answer_by_mail(house, "Hej", "Hej")
    assert len((await house.get(f"/customers/{PIA.id}/mails"))["mails"]) == 1


async def test_a_mail_that_cannot_be_read_is_shown_as_it_came(house: SandboxHouse) -> None:
    raw = b"From: <[[[\r\nMessage-ID: <[[[\r\nContent-Type: text/plain; charset=nowhere\r\n\r\nhej\r\n"
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=house.sandbox.smtp_port, start_tls=False)
    async with client:
        await client.sendmail(HUB_MAIL, [PIA.email], raw)
    (mail,) = (await house.get(f"/customers/{PIA.id}/mails"))["mails"]
    assert "hej" in (await house.get(f"/customers/{PIA.id}/mails/{mail['id']}"))["text"]


class Stream:
    """The events that the page gets."""

    def __init__(self, house: SandboxHouse, customer_id: str) -> None:
        self._open = house.client.get(f"/sandbox/api/events?customer={customer_id}")

    async def __aenter__(self) -> "Stream":
        self._answer = await self._open
        assert self._answer.content_type == "text/event-stream"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._answer.close()

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(10):
            name = (await self._answer.content.readline()).decode().strip()
            data = (await self._answer.content.readline()).decode().strip()
            await self._answer.content.readline()
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def until(self, name: str, is_it: Any) -> Any:
        while True:
            event, data = await self.next()
            if event == name and is_it(data):
                return data


async def test_a_telephone_that_is_no_customers_appears_on_every_page_as_it_rings(house: SandboxHouse) -> None:
    """An agent's own, which has to be answered somewhere."""
    number = "+46701749001"
    async with Stream(house, PIA.id) as stream:
        await stream.next()
        await house.phone.send(CallCustomer("out-1", number, HUB_PHONE, "", "en", 25))
        shown = await stream.until("telephone", lambda telephone: True)
    assert (shown["phone"], shown["email"]) == (number, "")
    assert (await house.get("/customers"))["telephones"] == [shown]
    call = (await house.get(f"/customers/{shown['id']}"))["call"]
    assert (call["status"], call["direction"]) == ("ringing", "incoming")


async def test_the_page_sees_everything_as_it_happens(house: SandboxHouse) -> None:
    await house.post(f"/customers/{PIA.id}/texts", text="Före")
    async with Stream(house, PIA.id) as stream:
        name, devices = await stream.next()
        assert name == "snapshot"
        assert devices == await house.get(f"/customers/{PIA.id}")
        await house.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej Pia"))
        text = await stream.until("text", lambda text: text["status"] == "delivered")
        assert text["text"] == "Hej Pia"
        await answer_by_mail(house, "Hej", "Hej Pia")
        mail = await stream.until("mail", lambda mail: True)
        assert mail["subject"] == "Hej" and "text" not in mail
        await house.post(f"/customers/{PIA.id}/call")
        await stream.until("call", lambda call: any(s["kind"] == "say" for s in call["transcript"]))
        await house.post(f"/customers/{PIA.id}/call/hangup")
        call = await stream.until("call", lambda call: call["is_over"])
        assert call["status"] == "completed"
        await house.post(f"/customers/{MING.id}/texts", text="别人的")  # of another customer
        await house.post(f"/customers/{PIA.id}/texts", text="Efter")
        assert (await stream.until("text", lambda text: True))["text"] == "Efter"


async def test_the_page_sees_a_picture_with_its_text_at_once(house: SandboxHouse) -> None:
    picture = {"name": "kort 卡.png", "content_type": "image/png", "base64": base64.b64encode(b"png").decode()}
    async with Stream(house, PIA.id) as stream:
        sent = await house.post(f"/customers/{PIA.id}/texts", text="", media=[picture])
        text = await stream.until("text", lambda text: True)
        assert (text["sid"], [medium["name"] for medium in text["media"]]) == (sent["sid"], ["kort 卡.png"])


async def test_a_page_that_does_not_read_is_cut_off_and_the_others_go_on() -> None:
    feed = Feed()
    with feed.listen(PIA.id) as slow, feed.listen(PIA.id) as quick:
        for number in range(MOST_UNREAD + 1):
            feed.publish(PIA.id, ("text", {"number": number}))
            assert quick.get_nowait() == ("text", {"number": number})
        unread = [slow.get_nowait() for _ in range(slow.qsize())]
        assert (len(unread), unread[-1]) == (MOST_UNREAD + 1, None)
        feed.publish(PIA.id, ("text", {}))
        assert slow.empty() and not quick.empty()
    assert not feed.has_listener(PIA.id)


async def test_streams_end_with_the_sandbox(house: SandboxHouse) -> None:
    async with Stream(house, PIA.id) as stream:
        await stream.next()
        await house.sandbox.stop()
        assert await stream._answer.content.read() == b""


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/customers/1/call", {}, 404, "not_found"),
        ("/customers/{id}/call", {"to": "+46850005099"}, 404, "not_found"),
        ("/customers/{id}/call/say", {"text": "hej"}, 409, "no_call"),
        ("/customers/{id}/call/hangup", {}, 409, "no_call"),
        ("/customers/{id}/call/answer", {}, 409, "no_call"),
        ("/customers/{id}/call/digits", {"digits": "A"}, 400, "bad_request"),
        ("/customers/{id}/texts", {}, 400, "bad_request"),
        ("/customers/{id}/texts", {"text": ""}, 400, "bad_request"),
        ("/customers/{id}/texts", {"text": "x", "more": 1}, 400, "bad_request"),
        ("/customers/{id}/mails", {"subject": "a\nBcc: b", "text": ""}, 400, "bad_request"),
        ("/customers/{id}/mails", {"answers": "none", "text": ""}, 404, "not_found"),
        ("/faults", {"where": "rest", "kind": "sing"}, 400, "bad_request"),
        ("/faults", {"where": "rest", "kind": "500", "count": 0}, 400, "bad_request"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_code(
    house: SandboxHouse, path: str, body: Any, status: int, code: str
) -> None:
    answered, error = await ask(house, "POST", path.format(id=PIA.id), json=body)
    assert (answered, error["error"]) == (status, code)
    assert error["detail"]


async def test_a_form_of_another_site_does_nothing(house: SandboxHouse) -> None:
    status, _ = await ask(house, "POST", f"/customers/{PIA.id}/call", data={"a": "b"})
    assert status == 415
    status, _ = await ask(
        house, "POST", f"/customers/{PIA.id}/texts", data=b"{", headers={"Content-Type": "application/json"}
    )
    assert status == 400


async def test_faults_are_listed_and_cleared(house: SandboxHouse) -> None:
    await house.add_fault("rest", "429", 2)
    assert (await house.get("/faults"))["faults"] == [{"where": "rest", "kind": "429", "count": 2, "seconds": 0.0}]
    assert await ask(house, "DELETE", "/faults") == (200, {"faults": []})


def test_every_route_is_behind_the_sandboxs_door() -> None:
    assert {route.door for route in Sandbox(build_settings("http://127.0.0.1:9")).routes()} == {"sandbox"}
