"""Every HTTP route of the hub's own, with the action that `may` is asked for.

The rule of this file: a route cannot be written down without its action, one of `hub.api.rules` or "public".
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlalchemy import func, select

from agent_console.views import StaffView
from agent_console.wire import (
    ChangePasswordRequest,
    ConversationView,
    SampleStaff,
    SetAsideArrival,
    SetAsideView,
    SignInOptions,
    SignInRequest,
)
from hub.api.rules import may
from hub.api.sessions import (
    COOKIE,
    FirstPasswordMustChange,
    PoorPassword,
    Sessions,
    SignedIn,
    TooManyFailures,
    token_in,
)
from hub.clock import to_millis
from hub.desk_feed import DeskFeed
from hub.documents import ARRIVALS, StaffChanged
from hub.ids import new_id
from hub.storage import tables
from hub.storage.database import Database
from hub.storage.inbox import Arrival, Inbox
from hub.storage.media import MediaStore
from hub.transcript import view_message

log = structlog.get_logger()

PAGE = 50  # messages, or arrivals set aside
LATEST = 2**53  # milliseconds: the largest whole number that a screen can say
PUBLIC = "public"
PLAYABLE = frozenset({"audio/wav", "audio/mpeg"})
_SAFE_NAME = re.compile(r"[^\w.()\[\] -]")

# HTML of a mail: sanitised on the way in, and boxed in here once more
MAIL_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)  # 'self' covers the websockets of the same host (Content Security Policy Level 3)

StaffHandler = Callable[[web.Request, StaffView], Awaitable[web.StreamResponse]]
OpenHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`action`: of `hub.api.rules`, or "public"."""

    method: str
    path: str
    action: str
    handler: StaffHandler | OpenHandler


