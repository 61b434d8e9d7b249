"""A recording is heard by those who may, in parts; each hearing is one row of the trail, with the seconds heard."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select

from channels.channel import Media, Notice
from hub.app import HubProcess
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.settings.config import Config
from hub.storage import hearings, tables
from hub.storage.connection import Connection
from hub.storage.documents import ARRIVALS
from hub.storage.hearings import MOST_SPANS, join_spans
from hub.storage.inbox import Arrival, Inbox
from hub.storage.media import MediaStore
from tests.hub.connected_screens import sign_in
from tests.hub.notices import PIA, call, customer_left, voicemail
from tests.sounds import build_wav, tone

in_one_hub = pytest.mark.asyncio(loop_scope="module")
SOUND = build_wav([tone(440, 2.0, 0.5)])


@dataclass(frozen=True)
class Message:
    """A message that Pia left in the queue "service". Ada held it, Ben serves the queue, Dot supervises it, and
    Nova serves no queue."""

    hub: HubProcess
    session: aiohttp.ClientSession
    interaction: str
    url: str
    media: str

    async def ask(
        self, name: str, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status, and the body: as JSON where it is."""
        cookie = await sign_in(self.hub.url, name) if name else ""
        sent = {"Cookie": cookie, **headers}
        more = {} if body is None else {"json": body}
        async with self.session.request(method, self.hub.url + path, headers=sent, **more) as answer:
            content = await answer.read()
            return answer.status, orjson.loads(content) if answer.content_type == "application/json" else content

    async def open(self, name: str) -> dict[str, Any]:
        status, opened = await self.ask(name, f"{self.url}/hearings", "POST")
        assert status == 200, opened
        return dict(opened)

    async def trail(self, action: str) -> list[dict[str, Any]]:
        """The newest first."""
        status, trail = await self.ask("tomasz", f"/api/audit?action={action}")
        assert status == 200
        return list(trail["lines"])


async def take(hub: HubProcess, *notices: Notice) -> None:
    inbox = Inbox(hub.db)
    await inbox.put([Arrival(n.key, type(n).__name__, ARRIVALS.encode(n), 1) for n in notices])
    hub.dispatcher.wake()
    async with asyncio.timeout(60):
        while await inbox.count_pending():
            await asyncio.sleep(0)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def message(hub: HubProcess, config: Config) -> AsyncIterator[Message]:
    stored = await MediaStore(hub.db, config.media_folder, lambda: 1).store(SOUND, "message.wav", "audio/wav")
    left = replace(voicemail("CA1"), media=Media(stored.ref, stored.name, stored.content_type, stored.size))
    await take(hub, call("CA1", PIA))
    await take(hub, customer_left("CA1"))
    await take(hub, left)
    m = tables.message.c
    async with hub.db.read() as conn:
        row = (await conn.execute(select(m.id, m.interaction_id).where(m.media.contains(stored.ref)))).one()

    async def held_by_ada(conn: Connection) -> None:
        own = {"interaction_id": row.interaction_id, "agent_id": "ada", "role": "owner", "address": "", "name": ""}
        await conn.execute(insert(tables.participant), [own | {"joined_at": 1, "left_at": 2**61}])
        s = tables.staff
        ada = dict((await conn.execute(select(s).where(s.c.id == "ada"))).mappings().one())
        await conn.execute(insert(s), [ada | {"id": "nova", "sign_in_name": "nova", "profile": "{}"}])

    await hub.db.write(held_by_ada)
    async with aiohttp.ClientSession() as session:
        url = f"/api/messages/{row.id}/sounds/{stored.ref}"
        yield Message(hub, session, row.interaction_id, url, stored.ref)


async def adopt(hub: HubProcess, **listening: Any) -> None:
    async with hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    changed = replace(document, listening=replace(document.listening, **listening))
    await publish_policy(hub.db, changed, 1, "test")


@in_one_hub
async def test_who_held_the_work_and_who_supervises_it_hear_the_message(message: Message) -> None:
    for name in ("ada", "dot"):
        opened = await message.open(name)
        assert await message.ask(name, opened["url"]) == (200, SOUND), name
        assert await message.ask(name, opened["url"], Range="bytes=44-143") == (206, SOUND[44:144]), name


@in_one_hub
async def test_the_player_is_told_how_it_looks_and_what_one_may(message: Message) -> None:
    status, shown = await message.ask("ada", message.url)
    assert (status, shown["state"], shown["duration_ms"], shown["marks"]) == (200, "whole", 2000, [])
    assert (shown["may_hear"], shown["may_download"]) == (True, False)
    (peaks,) = shown["peaks"]
    assert len(peaks) == 1000 and 60 <= min(peaks) <= max(peaks) <= 64
    status, shown = await message.ask("ben", message.url)
    assert (status, shown["may_hear"], shown["may_download"]) == (200, False, False)


