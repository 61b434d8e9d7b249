"""The hub's requests about the parties of a call, who are in its room beside the customer and the agent.

The rule of this file: as in `requests.py`. A call to a number is never made again without a clear answer: the label
protects only as long as the first call rings.
"""

from typing import Any

from channels.channel import ChannelError, ConnectParty, Receipt, UpdateParty
from channels.phone.leg_requests import find_room
from channels.phone.ringing import ring_into_room, ring_outside
from channels.phone.rooms import MUSIC, Rooms
from channels.twilio.client import TwilioClient, provider_errors


class PartyRequests:
    def __init__(self, client: TwilioClient, rooms: Rooms) -> None:
        self._account, self._rooms = client.account, rooms

    async def connect(self, request: ConnectParty) -> Receipt:
        if not request.to_address:
            raise ChannelError("the party has no telephone", code="no_phone", whose="ours")
        if request.asks_key:
            return await ring_outside(self._account, self._rooms, request, request.ring_seconds)
        coaching: dict[str, Any] = {"coaching": True, "call_sid_to_coach": request.coaches} if request.coaches else {}
        return await ring_into_room(
            self._account,
            self._rooms,
            request,
            request.to_address,
            timeout=request.ring_seconds,
            beep="true" if request.is_beep_heard else "false",
            muted=request.is_muted,
            start_conference_on_enter=False,
            early_media=False,
            **coaching,
        )

    async def update(self, request: UpdateParty) -> Receipt:
        changes: dict[str, Any] = {}
        if request.is_muted is not None:
            changes["muted"] = request.is_muted
        if request.is_held is not None:
            changes["hold"] = request.is_held
            if request.is_held:
                changes |= {"hold_url": self._rooms.base + MUSIC, "hold_method": "GET"}
        if request.coaches is not None:
            changes["coaching"] = bool(request.coaches)
            if request.coaches:
                changes["call_sid_to_coach"] = request.coaches
        if request.ends_room is not None:
            changes["end_conference_on_exit"] = request.ends_room
        room = await find_room(self._account, request.call_id)
        with provider_errors():
            await self._account.conferences(room).participants(request.leg_id).update_async(**changes)
        return Receipt(request.leg_id)
