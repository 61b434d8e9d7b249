"""The people outside: their devices on the sandbox, their web page with the chat, and a provider who signs webhooks.

The signer is the SDK's own, not ours.
"""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Self

import aiohttp
import aiosmtplib
from twilio.request_validator import RequestValidator

from tests.flows.desk import SECONDS
from tests.flows.house import WholeHouse
from tests.flows.line import Line

PHONES = {
    "pia": "46701740101",
    "lin": "46701740102",
    "ravi": "46701740103",
    "gus": "46701740201",
    "sam": "46701740301",
    "zhao": "46701740302",
    "maria": "46701740303",
}


class Customer:
    """A sample customer's phone, texts and mailbox, as the page /sandbox has them; or a telephone, by its number."""

    def __init__(self, session: aiohttp.ClientSession, sandbox_url: str, name: str) -> None:
        self._session = session
        self.base = f"{sandbox_url}/sandbox/api/customers/{PHONES.get(name, name)}"

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self._session.post(self.base + path, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return dict(await answer.json())

    async def _get(self, path: str = "") -> dict[str, Any]:
        async with self._session.get(self.base + path) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def text(self, words: str, **more: Any) -> dict[str, Any]:
        return await self._post("/texts", text=words, **more)

    async def call(self, number: str = "") -> dict[str, Any]:
        """Dial the hub, or one of its other numbers."""
        return await self._post("/call", **({"to": number} if number else {}))

    async def answer(self) -> dict[str, Any]:
        return await self._post("/call/answer")

    async def press(self, digits: str) -> dict[str, Any]:
        return await self._post("/call/digits", digits=digits)

    async def hang_up(self) -> dict[str, Any]:
        return await self._post("/call/hangup")

    async def say(self, words: str) -> dict[str, Any]:
        return await self._post("/call/say", text=words)

    async def mail(self, subject: str, words: str, **more: Any) -> dict[str, Any]:
        return await self._post("/mails", subject=subject, text=words, **more)

    async def answer_mail(self, mail: dict[str, Any], words: str) -> dict[str, Any]:
        return await self._post("/mails", answers=mail["id"], text=words)

    async def texts_received(self) -> list[dict[str, Any]]:
        return [text for text in (await self._get("/texts"))["texts"] if text["by"] == "hub"]

    async def mails_received(self) -> list[dict[str, Any]]:
        return [mail for mail in (await self._get("/mails"))["mails"] if mail["folder"] == "inbox"]

    async def read(self, mail: dict[str, Any]) -> dict[str, Any]:
        return await self._get(f"/mails/{mail['id']}")

    async def devices(self) -> dict[str, Any]:
        return await self._get()

    async def gets_text(self, words: str) -> dict[str, Any]:
        """The one text from the hub with these words; the only one with them."""
        return await self._gets(self.texts_received, lambda text: text["text"] == words)

    async def gets_mail(self, subject: str) -> dict[str, Any]:
        return await self.read(await self._gets(self.mails_received, lambda mail: mail["subject"] == subject))

    async def _gets(self, look: Callable[[], Any], is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found = await eventually(lambda: _find_all(look, is_it))
        assert len(found) == 1, found
        return dict(found[0])

    async def hears(self, kind: str, text: str = "") -> dict[str, Any]:
        """Something of the call's transcript: what was said, played, or happened."""

        async def look() -> list[dict[str, Any]]:
            call = (await self.devices())["call"]
            return [one for one in call["transcript"] if one["kind"] == kind and text in one["text"]] if call else []

        return dict((await eventually(look))[-1])

    async def call_is(self, **expected: Any) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            call = (await self.devices())["call"]
            return call if call and all(call[name] == value for name, value in expected.items()) else None

        return dict(await eventually(look))


async def _find_all(look: Callable[[], Any], is_it: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [one for one in await look() if is_it(one)]


async def eventually(look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What `look` gives, once it gives something. For what can only be asked for, never told."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.02)
    return found


class Widget:
    """The chat on a customer's page. `told` are the hub's events, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.chat_id = self.token = self.state = ""
        self.messages: dict[int, dict[str, Any]] = {}
        self.is_behind = False  # a number was told that is not here: the answer is to open again
        self.told: list[tuple[str, Any]] = []
        self._changed = asyncio.Event()
        self.line = Line("/webchat", ("message", "position", "state", "typing"), self._hear)

    @classmethod
    async def visit(cls, url: str, **more: Any) -> Self:
        widget = cls(url)
        await widget.open(**more)
        return widget

    def _hear(self, event: str, data: Any) -> None:
        self.told.append((event, data))
        if event == "message":
            self.messages[data["number"]] = data
        if event == "state":
            self.state = data["state"]
        self.is_behind |= data.get("number", 0) > max(self.messages, default=0)
        self._changed.set()

    async def open(self, **more: Any) -> dict[str, Any]:
        """Connect, and go on with the chat where there was one."""
        if not self.line.is_up:
            await self.line.close()
            await self.line.connect(self.url, Origin=self.url)
        opened = await self.ask("open", chat_id=self.chat_id, token=self.token, after=0, **more)
        self.chat_id, self.token, self.state = opened["chat_id"], opened["token"], opened["state"]
        self.messages = {message["number"]: message for message in opened["messages"]}
        self.is_behind = False
        self._changed.set()
        return opened

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        return await self.line.ask(event, data)

    async def say(self, words: str, message_id: str = "") -> dict[str, Any]:
        answer = await self.ask("say", id=message_id or uuid.uuid4().hex, text=words)
        assert answer.get("ok"), answer
        return answer

    async def until(self, holds: Callable[["Widget"], Any], seconds: float = SECONDS) -> Any:
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds(self)):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; told: {self.told}") from None
        return found

    async def sees(self, words: str) -> dict[str, Any]:
        found: Any = []
        while not found:
            found = await self.until(
                lambda self: self.is_behind or [m for m in self.messages.values() if m["text"] == words]
            )
            if found is True:
                await self.open()
                found = [m for m in self.messages.values() if m["text"] == words]
        assert len(found) == 1, found
        return dict(found[0])

    async def close(self) -> None:
        await self.line.close()


class Provider:
    """Twilio's side of a webhook: posts forms, signed with its SDK's own signer."""

    def __init__(self, session: aiohttp.ClientSession, house: WholeHouse) -> None:
        self._session, self.url = session, house.url
        self._public = house.settings["server"]["public_url"] or house.url
        self._signer = RequestValidator(house.token)
        self.account = house.settings["channels"]["sms"]["account_sid"]
        self.sms_number = house.settings["channels"]["sms"]["numbers"][0]
        self.phone_number = house.settings["channels"]["phone"]["numbers"][0]

    def sign(self, path: str, form: dict[str, str]) -> dict[str, str]:
        return {"X-Twilio-Signature": self._signer.compute_signature(self._public + path, form)}

    async def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> int:
        """The status of the answer."""
        signed = self.sign(path, form) if headers is None else headers
        async with self._session.post(self.url + path, data=form, headers=signed) as answer:
            await answer.read()
            return answer.status

    def sms(self, from_address: str, text: str, sid: str = "") -> dict[str, str]:
        return {
            "AccountSid": self.account,
            "MessageSid": sid or f"SM{uuid.uuid4().hex}",
            "From": from_address,
            "To": self.sms_number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }

    async def send_sms(self, from_address: str, text: str, sid: str = "") -> int:
        return await self.post("/channels/sms/inbound", self.sms(from_address, text, sid))


async def hand_in_mail(port: int, raw: bytes, recipient: str, sender: str) -> None:
    """As the mail host in front of the hub does. Raises what aiosmtplib raises when the hub does not take it."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=30) as client:
        await client.sendmail(sender, [recipient], raw)
