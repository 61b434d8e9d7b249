"""A queue is taken away while a hub runs and work is in it: `apply` refuses, and is told where it goes."""

from tests.flows.customers import eventually
from tests.flows.scene import OpenScene


async def test_a_queue_with_work_in_it_is_taken_away_while_the_hub_runs(open_scene: OpenScene) -> None:
    scene = await open_scene()
    policy = scene.house.settings["policy"]
    await scene.customer("pia").text("Mitt kort är borta 我的卡丢了")
    ada = await scene.desk("ada")
    await ada.is_offered()
    held = await ada.accept()
    await ada.do("set_state", state="unavailable", reason="lunch", after_current=True)
    await ada.about(held["id"], "transfer_interaction", queue="cards")
    await scene.waiting("Pia Lindqvist", queue="cards")

    policy["queues"] = [queue for queue in policy["queues"] if queue["id"] != "cards"]
    policy["entries"] = [entry for entry in policy["entries"] if entry["queue"] != "cards"]
    for disposition in policy["dispositions"]:
        if "cards" in disposition.get("queues", []):
            disposition["queues"].remove("cards")
    for person in scene.house.settings["demo"]["staff"]:
        person["queues"] = [queue for queue in person.get("queues", []) if queue != "cards"]
    said = await scene.house.apply(ends_with=1)
    assert 'queue "cards", sms: 1 open (1 platinum); the policy has no such queue' in said
    assert "python -m hub apply --move cards=service" in said
    said = await scene.house.apply("--move", "cards=service")
    assert "Published as version 2." in said
    await scene.waiting("Pia Lindqvist", queue="service")

    async def is_counted() -> bool:
        token = {"Authorization": f"Bearer {scene.house.metrics_token}"}
        async with scene.session.get(f"{scene.house.url}/metrics", headers=token) as answer:
            text = await answer.text()
        return "hub_misplaced_interactions 0.0" in text and "hub_open_interactions 1.0" in text

    await eventually(is_counted)
    ben = await scene.desk("ben")
    assert (await ben.is_offered())["customer_name"] == "Pia Lindqvist"
    shown = await ben.accept()
    facts = [message["fact"] for message in shown["messages"] if message["kind"] == "fact"]
    assert shown["queue"] == "service" and "moved_by_policy" in facts
