"""The switchboard: calls begin, ring, are answered, and end.

The rule of this file: every call ends in `finish`, whoever ends it.

`client:` and `sip:` addresses are agents' phones, which answer at once, but a softphone that is registered with sound
rings until its agent accepts. A telephone rings until its owner answers or declines. The owner is a sample customer,
or anybody else whom the hub has called.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urljoin

from channels.sandbox.call import Call, Conference, Fetch, Leg, Sleep, StatusCallback
from channels.sandbox.conference import Conferences
from channels.sandbox.faults import Faults
from channels.sandbox.hearing import Hearing
from channels.sandbox.recorded_talks import RecordedTalks
from channels.sandbox.recordings import Recordings
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.tasks import Tasks
from channels.sandbox.twiml import HungUp, Instructions, Interpreter, parse_twiml
from channels.sandbox.webhooks import WebhookFailed, Webhooks


class Calls:
    def __init__(
        self,
        settings: SandboxSettings,
        webhooks: Webhooks,
        faults: Faults,
        tasks: Tasks,
        sleep: Sleep,
        hearing: Hearing,
        changed: Callable[[Call], None],
    ) -> None:
        self._settings, self._webhooks, self._faults = settings, webhooks, faults
        self._tasks, self._sleep, self._hearing, self._changed = tasks, sleep, hearing, changed
        self._customers = frozenset(customer.phone for customer in settings.customers)
        self._languages = {customer.phone: customer.language for customer in settings.customers}
        self.by_sid: dict[str, Call] = {}
        self._latest: dict[str, Call] = {}  # by the number of a customer or of anybody else whom the hub has called
        # Numbers that the hub has called and that no sample customer has, such as agents' own
        self.telephones: dict[str, None] = {}
        self.recordings = Recordings(settings.account_sid, settings.media_base, settings.kept, webhooks)
        self.recorded_talks = RecordedTalks(self.recordings, hearing)
        self.conferences = Conferences(settings.account_sid, settings.kept, webhooks, tasks, self._listen)

    def find_latest(self, address: str) -> Call | None:
        """A customer's call under way, or else their last one."""
        return self._latest.get(address)

    def dial(self, from_: str, to: str) -> Call:
        """A customer calls the hub."""
        hub = self._settings.hub_url.rstrip("/")
        call = Call(from_, to, "inbound", self._changed, StatusCallback(hub + self._settings.voice_status_path))
        self._add(call)
        self._move(call, "ringing")
        self._start(call, self._interpret(call).run(Fetch(hub + self._settings.voice_path)))
        return call

    def ring(
        self,
        from_: str,
        to: str,
        callback: StatusCallback,
        ring_seconds: float,
        then: Instructions,
        *,
        detects: str,
        later: StatusCallback | None = None,
    ) -> Call:
        """The hub calls somebody; after the answer, TwiML says what happens. `detects`: whether a person answers, as
        MachineDetection; empty: the hub does not ask. `later`: where that is told, if nothing is to wait for it."""
        call = self._add(Call(from_, to, "outbound-api", self._changed, callback, detects=detects))
        call.answered_by = "human" if detects and later is None else ""
        call.answered_by_later = later if detects else None
        self._start(call, self._ring_then_run(call, ring_seconds, then))
        return call

    def ring_into(self, conference: Conference, leg: Leg, ring_seconds: float) -> None:
        """The hub calls somebody into a conference. Raises ApiError if the leg's label is taken."""
        self.conferences.invite(conference, leg)
        self._add(leg.call)
        self._start(leg.call, self._ring_then_join(conference, leg, ring_seconds))

    def build_outgoing(self, from_: str, to: str, callback: StatusCallback) -> Call:
        return Call(from_, to, "outbound-api", self._changed, callback)

    def connect(self, from_: str, application: str, attempt: str, more: Mapping[str, str]) -> None:
        """A softphone calls an application of the account, which the provider knows by the address of its TwiML. That
        gets `more` too."""
        call = self._add(Call(from_, "", "inbound", self._changed))
        self._move(call, "ringing")
        self._hearing.put_through(call, attempt)
        address = self._settings.applications.get(application)
        if address is None:
            self.finish(call, "failed")
        else:
            self._start(call, self._interpret(call).run(Fetch(urljoin(self._settings.hub_url, address), more=more)))

    def pick_up(self, call: Call) -> None:
        """The call is answered. A second time changes nothing."""
        if call.status in ("queued", "ringing"):
            self._move(call, "in-progress")
            call.picked_up.set()
            call.note("provider", "answered")

    def redirect(self, call: Call, then: Instructions) -> None:
        """The hub gives other instructions to a call under way."""
        if call.task is not None:
            call.task.cancel()
        if call.leg is not None:
            self.conferences.leave(call.leg, "participant_updated_via_api")
        self._start(call, self._interpret(call).run(then))

    def speak(self, call: Call, kind: str, text: str, *, is_heard: bool = False) -> None:
        """A customer says something ("speech") or presses keys ("digits"). `is_heard`: their tones sound already."""
        call.note("customer", kind, text)
        if kind == "speech":
            language = self._languages.get(call.customer_address, "")
            self._hearing.pass_words(call, text, language, is_heard_there=False)
        elif not is_heard:
            self._hearing.play_keys(call, text)
        if call.is_listening:
            call.characters_said += len(text) if kind == "speech" else 0
            call.typed.put_nowait((kind, text))

    def finish(self, call: Call, status: str = "completed") -> None:
        """End a call. If it is over already, nothing changes."""
        if call.is_over:
            return
        if status == "completed" and call.answered_at is None:
            status = "canceled"
        self.recorded_talks.end_of(call)
        if call.leg is not None:
            self.conferences.leave(call.leg)
        self._move(call, status)
        call.note("provider", "ended", status)
        if call.task is not None and call.task is not asyncio.current_task():
            call.task.cancel()

    def _add(self, call: Call) -> Call:
        self.by_sid[call.sid] = call
        if call.customer_address in self._customers or call.is_to_telephone:
            self._latest[call.customer_address] = call
            if call.customer_address not in self._customers:
                self.telephones[call.customer_address] = None
        if len(self.by_sid) > self._settings.kept:
            oldest = next(iter(self.by_sid.values()))
            if oldest.is_over:
                del self.by_sid[oldest.sid]
        return call

    def _move(self, call: Call, status: str) -> None:
        event = call.move(status)
        form = call.describe_progress(self._settings.account_sid)
        if event in call.callback.events:
            self._webhooks.report(call.sid, call.callback.url, form, call.callback.method)
        self._changed(call)

    def _start(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        call.task = self._tasks.spawn(self._carry_out(call, work), f"call {call.sid}")

    async def _carry_out(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        status = "completed"
        try:
            await work
        except HungUp as over:
            status = over.status
        except WebhookFailed as error:
            call.note("provider", "problem", f"{error.code} {error.what}")
            if self._settings.voice_fallback and call.direction == "inbound" and not call.has_fallen_back:
                call.has_fallen_back = True
                self._start(call, self._interpret(call).run(parse_twiml(self._settings.voice_fallback.encode())))
                return
            call.note("provider", "say", "We are sorry, an application error has occurred. Goodbye.", "en-US")
            status = "completed" if call.answered_at else "failed"
        self.finish(call, status)

    async def _ring_then_run(self, call: Call, ring_seconds: float, then: Instructions) -> None:
        await self._ring(call, ring_seconds)
        await self._interpret(call).run(then)

    async def _ring_then_join(self, conference: Conference, leg: Leg, ring_seconds: float) -> None:
        leg.status = "ringing"
        await self._ring(leg.call, ring_seconds)
        if not leg.out.is_set():
            self.conferences.join(conference, leg)
            await leg.out.wait()

    async def _ring(self, call: Call, ring_seconds: float) -> None:
        """Return when the call is answered. Raises HungUp if it is not."""
        self._move(call, "queued")
        self._move(call, "ringing")
        fault = self._faults.take("leg")
        if fault is not None and fault.kind != "machine":
            raise HungUp(fault.kind)
        if fault is not None:
            call.answered_by = call.answered_by and "machine_start"
            self.pick_up(call)
            self._tell_later(call, "machine_end_beep" if call.detects == "DetectMessageEnd" else "machine_start")
            return
        if call.to_address.startswith(("client:", "sip:")) and not self._hearing.ring(call):
            self.pick_up(call)
            return
        bell = asyncio.ensure_future(self._sleep(ring_seconds))
        answer = asyncio.ensure_future(call.picked_up.wait())
        try:
            await asyncio.wait((bell, answer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
            answer.cancel()
        if not call.picked_up.is_set():
            raise HungUp("no-answer")
        self._tell_later(call, "human")

    def _tell_later(self, call: Call, answered_by: str) -> None:
        """Report who has answered while the call goes on (twilio.com/docs/voice/answering-machine-detection)."""
        if call.answered_by_later is not None:
            form = {
                "AccountSid": self._settings.account_sid,
                "CallSid": call.sid,
                "AnsweredBy": answered_by,
                "MachineDetectionDuration": "3600",
            }
            callback = call.answered_by_later
            self._webhooks.report(call.sid, callback.url, form, callback.method)

    async def _listen(self, call: Call, music: Fetch) -> None:
        await self._interpret(call).listen(music)

    def _interpret(self, call: Call) -> Interpreter:
        return Interpreter(
            call,
            self._settings,
            self._webhooks,
            self._sleep,
            self.pick_up,
            self.recordings,
            self.conferences,
            self._hearing,
        )
