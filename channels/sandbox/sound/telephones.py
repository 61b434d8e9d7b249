"""The telephones that are connected: customers' pages, each with one call, and agents' softphones, which register.

The rule of this file: a telephone is believed only what it has proven: a page the secret of its call, a softphone the
access token of its identity. README.md of the sandbox has every message.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from channels.sandbox.sound.access_tokens import Access, TokenCheck, TokenRefused
from channels.sandbox.sound.control import (
    CallAccepted,
    CallHungUp,
    CallRejected,
    CallWanted,
    Happened,
    KeysPressed,
    RingSoftphone,
    SoftphoneGone,
    SoftphoneRegistered,
)
from channels.sandbox.sound.mixer import Line, Mixer
from channels.sandbox.sound.telephone_socket import REFUSED, REPLACED, Connection, CutOff

FIND_SECONDS: Final = 3.0  # a page may be faster than what the sandbox says of its call
MOST_CONNECTED: Final = 2_000
_MOST_PARAMETERS: Final = 20


class Softphone:
    """`live`: the call that is heard in it; empty if none is."""

    def __init__(self, connection: Connection, access: Access) -> None:
        self.connection, self.access = connection, access
        self.live = ""
        self.ringing: set[str] = set()
        self.expiry: asyncio.TimerHandle | None = None
        self.telling: asyncio.Future[None] | None = None


class Telephones:
    def __init__(self, mixer: Mixer, tokens: TokenCheck, wall: Callable[[], float], say: Callable[[Happened], None]):
        """`wall`: seconds since 1970. `say` tells the sandbox."""
        self._mixer, self._tokens, self._wall, self._say = mixer, tokens, wall, say
        self._heard_by: dict[str, Connection] = {}  # by call
        self._softphones: dict[str, Softphone] = {}  # by call, ringing or live
        self._registered: dict[str, Softphone] = {}  # by identity: the newest of each
        self._attempts: dict[str, Softphone] = {}
        self._count = 0
        self._added = asyncio.Condition()

    def find(self, call: str) -> Connection | None:
        """The telephone that hears a call."""
        return self._heard_by.get(call)

    async def note_added(self) -> None:
        """A line is there that a page may already wait for."""
        async with self._added:
            self._added.notify_all()

    async def ring(self, order: RingSoftphone) -> None:
        """Also one that is in a call, as the provider does with `allowIncomingWhileBusy`."""
        softphone = self._registered.get(order.identity)
        if softphone is None:
            self._say(CallRejected(order.call))
            return
        softphone.ringing.add(order.call)
        self._softphones[order.call] = softphone
        more = {"from": order.from_address, "parameters": order.parameters}
        await softphone.connection.tell("incoming", call=order.call, **more)

    async def put_through(self, call: str, attempt: str) -> None:
        """A call that a softphone began is there."""
        softphone = self._attempts.pop(attempt, None)
        if softphone is None:
            self._say(CallHungUp(call))
            return
        await self._connect(softphone, call)

    async def end(self, call: str, reason: str) -> None:
        connection, softphone = self._heard_by.pop(call, None), self._softphones.pop(call, None)
        if softphone is not None:
            softphone.ringing.discard(call)
            softphone.live = "" if softphone.live == call else softphone.live
            await softphone.connection.tell("ended", call=call, reason=reason)
        elif connection is not None:
            await connection.tell("ended", call=call, reason=reason)
            await connection.close(1000, "the call is over")

    # ---- a customer's page

    async def on_customer(self, request: web.Request) -> web.StreamResponse:
        async with self._accept(request) as connection:
            await self._serve_customer(connection, request.query.get("call", ""), request.query.get("secret", ""))
        return connection.response

    async def _serve_customer(self, connection: Connection, call: str, secret: str) -> None:
        line = await self._find_line(call, secret)
        if line is None:
            await _refuse(connection, "no_call", "There is no such call, or it is over.")
            return
        if (other := self._heard_by.get(call)) is not None:
            await other.tell("replaced")
            await other.close(REPLACED, "another page hears this call")
        self._heard_by[call] = connection
        line.connect()
        await connection.tell("connected", call=call)
        try:
            await self._serve(connection, lambda: line, lambda message: self._on_customers_message(call, message))
        finally:
            if self._heard_by.get(call) is connection:
                del self._heard_by[call]
                line.is_connected = False

    async def _find_line(self, call: str, secret: str) -> Line | None:
        try:
            async with asyncio.timeout(FIND_SECONDS), self._added:
                await self._added.wait_for(lambda: call in self._mixer.lines)
        except TimeoutError:
            return None
        line = self._mixer.lines[call]
        wanted = line.state.secret
        return line if wanted and hmac.compare_digest(wanted.encode(), secret.encode()) else None

    async def _on_customers_message(self, call: str, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "hang_up"}:
                self._say(CallHungUp(call))
            case {"kind": "tones", "keys": str(keys)}:
                self._press(call, keys)
            case _:
                raise CutOff(1003, f"there is no message {str(message.get('kind'))[:40]!r}")

    # ---- a softphone

    async def on_softphone(self, request: web.Request) -> web.StreamResponse:
        async with self._accept(request) as connection:
            await self._serve_softphone(connection, request.query.get("token", ""))
        return connection.response

    async def _serve_softphone(self, connection: Connection, token: str) -> None:
        try:
            access = self._tokens.read(token)
        except TokenRefused as refused:
            await _refuse(connection, refused.code, str(refused))
            return
        softphone = Softphone(connection, access)
        await self._register(softphone)
        try:
            await self._serve(
                connection,
                lambda: self._mixer.lines.get(softphone.live),
                lambda message: self._on_softphones_message(softphone, message),
            )
        finally:
            self._take_away(softphone)

    async def _register(self, softphone: Softphone) -> None:
        """The sandbox is told first, so that whoever knows of the registration can have it rung."""
        access, connection = softphone.access, softphone.connection
        identity = access.identity
        self._set_expiry(softphone)
        other = None
        if access.may_be_called:
            other = self._registered.get(identity)
            self._registered[identity] = softphone
            self._say(SoftphoneRegistered(identity))
        await connection.tell("registered", identity=identity, is_called=access.may_be_called)
        if other is not None:
            await other.connection.tell("replaced")

    def _set_expiry(self, softphone: Softphone) -> None:
        if softphone.expiry is not None:
            softphone.expiry.cancel()
        left = softphone.access.expires_at - self._wall()
        softphone.expiry = asyncio.get_running_loop().call_later(left, self._expire, softphone)

    def _expire(self, softphone: Softphone) -> None:
        """The registration ends with its token. A call under way goes on."""
        self._unregister(softphone)
        softphone.telling = asyncio.ensure_future(softphone.connection.tell("expired"))

    def _unregister(self, softphone: Softphone) -> None:
        identity = softphone.access.identity
        if self._registered.get(identity) is softphone:
            del self._registered[identity]
            self._say(SoftphoneGone(identity))

    def _take_away(self, softphone: Softphone) -> None:
        """Its websocket has ended, and its call with it: the provider ends the leg of a browser that is gone."""
        if softphone.expiry is not None:
            softphone.expiry.cancel()
        self._unregister(softphone)
        self._attempts = {attempt: one for attempt, one in self._attempts.items() if one is not softphone}
        for call in softphone.ringing:
            self._softphones.pop(call, None)
        call = softphone.live
        if not call:
            return
        del self._softphones[call], self._heard_by[call]
        if line := self._mixer.lines.get(call):
            line.is_connected = False
        self._say(CallHungUp(call))

    async def _connect(self, softphone: Softphone, call: str) -> None:
        line = self._mixer.lines.get(call)
        if line is None:
            await softphone.connection.tell("ended", call=call, reason="completed")
            return
        softphone.ringing.discard(call)
        softphone.live = call
        self._softphones[call], self._heard_by[call] = softphone, softphone.connection
        line.connect()
        await softphone.connection.tell("accepted", call=call)

    async def _on_softphones_message(self, softphone: Softphone, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "accept", "call": str(call)} if call in softphone.ringing:
                if softphone.live:  # one is heard at a time
                    self._say(CallHungUp(softphone.live))
                await self._connect(softphone, call)
                self._say(CallAccepted(call))
            case {"kind": "accept", "call": str(call)}:
                await softphone.connection.tell("ended", call=call, reason="gone")
            case {"kind": "reject", "call": str(call)}:
                if call in softphone.ringing:
                    self._say(CallRejected(call))
            case {"kind": "hang_up", "call": str(call)}:
                if call == softphone.live:
                    self._say(CallHungUp(call))
            case {"kind": "tones", "call": str(call), "keys": str(keys)}:
                if call == softphone.live:
                    self._press(call, keys)
            case {"kind": "connect"}:
                await self._begin_call(softphone, message.get("parameters"))
            case {"kind": "renew", "token": str(token)}:
                await self._renew(softphone, token)
            case _:
                raise CutOff(1003, f"there is no message {str(message.get('kind'))[:40]!r}")

    async def _begin_call(self, softphone: Softphone, given: object) -> None:
        access = softphone.access
        if not access.application or softphone.live:
            code = "busy" if softphone.live else "may_not_call"
            await softphone.connection.tell("problem", code=code, detail="No call can be made with this token now.")
            return
        parameters = given if isinstance(given, dict) else {}
        attempt = uuid4().hex
        self._attempts[attempt] = softphone
        plain = {str(name)[:100]: str(value)[:1000] for name, value in list(parameters.items())[:_MOST_PARAMETERS]}
        self._say(CallWanted(access.identity, access.application, attempt, plain))

    async def _renew(self, softphone: Softphone, token: str) -> None:
        try:
            access = self._tokens.read(token)
            if access.identity != softphone.access.identity:
                raise TokenRefused("bad_token", "The token is of somebody else.")
        except TokenRefused as refused:
            await softphone.connection.tell("problem", code=refused.code, detail=str(refused))
            return
        softphone.access = access
        self._set_expiry(softphone)
        identity = access.identity
        if access.may_be_called and identity not in self._registered:
            self._registered[identity] = softphone
            self._say(SoftphoneRegistered(identity))
        await softphone.connection.tell("renewed")

    # ---- both

    @asynccontextmanager
    async def _accept(self, request: web.Request) -> AsyncIterator[Connection]:
        if self._count >= MOST_CONNECTED:
            raise web.HTTPServiceUnavailable
        self._count += 1
        try:
            yield await Connection.accept(request)
        finally:
            self._count -= 1

    async def _serve(
        self,
        connection: Connection,
        find_line: Callable[[], Line | None],
        obey: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while (got := await connection.read()) is not None:
                if isinstance(got, tuple):
                    if (line := find_line()) is not None:
                        line.receive(*got, clock())
                elif got.get("kind") == "ping":
                    await connection.tell("pong", at=got.get("at"))
                else:
                    await obey(got)
        except CutOff as cut:
            await connection.close(cut.code, str(cut))

    def _press(self, call: str, keys: str) -> None:
        """Raises CutOff for what is no key."""
        line = self._mixer.lines.get(call)
        try:
            if line is not None:
                line.press(keys[:32])
        except ValueError as error:
            raise CutOff(1003, str(error)) from None
        self._say(KeysPressed(call, keys[:32]))


async def _refuse(connection: Connection, code: str, detail: str) -> None:
    await connection.tell("refused", code=code, detail=detail)
    await connection.close(REFUSED, detail)
