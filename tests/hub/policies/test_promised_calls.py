"""A policy that promises calls can make them: a queue calls back, and is open at some time at which it does."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.policies.document_text import parse_policy
from hub.toml_files.problems import ConfigErrors, Finder

FILE = Path(__file__).parents[3] / "config.toml"
Data = dict[str, Any]
SUNDAYS = {"id": "sundays", "week": {"sun": ["10:00-12:00"]}}
CLOSED = {"id": "closed_for_good", "week": {}}
NIGHTS_THERE = {"id": "nights", "week": {"mon": ["01:00-02:00"]}, "time_zone": "America/Los_Angeles"}


def problems(change: Callable[[Data], object]) -> dict[str, str]:
    data: Data = tomllib.loads(FILE.read_text())["policy"]
    change(data)
    try:
        parse_policy(data, Finder(""))
    except ConfigErrors as error:
        return {problem.key: problem.what for problem in error.problems}
    return {}


def call_in(hours: Data) -> Callable[[Data], None]:
    """The queue that offers callers a time, which is open on weekdays, calls in these hours alone."""

    def change(data: Data) -> None:
        data["hours"].append(hours)
        data["queues"][2]["callback"]["hours"] = hours["id"]

    return change


def open_in(hours: Data) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        data["hours"].append(hours)
        data["queues"][2]["hours"] = hours["id"]

    return change


def call_nobody(data: Data) -> None:
    for queue in data["queues"]:
        queue.pop("callback", None)
        queue["overflow"] = []
    data["entries"] = [entry for entry in data["entries"] if not entry.pop("menu", None)]
    data["menus"] = {}


def promise_savings(change: Callable[[Data], None]) -> Callable[[Data], None]:
    """The disposition that promises a call is one of savings, and no caller is offered a time."""

    def changed(data: Data) -> None:
        change(data)
        del data["queues"][2]["callback"]["appointment_key"]
        next(one for one in data["dispositions"] if one["code"] == "callback_promised")["queues"] = ["deposits"]

    return changed


@pytest.mark.parametrize(
    "change", [call_in(SUNDAYS), call_in(CLOSED), open_in(SUNDAYS), open_in(CLOSED)], ids=["a", "b", "c", "d"]
)
def test_a_time_is_offered_by_a_queue_that_calls_when_it_is_open(change: Callable[[Data], None]) -> None:
    found = problems(change)
    assert "never meet" in found["queues[3].callback.appointment_key"]
    assert "'deposits'" in found["queues[3].callback.appointment_key"]
    assert any(key.startswith("menus.") and "never meet" in what for key, what in found.items())


def test_hours_of_two_time_zones_meet_where_their_instants_do() -> None:
    assert "queues[3].callback.appointment_key" not in problems(call_in(NIGHTS_THERE)), "ten in the morning here"


def test_a_disposition_that_promises_a_call_needs_a_queue_that_calls() -> None:
    (found,) = [what for key, what in problems(call_nobody).items() if key.endswith("promises_callback")]
    assert "callback table" in found


def test_a_disposition_of_a_queue_that_never_calls_cannot_be_kept() -> None:
    (found,) = [
        what for key, what in problems(promise_savings(call_in(SUNDAYS))).items() if key.endswith("promises_callback")
    ]
    assert "deposits" in found


def test_a_stored_policy_is_read_as_it_was() -> None:
    """It was published before, and the hub must start."""
    data: Data = tomllib.loads(FILE.read_text())["policy"]
    call_in(SUNDAYS)(data)
    assert parse_policy(data).queues


def test_the_policy_of_the_demo_keeps_what_it_promises() -> None:
    assert problems(lambda data: None) == {}
