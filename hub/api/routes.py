"""Every HTTP route of the hub's own, with the action that a person must be allowed.

The rule of this file: every route names its action: one of `hub.access.rules`, or "public".
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web
from pydantic import BaseModel

from agent_console.views import StaffView
from hub.access.rules import has_role_for
from hub.access.sessions import Sessions
from hub.doors.input_gate import LARGEST
from hub.policies.masking import Sight, holds_private
from hub.storage.database import StorageUnavailable

PAGE = 50  # rows of one page: messages, set-aside arrivals, lines of the trail, filed mails
PUBLIC = "public"
AWAY_SECONDS = 5  # after which to ask again

log = structlog.get_logger()
SESSION_ID = web.RequestKey("session_id", str)  # the requester's session, if the route has an action
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)  # 'self' covers the websockets of the same host (Content Security Policy Level 3)

StaffHandler = Callable[[web.Request, StaffView], Awaitable[web.StreamResponse]]
OpenHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FindSight = Callable[[StaffView, str], Awaitable[Sight]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One route and the action that a person must be allowed to use it.

    `action`: of `hub.access.rules`, or "public". `is_poll`: the screen requests it by itself, so it does not count
    as use of the session.
    """

    method: str
    path: str
    action: str
    handler: StaffHandler | OpenHandler
    is_poll: bool = False


def read_before(request: web.Request) -> int:
    """The id before which a page ends, from `?before=`; without it, a number greater than every id. Raises
    ValueError."""
    before = int(request.query.get("before") or LARGEST)
    if not 0 <= before <= LARGEST:
        raise ValueError(before)
    return before


class Api:
    """The pages, and the routes of all other parts."""

    def __init__(
        self,
        static: Path,
        sessions: Sessions,
        note_use: Callable[[str], None],
        rules: Sequence[Rule],
        find_sight: FindSight,
        *,
        has_sandbox: bool,
        sound_hosts: str,
    ) -> None:
        """`note_use` gets the id of each session whose person requests something. `rules`: the routes of all other
        parts. `find_sight`: what a person sees of a customer. `sound_hosts`: where pages connect for the sound of
        calls; empty: there is none."""
        self._static, self._sessions, self._note_use = static, sessions, note_use
        self._rules, self._has_sandbox, self._find_sight = rules, has_sandbox, find_sight
        self._policy = PAGE_POLICY.replace("connect-src 'self'", f"connect-src 'self' {sound_hosts}".rstrip())

    def rules(self) -> Sequence[Rule]:
        names = ("desk", "wallboard", "set-aside", "audit", "recordings", "people", "import", "tiers", "lifecycle")
        pages = [(f"/{name}", name) for name in (*names, "practice", "sign-in")]
        pages += [(f"/{name}{end}", name) for name in ("customers", "segments", "scripts") for end in ("", "/{id}")]
        if self._has_sandbox:
            pages.append(("/sandbox", "sandbox"))
        return [
            Rule("GET", "/", PUBLIC, self._go_to_sign_in),
            *(Rule("GET", path, PUBLIC, self._page(name)) for path, name in pages),
            Rule("GET", "/widget/hub-chat.js", PUBLIC, self._widget),
            *self._rules,
        ]

    def mount(self, app: web.Application) -> None:
        for rule in self.rules():
            app.router.add_route(rule.method, rule.path, answer_while_away(self._guarded(rule)))
        assets = self._static / "assets"
        if assets.is_dir():
            app.router.add_static("/assets", assets)

    def _guarded(self, rule: Rule) -> OpenHandler:
        if rule.action == PUBLIC:
            return rule.handler  # type: ignore[return-value]  # an OpenHandler by the action

        async def handle(request: web.Request) -> web.StreamResponse:
            session = await self._sessions.find(self._sessions.token_in(request.headers.get("Cookie", "")))
            if session is None:
                return refuse(401, "signed_out")
            staff, request[SESSION_ID] = session.staff, session.id
            if not rule.is_poll:
                self._note_use(session.id)
            if not has_role_for(staff, rule.action):
                return refuse(403, "may_not")
            if request.method != "GET" and not is_same_origin(request):
                return refuse(403, "foreign_origin")
            answer = await rule.handler(request, staff)  # type: ignore[call-arg]  # a StaffHandler by the action
            if isinstance(answer, ModelAnswer) and holds_private(type(answer.model)):
                sight = await self._find_sight(staff, request.match_info.get("id", ""))
                answer.text = sight.mask(answer.model).model_dump_json()
            return answer

        return handle

    # ---- pages -----------------------------------------------------------------------------------------

    async def _go_to_sign_in(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/sign-in")

    def _page(self, name: str) -> OpenHandler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return page(self._static / f"{name}.html", self._policy)

        return handle

    async def _widget(self, request: web.Request) -> web.StreamResponse:
        path = self._static / "widget" / "hub-chat.js"
        if not path.is_file():
            return refuse(503, "web_bundle_missing")
        return web.FileResponse(path, headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"})


def answer_while_away(handler: OpenHandler) -> OpenHandler:
    """While the database is away: 503 and when to ask again. Nothing was stored."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except StorageUnavailable as error:
            log.warning("a request waits for the database", error=str(error))
            return web.json_response({"code": "server"}, status=503, headers={"Retry-After": str(AWAY_SECONDS)})

    return handle


class ModelAnswer(web.Response):
    """An answer whose private data is masked as it leaves, by the roles of whoever asked."""

    def __init__(self, model: BaseModel, status: int) -> None:
        super().__init__(text=model.model_dump_json(), content_type="application/json", status=status)
        self.model = model


def answer_json(model: BaseModel, status: int = 200) -> web.Response:
    return ModelAnswer(model, status)


def refuse(status: int, code: str, field: str = "") -> web.Response:
    return web.json_response({"code": code, "field": field} if field else {"code": code}, status=status)


def page(path: Path, policy: str) -> web.StreamResponse:
    if not path.is_file():
        return web.Response(status=503, text="The web bundle is not built: run `make web`.")
    return web.FileResponse(path, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


def is_same_origin(request: web.Request) -> bool:
    """Browsers say where a POST comes from. A request without that header comes from another program, which sends
    no cookie by itself."""
    site = request.headers.get("Sec-Fetch-Site")
    return site in (None, "same-origin", "none")
