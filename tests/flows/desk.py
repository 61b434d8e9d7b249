"""An agent's desk without a screen: signs in, resumes, folds numbered events into what it shows, sends commands.

`fold` is the rule that every screen follows: old snapshot + events = fresh snapshot.
"""

import asyncio
import uuid
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import aiohttp

from tests.flows.line import Line

Screen = dict[str, Any]
SECONDS = 60.0  # until something is given up that should take milliseconds
BUSY_SECONDS = 8.0  # what a machine that does much else may take beyond what is promised


def fold(screen: Screen, event: dict[str, Any]) -> None:
    match event:
        case {"kind": "agent_changed", "agent": agent}:
            screen["agent"] = agent
        case {"kind": "desk_acts", "desk": desk}:
            screen["acting_desk"] = desk
        case {"kind": "offer_made", "offer": offer}:
            screen["offers"].append(offer)
        case {"kind": "offer_ended", "offer_id": offer_id}:
            screen["offers"] = [offer for offer in screen["offers"] if offer["id"] != offer_id]
        case {"kind": "interaction_added", "interaction": interaction}:
            screen["interactions"].append(interaction)
        case {"kind": "interaction_removed", "interaction_id": gone}:
            screen["interactions"] = [held for held in screen["interactions"] if held["id"] != gone]
            screen["today"] = event["today"]
        case {"kind": "interaction_changed"}:
            held = find_held(screen, event["interaction_id"])
            changed = ("version", "state", "state_since", "wrap_up_deadline_at", "is_customer_gone", "listeners")
            held.update({name: event[name] for name in changed})
            kept = ("call", "customer", "queue", "tier")
            held.update({name: event[name] for name in kept if event[name] is not None})
            if event["customer_tier"] is not None:
                held["customer"]["tier"] = event["customer_tier"]
        case {"kind": "message_added", "interaction_id": held_id, "message": message}:
            find_held(screen, held_id)["messages"].append(message)
        case {"kind": "message_changed", "interaction_id": held_id, "message_id": message_id}:
            for message in find_held(screen, held_id)["messages"]:
                if message["id"] == message_id:
                    message.update(delivery=event["delivery"], error=event["error"])
                    message["data"] = message["data"] if event["data"] is None else event["data"]
        case {"kind": "appointments_changed", "interaction_id": held_id, "appointments": agreed}:
            find_held(screen, held_id)["appointments"] = agreed
        case {"kind": "script_changed", "interaction_id": held_id, "script": script}:
            find_held(screen, held_id)["script"] = script
        case {"kind": "consult_shown", "consult": consult}:
            others = [one for one in screen["consults"] if one["party_id"] != consult["party_id"]]
            screen["consults"] = sorted([*others, consult], key=lambda one: (one["asked_at"], one["party_id"]))
        case {"kind": "consult_gone", "party_id": party_id}:
            screen["consults"] = [one for one in screen["consults"] if one["party_id"] != party_id]
        case {"kind": "listening_shown", "listening": shown}:
            others = [one for one in screen["listening"] if one["party_id"] != shown["party_id"]]
            screen["listening"] = sorted([*others, shown], key=lambda one: (one["asked_at"], one["party_id"]))
        case {"kind": "listening_gone", "party_id": party_id}:
            screen["listening"] = [one for one in screen["listening"] if one["party_id"] != party_id]
        case {"kind": "today_changed", "today": today}:
            screen["today"] = today
        case {"kind": "policy_changed", "policy": policy}:
            screen["policy"] = policy
        case _:
            raise AssertionError(f"an event that no screen knows: {event}")


def find_held(screen: Screen, interaction_id: str) -> dict[str, Any]:
    return next(held for held in screen["interactions"] if held["id"] == interaction_id)


