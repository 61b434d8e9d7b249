"""Calls for which a customer asks in a chat: the times, the wish and its outcome, and taking it back.

The rule of this file: the hub decides, and the page asks for the outcome as often as it likes with the same id. A
stranger may name any number, so each chat and each client may ask for a few calls an hour; how many calls one number
may get is decided by the hub, which knows them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from channels.channel import AppointmentCancelled, AppointmentWished, Hub, IdentityLevel
from channels.webchat.chat_wire import Answer, AskCall, EventRefused, build_call
from channels.webchat.guard import Cap

PER_CHAT: Final = 10  # wishes within an hour, agreed or refused
PER_CLIENT: Final = 30
_AN_HOUR: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, as the connection knows them."""

    channel: str
    chat_id: str
    address: str
    level: IdentityLevel
    name: str
    language: str


class AskedCalls:
    def __init__(self, hub: Hub, clock: Callable[[], float]) -> None:
        self._hub = hub
        self._by_chat, self._by_client = Cap(PER_CHAT, _AN_HOUR, clock), Cap(PER_CLIENT, _AN_HOUR, clock)

    async def list_times(self, channel: str, chat_id: str) -> Answer:
        times = await self._hub.list_call_times(channel, chat_id)
        calls = await self._hub.list_asked_calls(chat_id)
        return {"times": [at // 1000 for at in times], "calls": [build_call(one) for one in calls]}

    async def ask(self, asking: Asking, client: str | None, event: AskCall) -> Answer:
        """Store the wish, and answer what has become of it. `client`: counted by this name; None: not counted."""
        found = await self._hub.find_asked_call(asking.chat_id, event.id)
        if found is None:
            self._count(asking.chat_id, client)
            wish = AppointmentWished(
                key=f"{asking.channel}:{asking.chat_id}:call:{event.id}",
                asked_in=asking.chat_id,
                wish_id=event.id,
                address=event.number,
                at=event.at * 1000,
                language=asking.language,
                note=event.topic,
                time_zone=event.time_zone,
                from_address=asking.address,
                identity_level=asking.level,
                name_claimed=asking.name,
            )
            await self._hub.accept([wish])
            found = await self._hub.find_asked_call(asking.chat_id, event.id)
        if found is None:  # it is decided in another process, and asked for again with the same id
            self._give_back(asking.chat_id, client)
            return {"id": event.id, "call": None, "refused": ""}
        return {"id": event.id, "call": None if found.refused else build_call(found), "refused": found.refused}

    async def cancel(self, chat_id: str, appointment_id: str) -> None:
        """Nothing happens if this chat has no such call."""
        key = f"webchat:{chat_id}:call:{appointment_id}:cancelled"
        await self._hub.accept([AppointmentCancelled(key, chat_id, appointment_id)])

    def _count(self, chat_id: str, client: str | None) -> None:
        if not self._by_chat.take(chat_id):
            raise EventRefused("too_many_calls")
        if client is not None and not self._by_client.take(client):
            self._by_chat.give_back(chat_id)
            raise EventRefused("too_many_calls")

    def _give_back(self, chat_id: str, client: str | None) -> None:
        self._by_chat.give_back(chat_id)
        if client is not None:
            self._by_client.give_back(client)
