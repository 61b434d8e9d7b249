"""The hub's requests about the parties of a call, who are in its room beside the customer and the agent.

The rule of this file: as in `requests.py`. A call to a number is never made again without a clear answer: the label
protects only as long as the first call rings.
"""

from typing import Any

from channels.channel import ChannelError, ConnectParty, Receipt, UpdateParty
from channels.phone.leg_requests import LABEL_IS_TAKEN, find_room
from channels.phone.rooms import CONFERENCE, MUSIC, Rooms
from channels.phone.twiml import EVENTS
from channels.twilio.client import TwilioClient, provider_errors


class PartyRequests:
    def __init__(self, client: TwilioClient, rooms: Rooms) -> None:
        self._account, self._rooms = client.account, rooms

    async def connect(self, request: ConnectParty) -> Receipt:
        if not request.to_address:
            raise ChannelError("the party has no telephone", code="no_phone", whose="ours")
        return await (self._call_outside(request) if request.asks_key else self._call_into_room(request))

    async def _call_into_room(self, request: ConnectParty) -> Receipt:
        coaching: dict[str, Any] = {"coaching": True, "call_sid_to_coach": request.coaches} if request.coaches else {}
        try:
            with provider_errors():
                leg = await self._account.conferences(request.call_id).participants.create_async(
                    from_=request.from_address,
                    to=request.to_address,
                    label=request.outbox_id,
                    timeout=request.ring_seconds,
                    beep="true" if request.is_beep_heard else "false",
                    muted=request.is_muted,
                    start_conference_on_enter=False,
                    end_conference_on_exit=False,
                    early_media=False,
                    status_callback=self._rooms.status_url(request.call_id, request.outbox_id),
                    status_callback_event=["completed"],
                    conference_status_callback=self._rooms.base + CONFERENCE,
                    conference_status_callback_event=EVENTS.split(),
                    **coaching,
                )
        except ChannelError as error:
            if error.code == LABEL_IS_TAKEN:
                return Receipt("")
            raise
        return Receipt(str(leg.call_sid))

    async def _call_outside(self, request: ConnectParty) -> Receipt:
        """A colleague on a telephone of their own hears who is calling. Only the key lets them in."""
        with provider_errors():
            leg = await self._account.calls.create_async(
                to=request.to_address,
                from_=request.from_address,
                url=self._rooms.agent_url(request.call_id, request.outbox_id),
                timeout=request.ring_seconds,
                status_callback=self._rooms.status_url(request.call_id, request.outbox_id),
                status_callback_event=["completed"],
            )
        return Receipt(str(leg.sid))

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
