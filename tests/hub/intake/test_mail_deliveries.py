"""One mail that is delivered to several mailboxes of ours: one interaction, one message."""

from dataclasses import replace

import pytest

from hub.storage import tables
from tests.hub.flows import handle_mail, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import OUR_MAILBOX, mail


async def test_the_deliveries_of_one_mail_are_one_interaction_with_one_message(house: House) -> None:
    one = mail("Till båda", to_address="cards@nordpost.example", same_mail="m1")
    again = replace(one, key="email:hello@nordpost.example:other")
    await house.take(one, again)
    await house.take(replace(one, key="email:hello+nonsense@nordpost.example:other", joins=("token:nonsense",)))
    row = await house.interaction(customer_id="sam")
    assert row["queue"] == "cards"
    assert await house.said(row["id"]) == ["Till båda"]
    assert await house.count(tables.inbox, tables.inbox.c.kind == "MessageReceived") == 3


@BOTH
@pytest.mark.parametrize("is_held", [True, False])
async def test_the_agent_sees_which_of_our_mailboxes_one_mail_came_to(house: House, is_held: bool) -> None:
    """Each delivery keeps its key; the message is the first one's."""
    ada = await house.seat("ada")
    one = mail("Till båda", cc="gus@mail.example", same_mail="m1", delivered_to=OUR_MAILBOX)
    cards = replace(one, key="email:cards@nordpost.example:other", delivered_to="cards@nordpost.example")
    await house.take(one)
    if is_held:
        held = await house.accept("ada")
    await house.dispatcher._restore()  # as another process, or this one after a kill, would begin
    await house.take(cards, replace(cards, key="email:cards+x@nordpost.example:other"))
    if not is_held:
        held = await house.accept("ada")
    (message,) = [each for each in ada.find(held["id"])["messages"] if each["kind"] == "customer"]
    mailboxes = f"{OUR_MAILBOX}, cards@nordpost.example"
    assert message["data"] == {"cc": "gus@mail.example", "delivered_to": mailboxes}
    assert await house.count(tables.inbox, tables.inbox.c.kind == "MessageReceived") == 3


async def test_a_mail_to_very_many_of_our_mailboxes_names_a_few(house: House) -> None:
    one = mail("Till alla", same_mail="m1", delivered_to="box0@nordpost.example")
    for n in range(1, 40):
        other = f"box{n}@nordpost.example"
        await house.take(replace(one, key=f"email:{other}:{n}", delivered_to=other))
    (row,) = await house.rows(tables.message, tables.message.c.kind == "customer")
    assert row["data"].count("@") == 20


async def test_the_deliveries_of_a_notification_are_filed_once(house: House) -> None:
    held = await handle_mail(house)
    token = (await house.interaction(id=held))["reply_token"]
    absent = mail("Borta", is_automatic=True, notification="absence", same_mail="m1")
    answer = replace(absent, joins=(f"token:{token}",))
    await house.take(answer, replace(answer, key="email:cards@nordpost.example:other"))
    assert await house.said(held) == ["Hej", "Borta"]
    unasked = replace(absent, key="email:hello@nordpost.example:third", same_mail="m2")
    await house.take(unasked, replace(unasked, key="email:cards@nordpost.example:fourth"))
    assert await house.count(tables.filed_mail) == 1


@BOTH
async def test_the_order_of_its_deliveries_does_not_matter(house: House) -> None:
    """To names cards first: the channel tells that with each of them."""
    for name, keys in (("m1", ("cards", "hello")), ("m2", ("hello", "cards"))):
        one = mail(name, to_address="cards@nordpost.example", same_mail=name)
        for key in keys:
            await house.take(replace(one, key=f"email:{key}@nordpost.example:{name}"))
            await house.dispatcher._restore()  # as another process, or this one after a kill, would begin
    assert [row["queue"] for row in await house.interactions(customer_id="sam")] == ["cards", "cards"]


async def test_a_delivery_after_a_restart_is_known_as_well(house: House) -> None:
    one = mail("Till båda", same_mail="m1")
    await house.take(one)
    await house.dispatcher._restore()
    await house.take(replace(one, key="email:cards@nordpost.example:other"))
    assert len(await house.interactions(customer_id="sam")) == 1


async def test_the_same_words_a_day_later_are_another_mail(house: House) -> None:
    one = mail("Påminnelse", same_mail="m1")
    await house.take(one)
    await house.turn(23 * 3600)
    await house.take(replace(one, key="email:hello@nordpost.example:late"))
    await house.turn(2 * 3600)
    assert len(await house.interactions(customer_id="sam")) == 1
    await house.take(replace(one, key="email:hello@nordpost.example:later"))
    assert len(await house.interactions(customer_id="sam")) == 2


async def test_a_delivery_whose_mail_is_handled_already_is_no_new_work(house: House) -> None:
    await house.seat("ada")
    one = mail("Hej", same_mail="m1")
    await house.take(one)
    held = await house.accept("ada")
    await wrap_up(house, "ada", held["id"])
    await house.take(replace(one, key="email:cards@nordpost.example:other"))
    assert [row["state"] for row in await house.interactions(customer_id="sam")] == ["closed"]
