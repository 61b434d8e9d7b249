"""A telephone with sound, as a program: it says a tone, and knows which tones it hears."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Any

import aiohttp
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from channels.sandbox.sound.frames import SECONDS, SILENCE, pack_frame, parse_frame
from tests.channels.tones_heard import build_tone, hears
from tests.channels.twilio_cast import ACCOUNT_SID

KEY_SID, KEY_SECRET = "SK" + "5e" * 16, "the secret of the tests' API key, long enough for HS256"
WINDOW = 15  # frames that are looked at together: 0.3 s
PATIENCE = 30.0  # seconds


def mint(
    identity: str,
    seconds: int = 600,
    secret: str = KEY_SECRET,
    account: str = ACCOUNT_SID,
    application: str = "",
    key_sid: str = KEY_SID,
) -> str:
    """As the hub does, with the provider's SDK. With an application: a token that can call it and nothing else."""
    grant = VoiceGrant(outgoing_application_sid=application) if application else VoiceGrant(incoming_allow=True)
    token = AccessToken(account, key_sid, secret, grants=[grant], identity=identity, ttl=seconds, nbf=None)
    return str(token.to_jwt())


class Telephone:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, hertz: float) -> None:
        self.socket = socket
        self.voice: Iterator[bytes] = build_tone(hertz) if hertz else repeat(SILENCE)
        self.heard: deque[bytes] = deque(maxlen=WINDOW)
        self.frames = 0  # that were heard
        self.told: list[dict[str, Any]] = []
        self.changed = asyncio.Condition()
        self.is_over = False

    async def speak(self) -> None:
        clock, number = asyncio.get_running_loop().time, 0
        due = clock()
        while not self.socket.closed:
            number += 1
            await self.socket.send_bytes(pack_frame(number, next(self.voice)))
            due = max(due + SECONDS, clock() - 0.1)
            await asyncio.sleep(max(0.0, due - clock()))

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.heard.append(parse_frame(message.data)[1])
                self.frames += 1
            else:
                self.told.append(message.json())
            async with self.changed:
                self.changed.notify_all()
        self.is_over = True
        async with self.changed:
            self.changed.notify_all()

    async def until_hears(self, *hertz: float, among: tuple[float, ...]) -> None:
        """Return once these and no others `among` them have been heard for a while."""
        seen: set[float] = set()
        try:
            async with asyncio.timeout(PATIENCE), self.changed:
                while True:
                    next_look = self.frames + 5
                    await self.changed.wait_for(lambda: self.is_over or self.frames >= next_look)  # noqa: B023 - waited for at once
                    assert not self.is_over, f"the telephone was cut off: {self.socket.close_code}"
                    seen = hears(self.heard, *among)
                    if len(self.heard) == WINDOW and seen == set(hertz):
                        return
        except TimeoutError:
            raise AssertionError(f"{seen} was heard, not {set(hertz)}, and told was {self.told[-5:]}") from None

    async def until_more(self, frames: int) -> None:
        """Return once so many frames more were heard."""
        wanted = self.frames + frames
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: self.is_over or self.frames >= wanted)

    async def until_told(self, kind: str, times: int = 1) -> dict[str, Any]:
        """The message of a kind, once it came that often."""
        try:
            async with asyncio.timeout(PATIENCE), self.changed:
                await self.changed.wait_for(lambda: self.count(kind) >= times)
        except TimeoutError:
            raise AssertionError(f"there was no {kind}: {self.told[-5:]}") from None
        return [one for one in self.told if one["kind"] == kind][times - 1]

    async def until_over(self) -> int | None:
        """The code with which the websocket ended."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: self.is_over)
        return self.socket.close_code

    def count(self, kind: str) -> int:
        return sum(one["kind"] == kind for one in self.told)

    async def tell(self, kind: str, **more: Any) -> None:
        await self.socket.send_json({"kind": kind, **more})

    async def accept(self) -> str:
        """Accept the call that rings. Gives its id."""
        call: str = (await self.until_told("incoming", self.count("accepted") + 1))["call"]
        await self.tell("accept", call=call)
        await self.until_told("accepted", self.count("accepted") + 1)
        return call


@asynccontextmanager
async def pick_up(url: str, hertz: float = 0) -> AsyncIterator[Telephone]:
    """A telephone that is connected to `ws://.../customer?...` or `ws://.../client?token=...` and says a tone."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        telephone = Telephone(socket, hertz)
        tasks = [asyncio.create_task(telephone.listen()), asyncio.create_task(telephone.speak())]
        try:
            yield telephone
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
