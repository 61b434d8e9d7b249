"""Web chat: it begins with its first message, whose it is, how its lines are numbered, and how it ends."""

from channels.channel import IdentityLevel
from hub.storage import consents, tables
from hub.storage.consents import ConsentEntry
from tests.hub.flows import wrap_up
from tests.hub.house import House
from tests.hub.notices import PIA, PIA_MAIL, chat_left, line, opening

VERIFIED = IdentityLevel.VERIFIED


async def test_a_chat_enters_the_order_with_its_first_message(house: House) -> None:
    await house.take(opening("chat-1", page="https://bank.example/lån", name_claimed="Zoë"))
    assert house.state.router.snapshot().interactions == ()
    await house.take(line("Hej! 你好", "chat-1"))
    waiting = await house.interaction(provider_ref="chat-1")
    assert (waiting["state"], waiting["queue"], waiting["subject"]) == ("waiting", "deposits", "Hej! 你好")
    assert len(house.state.router.snapshot().interactions) == 1


async def test_the_page_of_a_chat_is_kept_only_if_its_customer_agrees(house: House) -> None:
    verified = {"address": PIA_MAIL, "identity_level": VERIFIED, "page": "https://bank.example/lån"}
    await house.take(opening("chat-1", **verified))
    await house.take(opening("chat-2", page="https://bank.example/kort"))
    agrees = ConsentEntry(
        kind="email",
        address=PIA_MAIL,
        purpose="page_trail",
        act="given",
        source="agent",
        at=house.clock.now(),
        recorded_at=house.clock.now(),
    )
    await house.db.write(lambda connection: consents.add(connection, [agrees]))
    await house.take(opening("chat-3", **verified))
    kept = [(await house.interaction(provider_ref=f"chat-{n}"))["our_address"] for n in (1, 2, 3)]
    assert kept == ["", "", "https://bank.example/lån"]


async def test_opening_and_first_message_in_one_delivery_are_one_chat(house: House) -> None:
    await house.take(opening("chat-1", name_claimed="Zoë"), line("Hej", "chat-1"), line("Är ni där?", "chat-1"))
    interaction = await house.interaction(provider_ref="chat-1")
    (customer,) = await house.rows(tables.customer, tables.customer.c.id == interaction["customer_id"])
    assert (customer["name"], customer["tier"], interaction["identity_level"]) == ("Zoë", "standard", "claimed")
    assert await house.said(interaction["id"]) == ["Hej", "Är ni där?"]


async def test_a_message_whose_opening_was_lost_opens_the_chat(house: House) -> None:
    await house.take(line("Hej", "chat-1", name_claimed="Zoë"))
    assert (await house.interaction(provider_ref="chat-1"))["state"] == "waiting"


# ---- whose it is


async def test_who_claims_to_be_somebody_is_nobody_but_their_own_chat(house: House) -> None:
    claimed = {"address": PIA_MAIL, "name_claimed": "Pia Lindqvist"}
    await house.take(opening("chat-1", **claimed), line("Mitt saldo?", "chat-1", from_address=PIA_MAIL))
    interaction = await house.interaction(provider_ref="chat-1")
    assert interaction["customer_id"] != "pia"
    assert (interaction["tier"], interaction["identity_level"]) == ("standard", "claimed")


async def test_two_who_claim_to_be_the_same_are_two(house: House) -> None:
    for chat in ("chat-1", "chat-2"):
        await house.take(opening(chat, address=PIA_MAIL), line("Hej", chat, from_address=PIA_MAIL))
    assert len({row["customer_id"] for row in await house.interactions()}) == 2


async def test_whose_mailbox_the_host_site_signed_is_the_known_customer(house: House) -> None:
    verified = {"address": PIA_MAIL.upper(), "identity_level": VERIFIED}
    await house.take(opening("chat-1", **verified), line("Hej", "chat-1"))
    interaction = await house.interaction(provider_ref="chat-1")
    assert (interaction["customer_id"], interaction["tier"]) == ("pia", "platinum")
    assert (interaction["address"], interaction["identity_level"]) == (PIA_MAIL, "verified")


async def test_whose_number_the_host_site_signed_is_the_known_customer(house: House) -> None:
    await house.take(line("Hej", "chat-1", from_address=PIA, identity_level=VERIFIED))
    assert (await house.interaction(provider_ref="chat-1"))["customer_id"] == "pia"


