"""Guessed and remembered ids: what is not a person's to read is not found, as if it were not there."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from channels.channel import Media
from hub.api.routes import PUBLIC
from hub.app import HubProcess
from hub.storage import tables
from hub.storage.connection import Connection
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from tests.attacks.doors import STAFF
from tests.hub.connected_screens import sign_in
from tests.hub.notices import GUS_MAIL, mail

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Every route that names something by an id. A new one is put down here: does it show a customer's data?
OF_CUSTOMERS = {
    "/api/customers/{id}",
    "/api/customers/{id}/open",
    "/api/customers/{id}/history",
    "/api/customers/{id}/changes",
    "/api/customers/{id}/holdings",
    "/api/customers/{id}/relations",
    "/api/customers/{id}/consents",
    "/api/customers/{id}/tier",
    "/api/customers/{id}/tier/fix",
    "/api/customers/{id}/tier/release",
    "/api/customers/{id}/show",
    "/api/customers/{id}/erasure",
    "/api/customers/{id}/file",
    "/api/customers/{id}/merge",
    "/api/customers/{id}/merges",
    "/api/customers/{id}/matches",
    "/api/customers/{id}/matches/refuse",
    "/api/merges/{id}/undo",
    "/api/segments/{id}/members",
    "/api/imports/{id}",
    "/api/customers/{id}/conversation",
    "/api/customers/{id}/statements",
    "/api/messages/{id}/html",
    "/api/messages/{id}/raw",
    "/api/messages/{id}/media/{ref}",
    "/api/messages/{id}/sounds/{ref}",
    "/api/messages/{id}/sounds/{ref}/hearings",
    "/api/messages/{id}/sounds/{ref}/file",
    "/api/recordings/{id}",
    "/api/recordings/{id}/hearings",
    "/api/recordings/{id}/file",
    "/api/hearings/{id}/sound",
    "/api/hearings/{id}/heard",
    "/api/interactions/{id}/explanation",
    "/api/interactions/{id}/candidates",
    "/api/interactions/{id}/scripts",
    "/api/offers/{id}/explanation",
    "/api/queues/{id}/waiting",
    "/api/agents/{id}/held",
    "/api/inbox/{id}/open",
}
OF_NOBODY = {
    "/api/inbox/{id}/run-again",
    "/api/staff/{id}/disable",
    "/api/customers/{id}/mark",
    "/api/tokens/{id}/revoke",
    "/api/interactions/{id}/step-note",  # tells nothing; whose interaction it is not may not write: test_step_notes
}


@dataclass(frozen=True)
class Mail:
    """A mail of Gus's in the queue for cards, which Fay does not serve."""

    customer: str
    interaction: str
    message: str
    ref: str

    def paths(self) -> list[str]:
        message = f"/api/messages/{self.message}"
        return [
            f"/api/customers/{self.customer}/conversation",
            f"{message}/html",
            f"{message}/raw",
            f"{message}/media/{self.ref}",
            f"/api/interactions/{self.interaction}/explanation",
            f"/api/interactions/{self.interaction}/candidates",
            f"/api/interactions/{self.interaction}/scripts",
            f"/api/offers/{self.interaction}.1/explanation",
            "/api/queues/cards/waiting",
            "/api/unfinished",
            "/api/in-hand",
            f"/api/customers/{self.customer}/statements",
        ]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kept(hub: HubProcess) -> Mail:
    medium = Media("ref-1", "kort.pdf", "application/pdf", 3)
    notice = mail(
        "Mitt kort 我的卡",
        GUS_MAIL,
        to_address="cards@nordpost.example",
        html="<p>Mitt kort</p>",
        media=(medium,),
    )
    inbox = Inbox(hub.db)
    await inbox.put([Arrival(notice.key, "MessageReceived", ARRIVALS.encode(notice), 1)])
    hub.dispatcher.wake()
    async with asyncio.timeout(60):
        while await inbox.count_pending():
            await asyncio.sleep(0)
    m = tables.message.c
    async with hub.db.read() as conn:
        row = (await conn.execute(select(m.id, m.interaction_id, m.customer_id).where(m.kind == "customer"))).one()
    return Mail(row.customer_id, row.interaction_id, row.id, "ref-1")


async def ask(hub: HubProcess, cookie: str, path: str, method: str = "GET") -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession(headers={"Cookie": cookie}) as session,
        session.request(method, hub.url + path) as answer,
    ):
        return answer.status, await answer.read()


async def count_looks(hub: HubProcess) -> int:
    a = tables.audit.c
    async with hub.db.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(tables.audit).where(a.action.like("%.read"))))


