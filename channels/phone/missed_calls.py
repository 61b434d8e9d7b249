"""Calls that the provider had while nothing of ours answered it, found in its list.

The rule of this file: a call that is over is reported with its own times, once. A caller who is still on the line,
hearing the provider's fallback or an apology, is brought into the call's room first and reported then, so that a
failure in between is made up for by the next round. Each has the key that its webhook would have had.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from channels.channel import CallArrived, ChannelError, Hub
from channels.phone.leg_requests import CALL_IS_NOT_THERE
from channels.phone.notices import is_over, is_under_way, parse_arrival
from channels.phone.rooms import Rooms
from channels.phone.twiml import render
from channels.twilio.client import TwilioClient, provider_errors
from channels.twilio.webhook import BadForm

LISTED_AT_ONCE = 1000  # the provider's maximum
SETTLE_SECONDS = 3.0  # within this time a webhook that is under way is stored
_INBOUND = "inbound"
_SOFTPHONES = ("client:", "sip:")  # an agent's own call, such as the check of their telephone

log = structlog.get_logger()


class MissedCalls:
    def __init__(
        self, client: TwilioClient, rooms: Rooms, hub: Hub, account_sid: str, numbers: frozenset[str]
    ) -> None:
        self._client, self._rooms, self._hub = client, rooms, hub
        self._account_sid, self._numbers = account_sid, numbers

    async def take(self, since: int) -> None:
        """Report the calls that have begun since that instant (microseconds) and that the hub has not heard of, the
        oldest first. Raises ChannelError, and what `Hub.accept` raises."""
        missed = await self._drop_heard(await self._list(since))
        if any(arrival.ended_at is None for arrival in missed):
            await asyncio.sleep(SETTLE_SECONDS)
            missed = await self._drop_heard(missed)
        for arrival in reversed(missed):  # lists begin with the newest
            if arrival.ended_at is None and not await self._bring_in(arrival.call_id):
                continue  # it has just ended, or still rings: the next round tells
            await self._hub.accept((arrival,))
            log.info("call_caught_up", key=arrival.key, is_over=arrival.ended_at is not None)

    async def _list(self, since: int) -> list[CallArrived]:
        found: list[CallArrived] = []
        after = datetime.fromtimestamp(since / 1_000_000, UTC)
        with provider_errors():
            page = await self._client.account.calls.page_async(start_time_after=after, page_size=LISTED_AT_ONCE)
        while page is not None:
            with provider_errors():
                listed = list(page)
            arrivals = (self._read(call) for call in listed if call.direction == _INBOUND)
            # the provider takes the date alone, or rounds
            found += [one for one in arrivals if one is not None and (one.began_at or 0) >= since]
            with provider_errors():
                page = await page.next_page_async()
        return found

    def _read(self, call: Any) -> CallArrived | None:
        """A listed call as the notice that its webhook would have given. None if it is none of ours or still rings,
        so that its webhook is on its way."""
        began, ended = call.start_time or call.date_created, call.end_time or call.date_updated
        sender = call._from or ""  # the SDK gives `from` no public name
        is_for_others = bool(self._numbers) and call.to not in self._numbers
        if sender.startswith(_SOFTPHONES) or is_for_others or began is None or ended is None:
            return None
        form = {"AccountSid": self._account_sid, "CallSid": call.sid, "From": sender, "To": call.to or ""}
        try:
            arrival = parse_arrival(form)
        except BadForm as error:
            log.warning("listed_call_not_understood", problem=str(error))
            return None
        if is_over(call.status):
            return replace(arrival, began_at=_micros(began), ended_at=_micros(ended))
        return replace(arrival, began_at=_micros(began)) if is_under_way(call.status) else None

    async def _drop_heard(self, arrivals: list[CallArrived]) -> list[CallArrived]:
        heard = await self._hub.find_heard([one.key for one in arrivals]) if arrivals else ()
        return [one for one in arrivals if one.key not in heard]

    async def _bring_in(self, call_id: str) -> bool:
        """Lead a caller who is on the line into the call's room. False if nobody is on the line."""
        try:
            with provider_errors():
                await self._client.account.calls(call_id).update_async(twiml=render(self._rooms.join(call_id)))
        except ChannelError as error:
            if error.code != CALL_IS_NOT_THERE:
                raise
            return False
        return True


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000
