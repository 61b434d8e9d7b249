"""The hub's requests to the phone, carried out through the provider's REST API.

The rule of this file: carrying out a request again does no harm. The call is looked at first, the label may exist
only once, or the same thing is said again. A call over the telephone network, to a customer or to an agent, has no
such protection: if no clear answer came, it is never made again. This file has the requests to customers;
`leg_requests.py`, `party_requests.py` and `recording_requests.py` have the others.
"""

from typing import assert_never

from channels.channel import (
    After,
    BringAgent,
    CallAgent,
    CallCustomer,
    ChangeRecording,
    ChannelError,
    ConnectAgent,
    ConnectParty,
    DeleteRecording,
    HangUp,
    HoldCall,
    Hub,
    ReachAgent,
    Receipt,
    Request,
    Speak,
    StartRecording,
    UpdateParty,
    WaitingPlace,
)
from channels.phone.agent_first import CallingOut, detect_later
from channels.phone.intents import AskKey, EndCall, Intent, Say
from channels.phone.leg_requests import CALL_IS_NOT_THERE, LegRequests
from channels.phone.notices import is_under_way
from channels.phone.party_requests import PartyRequests
from channels.phone.recording_requests import RecordingRequests
from channels.phone.rooms import STATUS, Rooms
from channels.phone.twiml import render
from channels.phone.words import find_voice, offer_callback, tell_place
from channels.twilio.client import TwilioClient, provider_errors


class PhoneRequests:
    def __init__(
        self,
        client: TwilioClient,
        rooms: Rooms,
        calling_out: CallingOut,
        ring_seconds: int,
        detects_machines: bool,
        hub: Hub,
    ) -> None:
        """`ring_seconds`: how long an agent's phone rings."""
        self._account, self._rooms, self._calling_out = client.account, rooms, calling_out
        self._legs, self._parties = LegRequests(client, rooms, ring_seconds), PartyRequests(client, rooms)
        self._recordings = RecordingRequests(client, rooms, hub)
        self._detects_machines = detects_machines

    async def carry_out(self, request: Request) -> Receipt:
        match request:
            case ConnectAgent():
                return await self._legs.connect(request)
            case CallAgent():
                return await self._legs.call_agent(request)
            case ConnectParty():
                return await self._parties.connect(request)
            case UpdateParty():
                return await self._parties.update(request)
            case HoldCall():
                return await self._legs.hold(request)
            case HangUp():
                return await self._legs.hang_up(request)
            case Speak():
                return await self._speak(request)
            case CallCustomer():
                return await self._call(request)
            case ReachAgent():
                return await self._calling_out.reach(request)
            case BringAgent():
                return await self._calling_out.bring(request)
            case StartRecording():
                return await self._recordings.start(request)
            case ChangeRecording():
                return await self._recordings.change(request)
            case DeleteRecording():
                return await self._recordings.delete(request)
            case _:
                raise ChannelError(f"phone cannot {type(request).__name__}", code="unsupported", whose="ours")

    async def _speak(self, request: Speak) -> Receipt:
        """Take the customer out of the room and speak to them. If the call has only just arrived and is not answered
        yet, or if no clear answer came, try again in a moment: a caller must not be left hanging."""
        try:
            with provider_errors():
                await self._account.calls(request.call_id).update_async(twiml=render(*self._tell(request)))
        except ChannelError as error:
            if error.code == CALL_IS_NOT_THERE:
                with provider_errors():
                    call = await self._account.calls(request.call_id).fetch_async()
                if not is_under_way(str(call.status)):
                    return Receipt("")  # the customer has gone
            elif error.outcome_known:
                raise
            raise ChannelError(error.what, code=error.code, retry=True) from error
        return Receipt(request.call_id)

    async def _call(self, request: CallCustomer) -> Receipt:
        """Call the customer. The provider asks us for the words once somebody has answered: then we know the call's
        id, which names the room."""
        detect = detect_later(self._rooms, request.outbox_id, request.detect)
        with provider_errors():
            call = await self._account.calls.create_async(
                to=request.to_address,
                from_=request.from_address,
                url=self._rooms.answered_url(request.outbox_id),
                timeout=request.ring_seconds,
                status_callback=f"{self._rooms.base}{STATUS}?o={request.outbox_id}",
                status_callback_event=["completed"],
                **(detect if self._detects_machines else {}),
            )
        return Receipt(str(call.sid))

    async def offer_callback(self, call_id: str, place: WaitingPlace, number: int) -> None:
        """Ask a waiting customer, outside the room because no key is heard inside. Raises ChannelError."""
        words = (*tell_place(place), offer_callback(place))
        ask = AskKey(words, self._rooms.key_url(call_id, number, place))
        with provider_errors():
            await self._account.calls(call_id).update_async(twiml=render(ask, self._rooms.join(call_id, number + 1)))

    def _tell(self, request: Speak) -> list[Intent]:
        words = Say(request.text, find_voice(request.language))
        match request.then:
            case After.RETURN:
                return [words, self._rooms.join(request.call_id)]
            case After.RECORD:
                return [words, self._rooms.record(request.language), EndCall()]
            case After.END:
                return [words, EndCall()]
            case _:
                assert_never(request.then)
