"""How long a session lasts, by the clock: its hours, and less where nobody uses it."""

import pytest

from hub.access.living_sessions import LivingSessions
from hub.access.sessions import Sessions
from hub.access.signing_in import SigningIn
from hub.storage import tables
from tests.hub.connected_screens import PASSWORD
from tests.hub.flows import hold_text
from tests.hub.house import House


class Desk:
    """An open screen of one session, as `LivingSessions` watches it."""

    def __init__(self, session) -> None:
        self.open, self.reasons = [session], []

    def sessions(self):
        return self.open

    async def end_session(self, session_id: str, reason: str) -> None:
        self.open, self.reasons = [], [*self.reasons, reason]


async def nobody() -> str:
    return ""


async def sign_in(house: House, sessions: Sessions, name: str = "ada"):
    signed_in = await SigningIn(house.db, house.clock, sessions, nobody).sign_in(name, PASSWORD)
    assert signed_in is not None
    return signed_in.token, await sessions.find(signed_in.token)


async def test_a_session_ends_after_its_hours_also_where_it_is_used(house: House) -> None:
    sessions = Sessions(house.db, house.clock, hours=1)
    token, session = await sign_in(house, sessions)
    living, desk = LivingSessions(sessions, house.clock), Desk(session)
    living.watch(desk, "desk.open")
    await house.turn(3599)
    await living.look()
    assert desk.open
    living.note_use(session.id)
    await house.turn(2)
    await living.look()
    assert desk.reasons == ["signed_out"]
    assert await sessions.find(token) is None


async def test_an_idle_session_ends_and_one_that_is_used_goes_on(house: House) -> None:
    sessions = Sessions(house.db, house.clock, hours=12, idle_minutes=30)
    living = LivingSessions(sessions, house.clock)
    (used, busy), (unused, _) = await sign_in(house, sessions), await sign_in(house, sessions)
    for _ in range(4):
        await house.turn(10 * 60)
        living.note_use(busy.id)
        await living.end_idle()
    assert await sessions.find(used) is not None
    assert await sessions.find(unused) is None
    assert [row["action"] for row in await house.rows(tables.audit)].count("session.idle") == 1


async def test_a_session_is_not_idle_while_its_agent_holds_something(house: House) -> None:
    sessions = Sessions(house.db, house.clock, hours=12, idle_minutes=30)
    living = LivingSessions(sessions, house.clock)
    token, _ = await sign_in(house, sessions)
    held = await hold_text(house)
    await house.turn(60 * 60)
    await living.end_idle()
    assert await sessions.find(token) is not None
    await house.about("ada", held["id"], "end_interaction")
    version = house.screens["ada"].find(held["id"])["version"]
    await house.do("ada", "complete_wrap_up", interaction_id=held["id"], version=version, disposition="solved")
    assert await sessions.find(token) is None


async def test_the_use_of_a_session_is_written_sparsely(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(house.db, house.clock, hours=12, idle_minutes=0)
    living = LivingSessions(sessions, house.clock)
    _, session = await sign_in(house, sessions)
    written: list[int] = []
    note_use = sessions.note_use

    async def count(uses) -> None:
        written.append(len(uses))
        await note_use(uses)

    monkeypatch.setattr(sessions, "note_use", count)
    for _ in range(150):  # a command a second
        living.note_use(session.id)
        await living.write_use()
        house.clock.at += 1_000_000
    assert len(written) == 3
