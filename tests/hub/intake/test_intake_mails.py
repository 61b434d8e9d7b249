"""Mails: what they answer and what is another matter, who may join what, and what cannot be parsed."""

from dataclasses import replace

import pytest

from channels.channel import IdentityLevel, Media
from hub.storage import tables
from tests.hub.flows import handle_mail
from tests.hub.house import House
from tests.hub.notices import (
    GUS_MAIL,
    OUR_MAILBOX,
    PIA_MAIL,
    SAM_MAIL,
    STRANGER_MAIL,
    mail,
)


async def test_a_mail_is_an_interaction_with_its_subject_and_its_sender(house: House) -> None:
    ada = await house.seat("ada")
    sent = mail("Mitt kort är borta 卡丢了", PIA_MAIL.upper(), html="<p>Mitt kort</p>")
    await house.take(sent)
    held = await house.accept("ada")
    message = next(m for m in ada.find(held["id"])["messages"] if m["kind"] == "customer")
    assert (held["customer"]["id"], held["tier"], held["subject"]) == ("pia", "platinum", "Fråga 问题")
    assert (held["address"], held["identity_level"]) == (PIA_MAIL, "proven")
    assert (message["html_url"], message["raw_url"]) == (
        f"/api/messages/{message['id']}/html",
        f"/api/messages/{message['id']}/raw",
    )


async def test_another_mail_of_the_same_customer_is_another_interaction(house: House) -> None:
    await house.take(mail("Ett"), mail("Två"))
    assert len(await house.interactions(customer_id="sam", state="waiting")) == 2


async def test_the_mailbox_says_which_queue(house: House) -> None:
    await house.take(mail("Kort", to_address="cards@nordpost.example"))
    assert (await house.interaction(customer_id="sam"))["queue"] == "cards"


