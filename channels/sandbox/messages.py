"""Texts between the hub and the customers.

The rule of this file: a text goes through the statuses of the settings, and each step is reported in order.

As with the provider, a customer who writes STOP gets nothing until they write START (error 21610), and some magic
numbers always fail (twilio.com/docs/iam/test-credentials).
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from channels.sandbox.errors import ApiError
from channels.sandbox.faults import Faults
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.sms_parts import count_parts
from channels.sandbox.tasks import Tasks
from channels.sandbox.webhooks import WebhookFailed, Webhooks

MOST_CHARACTERS: Final = 1600
_MAGIC: Final = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +1500555XXXX"),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_STOP: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
_START: Final = frozenset({"START", "YES", "UNSTOP"})
_FAILURES: Final = {"undelivered": "30005", "failed": "30008"}


@dataclass(frozen=True, slots=True)
class Medium:
    sid: str
    name: str
    content_type: str
    data: bytes


@dataclass(slots=True, eq=False)
class Message:
    sid: str
    from_address: str
    to_address: str
    body: str
    direction: str  # "inbound", "outbound-api"
    status: str
    created_at: float
    updated_at: float
    by: str  # its writer: "customer", "hub" or "provider"
    sent_at: float | None = None
    parts: int = 1
    error_code: str = ""
    callback: str = ""
    media: list[Medium] = field(default_factory=list)
    problem: str = ""  # why the hub did not take it

    @property
    def customer_address(self) -> str:
        return self.from_address if self.direction == "inbound" else self.to_address


class Messages:
    def __init__(
        self,
        settings: SandboxSettings,
        webhooks: Webhooks,
        faults: Faults,
        tasks: Tasks,
        changed: Callable[[Message], None],
    ) -> None:
        self._settings, self._webhooks, self._faults, self._tasks = settings, webhooks, faults, tasks
        self._changed = changed
        self.by_sid: dict[str, Message] = {}
        self._by_customer: dict[str, deque[Message]] = {}
        self._stopped: set[str] = set()
        self._numbers = settings.numbers

    def list_of(self, address: str) -> list[Message]:
        """The texts of a customer, oldest first."""
        return list(self._by_customer.get(address, ()))

    def create(self, to: str, from_: str, body: str, callback: str) -> Message:
        """The hub sends a text. Raises ApiError."""
        if from_ not in self._numbers:
            raise ApiError(400, 21606, "The 'From' phone number is not a valid phone number for your account")
        if len(body) > MOST_CHARACTERS:
            raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if to in _MAGIC:
            raise ApiError(400, *_MAGIC[to])
        if to in self._stopped:
            raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in self._numbers:
            raise ApiError(400, 21266, "'To' and 'From' number cannot be the same")
        message = self._add("outbound-api", from_, to, body, "queued", "hub")
        message.callback = callback
        self._tasks.spawn(self._deliver(message), f"deliver {message.sid}")
        return message

    async def receive(self, from_: str, body: str, media: list[Medium], media_base: str) -> Message:
        """A customer sends a text to the hub. If the hub did not take it, `problem` says why."""
        message = self._add("inbound", from_, self._settings.hub_sms, body, "received", "customer", media)
        message.sent_at = message.created_at
        word = body.strip().upper()
        if word in _STOP:
            self._stopped.add(from_)
            self._answer(from_, "You have successfully been unsubscribed. Reply START to resubscribe.")
        elif word in _START and from_ in self._stopped:
            self._stopped.discard(from_)
            self._answer(from_, "You have successfully been re-subscribed.")
        try:
            url = self._settings.hub_url.rstrip("/") + self._settings.sms_path
            await self._webhooks.request(url, self._describe_inbound(message, media_base))
        except WebhookFailed as error:
            message.problem = error.what
            self._changed(message)
        return message

    def forget(self, message: Message) -> None:
        del self.by_sid[message.sid]
        self._by_customer[message.customer_address].remove(message)

    def _answer(self, to: str, body: str) -> None:
        self._add("outbound-api", self._settings.hub_sms, to, body, "delivered", "provider")

    def _add(
        self, direction: str, from_: str, to: str, body: str, status: str, by: str, media: Sequence[Medium] = ()
    ) -> Message:
        now = time.time()
        sid = ("MM" if media else "SM") + uuid4().hex
        message = Message(sid, from_, to, body, direction, status, now, now, by)
        message.parts, message.media = count_parts(body), list(media)
        self.by_sid[message.sid] = message
        self._by_customer.setdefault(message.customer_address, deque()).append(message)
        if len(self.by_sid) > self._settings.kept:
            oldest = self.by_sid.pop(next(iter(self.by_sid)))
            of_customer = self._by_customer[oldest.customer_address]
            of_customer.popleft()
            if not of_customer:
                del self._by_customer[oldest.customer_address]
        self._changed(message)
        return message

    async def _deliver(self, message: Message) -> None:
        fault = self._faults.take("text")
        for status in self._settings.statuses:
            if fault and status in ("sent", "delivered"):
                message.error_code = _FAILURES[fault.kind]
                self._move(message, fault.kind)
                return
            self._move(message, status)

    def _move(self, message: Message, status: str) -> None:
        message.status, message.updated_at = status, time.time()
        if status == "sent":
            message.sent_at = message.updated_at
        self._changed(message)
        if message.callback:
            self._webhooks.report(message.sid, message.callback, self._describe_status(message))

    def _describe_status(self, message: Message) -> dict[str, str]:
        form = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "AccountSid": self._settings.account_sid,
            "From": message.from_address,
            "To": message.to_address,
            "ApiVersion": "2010-04-01",
        }
        return {**form, "ErrorCode": message.error_code} if message.error_code else form

    def _describe_inbound(self, message: Message, media_base: str) -> dict[str, str]:
        form = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": self._settings.account_sid,
            "From": message.from_address,
            "To": message.to_address,
            "Body": message.body,
            "NumMedia": str(len(message.media)),
            "NumSegments": str(message.parts),
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        for number, medium in enumerate(message.media):
            form[f"MediaUrl{number}"] = f"{media_base}/Messages/{message.sid}/Media/{medium.sid}"
            form[f"MediaContentType{number}"] = medium.content_type
        return form
