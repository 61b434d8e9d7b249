"""The tests that the README names for each rule exist, and the plain router is short enough to read."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_each_rule_of_the_table_is_shown_by_tests_that_are_there() -> None:
    rows = [line for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for row in rows[1:]:
        shown = 0
        for part in row.split("|")[2].split(";"):
            for name in re.findall(r"`(test_\w+)`", part):
                module = (HERE / f"{part.split(':')[0].strip()}.py").read_text(encoding="utf-8")
                assert f"def {name}(" in module, row
                shown += 1
        assert shown, row


def test_the_plain_router_is_right_by_reading_and_so_it_is_short() -> None:
    assert len((HERE / "plain_router.py").read_text(encoding="utf-8").splitlines()) < 150
