"""The hub's requests about a leg of a call: agents' telephones, hold, hang up.

The rule of this file: as in `requests.py`.
"""

from twilio.rest.api.v2010.account import AccountContext

from channels.channel import CallAgent, ChannelError, ConnectAgent, HangUp, HoldCall, Receipt
from channels.phone.ringing import ring_into_room, ring_outside
from channels.phone.rooms import MUSIC, Rooms
from channels.twilio.client import TwilioClient, provider_errors

CALL_IS_NOT_THERE = "21220"  # it is over already, or not answered yet


class LegRequests:
    def __init__(self, client: TwilioClient, rooms: Rooms, ring_seconds: int) -> None:
        """`ring_seconds`: how long an agent's phone rings."""
        self._account, self._rooms, self._ring_seconds = client.account, rooms, ring_seconds

    async def connect(self, request: ConnectAgent) -> Receipt:
        return await ring_into_room(
            self._account,
            self._rooms,
            request,
            request.agent_address,
            timeout=self._ring_seconds,
            beep="false",
            start_conference_on_enter=True,
        )

    async def call_agent(self, request: CallAgent) -> Receipt:
        if not request.to_address:
            raise ChannelError("the agent has no telephone", code="no_phone", whose="ours")
        return await ring_outside(self._account, self._rooms, request, self._ring_seconds)

    async def hold(self, request: HoldCall) -> Receipt:
        room = await find_room(self._account, request.call_id)
        with provider_errors():
            leg = self._account.conferences(room).participants(request.leg_id)
            if request.is_agent_lost:
                await leg.update_async(hold=True, hold_url=self._rooms.lost_url(request.language), hold_method="POST")
            elif request.is_waiting:
                if (await leg.fetch_async()).hold:  # the agent held it: only a new hold plays the other sound
                    await leg.update_async(hold=False)
                await leg.update_async(hold=True, hold_url=self._rooms.wait_url(request.call_id), hold_method="POST")
            else:
                music = self._rooms.base + MUSIC if request.on else None
                await leg.update_async(hold=request.on, hold_url=music, hold_method="GET")
        return Receipt(request.leg_id)

    async def hang_up(self, request: HangUp) -> Receipt:
        try:
            with provider_errors():
                await self._account.calls(request.leg_id).update_async(status="completed")
        except ChannelError as error:
            if error.code != CALL_IS_NOT_THERE:  # with this code the call has ended, as was asked
                raise
        return Receipt(request.leg_id)


async def find_room(account: AccountContext, call_id: str) -> str:
    """The id of the call's conference under way. Raises ChannelError."""
    with provider_errors():
        rooms = await account.conferences.list_async(friendly_name=call_id, status="in-progress", limit=1)
    if not rooms:
        raise ChannelError("the call has ended", code="no_call", whose="customer")
    return str(rooms[0].sid)
