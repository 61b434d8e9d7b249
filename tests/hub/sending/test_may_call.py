"""The one gate before the hub calls anybody: each rule, each refusal, and every call of the hub passes it."""

import ast
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.batch.outgoing_calls import count_call
from hub.open_work.floor import Today
from hub.open_work.recent_counts import HOUR, LastHour
from hub.sending.customer_wishes import read_wishes
from hub.sending.may_call import CallCounts, Callee, PlannedCall, may_call
from hub.sending.may_send import SendRules
from hub.sending.quiet_hours import QuietHours, is_quiet, list_loud
from hub.sending.refusals import Refusal
from hub.sending.spending import Limits
from hub.sending.suppressions import Suppression
from hub.storage import tables
from routing.model import DAY, SECOND, Micros
from tests.channel_names import PHONE, SMS
from tests.hub.calls.test_callbacks import adopt, give_back
from tests.hub.house import House
from tests.hub.notices import SAM
from tests.imports import ROOMS, parse_with

NIGHT = QuietHours.read("21:00-08:00")
NORDIC = SendRules(limits={PHONE: Limits(countries=frozenset({"SE", "NO"}))})
NEW_YORK, LOS_ANGELES, AUSTRALIA, TOLL_FREE = "+12125551234", "+12135551234", "+61412345678", "+18005551234"
OUTSIDE = [Callee.CUSTOMER, Callee.THIRD_PARTY]


def at(text: str, zone: str = "UTC") -> Micros:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def ask(
    rules: SendRules,
    address: str = SAM,
    callee: Callee = Callee.CUSTOMER,
    suppressed: Mapping[tuple[str, str], Suppression] | None = None,
    by_agent: int = 0,
    asked_at: Micros | None = None,
    now: Micros = 0,
    ahead: Micros = 0,
) -> Refusal | None:
    call = PlannedCall(callee, PHONE, address, "sam", agent_id="ada", asked_at=asked_at)
    return may_call(rules, call, dict(suppressed or {}), CallCounts(LastHour(), by_agent), now, ahead)


@pytest.mark.parametrize("callee", OUTSIDE)
@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        (SAM, None),
        ("", Refusal.NO_ADDRESS),
        ("anonymous:CA1", Refusal.NO_ADDRESS),
        ("unknown:", Refusal.NO_ADDRESS),
        (NEW_YORK, Refusal.REGION_NOT_ALLOWED),
        ("+46939123456", Refusal.COSTLY_NUMBER),
        ("+46112", Refusal.EMERGENCY_NUMBER),
        ("client:ada", Refusal.NO_NUMBER),
        ("0701740301", Refusal.NO_NUMBER),
    ],
)
def test_people_outside_are_called_in_the_allowed_countries(
    callee: Callee, address: str, refusal: Refusal | None
) -> None:
    assert ask(NORDIC, address, callee) == refusal


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("client:ada", None),
        ("sip:ada@nordpost.example", Refusal.NO_NUMBER),
        ("", Refusal.NO_PHONE),
        (SAM, None),
        (NEW_YORK, Refusal.REGION_NOT_ALLOWED),
    ],
)
def test_an_agent_is_called_on_a_softphone_or_in_the_allowed_countries(address: str, refusal: Refusal | None) -> None:
    assert ask(NORDIC, address, Callee.AGENT) == refusal


@pytest.mark.parametrize("callee", OUTSIDE)
def test_a_suppression_of_the_calls_own_channel_forbids_it(callee: Callee) -> None:
    stop = Suppression("customer", 0)
    assert ask(NORDIC, callee=callee, suppressed={("phone", SAM): stop}) is Refusal.CUSTOMER_SAID_STOP
    assert ask(NORDIC, callee=callee, suppressed={(SMS, SAM): stop}) is None, "STOP in a text forbids only texts"
    assert ask(NORDIC, callee=Callee.AGENT, suppressed={("phone", SAM): stop}) is None


def test_an_agent_has_so_many_calls_a_day() -> None:
    rules = SendRules(calls_per_agent=3)
    assert ask(rules, by_agent=2) is None
    assert ask(rules, by_agent=3) is Refusal.AGENT_CAP_REACHED
    assert ask(rules, callee=Callee.AGENT, by_agent=3) is None, "calls to staff do not count"


