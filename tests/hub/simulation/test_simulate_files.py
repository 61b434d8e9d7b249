"""Scenario files: what they say reaches the simulator, and what is wrong with them is named with key and line."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from channels.registry import REGISTRY
from hub.policies.routing_form import build_routing_policy
from hub.simulation.comparing import drop_head_start, read_other
from hub.simulation.planning import build_calendar, build_scenario, build_span, build_threshold
from hub.simulation.scenario_file import ReadScenario, read_policy, read_scenario
from hub.toml_files.problems import ConfigErrors
from routing.distributions import Empirical, Exponential, Fixed, Lognormal
from routing.model import SECOND, AgentState, QueueId, TierId
from routing.policy_checks import check
from tests.channel_names import PHONE

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "hub" / "simulation" / "samples"
HOUR = 3_600 * SECOND

SMALL = """
name = "Ein ruhiger Vormittag 安静的上午"

[run]
first_day = 2026-11-23
days = 4
warm_up_days = 1

[[arrivals]]
queue = "service"
channel = "phone"
begins = "09:00"
per_half_hour = [6, 8]
tiers = { platinum = 0.25, standard = 0.75 }

[[work]]
queue = "service"
channel = "phone"
handling_seconds = { exponential = 200 }
wrap_up_seconds = { fixed = 20 }
patience_seconds = { exponential = 180 }

[[shifts]]
id = "morning"
begins = "08:30"
ends = "12:00"
breaks = [{ begins = "10:00", ends = "10:15", reason = "coffee" }]

