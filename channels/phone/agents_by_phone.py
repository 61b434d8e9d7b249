"""Agents who answer on a telephone of their own: they hear who is calling, and press a key to join the customer.

The rule of this file: only the key opens the room, and only while the call is still that agent's. So neither a
mailbox nor a person who answers too late ever hears a customer. If something breaks on our side, the agent's leg
ends, and the hub returns the call to its place.
"""

from collections.abc import Mapping, Sequence

import structlog
from aiohttp import web

from channels.channel import AgentCall, Hub, Route
from channels.phone.intents import AskKey, EndCall, GoOn
from channels.phone.rooms import AGENT, AGENT_KEY, Rooms
from channels.phone.twiml import build_answer
from channels.phone.words import AGENT_KEY as THE_KEY
from channels.phone.words import CALL_IS_GONE, tell_agent, tell_agent_no_key
from channels.twilio.account import CALL_SID
from channels.twilio.webhook import BadForm, WebhookDoor

KEY_SECONDS = 5  # of silence, after the words were said twice

log = structlog.get_logger()


class PhoneAgents:
    def __init__(self, door: WebhookDoor, rooms: Rooms, hub: Hub) -> None:
        self._door, self._rooms, self._hub = door, rooms, hub

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", AGENT, self._on_answered, "provider"),
            Route("POST", AGENT_KEY, self._on_key, "provider"),
        )

    async def _on_answered(self, request: web.Request) -> web.Response:
        call_id, outbox_id = await self._door.parse(request, lambda form: parse_ids(request.query))
        call = await self._find(call_id, outbox_id)
        if call is None:
            return build_answer(*CALL_IS_GONE, EndCall())
        words = tell_agent(call)
        ask = AskKey((words, words), self._rooms.agent_key_url(call_id, outbox_id), KEY_SECONDS)
        return build_answer(ask, tell_agent_no_key(call), EndCall())

    async def _on_key(self, request: web.Request) -> web.Response:
        pressed, call_id, outbox_id = await self._door.parse(
            request, lambda form: (form.get("Digits"), *parse_ids(request.query))
        )
        if pressed != THE_KEY:
            return build_answer(GoOn(self._rooms.agent_url(call_id, outbox_id)))
        if await self._find(call_id, outbox_id) is None:
            return build_answer(*CALL_IS_GONE, EndCall())
        return build_answer(self._rooms.join_agent(call_id, outbox_id))

    async def _find(self, call_id: str, outbox_id: str) -> AgentCall | None:
        try:
            return await self._hub.find_agent_call(call_id, outbox_id)
        except Exception as error:  # the leg ends and is reported; the customer goes on waiting
            log.warning("agent_call_not_found", call_id=call_id, error=repr(error))
            return None


def parse_ids(query: Mapping[str, str]) -> tuple[str, str]:
    """(call id, outbox id) from the address that we gave the provider. Raises BadForm."""
    call_id, outbox_id = query.get("call", ""), query.get("o", "")
    if not CALL_SID.fullmatch(call_id):
        raise BadForm("call is missing or malformed")
    if not outbox_id:
        raise BadForm("o is missing")
    return call_id, outbox_id
