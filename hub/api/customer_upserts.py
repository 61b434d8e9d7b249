"""Programs write customers over HTTP, each by a token that an administrator made.

The rule of this file: a token is shown once, and stored as a hash. A request that comes again with its key gets the
answer that it got; with another body it is refused. All that a request says is stored with its answer and its line in
the trail, or nothing is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from agent_console.token_views import (
    FieldProblemView,
    TokenMade,
    TokenRequest,
    TokensView,
    TokenView,
    UpsertedCustomer,
    UpsertedView,
    UpsertProblems,
    UpsertRequest,
)
from agent_console.views import StaffView
from hub.administration.program_tokens import (
    PREFIX,
    SCOPE,
    KnownToken,
    hash_token,
    list_tokens,
    make_token,
    revoke_token,
)
from hub.api.routes import PUBLIC, Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.exchange.import_lines import Known, Source
from hub.exchange.upserting import UpsertRefused, read_customers, upsert
from hub.policies.stored_versions import load_book
from hub.storage import api_tokens, imports, sign_in
from hub.storage.api_tokens import StoredAnswer, StoredToken
from hub.storage.database import Connection, Database
from hub.storage.imports import ImportMoved
from hub.storage.staff import add_audit_entry
from routing.model import DAY, SECOND

BURST, EVERY = 60, SECOND // 2  # requests of one token at once, and one more at this interval
LONGEST_KEY: Final = 128
KEPT: Final = 7 * DAY  # how long a repeated request gets its answer
TRIES: Final = 3  # if an address comes in meanwhile


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    status: int
    code: str


class CustomerUpserts:
    def __init__(self, db: Database, clock: Clock, wake_router: Callable[[], None]) -> None:
        self._db, self._clock, self._wake_router = db, clock, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/tokens", "tokens.read", self._list),
            Rule("POST", "/api/tokens", "tokens.change", self._make),
            Rule("POST", "/api/tokens/{id}/revoke", "tokens.change", self._revoke),
            Rule("POST", "/api/customer-upserts", PUBLIC, self._upsert),
        ]

    # ---- tokens

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer_json(TokensView(tokens=[_say(one) for one in await list_tokens(self._db)]))

    async def _make(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = TokenRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        made = await make_token(self._db, asked.name, asked.days, self._clock.now(), staff.id)
        return answer_json(TokenMade(id=made.stored.id, token=made.text))

    async def _revoke(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        is_done = await revoke_token(self._db, request.match_info["id"], self._clock.now(), staff.id)
        return web.json_response({}) if is_done else refuse(404, "not_found")

    # ---- what programs ask

    async def _upsert(self, request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        token = await self._find_token(request.headers.get("Authorization", ""), now)
        if token is None:
            headers = {"WWW-Authenticate": 'Bearer realm="customers"'}
            return web.json_response({"code": "token_missing_or_wrong"}, status=401, headers=headers)
        key = f"token:{token.id}"
        wait = await self._db.write(lambda conn: sign_in.take_try(conn, key, BURST, EVERY, now))
        if wait:
            headers = {"Retry-After": str(-(-wait // SECOND))}
            return web.json_response({"code": "too_many"}, status=429, headers=headers)
        request_key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(request_key) <= LONGEST_KEY or not (request_key.isascii() and request_key.isprintable()):
            return refuse(400, "invalid", "Idempotency-Key")
        for tries in range(1, TRIES + 1):
            try:
                answer = await self._answer(token, request_key, await request.read(), now)
            except Refused as refused:
                return refuse(refused.status, refused.code)
            except ValidationError as error:
                return refuse(400, "invalid", ".".join(map(str, error.errors()[0]["loc"])))
            except UpsertRefused as refused:
                problems = [
                    FieldProblemView(index=one.index, field=one.field[:64], code=one.code) for one in refused.problems
                ]
                return answer_json(UpsertProblems(problems=problems), status=422)
            except ImportMoved:
                if tries == TRIES:
                    return refuse(409, "moved")
                continue
            self._wake_router()
            return web.Response(text=answer, content_type="application/json")
        raise AssertionError("the last try returns")

    async def _find_token(self, header: str, now: int) -> StoredToken | None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text.startswith(PREFIX) or len(text) > 100:
            return None
        async with self._db.read() as conn:
            found = await api_tokens.find(conn, hash_token(text))
        return found if found is not None and found.scope == SCOPE and found.is_valid_at(now) else None

    async def _answer(self, token: StoredToken, request_key: str, body: bytes, now: int) -> str:
        """Raises Refused, ValidationError, UpsertRefused, ImportMoved."""
        body_hash = sha256(body).hexdigest()
        async with self._db.read() as conn:
            known = await api_tokens.find_answer(conn, token.id, request_key)
            book = await load_book(conn)
        if known is not None:
            return _repeat(known, body_hash)
        if book is None:
            raise Refused(409, "no_policy")
        told = read_customers(UpsertRequest.model_validate_json(body).customers, book.document, now)
        source, facts = Source("api", token.id, token.name), Known(book.document, now)

        async def unit(conn: Connection) -> str:
            if not await api_tokens.lock(conn, token.id, now):
                raise Refused(401, "token_missing_or_wrong")
            await api_tokens.forget_answers(conn, token.id, now - KEPT)
            if (meanwhile := await api_tokens.find_answer(conn, token.id, request_key)) is not None:
                return _repeat(meanwhile, body_hash)
            done, activities = await upsert(conn, source, told, facts)
            view = UpsertedView(
                activities=activities,
                customers=[UpsertedCustomer(customer_id=one.customer_id, outcome=one.outcome) for one in done],
            )
            answer = view.model_dump_json()
            await api_tokens.keep_answer(conn, StoredAnswer(token.id, request_key, body_hash, 200, answer, now))
            await add_audit_entry(conn, now, token.id, "customers.upsert", f"{len(done)} customers")
            return answer

        return await imports.write(self._db, unit)


def _repeat(known: StoredAnswer, body_hash: str) -> str:
    if known.body_hash != body_hash:
        raise Refused(422, "key_of_another_body")
    return known.answer


def _say(known: KnownToken) -> TokenView:
    one = known.stored
    return TokenView(
        id=one.id,
        name=one.name,
        made_by=known.made_by,
        made_at=to_millis(one.made_at),
        expires_at=to_millis(one.expires_at),
        used_at=None if one.used_at is None else to_millis(one.used_at),
        revoked_at=None if one.revoked_at is None else to_millis(one.revoked_at),
    )
