"""Every way out of the hub, by every role: what is hidden from a role never leaves in any answer, event or log.

The rule of this file: the routes, the events of sockets and the fields of the log are listed from the code. One that
has no row here fails, so that whoever adds a way out says what is asked of it.
"""

import ast
import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from typing import Any, Final, get_args

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import insert, select

from agent_console.desk import DeskNamespace
from agent_console.events import DeskEvent
from agent_console.views import DeskSnapshot
from agent_console.wallboard import WallboardNamespace
from agent_console.wallboard_views import ReadAlong
from channels.channel import MessageReceived
from hub.api.routes import PUBLIC
from hub.app import HubProcess
from hub.policies.attributes import AttributePolicy, AttributeType, ChoicePolicy
from hub.policies.masking import MaskingPolicy, holds_private
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import tables
from hub.storage.documents import ARRIVALS, PolicyPublished
from hub.storage.inbox import Arrival, Inbox
from tests.hub.access.planted_arrivals import plant_arrivals
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.notices import mail, text
from tests.imports import parse_with, sources

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = {"en": "Secret", "zh-CN": "秘密"}
REASON = "The customer stands here"
PEOPLE = ("ada", "dot", "ines", "tomasz")  # an agent, a supervisor who is one too, an author, an administrator
HIDDEN_FROM = ("ada", "dot", "tomasz")
NUMBER, MAILBOX, ACCOUNT, CARD = "+46739911881", "canary.box@mail.example", "5550099887766", "4929-8811-7722-3344"
VALUES: Final[dict[AttributeType, Any]] = {  # of a hidden attribute of each type: a canary
    "text": "canary words",
    "number": 8341729,
    "money": 7264519,
    "date": "1971-03-17",
    "choice": "chosen",  # the policy names it to everybody; it takes the way of a text
    "yes_no": True,  # cannot be told from others: the page says that it is masked
    "list": ["canary entry"],
}
CANARIES = ("canary", "8341729", "7264519", "1971-03-17", NUMBER, NUMBER[3:], ACCOUNT, CARD, "49298811")
SEEN = "kept-for-everybody"  # of an attribute that nobody hides: it shows that the answers are not empty

