"""The one Socket.IO server of a process: what holds for every namespace, before its handlers.

The rule of this file: it knows frames and no screens. An event that asks for an answer gets one, whatever it holds
and whatever its handler does.
"""

import logging
from typing import Any, Final

import orjson
import socketio
import structlog

from hub.input_gate import find_unfit, read_json
from hub.rooms import Rooms

log = structlog.get_logger()

PING_SECONDS: Final = 10  # a dead desk is noticed within twice as long; the default lets offers wait 45 s
MOST_FRAME_BYTES: Final = 200_000
OWN_EVENTS: Final = frozenset({"connect", "disconnect"})  # the library's: a client that says them is not heard


class Json:
    """JSON in the shape that python-socketio wants."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return read_json(text)


class TextPacket(socketio.packet.Packet):  # type: ignore[misc]  # the library has no types
    """Everything here is JSON: no packet is searched for binary parts, which cost as much as sending it."""

    @classmethod
    def data_is_binary(cls, data: Any) -> bool:
        return False


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    def __init__(self, origins: list[str]) -> None:
        super().__init__(
            async_mode="aiohttp",
            client_manager=Rooms(),
            serializer=TextPacket,
            async_handlers=False,  # the events of one client in their order
            json=Json,
            cors_allowed_origins=origins,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_http_buffer_size=MOST_FRAME_BYTES,
            logger=logging.getLogger("socketio.server"),  # without them each makes itself a handler beside ours
            engineio_logger=logging.getLogger("engineio.server"),
        )

    async def _handle_event_internal(
        self, server: Any, sid: str, eio_sid: str, data: list[Any], namespace: str, id: int | None
    ) -> None:
        """As in python-socketio 5.18, where what a handler raises leaves the client without an answer."""
        answer = await self._answer(sid, namespace, data)
        if id is not None:
            said = [] if answer is None else [answer]
            packet = self.packet_class(socketio.packet.ACK, namespace=namespace, id=id, data=said)
            await self._send_packet(eio_sid, packet)

    async def _answer(self, sid: str, namespace: str, data: list[Any]) -> object:
        if (unfit := find_unfit(data[1:])) is not None:
            return {**unfit.answer(), "field": unfit.field.partition(".")[2]}  # within the one object of an event
        name = data[0]
        if not isinstance(name, str) or name in OWN_EVENTS or not self._is_known(namespace, name):
            return {"code": "invalid"}
        try:
            answer: object = await self._trigger_event(name, namespace, sid, *data[1:])
        except Exception:
            log.exception("an event could not be answered", event_name=name[:40], namespace=namespace)
            return {"code": "failed"}
        return answer

    def _is_known(self, namespace: str, name: str) -> bool:
        """A namespace of functions judges its events by itself."""
        handler = self.namespace_handlers.get(namespace)
        return handler is None or callable(getattr(handler, f"on_{name}", None))
