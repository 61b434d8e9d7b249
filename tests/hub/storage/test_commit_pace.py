"""Commits stay on the loop while the disk is quick, and leave it when it is not."""

from itertools import pairwise

from hub.storage.sqlite import MOST_PATIENCE, REMEMBERED, CommitPace

QUICK, SLOW, STUCK = 0.0002, 0.003, 0.2  # seconds


def note(pace: CommitPace, *seconds: float) -> None:
    for one in seconds:
        pace.note(one)


def test_a_quick_disk_is_waited_for_on_the_loop_after_some_commits() -> None:
    pace = CommitPace()
    note(pace, *[QUICK] * (REMEMBERED - 1))
    assert not pace.is_quick
    note(pace, QUICK)
    assert pace.is_quick


def test_waits_for_the_interpreter_do_not_make_a_quick_disk_slow() -> None:
    pace = CommitPace()
    note(pace, *[SLOW] * (REMEMBERED - 1), QUICK)
    assert pace.is_quick


def test_a_slow_disk_never_holds_up_the_loop() -> None:
    pace = CommitPace()
    note(pace, *[SLOW] * 10_000)
    assert not pace.is_quick


def test_one_commit_that_is_stuck_sends_the_next_ones_to_the_thread() -> None:
    pace = CommitPace()
    note(pace, *[QUICK] * REMEMBERED, STUCK)
    assert not pace.is_quick


def test_a_disk_that_becomes_slow_is_left_after_a_few_commits() -> None:
    pace = CommitPace()
    note(pace, *[QUICK] * REMEMBERED, *[SLOW] * REMEMBERED)
    assert not pace.is_quick


def test_a_disk_that_is_quick_only_now_and_then_is_tried_ever_more_seldom() -> None:
    """It looks quick in the thread, by one commit of some, and is slow on the loop."""
    pace, tried_at = CommitPace(), []
    for number in range(10 * MOST_PATIENCE):
        was_quick = pace.is_quick
        note(pace, SLOW if was_quick or number % 8 else QUICK)
        if pace.is_quick and not was_quick:
            tried_at.append(number)
    apart = [after - before for before, after in pairwise(tried_at)]
    assert apart == sorted(apart)
    assert apart[-1] >= MOST_PATIENCE
