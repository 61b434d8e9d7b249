"""Two programs that answer each other, and mail that would have the hub write to itself."""

from dataclasses import replace

import pytest

from channels.channel import IdentityLevel
from hub.policies.document import OverflowPolicy
from hub.sending.auto_reply_limits import AutoReplyRules
from hub.sending.may_send import SendRules
from hub.storage import tables
from routing.model import Occasion
from tests.channel_names import EMAIL
from tests.hub.batch.test_overflow import adopt
from tests.hub.house import BOTH, House
from tests.hub.notices import OUR_MAILBOX, PIA_MAIL, STRANGER_MAIL, mail

ROBOT = "robot@loop.example"


async def answer_by_itself(house: House, occasion: Occasion = Occasion.UNSTAFFED, **more: int) -> None:
    """Every mail is answered by the policy while nobody is at work."""
    house.dispatcher._rules = SendRules(auto_replies=AutoReplyRules(own_mailboxes=frozenset({OUR_MAILBOX})))
    await adopt(
        house,
        OverflowPolicy(occasion=occasion, action="auto_reply", channels=(EMAIL,), message="closed", **more),
    )


@BOTH
async def test_a_loop_that_drops_the_token_ends_after_three(house: House) -> None:
    """The other program marks nothing, changes its subject and never sends our token back."""
    await answer_by_itself(house)
    for turn in range(8):
        await house.take(mail(f"Vi har fått er fråga {turn}", f"Robot+{turn}@loop.example", subject=f"Ärende {turn}"))
        if turn == 1:
            await house.dispatcher._restore()  # as another process, or this one after a kill, would begin
    sent = await house.requests("TextOut")
    assert [request.subject for request in sent] == ["Automatic reply"] * 3
    assert len(await house.interactions(state="waiting")) == 8  # what was written is kept, and a person sees it


async def test_a_loop_of_many_mailboxes_ends_with_its_domain(house: House) -> None:
    await answer_by_itself(house)
    rules = replace(house.dispatcher._rules.auto_replies, per_domain=4)
    house.dispatcher._rules = SendRules(auto_replies=rules)
    await house.take(*(mail("Hej", f"r{n}@loop.example") for n in range(10)))
    assert len(await house.requests("TextOut")) == 4


@pytest.mark.parametrize(
    "sender",
    [
        OUR_MAILBOX,
        OUR_MAILBOX.upper(),
        "hello+x@nordpost.example",
        "mailer-daemon@mx.example",
        "noreply@x.example",
        "",
    ],
)
async def test_the_hub_never_answers_itself_nor_a_machine(house: House, sender: str) -> None:
    await answer_by_itself(house)
    await house.take(mail("Hej", sender))
    assert await house.requests("TextOut") == []


async def test_an_automatic_mail_is_not_answered_later_either(house: House) -> None:
    """The wait is over in another batch than the one that brought the mail."""
    await answer_by_itself(house, Occasion.WAITED, after_seconds=60)
    await house.take(mail("Nyhetsbrev", STRANGER_MAIL, is_automatic=True), mail("Fråga", PIA_MAIL))
    await house.turn(61)
    assert [request.to_address for request in await house.requests("TextOut")] == [PIA_MAIL]


async def test_no_word_of_a_stranger_is_reflected(house: House) -> None:
    await answer_by_itself(house)
    bait = mail("KÖP NU https://evil.example", PIA_MAIL, subject="KÖP NU", from_name="KÖP NU", cc="x@evil.example")
    await house.take(replace(bait, identity_level=IdentityLevel.CLAIMED, reply_to="victim@mail.example"))
    (request,) = await house.requests("TextOut")
    assert "KÖP" not in repr(request) and "evil" not in repr(request)
    assert request.to_address == PIA_MAIL  # never to an address that only the mail names
    (row,) = await house.rows(tables.message, tables.message.c.kind == "agent")
    assert "KÖP" not in row["subject"] + row["text"]


async def test_an_automatic_reply_reaches_no_participant(house: House) -> None:
    await answer_by_itself(house, Occasion.WAITED, after_seconds=60)
    await house.take(mail("Hej", PIA_MAIL))
    token = (await house.interaction(customer_id="pia"))["reply_token"]
    guest = mail("Vad händer?", STRANGER_MAIL, joins=(f"token:{token}",))
    await house.take(guest)
    await house.turn(61)
    (request,) = await house.requests("TextOut")
    assert (request.to_address, request.answers) == (PIA_MAIL, ())
