"""The sandbox as a whole: built from its settings, mounted by its routes.

The rule of this file: wiring only.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from channels.channel import Route
from channels.sandbox.call import Call, Sleep
from channels.sandbox.calls import Calls
from channels.sandbox.device_shapes import show_mail, show_telephone, show_text
from channels.sandbox.devices import Devices
from channels.sandbox.faults import Faults
from channels.sandbox.feed import Feed
from channels.sandbox.hearing import Hearing
from channels.sandbox.mail import Mail, Mails
from channels.sandbox.messages import Message, Messages
from channels.sandbox.rest import RestDoor
from channels.sandbox.rest_calls import CallResource
from channels.sandbox.rest_messages import MessageResource
from channels.sandbox.rest_recordings import RecordingResource
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.softphone_calls import SoftphoneCalls
from channels.sandbox.sound.access_tokens import TokenCheck
from channels.sandbox.sound.process import SoundProcess
from channels.sandbox.tasks import Tasks
from channels.sandbox.webhooks import Webhooks


class Sandbox:
    """Mount `routes()`, then await `start()`, and later `stop()`. It waits only by `sleep`."""

    def __init__(self, settings: SandboxSettings, sleep: Sleep = asyncio.sleep) -> None:
        self._tasks, self._feed, self.faults = Tasks(), Feed(), Faults()
        self._customers_by_phone = {customer.phone: customer.id for customer in settings.customers}
        self._customers_by_mail = {customer.email.lower(): customer.id for customer in settings.customers}
        self._settings, self._media_base = settings, settings.media_base
        self._webhooks = Webhooks(settings.auth_token, self._tasks)
        self._messages = Messages(settings, self._webhooks, self.faults, self._tasks, self._on_message)
        tokens = TokenCheck(settings.account_sid, settings.api_key_sid, settings.api_key_secret)
        self._sound = SoundProcess(settings.sound_host, settings.sound_port, tokens)
        self._hearing = Hearing(settings, self._sound.tell, self._webhooks, self._tasks)
        self._calls = Calls(settings, self._webhooks, self.faults, self._tasks, sleep, self._hearing, self._on_call)
        self._mails = Mails(settings, self.faults, sleep, self._on_mail)
        self._devices = Devices(
            settings,
            self._calls,
            self._messages,
            self._mails,
            self.faults,
            self._feed,
            self._hearing,
            lambda: self.sound_url,
        )
        door = RestDoor(settings, self.faults, sleep)
        self._resources = (
            MessageResource(settings, door, self._messages),
            CallResource(settings, door, self._calls),
            RecordingResource(settings, door, self._calls),
            self._devices,
        )

    @property
    def smtp_port(self) -> int:
        """The port of the customers' mail server, once started."""
        return self._mails.port

    @property
    def sound_url(self) -> str:
        """Where telephones with sound connect, once started: `ws://127.0.0.1:8091`. Empty: there is no sound."""
        if not self._settings.has_sound:
            return ""
        page = urlsplit(self._settings.api_url or self._settings.hub_url)
        host = f"[{page.hostname}]" if ":" in (page.hostname or "") else page.hostname
        return f"{'wss' if page.scheme == 'https' else 'ws'}://{host}:{self._sound.port}"

    def routes(self) -> Sequence[Route]:
        return tuple(route for resource in self._resources for route in resource.routes())

    async def start(self) -> None:
        await self._mails.start()
        if self._settings.has_sound:
            await self._sound.start(SoftphoneCalls(self._calls, self._hearing).on_happened, self._hearing.tell_all)

    def end_streams(self) -> None:
        """End the streams of open pages, since a server would wait for them when it stops."""
        self._feed.close()

    async def stop(self) -> None:
        self.end_streams()
        await self._mails.stop()
        await self._sound.stop()
        await self._tasks.close()
        await self._webhooks.close()

    def _on_message(self, message: Message) -> None:
        customer_id = self._customers_by_phone.get(message.customer_address)
        if customer_id is not None and self._feed.has_listener(customer_id):
            self._feed.publish(customer_id, ("text", show_text(message, self._media_base)))

    def _on_call(self, call: Call) -> None:
        self._hearing.on_change(call)
        customer_id = call.customer_address.removeprefix("+")
        if call.customer_address in self._calls.telephones and call.status == "ringing":
            self._feed.publish_to_all(("telephone", show_telephone(call.customer_address)))
        if self._feed.has_listener(customer_id):
            self._feed.publish(customer_id, ("call", self._devices.show_call(call)))

    def _on_mail(self, mail: Mail) -> None:
        customer_id = self._customers_by_mail.get(mail.owner)
        if customer_id is not None and self._feed.has_listener(customer_id):
            self._feed.publish(customer_id, ("mail", show_mail(mail)))