# By route: the requests, as (path, body); None: nothing of a customer can be in it, for the reason given
S = "/api/customers/sam"
OF_STAFF, OF_POLICY, NO_WORDS = "it is about staff", "it is about the policy", "numbers and ids alone"
OF_SCRIPTS = "it is what authors write, and no customer's data"
CHANGE = {"version": 0, "reason": REASON, "changes": [{"name": "secret_text", "value": "x"}]}
SEGMENT = {"id": "hidden", "names": {"en": "H"}, "purpose": "", "definition": "customer.secret_number > 5"}
STEP_NOTE = {"script_id": "greeting", "step_id": "greet", "words": f"{SEEN}, asked for {CARD}"}
PREVIEW = {"id": "x", "language": "en", "source": "x", "chosen": {"id": "sam", "reason": REASON}}
EXITS: Final[dict[str, str | list[tuple[str, Any]]]] = {
    "GET /api/me": OF_STAFF,
    "POST /api/sign-out": OF_STAFF,
    "GET /api/me/sessions": OF_STAFF,
    "POST /api/me/sessions/{session}/end": OF_STAFF,
    "POST /api/me/sessions/end": OF_STAFF,
    "GET /api/staff": OF_STAFF,
    "GET /api/staff/{id}/sessions": OF_STAFF,
    "POST /api/staff/{id}/sessions/{session}/end": OF_STAFF,
    "POST /api/staff/{id}/sessions/end": OF_STAFF,
    "POST /api/staff/{id}/disable": OF_STAFF,
    "GET /api/me/phone": OF_STAFF,
    "POST /api/me/phone": OF_STAFF,
    "POST /api/me/phone/code": OF_STAFF,
    "GET /api/me/call-options": OF_POLICY,
    "GET /api/softphone/token": OF_STAFF,
    "GET /api/softphone/echo-token": OF_STAFF,
    "POST /api/softphone/state": OF_STAFF,
    "GET /api/receivers": [("/api/receivers?channel=phone", None)],
    "GET /api/me/agreed-calls": [("/api/me/agreed-calls", None)],
    "GET /api/customers": [
        (f"/api/customers?q={q}", None) for q in ("sam", "4673991", "canary.b", "55500998", NUMBER)
    ],
    "GET /api/customers/{id}": [(S, None)],
    "POST /api/customers/{id}/open": [(f"{S}/open", {"reason": REASON})],
    "GET /api/customers/{id}/history": [(f"{S}/history", None), (f"{S}/history?name=secret_text", None)],
    "GET /api/customers/{id}/mark": [(f"{S}/mark", None)],
    "POST /api/customers/{id}/changes": [(f"{S}/changes", CHANGE), (f"{S}/changes", {"changes": "?"})],
    "POST /api/customers/{id}/holdings": [(f"{S}/holdings", {"product": "P", "number": "1", "reason": REASON})],
    "POST /api/customers/{id}/relations": [(f"{S}/relations", {"kind": "household", "reason": REASON})],
    "POST /api/customers/{id}/show": [(f"{S}/show", {"name": "city", "reason": REASON})],  # shows, once asked to
    "GET /api/customers/{id}/erasure": [(f"{S}/erasure", None)],
    "POST /api/customers/{id}/erasure": [(f"{S}/erasure", {"reason": REASON, "typed": "somebody else"})],
    "POST /api/customers/{id}/file": "all that is known of a customer, for an administrator who must hand it over",
    "POST /api/customer-exports": [
        ("/api/customer-exports", {"reason": REASON, "format": one}) for one in ("csv", "xlsx")
    ],
    **dict.fromkeys(("GET /api/tokens", "POST /api/tokens", "POST /api/tokens/{id}/revoke"), OF_STAFF),
    "GET /api/imports": [("/api/imports", None)],
    "GET /api/imports/{id}": [("/api/imports/none", None)],
    **dict.fromkeys(
        ("POST /api/imports", *(f"POST /api/imports/{{id}}/{what}" for what in ("parts/{number}", "read", "apply"))),
        "it answers with what GET /api/imports/{id} shows, whose model is marked",
    ),
    **dict.fromkeys((f"POST /api/imports/{{id}}/{what}" for what in ("cancel", "take-back")), NO_WORDS),
    "GET /api/customers/{id}/conversation": [(f"{S}/conversation", None)],
    "GET /api/customers/{id}/consents": [(f"{S}/consents", None)],
    "GET /api/customers/{id}/statements": [(f"{S}/statements", None)],
    "GET /api/customers/{id}/merge": [(f"{S}/merge?loser=pia", None), ("/api/customers/pia/merge?loser=sam", None)],
    "POST /api/customers/{id}/merge": [(f"{S}/merge", {"loser_id": "pia", "versions": {}, "choices": {}})],
    "GET /api/customers/{id}/merges": [(f"{S}/merges", None)],
    "GET /api/customers/{id}/matches": [(f"{S}/matches", None)],
    "POST /api/customers/{id}/matches/refuse": [(f"{S}/matches/refuse", {"other_id": "pia"})],
    "POST /api/merges/{id}/undo": [("/api/merges/none/undo", {})],
    "GET /api/customers/{id}/tier": [(f"{S}/tier", None)],
    "POST /api/customers/{id}/tier/fix": [(f"{S}/tier/fix", {"tier": "gold", "why": f"for {CARD}"})],
    "POST /api/customers/{id}/tier/release": [(f"{S}/tier/release", {})],
    "GET /api/tiers": [("/api/tiers", None)],
    "GET /api/fixed-tiers": [("/api/fixed-tiers", None)],
    "POST /api/policy/head-starts": [("/api/policy/head-starts", {"policy": 0, "why": f"for {CARD}"})],
    "GET /api/lifecycle": [("/api/lifecycle", None)],
    "GET /api/interactions/{id}/scripts": [("/api/interactions/{interaction}/scripts", None)],
    "GET /api/interactions/{id}/explanation": [("/api/interactions/{interaction}/explanation", None)],
    "GET /api/interactions/{id}/candidates": [("/api/interactions/{interaction}/candidates", None)],
    "GET /api/offers/{id}/explanation": [("/api/offers/{offer}/explanation", None)],
    "GET /api/messages/{id}/html": [("/api/messages/{mail}/html", None)],
    "GET /api/messages/{id}/raw": [("/api/messages/{mail}/raw", None)],
    "GET /api/messages/{id}/media/{ref}": "an attachment is whole or not at all, like a recording",
    "GET /api/queues/{id}/waiting": [("/api/queues/service/waiting", None)],
    "GET /api/agents/{id}/held": [("/api/agents/ada/held", None)],
    "GET /api/in-hand": [("/api/in-hand", None)],
    "GET /api/unfinished": [("/api/unfinished", None)],
    "GET /api/estimates": NO_WORDS,
    "GET /api/audit": [("/api/audit?customer=sam", None)],
    "GET /api/inbox/set-aside": [("/api/inbox/set-aside", None)],
    "POST /api/inbox/{id}/open": [
        (f"/api/inbox/{{{which}}}/open", {"reason": f"{REASON} and waits"})
        for which in ("answers", "words", "broken")
    ],
    "POST /api/inbox/{id}/run-again": [("/api/inbox/1/run-again", {})],
    "GET /api/mails/filed": [("/api/mails/filed", None)],
    "GET /api/recordings": [("/api/recordings", None), ("/api/recordings?who=4673991", None)],
    "GET /api/messages/{id}/sounds/{ref}": NO_WORDS,
    "GET /api/recordings/{id}": "an agent's note of a statement is masked: test_statement_proofs",
    **dict.fromkeys(
        ("POST /api/recordings/{id}/hearings", "POST /api/messages/{id}/sounds/{ref}/hearings"), NO_WORDS
    ),
    **dict.fromkeys(
        ("GET /api/recordings/{id}/file", "GET /api/messages/{id}/sounds/{ref}/file", "GET /api/hearings/{id}/sound"),
        "sound has rights of its own",
    ),
    "POST /api/hearings/{id}/heard": NO_WORDS,
    "GET /api/segments": [("/api/segments", None)],
    "GET /api/segments/{id}": [("/api/segments/hidden", None)],
    "GET /api/segments/{id}/flow": [("/api/segments/hidden/flow", None)],
    "GET /api/segments/{id}/members": [("/api/segments/hidden/members", None)],
    "POST /api/segment-estimates": [("/api/segment-estimates", {"definition": SEGMENT["definition"]})],
    "POST /api/segment-counts": [("/api/segment-counts", {"definition": SEGMENT["definition"]})],
    "POST /api/segments": [("/api/segments", SEGMENT)],
    "POST /api/segments/{id}": [("/api/segments/hidden", {**SEGMENT, "seen_version": 1})],
    "POST /api/segments/{id}/begin": [("/api/segments/none/begin", {})],
    "POST /api/segments/{id}/retire": [("/api/segments/none/retire", {})],
    "POST /api/segments/{id}/discard": [("/api/segments/none/discard", {})],
    "GET /api/segments.toml": [("/api/segments.toml", None)],
    "POST /api/segments.toml": [("/api/segments.toml", {"text": "x"})],
    **dict.fromkeys(("GET /api/scripts", "GET /api/scripts/{id}", "POST /api/script-checks"), OF_SCRIPTS),
    **dict.fromkeys(("GET /api/practice", "POST /api/practice"), "no customer is in it"),
    "GET /api/script-previews": OF_POLICY,
    "POST /api/script-previews": [("/api/script-previews", PREVIEW)],
    "GET /api/scripts/{id}/{language}/versions/{version}": OF_SCRIPTS,
    "GET /api/scripts/{id}/{language}/saves/{revision}": OF_SCRIPTS,
    **{f"POST /api/scripts/{{id}}/{act}": OF_SCRIPTS for act in ("draft", "review", "send-back", "discard")},
    **{f"POST /api/scripts/{{id}}/{act}": OF_SCRIPTS for act in ("publish", "unschedule", "retire")},
    "POST /api/interactions/{id}/step-note": [("/api/interactions/{interaction}/step-note", STEP_NOTE)],
    "GET /api/scripts/{id}/notes": [("/api/scripts/greeting/notes", None)],
    "POST /api/scripts/{id}/notes/{note}/settle": NO_WORDS,
    "GET /api/scripts/{id}/comparisons": [("/api/scripts/greeting/comparisons", None)],
    **{f"POST /api/scripts/{{id}}/comparison{end}": NO_WORDS for end in ("", "-size", "-end")},
    "GET /api/scripts/{id}/figures": [("/api/scripts/greeting/figures", None)],
}
# The fields of the log: ids, names of things of ours, and numbers
LOGGED: Final = frozenset(
    "agent_id arrivals call_id channel chat_id code epoch event_name exc_info id inbox_id interaction_id "
    "is_forbidden is_over key kind merged milliseconds most moved name namespace of outbox_id party_id path pid "
    "problems queue reason recording_id release scripts segment segments session_id sid staff_id starts_again_in "
    "state status step task tries unforeseen units url version webhook whose".split()
)
WORDS_LOGGED: Final = {
    "address": "of a line of the sandbox, which has no customers",
    "because": "of the sandbox",
    "error": "the type of an error and where it arose: its words are ours or a library's",
    "number_ends_with": "the last digits, for who looks for a call",
    "problem": "an error of a provider or of a file of ours",
    "what": "of the sandbox",
    "why": "a word of ours",
}


