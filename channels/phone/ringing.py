"""Who is rung for a call: straight into its room, or outside it until they press the key.

The rule of this file: what is the same for an agent and for a party stands here once.
"""

from typing import Any

from twilio.rest.api.v2010.account import AccountContext

from channels.channel import CallAgent, ChannelError, ConnectAgent, ConnectParty, Receipt
from channels.phone.rooms import CONFERENCE, Rooms
from channels.phone.twiml import EVENTS
from channels.twilio.client import provider_errors
from channels.twilio.softphone_tokens import find_browser

_LABEL_IS_TAKEN = "16025"


async def ring_into_room(
    account: AccountContext, rooms: Rooms, request: ConnectAgent | ConnectParty, to_address: str, **options: Any
) -> Receipt:
    """The outbox id is the leg's label, and labels are unique in a conference. So carrying out the request again
    rings nobody twice, as long as the first leg is there. `options`: further parameters of the provider's."""
    try:
        with provider_errors():
            leg = await account.conferences(request.call_id).participants.create_async(
                from_=request.from_address,
                to=find_browser(to_address),
                label=request.outbox_id,
                end_conference_on_exit=False,
                status_callback=rooms.status_url(request.call_id, request.outbox_id),
                status_callback_event=["completed"],
                conference_status_callback=rooms.base + CONFERENCE,
                conference_status_callback_event=EVENTS.split(),
                **options,
            )
    except ChannelError as error:
        if error.code == _LABEL_IS_TAKEN:
            return Receipt("")
        raise
    return Receipt(str(leg.call_sid))


async def ring_outside(
    account: AccountContext, rooms: Rooms, request: CallAgent | ConnectParty, ring_seconds: int
) -> Receipt:
    """Whoever answers hears who is calling. Only the key lets them in (`agents_by_phone.py`)."""
    with provider_errors():
        leg = await account.calls.create_async(
            to=request.to_address,
            from_=request.from_address,
            url=rooms.agent_url(request.call_id, request.outbox_id),
            timeout=ring_seconds,
            status_callback=rooms.status_url(request.call_id, request.outbox_id),
            status_callback_event=["completed"],
        )
    return Receipt(str(leg.sid))