async def test_a_signed_identity_that_nobody_knows_is_found_again_in_the_next_chat(house: House) -> None:
    for chat in ("chat-1", "chat-2"):
        await house.take(opening(chat, address="bank-user-7", identity_level=VERIFIED), line("Hej", chat))
    assert len({row["customer_id"] for row in await house.interactions()}) == 1
    (address,) = await house.rows(tables.address, tables.address.c.address == "bank-user-7")
    assert (address["kind"], address["identity_level"]) == ("chat", "verified")


# ---- numbers and ends


async def test_the_lines_of_both_sides_are_numbered_without_a_gap(house: House) -> None:
    held = await take_chat(house)
    await house.about("dot", held, "send_message", text="Välkommen")
    await house.take(line("Två", "chat-1"), line("Tre", "chat-1"))
    await house.about("dot", held, "send_message", text="Strax")
    heard = await house.host.read_chat("chat-1", 0, 100)
    assert [(m.number, m.author, m.text) for m in heard] == [
        (1, "customer", "Ett"),
        (2, "agent", "Välkommen"),
        (3, "customer", "Två"),
        (4, "customer", "Tre"),
        (5, "agent", "Strax"),
    ]
    assert [m.number for m in await house.host.read_chat("chat-1", 3, 100)] == [4, 5]
    told = [message.number for told in house.told for _, message in told.chat_messages]
    assert told == [1, 2, 3, 4, 5]


async def test_a_note_has_no_number_and_is_not_told_to_the_customer(house: House) -> None:
    held = await take_chat(house)
    await house.about("dot", held, "add_note", text="Verkar arg")
    assert [m.text for m in await house.host.read_chat("chat-1", 0, 100)] == ["Ett"]


async def test_a_customer_who_leaves_while_waiting_is_gone_from_the_order(house: House) -> None:
    await house.take(line("Hej", "chat-1"))
    await house.turn(11)
    await house.take(chat_left("chat-1"))
    assert (await house.interaction(provider_ref="chat-1"))["closed_as"] == "abandoned"
    assert await house.host.read_chat_state("chat-1") == "closed"


async def test_a_customer_who_leaves_the_agent_gets_the_agent_to_wrap_up(house: House) -> None:
    held = await take_chat(house)
    await house.take(chat_left("chat-1"))
    seen = house.screens["dot"].find(held)
    assert (seen["state"], seen["is_customer_gone"]) == ("wrap_up", True)
    await house.take(line("Jag är tillbaka!", "chat-1"))
    seen = house.screens["dot"].find(held)
    assert (seen["state"], seen["is_customer_gone"]) == ("active", False)


async def test_a_chat_that_goes_on_after_its_end_is_another_interaction_and_its_numbers_go_on(house: House) -> None:
    held = await take_chat(house)
    await house.about("dot", held, "send_message", text="Hej då")
    await wrap_up(house, "dot", held)
    await house.take(line("En sak till", "chat-1"))
    first, second = await house.interactions(provider_ref="chat-1")
    assert (first["state"], second["state"]) == ("closed", "offered")
    assert first["customer_id"] == second["customer_id"]
    assert [m.number for m in await house.host.read_chat("chat-1", 0, 100)] == [1, 2, 3]


async def test_a_chat_left_and_taken_up_in_one_delivery_repeats_no_number(house: House) -> None:
    await house.take(line("Ett", "chat-1"))
    await house.take(line("Två", "chat-1"), chat_left("chat-1"), line("Tre", "chat-1"))
    heard = await house.host.read_chat("chat-1", 0, 100)
    assert [(m.number, m.text) for m in heard] == [(1, "Ett"), (2, "Två"), (3, "Tre")]


async def test_a_chat_without_a_message_that_is_left_is_gone(house: House) -> None:
    await house.take(opening("chat-1"), chat_left("chat-1"))
    assert (await house.interaction(provider_ref="chat-1"))["state"] == "closed"
    assert house.floor.interactions == {}


async def test_leaving_a_chat_that_nobody_knows_is_nothing(house: House) -> None:
    await house.take(chat_left("chat-unknown"))
    assert await house.count(tables.interaction) == 0


async def test_the_customer_is_told_who_speaks_and_that_it_has_ended(house: House) -> None:
    held = await take_chat(house)
    await house.about("dot", held, "end_interaction")
    moved = [moved for told in house.told for moved in told.chats_moved.values()]
    assert [(m.state, m.agent_name) for m in moved if m.state != "waiting"] == [
        ("active", "Dot Mbeki"),
        ("closed", ""),
    ]


async def take_chat(house: House) -> str:
    """A chat that Dot has taken; she alone meets the first ring of its queue."""
    await house.seat("dot")
    await house.take(opening("chat-1"), line("Ett", "chat-1"))
    return str((await house.accept("dot"))["id"])