class Exits:
    """A hub in which Sam has a canary of each kind, and people who ask for it."""

    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    async def cookie(self, name: str) -> str:
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        return self._cookies[name]

    async def ask(self, name: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
        headers = {"Cookie": await self.cookie(name), "Hub-Reason": REASON}
        async with self._session.request(method, self.hub.url + path, json=body, headers=headers) as answer:
            return answer.status, unfold(await answer.read())

    async def publish(self, seen_by: tuple[Any, ...], masking: MaskingPolicy) -> None:
        async with self.hub.db.read() as conn:
            document = (await get_newest_book(conn)).document
        choices = (ChoicePolicy(value="chosen", names=NAMES),)
        secrets = {
            f"secret_{kind}": AttributePolicy(
                type=kind, names=NAMES, seen_by=seen_by, choices=choices if kind == "choice" else ()
            )
            for kind in get_args(AttributeType)
        }
        changed = replace(document, attributes={**document.attributes, **secrets}, masking=masking)
        version = await publish_policy(self.hub.db, changed, 1, "test")
        assert version is not None
        await self._put(Arrival(f"policy:{version}", "PolicyPublished", ARRIVALS.encode(PolicyPublished(version)), 1))

    async def take(self, *notices: MessageReceived) -> None:
        await self._put(*(Arrival(n.key, type(n).__name__, ARRIVALS.encode(n), 1) for n in notices))

    async def _put(self, *arrivals: Arrival) -> None:
        inbox = Inbox(self.hub.db)
        await inbox.put(arrivals)
        self.hub.dispatcher.wake()
        async with asyncio.timeout(30):
            while await inbox.count_pending():
                await asyncio.sleep(0)


def unfold(answer: bytes) -> str:
    """What an answer says; of an Excel file all its parts."""
    if not answer.startswith(b"PK"):
        return answer.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(answer)) as sheet:
        return "".join(sheet.read(name).decode() for name in sheet.namelist())