class Api:
    def __init__(
        self,
        *,
        db: Database,
        inbox: Inbox,
        media: MediaStore,
        sessions: Sessions,
        feed: DeskFeed,
        static: Path,
        organisation: Callable[[], Awaitable[str]],
        samples: Sequence[SampleStaff],
        is_cookie_secure: bool,
        has_sandbox: bool,
        wake_router: Callable[[], None],
        more: Sequence[Rule] = (),
    ) -> None:
        self._db, self._inbox, self._media, self._sessions = db, inbox, media, sessions
        self._feed, self._static, self._organisation, self._samples = feed, static, organisation, samples
        self._is_cookie_secure, self._has_sandbox = is_cookie_secure, has_sandbox
        self._wake_router, self._more = wake_router, more

    def rules(self) -> Sequence[Rule]:
        pages = [("/desk", "desk"), ("/wallboard", "wallboard"), ("/set-aside", "set-aside"), ("/sign-in", "sign-in")]
        if self._has_sandbox:
            pages.append(("/sandbox", "sandbox"))
        return [
            Rule("GET", "/", PUBLIC, self._go_to_sign_in),
            *(Rule("GET", path, PUBLIC, self._page(name)) for path, name in pages),
            Rule("GET", "/widget/hub-chat.js", PUBLIC, self._widget),
            Rule("GET", "/api/sign-in", PUBLIC, self._sign_in_options),
            Rule("POST", "/api/sign-in", PUBLIC, self._sign_in),
            Rule("POST", "/api/password", PUBLIC, self._change_password),  # asks for the old one
            Rule("POST", "/api/sign-out", "self.sign_out", self._sign_out),
            Rule("GET", "/api/me", "self.read", self._me),
            Rule("GET", "/api/customers/{id}/conversation", "conversation.read", self._conversation),
            Rule("GET", "/api/interactions/{id}/scripts", "desk.list_scripts", self._scripts_to_pick),
            Rule("GET", "/api/messages/{id}/html", "message.read", self._message_html),
            Rule("GET", "/api/messages/{id}/raw", "message.read", self._message_raw),
            Rule("GET", "/api/media/{ref}", "media.read", self._media_file),
            Rule("GET", "/api/inbox/set-aside", "inbox.read_set_aside", self._set_aside),
            Rule("POST", "/api/inbox/{id}/run-again", "inbox.run_again", self._run_again),
            Rule("POST", "/api/staff/{id}/disable", "staff.disable", self._disable),
            *self._more,
        ]

    def mount(self, app: web.Application) -> None:
        for rule in self.rules():
            app.router.add_route(rule.method, rule.path, self._guarded(rule))
        assets = self._static / "assets"
        if assets.is_dir():
            app.router.add_static("/assets", assets)

    def _guarded(self, rule: Rule) -> OpenHandler:
        if rule.action == PUBLIC:
            return rule.handler  # type: ignore[return-value]  # an OpenHandler by the action

        async def handle(request: web.Request) -> web.StreamResponse:
            staff = await self._sessions.find(token_in(request.headers.get("Cookie", "")))
            if staff is None:
                return refuse(401, "signed_out")
            if not may(staff, rule.action):
                return refuse(403, "may_not")
            if request.method != "GET" and not _is_same_origin(request):
                return refuse(403, "foreign_origin")
            return await rule.handler(request, staff)  # type: ignore[call-arg]  # a StaffHandler by the action

        return handle

    # ---- pages -----------------------------------------------------------------------------------------

    async def _go_to_sign_in(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/sign-in")

    def _page(self, name: str) -> OpenHandler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return page(self._static / f"{name}.html")

        return handle

    async def _widget(self, request: web.Request) -> web.StreamResponse:
        path = self._static / "widget" / "hub-chat.js"
        if not path.is_file():
            return refuse(503, "web_bundle_missing")
        return web.FileResponse(path, headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"})

    # ---- sign-in ---------------------------------------------------------------------------------------

    async def _sign_in_options(self, request: web.Request) -> web.StreamResponse:
        return answer(SignInOptions(organisation=await self._organisation(), samples=list(self._samples)))

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json" or not _is_same_origin(request):
            return refuse(415 if request.content_type != "application/json" else 403, "json_only")
        try:
            asked = SignInRequest.model_validate_json(await request.read())
            signed_in = await self._sessions.sign_in(asked.name, asked.password)
        except ValidationError:
            return refuse(400, "invalid")
        except TooManyFailures:
            return refuse(429, "too_many_failures")
        except FirstPasswordMustChange:
            return refuse(403, "must_change_password")
        return self._let_in(signed_in)

    async def _change_password(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json" or not _is_same_origin(request):
            return refuse(415 if request.content_type != "application/json" else 403, "json_only")
        try:
            asked = ChangePasswordRequest.model_validate_json(await request.read())
            signed_in = await self._sessions.change_password(asked.name, asked.password, asked.new_password)
        except ValidationError:
            return refuse(400, "invalid")
        except PoorPassword:
            return refuse(400, "poor_password", "new_password")
        except TooManyFailures:
            return refuse(429, "too_many_failures")
        return self._let_in(signed_in)

    def _let_in(self, signed_in: SignedIn | None) -> web.StreamResponse:
        if signed_in is None:
            return refuse(401, "wrong_sign_in")
        response = answer(signed_in.staff)
        response.set_cookie(
            COOKIE, signed_in.token, httponly=True, samesite="Lax", secure=self._is_cookie_secure, path="/"
        )
        return response

    async def _sign_out(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        await self._sessions.sign_out(token_in(request.headers.get("Cookie", "")))
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/")
        return response

    async def _me(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer(staff)

    # ---- what was said ---------------------------------------------------------------------------------

    async def _conversation(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id = request.match_info["id"]
        try:
            before = max(0, min(int(request.query.get("before", LATEST)), LATEST))
        except ValueError:
            return refuse(400, "invalid", "before")
        m, i = tables.message, tables.interaction
        page_query = select(m).where(m.c.customer_id == customer_id, m.c.at < before * 1000)
        page_query = page_query.order_by(m.c.at.desc(), m.c.seq.desc()).limit(PAGE + 1)  # as the index has them
        count_query = select(i.c.channel, func.count()).where(i.c.customer_id == customer_id).group_by(i.c.channel)
        async with self._db.read() as conn:
            rows = (await conn.execute(page_query)).mappings().all()
            counts = {row[0]: row[1] for row in await conn.execute(count_query)}
        page = rows[:PAGE]
        if len(rows) > PAGE:  # the next page begins before an instant: what shares one is not torn apart
            page = [row for row in page if to_millis(row["at"]) != to_millis(rows[PAGE]["at"])] or page
        messages = [view_message(dict(row)) for row in reversed(page)]
        return answer(ConversationView(messages=messages, counts=counts, has_more=len(rows) > PAGE))

    async def _scripts_to_pick(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        scripts = await self._feed.list_scripts(staff.id, request.match_info["id"])
        return refuse(404, "not_found") if scripts is None else answer(scripts)

    async def _find_message(self, request: web.Request, column: Any) -> str:
        async with self._db.read() as conn:
            found = await conn.scalar(select(column).where(tables.message.c.id == request.match_info["id"]))
        return found or ""

    async def _message_html(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        html = await self._find_message(request, tables.message.c.html)
        if not html:
            return refuse(404, "not_found")
        headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
        document = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'
        return web.Response(text=document, content_type="text/html", headers=headers)

    async def _message_raw(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        ref = await self._find_message(request, tables.message.c.raw)
        return await self._download(ref, "message.eml") if ref else refuse(404, "not_found")

    async def _media_file(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        ref = request.match_info["ref"]
        m = tables.media
        async with self._db.read() as conn:
            row = (await conn.execute(select(m.c.name, m.c.content_type).where(m.c.ref == ref))).first()
        if row is None:
            return refuse(404, "not_found")
        return await self._download(ref, row.name or "attachment", row.content_type)

    async def _download(self, ref: str, name: str, content_type: str = "") -> web.StreamResponse:
        """Always a download: nothing that a customer sent runs on our origin. Only sound keeps its type, to be played
        within a page of ours."""
        data = await self._media.read(ref)
        plain = _SAFE_NAME.sub("_", name)[:120] or "attachment"
        disposition = f'attachment; filename="{plain.encode("ascii", "replace").decode()}"'
        headers = {
            "Content-Disposition": disposition,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        shown = content_type if content_type in PLAYABLE else "application/octet-stream"
        return web.Response(body=data, content_type=shown, headers=headers)

    # ---- what was set aside ----------------------------------------------------------------------------

    async def _set_aside(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        rows = await self._inbox.list_set_aside(limit=PAGE + 1)
        arrivals = [
            SetAsideArrival(
                id=row.id,
                key=row.key,
                kind=row.kind,
                received_at=to_millis(row.received_at),
                tries=row.tries,
                problem=why,
            )
            for row, why in rows[:PAGE]
        ]
        return answer(SetAsideView(arrivals=arrivals, has_more=len(rows) > PAGE))

    async def _run_again(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        row_id = request.match_info["id"]
        if not (row_id.isascii() and row_id.isdecimal()) or not await self._inbox.run_again(int(row_id)):
            return refuse(404, "not_found")
        self._wake_router()
        return web.json_response({})

    # ---- staff -----------------------------------------------------------------------------------------

    async def _disable(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        staff_id = request.match_info["id"]
        if staff_id == staff.id:  # there would be nobody left to undo it
            return refuse(409, "not_yourself")
        disabled_at = await self._sessions.disable(staff_id, by=staff.id)
        if disabled_at is None:
            return refuse(404, "not_found")
        changed = ARRIVALS.encode(StaffChanged(staff_id))
        await self._inbox.put([Arrival(new_id("staff:"), "StaffChanged", changed, disabled_at)])
        self._wake_router()
        return web.json_response({})


def answer(model: BaseModel) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")


def refuse(status: int, code: str, field: str = "") -> web.Response:
    return web.json_response({"code": code, "field": field} if field else {"code": code}, status=status)


def page(path: Path) -> web.StreamResponse:
    if not path.is_file():
        return web.Response(status=503, text="The web bundle is not built: run `make web`.")
    return web.FileResponse(path, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"})


def _is_same_origin(request: web.Request) -> bool:
    """A browser says where a POST comes from; what says nothing is no browser and carries no cookie by itself."""
    site = request.headers.get("Sec-Fetch-Site")
    return site in (None, "same-origin", "none")
