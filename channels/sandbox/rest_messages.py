"""The REST API's messages and their media.

The rule of this file: a handler checks a request, gives it to `messages.py`, and shows the result.
"""

from collections.abc import Sequence
from functools import partial

from aiohttp import web

from channels.channel import Route
from channels.sandbox.errors import ApiError, not_found
from channels.sandbox.forms import CreateMessage, UpdateMessage, read_form
from channels.sandbox.messages import Message, Messages
from channels.sandbox.paging import build_page, read_dates
from channels.sandbox.rest import PREFIX, Answer, RestDoor, read_body
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.shapes import build_medium, build_message


class MessageResource:
    def __init__(self, settings: SandboxSettings, door: RestDoor, messages: Messages) -> None:
        self._account_sid = settings.account_sid
        self._door, self._messages = door, messages

    def routes(self) -> Sequence[Route]:
        one = "/Messages/{sid}.json"
        return (
            self._door.route("POST", "/Messages.json", self._create),
            self._door.route("GET", "/Messages.json", self._list),
            self._door.route("GET", one, self._fetch),
            self._door.route("POST", one, self._update),
            self._door.route("DELETE", one, self._delete),
            self._door.route("GET", "/Messages/{sid}/Media.json", self._list_media),
            Route("GET", PREFIX + "/Messages/{sid}/Media/{medium}", self._on_medium, "sandbox"),
        )

    async def _create(self, request: web.Request) -> Answer:
        form = read_form(CreateMessage, await read_body(request))
        if form.from_ is None:
            raise ApiError(400, 21603, "A 'From' phone number is required to send a message.")
        if not form.body and not form.media_url:
            raise ApiError(400, 21619, "A text message body or media urls must be specified.")
        message = self._messages.create(form.to, form.from_, form.body or "", form.status_callback or "")
        return 201, self._show(message)

    async def _list(self, request: web.Request) -> Answer:
        query, is_sent = request.query, read_dates(request.query, "DateSent")
        items = [
            (message.sid, partial(self._show, message))
            for message in reversed(self._messages.by_sid.values())
            if query.get("To", message.to_address) == message.to_address
            and query.get("From", message.from_address) == message.from_address
            and is_sent(message.sent_at or message.created_at)
        ]
        return 200, build_page(request.path, query, "messages", items)

    async def _fetch(self, request: web.Request) -> Answer:
        return 200, self._show(self._find(request))

    async def _update(self, request: web.Request) -> Answer:
        form = read_form(UpdateMessage, await read_body(request))
        message = self._find(request)
        if form.status == "canceled":
            raise ApiError(400, 30409, "Message is not in a cancelable state")
        if form.body is not None:
            message.body = ""
        return 200, self._show(message)

    async def _delete(self, request: web.Request) -> Answer:
        self._messages.forget(self._find(request))
        return 204, None

    async def _list_media(self, request: web.Request) -> Answer:
        message, is_created = self._find(request), read_dates(request.query, "DateCreated")
        items = [
            (medium.sid, partial(build_medium, medium, message, self._account_sid))
            for medium in message.media
            if is_created(message.created_at)
        ]
        return 200, build_page(request.path, request.query, "media_list", items)

    async def _on_medium(self, request: web.Request) -> web.Response:
        """Serve a medium under an unguessable address without credentials, as the provider does by default."""
        message = self._messages.by_sid.get(request.match_info["sid"])
        for medium in message.media if message else ():
            if medium.sid == request.match_info["medium"]:
                return web.Response(body=medium.data, content_type=medium.content_type)
        raise web.HTTPNotFound

    def _find(self, request: web.Request) -> Message:
        message = self._messages.by_sid.get(request.match_info["sid"])
        if message is None:
            raise not_found(request.path)
        return message

    def _show(self, message: Message) -> dict[str, object]:
        return build_message(message, self._account_sid)
