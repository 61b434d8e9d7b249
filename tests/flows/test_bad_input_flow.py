"""What is wrong is answered with a clear error, and the hub goes on."""

import io
import shutil
from pathlib import Path

import aiosmtplib
import pytest
import socketio

from tests.flows.cast import Cast, OpenCast
from tests.flows.customers import eventually, hand_in_mail
from tests.flows.house import Process, WholeHouse
from tests.flows.process_starter import HUB, ROOT

INBOUND = "/channels/sms/inbound"


async def takes_a_text(cast: Cast) -> bool:
    return await cast.provider.send_sms("+46701749000", "Hej") == 200


async def test_webhooks_that_are_not_the_providers_are_refused(cast: Cast) -> None:
    provider = cast.provider
    form = provider.sms("+46701740301", "Hej")
    signed = provider.sign(INBOUND, form)
    assert await provider.post(INBOUND, form, {}) == 403
    assert await provider.post(INBOUND, form, {"X-Twilio-Signature": "åäö 你好"}) == 403
    assert await provider.post(INBOUND, form | {"Body": "changed"}, signed) == 403
    assert await provider.post("/channels/phone/inbound", form, signed) == 403
    stranger = form | {"AccountSid": "AC" + "9" * 32}
    assert await provider.post(INBOUND, stranger, provider.sign(INBOUND, stranger)) == 403
    assert await takes_a_text(cast)


async def test_malformed_forms_are_400_those_of_strangers_403_and_oversized_bodies_413(cast: Cast) -> None:
    provider, url = cast.provider, cast.house.url + INBOUND
    for form in ({"MessageSid": "nonsense"}, {"NumMedia": "many"}, {"From": ""}):
        assert await provider.post(INBOUND, provider.sms("+46701740301", "Hej") | form) == 400
    headers = {"X-Twilio-Signature": "x", "Content-Type": "application/x-www-form-urlencoded"}
    for body, status in ((b"Body=%zz", 403), (b"Body=%ff", 403), (b"Body=" + b"x" * 2_000_000, 413)):
        async with cast.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
            assert answer.status == status, body[:20]
    async with cast.session.post(url, json={"Body": "Hej"}, headers={"X-Twilio-Signature": "x"}) as answer:
        assert answer.status == 403
    assert await takes_a_text(cast)


async def test_what_is_no_command_and_no_chat_event_is_refused_with_a_code(cast: Cast) -> None:
    ada, widget = await cast.desk("ada"), await cast.widget()
    nonsense: object
    for nonsense in (None, [], "å", {"kind": "fly"}, {"id": "1", "kind": "set_state", "state": "asleep"}):
        assert (await ada.line.ask("command", nonsense))["code"] == "invalid"
    assert (await widget.ask("say", id="1", text="x" * 5_000)) == {"code": "bad_request"}
    assert (await widget.ask("fly")) == {"code": "bad_request"}
    assert (await widget.say("Hej"))["ok"]
    await ada.accept()


async def test_sockets_of_strangers_are_refused(cast: Cast) -> None:
    for namespace, headers in (
        ("/desk", {}),
        ("/desk", {"Cookie": "hub_session=x"}),
        ("/webchat", {"Origin": "http://a.b"}),
    ):
        socket = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await socket.connect(cast.house.url, headers=headers, namespaces=[namespace], transports=["websocket"])
        await socket.disconnect()


async def test_mail_that_is_not_ours_or_too_large_is_refused(open_cast: OpenCast) -> None:
    cast = await open_cast(channels={"email": {"max_message_bytes": 20_000}})
    port, head = cast.house.mail_port, b"From: a@mail.example\r\nSubject: x\r\n\r\n"
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await hand_in_mail(port, head, "nobody@nordpost.example", "a@mail.example")
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await hand_in_mail(port, head + b"x" * 30_000, "hello@nordpost.example", "a@mail.example")
    assert refused.value.code == 552
    await hand_in_mail(port, head + b"Hej", "hello@nordpost.example", "a@mail.example")
    ada = await cast.desk("ada")
    assert (await ada.is_offered())["subject"] == "x"


async def test_a_broken_script_is_named_with_file_and_line_and_the_last_good_one_is_used(
    open_cast: OpenCast, tmp_path: Path
) -> None:
    library = tmp_path / "scripts"
    shutil.copytree(ROOT / "scripts_library" / "library", library)
    cast = await open_cast(scripts={"folder": "scripts"})
    greeting = library / "greeting.en.md"
    good = greeting.read_text(encoding="utf-8")
    greeting.write_text(good.replace('type = "yes_no"', 'type = "maybe"', 1), encoding="utf-8")
    line = good[: good.index('type = "yes_no"')].count("\n") + 1
    hub = cast.house.hub
    assert hub is not None

    async def is_named() -> bool:
        return f"greeting.en.md:{line}:" in hub.output

    assert await eventually(is_named)
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.text("Hej")
    assert (await ada.accept())["script"] is not None


def run(house: WholeHouse, command: str, config: Path, **environ: str) -> Process:
    output = config.with_suffix(".log")
    pid = house.process_starter.start(HUB, command, "--config", str(config), output=output, environ=environ)
    return Process(house.process_starter, pid, output)


async def test_wrong_settings_are_all_named_with_their_lines(cast: Cast, house: WholeHouse, tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    text = house.config_file.read_text(encoding="utf-8")
    config.write_text(text.replace("port =", "prot =", 1) + '\n[log]\nlevel = "loud"\n', encoding="utf-8")
    checked = run(house, "check-config", config)
    assert await checked.ended() == 2
    assert "wrong.toml" in checked.output and "line" in checked.output


async def test_a_second_hub_on_the_same_file_is_refused(cast: Cast, house: WholeHouse, tmp_path: Path) -> None:
    config = tmp_path / "second.toml"
    config.write_text(house.config_file.read_text(encoding="utf-8"), encoding="utf-8")
    second = run(house, "run", config, HUB_PORT="0", HUB_MAIL_PORT="0")
    assert await second.ended() == 1
    assert second.output.startswith("another hub runs on")
    assert await takes_a_text(cast)