def find_canary(said: str, canaries: Collection[str] = CANARIES) -> str:
    """The first canary in what was said, in whatever case; empty: there is none."""
    return next((one for one in canaries if one.lower() in said.lower()), "")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exits(hub: HubProcess) -> AsyncIterator[Exits]:
    async with aiohttp.ClientSession() as session:
        out = Exits(hub, session)
        await out.publish((), MaskingPolicy())
        rows = [("phone", NUMBER), ("email", MAILBOX)]
        known = [{"customer_id": "sam", "kind": kind, "address": one} for kind, one in rows]
        await hub.db.write(lambda conn: conn.execute(insert(tables.address), known))
        changes = [{"name": f"secret_{kind}", "value": value} for kind, value in VALUES.items()]
        body = {"version": 10**6, "reason": REASON, "changes": [*changes, {"name": "city", "value": SEEN}]}
        assert (await out.ask("dot", "POST", f"{S}/changes", body))[0] == 200
        held = {"product": "Account", "number": ACCOUNT, "reason": REASON}
        assert (await out.ask("dot", "POST", f"{S}/holdings", held))[0] == 200
        assert (await out.ask("ines", "POST", "/api/segments", SEGMENT))[0] == 200
        await out.publish(("author",), STRICT)
        desk = await ScreenConnection.open(hub.url, await out.cookie("ada"))
        try:
            await desk.ask("resume", {"number": None})
            state = {"id": "c1", "kind": "set_state", "state": "available"}
            assert (await desk.ask("command", state))["code"] == ""
            await out.take(text(f"my card is {CARD}, {SEEN}", NUMBER))
            await desk.hears_that(lambda told: "offer_made" in str(told))
            async with hub.db.read() as conn:
                out.ids["offer"] = str(await conn.scalar(select(tables.offer.c.id)))
                out.ids["interaction"] = str(await conn.scalar(select(tables.interaction.c.id)))
            accept = {"id": "c2", "kind": "accept_offer", "offer_id": out.ids["offer"]}
            assert (await desk.ask("command", accept))["code"] == ""
            raw = f"<p>{CARD} of {MAILBOX}</p>"
            await out.take(mail(f"and {CARD}", MAILBOX, html=raw, subject=f"About {CARD}"))
            async with hub.db.read() as conn:
                out.ids["mail"] = str(
                    await conn.scalar(select(tables.message.c.id).where(tables.message.c.html != ""))
                )
            await desk.hears_that(lambda told: "interaction_added" in str(told))
            out.ids |= await plant_arrivals(hub.db, VALUES, (NUMBER, MAILBOX, CARD), SEEN)
            out.ids["told"] = orjson.dumps([desk.told, await desk.ask("resume", {"number": None})]).decode()
            yield out
        finally:
            await desk.close()


