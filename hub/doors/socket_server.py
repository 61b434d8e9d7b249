"""The one Socket.IO server of a process: the rules for every namespace, applied before its handlers.

The rule of this file: it knows frames and no screens. An event that asks for an answer gets one, whatever it holds
and whatever its handler does. A client that sends foreign frames, sends too much, or reads nothing is dropped with
its TCP connection: a polite goodbye would wait in the same queue.

WebSocket is the only transport. Long polling would need every request of a client to reach the same process. It also
left a body that is no packet waiting for ever, and every browser of today has WebSocket.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import orjson
import socketio
import structlog
from engineio import async_socket, base_socket
from engineio.async_drivers.aiohttp import WebSocket
from engineio.exceptions import EngineIOError
from socketio import packet

from agent_console.rate import ConnectionAllowance
from hub.doors.input_gate import find_unfit, read_json
from hub.doors.socket_rooms import SocketRooms
from hub.doors.unsent_packets import UnsentPackets

log = structlog.get_logger()

PING_SECONDS: Final = 10  # a dead desk is noticed within 20 s; with the default, offers would wait 45 s
MOST_FRAME_BYTES: Final = 200_000
MOST_BROKEN: Final = 5  # unreadable or unexpected frames of one connection
MOST_CONNECTS: Final = 10  # a screen connects to one namespace, and sometimes again
FRAMES_PER_SECOND, FRAMES_AT_ONCE = 50.0, 300
OWN_EVENTS: Final = frozenset({"connect", "disconnect"})  # the library's own: refused when a client sends them
_FRAMES: Final = frozenset("134")  # of Engine.IO, from a client: close, pong, message


class Json:
    """JSON in the shape that python-socketio wants."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return read_json(text)


class TextPacket(packet.Packet):  # type: ignore[misc]  # the library has no types
    """Everything here is JSON: packets are not searched for binary parts, which costs as much as sending them."""

    @classmethod
    def data_is_binary(cls, data: Any) -> bool:
        return False


class GuardedWebSocket(WebSocket):  # type: ignore[misc]  # the library has no types
    """Passes on frames of Engine.IO, at the pace of a screen. An OSError ends the connection."""

    async def wait(self) -> str:
        frame = await super().wait()
        if not isinstance(frame, str) or frame[:1] not in _FRAMES:
            raise OSError("no frame of Engine.IO")
        if not self._allowance.take():
            log.info("connection dropped", why="too many frames")
            raise OSError("too many frames")
        return frame

    async def __call__(self, environ: dict[str, Any]) -> Any:
        self._allowance = ConnectionAllowance(FRAMES_PER_SECOND, FRAMES_AT_ONCE)
        return await super().__call__(environ)

    async def send(self, message: str) -> None:
        unsent: UnsentPackets = self.handler.__self__.queue  # the queue of the socket that this writer serves
        try:
            await super().send(message)
        finally:
            unsent.sent(message)


@dataclass(slots=True)
class _FrameCounts:
    """How often one connection sent a broken frame, and connected."""

    broken: int = 0
    connects: int = 0


class _Steady:
    """The part of the module `time` that python-engineio 4 uses: how long a ping is unanswered. By the wall clock,
    which people set, it would drop a living client and keep a dead one."""

    time = staticmethod(monotonic)


