"""(phone) Calls in the sandbox with sound: what each costs, how long from mouth to ear, and how many at once.

The rule of this file: from mouth to ear is what a person would wait. It begins with the first sample of a frame,
20 ms before the frame can be sent, and ends when a browser plays it, with two frames in hand. A click that is not
heard by the next one counts as two seconds, and the share of such clicks stands beside. The load stands on the same
machine, so the number of calls is that of both together.

The hub lets each caller in, and the bench then leads both sides into a room of its own: out of its own rooms the hub
sends whoever it has not called.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

import aiohttp

from channels.sandbox.sound.frames import SECONDS, SILENCE
from tests.bench.aims import MOUTH_TO_EAR
from tests.bench.bench_house import ACCOUNT, API_KEY, TOKEN, BenchHouse
from tests.bench.clients import send_at, signed_call, signed_sms
from tests.bench.running import Run, open_session, quantiles
from tests.bench.sound_socket import SoundSocket, pack_message
from tests.channels.telephone import mint

CLICK = b"\x80" * len(SILENCE)
CLICK_TICKS = 25  # each call clicks twice a second
PLAYOUT = 2 * SECONDS  # the least that a browser has in hand: LEAST in web/src/shared/sound/playout.ts
UNHEARD = 2.0  # seconds: what a click counts that was not heard
OPEN_SECONDS = 30.0
AT_ONCE = 8  # calls that are opened at once


@dataclass
class BenchCall:
    customer: SoundSocket
    agent: SoundSocket
    clicked_at: float | None = None
    delays: list[float] = field(default_factory=list)
    heard: int = 0  # clicks
    unheard: int = 0

    def hear(self) -> None:
        if self.clicked_at is not None:
            self.heard += 1
            self.delays.append(time.perf_counter() - self.clicked_at + SECONDS + PLAYOUT)
            self.clicked_at = None


async def measure(run: Run) -> None:
    sizes, add = run.sizes, run.report.add
    async with run.hub(1, customers=sizes.most_calls) as house, open_session() as session:
        calls = Calls(house, session)
        speaking = asyncio.create_task(calls.speak())
        try:
            await calls.open(sizes.calls)
            before, began = house.provider.cpu_by_process(), time.perf_counter()
            hub = house.hub.cpu_seconds()
            listening = asyncio.create_task(calls.listen(sizes.call_seconds))
            answers = await _time_answers(
                house.port, [signed_call(house.port, TOKEN, n) for n in range(sizes.webhooks)]
            )
            p50, p95, unheard = await listening
            seconds = time.perf_counter() - began
            spent = {pid: cpu - before.get(pid, 0) for pid, cpu in house.provider.cpu_by_process().items()}
            sandbox = spent.pop(house.provider.pid)
            each = 1000 / seconds / sizes.calls
            name = f"{sizes.calls} calls"
            add("phone", f"{name}: CPU of the sound process, each", sum(spent.values()) * each, "ms/s")
            note = "of the rest: with the webhooks that are timed at the same time"
            add(
                "phone",
                f"{name}: CPU of the rest, each",
                (sandbox + house.hub.cpu_seconds() - hub) * each,
                "ms/s",
                note=note,
            )
            add("phone", f"{name}: mouth to ear, p50", p50, "ms")
            add("phone", f"{name}: mouth to ear, p95", p95, "ms", aim=MOUTH_TO_EAR)
            add("phone", f"{name}: clicks that were not heard", unheard, "%")
            bare = await _time_bare(run)
            for what, ours, theirs in zip(("p50", "p99"), quantiles(answers), quantiles(bare), strict=True):
                add("phone", f"{name}: webhook to TwiML, {what}", ours, "ms", bare=theirs)
            await _find_most(run, calls)
        finally:
            speaking.cancel()
            calls.close()


async def _find_most(run: Run, calls: "Calls") -> None:
    """Ever more calls, until they are heard too late."""
    sizes, wanted = run.sizes, run.sizes.calls
    while wanted < sizes.most_calls:
        wanted = min(wanted * 2, sizes.most_calls)
        try:
            await calls.open(wanted)
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            run.report.remark(
                f"(phone) {wanted} calls could not be opened ({type(error).__name__}): {calls.say_silent()}"
            )
            return
        _, p95, unheard = await calls.listen(sizes.call_seconds / 2)
        run.report.add("phone", f"{wanted} calls: mouth to ear, p95", p95, "ms")
        run.report.add("phone", f"{wanted} calls: clicks that were not heard", unheard, "%")
        if p95 > MOUTH_TO_EAR.bound:
            run.report.add("phone", f"calls at which p95 passes {MOUTH_TO_EAR.bound:.0f} ms", wanted, "")
            return
    run.report.remark(f"(phone) {wanted} calls are the most that were tried, and p95 has not passed the bound")


class Calls:
    """Customers and softphones that say nothing but a click now and then."""

    def __init__(self, house: BenchHouse, session: aiohttp.ClientSession) -> None:
        self._house, self._session = house, session
        self._url = f"http://127.0.0.1:{house.provider_port}"
        self._calls: list[BenchCall] = []

    async def open(self, number: int) -> None:
        """Have so many calls, each of which is heard. Raises TimeoutError."""
        async with asyncio.timeout(OPEN_SECONDS):
            while (first := len(self._calls)) < number:
                self._calls += await asyncio.gather(*map(self._open, range(first, min(first + AT_ONCE, number))))
            for call in self._calls:
                call.heard = 0
            while not all(call.heard for call in self._calls):
                await asyncio.sleep(SECONDS)

    def say_silent(self) -> str:
        silent = [call for call in self._calls if not call.heard]
        ended = sum(call.agent.was_told("ended") or call.customer.was_told("ended") for call in silent)
        return f"{len(self._calls)} were made, {len(silent)} of them not heard, {ended} of these ended"

    async def listen(self, seconds: float) -> tuple[float, float, float]:
        """p50 and p95 of mouth to ear, in milliseconds, and the share of the clicks that were not heard."""
        for call in self._calls:
            call.delays.clear()
            call.heard = call.unheard = 0
        await asyncio.sleep(seconds)
        delays = sorted(delay for call in self._calls for delay in (call.delays or [UNHEARD]))
        unheard = sum(call.unheard if call.delays else 1 for call in self._calls) / len(delays)
        return statistics.median(delays) * 1000, delays[int(len(delays) * 0.95)] * 1000, unheard * 100

    async def speak(self) -> None:
        """A frame of every telephone every 20 ms."""
        clock = asyncio.get_running_loop().time
        due, number = clock(), 0
        while True:
            number += 1
            quiet, click = pack_message(number, SILENCE), pack_message(number, CLICK)
            for place, call in enumerate(self._calls):
                is_click = (number + place * 7) % CLICK_TICKS == 0
                if is_click:
                    if call.clicked_at is not None:
                        call.delays.append(UNHEARD)
                        call.unheard += 1
                    call.clicked_at = time.perf_counter()
                call.customer.write(click if is_click else quiet)
                call.agent.write(quiet)
            due = max(due + SECONDS, clock() - 0.1)
            await asyncio.sleep(max(0.0, due - clock()))

    def close(self) -> None:
        for call in self._calls:
            call.customer.close()
            call.agent.close()

    async def _open(self, number: int) -> BenchCall:
        path = f"{self._url}/sandbox/api/customers/{self._house.customers[number][1:]}/call"
        async with self._session.post(path, json={}) as answer:
            call = await answer.json()
        base = call["sound"].partition("/customer")[0]
        identity = f"bench-{number}"
        sid, secret = API_KEY
        token = mint(identity, secret=secret, account=ACCOUNT, key_sid=sid)
        customer = await SoundSocket.open(call["sound"])
        agent = await SoundSocket.open(f"{base}/client?token={token}")
        await agent.until_told("registered")
        room = f"bench-{number}"
        move = f"<Response><Dial><Conference>{room}</Conference></Dial></Response>"
        while await self._ask(f"Calls/{call['sid']}", Twiml=move) != HTTPStatus.OK:  # it is not answered yet
            await asyncio.sleep(SECONDS)
        ring = {"From": "+46850005000", "To": f"client:{identity}", "Label": uuid4().hex}
        assert await self._ask(f"Conferences/{room}/Participants", **ring) == HTTPStatus.CREATED
        agent.tell({"kind": "accept", "call": (await agent.until_told("incoming"))["call"]})
        opened = BenchCall(customer, agent)
        agent.on_voice = opened.hear
        return opened

    async def _ask(self, path: str, **form: str) -> int:
        """The provider's status."""
        headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        url = f"{self._url}/2010-04-01/Accounts/{ACCOUNT}/{path}.json"
        async with self._session.post(url, data=form, headers=headers) as answer:
            return answer.status


async def _time_answers(port: int, requests: list[bytes]) -> list[float]:
    """Seconds from each request to its answer, twenty a second."""
    seconds: list[float] = []
    failed = await send_at(port, requests, 20, lambda number: None, answered=seconds.append)
    assert failed == 0, f"{failed} of {len(requests)} webhooks failed"
    return seconds


async def _time_bare(run: Run) -> list[float]:
    async with run.skeleton() as skeleton:
        warm = [signed_sms(skeleton.port, TOKEN, n) for n in range(10)]
        await _time_answers(skeleton.port, warm)
        requests = [signed_sms(skeleton.port, TOKEN, 1000 + n) for n in range(run.sizes.webhooks)]
        return await _time_answers(skeleton.port, requests)
