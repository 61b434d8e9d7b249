"""Who is in a segment follows every change, the clock and the policy, and is told with the clause that turned."""

from dataclasses import replace

import pytest

from hub.policies.attributes import AttributePolicy, ChoicePolicy
from hub.policies.segment_rules import SegmentRefused
from hub.rules.delay_measuring import RuleDelays
from hub.segments.segment_changes import SegmentGone
from hub.segments.segment_counting import say_recount
from hub.segments.segment_files import WrittenSegment
from hub.storage import rule_delays, rule_due, segment_history, segment_members, segments
from hub.storage.rule_due import Due
from tests.hub.house import NOON
from tests.hub.rules.bureau import DAY, NAMES, Bureau


async def test_a_live_segment_is_counted_and_then_follows_every_change_with_its_clause(bureau: Bureau) -> None:
    await bureau.make("movers", 'customer.city == "Kiruna" && customer.value_now >= 1000')
    await bureau.step()
    assert await bureau.members("movers") == []
    began = bureau.clock.at
    bureau.clock.at += DAY
    await bureau.learn("pia", "city", "Kiruna")
    await bureau.step()
    assert await bureau.members("movers") == ["pia"]
    entered = bureau.clock.at
    bureau.clock.at += DAY
    await bureau.learn("pia", "value_now", 3)
    await bureau.step()
    assert await bureau.members("movers") == [] == await bureau.members("movers", began)
    assert await bureau.members("movers", entered) == ["pia"]
    async with bureau.db.read() as connection:
        changes = await segment_members.list_changes_of(connection, "pia", 5)
    assert [(one.has_entered, one.clause) for one in changes] == [
        (False, "customer.value_now >= 1000"),
        (True, 'customer.city == "Kiruna"'),
    ]


async def test_the_clock_alone_moves_customers_by_the_due_list(bureau: Bureau) -> None:
    await bureau.make("angry", 'count("complaint", within("3 days")) >= 1')
    await bureau.make("calm", '!in_segment("angry") && customer.tier == "standard"')
    await bureau.step()
    assert "sam" in await bureau.members("calm")
    await bureau.happen("sam", "complaint")
    await bureau.step()
    assert await bureau.members("angry") == ["sam"] and "sam" not in await bureau.members("calm")
    bureau.clock.at += 4 * DAY
    assert await bureau.members("angry") == ["sam"] and (await bureau.recount()).not_asked_yet == 2
    await bureau.step()
    assert await bureau.members("angry") == [] and "sam" in await bureau.members("calm")
    async with bureau.db.read() as connection:
        (left, _) = [
            one for one in await segment_members.list_changes_of(connection, "sam", 5) if one.segment_id == "angry"
        ]
    assert left.clause == 'count("complaint", within("3 days")) >= 1'


async def test_one_that_was_there_before_falls_due_as_well(bureau: Bureau) -> None:
    await bureau.happen("sam", "complaint", ago=2 * DAY)
    await bureau.step()
    await bureau.make("angry", 'count("complaint", within("3 days")) >= 1')
    await bureau.step()
    assert await bureau.members("angry") == ["sam"]
    bureau.clock.at += 2 * DAY
    await bureau.step()
    assert await bureau.members("angry") == [] and not (await bureau.recount()).differences


async def test_a_changed_rule_moves_those_whom_it_concerns_and_retiring_lets_everybody_leave(bureau: Bureau) -> None:
    await bureau.make("top", 'customer.tier == "platinum"')
    await bureau.step()
    assert await bureau.members("top") == ["lin", "pia", "ravi"]
    bureau.clock.at += DAY
    written = WrittenSegment(names=NAMES, definition='customer.tier == "platinum" && customer.language == "en"')
    await bureau.changes.change("top", written, 1, "ada")
    await bureau.step()
    assert await bureau.members("top") == ["pia", "ravi"]
    bureau.clock.at += DAY
    await bureau.make("names_it", 'in_segment("top")')
    with pytest.raises(SegmentRefused, match="names it"):
        await bureau.changes.retire("top", "ada")
    await bureau.changes.retire("names_it", "ada")
    await bureau.changes.retire("top", "ada")
    with pytest.raises(SegmentGone):
        await bureau.changes.retire("top", "ada")
    await bureau.step()
    async with bureau.db.read() as connection:
        one = await segments.find(connection, "top")
        flows = await segment_history.list_flows(connection, "top", NOON, bureau.clock.at)
    assert one is not None and (one.state, one.place, one.size) == ("retired", None, 0)
    assert [(flow.has_entered, flow.clause, flow.number) for flow in flows] == [
        (False, "retired", 2),
        (False, "definition", 1),
    ]
    assert await bureau.members("top", NOON + 1) == ["lin", "pia", "ravi"]


