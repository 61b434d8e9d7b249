"""10,000 comparisons of two equal versions at each of four rates, looked at after every ten runs: at most 5 %
ever tell them apart."""

import pytest

from tests.hub.reports.null_comparisons import SMALLEST, count_false_alarms

RUNS = 10_000


@pytest.mark.parametrize("power", SMALLEST)
def test_false_alarms_stay_below_what_is_promised(power: int, capsys: pytest.CaptureFixture[str]) -> None:
    alarms = count_false_alarms(power, RUNS, seed=2026)
    with capsys.disabled():
        print(f"\nrate {0.5**power:.4f}: {alarms} of {RUNS} told apart ({100 * alarms / RUNS:.2f} %, promised 5 %)")
    assert alarms <= 0.05 * RUNS
