"""Watches, in every test, what goes between our adapters and the provider: each request and answer is held to the
provider's OpenAPI file, and each TwiML document to its rules.

The rule of this file: nothing that passes is changed, and a problem is noted for the test that was running. A request
that the sandbox refuses may be wrong, since tests try that; one that an adapter of ours sends may not.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import wraps
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from aiohttp import web
from jsonschema import ValidationError
from twilio.twiml import TwiML

from channels.phone.rooms import RINGING, WAIT
from channels.phone.voice_answers import VoiceAnswers
from channels.sandbox.rest import RestDoor
from channels.twilio.client import _Transport
from tests.channels.provider_file import FORM, NotInTheFile, OpenApi, find_openapi
from tests.channels.twiml_rules import BrokenTwiml, read_twiml

IN_A_ROOM = {WAIT, RINGING}  # addresses that a room asks what to play


class ProviderWatch:
    def __init__(self, openapi: OpenApi | None) -> None:
        """Without the provider's file only TwiML is looked at."""
        self._openapi = openapi
        self.problems: list[str] = []
        self.sites: set[tuple[str, str]] = set()  # (file, function) of ours that asked the provider for something
        self.documents = 0  # of TwiML

    def begin(self) -> None:
        self._watch_adapters()
        self._watch_sandbox()
        self._watch_twiml()

    def take_problems(self) -> list[str]:
        found, self.problems = self.problems, []
        return found

    def _watch_adapters(self) -> None:
        request = _Transport.request

        @wraps(request)
        async def watched(transport: _Transport, method: str, uri: str, *rest: Any, **more: Any) -> Any:
            self.sites.add(_find_site(sys._getframe(1)))
            data = more.get("data") or {}
            params = more.get("params") or (rest[0] if rest else None) or {}
            self._check(method, uri, params, data)
            return await request(transport, method, uri, *rest, **more)

        _Transport.request = watched

    def _check(self, method: str, uri: str, params: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        if self._openapi is None:
            return
        url = urlsplit(uri)
        query = {**parse_qs(url.query, keep_blank_values=True), **_as_sent(params)}
        try:
            self._openapi.check_request(method.lower(), url.path, query, _as_sent(data))
        except NotInTheFile as error:
            self.problems.append(f"a request of ours: {error}")

    def _watch_sandbox(self) -> None:
        handle = RestDoor._handle

        @wraps(handle)
        async def watched(door: RestDoor, request: web.Request, resource: Any) -> web.StreamResponse:
            answer = await handle(door, request, resource)
            if isinstance(answer, web.Response) and answer.content_type == "application/json":
                await self._check_answer(request, answer)
            return answer

        RestDoor._handle = watched

    async def _check_answer(self, request: web.Request, answer: web.Response) -> None:
        if self._openapi is None:
            return
        body = orjson.loads(answer.body) if isinstance(answer.body, bytes) and answer.body else None
        try:
            if answer.status >= 400:
                if set(body) != {"code", "message", "more_info", "status"} or body["status"] != answer.status:
                    self.problems.append(f"{request.method} {request.path} is answered {body}")
                return
            form = parse_qs((await request.read()).decode(), keep_blank_values=True)
            query = parse_qs(request.query_string, keep_blank_values=True)
            method = request.method.lower()
            is_form = request.content_type == FORM
            template = self._openapi.check_request(method, request.path, query, form if is_form else {})
            if body is not None:
                self._openapi.check_answer(template, method, answer.status, body)
        except NotInTheFile as error:
            self.problems.append(f"the sandbox takes {error}")
        except ValidationError as error:
            self.problems.append(f"{request.method} {request.path} is answered: {error.json_path} {error.message}")

    def _watch_twiml(self) -> None:
        to_xml, answer = TwiML.to_xml, VoiceAnswers.answer

        @wraps(to_xml)
        def written(document: TwiML, *args: Any, **more: Any) -> str:
            text = str(to_xml(document, *args, **more))
            self._read(text, in_a_room=False)
            return text

        @wraps(answer)
        async def answered(answers: VoiceAnswers, request: web.Request, *args: Any, **more: Any) -> web.Response:
            given = await answer(answers, request, *args, **more)
            self._read(given.text or "", in_a_room=request.path in IN_A_ROOM)
            return given

        TwiML.to_xml = written
        VoiceAnswers.answer = answered

    def _read(self, text: str, *, in_a_room: bool) -> None:
        self.documents += 1
        try:
            read_twiml(text, in_a_room=in_a_room)
        except BrokenTwiml as error:
            self.problems.append(f"TwiML: {error}: {text[:300]}")


def begin_watching() -> ProviderWatch:
    watch = ProviderWatch(find_openapi())
    watch.begin()
    return watch


def _as_sent(values: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """As the adapter's transport writes them into a form or an address."""
    return parse_qs(urlencode(values, doseq=True), keep_blank_values=True)


def _find_site(frame: FrameType | None) -> tuple[str, str]:
    """The function of an adapter that has led to this frame."""
    while frame is not None:
        _, _, file = frame.f_code.co_filename.rpartition("/channels/")
        name = frame.f_code.co_name
        if file.startswith(("phone/", "sms.")) and not name.startswith(
            "<"
        ):  # a comprehension is part of its function
            return f"channels/{file}", name
        frame = frame.f_back
    return "", ""