async def test_every_route_with_an_id_is_known_here(hub: HubProcess) -> None:
    with_id = {rule.path for rule in hub.rules if "{" in rule.path and rule.action != PUBLIC}
    own = {path for path in with_id if path.startswith(("/api/me/", "/api/staff/"))}  # of staff alone
    own |= {path for path in with_id if path.startswith("/api/segments/")} - OF_CUSTOMERS  # rules and their figures
    own |= {path for path in with_id if path.startswith("/api/imports/{id}/")}  # what is done with a file
    own |= {path for path in with_id if path.startswith("/api/scripts/")}  # what authors write
    assert with_id - own - OF_NOBODY == OF_CUSTOMERS
    assert {path for path in OF_NOBODY if path.startswith("/api/staff/")} <= own


async def test_what_is_not_theirs_is_told_from_what_is_not_there_by_nobody(hub: HubProcess, kept: Mail) -> None:
    cookie, before = await sign_in(hub.url, "fay"), await count_looks(hub)
    nowhere = Mail("nobody", "i-none", "m-none", "r-none")
    for theirs, guessed in zip(kept.paths(), nowhere.paths(), strict=True):
        answered = await ask(hub, cookie, theirs)
        assert answered[0] in (403, 404), theirs
        if "cards" not in theirs:
            assert answered == await ask(hub, cookie, guessed), theirs
    assert await count_looks(hub) == before


@pytest.mark.parametrize("role", ["author", "administrator"])
async def test_no_customers_word_is_read_by_those_who_serve_none(hub: HubProcess, kept: Mail, role: str) -> None:
    cookie = await sign_in(hub.url, STAFF[role])
    for path in kept.paths():
        assert (await ask(hub, cookie, path))[0] == 403, path


async def test_whose_queue_it_is_reads_it_and_each_look_is_a_row(hub: HubProcess, kept: Mail) -> None:
    cookie, before = await sign_in(hub.url, "ben"), await count_looks(hub)
    paths = kept.paths()[:3]
    for path in paths[:2]:
        assert (await ask(hub, cookie, path))[0] == 200, path
        assert (await ask(hub, cookie, path))[0] == 200, path
    assert await count_looks(hub) == before + 4


async def test_a_file_is_found_only_by_the_message_that_it_came_with(hub: HubProcess, kept: Mail) -> None:
    cookie = await sign_in(hub.url, "ben")
    assert (await ask(hub, cookie, f"/api/messages/{kept.message}/media/r-none"))[0] == 404
    assert (await ask(hub, cookie, f"/api/messages/m-none/media/{kept.ref}"))[0] == 404


async def test_what_was_set_aside_says_no_word_without_a_reason(hub: HubProcess) -> None:
    secret = "我的密码是 4711"
    await Inbox(hub.db).put([Arrival("sms:AC1:SM-poison", "MessageReceived", f'{{"text": "{secret}"}}', 1)])
    hub.dispatcher.wake()
    administrator, agent = await sign_in(hub.url, "tomasz"), await sign_in(hub.url, "ada")
    async with asyncio.timeout(60):
        while not (listed := await Inbox(hub.db).list_set_aside()):
            await asyncio.sleep(0)
    row_id = listed[0][0].id
    status, shown = await ask(hub, administrator, "/api/inbox/set-aside")
    assert listed[0][1] not in shown.decode()  # an error may quote what it choked on
    assert (status, secret.encode() in shown, b'"channel":"sms"' in shown) == (200, False, True)
    assert (await ask(hub, agent, f"/api/inbox/{row_id}/open", "POST"))[0] == 403
    async with aiohttp.ClientSession(headers={"Cookie": administrator}) as session:
        for reason, expected in (("", 400), ("because", 400), (" " * 20, 400), ("Kund ringde om sitt kort", 200)):
            async with session.post(f"{hub.url}/api/inbox/{row_id}/open", json={"reason": reason}) as answer:
                assert answer.status == expected, reason
                assert (secret in await answer.text()) == (expected == 200)
        async with session.get(f"{hub.url}/api/audit?action=inbox.open") as answer:
            (line,) = (await answer.json())["lines"]
    assert (line["staff_id"], line["subject"], line["detail"]["reason"]) == (
        "tomasz",
        str(row_id),
        "Kund ringde om sitt kort",
    )


async def read_trail(hub: HubProcess, cookie: str, query: str = "") -> dict[str, Any]:
    status, body = await ask(hub, cookie, f"/api/audit{query}")
    assert status == 200, body
    trail: dict[str, Any] = orjson.loads(body)
    return trail