@pytest.mark.parametrize("callee", OUTSIDE)
@pytest.mark.parametrize(
    ("address", "when", "quiet"),
    [
        (SAM, "2026-11-24T20:59+01:00", False),
        (SAM, "2026-11-24T21:00+01:00", True),
        (SAM, "2026-11-25T07:59+01:00", True),
        (SAM, "2026-11-25T08:00+01:00", False),
        (NEW_YORK, "2026-11-24T15:00+01:00", False),
        (NEW_YORK, "2026-11-24T13:59+01:00", True),  # 07:59 there
        (AUSTRALIA, "2026-11-24T20:00+11:00", False),
        (AUSTRALIA, "2026-11-24T09:00+11:00", True),  # 06:00 in Perth
        (AUSTRALIA, "2026-11-24T21:30+11:00", True),  # 19:30 in Perth, 21:30 in Sydney
        (TOLL_FREE, "2026-11-24T03:00+01:00", False),  # of a business
    ],
)
def test_nobody_outside_is_called_in_quiet_hours_where_they_may_be(
    callee: Callee, address: str, when: str, quiet: bool
) -> None:
    rules, now = SendRules(quiet_hours=NIGHT), int(datetime.fromisoformat(when).timestamp()) * SECOND
    assert ask(rules, address, callee, now=now) is (Refusal.QUIET_HOURS if quiet else None)
    assert ask(rules, address, Callee.AGENT, now=now) is None


def test_quiet_hours_follow_the_wall_clock() -> None:
    rules, noon = SendRules(quiet_hours=NIGHT), at("2026-11-24T12:00", "Europe/Stockholm")
    assert ask(rules, now=noon) is None
    assert ask(rules, now=noon, ahead=10 * HOUR) is Refusal.QUIET_HOURS
    assert ask(rules, now=noon + 10 * HOUR, ahead=-10 * HOUR) is None


def test_who_asked_to_be_called_is_called_within_two_hours_at_night_too() -> None:
    rules, late = SendRules(quiet_hours=NIGHT), at("2026-11-24T22:50", "Europe/Stockholm")
    assert ask(rules, asked_at=late, now=late + 2 * HOUR - 1) is None
    assert ask(rules, asked_at=late, now=late + 2 * HOUR) is Refusal.QUIET_HOURS


def test_the_clocks_change_in_quiet_hours() -> None:
    """In Sweden they go forward on 29 March 2026 and back on 25 October, at 02:00 and 03:00."""
    for day, hours in (("2026-03-28", 10), ("2026-10-24", 12), ("2026-06-01", 11)):
        begins = at(f"{day}T20:00", "Europe/Stockholm")
        quiet, loud = list_loud(NIGHT, SAM, begins, begins + 20 * HOUR)
        assert quiet == (begins, begins + HOUR)
        assert loud[0] - quiet[1] == hours * HOUR
        assert not is_quiet(NIGHT, SAM, loud[0])
        assert is_quiet(NIGHT, SAM, loud[0] - 1)


@pytest.mark.parametrize("address", [SAM, NEW_YORK, LOS_ANGELES, AUSTRALIA, "+79161234567", TOLL_FREE])
@pytest.mark.parametrize("span", ["21:00-08:00", "12:00-13:30", "00:00-00:00", ""])
def test_the_loud_periods_are_those_in_which_it_is_not_quiet(address: str, span: str) -> None:
    quiet, begins = QuietHours.read(span), at("2026-10-23T10:15")
    ends = begins + 4 * DAY
    loud = list_loud(quiet, address, begins, ends)
    assert sorted({mark for period in loud for mark in period}) == [mark for period in loud for mark in period]
    for instant in range(begins, ends, 15 * 60 * SECOND):
        is_loud = any(first <= instant < last for first, last in loud)
        assert is_loud is not is_quiet(quiet, address, instant), instant