@in_one_hub
async def test_who_only_serves_the_queue_does_not_hear_it_and_no_row_says_that_they_did(message: Message) -> None:
    before = len(await message.trail("recording.hear"))
    assert await message.ask("ben", f"{message.url}/hearings", "POST") == (403, {"code": "may_not_hear"})
    assert len(await message.trail("recording.hear")) == before


@in_one_hub
@pytest.mark.parametrize(("name", "status"), [("", 401), ("nova", 404), ("ines", 403), ("tomasz", 403)])
async def test_nobody_else_learns_anything_of_it(message: Message, name: str, status: int) -> None:
    """No session; an agent of other queues; an author; an administrator."""
    opened = await message.open("ada")
    for method, path in (
        ("GET", message.url),
        ("POST", f"{message.url}/hearings"),
        ("GET", f"{message.url}/file"),
        ("GET", opened["url"]),
    ):
        assert (await message.ask(name, path, method))[0] == status, path
    assert (await message.ask(name, f"/api/hearings/{opened['id']}/heard", "POST", {"spans": []}))[0] == status


@in_one_hub
async def test_a_hearing_is_good_for_the_person_who_opened_it_alone(message: Message) -> None:
    opened = await message.open("ada")
    assert (await message.ask("dot", opened["url"]))[0] == 404
    assert (await message.ask("ada", "/api/hearings/none/sound"))[0] == 404
    a = tables.hearing
    async with message.hub.db.read() as conn:
        row = dict((await conn.execute(select(a).where(a.c.id == opened["id"]))).mappings().one())

    async def yesterday(conn: Connection) -> None:
        await conn.execute(insert(a), [row | {"id": "old", "opened_at": row["opened_at"] - 86_400_000_000}])

    await message.hub.db.write(yesterday)
    assert (await message.ask("ada", "/api/hearings/old/sound"))[0] == 404


@in_one_hub
async def test_the_sound_of_a_call_leaves_by_no_other_way(message: Message) -> None:
    assert (await message.ask("ada", message.url.replace("/sounds/", "/media/")))[0] == 404
    assert (await message.ask("ada", message.url.replace(message.media, "x" * 32)))[0] == 404


@in_one_hub
async def test_a_hearing_is_one_row_with_the_seconds_that_were_heard(message: Message) -> None:
    before = len(await message.trail("recording.hear"))
    opened = await message.open("ada")
    for asked in ("bytes=0-", "bytes=100-", "bytes=0-99"):
        assert (await message.ask("ada", opened["url"], Range=asked))[0] == 206
    line, *others = await message.trail("recording.hear")
    assert len(others) == before
    assert (line["staff_id"], line["queue"], line["customer_id"]) == ("ada", "service", "pia")
    assert line["detail"] == {"grounds": ["held_lately"], "heard": []}
    heard = f"/api/hearings/{opened['id']}/heard"
    for spans in ([[0, 900]], [[61_000, 65_500]], [[0, 1_200], [3_725_000, 3_726_000]]):
        assert (await message.ask("ada", heard, "POST", {"spans": spans}))[0] == 200
    line, *others = await message.trail("recording.hear")
    assert len(others) == before
    assert line["detail"]["heard"] == ["0:00–0:01", "1:01–1:05", "1:02:05–1:02:06"]


@in_one_hub
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"spans": [[1]]},
        {"spans": [[-1, 5]]},
        {"spans": [[0, 10**12]]},
        {"spans": "all"},
        {"spans": [[0, 1]] * 501},
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(message: Message, body: Any) -> None:
    opened = await message.open("ada")
    status, refused = await message.ask("ada", f"/api/hearings/{opened['id']}/heard", "POST", body)
    assert (status, refused) == (400, {"code": "invalid", "field": "spans"})


@in_one_hub
async def test_hearing_and_downloading_are_rights_of_their_own(message: Message) -> None:
    await adopt(message.hub, hear_recordings=(), download_recordings=("ada",))
    assert await message.ask("dot", f"{message.url}/hearings", "POST") == (403, {"code": "may_not_hear"})
    assert await message.ask("dot", f"{message.url}/file") == (403, {"code": "may_not_download"})
    assert await message.ask("ada", f"{message.url}/file") == (200, SOUND)
    (line,) = await message.trail("recording.download")
    assert (line["staff_id"], line["detail"]) == ("ada", {"grounds": ["held_lately"]})
    await adopt(message.hub, hear_recordings=("dot",), download_recordings="everyone")
    assert (await message.ask("dot", f"{message.url}/hearings", "POST"))[0] == 200
    assert (await message.ask("ben", f"{message.url}/file")) == (403, {"code": "may_not_download"})


