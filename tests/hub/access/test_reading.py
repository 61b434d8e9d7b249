"""Who may read what a customer has said, on which ground; and that every look leaves a row."""

from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine

from agent_console.views import StaffView
from hub.access.looks import Looks
from hub.access.reading import Reading
from hub.access.rules import NEEDS_GROUND, may
from hub.administration.seeding import add_staff
from hub.settings.demo_data import SampleStaff
from hub.storage import audit, reading_rights, tables
from hub.storage.audit_words import Ground
from hub.storage.database import Connection, StorageUnavailable
from tests.hub.flows import handle_mail, hold_text, talk, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, PIA_MAIL, SAM, agent_joined, call, line, mail, opening, text

DAY = 24 * 3600


@pytest.fixture
def reading(house: House) -> Reading:
    return Reading(house.db, house.clock, Looks(house.db, house.clock), days=30)


async def ground_of(house: House, reading: Reading, name: str, message_id: str) -> str | None:
    """On which ground this person reads the message, as the trail says it; None: they do not."""
    opened = await reading.open_message(await house.staff(name), "message.read", message_id)
    rows = await house.rows(tables.audit, tables.audit.c.action == "message.read")
    if opened is None:
        return None
    last = rows[-1]
    assert (last["staff_id"], last["subject"], last["customer_id"]) == (name, message_id, opened.customer_id)
    (ground,) = orjson.loads(last["detail"])["grounds"]
    return str(ground)


async def first_message(house: House, **columns: Any) -> str:
    interaction = await house.interaction(**columns)
    m = tables.message
    rows = await house.rows(m, m.c.interaction_id == interaction["id"], m.c.kind == "customer")
    return str(rows[0]["id"])


@BOTH
async def test_who_holds_work_of_a_customer_reads_all_that_they_ever_said(house: House, reading: Reading) -> None:
    await house.take(mail("Om lånet", PIA_MAIL, to_address="hello@nordpost.example"))
    await house.take(opening("chat-1"), line("Hej", "chat-1", from_address="pia", identity_level="verified"))
    fay = await house.seat("fay")  # customer service alone
    old = await first_message(house, channel="email")
    await house.accept_all("fay")
    assert fay.held
    assert await ground_of(house, reading, "fay", old) == "held"


@BOTH
async def test_others_read_what_they_held_lately_and_what_is_in_their_queues(house: House, reading: Reading) -> None:
    held = await hold_text(house, "ada")
    message = await first_message(house, id=held["id"])
    assert await ground_of(house, reading, "ada", message) == "held"
    assert await ground_of(house, reading, "fay", message) == "queue"
    await wrap_up(house, "ada", held["id"])
    assert await ground_of(house, reading, "ada", message) == "held_lately"

    async def move(conn: Connection) -> None:
        i = tables.interaction
        await conn.execute(i.update().where(i.c.id == held["id"]).values(queue="archive"))

    await house.db.write(move)  # to a queue that nobody serves
    del house.screens["ada"]  # which shows another day from here on
    assert await ground_of(house, reading, "ada", message) == "held_lately"
    assert await ground_of(house, reading, "fay", message) is None
    house.clock.at += 29 * DAY * 1_000_000
    assert await ground_of(house, reading, "ada", message) == "held_lately"
    house.clock.at += 2 * DAY * 1_000_000
    assert await ground_of(house, reading, "ada", message) is None


async def test_what_was_given_away_is_read_as_what_was_held_lately(house: House, reading: Reading) -> None:
    held = await hold_text(house, "ben")
    earlier = await first_message(house, id=held["id"])
    moved = await house.about("ben", held["id"], "transfer_interaction", queue="deposits")
    if moved.code:  # texts do not go to every queue
        moved = await house.about("ben", held["id"], "transfer_interaction", queue="cards")
    assert moved.code == ""
    assert await ground_of(house, reading, "ben", earlier) in ("held_lately", "queue")


