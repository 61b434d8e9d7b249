"""The bench measures what it says: tiny loads, and what is made of their figures. No time is asserted here."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from channels.sandbox.sound.frames import SECONDS
from hub.administration.sample_base.seeding import sow
from hub.settings.config import load as load_config
from hub.storage.database import Database
from hub.storage.migrations import migrate
from tests.bench import sandbox_calls
from tests.bench.bench_house import ROOT
from tests.bench.compare import print_both
from tests.bench.customer_base import without_indexes
from tests.bench.desks import Floor
from tests.bench.figures import Aim, Figure, Report, is_profile_guided, read_figures, write_json
from tests.bench.paired import print_pairs
from tests.bench.running import Load, Run, open_session
from tests.bench.sizes import TINY
from tests.bench.sustained import find_sustained
from tests.bench.whole_path import COUNTED, WholePath


async def test_a_hub_and_the_skeleton_are_measured_at_the_same_rate(tmp_path: Path) -> None:
    asyncio.get_running_loop().set_debug(False)  # here is only the load
    run = Run(tmp_path, Report("SQLite"), TINY, str)
    async with run.hub(1) as house, open_session() as session:
        floor = Floor(house, session, works=True)
        await floor.open(range(1))
        await floor.set_state("available")
        path = WholePath(house, floor)
        counts = await path.count(10, 0.3)
        await floor.close()
    assert floor.closed == 6
    assert not floor.refused
    assert set(counts) == set(COUNTED)
    assert counts["batches"] <= counts["commits"] < counts["statements"]
    assert min(count for name, count in counts.items() if name != "thread hops") > 0  # a quick disk needs no thread
    bare = await run.bare(20)
    assert bare.cpu > 0
    assert bare.p50 <= bare.p99


async def test_calls_with_sound_are_measured_from_mouth_to_ear(tmp_path: Path) -> None:
    asyncio.get_running_loop().set_debug(False)  # here is only the load
    run = Run(tmp_path, Report("SQLite"), TINY, str)
    await sandbox_calls.measure(run)
    found = {figure.what: figure.ours for figure in run.report.figures}
    assert found["2 calls: mouth to ear, p50"] > 1000 * (SECONDS + sandbox_calls.PLAYOUT)
    assert found["2 calls: CPU of the sound process, each"] > 0


async def test_a_base_that_was_filled_without_indexes_has_them_all_again(postgres_url: str) -> None:
    await migrate(postgres_url)
    db = await Database.open(postgres_url)

    async def list_all() -> set[str]:
        async with db.read() as connection:
            keys = "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
            return set(await connection.scalars(text(f"{keys} UNION SELECT indexdef FROM pg_indexes")))

    before = await list_all()
    async with without_indexes(postgres_url):
        lacking = before - await list_all()
        await sow(db, load_config(ROOT / "config.toml", {}).policy_document, 3, 1_795_348_800_000_000)
    assert any(one.startswith("activity FOREIGN KEY (customer_id)") for one in lacking)
    assert any("gin (tokens)" in one for one in lacking)
    assert await list_all() == before
    await db.close()


async def search(holds: int, known: list[Load], most: int = 1000) -> tuple[float, list[int]]:
    """The rate that is found where each up to `holds` is sustained, and those that were tried."""
    tried = []

    async def try_rate(rate: int) -> Load:
        tried.append(rate)
        return load(rate, holds)

    found = await find_sustained(try_rate, known, 100, most)
    return (found.rate if found is not None else 0), tried


def load(rate: int, holds: int) -> Load:
    return Load(rate, 1, 1, 1, "" if rate <= holds else "too slow")


async def test_the_search_goes_up_until_a_rate_fails_and_then_between_the_last_two() -> None:
    assert await search(140, [load(50, 140), load(100, 140)]) == (137, [150, 125, 137])


async def test_the_search_goes_down_where_a_known_rate_failed() -> None:
    assert await search(80, [load(50, 80), load(100, 80)]) == (75, [75, 87])
    assert (await search(0, [load(20, 0)]))[0] == 0


async def test_the_search_ends_at_the_highest_rate_that_it_may_try() -> None:
    assert await search(10_000, [], most=150) == (150, [100, 150])


def test_an_aim_is_for_the_ratio_or_for_the_figure_itself() -> None:
    ratio, own = Aim(2, "at most"), Aim(120, "at least", "ours")
    assert Figure("b", "p50", 30, "ms", bare=10, aim=ratio).verdict == "missed"
    assert Figure("b", "p50", 20, "ms", bare=10, aim=ratio).verdict == "met"
    assert Figure("b", "sustained", 119, "/s", aim=own).verdict == "missed"
    assert Figure("b", "sustained", 120, "/s", aim=own).verdict == "met"
    assert Figure("b", "sustained", 120, "/s").verdict == ""


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    figures = [
        Figure("a", "stored", 5, "/s", bare=10, aim=Aim(0.45, "at least"), database="SQLite"),
        Figure("e", "memory", 5, "bytes"),
    ]
    write_json(tmp_path / "new" / "bench.json", figures, ["slow"])
    assert read_figures(tmp_path / "new" / "bench.json") == figures


def test_two_commits_differ_where_it_is_more_than_noise(capsys: pytest.CaptureFixture[str]) -> None:
    def runs(*values: tuple[float, float]) -> list[list[Figure]]:
        return [[Figure("b", "CPU", cpu, "ms"), Figure("b", "sustained", rate, "/s")] for cpu, rate in values]

    print_both("0123456", runs((10, 100), (11, 100)), runs((11, 120), (10, 121)))
    _, cpu, sustained = capsys.readouterr().out.strip().splitlines()
    assert cpu.split()[-1] == "10%"
    assert sustained.split()[-1] == "better"


def test_pairs_are_told_by_the_median_of_their_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    print_pairs([(Load(50, base, 2, 8), Load(50, here, 2, 4)) for base, here in ((10, 9), (20, 16), (10, 7))])
    cpu, p50, p99 = capsys.readouterr().out.splitlines()
    assert cpu.split()[-5:] == ["0.800", "(quartiles", "0.700", "to", "0.900)"]
    assert p50.split()[-5] == "1.000"
    assert p99.split()[-5] == "0.500"


@pytest.mark.parametrize(
    ("said", "is_guided"), [("'--enable-optimizations' 'CC=gcc'", True), ("'--enable-shared'", False)]
)
def test_figures_say_whether_python_was_built_with_a_profile(
    said: str, is_guided: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_config_var", {"CONFIG_ARGS": said, "PY_CFLAGS": "-O3"}.get)
    assert is_profile_guided() is is_guided