@in_one_hub
async def test_what_one_may_hear_no_more_ends_an_open_hearing(message: Message) -> None:
    await adopt(message.hub, hear_recordings="everyone")
    opened = await message.open("dot")
    await adopt(message.hub, hear_recordings=())
    assert (await message.ask("dot", opened["url"]))[0] == 404
    await adopt(message.hub, hear_recordings="everyone")


async def add_recording(message: Message, name: str, *facts: tuple[int, str, dict[str, str]], **columns: Any) -> str:
    """A recorded call of the message's interaction, with facts at so many seconds; its path in the API."""
    began_at, r, m = 1_795_348_800_000_000, tables.recording, tables.message
    row = {"id": f"{message.interaction}.{name}", "interaction_id": message.interaction, "kind": "call"}
    row |= {"channel": "phone", "since": 1, "asked_at": began_at, "began_at": began_at, "channels": 2}
    row |= {"state": "stored", "media": message.media, "ended_at": began_at + 60_000_000, "settled_at": began_at}

    async def unit(conn: Connection) -> None:
        await conn.execute(insert(r), [row | columns])
        for seconds, fact, data in facts:
            at = began_at + seconds * 1_000_000
            said = {"id": f"{name}{seconds}", "interaction_id": message.interaction, "customer_id": "pia"}
            said |= {"kind": "fact", "channel": "phone", "at": at, "fact": fact, "data": orjson.dumps(data).decode()}
            await conn.execute(insert(m), [said])

    await message.hub.db.write(unit)
    return f"/api/recordings/{message.interaction}.{name}"


@in_one_hub
async def test_a_recorded_call_is_heard_like_a_message_and_has_marks(message: Message) -> None:
    facts = (
        (5, "recording_step", {"title": "Who calls"}),
        (10, "held", {}),
        (20, "resumed", {}),
        (30, "recording_paused", {}),
    )
    path = await add_recording(message, "r1", *facts)
    status, shown = await message.ask("ada", path)
    assert (status, shown["state"], shown["duration_ms"], shown["may_hear"]) == (200, "whole", 2000, True)
    assert [(one["kind"], one["at_ms"], one["until_ms"], one["text"]) for one in shown["marks"]] == [
        ("step", 5_000, 60_000, "Who calls"),
        ("hold", 10_000, 20_000, ""),
        ("pause", 30_000, 60_000, ""),
    ]
    status, opened = await message.ask("dot", f"{path}/hearings", "POST")
    assert await message.ask("dot", opened["url"], Range="bytes=44-99") == (206, SOUND[44:100])
    assert (await message.trail("recording.hear"))[0]["subject"] == f"{message.interaction}.r1"
    assert await message.ask("ben", f"{path}/hearings", "POST") == (403, {"code": "may_not_hear"})
    for method, more in (("GET", ""), ("POST", "/hearings"), ("GET", "/file")):
        assert (await message.ask("nova", path + more, method))[0] == 404
        assert (await message.ask("ada", f"/api/recordings/{message.interaction}.none{more}", method))[0] == 404
        assert (await message.ask("ada", f"/api/recordings/none{more}", method))[0] == 404


@in_one_hub
@pytest.mark.parametrize(
    ("state", "shown_as"),
    [
        ("asked", "recording"),
        ("recording", "recording"),
        ("paused", "recording"),
        ("ended", "fetching"),
        ("failed", "missing"),
        ("deleted", "deleted"),
    ],
)
async def test_a_recording_without_its_sound_says_why(message: Message, state: str, shown_as: str) -> None:
    path = await add_recording(message, f"r-{state}", state=state, media="")
    status, shown = await message.ask("ada", path)
    assert (status, shown["state"], shown["peaks"]) == (200, shown_as, [])
    assert (await message.ask("ada", f"{path}/hearings", "POST"))[0] == 404
    assert (await message.ask("ada", f"{path}/file"))[0] in (403, 404)


