"""Conferences: legs that come together, wait, are held, and leave.

The rule of this file: every change is reported to the conference's own callback, in order.

A conference starts when two legs are in it and one of them may start it; until then each of them hears its wait
address (twilio.com/docs/voice/twiml/conference).
"""

import time
from collections.abc import Callable, Coroutine, Iterator
from email.utils import formatdate
from typing import Any, Final

from channels.sandbox.call import Call, Conference, Fetch, Leg, StatusCallback
from channels.sandbox.errors import ApiError
from channels.sandbox.tasks import Tasks
from channels.sandbox.webhooks import Webhooks

LABEL_IS_TAKEN: Final = ApiError(400, 16025, "Participant label is in use by another participant")
HOLD_MUSIC: Final = Fetch("", "GET")  # the provider's own


class Conferences:
    """`listen` plays the sounds of an address to a call, for ever."""

    def __init__(
        self,
        account_sid: str,
        kept: int,
        webhooks: Webhooks,
        tasks: Tasks,
        listen: Callable[[Call, Fetch], Coroutine[Any, Any, None]],
    ) -> None:
        self._account_sid, self._kept = account_sid, kept
        self._webhooks, self._tasks, self._listen = webhooks, tasks, listen
        self.by_sid: dict[str, Conference] = {}
        self._open: dict[str, Conference] = {}  # by name

    def find(self, sid_or_name: str) -> Conference | None:
        return self.by_sid.get(sid_or_name) or self._open.get(sid_or_name)

    def get_open(self, name: str, callback: StatusCallback) -> Conference:
        """The conference of that name under way, or else a new one. Its first callback stays."""
        conference = self._open.get(name)
        if conference is None:
            conference = self._open[name] = Conference(name)
            self.by_sid[conference.sid] = conference
            for sid in list(self.by_sid)[: max(0, len(self.by_sid) - self._kept)]:
                if self.by_sid[sid].status == "completed":
                    del self.by_sid[sid]
        if not conference.callback.url:
            conference.callback = callback
        return conference

    def invite(self, conference: Conference, leg: Leg) -> None:
        """Give a leg its place before it is connected. Raises ApiError if its label is taken."""
        if leg.label and conference.find_leg(leg.label):
            raise LABEL_IS_TAKEN
        conference.legs[leg.call.sid] = leg
        leg.conference, leg.call.leg = conference, leg

    def join(self, conference: Conference, leg: Leg) -> None:
        leg.status, leg.updated_at = "connected", time.time()
        self._report(conference, "participant-join", leg)
        for other in _others(conference, leg):
            other.call.note("provider", "joined", leg.who)
            leg.call.note("provider", "joined", other.who)
        connected = conference.connected
        if conference.status == "init" and len(connected) > 1 and any(other.starts for other in connected):
            conference.status, conference.updated_at = "in-progress", time.time()
            self._report(conference, "conference-start")
            for other in connected:
                self._play(other, None)
                other.call.changed(other.call)
        elif conference.status == "init" and leg.wait is not None:
            self._play(leg, leg.wait)
        leg.call.changed(leg.call)

    def set_hold(self, conference: Conference, leg: Leg, on: bool, music: Fetch | None) -> None:
        if on == leg.is_on_hold:
            return
        leg.is_on_hold, leg.updated_at = on, time.time()
        leg.call.note("provider", "hold" if on else "resume")
        self._play(leg, (music or HOLD_MUSIC) if on else None)
        self._report(conference, "participant-hold" if on else "participant-unhold", leg)

    def set_muted(self, conference: Conference, leg: Leg, muted: bool) -> None:
        if muted != leg.is_muted:
            leg.is_muted, leg.updated_at = muted, time.time()
            self._report(conference, "participant-mute" if muted else "participant-unmute", leg)
            leg.call.changed(leg.call)

    def leave(self, leg: Leg, reason: str = "participant_hung_up") -> None:
        """Take a leg out. It may be connected or only invited."""
        conference = leg.conference
        if conference is None:
            return
        was_connected = leg.status == "connected"
        self._remove(conference, leg, "complete" if was_connected else "failed", reason)
        if was_connected and leg.ends:
            self.end(conference, "participant-with-end-conference-on-exit-left", leg.call.sid)
        elif not conference.legs:
            self.end(conference, "last-participant-left", leg.call.sid)

    def end(self, conference: Conference, because: str, by: str | None = None) -> None:
        if conference.status == "completed":
            return
        for leg in list(conference.legs.values()):
            self._remove(conference, leg, "complete", "conference_ended")
        conference.status, conference.updated_at = "completed", time.time()
        conference.ended_because, conference.ended_by = because, by
        self._open.pop(conference.name, None)
        self._report(conference, "conference-end")

    def _remove(self, conference: Conference, leg: Leg, status: str, reason: str) -> None:
        del conference.legs[leg.call.sid]
        was_connected = leg.status == "connected"
        leg.status, leg.updated_at = status, time.time()
        leg.conference = leg.call.leg = None
        self._play(leg, None)
        leg.call.changed(leg.call)
        leg.out.set()
        if was_connected:
            self._report(conference, "participant-leave", leg, reason)
            for other in conference.connected:
                other.call.note("provider", "left", leg.who)

    def _play(self, leg: Leg, music: Fetch | None) -> None:
        """Let a leg hear something for ever. With None it hears the conference itself."""
        if leg.sound is not None:
            leg.sound.cancel()
        leg.sound = self._tasks.spawn(self._listen(leg.call, music), f"sound {leg.call.sid}") if music else None

    def _report(self, conference: Conference, event: str, leg: Leg | None = None, reason: str = "") -> None:
        if event.removeprefix("participant-").removeprefix("conference-").removeprefix("un") not in (
            conference.callback.events
        ):
            return
        conference.reports += 1
        form = {
            "AccountSid": self._account_sid,
            "ConferenceSid": conference.sid,
            "FriendlyName": conference.name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(conference.reports),
            "Timestamp": formatdate(),
        }
        if leg is not None:
            form |= {
                "CallSid": leg.call.sid,
                "Muted": _word(leg.is_muted),
                "Hold": _word(leg.is_on_hold),
                "Coaching": _word(bool(leg.coaches)),
                "StartConferenceOnEnter": _word(leg.starts),
                "EndConferenceOnExit": _word(leg.ends),
            }
            if leg.label:
                form["ParticipantLabel"] = leg.label
        if reason:
            form["ReasonParticipantLeft"] = reason
        if conference.ended_because:
            form["ReasonConferenceEnded"] = conference.ended_because
        self._webhooks.report(conference.sid, conference.callback.url, form, conference.callback.method)


def list_others(call: Call) -> list[str]:
    """The addresses that are connected with a call."""
    if call.leg is None or call.leg.conference is None:
        return []
    return [other.who for other in _others(call.leg.conference, call.leg)]


def _others(conference: Conference, leg: Leg) -> Iterator[Leg]:
    return (other for other in conference.connected if other is not leg)


def _word(value: bool) -> str:
    return "true" if value else "false"
