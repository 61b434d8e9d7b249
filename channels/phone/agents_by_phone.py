"""Agents who answer on a telephone of their own: they hear who is calling, and press a key to join the customer.

The rule of this file: only the key opens the room, and only while the call is still that agent's. So neither a
mailbox nor a person who answers too late ever hears a customer. If something breaks on our side, the agent's leg
ends, and the hub returns the call to its place.
"""

from collections.abc import Mapping, Sequence

from aiohttp import web

from channels.channel import ConnectParty, Hub, Route
from channels.phone.intents import AskKey, EndCall, GoOn, Intent
from channels.phone.rooms import AGENT, AGENT_KEY, Rooms
from channels.phone.voice_answers import VoiceAnswers
from channels.phone.words import AGENT_KEY as THE_KEY
from channels.phone.words import CALL_IS_GONE, tell_agent, tell_agent_no_key
from channels.twilio.account import CALL_SID
from channels.twilio.webhook import BadForm, Form

KEY_SECONDS = 5  # of silence, after the words were said twice


class PhoneAgents:
    def __init__(self, answers: VoiceAnswers, rooms: Rooms, hub: Hub) -> None:
        self._answers, self._rooms, self._hub = answers, rooms, hub

    def routes(self) -> Sequence[Route]:
        return (
            Route("POST", AGENT, self._on_answered, "provider"),
            Route("POST", AGENT_KEY, self._on_key, "provider"),
        )

    async def _on_answered(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            call_id, outbox_id = parse_ids(request.query)
            call = await self._hub.find_agent_call(call_id, outbox_id)
            if call is None:
                return (*CALL_IS_GONE, EndCall())
            words = tell_agent(call)
            ask = AskKey((words, words), self._rooms.agent_key_url(call_id, outbox_id), KEY_SECONDS)
            return (ask, tell_agent_no_key(call), EndCall())

        return await self._answers.answer(request, decide, instead=(*CALL_IS_GONE, EndCall()))

    async def _on_key(self, request: web.Request) -> web.Response:
        async def decide(form: Form) -> Sequence[Intent]:
            call_id, outbox_id = parse_ids(request.query)
            if form.get("Digits") != THE_KEY:
                return (GoOn(self._rooms.agent_url(call_id, outbox_id)),)
            if await self._hub.find_agent_call(call_id, outbox_id) is None:
                return (*CALL_IS_GONE, EndCall())
            asked = await self._hub.find_request(outbox_id)
            party = asked if isinstance(asked, ConnectParty) else None
            return (self._rooms.join_agent(call_id, outbox_id, party),)

        return await self._answers.answer(request, decide, instead=(*CALL_IS_GONE, EndCall()))


def parse_ids(query: Mapping[str, str]) -> tuple[str, str]:
    """(call id, outbox id) from the address that we gave the provider. Raises BadForm."""
    call_id, outbox_id = query.get("call", ""), query.get("o", "")
    if not CALL_SID.fullmatch(call_id):
        raise BadForm("call is missing or malformed")
    if not outbox_id:
        raise BadForm("o is missing")
    return call_id, outbox_id
