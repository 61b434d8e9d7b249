"""Telegram, a channel that the hub does not have, written as anybody would write one more adapter.

The rule of this file: it imports `channels` and nothing else of ours. It speaks the Bot API
(https://core.telegram.org/bots/api): a webhook proves itself by the token given at setWebhook; `sendMessage` sends.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp import web

from channels.acknowledging import unstored_is_503
from channels.channel import ChannelError, Hub, IdentityLevel, MessageReceived, Receipt, Request, Route, TextOut
from channels.traits import Icon, SecretText, Traits

INBOUND: Final = "/channels/telegram/inbound"
_SECONDS = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    bot_token: SecretText
    webhook_secret: SecretText
    addresses: tuple[str, ...]  # the bot's name
    api_url: str = "https://api.telegram.org"


class TelegramChannel:
    name = "telegram"

    def __init__(self, settings: TelegramSettings, hub: Hub, public_url: str) -> None:
        self._settings, self._hub = settings, hub
        self._session: aiohttp.ClientSession

    def routes(self) -> Sequence[Route]:
        return [Route("POST", INBOUND, self._on_update, "provider")]

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=_SECONDS)

    async def stop(self) -> None:
        await self._session.close()

    async def _on_update(self, request: web.Request) -> web.StreamResponse:
        proof = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(proof.encode(), self._settings.webhook_secret.encode()):
            return web.Response(status=403)
        try:
            notice = parse_update(await request.json(), self._settings.addresses[0])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        if notice is not None:
            with unstored_is_503(notice.key):
                await self._hub.accept([notice])
        return web.Response()

    async def send(self, request: Request) -> Receipt:
        if not isinstance(request, TextOut):
            raise ChannelError("Telegram carries texts alone", code="unsupported", whose="ours")
        url = f"{self._settings.api_url}/bot{self._settings.bot_token}/sendMessage"
        try:
            async with self._session.post(url, json={"chat_id": request.to_address, "text": request.text}) as answer:
                told = await answer.json()
        except aiohttp.ClientConnectorError as error:
            raise ChannelError("Telegram is out of reach", code="unreachable", retry=True) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChannelError("Telegram gave no clear answer", code="unclear", outcome_known=False) from error
        if answer.status == 429:
            raise ChannelError("Telegram asks for patience", code="429", retry=True)
        if answer.status >= 500:
            raise ChannelError("Telegram failed", code=str(answer.status), outcome_known=False)
        if not told.get("ok"):
            raise ChannelError(str(told.get("description", "refused")), code=str(answer.status), whose="customer")
        return Receipt(str(told["result"]["message_id"]))


def parse_update(update: Any, bot: str) -> MessageReceived | None:
    """None for what is no text of a person. Raises ValueError, KeyError or TypeError for what is no update."""
    if not isinstance(update, dict):
        raise TypeError("an update is an object")
    message = update.get("message")
    if message is None or "text" not in message:
        return None
    sender = message["from"]
    return MessageReceived(
        key=f"telegram:{bot}:{int(update['update_id'])}",
        from_address=str(int(message["chat"]["id"])),
        to_address=bot,
        text=str(message["text"]),
        identity_level=IdentityLevel.PROVEN,
        provider_id=str(int(message["message_id"])),
        from_name=str(sender.get("first_name", "")),
        language=str(sender.get("language_code", "")),
    )


TELEGRAM: Final = Traits(
    name="telegram",
    names={"en": "Telegram", "zh-CN": "Telegram"},
    address_kind="telegram",
    icon=Icon.SEND,
    longest_text=4_096,  # https://core.telegram.org/bots/api#sendmessage
    points=25,
    offer_seconds=30,
    head_start_seconds=600,
    settings=TelegramSettings,
    build=TelegramChannel,
)
