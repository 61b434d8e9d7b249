"""A queue is taken away while a hub runs and work is in it: `apply` refuses, and is told where it goes."""

from tests.flows.cast import OpenCast
from tests.flows.customers import eventually


async def test_a_queue_with_work_in_it_is_taken_away_while_the_hub_runs(open_cast: OpenCast) -> None:
    cast = await open_cast()
    policy = cast.house.settings["policy"]
    await cast.customer("pia").text("Mitt kort är borta 我的卡丢了")
    ada = await cast.desk("ada")
    await ada.is_offered()
    held = await ada.accept()
    await ada.do("set_state", state="unavailable", reason="lunch", after_current=True)
    await ada.about(held["id"], "transfer_interaction", queue="cards")
    await cast.waiting("Pia Lindqvist", queue="cards")

    policy["queues"] = [queue for queue in policy["queues"] if queue["id"] != "cards"]
    policy["entries"] = [entry for entry in policy["entries"] if entry["queue"] != "cards" and "menu" not in entry]
    policy["menus"] = {}
    for disposition in policy["dispositions"]:
        if "cards" in disposition.get("queues", []):
            disposition["queues"].remove("cards")
    for person in cast.house.settings["demo"]["staff"]:
        person["queues"] = [queue for queue in person.get("queues", []) if queue != "cards"]
    said = await cast.house.apply(ends_with=1)
    assert 'queue "cards", sms: 1 open (1 platinum); the policy has no such queue' in said
    assert "python -m hub apply --move cards=service" in said
    said = await cast.house.apply("--move", "cards=service")
    assert "Published as version 2." in said
    await cast.waiting("Pia Lindqvist", queue="service")

    async def is_counted() -> bool:
        token = {"Authorization": f"Bearer {cast.house.metrics_token}"}
        async with cast.session.get(f"{cast.house.url}/metrics", headers=token) as answer:
            text = await answer.text()
        return "hub_misplaced_interactions 0.0" in text and "hub_open_interactions 1.0" in text

    await eventually(is_counted)
    ben = await cast.desk("ben")
    assert (await ben.is_offered())["customer_name"] == "Pia Lindqvist"
    shown = await ben.accept()
    facts = [message["fact"] for message in shown["messages"] if message["kind"] == "fact"]
    assert shown["queue"] == "service" and "moved_by_policy" in facts
