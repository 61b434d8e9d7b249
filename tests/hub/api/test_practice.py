"""Practice: an agent walks a published script with a simulated customer; no customer, no row and no report has it."""

from typing import Any

import pytest

from hub.app import HubProcess
from tests.hub.api.test_script_editing import Author, author
from tests.hub.api.test_script_previews import count_rows

__all__ = ["author"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def ask(*moves: Any, **more: Any) -> dict[str, Any]:
    return {"script_id": "complaint", "language": "en", "card": "angry", "moves": list(moves), **more}


async def practise(author: Author, asked: dict[str, Any]) -> dict[str, Any]:
    status, view = await author.ask("/api/practice", asked, "ada")
    assert status == 200, view
    return dict(view)


async def test_an_agent_walks_every_script_to_its_end_and_nothing_is_kept(author: Author, hub: HubProcess) -> None:
    status, options = await author.ask("/api/practice", name="ada")
    assert status == 200
    before = await count_rows(hub)
    assert len({(one["id"], one["language"]) for one in options["scripts"]}) == len(options["scripts"]) > 20
    for script in options["scripts"]:
        moves: list[Any] = []
        for _ in range(40):
            asked = ask(*moves, script_id=script["id"], language=script["language"])
            view = await practise(author, asked)
            if view["script"]["step_id"] == "end":
                break
            moves += view["reply"]["moves"]
        assert (view["script"]["step_id"], view["refusal"]) == ("end", None), script
    assert await count_rows(hub) == before


async def test_the_customer_has_the_name_of_the_card_and_an_agent_may_go_another_way(author: Author) -> None:
    view = await practise(author, ask())
    assert "Robin Falk" in str(view["script"]["parts"])
    assert (view["reply"]["says"], view["script"]["step_id"]) == (
        "This is the third time that I call about this!",
        "listen",
    )
    refused = await practise(author, ask({"action": "next"}))
    assert (refused["taken"], refused["refusal"]["code"]) == (0, "required")


async def test_who_may_practise_and_what_is_unknown(author: Author) -> None:
    for name, status in (("dot", 200), ("ines", 200), ("tomasz", 403)):
        assert (await author.ask("/api/practice", ask(), name))[0] == status
    for odd in ({"card": "nobody"}, {"script_id": "none"}, {"language": "sv"}):
        assert (await author.ask("/api/practice", ask() | odd, "ada"))[0] == 404
    assert (await author.ask("/api/practice", ask() | {"turn": -1}, "ada"))[0] == 400