async def seat_supervisor(hub: HubProcess, name: str, *queues: str) -> str:
    """The cookie of one who is no agent beside it, with everybody's password."""
    s = tables.staff

    async def add(conn: Connection) -> None:
        row = dict((await conn.execute(select(s).where(s.c.id == "dot"))).mappings().one())
        profile = orjson.dumps({"queues": queues}).decode()
        row |= {"id": name, "sign_in_name": name, "roles": '["supervisor"]', "profile": profile}
        await conn.execute(s.insert(), [row])

    await hub.db.write(add)
    return await sign_in(hub.url, name)


async def test_agents_and_authors_see_nothing_of_the_trail(hub: HubProcess) -> None:
    for name in (STAFF["agent"], STAFF["author"]):
        assert (await ask(hub, await sign_in(hub.url, name), "/api/audit"))[0] == 403


async def test_a_supervisor_sees_the_trail_of_their_queues_and_of_no_other(hub: HubProcess, kept: Mail) -> None:
    ben, dot = await sign_in(hub.url, "ben"), await sign_in(hub.url, "dot")
    for path in kept.paths()[:2]:
        assert (await ask(hub, ben, path))[0] == 200
    for cookie, queue in ((dot, "cards"), (dot, "service")):
        assert (await ask(hub, cookie, f"/api/queues/{queue}/waiting"))[0] == 200
    nova, idle = await seat_supervisor(hub, "nova", "service"), await seat_supervisor(hub, "mute")
    of_dot, of_nova = await read_trail(hub, dot), await read_trail(hub, nova)
    assert {"conversation.read", "message.read", "waiting.read"} <= {line["action"] for line in of_dot["lines"]}
    assert {line["queue"] for line in of_dot["lines"]} == {"cards", "service"}  # no sign-in, no change of staff
    assert {line["queue"] for line in of_nova["lines"]} == {"service"}
    assert [line["customer_id"] for line in of_nova["lines"] if line["customer_id"]] == []
    for query in (f"?customer={kept.customer}", "?staff=ben", "?action=self.sign_in", "?action=conversation.read"):
        assert (await read_trail(hub, nova, query))["lines"] == [], query
    asked = await ask(hub, nova, "/api/audit?queue=cards")
    assert asked == await ask(hub, nova, "/api/audit?queue=none") and asked[0] == 404
    assert set(of_nova["queues"]) == {"service"}
    assert "fay" in of_nova["people"] and "tomasz" not in of_nova["people"]
    assert [action for action in of_nova["actions"] if action.startswith(("self.", "staff.", "session"))] == []
    nothing = await read_trail(hub, idle)
    assert (nothing["lines"], nothing["people"], nothing["queues"]) == ([], {}, {})


async def test_the_trail_is_asked_by_queue_and_by_page(hub: HubProcess, kept: Mail) -> None:
    dot, tomasz = await sign_in(hub.url, "dot"), await sign_in(hub.url, "tomasz")
    for queue in ("cards", "service"):
        assert (await ask(hub, dot, f"/api/queues/{queue}/waiting"))[0] == 200
    of_cards = (await read_trail(hub, tomasz, "?queue=cards"))["lines"]
    assert of_cards and {line["queue"] for line in of_cards} == {"cards"}
    both = [line["id"] for line in (await read_trail(hub, dot))["lines"]]
    assert both == sorted(both, reverse=True)
    behind = [line["id"] for line in (await read_trail(hub, dot, f"?before={both[0]}"))["lines"]]
    assert behind == both[1:]


async def test_the_trail_is_asked_in_parts(hub: HubProcess, kept: Mail) -> None:
    ben, cookie = await sign_in(hub.url, "ben"), await sign_in(hub.url, "tomasz")
    assert (await ask(hub, ben, kept.paths()[0]))[0] == 200
    async with aiohttp.ClientSession(headers={"Cookie": cookie}) as session:

        async def lines(query: str) -> list[dict[str, object]]:
            async with session.get(f"{hub.url}/api/audit{query}") as answer:
                assert answer.status == 200, await answer.text()
                return list((await answer.json())["lines"])

        by_ben = await lines("?staff=ben")
        assert by_ben and {line["staff_id"] for line in by_ben} == {"ben"}
        about_gus = await lines(f"?customer={kept.customer}&staff=ben&action=conversation.read")
        assert about_gus and {line["customer_id"] for line in about_gus} == {kept.customer}
        assert await lines(f"?before={by_ben[-1]['id']}&staff=ben") == []
        assert await lines("?day=2020-02-29") == []
        for bad in ("?day=today", "?day=9999-12-31", "?before=x", "?before=-1", f"?before={2**63}"):
            async with session.get(f"{hub.url}/api/audit{bad}") as answer:
                assert answer.status == 400