base_socket.time = async_socket.time = _Steady


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    def __init__(self, origins: list[str], most_unsent: int, most_unsent_bytes: int) -> None:
        """`most_unsent`: packets that may wait for one client to read them; `most_unsent_bytes`: their size
        together."""
        super().__init__(
            async_mode="aiohttp",
            client_manager=SocketRooms(),
            serializer=TextPacket,
            async_handlers=False,  # the events of one client in their order
            json=Json,
            cors_allowed_origins=origins,
            transports=["websocket"],
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_http_buffer_size=MOST_FRAME_BYTES,
            logger=logging.getLogger("socketio.server"),  # else each library adds a handler beside ours
            engineio_logger=logging.getLogger("engineio.server"),
        )
        self.eio._async = {**self.eio._async, "websocket": GuardedWebSocket}
        self.eio.create_queue = UnsentPackets
        self._most_unsent, self._most_unsent_bytes = most_unsent, most_unsent_bytes
        self._clients: dict[str, _FrameCounts] = {}
        self._dropping: set[asyncio.Task[None]] = set()

    # ---- what comes in -----------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        self._clients[eio_sid] = _FrameCounts()
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._clients.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """Replaces python-socketio 5.18's, which accepts binary parts, acknowledgements and any number of
        connections to one namespace, and which raises on an unreadable frame."""
        client = self._clients.get(eio_sid)
        if client is None:  # dropped a moment ago
            return
        try:
            frame = self.packet_class(encoded_packet=data)
        except (ValueError, TypeError, RecursionError):
            self._count_broken(eio_sid, client)
            return
        namespace = frame.namespace or "/"
        match frame.packet_type, frame.data:
            case packet.CONNECT, _:
                client.connects += 1
                if client.connects > MOST_CONNECTS:
                    self.drop(eio_sid, "connects again and again")
                elif self.manager.sid_from_eio_sid(eio_sid, namespace) is not None:
                    self._count_broken(eio_sid, client)  # a second one would never be disconnected
                else:
                    await self._handle_connect(eio_sid, namespace, frame.data)
            case packet.DISCONNECT, _:
                await self._handle_disconnect(eio_sid, namespace, self.reason.CLIENT_DISCONNECT)
            case packet.EVENT, [str(), *_]:
                await self._handle_event(eio_sid, namespace, frame.id, frame.data)
            case _:
                self._count_broken(eio_sid, client)

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        if event != "connect":
            return await super()._trigger_event(event, namespace, *args)
        try:
            return await super()._trigger_event(event, namespace, *args)
        except socketio.exceptions.ConnectionRefusedError:
            raise
        except Exception as error:
            log.exception("a client could not be let in", namespace=namespace)
            raise socketio.exceptions.ConnectionRefusedError("try_again") from error

    async def _handle_event_internal(
        self, server: Any, sid: str, eio_sid: str, data: list[Any], namespace: str, id: int | None
    ) -> None:
        """As in python-socketio 5.18, but an error in a handler still sends the client an answer."""
        answer = await self._answer(sid, namespace, data)
        if id is not None:
            said = [] if answer is None else [answer]
            await self._send_packet(eio_sid, self.packet_class(packet.ACK, namespace=namespace, id=id, data=said))

    async def _answer(self, sid: str, namespace: str, data: list[Any]) -> object:
        if (unfit := find_unfit(data[1:])) is not None:
            return {
                **unfit.answer(),
                "field": unfit.field.partition(".")[2],
            }  # the path within the event's one object
        name = data[0]
        if name in OWN_EVENTS or not self._is_known(namespace, name):
            return {"code": "invalid"}
        try:
            answer: object = await self._trigger_event(name, namespace, sid, *data[1:])
        except Exception:
            log.exception("an event could not be answered", event_name=name[:40], namespace=namespace)
            return {"code": "failed"}
        return answer

    def _is_known(self, namespace: str, name: str) -> bool:
        """A namespace of functions checks the names of its events itself."""
        handler = self.namespace_handlers.get(namespace)
        return handler is None or callable(getattr(handler, f"on_{name}", None))

    def _count_broken(self, eio_sid: str, client: _FrameCounts) -> None:
        client.broken += 1
        if client.broken >= MOST_BROKEN:
            self.drop(eio_sid, "broken frames")

    # ---- what goes out -----------------------------------------------------------------------------------

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        if eio_sid in self._clients:  # else the connection is being cut
            await super()._send_packet(eio_sid, pkt)
            self._drop_if_stuck(eio_sid)

    async def send_frame(self, eio_sid: str, frame: Any) -> None:
        """Queue a packet of Engine.IO for one client. A client that is going does not get it."""
        if eio_sid in self._clients:
            with suppress(EngineIOError):
                await self.eio.send_packet(eio_sid, frame)
            self._drop_if_stuck(eio_sid)

    def _drop_if_stuck(self, eio_sid: str) -> None:
        """Drop a client that does not read. It gets the missed events by number, or a fresh snapshot, when it
        comes back."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        unsent: UnsentPackets = socket.queue
        if unsent.packets > self._most_unsent:
            self.drop(eio_sid, "unread packets")
        elif unsent.bytes > self._most_unsent_bytes and unsent.packets > 1:  # a single packet may have any size
            self.drop(eio_sid, "unread bytes")

    def drop(self, eio_sid: str, why: str) -> None:
        """Cut this connection. Its namespaces hear of it a moment later."""
        if self._clients.pop(eio_sid, None) is None:
            return
        log.info("connection dropped", why=why)
        task = asyncio.create_task(self._cut(eio_sid), name=f"drop {eio_sid}")
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    async def _cut(self, eio_sid: str) -> None:
        request = self.environ.get(eio_sid, {}).get("aiohttp.request")
        if socket := self.eio.sockets.get(eio_sid):
            await socket.close(wait=False, abort=True)
        if request is not None and request.transport is not None:
            request.transport.abort()