async def test_supervisors_read_their_queues_and_administrators_nothing(house: House, reading: Reading) -> None:
    await house.take(text("Hej", SAM))
    message = await first_message(house, customer_id="sam")
    assert await ground_of(house, reading, "dot", message) == "supervised"
    assert await ground_of(house, reading, "tomasz", message) is None
    assert await ground_of(house, reading, "ines", message) is None

    nova = SampleStaff(
        id="nova", name="Nova 诺娃", roles=("supervisor",), language="en", queues=frozenset(["deposits"])
    )
    await add_staff(house.db, nova, "a first password", house.clock.now())
    await house.until_handled()
    supervisor = StaffView(id="nova", name="Nova", roles=["supervisor"], language="en")
    assert await reading.open_message(supervisor, "message.read", message) is None
    assert not await reading.open_queue(supervisor, "waiting.read", "service")
    assert await reading.open_queue(supervisor, "waiting.read", "deposits")


@BOTH
async def test_who_is_no_agent_any_more_has_no_part_in_what_they_held(house: House, reading: Reading) -> None:
    held = await hold_text(house, "ada")
    customer = (await house.interaction(id=held["id"]))["customer_id"]
    await wrap_up(house, "ada", held["id"])
    await house.db.write(lambda conn: conn.execute(tables.interaction.update().values(queue="archive")))
    found = {}
    for role in ("agent", "supervisor"):
        ada = StaffView(id="ada", name="Ada", roles=[role], language="en")
        async with house.db.read() as conn:
            person = await reading.find_reader(conn, ada)
            rows = await reading_rights.read_conversation(conn, person, [customer], 2**62, 50, is_whole=False)
            counts = await reading_rights.count_by_channel(conn, person, [customer], is_whole=False)
        found[role] = (bool(rows), counts)
    assert found == {"agent": (True, {"sms": 1}), "supervisor": (False, {})}


async def test_a_supervisor_of_no_queue_reads_nothing(house: House, reading: Reading) -> None:
    await house.take(text("Hej", SAM))
    message = await first_message(house, customer_id="sam")
    nobody = StaffView(id="nova", name="Nova", roles=["supervisor"], language="en")
    assert await reading.open_message(nobody, "message.read", message) is None


async def test_who_is_offered_something_may_ask_why_and_nobody_else_may(house: House, reading: Reading) -> None:
    await house.seat("emre")
    await house.take(opening("chat-1"), line("Hej", "chat-1"))
    chat = await house.interaction(channel="webchat")
    assert chat["agent_id"] == "emre"
    assert await reading.open_interaction(await house.staff("emre"), "explanation.read", chat["id"]) is not None
    assert await reading.open_interaction(await house.staff("fay"), "explanation.read", chat["id"]) is None


@BOTH
async def test_what_was_closed_long_ago_in_a_queue_is_its_supervisor_s_alone(house: House, reading: Reading) -> None:
    held = await hold_text(house, "ada")
    message = await first_message(house, id=held["id"])
    await wrap_up(house, "ada", held["id"])
    house.screens.clear()  # which show another day from here on
    house.clock.at += 29 * DAY * 1_000_000
    assert await ground_of(house, reading, "fay", message) == "queue"
    house.clock.at += 2 * DAY * 1_000_000
    assert await ground_of(house, reading, "fay", message) is None
    assert await ground_of(house, reading, "dot", message) == "supervised"
    staff = await house.staff("fay")
    async with house.db.read() as conn:
        fay = await reading.find_reader(conn, staff)
        customer = str(held["customer"]["id"])
        assert await reading_rights.read_conversation(conn, fay, [customer], 2**60, 50, is_whole=False) == []
        assert await reading_rights.count_by_channel(conn, fay, [customer], is_whole=False) == {}