async def sign_in(url: str, name: str, password: str) -> str:
    """The cookie of a new session."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{url}/api/sign-in", json={"name": name, "password": password}) as answer:
            assert answer.status == 200, await answer.text()
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in session.cookie_jar)


class Desk:
    """`screen` is what the agent sees; `seen` every event in order, `moving` whether the hub said goodbye."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url, self.cookie = url, cookie
        self.screen: Screen = {}
        self.number = -1  # nothing seen yet
        self.seen: list[dict[str, Any]] = []
        self.queues: list[dict[str, Any]] = []
        self.typing: list[str] = []
        self.is_moving = False
        self._changed = asyncio.Event()
        self._early: list[dict[str, Any]] = []
        self._is_resumed = False
        self.line = Line("/desk", ("events", "queues", "typing", "moving"), self._hear)

    @classmethod
    async def open(cls, url: str, name: str, password: str) -> "Desk":
        desk = cls(url, await sign_in(url, name, password))
        await desk.connect()
        return desk

    async def connect(self) -> None:
        self._is_resumed = False
        await self.line.connect(self.url, Cookie=self.cookie)
        await self.resume()

    async def reconnect(self, url: str = "") -> None:
        """After the hub, or the line to it, was gone: what was missed comes by number."""
        self.url = url or self.url
        await self.line.close()
        await self.connect()

    async def close(self) -> None:
        await self.line.close()

    async def resume(self) -> dict[str, Any]:
        answer = await self.line.ask("resume", {"number": self.number if self.screen else None})
        if answer["snapshot"] is not None:
            self.screen = answer["snapshot"]
            self.number = self.screen["number"]
        self._is_resumed = True
        for numbered in [*(answer["events"] or []), *self._early]:
            self._take(numbered)
        self._early.clear()
        self._changed.set()
        return answer

    async def fresh(self) -> Screen:
        """What a screen that is opened now would show."""
        return dict((await self._ask_for(None))["snapshot"])

    async def _ask_for(self, number: int | None) -> dict[str, Any]:
        """What is stored after this number, without a change to the screen."""
        while (answer := await self.line.ask("resume", {"number": number})).get("code") == "too_fast":
            await asyncio.sleep(0.1)
        return answer

    async def is_what_a_fresh_one_shows(self) -> bool:
        """Compares at the very same number, however much goes on meanwhile."""
        async with asyncio.timeout(SECONDS):
            while True:
                fresh = await self.fresh()
                await self._reaches(fresh["number"])
                if self.number == fresh["number"]:
                    return comparable(self.screen) == comparable(fresh)

    async def _reaches(self, number: int) -> None:
        await self.until(lambda screen: self.number >= number)

    def _take(self, numbered: dict[str, Any]) -> None:
        if numbered["number"] <= self.number:
            return
        assert numbered["number"] == self.number + 1, f"a gap: {numbered['number']} after {self.number}"
        self.number = numbered["number"]
        self.seen.append(numbered["event"])
        fold(self.screen, deepcopy(numbered["event"]))

    def _hear(self, name: str, data: Any) -> None:
        match name:
            case "events" if self._is_resumed:
                for numbered in data:
                    self._take(numbered)
            case "events":
                self._early.extend(data)
            case "queues":
                self.queues = data
            case "typing":
                self.typing.append(data["interaction_id"])
            case "moving":
                self.is_moving = True
        self._changed.set()

    def describe(self) -> str:
        shown = {name: self.screen[name] for name in ("agent", "offers", "interactions") if name in self.screen}
        return f"the screen shows {shown}; the queues {self.queues}; told {[event['kind'] for event in self.seen]}"

    # ---- what the agent does and waits for

    async def until(self, holds: Callable[[Screen], Any], seconds: float = SECONDS) -> Any:
        """What `holds` gives of the screen once it is true of it."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds(self.screen)):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {self.describe()}") from None
        return found

    async def told(self, kind: str, **expected: Any) -> dict[str, Any]:
        """The first event of a kind whose fields are as expected, however long ago it came."""

        def is_so(screen: Screen) -> dict[str, Any] | None:
            fits = (e for e in self.seen if e["kind"] == kind)
            return next((e for e in fits if all(e[name] == value for name, value in expected.items())), None)

        found: dict[str, Any] = await self.until(is_so)
        return found

    async def ask(self, kind: str, *, command_id: str = "", **fields: Any) -> dict[str, Any]:
        """The answer to a command; `id` and all."""
        command = {"id": command_id or uuid.uuid4().hex, "kind": kind, **fields}
        return await self.line.ask("command", command)

    async def do(self, kind: str, **fields: Any) -> None:
        """A command that is done, and on the screen: its answer may come before its events."""
        answer = await self.ask(kind, **fields)
        assert answer["code"] == "", f"{kind} {fields}: {answer}; {self.describe()}"
        missed = (await self._ask_for(self.number))["events"]
        if missed:
            await self._reaches(missed[-1]["number"])

    async def go_available(self) -> None:
        await self.do("set_state", state="available")

    async def is_offered(self, seconds: float = SECONDS) -> dict[str, Any]:
        offer: dict[str, Any] = await self.until(lambda screen: screen["offers"] and screen["offers"][0], seconds)
        return offer

    async def accept(self) -> dict[str, Any]:
        """Takes what is offered; the interaction as it then is."""
        offer = await self.is_offered()
        await self.do("accept_offer", offer_id=offer["id"])
        return await self.holds(offer["interaction_id"])

    async def holds(self, interaction_id: str, **expected: Any) -> dict[str, Any]:
        """An interaction in my hands as it is once its fields are as expected."""

        def is_so(screen: Screen) -> dict[str, Any] | None:
            found = next((i for i in screen["interactions"] if i["id"] == interaction_id), None)
            return found if found and all(found[name] == value for name, value in expected.items()) else None

        found: dict[str, Any] = deepcopy(await self.until(is_so))
        return found

    async def talks(self, interaction_id: str) -> None:
        await self.holds(interaction_id)
        await self.until(lambda screen: find_held(screen, interaction_id)["call"]["state"] == "talking")

    async def about(self, interaction_id: str, kind: str, **fields: Any) -> None:
        """A command about an interaction, of the version that the screen shows."""
        version = find_held(self.screen, interaction_id)["version"]
        await self.do(kind, interaction_id=interaction_id, version=version, **fields)

    async def reply(self, interaction_id: str, text: str) -> dict[str, Any]:
        """The message, as the transcript shows it."""
        await self.about(interaction_id, "send_message", text=text)
        return await self.sees(interaction_id, text)

    async def sees(self, interaction_id: str, text: str, **expected: Any) -> dict[str, Any]:
        """A message of the transcript, once it is there and its fields are as expected."""

        def is_so(screen: Screen) -> dict[str, Any] | None:
            held = next((i for i in screen["interactions"] if i["id"] == interaction_id), None)
            for message in held["messages"] if held else ():
                if message["text"] == text and all(message[name] == value for name, value in expected.items()):
                    return dict(message)
            return None

        found: dict[str, Any] = await self.until(is_so)
        return found

    async def wrap_up(self, interaction_id: str, disposition: str = "solved", note: str = "") -> None:
        """Ends the conversation where it has not ended, gives the disposition, and lets it go."""
        held = find_held(self.screen, interaction_id)
        if held["state"] == "active":
            answer = await self.ask("end_interaction", interaction_id=interaction_id, version=held["version"])
            # The customer may have hung up, and the screen not yet say so.
            assert answer["code"] in {"", "stale"}, f"{answer}; {self.describe()}"
        await self.holds(interaction_id, state="wrap_up")
        await self.about(interaction_id, "complete_wrap_up", disposition=disposition, note=note)
        await self.until(lambda screen: all(i["id"] != interaction_id for i in screen["interactions"]))


def comparable(screen: Screen) -> Screen:
    """What two screens of one agent must agree on: all but when it was drawn and what the clock counts."""
    return {name: value for name, value in screen.items() if name not in ("number", "at", "queues")}
