"""SMS through Twilio: webhooks in, REST out, delivery reports. Lists replace webhooks that did not get through.

The rule of this file: `parse_` functions are pure. A handler answers 2xx only after `hub.accept` has returned. A
message read from a list gives exactly the notice that its webhook would have given.

A sender's number can be forged, so an address is only claimed. A notice may only name stored media, so media are
fetched first, within the provider's 15 s. If one cannot be fetched, `problem` says so and the text goes through.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from mimetypes import guess_extension
from typing import Any, Final
from urllib.parse import quote

import structlog
from aiohttp import web

from channels.acknowledging import unstored_is_503
from channels.channel import (
    ChannelError,
    DeliveryReported,
    DeliveryState,
    Hub,
    IdentityLevel,
    Media,
    MessageReceived,
    Notice,
    Receipt,
    Request,
    Route,
    TextOut,
)
from channels.traits import NUMBER, Icon, Traits
from channels.twilio.account import MESSAGE_SID, TwilioAccount
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import BadForm, Form, WebhookDoor, get_sid, get_text

SMS: Final = Traits(
    name="sms",
    names={"en": "SMS", "zh-CN": "短信"},
    counted={"en": "{count, plural, one {# text} other {# texts}}", "zh-CN": "{count, plural, other {# 条短信}}"},
    address_kind=NUMBER,
    icon=Icon.SMARTPHONE,
    honours_stop=True,
    texts_cost_money=True,
    longest_text=1_600,  # the provider's limit for one message
    points=20,
    offer_seconds=30,
)

INBOUND = "/channels/sms/inbound"
STATUS = "/channels/sms/status"
MOST_MEDIA = 10  # the provider's own limit
MEDIA_SECONDS = 8.0  # the provider waits 15 for the whole webhook
LISTED_AT_ONCE = 200  # reading a larger page would hold up the event loop

# "queued" counts as sent: the provider has the text, and its callback names our outbox id even if its answer was lost
_STATES = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "partially_delivered": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
# The provider has answered these with the account's own words: twilio.com/docs/messaging/tutorials/advanced-opt-out
_WISHES = {"STOP": "stop", "START": "start", "HELP": "help"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # whatsapp:+46..., rcs:..., messenger:... are no telephone numbers
_OUTBOX_ID = re.compile(r"[0-9A-Za-z_.:-]{1,100}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SmsSettings:
    account: TwilioAccount
    numbers: tuple[str, ...]  # the hub's numbers; the account may have others


def parse_inbound(form: Form) -> MessageReceived:
    """The message in an inbound webhook, without its media. Raises BadForm.

    A message that only has media may come without a Body.
    """
    sid = get_sid(form, "MessageSid", MESSAGE_SID)
    from_address = get_text(form, "From")
    if not from_address:
        raise BadForm("From is empty")
    if _SCHEME.match(from_address):
        raise BadForm("From is an address of another channel and no telephone number")
    return MessageReceived(
        key=f"sms:{form['AccountSid']}:{sid}",
        from_address=from_address,
        to_address=get_text(form, "To"),
        text=get_text(form, "Body") if "Body" in form else "",
        identity_level=IdentityLevel.CLAIMED,
        provider_id=sid,
        wish=_WISHES.get(form.get("OptOutType", ""), ""),
    )


def parse_media_urls(form: Form) -> list[str]:
    """The addresses of an MMS's media. Raises BadForm."""
    count = form.get("NumMedia") or "0"
    if not count.isascii() or not count.isdecimal() or int(count) > MOST_MEDIA:
        raise BadForm("NumMedia is malformed")
    return [get_text(form, f"MediaUrl{number}") for number in range(int(count))]


def parse_status(form: Form, outbox_id: str) -> DeliveryReported | None:
    """The report in a status callback. None if the status is not known here. Several statuses of the provider are one
    state of ours, and then have one key. Raises BadForm."""
    sid = get_sid(form, "MessageSid", MESSAGE_SID)
    if outbox_id and not _OUTBOX_ID.fullmatch(outbox_id):
        raise BadForm("o is malformed")
    state = _STATES.get(get_text(form, "MessageStatus"))
    if state is None:
        return None
    return DeliveryReported(
        key=f"sms:{form['AccountSid']}:{sid}:{state}",
        state=state,
        outbox_id=outbox_id,
        provider_id=sid,
        error_code=form.get("ErrorCode", ""),
    )


def _read_form(message: Any, account_sid: str) -> Form:
    """A listed message as the form that its webhook would have had."""
    return {
        "AccountSid": account_sid,
        "MessageSid": message.sid,
        "From": message.from_ or "",
        "To": message.to or "",
        "Body": message.body or "",
        "MessageStatus": message.status,
        "ErrorCode": str(message.error_code or ""),
    }


