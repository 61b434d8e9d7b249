"""What a closed interaction leaves behind for the rules that count."""

from hub.storage.customer_tables import activity
from hub.storage.rule_tables import rule_due
from tests.hub.house import BOTH, House
from tests.hub.notices import text


async def serve(house: House, disposition: str) -> str:
    """An agent serves a text to its end; the id of its customer."""
    if "ada" not in house.screens:
        await house.seat("ada")
    await house.take(text("Hej", "+46701740301"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    await house.about("ada", held["id"], "complete_wrap_up", disposition=disposition, note="")
    return str(held["customer"]["id"])


@BOTH
async def test_a_closed_interaction_is_a_contact_by_its_channel(house: House) -> None:
    customer_id = await serve(house, "solved")
    (one,) = await house.rows(activity)
    assert (one["customer_id"], one["kind"], one["label"], one["amount"]) == (customer_id, "contact", "sms", None)
    row = await house.interaction(customer_id=customer_id)
    assert one["at"] == row["closed_at"]
    (due,) = await house.rows(rule_due, rule_due.c.customer_id == customer_id)
    assert "activity/contact" in due["changed"].split()


async def test_a_disposition_may_say_that_it_was_a_complaint(house: House) -> None:
    await serve(house, "complaint")
    assert [(row["kind"], row["label"]) for row in await house.rows(activity)] == [
        ("contact", "sms"),
        ("complaint", ""),
    ]
