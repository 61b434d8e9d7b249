"""Messages that were kept as long as the policy says go with their attachments; open work and figures stay."""

from hub.routing_process.retention import forget_messages
from hub.storage import tables
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, text


@BOTH
async def test_messages_of_closed_work_go_after_their_days_with_their_files(house: House) -> None:
    held = str((await hold_text(house))["id"])
    await wrap_up(house, "ada", held)
    await house.take(text("Hej", PIA))
    media = await house.media.store(b"picture", "a.png", "image/png")
    m = tables.message
    change = m.update().where(m.c.interaction_id == held, m.c.kind == "customer").values(raw=media.ref)
    await house.db.write(lambda conn: conn.execute(change))
    closed_at = (await house.interaction(id=held))["closed_at"]
    assert await forget_messages(house.db, house.media, closed_at) == 0, "kept to the very end of its days"
    told = await house.count(m, m.c.interaction_id == held)
    assert await forget_messages(house.db, house.media, closed_at + 1) == told > 0
    assert await forget_messages(house.db, house.media, closed_at + 1) == 0
    assert await house.count(m, m.c.interaction_id == held) == 0
    assert await house.count(m) > 0, "what is open stays"
    assert await house.media.find(media.ref) is None
    assert (await house.interaction(id=held))["closed_as"] == "handled"
