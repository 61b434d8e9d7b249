"""Notes, figures and comparisons over HTTP: who may, what is refused, and in which words."""

from typing import Any

import pytest

from scripts_library.loader import LIBRARY
from tests.hub.api.test_script_editing import Author
from tests.hub.api.test_script_editing import author as author
from tests.hub.scripts.test_published_scripts import write

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = {"script_id": "greeting", "step_id": "greet", "words": "too long"}
PLAN = {"outcome": "done", "base_rate": 2_000, "smallest": 500}
ONE = "/api/scripts/greeting"


@pytest.mark.parametrize(
    ("name", "path", "body", "expected"),
    [
        ("ada", "/api/interactions/none/step-note", NOTE, (409, "not_held")),
        ("ada", "/api/interactions/none/step-note", NOTE | {"words": " \u2028 "}, (409, "required")),
        ("ada", "/api/interactions/none/step-note", NOTE | {"words": "x" * 201}, (400, "invalid")),
        ("ines", "/api/interactions/none/step-note", NOTE, (403, "may_not")),
        ("ada", f"{ONE}/notes", None, (403, "may_not")),
        ("ines", f"{ONE}/notes/1/settle", {"answer": ""}, (409, "state")),
        ("ines", f"{ONE}/notes/%D9%A1/settle", {"answer": ""}, (404, "not_found")),
        ("ines", f"{ONE}/notes/{10**30}/settle", {"answer": ""}, (400, "bad_number")),
        ("tomasz", f"{ONE}/notes/1/settle", {"answer": ""}, (403, "may_not")),
        ("ines", f"{ONE}/figures?since=yesterday", None, (400, "invalid")),
        ("ines", f"{ONE}/figures?since=2026-02-30", None, (400, "invalid")),
        ("ines", f"{ONE}/figures?since=9999-12-31&until=9999-12-31", None, (400, "invalid")),
        ("ada", f"{ONE}/figures", None, (403, "may_not")),
        ("ines", f"{ONE}/comparison", PLAN | {"sentence": ""}, (409, "no_candidate")),
        ("ines", f"{ONE}/comparison", PLAN | {"sentence": "", "smallest": 10}, (409, "too_small")),
        ("ines", f"{ONE}/comparison", PLAN | {"sentence": "", "smallest": 0}, (400, "invalid")),
        ("tomasz", f"{ONE}/comparison", PLAN | {"sentence": ""}, (403, "may_not")),
        ("ines", f"{ONE}/comparison-end", {"publishes": True, "word": ""}, (409, "state")),
        ("dot", f"{ONE}/comparisons", None, (403, "may_not")),
    ],
)
async def test_what_may_not_be_is_refused_with_its_code(
    author: Author, name: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    status, said = await author.ask(path, body, name)
    assert (status, said["code"]) == expected


async def test_a_script_that_nobody_has_used_has_empty_pages(author: Author) -> None:
    assert await author.ask(f"{ONE}/notes") == (200, {"open": {}, "notes": []})
    status, figures = await author.ask(f"{ONE}/figures?since=2026-11-01&until=2026-11-02")
    assert (status, figures["versions"], figures["since"]) == (200, [], "2026-11-01")
    status, compared = await author.ask("/api/scripts/no%20such'--/comparisons")
    assert (status, compared["comparisons"], compared["outcomes"]) == (
        200,
        [],
        [{"outcome": "", "runs": 0, "reached": 0}],
    )


async def test_a_comparison_says_its_size_before_it_starts_and_ends_with_a_word(author: Author) -> None:
    path = "/api/scripts/offer"
    assert (await author.save(write(), 0))[0] == 200
    assert (await author.ask(f"{path}/publish", {"revisions": {"en": 1}, "sentence": "x"}))[0] == 200
    revision = (await author.ask(path))[1]["files"][0]["revision"]
    revision = (await author.save(write(2, words="Candidate"), revision))[1]["revision"]
    later = {"revisions": {"en": revision}, "sentence": "x", "begins_at": 4_000_000_000_000}
    assert (await author.ask(f"{path}/publish", later))[0] == 200
    status, size = await author.ask(f"{path}/comparison-size", PLAN)
    assert (status, size["needed"] > 1_000) == (200, True)
    assert (await author.ask(f"{path}/comparison", PLAN | {"sentence": "Which"}))[0] == 200
    (one,) = (await author.ask(f"{path}/comparisons"))[1]["comparisons"]
    assert (one["needed"], one["verdict"], one["low"], one["high"]) == (size["needed"], "too_few", -10_000, 10_000)
    assert (one["base"]["version"], one["candidate"]["version"], one["is_interrupted"]) == (1, 2, False)
    states = {line["version"]: line["state"] for line in (await author.ask(path))[1]["versions"]}
    assert states == {2: "compared", 1: "published"}
    assert (await author.ask(f"{path}/comparison-end", {"publishes": False, "word": "够了"}))[0] == 200
    (one,) = (await author.ask(f"{path}/comparisons"))[1]["comparisons"]
    assert (one["state"], one["word"], one["ended_by"]) == ("kept", "够了", "Inês Duarte")


async def test_what_is_practised_previewed_or_played_is_in_no_figure(author: Author) -> None:
    async def read() -> tuple[Any, Any]:
        figures = [(await author.ask(f"/api/scripts/{name}/figures"))[1] for name in ("cross-sell", "complaint")]
        return figures, (await author.ask("/api/scripts/products"))[1]["proposals"]

    before = await read()
    source = (LIBRARY / "cross-sell.en.md").read_text("utf-8")
    played: dict[str, Any] = {"id": "cross-sell", "language": "en", "source": source, "card": "curious"}
    practised = {"script_id": "cross-sell", "language": "en", "card": "angry"}
    reply = {"action": "reply", "name": "savings-plan", "choice": "accepted"}
    for path, asked, name in (("script-previews", played, "ines"), ("practice", practised, "ada")):
        moves: list[Any] = []
        for _ in range(20):
            view = (await author.ask(f"/api/{path}", {**asked, "moves": moves}, name))[1]
            shown = [one["id"] for part in view["script"]["parts"] for one in part.get("proposals", ())]
            moves += [*([reply] if "savings-plan" in shown else []), *view["reply"]["moves"]]
            if view["script"]["step_id"] == "end":
                break
        assert view["script"]["step_id"] == "end", path
    assert await read() == before
    assert all(one["shown"] == 0 for one in before[1])