class SmsChannel:
    name = "sms"

    def __init__(self, settings: SmsSettings, hub: Hub) -> None:
        self._hub, self._door = hub, WebhookDoor(settings.account)
        self._client = TwilioClient(settings.account)
        self._account_sid, self._numbers = settings.account.account_sid, frozenset(settings.numbers)
        self._status_url = settings.account.public_url.rstrip("/") + STATUS

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", INBOUND, self._on_inbound, "provider"),
            Route("POST", STATUS, self._on_status, "provider"),
        )

    async def start(self) -> None:
        """Nothing to do: the client connects at its first request."""

    async def stop(self) -> None:
        await self._client.close()

    async def send(self, request: Request) -> Receipt:
        if not isinstance(request, TextOut):
            raise ChannelError(f"sms cannot {type(request).__name__}", code="unsupported", whose="ours")
        with provider_errors():
            message = await self._client.account.messages.create_async(
                to=request.to_address,
                from_=request.from_address,
                body=request.text,
                # the API has no idempotency key: if its answer is lost, the callback tells us the SID
                status_callback=f"{self._status_url}?o={quote(request.outbox_id, safe='')}",
            )
        return Receipt(str(message.sid))

    async def catch_up(self, since: int) -> None:
        missed: list[tuple[Notice, str]] = []
        after = datetime.fromtimestamp(since / 1_000_000, UTC)
        with provider_errors():
            page = await self._client.account.messages.page_async(date_sent_after=after, page_size=LISTED_AT_ONCE)
        while page is not None:
            with provider_errors():
                listed = list(page)
            missed += await self._find_missed(listed)
            with provider_errors():
                page = await page.next_page_async()
        for notice, with_media in reversed(missed):  # lists begin with the newest
            if isinstance(notice, MessageReceived) and with_media:
                notice = await self._with_media(notice, await self._list_media(with_media))
            await self._hub.accept((notice,))
            log.info("sms_caught_up", key=notice.key)

    async def _find_missed(self, listed: Sequence[Any]) -> list[tuple[Notice, str]]:
        """The notices on one page that the hub has not accepted. With each comes the message's id if it has media,
        else ""."""
        sent = [message.sid for message in listed if message.direction != "inbound"]
        outbox_ids = await self._hub.find_sent(sent) if sent else {}
        found: dict[str, tuple[Notice, str]] = {}
        for message in listed:
            form = _read_form(message, self._account_sid)
            try:
                if message.sid in outbox_ids:
                    if (report := parse_status(form, outbox_ids[message.sid])) is not None:
                        found[report.key] = report, ""
                elif message.status == "received" and message.to in self._numbers:
                    received = parse_inbound(form)
                    found[received.key] = received, message.sid if message.num_media != "0" else ""
            except BadForm as error:
                log.warning("sms_listed_malformed", sid=message.sid, error=str(error))
        heard = await self._hub.find_heard(found) if found else ()
        return [missed for key, missed in found.items() if key not in heard]

    async def _list_media(self, sid: str) -> list[str]:
        with provider_errors():
            media = await self._client.account.messages(sid).media.list_async(limit=MOST_MEDIA)
        return [self._client.find_url(medium.uri.removesuffix(".json")) for medium in media]

    async def _on_inbound(self, request: web.Request) -> web.Response:
        message, urls = await self._door.parse(request, lambda form: (parse_inbound(form), parse_media_urls(form)))
        if message.to_address not in self._numbers:
            log.warning("sms_to_a_number_that_is_not_ours", sid=message.provider_id)
            raise web.HTTPNotFound(text="To is none of channels.sms.numbers")
        if urls:
            message = await self._with_media(message, urls)
        await self._accept(message)
        return web.Response(body=b"<Response/>", content_type="text/xml")

    async def _on_status(self, request: web.Request) -> web.Response:
        report = await self._door.parse(request, lambda form: parse_status(form, request.query.get("o", "")))
        if report is not None:
            await self._accept(report)
        return web.Response(status=204)

    async def _accept(self, notice: Notice) -> None:
        with unstored_is_503(notice.key):
            await self._hub.accept((notice,))

    async def _with_media(self, message: MessageReceived, urls: Sequence[str]) -> MessageReceived:
        results = await asyncio.gather(*(self._store_medium(url, n) for n, url in enumerate(urls, 1)))
        media = tuple(result for result in results if isinstance(result, Media))
        problems = [result for result in results if isinstance(result, str)]
        return replace(message, media=media, problem="; ".join(problems))

    async def _store_medium(self, url: str, number: int) -> Media | str:
        """The stored medium, or why it could not be fetched."""
        try:
            async with asyncio.timeout(MEDIA_SECONDS):
                data, content_type = await self._client.fetch_media(url)
        except (ChannelError, TimeoutError) as error:
            code = error.code if isinstance(error, ChannelError) else "timeout"
            return f"attachment {number} could not be fetched ({code})"
        suffix = guess_extension(content_type.partition(";")[0].strip()) or ""  # the provider sends no names
        return await self._hub.store_media(data, f"attachment-{number}{suffix}", content_type)
