"""The limited processes that parse mails: whatever one mail does to them, the next one is read."""

import asyncio
import os
import pickle
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest

from channels.mail.parsing import UnreadableMail, parse_mail
from channels.mail.reader import MailReader, _PlainData
from tests.channels.mail_house import write_mail

MIB = 1024 * 1024


@asynccontextmanager
async def reading(*, processes: int = 1, seconds: float = 10.0, memory: int = 768 * MIB) -> AsyncIterator[MailReader]:
    reader = MailReader(processes=processes, seconds=seconds, memory_bytes=memory)
    await reader.start()
    yield reader
    await reader.stop()


async def why_not(reader: MailReader, raw: bytes) -> str:
    with pytest.raises(UnreadableMail) as raised:
        await reader.read(raw)
    return str(raised.value)


async def test_a_mail_comes_back_as_the_parser_made_it() -> None:
    raw = write_mail("--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--", Content_Type="multipart/mixed; boundary=b")
    async with reading() as reader:
        assert await reader.read(raw) == parse_mail(raw)


async def test_one_that_takes_too_long_is_given_up_and_the_next_one_read() -> None:
    async with reading(seconds=0.5) as reader:
        slow = b"From: pia@mail.example\r\nContent-Type: message/delivery-status\r\n\r\n" + b"A: b\r\n\r\n" * 160_000
        assert await why_not(reader, slow) == "it takes longer than 0.5 s to parse"
        assert (await reader.read(write_mail())).own_text


async def test_one_that_takes_too_much_memory_is_given_up_and_the_next_one_read() -> None:
    async with reading(memory=160 * MIB) as reader:
        large = write_mail("å" * 20 * MIB)
        assert await why_not(reader, large) == "it takes too much memory"
        assert (await reader.read(write_mail())).own_text


async def test_one_that_breaks_the_parser_is_given_up_and_the_next_one_read() -> None:
    async with reading() as reader:
        nested = b"Content-Type: message/rfc822\r\n\r\n" * 3_000
        assert await why_not(reader, nested) == "it makes the parser fail (RecursionError)"
        assert (await reader.read(write_mail())).own_text


async def test_a_process_that_was_killed_is_replaced_unnoticed() -> None:
    async with reading() as reader:
        await reader.read(write_mail())
        os.kill(reader._idle[0]._process.pid, signal.SIGKILL)
        assert (await reader.read(write_mail())).own_text


async def test_where_no_process_starts_no_mail_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    async with reading() as reader:
        with pytest.raises(OSError, match="does not start"):
            await reader.read(write_mail())


async def test_many_mails_share_few_processes() -> None:
    async with reading(processes=2) as reader:
        mails = await asyncio.gather(*(reader.read(write_mail(f"Nr {n}")) for n in range(40)))
        assert [mail.text for mail in mails] == [f"Nr {n}" for n in range(40)]
        assert len(reader._idle) == 2


async def test_a_large_mail_is_read_within_the_default_limits() -> None:
    lines = b"QUJD" * 19 + b"\r\n"
    raw = write_mail("--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                     Content_Type="multipart/mixed; boundary=b").rstrip(b"\r\n")  # fmt: skip
    raw += b"\r\n\r\n" + lines * (24 * MIB // len(lines)) + b"--b--\r\n"
    async with reading() as reader:
        assert len((await reader.read(raw)).attachments[0].data) > 17 * MIB


async def test_the_process_gets_no_secret() -> None:
    os.environ["HUB_SMTP_PASSWORD"] = "hunter2"
    try:
        async with reading() as reader:
            await reader.read(write_mail())
            with open(f"/proc/{reader._idle[0]._process.pid}/environ", "rb") as environment:
                assert b"hunter2" not in environment.read()
    finally:
        del os.environ["HUB_SMTP_PASSWORD"]


async def test_a_cancelled_reading_leaves_no_process_and_no_slot_behind() -> None:
    async with reading() as reader:
        task = asyncio.create_task(reader.read(write_mail()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await reader.read(write_mail())).own_text


def test_only_plain_data_comes_back() -> None:
    mail = parse_mail(write_mail())
    assert _PlainData(BytesIO(pickle.dumps(mail))).load() == mail
    with pytest.raises(pickle.UnpicklingError, match=r"posix\.system"):
        _PlainData(BytesIO(b"cposix\nsystem\n(S'true'\ntR.")).load()
