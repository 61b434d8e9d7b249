"""A copy of somebody's mail that comes before it: the same sender, Message-ID and body, below other headers."""

import pytest

from channels.channel import Media, MessageReceived
from channels.mail.identity import ProvenAddresses
from channels.mail.notices import OwnMail, read_digests, report_mail
from channels.mail.parsing import parse_mail
from channels.mail.receiving import Delivery
from hub.storage import tables
from tests.channels.mail_house import write_mail
from tests.hub.flows import wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS_MAIL, OUR_MAILBOX, PIA_MAIL, mail

CARDS = "cards@nordpost.example"
OWN_MAIL = OwnMail(frozenset({OUR_MAILBOX, CARDS}), "nordpost.example")


def deliver(*, is_proven: bool, recipient: str = OUR_MAILBOX, **headers: str) -> MessageReceived:
    """Pia's mail as it is delivered, or with other headers what somebody makes of it."""
    raw = write_mail("Spärra mitt kort", **{"From": PIA_MAIL, "To": recipient, "Subject": "Kort", **headers})
    delivery = Delivery("" if "Auto_Submitted" in headers else PIA_MAIL, (recipient,), raw, "127.0.0.1")
    stored = Media("raw-1", "mail.eml", "message/rfc822", len(raw))
    notices = report_mail(
        delivery, read_digests(raw), stored, parse_mail(raw), (), ProvenAddresses(is_proven, is_proven), OWN_MAIL
    )
    (notice,) = notices
    assert isinstance(notice, MessageReceived)
    return notice


@BOTH
async def test_a_forged_copy_lends_the_proven_mail_neither_its_interaction_nor_its_level(house: House) -> None:
    await house.take(deliver(is_proven=False, Subject="Glöm det", Reply_To="thief@evil.example"))
    await house.dispatcher._restore()
    await house.take(deliver(is_proven=True))
    await house.take(deliver(is_proven=True, recipient=CARDS))  # another delivery of the proven one
    seen = [(row["subject"], row["identity_level"]) for row in await house.interactions(customer_id="pia")]
    assert seen == [("Glöm det", "claimed"), ("Kort", "proven")]
    rows = await house.rows(tables.message, tables.message.c.kind == "customer")
    assert [(row["identity_level"], row["text"]) for row in rows] == [
        ("claimed", "Spärra mitt kort"),
        ("proven", "Spärra mitt kort"),
    ]


async def test_a_forged_copy_in_the_same_batch_is_one_of_its_own(house: House) -> None:
    await house.take(deliver(is_proven=False, Subject="Glöm det"), deliver(is_proven=True))
    assert len(await house.interactions(customer_id="pia")) == 2


async def test_a_forged_copy_that_comes_later_is_shown_as_no_more_than_claimed(house: House) -> None:
    await house.take(deliver(is_proven=True), deliver(is_proven=False, Subject="Glöm det"))
    levels = [row["identity_level"] for row in await house.interactions(customer_id="pia")]
    assert levels == ["proven", "claimed"]


@pytest.mark.parametrize("is_proven", [True, False])
async def test_a_forged_copy_that_is_called_automatic_has_no_mail_filed(
    house: House,
    is_proven: bool,
) -> None:
    """A note below a token of work long done is kept there, and asks for nothing; what Pia wrote does."""
    await house.seat("ada")
    await house.take(mail("Hej", GUS_MAIL))
    held = await house.accept("ada")
    await wrap_up(house, "ada", held["id"])
    token = (await house.interaction(id=held["id"]))["reply_token"]
    tokened = OUR_MAILBOX.replace("@", f"+{token}@")
    await house.take(deliver(is_proven=False, recipient=tokened, Auto_Submitted="auto-replied"))
    assert await house.interactions(customer_id="pia") == []
    await house.take(deliver(is_proven=is_proven))
    assert [row["state"] for row in await house.interactions(customer_id="pia")] == ["offered"]
