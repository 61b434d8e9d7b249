"""Mails: what they answer and what is another matter, who may join what, and what cannot be parsed."""

import pytest

from channels.channel import IdentityLevel, Media
from hub.storage import tables
from tests.hub.notices import (
    GUS_MAIL,
    OUR_MAILBOX,
    PIA_MAIL,
    SAM_MAIL,
    STRANGER_MAIL,
    mail,
)
from tests.hub.scenes import wrap_up
from tests.hub.stage import Stage


async def test_a_mail_is_an_interaction_with_its_subject_and_its_sender(stage: Stage) -> None:
    ada = await stage.seat("ada")
    sent = mail("Mitt kort är borta 卡丢了", PIA_MAIL.upper(), html="<p>Mitt kort</p>")
    await stage.take(sent)
    held = await stage.accept("ada")
    message = next(m for m in ada.find(held["id"])["messages"] if m["kind"] == "customer")
    assert (held["customer"]["id"], held["tier"], held["subject"]) == ("pia", "platinum", "Fråga 问题")
    assert (held["address"], held["identity_level"]) == (PIA_MAIL, "proven")
    assert (message["html_url"], message["raw_url"]) == (
        f"/api/messages/{message['id']}/html",
        f"/api/messages/{message['id']}/raw",
    )


async def test_another_mail_of_the_same_customer_is_another_interaction(stage: Stage) -> None:
    await stage.take(mail("Ett"), mail("Två"))
    assert len(await stage.interactions(customer_id="sam", state="waiting")) == 2


async def test_the_mailbox_says_which_queue(stage: Stage) -> None:
    await stage.take(mail("Kort", to_address="cards@nordpost.example"))
    assert (await stage.interaction(customer_id="sam"))["queue"] == "cards"