async def test_a_look_whose_row_could_not_be_stored_shows_nothing_and_is_no_look(
    house: House, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(unit: Any) -> None:
        raise StorageUnavailable("the disk is full")

    dot = await house.staff("dot")
    with monkeypatch.context() as broken:
        broken.setattr(house.db, "write", away)
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await reading.open_queue(dot, "waiting.read", "service")
    assert await reading.open_queue(dot, "waiting.read", "service")
    assert len(await house.rows(tables.audit, tables.audit.c.action == "waiting.read")) == 1


async def test_a_clock_that_is_put_back_hides_no_look(house: House, reading: Reading) -> None:
    dot = await house.staff("dot")
    assert await reading.open_queue(dot, "waiting.read", "service")
    house.clock.at -= 3600 * 1_000_000
    assert await reading.open_queue(dot, "waiting.read", "service")
    assert len(await house.rows(tables.audit, tables.audit.c.action == "waiting.read")) == 2


@BOTH
async def test_a_page_of_a_conversation_has_only_what_is_theirs(house: House, reading: Reading) -> None:
    await house.take(text("En text", PIA), call("CA1", PIA, to_address="+46850005020"))
    staff = await house.staff("fay")
    async with house.db.read() as conn:
        fay = await reading.find_reader(conn, staff)
        rows = await reading_rights.read_conversation(conn, fay, ["pia"], 2**60, 50, is_whole=False)
        counts = await reading_rights.count_by_channel(conn, fay, ["pia"], is_whole=False)
        all_counts = await reading_rights.count_by_channel(conn, fay, ["pia"], is_whole=True)
    assert {row.message.channel for row in rows} == {"sms"}
    assert (counts, all_counts) == ({"sms": 1}, {"sms": 1, "phone": 1})


async def test_a_list_that_a_screen_asks_for_again_is_one_row_a_minute(house: House, reading: Reading) -> None:
    dot = await house.staff("dot")
    for _ in range(5):
        assert await reading.open_queue(dot, "waiting.read", "service")
    assert len(await house.rows(tables.audit, tables.audit.c.action == "waiting.read")) == 1
    house.clock.at += 61_000_000
    assert await reading.open_queue(dot, "waiting.read", "service")
    assert len(await house.rows(tables.audit, tables.audit.c.action == "waiting.read")) == 2


@pytest.mark.parametrize("action", sorted(NEEDS_GROUND))
def test_no_role_opens_a_customers_data_without_a_ground(action: str) -> None:
    everything = StaffView(id="x", name="X", roles=["agent", "supervisor", "author", "administrator"], language="en")
    assert not may(everything, action)
    assert may(everything, action, Ground.HELD)
    assert not may(None, action, Ground.HELD)


async def test_old_entries_of_the_trail_are_forgotten_and_others_stay(house: House) -> None:
    entries = [audit.Entry(at, "ada", "conversation.read") for at in (1, 2, 3, 4)]

    async def fill(conn: Connection) -> None:
        await audit.add(conn, entries)

    async def forget(conn: Connection) -> int:
        return await audit.prune(conn, 3, limit=1)

    await house.db.write(fill)
    assert [await house.db.write(forget) for _ in range(3)] == [1, 1, 0]
    async with house.db.read() as conn:
        found = await audit.read(conn, audit.Filter(), 50)
    assert [entry.at for entry in found if entry.action == "conversation.read"] == [4, 3]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"staff_id": "ada"}, "ix_audit_staff"),
        ({"customer_id": "pia"}, "ix_audit_customer"),
        ({"action": "message.read"}, "ix_audit_action"),
        ({"since": 1, "until": 2}, "ix_audit_at"),
        ({"queues": ("service", "cards")}, "ix_audit_queue"),
        ({"queues": ("service", "cards"), "action": "message.read"}, "ix_audit_queue"),
        ({"queues": (), "staff_id": "ada"}, "ix_audit_queue"),
    ],
)
def test_each_part_of_the_trail_is_found_by_its_key(asked: dict[str, Any], index: str) -> None:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    query = audit.select_newest(audit.Filter(**asked), 50).compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        steps = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    engine.dispose()
    reads = [step for step in steps if " audit " in f"{step} "]
    assert reads and all(index in step for step in reads), steps


@BOTH
async def test_a_consulted_colleague_reads_all_until_they_have_left(house: House, reading: Reading) -> None:
    closed = await handle_mail(house)
    old = await first_message(house, id=closed)

    async def move(conn: Connection) -> None:
        i = tables.interaction
        await conn.execute(i.update().where(i.c.id == closed).values(queue="archive"))

    await house.db.write(move)  # to a queue that the colleague does not serve
    ada = await talk(house)
    await house.seat("ben")
    assert await ground_of(house, reading, "ben", old) is None
    assert not (await house.about("ada", ada.held[0]["id"], "consult_colleague", agent_id="ben")).code
    assert await ground_of(house, reading, "ben", old) == "consulted"
    (consult,) = house.screens["ben"].shown["consults"]
    assert consult["customer_id"] == "sam"
    await house.do("ben", "answer_consult", party_id=consult["party_id"], accepts=True)
    await house.take(agent_joined("CA1", "CA-ben", consult["party_id"]))
    assert await ground_of(house, reading, "ben", old) == "consulted"
    await house.do("ben", "leave_consult", party_id=consult["party_id"])
    assert await ground_of(house, reading, "ben", old) is None
