"""Who is in a segment, at present and at any past instant, as a plain list of what happened tells it."""

import asyncio
from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from hub.storage import segment_history, segment_members, segments
from hub.storage.database import Connection, Database
from hub.storage.segment_members import Answer
from hub.storage.segment_tables import (
    BITS,
    segment,
    segment_change,
    segment_day,
    segment_member,
    segment_version,
)
from hub.storage.tables import customer

DAY = 86_400_000_000
PEOPLE = [f"c{n}" for n in range(5)]
PLACES = {"s0": 0, "s1": 1, "s61": BITS - 1, "s62": BITS}  # also at the edges of a column
NAMES = {"en": "Loyal", "zh-CN": "忠诚"}


async def begin_anew(connection: Connection) -> None:
    for table in (segment_change, segment_day, segment_member, segment_version, segment, customer):
        await connection.execute(delete(table))
    people = [{"id": one, "tier": "standard", "profile": "{}", "created_at": 1} for one in PEOPLE]
    await connection.execute(insert(customer), people)
    for segment_id, place in PLACES.items():
        row = {
            "id": segment_id,
            "state": "live",
            "definition": "-",
            "place": place,
            "created_at": 1,
            "live_at": 1,
            "empty_at": 1,
        }
        await connection.execute(insert(segment), [{**row, "counted_version": 1}])


STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(PLACES)), st.booleans()), max_size=6),
    max_size=12,
)


async def live(db: Database, steps: list[list[tuple[str, str, bool]]]) -> None:
    await db.write(begin_anew)
    now = 100 * DAY
    stands: dict[str, set[str]] = defaultdict(set)
    past: list[tuple[int, dict[str, set[str]]]] = [(now, {})]
    for step in steps:
        now += DAY // 3
        answers = {(one, segment_id): is_member for one, segment_id, is_member in step}
        asked = [
            Answer(one, segment_id, PLACES[segment_id], is_member, f"because {is_member}")
            for (one, segment_id), is_member in answers.items()
        ]
        expected = Counter[tuple[str, bool]]()
        for (one, segment_id), is_member in answers.items():
            if (one in stands[segment_id]) is not is_member:
                expected[segment_id, is_member] += 1
                (stands[segment_id].add if is_member else stands[segment_id].remove)(one)
        changes = await db.write(lambda c, asked=asked, now=now: segment_members.set_answers(c, asked, now))
        assert Counter((one.segment_id, one.has_entered) for one in changes) == expected
        past.append((now, {segment_id: set(members) for segment_id, members in stands.items()}))
    async with db.read() as connection:
        known = {one.id: one for one in await segments.list_all(connection)}
        for segment_id, place in PLACES.items():
            now_in = sorted(stands[segment_id])
            assert await segment_members.list_members(connection, place, "", 10) == now_in
            assert await segment_members.count_members(connection, place) == known[segment_id].size == len(now_in)
            assert (known[segment_id].empty_at is None) == bool(now_in)
            for at, members in past:
                was_in = sorted(members.get(segment_id, ()))
                found = await segment_history.list_members_at(connection, segment_id, place, at, "", 10)
                assert found == was_in
                assert await segment_history.count_at(connection, segment_id, len(now_in), at) == len(was_in)
            flows = await segment_history.list_flows(connection, segment_id, past[0][0], now)
            begun = past[0][1].get(segment_id, set())
            assert sum(one.number for one in flows if one.has_entered) == len(stands[segment_id] - begun)
            assert sum(one.number for one in flows if not one.has_entered) == len(begun - stands[segment_id])
        for mine, place in PLACES.items():
            others = {other: at for other, at in PLACES.items() if other != mine}
            shared = await segment_members.count_overlaps(connection, place, others)
            assert shared == {other: len(stands[mine] & stands[other]) for other in others}


async def test_membership_is_right_now_and_at_any_past_instant(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_members, "COUNTED_AT_ONCE", 2)  # of five people: three slices
    loop, tried = asyncio.get_running_loop(), list[Any]()

    @settings(max_examples=25, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def try_them(steps: list[list[tuple[str, str, bool]]]) -> None:
        tried.append(1)
        asyncio.run_coroutine_threadsafe(live(db, steps), loop).result()

    await asyncio.to_thread(try_them)
    assert len(tried) >= 25


async def test_a_segment_lives_from_draft_to_retired(db: Database) -> None:
    async def unit(connection: Connection) -> None:
        await begin_anew(connection)
        assert await segments.add(connection, "loyal", NAMES, "letters", "a", None, by="ada", at=1)
        assert not await segments.add(connection, "loyal", NAMES, "letters", "a", None, by="ada", at=1)
        assert await segments.change(connection, "loyal", 1, NAMES, "cards", "a", 5, by="ben", at=2) == 1
        assert await segments.change(connection, "loyal", 1, NAMES, "cards", "b", 5, by="ben", at=3) == 2
        assert await segments.change(connection, "loyal", 1, NAMES, "cards", "c", 5, by="eve", at=4) is None
        before = await segments.find_mark(connection)
        assert await segments.begin(connection, "loyal", 6) and not await segments.begin(connection, "loyal", 7)
        assert await segments.find_mark(connection) != before
        assert not await segments.discard(connection, "loyal")
        assert await segments.note_counting(connection, "loyal", 2, "", "c2", 3)
        assert not await segments.note_counting(connection, "loyal", 2, "", "c2", 3)
        assert await segments.note_counting(connection, "loyal", 2, "c2", None, 2)
        one = await segments.find(connection, "loyal")
        assert one is not None and (one.place, one.counted_version, one.counted_number) == (2, 2, 5)
        assert one.names == NAMES and one.owner == "ada" and one.expires_at == 5
        member = [Answer("c1", "loyal", 2, True), Answer("c3", "loyal", 2, True)]
        await segment_members.set_answers(connection, member, 8)
        assert await segments.retire(connection, "loyal", 9) and not await segments.retire(connection, "loyal", 9)
        assert await segment_members.clear_place(connection, "loyal", 2, "retired", 10, 1) == 1
        assert await segment_members.clear_place(connection, "loyal", 2, "retired", 10, 5) == 1
        assert await segment_members.clear_place(connection, "loyal", 2, "retired", 10, 5) == 0
        await segments.free_place(connection, "loyal")
        assert [one.version for one in await segments.list_versions(connection, "loyal")] == [2, 1]
        found = await segment_history.list_members_at(connection, "loyal", None, 9, "", 10)
        assert found == ["c1", "c3"]
        changes = await segment_members.list_changes_of(connection, "c1", 5)
        assert [(one.has_entered, one.clause) for one in changes] == [(False, "retired"), (True, "")]
        assert await segments.add(connection, "draft", NAMES, "", "a", None, by="ada", at=1)
        assert await segments.discard(connection, "draft")

    await db.write(unit)
