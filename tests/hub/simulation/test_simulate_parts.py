"""A run in parts: played side by side, the same figures on every machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.simulation.comparing import compare, drop_head_start
from hub.simulation.result_document import write_run
from hub.simulation.running import Played, play, play_all
from hub.simulation.scenario_file import ReadScenario, read_policy, read_scenario
from hub.toml_files.problems import ConfigErrors

ROOT = Path(__file__).parents[3]

WEEKS = """
name = "Vier Wochen 四周"

[run]
first_day = 2026-11-22
warm_up_days = 1
days = 28
days_per_batch = 4
parts = 3

[[arrivals]]
queue = "service"
channel = "phone"
begins = "09:00"
per_half_hour = [12, 12, 12, 12]
tiers = { platinum = 0.3, standard = 0.7 }

[[work]]
queue = "service"
channel = "phone"
handling_seconds = { exponential = 240 }
patience_seconds = { exponential = 600 }

[[shifts]]
id = "morning"
begins = "08:30"
ends = "12:30"

[[agents]]
id = "ada"
count = 2
shifts = ["morning"]
queues = ["service"]
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> ReadScenario:
    path = tmp_path_factory.mktemp("scenario") / "weeks.toml"
    path.write_text(WEEKS, encoding="utf-8")
    return read_scenario(path, read_policy(ROOT / "config.toml"))


@pytest.fixture(scope="module")
def in_parts(read: ReadScenario) -> Played:
    return play(read, "in parts")


def run_of(read: ReadScenario, **changes: int) -> ReadScenario:
    return replace(read, file=replace(read.file, run=replace(read.file.run, **changes)))


def test_the_parts_are_one_run_with_all_its_batches_and_days(in_parts: Played) -> None:
    total = in_parts.lines[-1]
    assert len(total.in_time.bottoms) == in_parts.span.batches == 7
    assert all(total.in_time.bottoms)
    assert total.arrived == pytest.approx(28 * 48, rel=0.1)
    assert total.arrived == total.answered + total.abandoned
    (day,) = (one for one in in_parts.days if one.queue == "service")
    nine = day.half_hours[18]
    assert (nine.expected, nine.available) == pytest.approx((12, 2))
    assert sum(count for half_hour in day.half_hours for _, count in half_hour.waits.values()) == total.arrived


def test_the_first_part_is_the_run_that_ends_with_it(read: ReadScenario, in_parts: Played) -> None:
    """Seven batches in three parts: two, two and three of them."""
    short = play(run_of(read, days=8, parts=1), "two batches").lines[-1]
    total = in_parts.lines[-1]
    assert total.wait.tops[:2] == short.wait.tops
    assert total.work.bottoms[:2] == short.work.bottoms


def test_each_part_meets_customers_of_its_own(in_parts: Played) -> None:
    batches = in_parts.lines[-1].wait.tops
    assert len(set(batches)) == len(batches)


def test_the_same_file_gives_the_same_figures_however_many_play(read: ReadScenario, in_parts: Played) -> None:
    other, again = play_all([(drop_head_start(read, "platinum"), "level"), (read, "in parts")])
    assert write_run(again) == write_run(in_parts)
    (waits,) = (one.wait for one in compare(other, again).by_tier() if one.first.tier == "platinum")
    assert waits is not None and waits.value < 0


def test_how_far_all_of_them_are_is_told(read: ReadScenario) -> None:
    told: list[float] = []
    play(run_of(read, days=8, parts=2), "two parts", told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_more_parts_than_batches_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weeks.toml"
    path.write_text(WEEKS.replace("parts = 3", "parts = 8"), encoding="utf-8")
    with pytest.raises(ConfigErrors) as raised:
        read_scenario(path, read_policy(ROOT / "config.toml"))
    assert raised.value.problems[0].what == "must be at most the number of batches (days / days_per_batch)"