@in_one_hub
async def test_a_supervisor_finds_the_recordings_of_their_queues_the_newest_first(message: Message) -> None:
    for n in range(3):
        await add_recording(message, f"late{n}", asked_at=2**60 + n)
    status, found = await message.ask("dot", "/api/recordings")
    assert status == 200
    assert [one["id"].rpartition(".")[2] for one in found["lines"]][:3] == ["late2", "late1", "late0"]
    first = found["lines"][0]
    assert (first["kind"], first["queue"], first["customer_name"]) == ("call", "service", "Pia Lindqvist")
    assert found["queues"]["service"]["en"] == "Customer service" and found["next_before"] is None
    status, older = await message.ask("dot", f"/api/recordings?before={2**60 + 1}")
    assert [one["id"] for one in older["lines"]] == [one["id"] for one in found["lines"]][2:]
    assert (await message.trail("recordings.read"))[0]["subject"] == "service"
    assert (await message.ask("ada", "/api/recordings"))[0] == 403
    for wrong in ("x", "-1", str(2**63)):
        assert (await message.ask("dot", f"/api/recordings?before={wrong}"))[0] == 400


@in_one_hub
async def test_a_supervisor_looks_for_recordings_by_customer_agent_queue_and_day(message: Message) -> None:
    noon = 1_795_348_800_000_000  # 2026-11-22, 12:00 UTC
    half_past_eleven = noon + 10 * 3600 * 1_000_000 + 1_800_000_000  # 22:30 UTC, when it is 23:30 in Stockholm
    await add_recording(message, "by-day", asked_at=half_past_eleven)
    await add_recording(message, "next-day", asked_at=half_past_eleven + 1_800_000_000)

    async def find(**asked: str) -> set[str]:
        status, found = await message.ask("dot", f"/api/recordings?{urlencode(asked)}")
        assert status == 200, found
        return {one["id"].rpartition(".")[2] for one in found["lines"]} & {"by-day", "next-day"}

    both = {"by-day", "next-day"}
    assert await find() == both
    assert await find(day="2026-11-22") == {"by-day"}
    assert await find(day="2026-11-23") == {"next-day"}
    for who in ("pia", "LIND pi", "+46 70 174 01 01", "070-174 01", "0101"):
        assert await find(who=who) == both, who
    for who in ("pio", "pia lin", "070-175", "pia 0101"):
        assert await find(who=who) == (both if who == "pia lin" else set()), who
    assert await find(queue="service") == both
    assert await find(agent="nobody") == set()
    status, found = await message.ask("dot", "/api/recordings")
    assert {"ada", "ben"} <= set(found["people"]) and "nova" not in found["people"]
    assert set(found["queues"]) == {"service", "cards", "deposits"} and found["looked_back_to"] is None
    for wrong, status in (("day=x", 400), ("day=0000-01-01", 400), ("queue=none", 404)):
        assert (await message.ask("dot", f"/api/recordings?{wrong}"))[0] == status, wrong


@in_one_hub
async def test_a_search_that_has_looked_through_much_says_how_far_back_it_came(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.api.recording_list.SLICE", 1)
    monkeypatch.setattr("hub.api.recording_list.SLICES", 2)
    for n in range(4):
        await add_recording(message, f"back{n}", asked_at=2**59 + n * 1_000_000)
    status, found = await message.ask("dot", f"/api/recordings?who=nobody&before={2**60}")
    assert (status, found["lines"], found["next_before"]) == (200, [], 2**59 + 2_000_000)
    assert found["looked_back_to"] == (2**59 + 2_000_000) // 1000


@in_one_hub
async def test_a_sound_that_was_deleted_says_so(message: Message, config: Config) -> None:
    """The last test of this file: it takes the sound away."""
    opened = await message.open("ada")
    (config.media_folder / message.media).unlink()
    (config.media_folder / f"{message.media}.waveform").unlink()
    status, shown = await message.ask("ada", message.url)
    assert (status, shown["state"], shown["peaks"]) == (200, "deleted", [])
    assert (await message.ask("ada", opened["url"]))[0] == 404


def test_spans_are_joined_where_they_touch() -> None:
    assert join_spans([(5, 9), (0, 3), (3, 4), (8, 12), (20, 20)]) == [(0, 4), (5, 12)]
    many: Sequence[tuple[int, int]] = [(n * 10, n * 10 + 5 - (n == 7)) for n in range(MOST_SPANS + 2)]
    joined = join_spans([*many, (75, 76)])
    assert len(joined) == MOST_SPANS and joined[0][0] == 0 and joined[-1] == many[-1]


@in_one_hub
async def test_hearings_are_forgotten_with_the_trail(message: Message) -> None:
    async def forget(conn: Connection) -> int:
        return await hearings.prune(conn, 2**61)

    assert await message.hub.db.write(forget) > 0
    async with message.hub.db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(tables.hearing)) == 0
    assert (await message.trail("recording.hear"))[0]["detail"]["heard"] == []
