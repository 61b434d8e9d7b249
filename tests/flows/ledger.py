"""What the outside has been promised, and who promises it: customers and agents who never give up.

The rule of this file: everything sent carries a key and words of its own, is entered before it is sent, is sent again
under the same key until it is answered, and counts as acknowledged only when the answer is here.
"""

import asyncio
import contextlib
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import aiosmtplib

from tests.flows.customers import Provider, Widget, hand_in_mail
from tests.flows.desk import Desk
from tests.flows.house import WholeHouse
from tests.flows.line import LineCut

MAILBOX = "hello@nordpost.example"
CHANNELS = ("sms", "phone", "email", "webchat")
PATIENCE = 0.02  # seconds before the same is tried again


@dataclass
class Ledger:
    """`promised` holds per kind the keys or words that were acknowledged; `refused` those that were answered no."""

    rng: random.Random
    promised: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    under_way: int = 0
    since_start: Counter[str] = field(default_factory=Counter)
    on_promise: Callable[[], None] | None = None  # called at the very moment
    is_closing: bool = False
    _words: int = 0

    def write(self, kind: str) -> str:
        """Words that nobody has used."""
        self._words += 1
        return f"{kind} {self._words} åäö 你好"

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    def promise(self, kind: str, key: str, channel: str) -> None:
        self.promised.setdefault(kind, set()).add(key)
        self.since_start[channel] += 1
        if self.on_promise is not None:
            self.on_promise()

    def refuse(self, kind: str, key: str) -> None:
        self.refused.setdefault(kind, set()).add(key)

    async def pause(self, most: float) -> None:
        await asyncio.sleep(self.rng.random() * most)


# ---- customers


async def post_until_taken(ledger: Ledger, provider: Provider, path: str, form: dict[str, str]) -> None:
    while True:
        with ledger.asking(), contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            if await provider.post(path, form) in (200, 204):
                return
        await asyncio.sleep(PATIENCE)


async def text_for_ever(ledger: Ledger, provider: Provider, number: str) -> None:
    while not ledger.is_closing:
        words = ledger.write("sms")
        await post_until_taken(ledger, provider, "/channels/sms/inbound", provider.sms(number, words))
        ledger.promise("customer", words, "sms")
        await ledger.pause(0.2)


async def call_for_ever(ledger: Ledger, provider: Provider, number: str) -> None:
    """Rings, waits a while or is answered meanwhile, and hangs up."""
    while not ledger.is_closing:
        sid = f"CA{uuid.uuid4().hex}"
        form = {"AccountSid": provider.account, "CallSid": sid, "From": number, "To": provider.phone_number}
        form |= {"CallStatus": "ringing", "Direction": "inbound"}
        await post_until_taken(ledger, provider, "/channels/phone/inbound", form)
        ledger.promise("call", sid, "phone")
        await ledger.pause(0.6)
        await post_until_taken(ledger, provider, "/channels/phone/status", form | {"CallStatus": "completed"})
        ledger.promise("hang-up", sid, "phone")
        await ledger.pause(0.2)


async def mail_for_ever(ledger: Ledger, house: WholeHouse, address: str) -> None:
    while not ledger.is_closing:
        words = ledger.write("mail")
        raw = (
            f"From: {address}\r\nTo: {MAILBOX}\r\nSubject: Mail\r\nMessage-ID: <{uuid.uuid4().hex}@mail.example>\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        )
        while True:
            with ledger.asking(), contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await hand_in_mail(house.mail_port, raw.encode(), MAILBOX, address)
                break
            await asyncio.sleep(PATIENCE)
        ledger.promise("customer", words, "email")
        await ledger.pause(0.3)


async def chat_for_ever(ledger: Ledger, widget: Widget) -> None:
    while not ledger.is_closing:
        words, message_id = ledger.write("chat"), uuid.uuid4().hex
        while True:
            with ledger.asking(), contextlib.suppress(LineCut):
                if not widget.line.is_up:
                    await widget.open()
                answer = await widget.ask("say", id=message_id, text=words)
                if answer.get("ok"):
                    break
                assert answer["code"] in ("too_fast", "try_again"), answer
            await asyncio.sleep(PATIENCE)
        ledger.promise("customer", words, "webchat")
        await ledger.pause(0.6)  # a visitor may say five things a second


# ---- agents


async def insist(ledger: Ledger, desk: Desk, kind: str, **fields: Any) -> str:
    """The code of the answer, however often the line is cut meanwhile."""
    command_id = uuid.uuid4().hex
    while True:
        with ledger.asking(), contextlib.suppress(LineCut):
            if not desk.line.is_up:
                await desk.reconnect()
            code = str((await desk.ask(kind, command_id=command_id, **fields))["code"])
            if code != "unavailable":
                ledger.since_start["desk"] += not code
                return code
        await asyncio.sleep(PATIENCE)


async def work_for_ever(ledger: Ledger, desk: Desk) -> None:
    """Takes what is offered, answers it, ends it, wraps it up; until told to stop and nothing is left."""
    answered = Counter[str]()
    while True:
        if not desk.line.is_up:
            with contextlib.suppress(LineCut):
                await desk.reconnect()
            await asyncio.sleep(PATIENCE)
            continue
        if desk.screen["agent"]["state"] != "available":
            await insist(ledger, desk, "set_state", state="available")
        for offer in list(desk.screen["offers"]):
            await insist(ledger, desk, "accept_offer", offer_id=offer["id"])
        for held in list(desk.screen["interactions"]):
            about = {"interaction_id": held["id"], "version": held["version"]}
            if held["state"] == "wrap_up":
                await take_word(ledger, desk, "note", "complete_wrap_up", "note", disposition="solved", **about)
            elif held["channel"] != "phone" and answered[held["id"]] < 1 + len(held["messages"]) // 8:
                answered[held["id"]] += 1
                await take_word(ledger, desk, "reply", "send_message", "text", **about)
            else:
                await insist(ledger, desk, "end_interaction", **about)
        await asyncio.sleep(0.01)


async def take_word(ledger: Ledger, desk: Desk, what: str, kind: str, field_: str, **fields: Any) -> None:
    """A command that carries words: done, they are a promise; refused, they must never be seen."""
    words = ledger.write(what)
    if code := await insist(ledger, desk, kind, **{field_: words}, **fields):
        ledger.refuse(what, f"{words} ({code})")
        ledger.refuse(what, words)
    else:
        ledger.promise(what, words, "desk")