STRICT: Final = MaskingPolicy(addresses_seen_by=("author",), accounts_seen_by=("author",), texts_seen_by=("author",))


async def test_no_route_tells_what_is_hidden_from_whoever_asks(
    exits: Exits, capfd: pytest.CaptureFixture[str]
) -> None:
    routes = {f"{rule.method} {rule.path}" for rule in exits.hub.rules if rule.action != PUBLIC}
    assert routes == set(EXITS), "say what a new route is asked, or why it shows nothing of a customer"
    leaks, seen = [], set[str]()
    for route, requests in EXITS.items():
        for path, body in [] if isinstance(requests, str) else requests:
            for name in PEOPLE:
                status, said = await exits.ask(name, route.partition(" ")[0], path.format(**exits.ids), body)
                assert status < 500, (route, name, said)
                if name in HIDDEN_FROM and (found := find_canary(said)):
                    leaks.append((route, name, found, said[max(0, said.lower().find(found) - 80) :][:160]))
                if SEEN in said:
                    seen.add(route)
    assert leaks == []
    read = {"POST /api/customers/{id}/open", "GET /api/customers/{id}/conversation", "POST /api/inbox/{id}/open"}
    assert seen >= read, "the answers are whole"
    log = "".join(capfd.readouterr())
    assert find_canary(log) == ""