async def test_attachments_come_with_the_mail(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(mail("Se bilaga", media=(Media("ref-1", "kvitto 收据.pdf", "application/pdf", 12),)))
    held = await stage.accept("ada")
    (message,) = [m for m in ada.find(held["id"])["messages"] if m["media"]]
    (medium,) = message["media"]
    assert (medium["name"], medium["url"], medium["size"]) == ("kvitto 收据.pdf", "/api/media/ref-1", 12)


# ---- what a mail answers


async def test_a_reply_token_joins_whoever_writes_and_says_who_it_was(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(mail("Hej", PIA_MAIL))
    held = await stage.accept("ada")
    token = (await stage.interaction(customer_id="pia"))["reply_token"]
    await stage.take(mail("Från min man", GUS_MAIL, joins=(f"token:{token}",)))
    await stage.take(mail("Från någon", STRANGER_MAIL, joins=(f"token:{token}",), from_name="Åke"))
    said = {m["text"]: m["author"] for m in ada.find(held["id"])["messages"] if m["kind"] == "customer"}
    assert said == {"Hej": "Pia Lindqvist", "Från min man": "Gus Moreau", "Från någon": "Åke"}
    assert await stage.count(tables.interaction) == 1


async def test_references_join_their_own_customer_alone(stage: Stage) -> None:
    first = mail("Hej", PIA_MAIL)
    await stage.take(first)
    refers = (f"id:{first.provider_id}",)
    await stage.take(mail("Och en sak till", PIA_MAIL, joins=refers))
    await stage.take(mail("Jag stod i Cc", GUS_MAIL, joins=refers))
    assert len(await stage.interactions(customer_id="pia")) == 1
    assert await stage.said((await stage.interaction(customer_id="gus"))["id"]) == ["Jag stod i Cc"]


async def test_a_reply_to_ours_joins_by_its_message_id(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(mail("Hej"))
    held = await stage.accept("ada")
    await stage.about("ada", held["id"], "send_message", text="Hej Sam")
    (out,) = await stage.requests("TextOut")
    ours = f"<{out.outbox_id}@nordpost.example>"
    await stage.take(stage.result(out.outbox_id, "email", "sent", provider_id=ours))
    await stage.take(mail("Tack!", joins=(f"id:{ours}",)))
    assert await stage.said(held["id"]) == ["Hej", "Tack!"]


async def test_a_mail_that_answers_one_of_the_same_delivery_joins_it(stage: Stage) -> None:
    first = mail("Ett")
    await stage.take(first, mail("Glömde: två", joins=(f"id:{first.provider_id}",)))
    assert await stage.said((await stage.interaction(customer_id="sam"))["id"]) == ["Ett", "Glömde: två"]


async def test_who_repeats_a_message_id_does_not_take_the_answers_away(stage: Stage) -> None:
    first = mail("Hej", PIA_MAIL)
    await stage.take(first)
    await stage.take(mail("Också jag", GUS_MAIL, provider_id=first.provider_id))
    await stage.take(mail("En sak till", PIA_MAIL, joins=(f"id:{first.provider_id}",)))
    assert await stage.said((await stage.interaction(customer_id="pia"))["id"]) == ["Hej", "En sak till"]


async def test_a_forged_token_joins_nothing(stage: Stage) -> None:
    await stage.take(mail("Hej", PIA_MAIL), mail("Gissat", GUS_MAIL, joins=("token:t0123456789",)))
    assert len(await stage.interactions(customer_id="gus")) == 1


async def test_an_answer_after_the_end_is_a_new_interaction(stage: Stage) -> None:
    held = await handle_one(stage)
    token = (await stage.interaction(id=held))["reply_token"]
    await stage.take(mail("En sak till", joins=(f"token:{token}",)))
    assert [row["state"] for row in await stage.interactions(customer_id="sam")] == ["closed", "offered"]


async def test_an_answer_during_the_wrap_up_makes_it_active_again(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(mail("Hej"))
    held = await stage.accept("ada")
    await stage.about("ada", held["id"], "end_interaction")
    token = (await stage.interaction(id=held["id"]))["reply_token"]
    await stage.take(mail("Vänta", joins=(f"token:{token}",)))
    assert ada.find(held["id"])["state"] == "active"


# ---- automatic mails


async def test_an_absence_note_after_the_end_is_filed_and_makes_no_work(stage: Stage) -> None:
    held = await handle_one(stage)
    token = (await stage.interaction(id=held))["reply_token"]
    await stage.take(mail("Jag är på semester 休假", joins=(f"token:{token}",), is_automatic=True))
    assert await stage.said(held) == ["Hej", "Jag är på semester 休假"]
    assert [row["state"] for row in await stage.interactions()] == ["closed"]


async def test_an_absence_note_during_the_wrap_up_leaves_it_there(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(mail("Hej"))
    held = await stage.accept("ada")
    await stage.about("ada", held["id"], "end_interaction")
    token = (await stage.interaction(id=held["id"]))["reply_token"]
    await stage.take(mail("Jag är på semester", joins=(f"token:{token}",), is_automatic=True))
    assert ada.find(held["id"])["state"] == "wrap_up"
    assert ada.find(held["id"])["messages"][-1]["is_automatic"]


async def test_an_automatic_mail_that_answers_nothing_is_work(stage: Stage) -> None:
    await stage.take(mail("Er faktura", STRANGER_MAIL, is_automatic=True))
    assert len(await stage.interactions(address=STRANGER_MAIL, state="waiting")) == 1


# ---- what is not well formed


async def test_a_mail_that_cannot_be_parsed_is_shown_raw_with_the_reason(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(mail("", "", subject="", problem="too deeply nested", raw="raw-1"))
    held = await stage.accept("ada")
    (message,) = [m for m in ada.find(held["id"])["messages"] if m["kind"] == "customer"]
    assert (message["problem"], message["raw_url"]) == ("too deeply nested", f"/api/messages/{message['id']}/raw")
    refused = await stage.about("ada", held["id"], "send_message", text="Hej?")
    assert refused.code == "no_address"


async def test_two_mails_of_nobody_are_two_nobodies(stage: Stage) -> None:
    await stage.take(mail("Ett", ""), mail("Två", ""))
    assert len({row["customer_id"] for row in await stage.interactions()}) == 2


@pytest.mark.parametrize("level", list(IdentityLevel))
async def test_the_agent_sees_how_sure_the_sender_is(stage: Stage, level: IdentityLevel) -> None:
    await stage.seat("ada")
    await stage.take(mail("Hej", identity_level=level))
    assert (await stage.accept("ada"))["identity_level"] == level


async def handle_one(stage: Stage) -> str:
    """Sam's mail, taken by Ada to its end."""
    await stage.seat("ada")
    await stage.take(mail("Hej", SAM_MAIL, to_address=OUR_MAILBOX))
    held = await stage.accept("ada")
    await wrap_up(stage, "ada", held["id"])
    return str(held["id"])