async def test_an_agents_calls_are_known_after_a_restart_and_forgotten_the_next_day(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.seat("ada")
    batch = house.dispatcher._begin()
    for _ in range(2):
        count_call(batch, "ada")
    await house.db.write(lambda conn: batch.writes.store(conn, batch.now))
    await house.check_restored()
    assert [row["calls"] for row in await house.rows(tables.agent_calls)] == [2]
    with monkeypatch.context() as patch:
        patch.setattr(house.floor, "today", {"ada": Today("2026-01-01", calls=9)})
        again = house.dispatcher._begin()
        count_call(again, "ada")
    assert again.writes.agent_calls == {"ada": (again.book.day_of(again.now), 1)}


def test_every_call_passes_the_gate() -> None:
    """A module that makes a request for a call also asks `find_call_refusal`, or is called by one that does."""
    asks = {
        "hub/calls/callbacks.py",
        "hub/commands/command_checks.py",
        "hub/commands/consult_commands.py",
        "hub/commands/party_commands.py",
        "hub/commands/calling_out.py",
    }
    # `telephone_legs` and `outbound_calls` carry on what a command has asked for
    places = {"hub/calls/callbacks.py", "hub/batch/telephone_legs.py", "hub/calls/outbound_calls.py"}
    found_placing, found_asking = set(), set()
    for path, tree in parse_with("CallCustomer|CallAgent|ReachAgent|find_call_refusal", *ROOMS):
        names = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)
                 and isinstance(node.func, ast.Name)}  # fmt: skip
        if path.startswith("hub/") and names & {"CallCustomer", "CallAgent", "ReachAgent"}:
            found_placing.add(path)
        if "find_call_refusal" in names:
            found_asking.add(path)
    assert found_placing == places
    assert asks <= found_asking


SPANS = st.sampled_from(["09:00-17:00", "22:00-06:00", "12:00-12:00", "00:00-00:30", "soon"])
ZONES = st.sampled_from(["Europe/Stockholm", "Asia/Shanghai", "America/Los_Angeles", "nowhere", ""])


@settings(max_examples=100)
@given(SPANS, ZONES, st.integers(0, 400 * 24), st.sampled_from([NIGHT, None]))
def test_the_gate_and_the_windows_agree_on_the_customers_own_hours(
    hours: str, zone: str, hour: int, quiet: QuietHours | None
) -> None:
    wishes = read_wishes({"contact_hours": hours, "time_zone": zone})
    begins = at("2026-01-01T00:00") + hour * HOUR
    own = {"own": wishes.quiet, "zone": wishes.zone}
    loud = list_loud(quiet, SAM, begins, begins + 30 * HOUR, **own)
    for minute in range(0, 30 * 60, 45):
        instant = begins + minute * 60 * SECOND
        is_loud = any(first <= instant < end for first, end in loud)
        assert is_loud is not is_quiet(quiet, SAM, instant, **own), instant


def test_a_customer_who_wants_no_contact_is_called_if_they_ask_for_it() -> None:
    wishes = read_wishes({"do_not_contact": True})
    for asked_at, refusal in ((None, Refusal.LEFT_ALONE), (0, None)):
        call = PlannedCall(Callee.CUSTOMER, PHONE, SAM, "sam", asked_at=asked_at, wishes=wishes)
        assert may_call(SendRules(), call, {}, CallCounts(LastHour()), 0, 0) == refusal
    assert not read_wishes({"do_not_contact": "true"}).is_left_alone


async def test_a_callback_waits_while_it_is_quiet_and_uses_up_no_try(house: House) -> None:
    house.dispatcher._rules = SendRules(quiet_hours=QuietHours.read("14:00-20:00"))
    await adopt(house, tries=1)
    held = await give_back(house)  # at 13:00 in Sweden, so that Pia is called until 15:00
    await house.turn(2 * 3600 + 60)
    await house.seat("ada")
    assert await house.requests("CallCustomer") == []
    assert (await house.interaction(id=held))["state"] == "waiting"
    await house.check_restored()
    await house.turn(5 * 3600)
    assert len(await house.requests("CallCustomer")) == 1


async def test_a_customer_who_asks_in_quiet_hours_is_called_at_once(house: House) -> None:
    house.dispatcher._rules = SendRules(quiet_hours=QuietHours.read("12:00-20:00"))
    await adopt(house)
    await give_back(house)
    await house.seat("ada")
    assert len(await house.requests("CallCustomer")) == 1
