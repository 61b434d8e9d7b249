"""What `python -m hub simulate` shows: the table, the JSON, the page, and what it says while it plays."""

import io
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.__main__ import cli
from hub.simulation import command
from hub.simulation.command import Wish, simulate
from hub.simulation.comparing import Comparison, compare, drop_head_start
from hub.simulation.page import draw_comparison, draw_run
from hub.simulation.page_words import WORDS, say
from hub.simulation.result_document import write_comparison, write_run
from hub.simulation.running import Played, play
from hub.simulation.scenario_file import read_policy, read_scenario
from hub.simulation.table import brief, change, print_comparison, print_run, seconds, share
from hub.toml_files.problems import ConfigErrors
from routing.intervals import Figure

if TYPE_CHECKING:
    from playwright.async_api import Browser

ROOT = Path(__file__).parents[3]

BUSY = """
name = "Kväll & natt <夜班>"

[run]
first_day = 2026-11-23
days = 20
seed = 3

[[arrivals]]
queue = "service"
channel = "phone"
begins = "09:00"
per_half_hour = [12, 12, 12, 12, 12, 12]
tiers = { platinum = 0.3, gold = 0.2, standard = 0.5 }

[[arrivals]]
queue = "service"
channel = "email"
begins = "13:00"
per_half_hour = [4, 4]
tiers = { standard = 1.0 }

[[work]]
queue = "service"
channel = "phone"
handling_seconds = { exponential = 240 }
wrap_up_seconds = { fixed = 20 }
patience_seconds = { exponential = 600 }

[[work]]
queue = "service"
channel = "email"
handling_seconds = { fixed = 300 }

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
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "busy.toml"
    path.write_text(BUSY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def comparison(scenario: Path) -> Comparison:
    read = read_scenario(scenario, read_policy(ROOT / "config.toml"))
    return compare(play(drop_head_start(read, "platinum"), "level"), play(read, "as it is"), "platinum")


@pytest.fixture(scope="module")
def played(comparison: Comparison) -> Played:
    return comparison.second


# ---- the table


def test_the_table_has_a_line_for_each_queue_channel_and_tier(played: Played) -> None:
    text = print_run(played)
    lines = text.splitlines()
    assert any(line.startswith("service  phone    platinum") for line in lines)
    assert sum(line.lstrip().startswith("(all tiers)") for line in lines) == 2
    assert "by batch means over 20 batches" in text
    assert "still waited at the end of the run" in text  # mails after the shift, on the last day


def test_the_table_says_what_erlang_asks_for_at_the_busiest(played: Played) -> None:
    (line,) = [line for line in print_run(played).splitlines() if "Erlang asks for" in line]
    assert line.startswith("  service: 12.0 calls in the half hour from 09:00; Erlang asks for 4, 2.0 were available")


def test_a_comparison_says_what_priority_gives_and_costs_in_seconds(comparison: Comparison) -> None:
    price = print_comparison(comparison).split("What the head start of platinum changes in the mean wait:\n")[1]
    phone = price.splitlines()[0]
    assert phone.startswith("  phone: platinum -")
    told = {words.split()[0]: float(words.split()[1]) for words in phone.removeprefix("  phone: ").split("; ")}
    assert told["platinum"] < -20
    assert told["gold"] > 5 and told["standard"] > 5
    assert "not sure" not in phone


def test_one_batch_tells_no_interval(scenario: Path) -> None:
    read = read_scenario(scenario, read_policy(ROOT / "config.toml"))
    run = replace(read.file.run, days=1)
    text = print_run(play(replace(read, file=replace(read.file, run=run)), "one day"))
    assert "\n1 day from 2026-11-23; seed 3; " in text
    assert "±" not in text.split("queue", 1)[1].split("In the busiest half hour")[0]
    assert "over 1 batch: a single batch gives no interval" in text


@pytest.mark.parametrize(("value", "said"), [(3.4, "3 s"), (99.4, "99 s"), (150.0, "2.5 min"), (7_200.0, "2.0 h")])
def test_durations_are_said_as_people_say_them(value: float, said: str) -> None:
    assert brief(value) == said


def test_figures_come_with_their_margin_or_a_dash() -> None:
    assert share(Figure(0.812, (0.8, 0.824))) == "81.2 % ±1.2"
    assert seconds(Figure(600.0, (540.0, 660.0))) == "10.0 min ±1.0"
    assert change(Figure(-0.01, (-0.02, 0.0)), " pt", 100) == "-1.0 pt ±1.0"
    assert share(None) == seconds(None) == change(None, " s") == "-"


# ---- the JSON


def test_the_json_has_every_figure_with_its_interval(played: Played) -> None:
    data = json.loads(write_run(played))
    assert (data["confidence"], data["intervals"], data["batches"]) == (0.95, "batch means", 20)
    (line,) = [
        one for one in data["lines"] if (one["queue"], one["channel"], one["tier"]) == ("service", "phone", "gold")
    ]
    assert line["arrived"] == line["answered"] + line["abandoned"] + line["diverted"] + line["unanswered"]
    assert line["service_level"]["low"] <= line["service_level"]["value"] <= line["service_level"]["high"]
    assert set(line["wait_quantiles_seconds"]) == {"0.5", "0.9", "0.95"}
    (phone, email) = data["days_by_half_hour"]
    assert phone["half_hours"][18]["time"] == "09:00"
    assert phone["half_hours"][18]["agents_available"] == pytest.approx(2, abs=0.01)
    assert email["half_hours"][18]["agents_needed_by_erlang"] is None


def test_the_json_of_a_comparison_has_both_runs_and_the_changes(comparison: Comparison) -> None:
    data = json.loads(write_comparison(comparison))
    assert data["without_head_start_of"] == "platinum"
    assert len(data["changes"]) == len(data["first"]["lines"]) == len(data["second"]["lines"])
    place = ("service", "phone", "platinum")
    (change,) = [one for one in data["changes"] if (one["queue"], one["channel"], one["tier"]) == place]
    assert change["wait_seconds"]["high"] < 0


def test_the_same_seed_writes_the_same_figures(scenario: Path, played: Played) -> None:
    again = play(read_scenario(scenario, read_policy(ROOT / "config.toml")), "as it is")
    assert write_run(again) == write_run(played)


# ---- the page


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br", "line", "circle", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect",):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_page_is_whole_and_needs_nothing_else(comparison: Comparison, played: Played, language: str) -> None:
    for page in (draw_run(played, language), draw_comparison(comparison, language)):
        tags = Tags()
        tags.feed(page)
        assert tags.open == []
        assert not {"script", "link", "img", "iframe"} & set(tags.seen)
        assert "http" not in page and "url(" not in page and "@import" not in page
        assert "Kväll & natt <夜班>" in tags.text
        assert tags.seen.count("svg") >= 8


def test_the_page_speaks_chinese(comparison: Comparison) -> None:
    page = draw_comparison(comparison, "zh-CN")
    assert '<html lang="zh-CN">' in page
    assert "客户服务 · 电话" in page
    assert "白金的优先时间对平均等待的影响" in page


def test_the_chinese_page_has_no_english_sentence(comparison: Comparison, played: Played) -> None:
    """All that is read or read aloud. Words in Latin letters are what the people named themselves, and Erlang."""
    label = say("policy_of", "zh-CN", policy="config.toml")
    for page in (
        draw_run(replace(played, label=label), "zh-CN"),
        draw_comparison(
            replace(
                comparison,
                first=replace(comparison.first, label=say("without", "zh-CN", tier="白金")),
                second=replace(comparison.second, label=label),
            ),
            "zh-CN",
        ),
    ):
        body = page[page.index("<body>") :]
        texts = [*re.findall(r">([^<>]+)<", body), *re.findall(r'(?:aria-label|title)="([^"]*)"', body)]
        said = unescape(" ".join(texts)).replace("Kväll & natt", "").replace("config.toml", "").replace("Erlang", "")
        assert re.findall(r"[A-Za-z]{2,}", said) == []


def test_days_without_a_warm_up_do_not_speak_of_one(played: Played) -> None:
    assert "20 days from 2026-11-23 · seed 3 · 1,604 interactions" in draw_run(played)
    read = replace(played.read, file=replace(played.read.file, run=replace(played.read.file.run, warm_up_days=1)))
    assert "2026-11-23, after 1 day of warm-up ·" in draw_run(replace(played, read=read))


async def test_the_page_fits_its_window_in_light_and_dark(comparison: Comparison, browser: "Browser") -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: problems.append(request.url))
    await page.set_content(draw_comparison(comparison))
    inks = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        inks.append(await page.evaluate("getComputedStyle(document.body).color"))
        wide = "[...document.querySelectorAll('section')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert await page.evaluate(wide) == 0
    assert inks[0] != inks[1]
    assert problems == []
    await page.close()


# ---- the command


def test_the_command_prints_and_writes(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, data = tmp_path / "p.html", tmp_path / "d.json"
    with pytest.raises(SystemExit) as ended:
        cli(
            [
                "simulate",
                str(scenario),
                "--config",
                str(ROOT / "config.toml"),
                "--page",
                str(page),
                "--json",
                str(data),
            ]
        )
    assert not ended.value.code
    assert "Kväll & natt <夜班>: the policy of config.toml" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(data.read_text(encoding="utf-8"))["seed"] == 3


def test_the_command_lists_what_is_wrong_and_says_so_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(BUSY.replace('"morning"]', '"evening"]').replace("seed = 3", "hours = 3"), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        cli(["simulate", str(bad), "--config", str(ROOT / "config.toml")])
    assert ended.value.code == 2
    assert "bad.toml: line 7: run.hours: is not a key of this table" in capsys.readouterr().err


def test_a_page_that_could_not_be_written_is_named_before_anything_is_played(scenario: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"--page: the folder .*nowhere does not exist"):
        simulate(Wish(scenario, ROOT / "config.toml", page=tmp_path / "nowhere" / "p.html"))


def test_a_page_that_cannot_be_written_is_named(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli(["simulate", str(scenario), "--config", str(ROOT / "config.toml"), "--page", str(tmp_path)])
    assert ended.value.code == 1
    assert f"{tmp_path} cannot be written: Is a directory." in capsys.readouterr().err


def test_a_scenario_may_bring_its_own_policy(tmp_path: Path) -> None:
    config = (ROOT / "config.toml").read_text(encoding="utf-8")
    policy = config[config.index("[policy]") : config.index("# ---- the demo's people")]
    own = tmp_path / "own.toml"
    own.write_text(BUSY + policy, encoding="utf-8")
    assert "the policy of own.toml" in simulate(Wish(own, tmp_path / "none.toml"))


def test_a_staffing_is_laid_beside_another(scenario: Path, tmp_path: Path) -> None:
    other = tmp_path / "three.toml"
    other.write_text(BUSY.replace("count = 2", "count = 3"), encoding="utf-8")
    text = simulate(Wish(scenario, ROOT / "config.toml", compare=other))
    assert "first:  the policy of config.toml, staff of busy.toml\nsecond: three.toml" in text
    change = next(line for line in text.split("second: three.toml")[1].splitlines() if "(all tiers)" in line)
    assert re.search(r"  -\d+\.\d (s|min) ±", change)  # they wait less


def test_the_page_names_what_it_compares_in_its_own_language(scenario: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    text = simulate(Wish(scenario, ROOT / "config.toml", without="platinum", page=file, language="zh-CN"))
    assert "first:  Platinum without its head start" in text
    page = file.read_text(encoding="utf-8")
    assert "前者：白金不享有优先时间" in page
    assert "后者：规则取自 config.toml" in page


def test_two_comparisons_at_once_are_refused(scenario: Path) -> None:
    with pytest.raises(ConfigErrors, match="already compares two runs"):
        simulate(Wish(scenario, ROOT / "config.toml", compare=scenario, without="gold"))


def test_another_seed_meets_other_customers(scenario: Path) -> None:
    texts = {simulate(Wish(scenario, ROOT / "config.toml", seed=seed)).split(" interactions")[1] for seed in (1, 2)}
    assert len(texts) == 2


def test_a_queue_that_nobody_could_serve_is_said(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.toml"
    nobody.write_text(BUSY.replace('queues = ["service"]', 'queues = ["cards"]'), encoding="utf-8")
    text = simulate(Wish(nobody, ROOT / "config.toml"))
    assert "No agent of this staff meets any ring of queues.service: " in text


class Terminal(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_long_run_says_how_far_it_is(scenario: Path, is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "QUIET_SECONDS", 0.0)  # every run is long
    monkeypatch.setattr(command, "BETWEEN_SECONDS", {True: 0.0, False: 0.0})
    out = Terminal(is_terminal)
    simulate(Wish(scenario, ROOT / "config.toml"), progress_to=out)
    said = out.getvalue()
    assert "playing: 50%, about " in said
    assert ("\r" in said) is is_terminal
    assert said.endswith("\r" if is_terminal else "\n")


def test_a_short_run_says_nothing(scenario: Path) -> None:
    out = Terminal(True)
    simulate(Wish(scenario, ROOT / "config.toml"), progress_to=out)
    assert out.getvalue() == ""