[[agents]]
id = "ada"
count = 2
shifts = ["morning"]
queues = ["service"]
"""


@pytest.fixture
def write(tmp_path: Path) -> "Writer":
    return Writer(tmp_path)


class Writer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *changes: tuple[str, str], name: str = "scenario.toml", text: str = SMALL) -> Path:
        for before, after in changes:
            assert before in text, before
            text = text.replace(before, after, 1)
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def read(path: Path) -> ReadScenario:
    return read_scenario(path, read_policy(ROOT / "config.toml"))


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as raised:
        read(path)
    return [str(problem) for problem in raised.value.problems]


def local(scenario: ReadScenario, at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).astimezone(build_calendar(scenario).zone).strftime("%m-%d %H:%M")


# ---- what they say


def test_half_hours_begin_by_the_clock_on_the_wall(write: Writer) -> None:
    scenario = read(write())
    platinum = build_scenario(scenario).kinds[0]
    assert [local(scenario, slot.begins_at) for slot in platinum.slots[:3]] == [
        "11-23 09:00",
        "11-23 09:30",
        "11-24 09:00",
    ]
    assert [slot.expected for slot in platinum.slots[:2]] == [1.5, 2.0]
    assert len(platinum.slots) == 2 * 5


def test_the_days_measured_follow_the_warm_up(write: Writer) -> None:
    scenario = read(write())
    span = build_span(scenario)
    assert (local(scenario, span.begins_at), local(scenario, span.ends_at)) == ("11-24 00:00", "11-28 00:00")
    assert span.batches == 4


def test_shifts_and_breaks_become_duties(write: Writer) -> None:
    scenario = read(write())
    duties = [one for one in build_scenario(scenario).duties if one.agent_id == "ada-2"][:4]
    assert [(local(scenario, one.at), one.state, one.reason) for one in duties] == [
        ("11-23 08:30", AgentState.AVAILABLE, ""),
        ("11-23 10:00", AgentState.UNAVAILABLE, "coffee"),
        ("11-23 10:15", AgentState.AVAILABLE, ""),
        ("11-23 12:00", AgentState.OFFLINE, ""),
    ]


def test_a_shift_over_midnight_ends_on_the_next_day_and_one_that_follows_it_is_one_stay(write: Writer) -> None:
    night = write(
        ('begins = "08:30"\nends = "12:00"', 'begins = "20:00"\nends = "04:00"\ndays = ["mon"]'),
        ('{ begins = "10:00", ends = "10:15"', '{ begins = "01:00", ends = "01:30"'),
        ('["morning"]', '["morning", "early"]'),
        ("[[agents]]", '[[shifts]]\nid = "early"\nbegins = "04:00"\nends = "08:00"\ndays = ["tue"]\n\n[[agents]]'),
    )
    scenario = read(night)
    duties = [one for one in build_scenario(scenario).duties if one.agent_id == "ada-1"]
    assert [(local(scenario, one.at), one.state) for one in duties] == [
        ("11-23 20:00", AgentState.AVAILABLE),
        ("11-24 01:00", AgentState.UNAVAILABLE),
        ("11-24 01:30", AgentState.AVAILABLE),
        ("11-24 08:00", AgentState.OFFLINE),
    ]


def test_an_hour_that_the_clocks_leave_out_brings_nobody(write: Writer) -> None:
    spring = write(
        ("2026-11-23", "2027-03-28"), ('begins = "09:00"', 'begins = "01:00"'), ("[6, 8]", "[6, 6, 6, 6, 6]")
    )
    slots = build_scenario(read(spring)).kinds[0].slots
    first = [slot for slot in slots if slot.begins_at < slots[0].begins_at + 12 * HOUR]
    assert len(first) == 3  # 01:00, 01:30 and 03:00
    assert all(slot.ends_at - slot.begins_at == HOUR // 2 for slot in first)
    assert len(slots) == 3 + 4 * 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ fixed = 30 }", Fixed(30 * SECOND)),
        ("{ exponential = 1.5 }", Exponential(1.5 * SECOND)),
        ("{ lognormal = { mean = 60, deviation = 30 } }", Lognormal(60 * SECOND, 30 * SECOND)),
        ("{ observed = [1, 2.5] }", Empirical((SECOND, 2_500_000))),
        ('{ observed_file = "gesehen.txt" }', Empirical((12 * SECOND, 7 * SECOND))),
    ],
)
def test_every_distribution_is_understood(write: Writer, text: str, expected: object) -> None:
    (write.folder / "gesehen.txt").write_text("12\n7\n", encoding="utf-8")
    (kind, _) = build_scenario(read(write(("{ exponential = 200 }", text)))).kinds
    assert kind.handling == expected


def test_work_that_names_a_tier_wins(write: Writer) -> None:
    more = '[[work]]\nqueue = "service"\nchannel = "phone"\ntier = "platinum"\n'
    more += "handling_seconds = { fixed = 9 }\n\n[[shifts]]"
    platinum, standard = build_scenario(read(write(("[[shifts]]", more)))).kinds
    assert platinum.handling == Fixed(9 * SECOND)
    assert platinum.patience is None
    assert standard.handling == Exponential(200 * SECOND)


def test_a_forecast_brings_arrivals_and_a_date_wins_over_its_weekday(write: Writer) -> None:
    rows = ["tue,09:00,service,phone,gold,10", "2026-11-24,09:30,service,phone,gold,4"]
    (write.folder / "f.csv").write_text(
        "\n".join(["day,time,queue,channel,tier,arrivals", *rows]), encoding="utf-8-sig"
    )
    scenario = read(write(("days = 4", "days = 12"), ("[[arrivals]]", '[forecast]\nfile = "f.csv"\n\n[[arrivals]]')))
    gold = build_scenario(scenario).kinds[-1]
    assert [(local(scenario, slot.begins_at), slot.expected) for slot in gold.slots] == [
        ("11-24 09:30", 4.0),
        ("12-01 09:00", 10.0),
    ]


def test_thresholds_are_the_policys(write: Writer) -> None:
    assert build_threshold(read(write()))[QueueId("service"), PHONE] == 20 * SECOND


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_the_samples_can_be_played_under_the_sample_policy(sample: Path) -> None:
    scenario = build_scenario(read(sample))
    assert scenario.kinds and scenario.duties
    assert not any(problem.is_fatal for problem in check(scenario.policy))


# ---- what is wrong


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('name = "Ein', 'nome = "Ein', ["line 2: nome: is not a key of this table", "name: is missing"]),
        ("days = 4", "days = 0", ["line 6: run.days: must be at least 1"]),
        ("days = 4", "days = 3\ndays_per_batch = 2", ["line 6: run.days: must be a multiple of days_per_batch"]),
        ("2026-11-23", "2026", ["line 5: run.first_day: must be a date, such as 2026-12-24"]),
        ('"09:00"', '"9:00"', ["line 12: arrivals[1].begins: must be a time from 00:00 to 24:00"]),
        ('"09:00"', '"23:30"', ["line 13: arrivals[1].per_half_hour: goes past midnight"]),
        ("[6, 8]", "[6, -8]", ["line 13: arrivals[1].per_half_hour[2]: must be at least 0"]),
        ("platinum = 0.25", "platinum = 0.5", ["line 14: arrivals[1].tiers: must be shares that add up to 1"]),
        ("platinum = 0.25", "diamond = 0.25", ["line 14: arrivals[1].tiers.diamond: names a tier that"]),
        (
            'queue = "service"\nchannel = "phone"\nbegins',
            'queue = "cards"\nchannel = "phone"\nbegins',
            [
                "line 9: arrivals[1]: needs a [[work]] table for phone in cards for platinum",
                "line 9: arrivals[1]: needs a [[work]] table for phone in cards for standard",
            ],
        ),
        ('channel = "phone"\nhandling', 'channel = "fax"\nhandling', ["line 18: work[1].channel: must be"]),
        ("{ exponential = 200 }", "{ exponential = 200, fixed = 3 }", ["line 19: work[1].handling_seconds: must"]),
        ("{ exponential = 200 }", "{}", ["line 19: work[1].handling_seconds: must have exactly one of fixed,"]),
        (
            "{ exponential = 200 }",
            '{ observed_file = "nowhere.txt" }',
            ["line 19: work[1].handling_seconds: nowhere.txt cannot be read: No such file"],
        ),
        ('"12:00"', '"09:30"', ["line 27: shifts[1].breaks[1]: must lie within the shift"]),
        ('["morning"]', '["evening"]', ["line 32: agents[1].shifts[1]: names a shift that does not exist"]),
        ('queues = ["service"]', 'queues = ["sales"]', ["line 33: agents[1].queues[1]: names a queue that does not"]),
        ('queues = ["service"]', "queues = []", ["line 33: agents[1].queues:"]),
        ("[run]", "[run", ["line 4: "]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_key_and_line(
    write: Writer, before: str, after: str, expected: list[str]
) -> None:
    found = problems(write((before, after)))
    for what in expected:
        assert any(problem.startswith(what) for problem in found), found
    assert len(found) == len(expected)


def test_more_than_fits_in_memory_is_refused(write: Writer) -> None:
    (found,) = problems(write(("days = 4", "days = 3_660"), ("count = 2", "count = 9_999")))
    assert found.startswith("line 6: run.days: must be fewer: played days times agents")


def test_all_problems_are_listed_at_once(write: Writer) -> None:
    bad = (
        ('["morning"]', '["evening"]'),
        ("platinum = 0.25", "gold = 0.5"),
        ("days = 4", "days = 4\ndays_per_batch = 3"),
    )
    assert len(problems(write(*bad))) == 3


def test_a_forecast_names_the_lines_that_are_wrong(write: Writer) -> None:
    rows = [
        "day,time,queue,channel,tier,arrivals",
        "mon,09:00,service,phone,gold,10",
        "someday,09:00,service,phone,gold,10",
        "mon,09:10,service,phone,gold,10",
        "mon,09:00,service,fax,gold,10",
        "mon,09:00,service,phone,gold,many",
        "mon,09:00,nowhere,phone,gold,1",
        "mon,09:00,service,phone,gold,12",
    ]
    (write.folder / "f.csv").write_text("\n".join(rows), encoding="utf-8")
    found = problems(write(("[[arrivals]]", '[forecast]\nfile = "f.csv"\n\n[[arrivals]]')))
    lines = [problem.removeprefix("line 10: forecast.file: f.csv: ").partition(":")[0] for problem in found]
    assert sorted(lines) == ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("day,time\n", "lacks the column queue, channel, tier, arrivals: add it"),
        ("\xff", "is not comma-separated text in UTF-8: save it as such"),
    ],
)
def test_a_file_that_is_no_forecast_is_said_to_be_none(write: Writer, text: str, what: str) -> None:
    (write.folder / "f.csv").write_bytes(text.encode("latin-1"))
    (found,) = problems(write(("[[arrivals]]", '[forecast]\nfile = "f.csv"\n\n[[arrivals]]')))
    assert found.endswith(what)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.toml") == ["cannot be read: No such file or directory"]


# ---- what to compare with


def test_another_config_brings_its_policy_alone(write: Writer) -> None:
    config = (ROOT / "config.toml").read_text(encoding="utf-8")
    ruled = ('tier = "gold"\nup', 'tier = "standard"\nup')  # the default tier has no rule
    other = write(('default_tier = "standard"', 'default_tier = "gold"'), ruled, name="other.toml", text=config)
    mine = write()
    compared = read_other(other, mine, read(mine))
    assert compared.policy.default_tier == "gold"
    assert compared.file == read(mine).file


def test_another_scenario_brings_its_staff_alone(write: Writer) -> None:
    mine = write()
    other = write(("count = 2", "count = 5"), ("[6, 8]", "[60, 80]"), name="other.toml")
    compared = read_other(other, mine, read(mine))
    assert len(build_scenario(compared).staff) == 5
    assert compared.file.arrivals == read(mine).file.arrivals


def test_a_file_with_neither_policy_nor_agents_is_refused(write: Writer) -> None:
    other = write(name="other.toml", text="name = 'x'\n")
    with pytest.raises(ConfigErrors, match="nothing to compare"):
        read_other(other, write(), read(write()))


def test_a_tier_without_its_head_start_begins_with_the_lowest(write: Writer) -> None:
    policy = build_routing_policy(drop_head_start(read(write()), "platinum").policy, 1)
    assert policy.tiers[TierId("platinum")].head_start == policy.tiers[TierId("standard")].head_start
    assert policy.tiers[TierId("gold")].head_start != policy.tiers[TierId("standard")].head_start


def test_a_head_start_that_only_the_channel_gives_is_taken_away_as_well(
    write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "phone", replace(REGISTRY["phone"], head_start_seconds=600))
    found = read(write())
    tiers = tuple(replace(tier, head_start_seconds={}) for tier in found.policy.tiers)
    bare = replace(found, policy=replace(found.policy, tiers=tiers))
    before = build_routing_policy(bare.policy, 1).tiers
    assert before[TierId("platinum")].head_start != before[TierId("standard")].head_start
    after = build_routing_policy(drop_head_start(bare, "platinum").policy, 1).tiers
    assert after[TierId("platinum")].head_start == before[TierId("standard")].head_start
    assert after[TierId("gold")].head_start == before[TierId("gold")].head_start


@pytest.mark.parametrize(
    ("tier", "what"), [("diamond", "must be one of"), ("standard", "has the head start of the lowest tier already")]
)
def test_only_a_tier_with_a_head_start_can_lose_it(write: Writer, tier: str, what: str) -> None:
    with pytest.raises(ConfigErrors, match=what):
        drop_head_start(read(write()), tier)


def test_the_first_day_is_a_day(write: Writer) -> None:
    assert read(write()).file.run.first_day == date(2026, 11, 23)