# What may be hidden alone -> the policy, and its canaries
AUTHORS: Final = ("author",)
GROUPS: Final[dict[str, tuple[tuple[str, ...], MaskingPolicy, tuple[str, ...]]]] = {
    "addresses": ((), MaskingPolicy(addresses_seen_by=AUTHORS), (NUMBER, NUMBER[3:])),
    "accounts": ((), MaskingPolicy(accounts_seen_by=AUTHORS), (ACCOUNT,)),
    "texts": ((), MaskingPolicy(texts_seen_by=AUTHORS), (CARD, "49298811")),
    "attributes": (AUTHORS, MaskingPolicy(), ("canary words", "canary entry", "8341729", "7264519", "1971-03-17")),
}
ASIDE: Final = "POST /api/inbox/{id}/open"
READING: Final = ("POST /api/customers/{id}/open", "POST /api/customer-exports", ASIDE)  # beside every GET


@pytest.mark.parametrize("hidden", GROUPS)
async def test_what_one_policy_hides_stays_hidden_where_all_else_is_shown(exits: Exits, hidden: str) -> None:
    seen_by, masking, _ = GROUPS[hidden]
    await exits.publish(seen_by, masking)
    leaks, seen = [], set[str]()
    for route, requests in EXITS.items():
        method = route.partition(" ")[0]
        for path, body in requests if not isinstance(requests, str) and (method == "GET" or route in READING) else []:
            for name in ("tomasz",) if route == ASIDE else ("ada", "dot"):
                _, said = await exits.ask(name, method, path.format(**exits.ids), body)
                seen |= {group for group, (_, _, canaries) in GROUPS.items() if find_canary(said, canaries)}
                if find_canary(said, GROUPS[hidden][2]):
                    leaks.append((route, name))
    assert leaks == []
    assert seen == GROUPS.keys() - {hidden}


async def test_no_event_of_a_desk_and_no_snapshot_tells_what_is_hidden(exits: Exits) -> None:
    told = exits.ids["told"]
    assert SEEN in told and "offer_made" in told and "interaction_added" in told
    assert find_canary(told) == "", told[max(0, told.find(find_canary(told)) - 300) :][:600]


async def test_a_log_line_has_ids_and_numbers_and_no_words_of_a_customer() -> None:
    used = {
        field.arg or ast.unparse(node)
        for _, tree in parse_with(r"\blog\.", "hub", "channels")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        for field in node.keywords
        if field.arg is not None
    }
    assert used - LOGGED - WORDS_LOGGED.keys() == set(), "say why a field of the log shows nothing of a customer"
    assert WORDS_LOGGED.keys() - used == set()


async def test_every_event_of_a_socket_passes_the_mask() -> None:
    """Those of a desk are masked one by one (`Batch.tell`), and its snapshot; a wallboard gets texts in one alone."""
    marked = {kind.__name__ for kind in get_args(get_args(DeskEvent)[0]) if holds_private(kind)}
    assert marked >= {"OfferMadeEvent", "InteractionAdded", "InteractionChanged", "MessageAdded", "ConsultShown"}
    assert holds_private(DeskSnapshot) and holds_private(ReadAlong)
    emitted = {
        node.args[0].value
        for path in ("agent_console/desk.py", "agent_console/wallboard.py")
        for node in ast.walk(ast.parse(sources("agent_console")[path]))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "emit"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert emitted <= {"board", "read_along", "signed_out", "moving", "queues", "typing", "events", "event"}
    tells = {name for one in (DeskNamespace, WallboardNamespace) for name in vars(one) if name.startswith("tell_")}
    assert sorted(tells) == ["tell_board", "tell_events", "tell_moving", "tell_queues", "tell_read", "tell_typing"]
