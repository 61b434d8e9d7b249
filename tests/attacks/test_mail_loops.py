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
from tests.hub.notices import OUR_MAILBOX, PIA_MAIL, STRANGER_MAIL, mail
from tests.hub.stage import BOTH, Stage

ROBOT = "robot@loop.example"


async def answer_by_itself(stage: Stage, occasion: Occasion = Occasion.UNSTAFFED, **more: int) -> None:
    """Every mail is answered by the policy while nobody is at work."""
    stage.dispatcher._rules = SendRules(auto_replies=AutoReplyRules(own_mailboxes=frozenset({OUR_MAILBOX})))
    await adopt(
        stage,
        OverflowPolicy(occasion=occasion, action="auto_reply", channels=(EMAIL,), message="closed", **more),
    )


@BOTH
async def test_a_loop_that_drops_the_token_ends_after_three(stage: Stage) -> None:
    """The other program marks nothing, changes its subject and never sends our token back."""
    await answer_by_itself(stage)
    for turn in range(8):
        await stage.take(mail(f"Vi har fått er fråga {turn}", f"Robot+{turn}@loop.example", subject=f"Ärende {turn}"))
        if turn == 1:
            await stage.dispatcher._restore()  # as another process, or this one after a kill, would begin
    sent = await stage.requests("TextOut")
    assert [request.subject for request in sent] == ["Automatic reply"] * 3
    assert len(await stage.interactions(state="waiting")) == 8  # what was written is kept, and a person sees it


async def test_a_loop_of_many_mailboxes_ends_with_its_domain(stage: Stage) -> None:
    await answer_by_itself(stage)
    rules = replace(stage.dispatcher._rules.auto_replies, per_domain=4)
    stage.dispatcher._rules = SendRules(auto_replies=rules)
    await stage.take(*(mail("Hej", f"r{n}@loop.example") for n in range(10)))
    assert len(await stage.requests("TextOut")) == 4


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
async def test_the_hub_never_answers_itself_nor_a_machine(stage: Stage, sender: str) -> None:
    await answer_by_itself(stage)
    await stage.take(mail("Hej", sender))
    assert await stage.requests("TextOut") == []


async def test_an_automatic_mail_is_not_answered_later_either(stage: Stage) -> None:
    """The wait is over in another batch than the one that brought the mail."""
    await answer_by_itself(stage, Occasion.WAITED, after_seconds=60)
    await stage.take(mail("Nyhetsbrev", STRANGER_MAIL, is_automatic=True), mail("Fråga", PIA_MAIL))
    await stage.turn(61)
    assert [request.to_address for request in await stage.requests("TextOut")] == [PIA_MAIL]


async def test_no_word_of_a_stranger_is_reflected(stage: Stage) -> None:
    await answer_by_itself(stage)
    bait = mail("KÖP NU https://evil.example", PIA_MAIL, subject="KÖP NU", from_name="KÖP NU", cc="x@evil.example")
    await stage.take(replace(bait, identity_level=IdentityLevel.CLAIMED, reply_to="victim@mail.example"))
    (request,) = await stage.requests("TextOut")
    assert "KÖP" not in repr(request) and "evil" not in repr(request)
    assert request.to_address == PIA_MAIL  # never to an address that only the mail names
    (row,) = await stage.rows(tables.message, tables.message.c.kind == "agent")
    assert "KÖP" not in row["subject"] + row["text"]


async def test_an_automatic_reply_reaches_no_participant(stage: Stage) -> None:
    await answer_by_itself(stage, Occasion.WAITED, after_seconds=60)
    await stage.take(mail("Hej", PIA_MAIL))
    token = (await stage.interaction(customer_id="pia"))["reply_token"]
    guest = mail("Vad händer?", STRANGER_MAIL, joins=(f"token:{token}",))
    await stage.take(guest)
    await stage.turn(61)
    (request,) = await stage.requests("TextOut")
    assert (request.to_address, request.answers) == (PIA_MAIL, ())
