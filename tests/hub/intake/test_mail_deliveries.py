"""One mail that is delivered to several mailboxes of ours: one interaction, one message."""

from dataclasses import replace

import pytest

from hub.storage import tables
from tests.hub.notices import OUR_MAILBOX, mail
from tests.hub.scenes import handle_mail, wrap_up
from tests.hub.stage import BOTH, Stage


async def test_the_deliveries_of_one_mail_are_one_interaction_with_one_message(stage: Stage) -> None:
    one = mail("Till båda", to_address="cards@nordpost.example", same_mail="m1")
    again = replace(one, key="email:hello@nordpost.example:other")
    await stage.take(one, again)
    await stage.take(replace(one, key="email:hello+nonsense@nordpost.example:other", joins=("token:nonsense",)))
    row = await stage.interaction(customer_id="sam")
    assert row["queue"] == "cards"
    assert await stage.said(row["id"]) == ["Till båda"]
    assert await stage.count(tables.inbox, tables.inbox.c.kind == "MessageReceived") == 3


@BOTH
@pytest.mark.parametrize("is_held", [True, False])
async def test_the_agent_sees_which_of_our_mailboxes_one_mail_came_to(stage: Stage, is_held: bool) -> None:
    """Each delivery keeps its key; the message is the first one's."""
    ada = await stage.seat("ada")
    one = mail("Till båda", cc="gus@mail.example", same_mail="m1", delivered_to=OUR_MAILBOX)
    cards = replace(one, key="email:cards@nordpost.example:other", delivered_to="cards@nordpost.example")
    await stage.take(one)
    if is_held:
        held = await stage.accept("ada")
    await stage.dispatcher._restore()  # as another process, or this one after a kill, would begin
    await stage.take(cards, replace(cards, key="email:cards+x@nordpost.example:other"))
    if not is_held:
        held = await stage.accept("ada")
    (message,) = [each for each in ada.find(held["id"])["messages"] if each["kind"] == "customer"]
    mailboxes = f"{OUR_MAILBOX}, cards@nordpost.example"
    assert message["data"] == {"cc": "gus@mail.example", "delivered_to": mailboxes}
    assert await stage.count(tables.inbox, tables.inbox.c.kind == "MessageReceived") == 3


async def test_a_mail_to_very_many_of_our_mailboxes_names_a_few(stage: Stage) -> None:
    one = mail("Till alla", same_mail="m1", delivered_to="box0@nordpost.example")
    for n in range(1, 40):
        other = f"box{n}@nordpost.example"
        await stage.take(replace(one, key=f"email:{other}:{n}", delivered_to=other))
    (row,) = await stage.rows(tables.message, tables.message.c.kind == "customer")
    assert row["data"].count("@") == 20


async def test_the_deliveries_of_a_notification_are_filed_once(stage: Stage) -> None:
    held = await handle_mail(stage)
    token = (await stage.interaction(id=held))["reply_token"]
    absent = mail("Borta", is_automatic=True, notification="absence", same_mail="m1")
    answer = replace(absent, joins=(f"token:{token}",))
    await stage.take(answer, replace(answer, key="email:cards@nordpost.example:other"))
    assert await stage.said(held) == ["Hej", "Borta"]
    unasked = replace(absent, key="email:hello@nordpost.example:third", same_mail="m2")
    await stage.take(unasked, replace(unasked, key="email:cards@nordpost.example:fourth"))
    assert await stage.count(tables.filed_mail) == 1


@BOTH
async def test_the_order_of_its_deliveries_does_not_matter(stage: Stage) -> None:
    """To names cards first: the channel tells that with each of them."""
    for name, keys in (("m1", ("cards", "hello")), ("m2", ("hello", "cards"))):
        one = mail(name, to_address="cards@nordpost.example", same_mail=name)
        for key in keys:
            await stage.take(replace(one, key=f"email:{key}@nordpost.example:{name}"))
            await stage.dispatcher._restore()  # as another process, or this one after a kill, would begin
    assert [row["queue"] for row in await stage.interactions(customer_id="sam")] == ["cards", "cards"]


async def test_a_delivery_after_a_restart_is_known_as_well(stage: Stage) -> None:
    one = mail("Till båda", same_mail="m1")
    await stage.take(one)
    await stage.dispatcher._restore()
    await stage.take(replace(one, key="email:cards@nordpost.example:other"))
    assert len(await stage.interactions(customer_id="sam")) == 1


async def test_the_same_words_a_day_later_are_another_mail(stage: Stage) -> None:
    one = mail("Påminnelse", same_mail="m1")
    await stage.take(one)
    await stage.turn(23 * 3600)
    await stage.take(replace(one, key="email:hello@nordpost.example:late"))
    await stage.turn(2 * 3600)
    assert len(await stage.interactions(customer_id="sam")) == 1
    await stage.take(replace(one, key="email:hello@nordpost.example:later"))
    assert len(await stage.interactions(customer_id="sam")) == 2


async def test_a_delivery_whose_mail_is_handled_already_is_no_new_work(stage: Stage) -> None:
    await stage.seat("ada")
    one = mail("Hej", same_mail="m1")
    await stage.take(one)
    held = await stage.accept("ada")
    await wrap_up(stage, "ada", held["id"])
    await stage.take(replace(one, key="email:cards@nordpost.example:other"))
    assert [row["state"] for row in await stage.interactions(customer_id="sam")] == ["closed"]
