"""Scripts over HTTP: an author writes, breaks, mends and publishes one; whoever comes second is told."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio

from hub.app import HubProcess
from scripts_library.loader import LIBRARY
from tests.hub.connected_screens import sign_in
from tests.hub.scripts.test_published_scripts import write

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Author:
    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}

    async def ask(self, path: str, body: Any = None, name: str = "ines") -> tuple[int, Any]:
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        method, headers = "GET" if body is None else "POST", {"Cookie": self._cookies[name]}
        async with self._session.request(method, self.hub.url + path, json=body, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def save(self, source: str, revision: int, name: str = "offer") -> tuple[int, Any]:
        asked = {"language": "en", "source": source, "revision": revision}
        return await self.ask(f"/api/scripts/{name}/draft", asked)

    async def check(self, source: str, name: str = "offer") -> Any:
        status, said = await self.ask("/api/script-checks", {"id": name, "language": "en", "source": source})
        assert status == 200
        return said


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def author(hub: HubProcess) -> AsyncIterator[Author]:
    async with aiohttp.ClientSession() as session:
        yield Author(hub, session)


async def test_the_list_has_every_published_script(author: Author) -> None:
    status, page = await author.ask("/api/scripts")
    assert status == 200
    names = {f"{one['id']}.{file['language']}.md" for one in page["scripts"] for file in one["files"]}
    assert names == {path.name for path in LIBRARY.glob("*.md")}
    assert all(file["version"] and not file["draft"] for one in page["scripts"] for file in one["files"])
    greeting = next(one for one in page["scripts"] if one["id"] == "greeting")
    assert (greeting["applies_to"], greeting["titles"]["zh-CN"]) == ({}, "通用问候")
    for one in page["scripts"]:
        for part in ("channels", "queues", "tiers", "segments", "stages", "purposes"):
            assert set(one["applies_to"].get(part, ())) <= page["names"][part].keys(), one["id"]
    assert page["names"]["queues"]["cards"]["zh-CN"] == "银行卡与支付"


async def test_one_script_shows_its_words_byte_for_byte(author: Author) -> None:
    status, page = await author.ask("/api/scripts/greeting")
    assert status == 200
    for file in page["files"]:
        assert file["source"] == (LIBRARY / f"greeting.{file['language']}.md").read_bytes().decode()
    assert (await author.ask("/api/scripts/none"))[0] == 404


async def test_a_check_has_every_error_at_its_line_and_the_way_around_a_statement(author: Author) -> None:
    around = write(second="Later -> end: done")
    said = await author.check(around)
    (problem,) = said["problems"]
    assert around.splitlines()[problem["line"] - 1] == "- [2] Later -> end: done"
    assert (problem["is_error"], problem["path"]) == (True, ["hello", "end"])
    assert [step["id"] for step in said["steps"]] == ["hello", "terms"]
    hello, terms = said["steps"]
    assert [(way["key"], way["label"], way["target"], way["outcome"]) for way in hello["ways"]] == [
        ("1", "Go on", "terms", ""),
        ("2", "Later", "end", "done"),
    ]
    lines = around.splitlines()
    assert lines[terms["line"] - 1] == "## terms: The terms"
    assert lines[terms["last_line"]] == "# Example: Goes on"
    assert (terms["statements"], terms["is_reachable"]) == (1, True)


ACTIONS = """
[actions.ask]
label = "Ask the card system"
do = "webhook"
webhook = "card-sttus"

