"""Two hubs on one database and one bus: what is published at either is in force at both, and what runs stays."""

import re
from typing import Any

from tests.flows.cast import Cast
from tests.flows.desk import find_held, sign_in
from tests.flows.house import WholeHouse
from tests.flows.test_cluster_flow import Cluster
from tests.flows.test_cluster_flow import cluster as cluster

GREETS = "What can I do for you?"


async def publish(cast: Cast, house: WholeHouse, version: int, before: str, words: str) -> None:
    """Another version of the greeting, as an author publishes it at this hub."""
    cookie = {"Cookie": await sign_in(house.url, "ines", cast.house.password)}
    path = f"{house.url}/api/scripts/greeting"
    async with cast.session.get(path, headers=cookie) as answer:
        (file,) = [one for one in (await answer.json())["files"] if one["language"] == "en"]
    source = re.sub(r"^version = \d+", f"version = {version}", file["source"], flags=re.MULTILINE)
    draft = {"language": "en", "source": source.replace(before, words), "revision": file["revision"]}
    async with cast.session.post(f"{path}/draft", headers=cookie, json=draft) as answer:
        assert answer.status == 200, await answer.text()
        revision = (await answer.json())["revision"]
    asked = {"revisions": {"en": revision}, "sentence": "Said otherwise"}
    async with cast.session.post(f"{path}/publish", headers=cookie, json=asked) as answer:
        assert answer.status == 200, await answer.text()


def say(held: dict[str, Any]) -> tuple[int, str]:
    """The version of the shown script, and the words of its step."""
    script = held["script"]
    blocks = [block for part in script["parts"] for block in part.get("blocks", [])]
    return script["version"], "".join(span["text"] for block in blocks for span in block["spans"])


async def test_what_is_published_at_one_the_very_next_gets_at_the_other_and_what_runs_stays(cluster: Cluster) -> None:
    cast = cluster.cast
    ada = await cluster.desk("ada", cluster.one)  # which routes
    await cast.customer("sam").text("Hej 你好")
    first = await ada.accept()
    version, words = say(first)
    assert GREETS in words
    await publish(cast, cluster.two, version + 1, GREETS, "What is it about? 请讲")
    await cast.customer("pia").text("Hej igen")
    second = await ada.accept()
    assert say(second)[0] == version + 1
    assert "What is it about? 请讲" in say(second)[1]
    about = {"script_id": "greeting", "step_id": "greet", "action": "choose", "choice": "1"}
    await ada.about(first["id"], "advance_script", **about, values={"topic": "card"})
    running = find_held(ada.screen, first["id"])["script"]
    assert (running["version"], running["step_id"]) == (version, "help"), "it goes on as it began"
    for held in (first, second):
        await ada.about(held["id"], "end_interaction")
        await ada.about(held["id"], "complete_wrap_up", disposition="solved")
    await ada.close()
    ada = await cluster.desk("ada", cluster.two)
    await publish(cast, cluster.one, version + 2, "What is it about? 请讲", "Tell me.")
    await cast.customer("sam").text("En sak till")
    shown, words = say(await ada.accept())
    assert (shown, "Tell me." in words) == (version + 2, True)
