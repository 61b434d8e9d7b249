"""The JSON API of the page `/sandbox`: a customer's phone, texts and mailbox.

The rule of this file: it offers only what a customer could do by hand. README.md has its table.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web

from channels.channel import Route
from channels.sandbox.call import Call
from channels.sandbox.calls import Calls
from channels.sandbox.conference import list_others
from channels.sandbox.device_forms import (
    Dial,
    Digits,
    NewFault,
    NewMail,
    NewText,
    Nothing,
    PageRefused,
    Speech,
    answer,
    read_body,
    refuse,
)
from channels.sandbox.device_shapes import (
    build_telephone,
    show_call,
    show_customer,
    show_fault,
    show_mail,
    show_telephone,
    show_text,
)
from channels.sandbox.faults import Fault, Faults
from channels.sandbox.feed import Feed
from channels.sandbox.hearing import Hearing
from channels.sandbox.mail import File, Mail, MailRefused, Mails
from channels.sandbox.messages import Medium, Messages
from channels.sandbox.settings import SandboxCustomer, SandboxSettings
from channels.sandbox.shapes import Json

BASE: Final = "/sandbox/api"

Action = Callable[[web.Request, SandboxCustomer], Awaitable[tuple[int, Json]]]


class Devices:
    def __init__(
        self,
        settings: SandboxSettings,
        calls: Calls,
        messages: Messages,
        mails: Mails,
        faults: Faults,
        feed: Feed,
        hearing: Hearing,
        find_sound_url: Callable[[], str],
    ) -> None:
        self._settings, self._calls, self._messages, self._mails = settings, calls, messages, mails
        self._faults, self._feed = faults, feed
        self._hearing, self._find_sound_url = hearing, find_sound_url
        self._customers = {customer.id: customer for customer in settings.customers}
        self._media_base = settings.media_base

    def routes(self) -> Sequence[Route]:
        one = BASE + "/customers/{customer}"
        return (
            Route("GET", BASE + "/customers", self._on_customers, "sandbox"),
            self._route("GET", "", self._show),
            self._route("POST", "/call", self._dial),
            self._route("POST", "/call/answer", self._answer),
            self._route("POST", "/call/hangup", self._hang_up),
            self._route("POST", "/call/say", self._say),
            self._route("POST", "/call/digits", self._press),
            self._route("GET", "/texts", self._list_texts),
            self._route("POST", "/texts", self._write_text),
            self._route("GET", "/mails", self._list_mails),
            self._route("POST", "/mails", self._write_mail),
            self._route("GET", "/mails/{mail}", self._read_mail),
            Route("GET", one + "/mails/{mail}/attachments/{number}", self._on_attachment, "sandbox"),
            Route("GET", BASE + "/events", self._on_events, "sandbox"),
            Route("GET", BASE + "/faults", self._on_faults, "sandbox"),
            Route("POST", BASE + "/faults", self._on_faults, "sandbox"),
            Route("DELETE", BASE + "/faults", self._on_faults, "sandbox"),
        )

    def show_devices(self, customer: SandboxCustomer) -> Json:
        call = self._calls.find_latest(customer.phone)
        return {
            "customer": show_customer(customer, self._settings.identity_secret),
            "call": self.show_call(call) if call is not None else None,
            "texts": [show_text(text, self._media_base) for text in self._messages.list_of(customer.phone)],
            "mails": [show_mail(mail) for mail in self._mails.list_of(customer.email)],
        }

    def show_call(self, call: Call) -> Json:
        return show_call(call, list_others(call), self._find_sound_url())

    def _route(self, method: str, path: str, action: Action) -> Route:
        async def handler(request: web.Request) -> web.StreamResponse:
            try:
                return answer(*await action(request, self._get_customer(request.match_info["customer"])))
            except PageRefused as refused:
                return refuse(refused)

        return Route(method, BASE + "/customers/{customer}" + path, handler, "sandbox")

    def _get_customer(self, customer_id: str) -> SandboxCustomer:
        """A sample customer, or the owner of a telephone that the hub has called, such as an agent."""
        customer = self._customers.get(customer_id)
        if customer is None and self._calls.find_latest(f"+{customer_id}") is not None:
            customer = build_telephone(f"+{customer_id}")
        if customer is None:
            raise PageRefused(404, "not_found", "no such sample customer")
        return customer

    def _get_call(self, customer: SandboxCustomer) -> Call:
        call = self._calls.find_latest(customer.phone)
        if call is None or call.is_over:
            raise PageRefused(409, "no_call", "there is no call")
        return call

    def _get_mail(self, request: web.Request, customer: SandboxCustomer) -> Mail:
        mail = self._mails.find(customer.email, request.match_info["mail"])
        if mail is None:
            raise PageRefused(404, "not_found", "no such mail")
        return mail

    async def _on_customers(self, request: web.Request) -> web.StreamResponse:
        settings = self._settings
        hub = {
            "phone": settings.hub_phone,
            "lines": [asdict(line) for line in settings.lines],
            "sms": settings.hub_sms,
            "mail": settings.hub_mail,
        }
        people = {
            "customers": [show_customer(one, settings.identity_secret) for one in settings.customers],
            "telephones": [show_telephone(number) for number in self._calls.telephones],
        }
        return answer(200, {**people, "hub": hub})

    async def _show(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        return 200, self.show_devices(customer)

    async def _dial(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        body = await read_body(Dial, request)
        if body.to and body.to not in self._settings.phones:
            raise PageRefused(404, "not_found", "no such number of the hub")
        latest = self._calls.find_latest(customer.phone)
        if latest is not None and not latest.is_over:
            raise PageRefused(409, "busy", "a call is under way")
        return 201, self.show_call(self._calls.dial(customer.phone, body.to or self._settings.hub_phone))

    async def _answer(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        await read_body(Nothing, request)
        call = self._get_call(customer)
        if call.direction == "inbound" or call.answered_at is not None:
            raise PageRefused(409, "no_call", "nothing rings")
        self._calls.pick_up(call)
        return 200, self.show_call(call)

    async def _hang_up(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        await read_body(Nothing, request)
        call = self._get_call(customer)
        is_declined = call.direction != "inbound" and call.answered_at is None
        self._calls.finish(call, "busy" if is_declined else "completed")
        return 200, self.show_call(call)

    async def _say(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        body = await read_body(Speech, request)
        call = self._get_call(customer)
        self._calls.speak(call, "speech", body.text)
        return 200, self.show_call(call)

    async def _press(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        body = await read_body(Digits, request)
        call = self._get_call(customer)
        self._calls.speak(call, "digits", body.digits)
        return 200, self.show_call(call)

    async def _list_texts(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        texts = self._messages.list_of(customer.phone)
        return 200, {"texts": [show_text(text, self._media_base) for text in texts]}

    async def _write_text(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        body = await read_body(NewText, request)
        if not body.text and not body.media:
            raise PageRefused(400, "bad_request", "the text is empty")
        media = [Medium("ME" + uuid4().hex, file.name, file.content_type, file.base64) for file in body.media]
        text = await self._messages.receive(customer.phone, body.text, media, self._media_base)
        return 201, show_text(text, self._media_base)

    async def _list_mails(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        return 200, {"mails": [show_mail(mail) for mail in self._mails.list_of(customer.email)]}

    async def _read_mail(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        mail = self._get_mail(request, customer)
        self._mails.read(mail)
        return 200, show_mail(mail, whole=True)

    async def _write_mail(self, request: web.Request, customer: SandboxCustomer) -> tuple[int, Json]:
        body = await read_body(NewMail, request)
        answered = self._mails.find(customer.email, body.answers) if body.answers else None
        if body.answers and answered is None:
            raise PageRefused(404, "not_found", "no such mail to answer")
        files = [File(file.name, file.content_type, file.base64) for file in body.attachments]
        try:
            mail = await self._mails.write(customer, body.subject, body.text, files, answered)
        except MailRefused as error:
            raise PageRefused(502, "hub_refused", str(error)) from None
        return 201, show_mail(mail, whole=True)

    async def _on_attachment(self, request: web.Request) -> web.StreamResponse:
        try:
            mail = self._get_mail(request, self._get_customer(request.match_info["customer"]))
            number = request.match_info["number"]
            if not number.isdecimal() or not 1 <= int(number) <= len(mail.files):
                raise PageRefused(404, "not_found", "no such attachment")
        except PageRefused as refused:
            return refuse(refused)
        file = mail.files[int(number) - 1]
        disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, content_type=file.content_type, headers=headers)

    async def _on_events(self, request: web.Request) -> web.StreamResponse:
        try:
            customer = self._get_customer(request.query.get("customer", ""))
        except PageRefused as refused:
            return refuse(refused)
        return await self._feed.stream(request, customer.id, lambda: self.show_devices(customer))

    async def _on_faults(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.method == "DELETE":
                self._faults.clear()
                self._hearing.clear_disturbances()
            elif request.method == "POST":
                body = await read_body(NewFault, request)
                fault = Fault(body.where, body.kind, body.count, body.seconds, body.to)
                if fault.where == "sound":
                    self._hearing.disturb(fault.kind, fault.to, fault.seconds)
                if not (fault.where == "sound" and fault.seconds):  # that ends by itself
                    self._faults.add(fault)
        except ValueError as error:
            return refuse(PageRefused(400, "bad_request", str(error)))
        except PageRefused as refused:
            return refuse(refused)
        faults = [show_fault(fault) for fault in self._faults.list()]
        return answer(200, {"faults": faults})