[actions.better]
label = "Better tier"
do = "tier"
tier = "gald"
days = 7
why = "We lost the card"
"""


async def test_a_check_names_a_tier_and_a_webhook_that_there_is_not(author: Author) -> None:
    text = write(words="Hej!\n\n{{ action: ask }}\n{{ action: better }}").replace("\n+++\n", f"\n{ACTIONS}+++\n", 1)
    lines = text.splitlines()
    found = {lines[one["line"] - 1]: one["words"] for one in (await author.check(text))["problems"]}
    assert 'there is no webhook "card-sttus"' in found["[actions.ask]"]
    assert 'there is no tier "gald". Did you mean "gold"?' in found["[actions.better]"]


async def test_what_cannot_be_read_is_still_drawn_as_far_as_it_goes(author: Author) -> None:
    said = await author.check(write(words="Hej {{ customer.nme }}", second="Later -> nowhere"))
    assert len(said["problems"]) == 1
    assert [step["id"] for step in said["steps"]] == ["hello", "terms"]
    said = await author.check("+++\nno head")
    assert (said["steps"], len(said["problems"])) == ([], 1)
    assert [one["words"] for one in (await author.check(write(), "other"))["problems"]] == [
        "`id` and `language` belong to offer.en.md, and this is other.en.md."
    ]


async def test_a_script_is_written_broken_mended_published_and_retired(author: Author) -> None:
    assert await author.save(write(second="Later -> end: done"), 0) == (200, {"revision": 1})
    asked = {"revisions": {"en": 1}, "sentence": "For spring"}
    status, said = await author.ask("/api/scripts/offer/publish", asked)
    assert (status, said["code"], len(said["problems"])) == (422, "not_published", 1)
    (line,) = [one for one in (await author.ask("/api/scripts"))[1]["scripts"] if one["id"] == "offer"]
    (file,) = line["files"]
    assert (file["version"], file["draft"], file["draft_by"], file["has_errors"]) == (0, "draft", "Inês Duarte", True)
    assert await author.save(write(), 1) == (200, {"revision": 2})
    status, said = await author.save("mine", 1)
    assert (status, said["source"], said["revision"], said["code"]) == (409, write(), 2, "changed")
    assert await author.ask("/api/scripts/offer/publish", asked) == (409, said)
    assert await author.ask("/api/scripts/offer/publish", {"revisions": {"en": 2}, "sentence": "For spring"}) == (
        200,
        {},
    )
    page = (await author.ask("/api/scripts/offer"))[1]
    (version,), (file,) = page["versions"], page["files"]
    assert (version["state"], version["note"], version["version"]) == ("published", "For spring", 1)
    assert (file["draft"], file["source"], file["revision"]) == ("", write(), 3)
    assert [one["revision"] for one in file["saves"]] == [2, 1]
    assert (await author.ask("/api/scripts/offer/en/saves/1"))[1]["source"] == write(second="Later -> end: done")
    assert (await author.ask("/api/scripts/offer/en/versions/1"))[1]["source"] == write()
    assert (await author.ask("/api/scripts/offer/en/versions/2"))[0] == 404
    assert (await author.ask("/api/scripts/offer/retire", {"sentence": ""}))[0] == 200
    assert (await author.ask("/api/scripts/offer/retire", {"sentence": ""}))[0] == 409


async def test_a_draft_is_reviewed_sent_back_scheduled_and_taken_back(author: Author) -> None:
    path = "/api/scripts/later"
    await author.save(write(name="later", priority=77), 0, "later")
    assert (await author.ask(f"{path}/review", {"revisions": {"en": 1}, "sentence": "Please"}))[0] == 200
    assert (await author.ask(f"{path}/send-back", {"revisions": {"en": 2}, "sentence": "Shorter"}))[0] == 200
    (file,) = (await author.ask(path))[1]["files"]
    assert (file["draft"], file["sentence"], file["wrote"]) == ("draft", "Shorter", True)
    begins_at = file["changed_at"] + 3_600_000
    assert (await author.ask(f"{path}/publish", {"revisions": {"en": 3}, "begins_at": begins_at}))[0] == 200
    (version,) = (await author.ask(path))[1]["versions"]
    assert version["state"] == "scheduled"
    assert version["begins_at"] == pytest.approx(begins_at, abs=50)  # the wall clock and hub time are no twins
    assert (await author.ask(f"{path}/unschedule", {}))[0] == 200
    assert (await author.ask(f"{path}/unschedule", {}))[0] == 409
    await author.save("x", 4, "later")
    assert (await author.ask(f"{path}/discard", {"revisions": {"en": 5}}))[0] == 200


async def test_only_authors_write_and_names_are_checked(author: Author) -> None:
    for name in ("ada", "dot"):
        assert (await author.ask("/api/scripts", name=name))[0] == 403
    assert (await author.ask("/api/scripts", name="tomasz"))[0] == 200
    asked = {"language": "en", "source": "x", "revision": 0}
    assert (await author.ask("/api/scripts/offer/draft", asked, "tomasz"))[0] == 403
    assert await author.ask("/api/scripts/Not%20a%20name/draft", asked) == (409, {"code": "name"})
    assert (await author.ask("/api/scripts/offer/draft", asked | {"source": "x" * 128_001}))[0] == 400
    assert (await author.ask("/api/scripts/offer/draft", asked | {"revision": "x"}))[0] == 400
