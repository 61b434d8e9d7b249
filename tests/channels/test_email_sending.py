"""Each answer, silence and broken connection of the mail host says whether a mail has left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.channel import ChannelError
from channels.mail.sending import MailHost, MailSender, Tls
from tests.channels.mail_house import PIA, SERVICE

HANG_UP, SAY_NOTHING = "hang up", "say nothing"
MAIL = b"Subject: hej\r\n\r\n.En punkt\r\n"


class ScriptedHost:
    """An SMTP server that answers each step as it is told, and well where it is told nothing."""

    def __init__(self, **answers: str) -> None:
        self.answers = {
            "greeting": "220 scripted.example",
            "EHLO": "250 scripted.example",
            "DATA": "354 go on",
            "message": "250 2.0.0 taken",
            **answers,
        }
        self.port = 0
        self.connections = 0
        self.steps: list[str] = []
        self.messages: list[bytes] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._tasks.add(asyncio.current_task())
        step = "greeting"
        while True:
            answer = self.answers.get(step, "250 ok")
            if answer == HANG_UP:
                break
            if answer != SAY_NOTHING:
                writer.write(answer.encode() + b"\r\n")
            if step == "DATA" and answer.startswith("354"):
                self.messages.append(await reader.readuntil(b"\r\n.\r\n"))
                step = "message"
                continue
            line = await reader.readline()
            if not line:
                break
            step = line[:4].decode().upper().strip()
            self.steps.append(step)
        writer.close()

    async def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(task for task in self._tasks if task), return_exceptions=True)


@asynccontextmanager
async def scripted(**answers: str) -> AsyncIterator[tuple[ScriptedHost, MailSender]]:
    host = ScriptedHost(**answers)
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    silent = {step for step, answer in answers.items() if answer == SAY_NOTHING}
    sender = build_sender(host.port, is_patient=not silent - {"message"}, waits_for_answer="message" not in silent)
    yield host, sender
    await sender.stop()
    server.close()
    await host.hang_up()
    await server.wait_closed()


def build_sender(
    port: int, tls: Tls = Tls.NONE, user: str = "", *, is_patient: bool = True, waits_for_answer: bool = True
) -> MailSender:
    """It waits long, but for what never comes."""
    return MailSender(
        MailHost(
            host="127.0.0.1",
            port=port,
            tls=tls,
            user=user,
            password=user,
            timeout_seconds=60 if is_patient else 0.3,
            answer_seconds=60 if waits_for_answer else 0.3,
            max_connections=1,
        )
    )


async def fail(sender: MailSender) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        await sender.send(SERVICE, PIA, MAIL)
    return raised.value


async def test_a_mail_arrives_as_it_was_with_its_dots() -> None:
    async with scripted() as (host, sender):
        await sender.send(SERVICE, PIA, MAIL)
    assert host.messages == [b"Subject: hej\r\n\r\n..En punkt\r\n.\r\n"]


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "message"])
async def test_a_temporary_refusal_is_tried_again(step: str) -> None:
    async with scripted(**{step: "451 4.3.0 not now"}, **({"HELO": "451 no"} if step == "EHLO" else {})) as (
        _,
        sender,
    ):
        error = await fail(sender)
    assert (error.retry, error.outcome_known, error.whose) == (True, True, "provider")


@pytest.mark.parametrize(
    ("step", "answer", "code", "whose"),
    [
        ("greeting", "554 no", "554", "ours"),
        ("MAIL", "550 5.7.1 not yours", "5.7.1", "ours"),
        ("RCPT", "550 no", "550", "customer"),
        ("RCPT", "550 5.1.1 unknown", "5.1.1", "customer"),
        ("DATA", "554 5.5.1 no", "5.5.1", "ours"),
        ("message", "554 5.7.1 looks like spam", "5.7.1", "ours"),
        ("message", "552 5.2.2 mailbox full", "5.2.2", "customer"),
    ],
)
async def test_a_final_refusal_says_whose_it_is(step: str, answer: str, code: str, whose: str) -> None:
    async with scripted(**{step: answer}) as (_, sender):
        error = await fail(sender)
    assert (error.code, error.whose) == (code, whose)
    assert (error.retry, error.outcome_known) == (False, True)


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [HANG_UP, SAY_NOTHING])
async def test_what_breaks_before_the_message_has_not_left(step: str, how: str) -> None:
    async with scripted(**{step: how}, **({"HELO": how} if step == "EHLO" else {})) as (host, sender):
        error = await fail(sender)
    assert (error.retry, error.outcome_known, error.code) == (True, True, "unreachable")
    assert host.messages == []


@pytest.mark.promise("P7")
@pytest.mark.parametrize("how", [HANG_UP, SAY_NOTHING, "what?"])
async def test_what_breaks_after_the_message_may_have_arrived(how: str) -> None:
    async with scripted(message=how) as (host, sender):
        error = await fail(sender)
    assert (error.retry, error.outcome_known, error.code) == (False, False, "no_answer")
    assert len(host.messages) == 1


async def test_a_host_that_is_not_there_is_tried_again() -> None:
    error = await fail(build_sender(1))
    assert (error.retry, error.outcome_known, error.code) == (True, True, "unreachable")


async def test_a_password_never_travels_in_the_clear() -> None:
    async with scripted(EHLO="250-scripted.example\r\n250 AUTH PLAIN") as (host, _):
        error = await fail(build_sender(host.port, Tls.STARTTLS, user="ada"))
    assert (error.code, error.whose, error.retry) == ("not_supported", "ours", False)
    assert "AUTH" not in host.steps


async def test_wrong_credentials_are_our_own_fault() -> None:
    async with scripted(EHLO="250-scripted.example\r\n250 AUTH PLAIN", AUTH="535 5.7.8 no") as (host, _):
        error = await fail(build_sender(host.port, user="ada"))
    assert (error.code, error.whose, error.retry) == ("5.7.8", "ours", False)


async def test_a_connection_is_kept_for_the_next_mail() -> None:
    async with scripted() as (host, sender):
        for _ in range(3):
            await sender.send(SERVICE, PIA, MAIL)
        assert (host.connections, len(host.messages)) == (1, 3)


async def test_a_kept_connection_that_died_is_replaced_unnoticed() -> None:
    async with scripted() as (host, sender):
        await sender.send(SERVICE, PIA, MAIL)
        host.answers["MAIL"] = HANG_UP
        error = await fail(sender)  # the kept one, and then a new one
        assert host.connections == 2
        assert error.retry
        del host.answers["MAIL"]
        await sender.send(SERVICE, PIA, MAIL)
    assert (host.connections, len(host.messages)) == (3, 2)


async def test_a_refused_mail_does_not_spoil_the_next() -> None:
    async with scripted(RCPT="550 5.1.1 unknown") as (host, sender):
        await fail(sender)
        del host.answers["RCPT"]
        await sender.send(SERVICE, PIA, MAIL)
    assert len(host.messages) == 1


async def test_an_address_beyond_ascii_needs_a_host_that_takes_it() -> None:
    async with scripted() as (_, sender):
        with pytest.raises(ChannelError) as raised:
            await sender.send(SERVICE, "用户@mail.example", MAIL)
    assert (raised.value.code, raised.value.whose) == ("smtputf8", "customer")
    async with scripted(EHLO="250-scripted.example\r\n250 SMTPUTF8") as (host, sender):
        await sender.send(SERVICE, "用户@mail.example", MAIL)
    assert len(host.messages) == 1