async def test_a_recount_names_what_was_tampered_with(bureau: Bureau) -> None:
    await bureau.make("top", 'customer.tier == "platinum"')
    await bureau.step()
    wrong = [segment_members.Answer("sam", "top", 0, True), segment_members.Answer("pia", "top", 0, False)]
    await bureau.db.write(lambda connection: segment_members.set_answers(connection, wrong, 1))
    found = await bureau.recount()
    assert say_recount(found) == [
        "12 customers and 1 segment were counted anew.",
        'pia should be in "top".',
        'sam should not be in "top".',
    ]


# ---- the policy ----------------------------------------------------------------------------------------


async def test_a_policy_that_changes_what_a_rule_reads_has_everybody_asked_anew(bureau: Bureau) -> None:
    """With the hub's own worker alone nobody is due, and no round of other rules marks anybody."""
    await bureau.apply(time_zone="Asia/Shanghai", attributes={"branch": AttributePolicy(type="text", names=NAMES)})
    await bureau.make("kiruna", 'customer.branch == "Kiruna"')
    await bureau.make("today", 'has(last("payment")) && days_since(last("payment")) < 1')
    await bureau.learn("sam", "branch", "Kiruna")
    await bureau.happen("sam", "payment", ago=DAY // 2)  # 20:00 in Shanghai is today; yesterday evening in Honolulu
    await bureau.step()
    assert await bureau.members("kiruna") == ["sam"]
    before = await bureau.members("today")
    await bureau.apply(time_zone="Pacific/Auckland")
    await bureau.step()
    assert await bureau.members("today") != before and not (await bureau.recount()).differences
    assert await bureau.members("kiruna") == ["sam"]


async def test_a_rule_that_can_no_longer_be_asked_keeps_its_members_says_why_and_is_counted_once_it_can(
    bureau: Bureau,
) -> None:
    branch = AttributePolicy(type="text", names=NAMES)
    await bureau.apply(attributes={"branch": branch})
    await bureau.make("kiruna", 'customer.branch == "Kiruna"')
    await bureau.make("named", 'in_segment("kiruna") && customer.tier != ""')
    for one in ("sam", "gus"):
        await bureau.learn(one, "branch", "Kiruna")
    await bureau.step()
    await bureau.apply(attributes={})
    await bureau.step()
    assert await bureau.members("kiruna") == await bureau.members("named") == ["gus", "sam"]
    said = say_recount(await bureau.recount())
    assert said[1:] == [
        '"kiruna" cannot be asked, so its members stay: "customer.branch" is not known. '
        'Did you mean "customer.tier"?',
        '"named" cannot be asked, so its members stay: It names "kiruna", whose rule cannot be used: '
        '"customer.branch" is not known. Did you mean "customer.tier"?',
    ]
    await bureau.learn("sam", "branch", "Uppsala")
    await bureau.learn("pia", "branch", "Kiruna")
    await bureau.step()
    assert await bureau.members("kiruna") == ["gus", "sam"]
    await bureau.apply(attributes={"branch": branch})
    await bureau.step()
    assert await bureau.members("kiruna") == await bureau.members("named") == ["gus", "pia"]


async def test_a_choice_that_is_no_longer_offered_is_unknown_to_everybody(bureau: Bureau) -> None:
    choices = tuple(ChoicePolicy(value=value, names=NAMES) for value in ("a", "b"))
    known = AttributePolicy(type="choice", names=NAMES, choices=choices)
    await bureau.apply(attributes={"plan": known})
    await bureau.make("planned", "has(customer.plan)")
    await bureau.learn("sam", "plan", "b")
    await bureau.step()
    assert await bureau.members("planned") == ["sam"]
    await bureau.apply(attributes={"plan": replace(known, choices=choices[:1])})
    await bureau.step()
    assert await bureau.members("planned") == [] and not (await bureau.recount()).differences


# ---- what watches over it ------------------------------------------------------------------------------


async def test_the_nightly_check_finds_nothing_and_mends_what_was_tampered_with(bureau: Bureau) -> None:
    await bureau.make("top", 'customer.tier == "platinum"')
    await bureau.step()
    assert bureau.swept == []  # the first night is still to come
    bureau.clock.at += DAY
    await bureau.step()
    assert bureau.swept == [(12, 0)]
    wrong = [segment_members.Answer("sam", "top", 0, True), segment_members.Answer("pia", "top", 0, False)]
    await bureau.db.write(lambda connection: segment_members.set_answers(connection, wrong, 1))
    await bureau.step()
    assert "sam" in await bureau.members("top")  # once a night
    bureau.clock.at += DAY
    await bureau.step()
    assert bureau.swept == [(12, 0), (12, 2)]
    assert await bureau.members("top") == ["lin", "pia", "ravi"]


async def test_the_delay_is_that_of_99_in_100_changes_of_the_last_hour(bureau: Bureau) -> None:
    async def find_delay() -> int | None:
        async with bureau.db.read() as connection:
            return await rule_delays.find_delay(connection, bureau.clock.at)

    await bureau.make("kiruna", 'customer.city == "Kiruna"')
    await bureau.step()
    bureau.clock.at += DAY // 12
    assert await find_delay() is None
    await bureau.learn("sam", "city", "Kiruna")
    bureau.clock.at += 400_000
    await bureau.step()
    delay = await find_delay()
    assert delay is not None and 400 <= delay <= 440
    bureau.clock.at += DAY // 24
    await bureau.learn("sam", "city", "Uppsala")
    await bureau.step()
    assert await find_delay() == 1


async def test_who_changed_with_thousands_is_counted_while_waiting_and_not_in_the_delay(bureau: Bureau) -> None:
    async def look() -> tuple[int | None, int, int]:
        async with bureau.db.read() as connection:
            now = bureau.clock.at
            waiting = [await rule_due.count_waiting(connection, now, most) for most in (100, 2)]
            return await rule_delays.find_delay(connection, now), waiting[0], waiting[1]

    await bureau.make("kiruna", 'customer.city == "Kiruna"')
    await bureau.step()
    bureau.clock.at += DAY // 12
    imported, at = {each: ["city"] for each in ("pia", "gus", "lin")}, bureau.clock.at
    await bureau.db.write(lambda connection: rule_due.mark_due(connection, imported, at, are_many=True))
    bureau.clock.at += 8_000_000
    assert await look() == (None, 3, 2)
    await bureau.step()
    assert await look() == (None, 0, 0)
    await bureau.learn("pia", "city", "Kiruna")
    await bureau.step()
    assert await look() == (1, 0, 0)


async def test_what_a_decision_about_thousands_makes_due_again_is_no_delay_of_single_changes(bureau: Bureau) -> None:
    delays, at = RuleDelays(bureau.db, bureau.clock), bureau.clock.at

    async def note(customer: str, name: str, due_at: int, decided_at: int, *, is_single: bool = True) -> int | None:
        due = Due(customer, frozenset({name}), None, 1, due_at, None, is_single)
        await delays.note([due], decided_at)
        await delays.store()
        async with bureau.db.read() as connection:
            return await rule_delays.find_delay(connection, bureau.clock.at)

    assert await note("sam", "*", at, at + 5, is_single=False) is None
    bureau.clock.at += 8_000_000
    assert await note("sam", "early_sign", at + 5, at + 9) is None  # of the round
    assert await note("sam", "tier", at + 9, at + 12) is None  # of what followed from it
    assert await note("pia", "city", bureau.clock.at, at + 15) == 1


async def test_a_base_that_was_sown_while_no_hub_asked_has_not_waited(bureau: Bureau) -> None:
    bureau.clock.at += DAY // 2
    await bureau.learn("gus", "city", "Kiruna")  # as seeding does, one by one
    await bureau.db.write(rule_due.forget_waits)
    async with bureau.db.read() as connection:
        due = await rule_due.list_due(connection, bureau.clock.at, 50)
    assert due and not any(one.is_single for one in due)
    await bureau.make("rich", "customer.value_now >= 1000")
    await bureau.step()
    async with bureau.db.read() as connection:
        assert await rule_delays.find_delay(connection, bureau.clock.at) is None
    await bureau.learn("sam", "value_now", 5000)
    await bureau.step()
    async with bureau.db.read() as connection:
        assert await rule_delays.find_delay(connection, bureau.clock.at) == 1
