"""Consents that another system tells of: kept if they are newer than what stands, each with its answer."""

from dataclasses import replace

from hub.exchange.consent_intake import ToldConsent, take_consents
from hub.policies.in_force import PolicyBook
from hub.storage import tables
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM, SAM_MAIL
from tests.hub.sample_settings import POLICY

CONSENTS = PolicyBook(1, POLICY).consents
YES = ToldConsent(address=SAM, purpose="marketing", is_given=True, at=1_000, text_version=1, language="en")


@BOTH
async def test_what_another_system_tells_is_kept_in_order_and_asks_the_rules_anew(house: House) -> None:
    now = house.clock.now()
    told = [
        YES,
        replace(YES, is_given=False, at=2_000),
        replace(YES, at=1_500),  # an older yes does not undo a no
        replace(YES, address=SAM_MAIL.upper(), at=1_500),
        replace(YES, purpose="sales"),
        replace(YES, address="0701740301"),
        replace(YES, address="+46701749998"),
        replace(YES, text_version=7, at=3_000),
        replace(YES, at=now + 1),
    ]
    answers = await house.db.write(lambda conn: take_consents(conn, CONSENTS, told, "import", "i1", now))
    assert answers == ["", "", "older", "", "no_purpose", "no_address", "nobody", "no_text", "in_future"]
    rows = await house.rows(tables.consent_entry)
    assert [(row["address"], row["act"], row["source"], row["by_id"], row["customer_id"]) for row in rows] == [
        (SAM, "given", "import", "i1", "sam"),
        (SAM, "withdrawn", "import", "i1", "sam"),
        (SAM_MAIL, "given", "import", "i1", "sam"),
    ]
    (due,) = await house.rows(tables.rule_due, tables.rule_due.c.customer_id == "sam")
    assert "consent/marketing" in due["changed"]
    again = await house.db.write(lambda conn: take_consents(conn, CONSENTS, told[:2], "api", "t1", now))
    assert again == ["older", "older"], "the same file twice adds nothing"