async def test_attachments_come_with_the_mail(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Se bilaga", media=(Media("ref-1", "kvitto 收据.pdf", "application/pdf", 12),)))
    held = await house.accept("ada")
    (message,) = [m for m in ada.find(held["id"])["messages"] if m["media"]]
    (medium,) = message["media"]
    assert (medium["name"], medium["size"]) == ("kvitto 收据.pdf", 12)
    assert medium["url"].endswith("/media/ref-1")


# ---- what a mail answers


async def test_whoever_else_has_a_reply_token_takes_part_by_name_and_never_as_the_customer(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Hej", PIA_MAIL))
    held = await house.accept("ada")
    token = (await house.interaction(customer_id="pia"))["reply_token"]
    await house.take(mail("Från min man", GUS_MAIL, joins=(f"token:{token}",)))
    await house.take(mail("Från någon", STRANGER_MAIL, joins=(f"token:{token}",), from_name="Pia Lindqvist"))
    await house.take(mail("Och igen", STRANGER_MAIL, joins=(f"token:{token}",), from_name="Pia Lindqvist"))
    messages = [m for m in ada.find(held["id"])["messages"] if m["kind"] != "fact"]
    assert [(m["kind"], m["author"], m["address"]) for m in messages] == [
        ("customer", "Pia Lindqvist", PIA_MAIL),
        ("participant", "Gus Moreau", GUS_MAIL),
        ("participant", "Pia Lindqvist", STRANGER_MAIL),
        ("participant", "Pia Lindqvist", STRANGER_MAIL),
    ]
    assert await house.count(tables.interaction) == 1
    senders = await house.rows(tables.participant, tables.participant.c.role == "sender")
    assert [(one["address"], one["name"], one["agent_id"]) for one in senders] == [
        (GUS_MAIL, "Gus Moreau", ""),
        (STRANGER_MAIL, "Pia Lindqvist", ""),
    ]


async def test_nothing_goes_back_to_who_only_takes_part(house: House) -> None:
    await house.seat("ada")
    first = mail("Hej", PIA_MAIL)
    await house.take(first)
    held = await house.accept("ada")
    token = (await house.interaction(customer_id="pia"))["reply_token"]
    asks = {"joins": (f"token:{token}",), "reply_to": STRANGER_MAIL, "cc": STRANGER_MAIL}
    await house.take(mail("Vad är saldot?", STRANGER_MAIL, **asks))
    await house.about("ada", held["id"], "send_message", text="Saldot är ...")
    (out,) = await house.requests("TextOut")
    assert out.to_address == PIA_MAIL
    row = await house.interaction(customer_id="pia")
    assert (row["address"], row["reply_to"], row["is_automatic"]) == (PIA_MAIL, "", False)


async def test_references_join_their_own_customer_alone(house: House) -> None:
    first = mail("Hej", PIA_MAIL)
    await house.take(first)
    refers = (f"id:{first.provider_id}",)
    await house.take(mail("Och en sak till", PIA_MAIL, joins=refers))
    await house.take(mail("Jag stod i Cc", GUS_MAIL, joins=refers))
    assert len(await house.interactions(customer_id="pia")) == 1
    assert await house.said((await house.interaction(customer_id="gus"))["id"]) == ["Jag stod i Cc"]


async def test_a_reply_to_ours_joins_by_its_message_id(house: House) -> None:
    await house.seat("ada")
    await house.take(mail("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "send_message", text="Hej Sam")
    (out,) = await house.requests("TextOut")
    ours = f"<{out.outbox_id}@nordpost.example>"
    await house.take(house.result(out.outbox_id, "email", "sent", provider_id=ours))
    await house.take(mail("Tack!", joins=(f"id:{ours}",)))
    assert await house.said(held["id"]) == ["Hej", "Tack!"]


async def test_a_mail_that_answers_one_of_the_same_delivery_joins_it(house: House) -> None:
    first = mail("Ett")
    await house.take(first, mail("Glömde: två", joins=(f"id:{first.provider_id}",)))
    assert await house.said((await house.interaction(customer_id="sam"))["id"]) == ["Ett", "Glömde: två"]


async def test_who_repeats_a_message_id_does_not_take_the_answers_away(house: House) -> None:
    first = mail("Hej", PIA_MAIL)
    await house.take(first)
    await house.take(mail("Också jag", GUS_MAIL, provider_id=first.provider_id))
    await house.take(mail("En sak till", PIA_MAIL, joins=(f"id:{first.provider_id}",)))
    assert await house.said((await house.interaction(customer_id="pia"))["id"]) == ["Hej", "En sak till"]


async def test_a_forged_token_joins_nothing(house: House) -> None:
    await house.take(mail("Hej", PIA_MAIL), mail("Gissat", GUS_MAIL, joins=("token:t0123456789",)))
    assert len(await house.interactions(customer_id="gus")) == 1


async def test_an_answer_after_the_end_is_a_new_interaction(house: House) -> None:
    held = await handle_mail(house)
    token = (await house.interaction(id=held))["reply_token"]
    await house.take(mail("En sak till", joins=(f"token:{token}",)))
    assert [row["state"] for row in await house.interactions(customer_id="sam")] == ["closed", "offered"]


async def test_an_answer_during_the_wrap_up_makes_it_active_again(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    token = (await house.interaction(id=held["id"]))["reply_token"]
    await house.take(mail("Vänta", joins=(f"token:{token}",)))
    assert ada.find(held["id"])["state"] == "active"


# ---- automatic mails


@pytest.mark.parametrize("notification", ["", "absence", "bounce"])
@pytest.mark.parametrize("is_over", [False, True])
async def test_who_says_that_a_program_wrote_is_the_customer_as_little(
    house: House, notification: str, is_over: bool
) -> None:
    if is_over:
        held = await handle_mail(house)
    else:
        await house.take(mail("Hej"))
        held = (await house.interaction(customer_id="sam"))["id"]
    token = (await house.interaction(id=held))["reply_token"]
    marked = {"joins": (f"token:{token}",), "is_automatic": True, "notification": notification}
    await house.take(mail("Betala hit", STRANGER_MAIL, from_name="Sam", **marked))
    await house.take(mail("Borta", **marked))
    written = await house.rows(tables.message, tables.message.c.interaction_id == held)
    kinds = {row["text"]: row["kind"] for row in written}
    assert (kinds["Betala hit"], kinds["Borta"]) == ("participant", "customer")


async def test_an_absence_note_after_the_end_is_filed_and_makes_no_work(house: House) -> None:
    held = await handle_mail(house)
    token = (await house.interaction(id=held))["reply_token"]
    await house.take(mail("Jag är på semester 休假", joins=(f"token:{token}",), is_automatic=True))
    assert await house.said(held) == ["Hej", "Jag är på semester 休假"]
    assert [row["state"] for row in await house.interactions()] == ["closed"]


@pytest.mark.parametrize("level", [IdentityLevel.PROVEN, IdentityLevel.CLAIMED])
async def test_a_persons_answer_after_the_end_is_work_though_a_list_passed_it_on(
    house: House, level: IdentityLevel
) -> None:
    held = await handle_mail(house)
    token = (await house.interaction(id=held))["reply_token"]
    answer = mail("En sak till", joins=(f"token:{token}",), is_automatic=True, is_only_passed_on=True)
    await house.take(replace(answer, identity_level=level))
    first, second = await house.interactions(customer_id="sam")
    assert (first["state"], second["state"], second["identity_level"]) == ("closed", "offered", level)
    assert await house.said(held) == ["Hej"]
    assert second["is_automatic"]  # and is never answered by a program


async def test_what_a_list_passes_on_after_the_end_is_filed_if_it_is_a_notification(house: House) -> None:
    held = await handle_mail(house)
    token = (await house.interaction(id=held))["reply_token"]
    note = mail("Borta", joins=(f"token:{token}",), is_automatic=True, notification="absence")
    await house.take(note)
    assert await house.said(held) == ["Hej", "Borta"]
    assert [row["state"] for row in await house.interactions()] == ["closed"]


async def test_a_persons_answer_during_the_wrap_up_makes_it_active_though_a_list_passed_it_on(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    token = (await house.interaction(id=held["id"]))["reply_token"]
    await house.take(mail("Vänta", joins=(f"token:{token}",), is_automatic=True, is_only_passed_on=True))
    assert ada.find(held["id"])["state"] == "active"


async def test_an_absence_note_during_the_wrap_up_leaves_it_there(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Hej"))
    held = await house.accept("ada")
    await house.about("ada", held["id"], "end_interaction")
    token = (await house.interaction(id=held["id"]))["reply_token"]
    await house.take(mail("Jag är på semester", joins=(f"token:{token}",), is_automatic=True))
    assert ada.find(held["id"])["state"] == "wrap_up"
    assert ada.find(held["id"])["messages"][-1]["is_automatic"]


@pytest.mark.parametrize("kind", ["bounce", "absence", "receipt", "feedback", "calendar"])
async def test_a_notification_about_nothing_known_is_filed_and_makes_no_customer(house: House, kind: str) -> None:
    customers = await house.count(tables.customer)
    for sender in (STRANGER_MAIL, PIA_MAIL, ""):
        note = mail("Borta", sender, is_automatic=True, notification=kind, joins=("token:tgone", "id:<no@x.example>"))
        await house.take(note)
    assert await house.interactions() == []
    assert await house.count(tables.customer) == customers
    filed = await house.rows(tables.filed_mail)
    assert [(one["kind"], one["address"], one["customer_id"], one["subject"]) for one in filed] == [
        (kind, STRANGER_MAIL, None, "Fråga 问题"),
        (kind, PIA_MAIL, "pia", "Fråga 问题"),
        (kind, "", None, "Fråga 问题"),
    ]
    assert all(one["raw"].startswith("raw-") and one["our_address"] == OUR_MAILBOX for one in filed)


async def test_a_notification_that_answers_something_open_is_shown_there(house: House) -> None:
    await house.take(mail("Hej", SAM_MAIL))
    token = (await house.interaction(customer_id="sam"))["reply_token"]
    bounce = mail("Kunde inte", "mailer-daemon@mx.example", joins=(f"token:{token}",), is_automatic=True)
    await house.take(replace(bounce, notification="bounce"))
    rows = await house.rows(tables.message, tables.message.c.address == "mailer-daemon@mx.example")
    assert [(row["kind"], row["author"]) for row in rows] == [("participant", "mailer-daemon@mx.example")]
    assert await house.count(tables.participant) == 0
    assert await house.count(tables.filed_mail) == 0


async def test_an_automatic_mail_that_answers_nothing_is_work(house: House) -> None:
    await house.take(mail("Er faktura", STRANGER_MAIL, is_automatic=True))
    assert len(await house.interactions(address=STRANGER_MAIL, state="waiting")) == 1


# ---- how sure each message is


async def test_a_claimed_mail_in_a_proven_conversation_is_claimed(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("Hej", PIA_MAIL))
    held = await house.accept("ada")
    token = (await house.interaction(customer_id="pia"))["reply_token"]
    await house.take(
        mail("Skicka allt hit", PIA_MAIL, identity_level=IdentityLevel.CLAIMED, joins=(f"token:{token}",))
    )
    shown = ada.find(held["id"])
    assert [m["identity_level"] for m in shown["messages"] if m["kind"] == "customer"] == ["proven", "claimed"]
    assert shown["identity_level"] == "proven"


# ---- who else reads it, and where the answer goes


@pytest.mark.parametrize(("is_proven", "goes_to"), [(True, "pia@home.example"), (False, PIA_MAIL)])
async def test_the_answer_goes_where_its_proven_sender_wants_it(house: House, is_proven: bool, goes_to: str) -> None:
    ada = await house.seat("ada")
    more = {"cc": "Gus <gus@mail.example>", "to": OUR_MAILBOX, "reply_to": "pia@home.example"}
    await house.take(mail("Hej", PIA_MAIL, is_reply_to_proven=is_proven, **more))
    held = await house.accept("ada")
    assert (held["address"], held["reply_address"]) == (PIA_MAIL, goes_to)
    (message,) = [m for m in held["messages"] if m["kind"] == "customer"]
    assert message["data"] == more
    await house.about("ada", held["id"], "send_message", text="Hej Pia")
    (out,) = await house.requests("TextOut")
    assert out.to_address == goes_to
    assert ada.find(held["id"])["address"] == PIA_MAIL


# ---- what is not well formed


async def test_a_mail_that_cannot_be_parsed_is_shown_raw_with_the_reason(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(mail("", "", subject="", problem="too deeply nested", raw="raw-1"))
    held = await house.accept("ada")
    (message,) = [m for m in ada.find(held["id"])["messages"] if m["kind"] == "customer"]
    assert (message["problem"], message["raw_url"]) == ("too deeply nested", f"/api/messages/{message['id']}/raw")
    refused = await house.about("ada", held["id"], "send_message", text="Hej?")
    assert refused.code == "no_address"


async def test_two_mails_of_nobody_are_two_nobodies(house: House) -> None:
    await house.take(mail("Ett", ""), mail("Två", ""))
    assert len({row["customer_id"] for row in await house.interactions()}) == 2


@pytest.mark.parametrize("level", list(IdentityLevel))
async def test_the_agent_sees_how_sure_the_sender_is(house: House, level: IdentityLevel) -> None:
    await house.seat("ada")
    await house.take(mail("Hej", identity_level=level))
    assert (await house.accept("ada"))["identity_level"] == level
